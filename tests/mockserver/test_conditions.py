"""Preconditions and ranges by the letter of RFC 9110, and beside them a second, naive reading of the same letter."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lumakit.model import Request
from mockserver.conditions import asked_for

SIZE = 1000
WHOLE = (200, range(SIZE))
NOTHING = range(0)
ETAG = '"v1"'
MODIFIED = datetime(2020, 6, 1, 12, tzinfo=UTC)
BEFORE, SAME, AFTER = (f"{day} Jun 2020 12:00:00 GMT" for day in ("Sun, 31 May 2020 12:00:00 GMT"[:0] + "Mon, 01",) * 3)


def asked(*headers: tuple[str, str], method: str = "GET") -> tuple[int, range]:
    return asked_for(Request(method, "/", headers=headers), ETAG, MODIFIED, SIZE)
