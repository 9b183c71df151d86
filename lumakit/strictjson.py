"""JSON from outside: decoded by the letter, or refused with the place and the reason.

Decides what the usual decoders leave open: a key given twice, `NaN`, a number too large for its type, half a surrogate
pair, nesting without end, bytes that are not UTF-8. Knows no schema and no contract.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

MAX_DEPTH = 64
MAX_VALUES = 1_000_000  # in one text; what takes minutes to judge is refused in a moment
MAX_DIGITS = 308  # what fits is also a floating-point number, so no reader of it overflows

# A quote without an end takes the rest of the text: nothing is looked at twice, whatever the text.
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{},]|[^\s"\[\]{},:]++', re.DOTALL)
_LONG_NUMBER = re.compile(rb"[0-9]{16}")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89abcdefABCDEF]")


class JsonProblem(ValueError):
    """Why a text is not JSON as we accept it; `kind` sorts the reasons, line and column count from one."""

    def __init__(self, reason: str, line: int | None = None, column: int | None = None, *, kind: str = "json") -> None:
        place = f" (line {line}, column {column})" if line is not None else ""
        super().__init__(reason + place)
        self.reason = reason
        self.kind = kind
        self.line = line
        self.column = column


def loads(source: bytes | str, *, max_depth: int = MAX_DEPTH) -> Any:
    """Decode one JSON text."""
    if isinstance(source, bytes):
        try:
            value = orjson.loads(source)
        except orjson.JSONDecodeError:
            pass  # why, is said below
        else:
            if _is_faithful(source, value, max_depth):
                return value
    return _loads(source, max_depth)


def _is_faithful(source: bytes, value: Any, max_depth: int) -> bool:
    """True where no bound below can be passed, and the quick decoder surely read every letter as it stands.

    It forgets a key that is given twice, and rounds integers of more than 64 bits. A text without escapes has as many
    quotes as its value, spelled anew, unless a key was forgotten.
    """
    if source.count(b"[") + source.count(b"{") > min(max_depth, MAX_DEPTH) or source.count(b",") > MAX_VALUES:
        return False
    spelled = orjson.dumps(value)
    if spelled == source:
        return True
    return b"\\" not in source and spelled.count(b'"') == source.count(b'"') and not _LONG_NUMBER.search(source)


def _loads(source: bytes | str, max_depth: int) -> Any:
    text = _decode(source) if isinstance(source, bytes) else source
    try:
        value = _load(text)
    except (ValueError, RecursionError) as error:
        raise _refusal(text, error, max_depth) from None
    if text.count("[") + text.count("{") > max_depth and _levels(value) > max_depth:
        raise _refusal(text, RecursionError(), max_depth)
    if text.count(",") > MAX_VALUES and _values(value) > MAX_VALUES:
        raise JsonProblem(f"more than {MAX_VALUES} values", kind="size")
    if _SURROGATE_ESCAPE.search(text) or (isinstance(source, str) and not source.isascii()):
        _check_surrogates(value, text)
    return value


def _refusal(text: str, error: Exception, max_depth: int) -> Exception:
    if text.count("[") + text.count("{") > max_depth and (deep := _too_deep(text, max_depth)):
        return deep
    if isinstance(error, json.JSONDecodeError):
        before = text[: error.pos].rstrip(" \t\r\n")
        if before.endswith(",") and text[error.pos : error.pos + 1] in ("}", "]"):
            error = json.JSONDecodeError(_STRAY_COMMA, text, len(before) - 1)  # as newer decoders say it
        return JsonProblem(_WORDS.get(error.msg, error.msg), error.lineno, error.colno)
    return _located(text) or error


def dumps(value: Any) -> bytes:
    """Encode as compact UTF-8."""
    try:
        text = orjson.dumps(value)
    except orjson.JSONEncodeError:  # a number of more than 64 bits, a key that is no text, or no JSON at all
        text = b""
    if not text or (b"null" in text and not _is_finite(value)):  # the quick encoder writes null for what is no number
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return text


def indented(value: Any) -> bytes:
    """Encode for people."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2).encode() + b"\n"


def written(value: Any) -> bytes:
    """Encode what was made here and holds finite numbers only."""
    return orjson.dumps(value)


def _is_finite(value: Any) -> bool:
    kind = type(value)
    if kind is float:
        return math.isfinite(value)
    if kind is dict:
        return all(_is_finite(inner) for inner in value.values() if type(inner) in _UNSURE)
    return kind not in (list, tuple) or all(_is_finite(inner) for inner in value if type(inner) in _UNSURE)


_UNSURE = (float, dict, list, tuple)


_STRAY_COMMA = "Illegal trailing comma before end of object"

