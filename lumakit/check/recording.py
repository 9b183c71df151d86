"""What a recorded file holds, before anybody has looked whom it is for: as it stands there, secrets and all.

Knows what every kind of recording shares: its bounds, how its places are named, how an address is taken apart. Knows no
kind of file.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple, NoReturn

from lumakit.check.traffic import Arrival, Traffic, Unanswered
from lumakit.contract import media
from lumakit.contract import pointer as pointers
from lumakit.contract.document import Document
from lumakit.errors import DocumentError
from lumakit.model import Exchange, Headers, Request

MAX_SEEN = 100_000  # in one file
MAX_UNPACKED = 256 * 1024 * 1024  # bytes of bodies in one file
MAX_LINED = 8 * 1024 * 1024  # letters; finding a line in a longer text would take longer than reading it did
LAST_MS = 253_402_300_799_999  # the year 9999 ends

Seen = Exchange | Unanswered | Arrival
_ADDRESS = re.compile(
    r"(?P<scheme>(?i:https?))://(?P<authority>[^/?#\s]*)(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?"
)
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}")
_KINDS: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    int: "a whole number",
    bool: "true or false",
}


@dataclass(frozen=True)
class Recording:
    """What was in a file, in its order; `provider` and `base` where it says itself what it is of.

    `skipped` counts what is no HTTP, such as the sockets and data that a browser notes beside it.
    """

    name: str
    seen: tuple[Seen, ...] = field(repr=False)
    provider: str = ""
    base: str = ""
    listened: bool = False
    skipped: int = 0


class Bulk:
    """What was seen in one file, as long as it does not come to too much: a small file can unpack to a large one."""

    def __init__(self, name: str, most: int = MAX_UNPACKED) -> None:
        self.seen: list[Seen] = []
        self._name = name
        self._left = most

    def add(self, seen: Seen) -> None:
        """One thing more."""
        self._left -= len(seen.request.body) + (len(seen.response.body) if isinstance(seen, Exchange) else 0)
        if self._left < 0:
            raise unreadable("its bodies come to far more than the file", self._name, "split the file")
        self.seen.append(seen)


def in_order(traffic: Traffic, base: str = "") -> tuple[Seen, ...]:
    """Everything that was seen, by number, with the path that stands in front of every documented one."""
    asked: list[Exchange | Unanswered] = [*traffic.exchanges, *traffic.unanswered]
    whole = [replace(seen, request=_whole(seen.request, base)) for seen in asked]
    return tuple(sorted((*(whole if base else asked), *traffic.arrivals), key=lambda seen: seen.number))


def _whole(request: Request, base: str) -> Request:
    """A request as it went: the path before the documented ones stands in the path again."""
    return replace(request, path=base + request.path, origin=request.origin.removesuffix(base))


def unreadable(what: str, where: str, hint: str) -> DocumentError:
    """A recorded file that cannot be read, as an error."""
    return DocumentError(what, code="recording_unreadable", where=where, hint=hint)


class Leaf:
    """A value of a recorded file with its pointer, so that every refusal names the place."""

    __slots__ = ("document", "pointer", "value")

    def __init__(self, document: Document, pointer: str, value: Any) -> None:
        self.document: Document = document
        self.pointer: str = pointer
        self.value: Any = value

    def down(self, key: str) -> Leaf:
        """One step down; the value is None where there is nothing."""
        return Leaf(self.document, f"{self.pointer}{pointers.join(key)}", self.mapping().get(key))

    def items(self) -> Iterator[Leaf]:
        """The items of a list; none where there is nothing."""
        for index, value in enumerate(self._of(list, [])):
            yield Leaf(self.document, f"{self.pointer}/{index}", value)

    def mapping(self) -> dict[str, Any]:
        """The value as an object; empty where there is nothing."""
        return self._of(dict, {})  # type: ignore[no-any-return]

    def text(self, fallback: str = "") -> str:
        """The value as a text."""
        return self._of(str, fallback)  # type: ignore[no-any-return]

    def flag(self) -> bool:
        """The value as true or false; false where there is nothing."""
        return self._of(bool, False)  # type: ignore[no-any-return]

    def whole(self, fallback: int = 0, most: int = LAST_MS) -> int:
        """The value as a whole number from zero up."""
        number = self._of(int, fallback)
        if isinstance(number, bool) or not 0 <= number <= most:
            self.fail(f"a whole number from 0 to {most} is needed")
        return int(number)

    def present(self) -> Leaf:
        """Itself, where there is something."""
        if self.value is None:
            self.fail(f"{pointers.split(self.pointer)[-1]!r} is missing")
        return self

    def fail(self, what: str, hint: str = "record the file again, or leave this entry out") -> NoReturn:
        """Refuse the file because of this place."""
        raise unreadable(what, place(self.document, self.pointer), hint)

    def _of(self, kind: type, fallback: Any) -> Any:
        if self.value is None:
            return fallback
        if not isinstance(self.value, kind):
            self.fail(f"{_KINDS[kind]} is needed at {self.pointer or '/'}")
        return self.value


def place(document: Document, pointer: str) -> str:
    """The place of a pointer for people: with its line, where finding that takes no longer than reading did."""
    if len(document.text) > MAX_LINED:
        return f"{document.name}#{pointer}"
    line = document.line(pointer)
    return f"{document.name}:{line}#{pointer}" if line else f"{document.name}#{pointer}"


def bounded(items: Iterator[Leaf], holder: Leaf) -> Iterator[Leaf]:
    """The entries of a file, as long as they are not too many."""
    for count, each in enumerate(items):
        if count >= MAX_SEEN:
            holder.fail(f"there are more than {MAX_SEEN:,} entries", "split the file")
        yield each


# --- what stands in an entry -----------------------------------------------------------------------------------------


class Address(NamedTuple):
    """An address as requests have it; who stands before an @ is a secret, and left out."""

    origin: str
    path: str
    query: str


def address(leaf: Leaf) -> Address | None:
    """The address that stands there; None for one that is not of HTTP."""
    text = leaf.present().text()
    match = _ADDRESS.fullmatch(text)
    if match is None or not match["authority"].rpartition("@")[2]:
        if re.match(r"(?i:(?!https?:)[a-z][a-z0-9+.-]*:)", text):
            return None
        leaf.fail("this is no address", "an address begins with http:// or https://")
    host = match["authority"].rpartition("@")[2].lower()
    return Address(f"{match['scheme'].lower()}://{host}", match["path"] or "/", match["query"] or "")


def header(name: Leaf, value: Leaf) -> Headers:
    """A header field; what HTTP/2 writes as one and is none is left out, and lines that were joined are parted."""
    text = name.present().text()
    if text.startswith(":"):
        return ()
    if not _HEADER.fullmatch(text):
        name.fail("this is no name of a header")
    return tuple((text, line.strip(" \t\r")) for line in value.text().split("\n"))


def said(text: str, headers: Headers) -> bytes:
    """The bytes of a text that was a body: in the character set that its type names, where it names one that fits."""
    charset = _charset(headers)
    if charset not in ("", "utf-8") and charset in media.CHARSETS:
        try:
            return text.encode(charset)
        except UnicodeEncodeError:
            pass  # it was noted down as something else
    return text.encode()


def told(body: bytes, headers: Headers) -> str | None:
    """A body as a text from which `said` makes it again; None where that cannot be."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return text if said(text, headers) == body else None


def _charset(headers: Headers) -> str:
    kind = next((value for name, value in headers if name.lower() == "content-type"), "")
    return media.parameter(kind, "charset").lower()


def decoded(leaf: Leaf) -> bytes:
    """The bytes that stand there in base64, in one piece or in lines."""
    try:
        return base64.b64decode("".join(leaf.text().split()), validate=True)
    except (binascii.Error, ValueError):
        leaf.fail("this is no base64")


def moment(leaf: Leaf, before_ms: int) -> int:
    """The time that stands there; that of the entry before where there is none."""
    if leaf.value is None:
        return before_ms
    try:
        found = datetime.fromisoformat(leaf.text())
    except ValueError:
        leaf.fail("this is no time", "such as 2026-01-01T00:00:00.000Z")
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return min(max(0, round(found.timestamp() * 1000)), LAST_MS)


def spelled(at_ms: int) -> str:
    """A time as files have it."""
    found = datetime.fromtimestamp(min(max(at_ms, 0), LAST_MS) // 1000, UTC)
    return f"{found:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"
