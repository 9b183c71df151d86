"""Waiting without waiting: `time.sleep` and `asyncio.sleep` move a virtual clock, and time is what that clock says.

An application that polls every ten seconds for five minutes is done at once, and its own deadlines still come. Patches
the standard library for one test: that is what somebody asks for who takes this fixture.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from lumakit.clock import VirtualClock

if TYPE_CHECKING:
    from lumakit.pytest.mock import Mock

LIMIT_S = 7 * 24 * 3600.0
_ROUNDS = 10  # turns without anybody waking or lying down that others on the loop get before time goes on
_BREATH_S = 0.003  # and how long a live server and its clients really get, whose bytes are on their way


class Patch(Protocol):
    """What replaces an attribute for a while, such as pytest's monkeypatch."""

    def setattr(self, target: Any, name: str, value: Any) -> None:
        """Replace it."""
        ...


class Source(Protocol):
    """Mocks, in this process or behind a port."""

    live: bool

    def __iter__(self) -> Iterator[Mock]:
        """Each of them."""
        ...


class EndlessWait(AssertionError):
    """An application that waits on and on."""


class Waiting:
    """Sleeping that is advancing."""

    def __init__(self, clock: VirtualClock, sources: Iterable[Source] = (), limit_s: float = LIMIT_S) -> None:
        self.slept: list[float] = []
        self.limit_s = limit_s
        self._clock = clock
        self._sources = sources
        self._lock = threading.Lock()
        self._began_ms = clock.now()
        self._waiting: list[int] = []  # when those end that wait on an event loop
        self._stirs = 0  # how often somebody lay down or woke on an event loop
        self._sleep, self._turn = time.sleep, asyncio.sleep

    @property
    def waited_s(self) -> float:
        """How much time has gone by on the clock."""
        return (self._clock.now() - self._began_ms) / 1000

    def install(self, patch: Patch) -> None:
        """Take the place of the sleeps and the clocks of the standard library."""
        for name in ("time", "monotonic", "perf_counter"):
            real = getattr(time, name)
            patch.setattr(time, name, lambda real=real: real() + self.waited_s)
            precise = getattr(time, f"{name}_ns")
            patch.setattr(time, f"{name}_ns", lambda precise=precise: precise() + round(self.waited_s * 1e9))
        patch.setattr(time, "sleep", self.sleep)
        patch.setattr(asyncio, "sleep", self.sleep_async)

    def sleep(self, seconds: float) -> None:
        """`time.sleep`: the clock goes on, and other threads get a turn."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self.slept.append(seconds)
        self._reach(self._clock.now() + round(seconds * 1000))
        for mock in self._mocks():
            mock.deliver()
        self._sleep(self._breath_s)

    async def sleep_async(self, delay: float, result: Any = None) -> Any:
        """`asyncio.sleep`: whoever wants to be woken first is woken first, and the clock goes on to then."""
        if delay <= 0:
            return await self._turn(delay, result)
        self.slept.append(delay)
        end_ms = self._clock.now() + round(delay * 1000)
        self._waiting.append(end_ms)
        self._stirs += 1
        try:
            while self._clock.now() < end_ms:
                stirs = self._stirs
                for _ in range(_ROUNDS):
                    await self._turn(0)
                await self._turn(self._breath_s)
                if self._stirs == stirs and min(self._waiting) == end_ms:
                    self._reach(min(end_ms, self._next_timer_ms()))
                    for mock in self._mocks():
                        await mock.deliver_async()
        finally:
            self._waiting.remove(end_ms)
            self._stirs += 1
        for _ in range(2):  # a deadline that has passed meanwhile comes first
            await self._turn(0)
        return result

    def _next_timer_ms(self) -> float:
        """When the next deadline of the event loop comes: nobody sleeps past it.

        No public name leads to the timers of a loop; where there are none, as with uvloop, a deadline comes late. With
        a live server they belong to connections, and time does not wait for each.
        """
        loop = asyncio.get_running_loop()
        timers = () if self._breath_s else getattr(loop, "_scheduled", ())
        ahead_s = min((each.when() for each in timers if not each.cancelled()), default=math.inf) - loop.time()
        return math.inf if math.isinf(ahead_s) else self._clock.now() + max(0, math.ceil(ahead_s * 1000))

    def _reach(self, end_ms: float) -> None:
        with self._lock:
            ahead_ms = end_ms - self._clock.now()
            if ahead_ms > 0:
                self._clock.advance(ahead_ms / 1000)
        if self.waited_s > self.limit_s:
            what = f"the application has waited for {self.waited_s:.0f} s in {len(self.slept)} sleeps, and waits on"
            raise EndlessWait(f"{what}: is there no end to its patience? lumakit_no_waiting.limit_s moves the limit")

    def _mocks(self) -> list[Mock]:
        """The mocks whose webhooks may have fallen due; a live server sends its own."""
        return [mock for source in self._sources if not source.live for mock in source]

    @property
    def _breath_s(self) -> float:
        return _BREATH_S if any(source.live for source in self._sources) else 0