# The decoder's own words name what it looked for; these say what to do.
_WORDS = {
    "Expecting value": "a value is expected here",
    "Expecting property name enclosed in double quotes": "a key in double quotes is expected here",
    "Expecting ',' delimiter": "a comma is expected here, or the end of what is open",
    "Expecting ':' delimiter": "a colon is expected here",
    "Extra data": "something stands behind the end of the value",
    "Unterminated string starting at": "the text that begins here has no end",
    "Invalid control character at": "a control character inside a text must be escaped",
    "Invalid \\escape": "this escape does not exist in JSON",
    "Invalid \\uXXXX escape": "\\u is followed by four hexadecimal digits",
    "Unexpected UTF-8 BOM (decode using utf-8-sig)": "a byte order mark stands before the value",
    _STRAY_COMMA: "no comma may stand before the end",
    "Illegal trailing comma before end of array": "no comma may stand before the end",
}


def _decode(source: bytes) -> str:
    try:
        return source.decode("utf-8")
    except UnicodeDecodeError as error:
        before = source[: error.start].decode("utf-8")
        raise JsonProblem("the text is not UTF-8", *_place(before, len(before)), kind="encoding") from None


def _place(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _levels(value: Any) -> int:
    levels, level = 0, [value]
    while level := [each for each in level if isinstance(each, (dict, list))]:
        levels += 1
        level = [each for holder in level for each in (holder.values() if isinstance(holder, dict) else holder)]
    return levels


def _values(value: Any) -> int:
    count, waiting = 0, [value]
    while waiting and count <= MAX_VALUES:
        found = waiting.pop()
        inside = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
        count += len(inside)
        waiting += [each for each in inside if isinstance(each, (dict, list))]
    return count


def _too_deep(text: str, limit: int) -> JsonProblem | None:
    depth = 0
    for found in _TOKENS.finditer(text):
        mark = found.group()
        depth += (mark in "[{") - (mark in "]}")
        if depth > limit:
            return JsonProblem(f"nested deeper than {limit} levels", *_place(text, found.start()), kind="depth")
    return None


# --- what decoders leave open ----------------------------------------------------------------------------------------


def _load(text: str) -> Any:
    if text.startswith("\ufeff"):
        raise json.JSONDecodeError("Unexpected UTF-8 BOM (decode using utf-8-sig)", text, 0)
    return _DECODER.decode(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise JsonProblem(f"the key {twice!r} is given twice", kind="duplicate_key")
    return members


def _no_constant(word: str) -> Any:
    raise JsonProblem(f"{word} is not a JSON value", kind="number")


def _short(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise JsonProblem(f"a number has more than {MAX_DIGITS} digits", kind="number")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        shown = digits if len(digits) <= 40 else f"{digits[:40]}..."
        raise JsonProblem(f"the number {shown} is too large", kind="number")
    return number


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_short, parse_float=_finite
)


def _check_surrogates(value: Any, text: str) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise _located(text) or error from None


# --- where things stand ----------------------------------------------------------------------------------------------


class Place(NamedTuple):
    """Where a value stands in a text: the keys and indexes that lead to it, where its key begins and where itself."""

    path: tuple[str | int, ...]
    begins: int
    start: int
    mark: str


def places(text: str) -> Iterator[Place]:
    """Every value of a text that decodes, in the order of the text."""
    path: list[Any] = []  # for each open list the index, for each open mapping the key that is being read
    begins = 0
    for found in _TOKENS.finditer(text):
        mark, start = found.group(), found.start()
        if mark == ",":
            path[-1] = path[-1] + 1 if isinstance(path[-1], int) else None
        elif mark in "]}":
            path.pop()
        elif path and path[-1] is None:
            path[-1], begins = json.loads(mark), start
        else:
            yield Place(tuple(path), begins if path and isinstance(path[-1], str) else start, start, mark)
            if mark in "[{":
                path.append(0 if mark == "[" else None)


def lines(text: str) -> Iterator[tuple[tuple[str | int, ...], int]]:
    """The path of every value of a text that decodes, with the line on which its key, or itself, begins."""
    line, reached = 1, 0
    for place in places(text):
        line += text.count("\n", reached, place.begins)
        reached = place.begins
        yield place.path, line


def _located(text: str) -> JsonProblem | None:
    """The first thing in a text that is wrong although its grammar is right."""
    members: list[dict[str | int, int]] = [{}]  # for each open container, where the members seen so far begin
    for path, begins, start, mark in places(text):
        del members[len(path) + 1 :]
        last = path[-1] if path else ""
        if last in members[-1]:
            line, _ = _place(text, members[-1][last])
            reason = f"the key {last!r} is given twice, first on line {line}"
            return JsonProblem(reason, *_place(text, begins), kind="duplicate_key")
        for offset, scalar in ((begins, json.dumps(last)), (start, mark)):
            if fault := _fault(scalar):
                return JsonProblem(fault.reason, *_place(text, offset), kind=fault.kind)
        members[-1][last] = begins
        members.append({})
    return None


def _fault(mark: str) -> JsonProblem | None:
    """What is wrong with a key or a scalar by itself."""
    try:
        json.dumps(None if mark in "[{" else _load(mark), ensure_ascii=False).encode()
    except JsonProblem as problem:
        return problem
    except UnicodeEncodeError:
        return JsonProblem("a text holds half a surrogate pair", kind="encoding")
    return None
