"""The one room that opens documents: bytes become a Document, YAML 1.2 core or JSON, or an error with its place.

Knows encodings, limits and what can be mended mechanically (a stray colon); `yaml_core` knows YAML. Does not know where
documents are kept, nor what they mean.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from lumakit import strictjson
from lumakit.contract import pointer as pointers
from lumakit.contract import yaml_core
from lumakit.errors import DocumentError

MAX_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Document:
    """A document as read: its name for people, its value, and its text to find lines in."""

    name: str
    data: dict[str, Any] = field(repr=False)
    text: str = field(repr=False)

    def line(self, pointer: str) -> int | None:
        """The line on which the value at a JSON pointer, or what holds it, stands; counted from one."""
        lines = self._lines
        while pointer and pointer not in lines:
            pointer = pointers.parent(pointer)
        return lines.get(pointer)

    def place(self, pointer: str) -> str:
        """The place of a pointer for people: name and line, or name and pointer."""
        line = self.line(pointer)
        return f"{self.name}:{line}" if line else f"{self.name}#{pointer}"

    @cached_property
    def _lines(self) -> dict[str, int]:
        if _looks_like_json(self.text) and _is_json(self.text):
            return {pointers.join(*path): line for path, line in strictjson.lines(self.text)}
        return dict(yaml_core.positions(self.text))


@dataclass(frozen=True, slots=True)
class Mending:
    """One mechanical repair: the line as it stood, and what was wrong with it."""

    document: str
    line: int
    column: int
    was: str
    problem: str


def read(path: Path, name: str) -> Document:
    """Read one YAML or JSON document from disk."""
    return parse(_bytes(path, name), name)


def read_mending(path: Path, name: str) -> tuple[Document, tuple[Mending, ...]]:
    """Read one document, mending what is mechanical; every repair is told."""
    return parse_mending(_decode(_bytes(path, name), name), name)


def read_page(path: Path, name: str) -> tuple[str, str]:
    """The text of a published page, and its sha256 as received."""
    raw = _bytes(path, name)
    return _decode(raw, name), hashlib.sha256(raw).hexdigest()


def _bytes(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DocumentError(
            f"cannot be read: {error.strerror}", code="spec_unreadable", where=name, hint="check path and rights"
        ) from None
    if len(raw) > MAX_BYTES:
        raise DocumentError(
            f"larger than {MAX_BYTES // 2**20} MiB",
            code="spec_size",
            where=name,
            hint="split it, or keep only what is needed",
        )
    return raw


def _decode(raw: bytes, name: str) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DocumentError("the text is UTF-16", code="spec_encoding", where=f"{name}:1:1", hint="save it as UTF-8")
    try:
        return raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise DocumentError(
            f"the byte 0x{error.object[error.start]:02x} is not UTF-8",
            code="spec_encoding",
            where=f"{name}:{line}:{column}",
            hint="save it as UTF-8",
        ) from None


def parse(raw: bytes, name: str) -> Document:
    """Turn bytes into a document."""
    text = _decode(raw, name)
    return Document(name, _mapping(_value(text, name), name), text)


def parse_recording(raw: bytes, name: str) -> Document:
    """Turn the bytes of recorded traffic into a document; its YAML may hold bytes."""
    text = _decode(raw, name)
    return Document(name, _mapping(_value(text, name, binary=True), name), text)


def _mapping(value: Any, name: str) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    hint = "is this the right file? `openapi:`, `overlay:` or `lumakit:` is looked for at its top"
    if value is None:
        raise DocumentError("the document is empty", code="spec_empty", where=f"{name}:1", hint=hint)
    kind = "a list" if isinstance(value, list) else "a single value"
    what = f"{kind} stands at the top, where keys are needed"
    raise DocumentError(what, code="spec_not_a_mapping", where=f"{name}:1", hint=hint)


def _value(text: str, name: str, *, binary: bool = False) -> Any:
    if not _looks_like_json(text):
        return yaml_core.load(text, name, binary=binary)
    try:
        return strictjson.loads(text, max_depth=yaml_core.MAX_DEPTH)
    except strictjson.JsonProblem as problem:
        if not name.endswith(".json"):
            return yaml_core.load(text, name)  # YAML in flow style begins like JSON
        raise DocumentError(
            problem.reason,
            code=f"spec_{problem.kind}",
            where=f"{name}:{problem.line}:{problem.column}",
            hint=_JSON_HINTS.get(problem.kind, "check the text near this place with a JSON editor"),
        ) from None


_JSON_HINTS = {
    "depth": "flatten it with $ref",
    "duplicate_key": "keep one of them",
    "number": "quote it if it is a text",
    "encoding": "remove it, or write both halves",
}


def _looks_like_json(text: str) -> bool:
    return re.match(r"\s*+[{\[]", text) is not None


def _is_json(text: str) -> bool:
    try:
        strictjson.loads(text, max_depth=yaml_core.MAX_DEPTH)
    except strictjson.JsonProblem:
        return False
    return True


def parse_mending(text: str, name: str) -> tuple[Document, tuple[Mending, ...]]:
    """Parse a text, quoting the plain scalars that a stray `: ` makes unreadable, one by one."""
    mended: list[Mending] = []
    lines = text.splitlines(keepends=True)
    while True:
        current = "".join(lines)
        try:
            return Document(name, _mapping(_value(current, name), name), current), tuple(mended)
        except yaml_core.Unreadable as error:
            repaired = _quoted(lines[error.line - 1]) if error.mendable and error.line <= len(lines) else None
            if repaired is None:
                raise
            mended.append(Mending(name, error.line, error.column, lines[error.line - 1].strip(), error.what))
            lines[error.line - 1] = repaired
        if len(mended) > 100 or len(mended) * len(text) > 4 * MAX_BYTES:  # each repair costs one more parse
            what = f"the first {len(mended)} lines with a stray colon could be mended, but there are more"
            raise DocumentError(what, code="spec_yaml", where=name, hint="quote the values that hold a colon")


_KEY = re.compile(
    r"""\s*(?:-[ ]+)*+(?:"[^"]*"|'[^']*'|[^\s#'"{\[\-][^:'"]*|-[^\s:'"][^:'"]*):[ \t]+(?=[^\s'"|>&*!{\[])"""
)


def _quoted(line: str) -> str | None:
    """The line with its value in quotes; None where the value is not plain, or where there is nothing to mend."""
    key = _KEY.match(line)
    if key is None:
        return None
    comment = re.search(r"\s#", line)
    value = line[key.end() : comment.start() if comment else None].rstrip()
    if not re.search(r":(?:\s|$)", value):
        return None
    escaped = value.replace("'", "''")
    return f"{key.group()}'{escaped}'{line[key.end() + len(value) :]}"


def dump(data: Any) -> str:
    """Print a value as YAML that 1.1 and 1.2 readers understand alike."""
    return yaml_core.dump(data)
