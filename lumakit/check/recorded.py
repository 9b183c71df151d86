"""Recorded traffic read from files: what kind each is, is seen by looking at it.

The one room of the checker that opens files of others, within bounds. Knows which kinds there are; each has a room.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from lumakit import strictjson
from lumakit.check import cassette, har, lines
from lumakit.check.recording import Recording, unreadable
from lumakit.contract import document as documents
from lumakit.contract.document import Document
from lumakit.errors import DocumentError, UsageError

MAX_BYTES = 64 * 1024 * 1024
STDIN = "standard input"
_BOM = b"\xef\xbb\xbf"
_TAPE = re.compile(rf"^(?:{'|'.join(cassette.LISTS)}):".encode(), re.MULTILINE)
_HINT = "a HAR, JSON lines of ours, or a cassette of VCR"


def read(paths: Iterable[str], standard_input: Callable[[int], bytes] | None = None) -> tuple[Recording, ...]:
    """What each file holds, and what comes in by standard input where that is to be read."""
    found = [parse(_bytes(path), path) for path in paths]
    if standard_input is not None:
        found.append(parse(_checked(standard_input(MAX_BYTES + 1), STDIN), STDIN))
    if not found:
        raise UsageError("no recorded traffic is named", code="nothing_checked", hint="name a file, or give --stdin")
    return tuple(found)


def parse(raw: bytes, name: str) -> Recording:
    """What some bytes hold."""
    raw = raw.removeprefix(_BOM)
    opening = raw[:256].lstrip()
    if not opening:
        raise unreadable("there is nothing in it", name, _HINT)
    if opening[:1] in (b"{", b"["):
        return lines.read(raw, name) if _is_lines(raw) else _json(raw, name)
    if _TAPE.search(raw):
        return cassette.read(_tape(raw, name))
    raise unreadable("this is no recorded traffic", name, _HINT)


def _is_lines(raw: bytes) -> bool:
    """True where the first line alone says what it is."""
    first, _, _ = raw.lstrip().partition(b"\n")
    try:
        return len(first) < 10_000 and "lumakit" in strictjson.loads(first)
    except (strictjson.JsonProblem, TypeError):
        return False


def _json(raw: bytes, name: str) -> Recording:
    try:
        value: Any = strictjson.loads(raw)
    except strictjson.JsonProblem as problem:
        where = f"{name}:{problem.line}:{problem.column}" if problem.line else name
        raise unreadable(problem.reason, where, "check the text near this place with a JSON editor") from None
    if isinstance(value, dict):
        document = Document(name, value, raw.decode())
        if "log" in value:
            return har.read(document)
        if any(key in value for key in cassette.LISTS):
            return cassette.read(document)
    raise unreadable("this is JSON, and no recorded traffic", name, _HINT)


def _tape(raw: bytes, name: str) -> Document:
    if len(raw) > documents.MAX_BYTES:
        what = f"larger than {documents.MAX_BYTES // 2**20} MiB"
        raise unreadable(what, name, "split it, or record it as JSON")
    try:
        return documents.parse_recording(raw, name)
    except DocumentError as error:
        raise DocumentError(error.what, code="recording_unreadable", where=error.where, hint=error.hint) from None


def _bytes(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return _checked(file.read(MAX_BYTES + 1), path)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no file can be called so"
        raise DocumentError(
            f"cannot be read: {why}", code="recording_unreadable", where=path, hint="check path and rights"
        ) from None


def _checked(raw: bytes, name: str) -> bytes:
    if len(raw) > MAX_BYTES:
        raise unreadable(f"larger than {MAX_BYTES // 2**20} MiB", name, "split it, or keep only what is needed")
    return raw
