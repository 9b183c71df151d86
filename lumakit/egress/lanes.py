"""How many go out at once: so many to one host, so many in all, the others wait in the order they came.

Senders may live in different threads and event loops, so a place is handed over under a lock. Knows no network.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple


class _Waiting(NamedTuple):
    host: str
    loop: asyncio.AbstractEventLoop
    turn: asyncio.Future[None]


class Lanes:
    """Places to send from."""

    def __init__(self, per_host: int, total: int) -> None:
        self._per_host, self._total = per_host, total
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()
        self._waiting: deque[_Waiting] = deque()

    @asynccontextmanager
    async def lane(self, host: str) -> AsyncIterator[None]:
        """A place to send to this host from, as soon as there is one."""
        await self._enter(host)
        try:
            yield
        finally:
            self._leave(host)

    async def _enter(self, host: str) -> None:
        loop = asyncio.get_running_loop()
        with self._lock:
            if self._free(host):
                self._taken[host] += 1
                return
            waiting = _Waiting(host, loop, loop.create_future())
            self._waiting.append(waiting)
        try:
            await waiting.turn
        except asyncio.CancelledError:
            self._forget(waiting)
            raise

    def _free(self, host: str) -> bool:
        return self._taken[host] < self._per_host and self._taken.total() < self._total

    def _leave(self, host: str) -> None:
        with self._lock:
            self._taken[host] -= 1
            if not self._taken[host]:
                del self._taken[host]
            while not self._hand_on():
                pass

    def _hand_on(self) -> bool:
        """Give a free place to the first who waits for one; False where that one's loop has ended meanwhile."""
        waiting = next((each for each in self._waiting if self._free(each.host)), None)
        if waiting is None:
            return True
        self._waiting.remove(waiting)
        try:
            waiting.loop.call_soon_threadsafe(_wake, waiting.turn)
        except RuntimeError:  # the loop is closed
            return False
        self._taken[waiting.host] += 1
        return True

    def _forget(self, waiting: _Waiting) -> None:
        """Wait no longer; a place that was handed over at the same moment is given back."""
        with self._lock:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
                return
        self._leave(waiting.host)


def _wake(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)
