"""Waiting without waiting: `time.sleep` and `asyncio.sleep` move a virtual clock, and time is what that clock says.

An application that polls every ten seconds for five minutes is done at once, and its own deadlines still come. Patches
the standard library for one test: that is what somebody asks for who takes this fixture.
"""

from __future__ import annotations

import asyncio
import math
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from lumakit.clock import VirtualClock
from lumakit.pytest import standins
from lumakit.pytest.standins import Patch

if TYPE_CHECKING:
    from lumakit.pytest.mock import Mock

LIMIT_S = 7 * 24 * 3600.0
_ROUNDS = 10  # turns without anybody waking or lying down that others on the loop get before time goes on
_BUSY = 1000  # answers for which time waits; after them it goes on also while somebody asks without a sleep
_BREATH_S = 0.003  # and how long a live server and its clients really get, whose bytes are on their way


class Source(Protocol):
    """Mocks, in this process or behind a port."""

    live: bool

    def __iter__(self) -> Iterator[Mock]:
        """Each of them."""
        ...


class EndlessWait(BaseException):  # an `except Exception` around a sleep is what it has to pass
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
        self._stirs = 0  # how often somebody lay down, woke or was answered on an event loop
        self._answers = 0  # that were given since time went on
        self._raised: deque[EndlessWait] = deque(maxlen=20)
        self._sleep, self._turn = standins.real_sleeps()

    @property
    def waited_s(self) -> float:
        """How much time has gone by on the clock."""
        return (self._clock.now() - self._began_ms) / 1000

    def install(self, patch: Patch) -> None:
        """Take the place of the sleeps and the clocks of the standard library."""
        clocks = {name: self._clock_of(name) for name in standins.CLOCKS}
        standins.install(patch, {**clocks, "sleep": self.sleep}, self.sleep_async)
        patch.setattr(self._clock, "pause", self.pause)

    def _clock_of(self, name: str) -> Callable[[], float]:
        real = standins.underneath(name)
        if name.endswith("_ns"):
            return lambda: real() + round(self.waited_s * 1e9)
        return lambda: real() + self.waited_s

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
        await self._lie(delay)
        for _ in range(2):  # a deadline that has passed meanwhile comes first
            await self._turn(0)
        return result

    async def pause(self, seconds: float) -> None:
        """What is between a request on an event loop and its answer: no sleep of the application, but waiting too."""
        if not seconds:
            self._answers += 1
            self._stirs += self._answers <= _BUSY
        elif asyncio._get_running_loop() is None:  # noqa: SLF001  # the documented function raises where there is none
            self._reach(self._clock.now() + round(seconds * 1000))
        else:
            await self._lie(seconds)

    async def _lie(self, seconds: float) -> None:
        """Wait with whoever else waits on the loop."""
        end_ms = self._clock.now() + round(seconds * 1000)
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
                self._answers = 0
        if self.waited_s > self.limit_s:
            what = f"the application has waited for {self.waited_s:.0f} s in {len(self.slept)} sleeps, and waits on"
            error = EndlessWait(f"{what}: is there no end to its patience? lumakit_no_waiting.limit_s moves the limit")
            self._raised.append(error)
            raise error

    def unseen(self, test_file: str) -> str:
        """What was said of an endless wait that the test has not met: it ended a thread or a task, or was swallowed."""
        told = [str(each) for each in self._raised if not _has_reached(each, test_file)]
        self._raised.clear()
        return told[0] if told else ""

    def _mocks(self) -> list[Mock]:
        """The mocks whose webhooks may have fallen due; a live server sends its own."""
        return [mock for source in self._sources if not source.live for mock in source]

    @property
    def _breath_s(self) -> float:
        return _BREATH_S if any(source.live for source in self._sources) else 0


def _has_reached(error: BaseException, file: str) -> bool:
    """True where an error came as far as a line of a file, whatever became of it there."""
    outermost = error.__traceback__
    return outermost is not None and outermost.tb_frame.f_code.co_filename == file
