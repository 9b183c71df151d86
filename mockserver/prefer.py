"""What one request wishes for itself: the `Prefer` header by RFC 7240, and its twins in the query (`__code=429`).

The twins are taken out of the request, for no document knows them; where both speak of the same, the header wins. What
cannot be read is left aside, and it is said why. Fulfils no wish.
"""

from __future__ import annotations

import itertools
import re
import string
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, unquote_plus

from lumakit.model import Request

MAX_DELAY_S = 60.0
MAX_TEXT = 200  # characters of a wish
_MAX_PARTS = 100
_UNREADABLE = "a part of the Prefer header cannot be read: what has spaces or commas in it stands in quotes"

_PART = re.compile(
    r"[ \t,;]*+([!#$%&'*+.^_`|~0-9A-Za-z-]++)"  # the name
    r'(?:[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*+)"|([^\s",;]*+)))?'  # a quoted text, or a word
    r"[ \t]*(?:[,;]|$)"
)
_REST = re.compile(r'(?:[^",;]|"(?:[^"\\]|\\.)*+"?)*+[,;]?', re.DOTALL)  # a quote without an end takes what is left


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a request wishes for; `ignored` says in words what could not be read."""

    code: int | None = None
    example: str | None = None
    dynamic: bool | None = None
    seed: str | None = None
    status: str | None = None
    delay_s: float | None = None
    scenario: str | None = None
    ignored: tuple[str, ...] = ()

    @property
    def static(self) -> bool:
        """True where an answer from the document is wished for, whatever a task does."""
        return self.code is not None or self.example is not None or self.dynamic is True

    @property
    def given(self) -> tuple[str, ...]:
        """The wishes there are, by their names in the header; without the delay, which is always granted."""
        fields = ((name, field) for name, (field, _) in _READERS.items() if name != "delay")
        return tuple(name for name, field in fields if getattr(self, field) is not None)

    def spelled(self, names: Collection[str]) -> str:
        """The value of `Preference-Applied`: the wishes that were fulfilled, by the names they have in the header."""
        values = ((name, getattr(self, field)) for name, (field, _) in _READERS.items() if name in names)
        return ", ".join(f"{name}={_spelled(value)}" for name, value in values if value is not None)


NONE = Wishes()


def read(request: Request) -> tuple[Request, Wishes]:
    """The request without the twins, and what it wishes for."""
    said = request.header_values("prefer")
    if "__" not in request.query:
        return (request, _wishes(said, ())) if said else (request, NONE)
    twins, kept = _parted(request.query)
    return replace(request, query=kept) if twins else request, _wishes(said, twins)


def _parted(query: str) -> tuple[list[tuple[str, str]], str]:
    """The twins in a query, decoded, and the rest as it was."""
    twins, kept = [], []
    for piece in query.split("&"):
        name, _, value = piece.partition("=")
        if name.startswith("__") and name[2:] in _READERS:
            twins.append((name[2:], unquote_plus(value)))
        else:
            kept.append(piece)
    return twins, "&".join(kept)


def _wishes(said: Iterable[str], twins: Iterable[tuple[str, str]]) -> Wishes:
    found: dict[str, Any] = {}
    ignored: list[str] = []
    for name, value in itertools.chain(_preferences(said, ignored), twins):
        field, read_value = _READERS[name]
        if field in found:
            ignored.append(f"{name} is given more than once, and the first one counts")
            continue
        try:
            found[field] = read_value(value)
        except ValueError as error:
            ignored.append(f"{name}={_shown(value)} is left aside: {error}")
    return Wishes(**found, ignored=tuple(dict.fromkeys(ignored))) if found or ignored else NONE


def _preferences(said: Iterable[str], ignored: list[str]) -> Iterator[tuple[str, str]]:
    """The preferences of the headers that have a meaning here, by their names in lower case."""
    text, at = ",".join(said).rstrip(" \t,;"), 0
    for _ in range(_MAX_PARTS):
        if at >= len(text):
            return
        part = _PART.match(text, at)
        at = part.end() if part else _REST.match(text, at).end()  # type: ignore[union-attr]  # it may be empty
        name = part[1].lower() if part else ""
        if name in _READERS and part:
            yield name, re.sub(r"\\(.)", r"\1", part[2]) if part[2] is not None else part[3] or ""
        elif part:
            ignored.append(f"{_shown(name)} is no preference that is known here")
        else:
            ignored.append(_UNREADABLE)


# --- values -----------------------------------------------------------------------------------------------------------


def _code(value: str) -> int:
    if not re.fullmatch(r"[1-5][0-9]{2}", value):
        raise ValueError("a status has three digits, from 100 to 599")
    return int(value)


def _flag(value: str) -> bool:
    if value.lower() not in ("", "true", "false"):
        raise ValueError("it can be true or false")
    return value.lower() != "false"


def _delay(value: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", value) or float(value) > MAX_DELAY_S:
        raise ValueError(f"it is a number of seconds, {MAX_DELAY_S:g} at most")
    return float(value)


def _text(value: str) -> str:
    if not value or len(value) > MAX_TEXT or not value.isprintable():
        raise ValueError(f"it is a text of 1 to {MAX_TEXT} printable characters")
    return value


_READERS: Mapping[str, tuple[str, Callable[[str], Any]]] = {  # by name: the field of Wishes, and how its value is read
    "code": ("code", _code),
    "example": ("example", _text),
    "dynamic": ("dynamic", _flag),
    "seed": ("seed", _text),
    "status": ("status", _text),
    "delay": ("delay_s", _delay),
    "scenario": ("scenario", _text),
}


def _shown(value: str) -> str:
    return ascii(value if len(value) <= 40 else f"{value[:40]}...")


def _spelled(value: Any) -> str:
    """A value as a token or, where it is a free text, as a quoted string that may stand in a header."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return f"{value:g}"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + quote(escaped, safe=string.punctuation + " ") + '"'
