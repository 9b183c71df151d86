"""The diary over the control API: listed, searched and counted, with the words that `mock.requests` has in Python."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from lumakit.model import Response
from mockserver.control import merging, told
from mockserver.control.merging import Row
from mockserver.control.office import Asked, Office
from mockserver.control.replies import reply
from mockserver.journal import Wanted
from mockserver.provider import MockProvider

_VOCABULARY = tuple(each.name for each in fields(Wanted))
_PAGE = 200


def listed(office: Office, asked: Asked) -> Response:
    """A page of exchanges."""
    return _found(office, asked, _wanted(asked))


def unmatched(office: Office, asked: Asked) -> Response:
    """A page of exchanges that no operation was for."""
    return _found(office, asked, Wanted(unmatched=True))


def counted(office: Office, asked: Asked) -> Response:
    """How many exchanges are asked for."""
    wanted = _wanted(asked)
    return reply({"count": sum(each.journal.count(wanted) for each in office.chosen(asked).values())})


def _wanted(asked: Asked) -> Wanted:
    return Wanted(**{name: asked.values[name] for name in _VOCABULARY if name in asked.values})


def _found(office: Office, asked: Asked, wanted: Wanted) -> Response:
    chosen = office.chosen(asked)
    last = merging.spelled(tuple(each.journal.last for each in chosen.values()))
    begins = merging.read(asked.get("before"), tuple(chosen))
    ends = merging.read(asked.get("after"), tuple(chosen))
    places = zip(chosen.values(), begins, ends, strict=True)
    rows = [_rows(mock, wanted, before, after or 0) for mock, before, after in places]
    found, following = merging.page(rows, begins, asked.get("limit", 100))
    return reply({"requests": found, "last": last, "next": following})


def _rows(mock: MockProvider, wanted: Wanted, before: int | None, after: int) -> Iterator[Row[dict[str, Any]]]:
    name = mock.contract.name
    while page := mock.journal.entries(None, after, _PAGE, before):
        for noted in reversed(page):
            yield Row(noted.at_ms, noted.number, told.exchange(name, noted) if wanted.fits(noted) else None)
        before = page[0].number
