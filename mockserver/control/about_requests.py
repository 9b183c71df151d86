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
from mockserver.journal import Journal, Wanted

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
    return reply({"count": sum(each.count(wanted) for each in _diaries(office, asked).values())})


def _diaries(office: Office, asked: Asked) -> dict[str, Journal]:
    """The diaries that are asked for by the names of their providers; that of the server itself has none."""
    chosen = {name: each.journal for name, each in office.chosen(asked).items()}
    return chosen if asked.get("provider") else {**chosen, "": office.server.elsewhere}


def _wanted(asked: Asked) -> Wanted:
    return Wanted(**{name: asked.values[name] for name in _VOCABULARY if name in asked.values})


def _found(office: Office, asked: Asked, wanted: Wanted) -> Response:
    chosen = _diaries(office, asked)
    last = merging.spelled(tuple(each.last for each in chosen.values()))
    begins = merging.read(asked.get("before"), tuple(chosen))
    ends = merging.read(asked.get("after"), tuple(chosen))
    places = zip(chosen.items(), begins, ends, strict=True)
    rows = [_rows(name, diary, wanted, before, after or 0) for (name, diary), before, after in places]
    found, following = merging.page(rows, begins, asked.get("limit", 100))
    return reply({"requests": found, "last": last, "next": following})


def _rows(name: str, diary: Journal, wanted: Wanted, before: int | None, after: int) -> Iterator[Row[dict[str, Any]]]:
    while page := diary.entries(None, after, _PAGE, before):
        for noted in reversed(page):
            yield Row(noted.at_ms, noted.number, told.exchange(name, noted) if wanted.fits(noted) else None)
        before = page[0].number
