"""A timer that can be set, moved and dropped: one thing a connection waits for.

Knows the clock of an event loop. Does not know what is waited for, nor keeps it: whoever waits is free when it drops.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Deadline:
    """Calls back once when its time has come, unless it is moved or dropped before."""

    __slots__ = ("_loop", "_timer", "running")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.running: bool = False
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None

    def set(self, seconds: float, callback: Callable[[], object]) -> None:
        """From now on it is so many seconds away."""
        self.drop()
        self._timer = self._loop.call_later(seconds, self._come, callback)
        self.running = True

    def drop(self) -> None:
        """There is none any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.running = False

    def _come(self, callback: Callable[[], object]) -> None:
        self.drop()
        callback()
