"""Listings of several providers as one: nothing is left out, nothing told twice, the newest first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mockserver.control import merging
from mockserver.control.merging import Row

TIMES = st.lists(st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=15), min_size=1, max_size=4)


def listing(place: int, rows: list[tuple[int, bool]], before: int | None) -> list[Row[tuple[int, int, int]]]:
    """What one provider lists before a number: later numbers are never older."""
    times = sorted(at for at, _ in rows)
    numbered = [
        Row(at, number, (at, place, number) if fits else None)
        for number, (at, (_, fits)) in enumerate(zip(times, rows, strict=True), start=1)
    ]
    return [row for row in reversed(numbered) if before is None or row.number < before]


@given(TIMES, st.integers(1, 5))
def test_every_page_after_page_tells_everything_once(providers: list[list[tuple[int, bool]]], limit: int) -> None:
    names = [str(place) for place in range(len(providers))]
    found: list[tuple[int, int, int]] = []
    cursor: str | None = None
    while True:
        begins = merging.read(cursor, names)
        rows = [listing(place, each, begins[place]) for place, each in enumerate(providers)]
        page, cursor = merging.page(rows, begins, limit)
        assert len(page) <= limit
        found += page
        if cursor is None:
            break
    everything = [row.value for place, each in enumerate(providers) for row in listing(place, each, None) if row.value]
    assert sorted(found) == sorted(everything)
    assert [at for at, _, _ in found] == sorted((at for at, _, _ in found), reverse=True)


def test_a_page_looks_at_no_more_than_it_may() -> None:
    rows: list[Row[str]] = [Row(0, number, None) for number in range(merging.MAX_LOOKED + 10, 0, -1)]
    assert merging.page([rows], (None,), 5) == ([], "11")
