"""Listings of several providers as one, the newest first, a page at a time; and the cursors between the pages.

A cursor says for each provider how far it was told: opaque to whoever carries it. Knows numbers and times, not what is
listed.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

from lumakit.errors import UsageError

T = TypeVar("T")
Cursor = tuple[int | None, ...]
MAX_LOOKED = 5000  # at for one page, however few fit: nobody else waits longer for that
_NOWHERE = "x"


class Row(NamedTuple, Generic[T]):
    """Something in the listing of one provider; its value is None where it is not what is asked for."""

    at_ms: int
    number: int
    value: T | None


def read(text: str | None, providers: Sequence[str]) -> Cursor:
    """How far each provider was told."""
    if text is None:
        return (None,) * len(providers)
    parts = text.split(".")
    if len(parts) != len(providers):
        hint = "ask for the same providers as before, or begin again without it"
        raise UsageError("this cursor is of another listing", code="cursor_invalid", hint=hint)
    return tuple(None if part == _NOWHERE else int(part) for part in parts)


def spelled(cursor: Cursor) -> str:
    """A cursor as clients carry it."""
    return ".".join(_NOWHERE if number is None else str(number) for number in cursor)


def page(listings: Sequence[Iterable[Row[T]]], begins: Cursor, limit: int) -> tuple[list[T], str | None]:
    """The newest of some listings, each of which begins at its place in the cursor; and where the next page does."""
    reached = list(begins)
    found: list[T] = []
    merged = heapq.merge(
        *(_marked(rows, place) for place, rows in enumerate(listings)), key=lambda each: -each[1].at_ms
    )
    for looked, (place, row) in enumerate(merged):
        if len(found) == limit or looked == MAX_LOOKED:
            return found, spelled(tuple(reached))
        reached[place] = row.number
        if row.value is not None:
            found.append(row.value)
    return found, None


def _marked(rows: Iterable[Row[T]], place: int) -> Iterator[tuple[int, Row[T]]]:
    return ((place, row) for row in rows)
