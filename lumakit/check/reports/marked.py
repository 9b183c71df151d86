"""A body as lines for a page, with the lines marked that a finding points at.

JSON is laid out anew, so that each member stands on a line of its own; everything else stays as it came. Knows no HTML.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from lumakit import strictjson
from lumakit.contract import pointer as pointers
from lumakit.report import printable

MOST = 120  # lines around what is marked
_WIDEST = 2000


class Line(NamedTuple):
    """One line of a body."""

    text: str
    marked: bool = False


def lines(body: bytes, pointer: str | None) -> list[Line]:
    """The lines of a body; with a pointer, those of what it leads to, or of the nearest that is there, are marked."""
    try:
        value = strictjson.loads(body)
    except ValueError:
        return _cut([Line(_short(line), marked=pointer is not None) for line in _texts(body)])
    target = _nearest(value, pointer)
    return _cut([Line(_short(text), target is not None and _is_at(at, target)) for at, text in _laid_out(value)])


def _texts(body: bytes) -> list[str]:
    return body.decode("utf-8", "replace").splitlines() or ([""] if body else [])


def _nearest(value: Any, pointer: str | None) -> str | None:
    """The place itself, or what should hold it."""
    if pointer is None:
        return None
    while pointer and not _leads_somewhere(value, pointer):
        pointer = pointer.rpartition("/")[0]
    return pointer


def _leads_somewhere(value: Any, pointer: str) -> bool:
    try:
        return pointers.look(value, pointer) is not pointers.MISSING
    except ValueError:  # it is misspelt: who wrote it was not us
        return False


def _is_at(at: str, target: str) -> bool:
    """True for the lines of a place; of the whole body only the first and the last are marked."""
    return at == target or (bool(target) and at.startswith(f"{target}/"))


def _laid_out(value: Any, at: str = "", before: str = "", after: str = "") -> Iterator[tuple[str, str]]:
    indent = "  " * at.count("/")
    if isinstance(value, (dict, list)) and value:
        brackets = "{}" if isinstance(value, dict) else "[]"
        yield at, f"{indent}{before}{brackets[0]}"
        items = list(value.items() if isinstance(value, dict) else enumerate(value))
        for number, (key, inner) in enumerate(items, 1):
            name = f"{_spelled(key)}: " if isinstance(value, dict) else ""
            yield from _laid_out(inner, at + pointers.join(key), name, "," if number < len(items) else "")
        yield at, f"{indent}{brackets[1]}{after}"
    else:
        yield at, f"{indent}{before}{_spelled(value)}{after}"


def _spelled(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _short(text: str) -> str:
    shown = printable(text)
    return shown if len(shown) <= _WIDEST else f"{shown[:_WIDEST]}..."


def _cut(found: list[Line]) -> list[Line]:
    """As many lines as a page can hold, the first that is marked among them."""
    first = next((number for number, line in enumerate(found) if line.marked), 0)
    start = max(0, first - MOST // 2) if len(found) > MOST else 0
    kept = found[start : start + MOST]
    above = [Line(f"... {start} lines above")] if start else []
    left = len(found) - start - len(kept)
    return [*above, *kept, *([Line(f"... {left} lines below")] if left > 0 else [])]
