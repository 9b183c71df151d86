"""The backends that there are, each opened somewhere of its own for one test."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from mockserver.stores.backend import Backend, opened
from tests.mockserver.stores import real_redis

KINDS = ("memory", "sqlite", "redis")


@contextlib.contextmanager
def backend(kind: str, folder: Path) -> Iterator[Backend]:
    """A backend, closed afterwards."""
    with contextlib.ExitStack() as running:
        where = f"sqlite:///{folder / 'mock.db'}" if kind == "sqlite" else kind
        if kind == "redis":
            real_redis.needed()
            where = running.enter_context(real_redis.somewhere())
        found = opened(where)
        running.callback(found.close)
        yield found
