"""Work that may have to wait for a store, done in threads beside an event loop; what waits together is kept together.

A commit to a disk costs as much as several requests: those that have come while one is under way share the next. Knows
threads and event loops. Does not know what the work is.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class _Turn(NamedTuple):
    """A piece of work, and who waits for it on which loop."""

    work: Callable[[], Any]
    loop: asyncio.AbstractEventLoop
    waiting: asyncio.Future[Any]


class Turns:
    """Takes work in its order, by some threads; up to `batch` pieces share a step, and its failure."""

    def __init__(self, threads: int, batch: int, step: Callable[[], AbstractContextManager[None]]) -> None:
        self._pool = ThreadPoolExecutor(threads, "lumakit-turns")
        self._threads = threads
        self._batch = batch
        self._step = step
        self._queue: deque[_Turn] = deque()
        self._busy = 0
        self._lock = threading.Lock()

    async def __call__(self, work: Callable[[], T]) -> T:
        """What came of the work, once it is kept."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[T] = loop.create_future()
        with self._lock:
            self._queue.append(_Turn(work, loop, waiting))
            another = self._busy < self._threads
            self._busy += another
        if another:
            self._pool.submit(self._drain)
        return await waiting

    def _drain(self) -> None:
        while turns := self._next():
            outcomes = self._done(turns)
            by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_Turn, Any]]] = {}
            for turn, outcome in zip(turns, outcomes, strict=True):
                by_loop.setdefault(turn.loop, []).append((turn, outcome))
            for loop, told in by_loop.items():
                with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody waits any more
                    loop.call_soon_threadsafe(_tell, told)

    def _next(self) -> list[_Turn]:
        with self._lock:
            turns = [self._queue.popleft() for _ in range(min(self._batch, len(self._queue)))]
            if not turns:
                self._busy -= 1
            return turns

    def _done(self, turns: list[_Turn]) -> list[Any]:
        """What came of each: its result, or what it, or the step around it, has raised."""
        try:
            with self._step():
                return [_outcome(turn.work) for turn in turns]
        except Exception as error:  # noqa: BLE001  # whoever waits hears of it
            return [_Raised(error)] * len(turns)


class _Raised(NamedTuple):
    """What work has raised instead of a result."""

    error: Exception


def _outcome(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Exception as error:  # noqa: BLE001  # whoever waits hears of it
        return _Raised(error)


def _tell(told: list[tuple[_Turn, Any]]) -> None:
    for turn, outcome in told:
        if turn.waiting.done():  # who waited has left
            continue
        if isinstance(outcome, _Raised):
            turn.waiting.set_exception(outcome.error)
        else:
            turn.waiting.set_result(outcome)
