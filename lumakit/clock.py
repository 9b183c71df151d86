"""Mock time: whole milliseconds since the Unix epoch that never go back, however the machine's own clock jumps.

Knows how a clock is anchored, run, frozen and moved. Does not know tasks, and touches the machine only through the
three functions it is given.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from lumakit.errors import UsageError

FIRST_DAY_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
LAST_MS = 253_402_300_799_999  # the year 9999 ends: no calendar of ours goes on
MAX_SPEED = 1e9

# Inside, time is counted in whole microseconds: moving a clock by less than a millisecond, often, moves it.
_MICROS = 1_000_000
_LAST = LAST_MS * 1000 + 999


class Clock(Protocol):
    """What tells the time and waits."""

    def now(self) -> int:
        """Whole milliseconds since the Unix epoch; never less than before."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class _Followed:
    """A clock that tells whoever follows it that somebody has moved it; that time passes is not told."""

    def __init__(self) -> None:
        self._followers: tuple[Callable[[], None], ...] = ()

    def follow(self, moved: Callable[[], None]) -> Callable[[], None]:
        """Be told, in whatever thread it happens, when the clock is moved or runs otherwise; the answer ends that."""
        self._followers = (*self._followers, moved)

        def leave() -> None:
            self._followers = tuple(each for each in self._followers if each is not moved)

        return leave

    def _moved(self) -> None:
        for told in self._followers:
            told()


class SystemClock(_Followed):
    """A clock that runs: anchored at the wall clock once, then carried by a monotonic source at a speed."""

    def __init__(
        self,
        speed: float = 1.0,
        wall: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__()
        self._ticks = ticks
        self._wait = wait
        self._wall = wall
        self._lock = threading.Lock()
        self._speed = self._first_speed = _checked(speed, MAX_SPEED, "the speed of a clock")
        self._pace = speed or 1.0  # the last speed at which it did not stand still
        self._anchor = _micros(wall())
        self._since = ticks()

    @property
    def speed(self) -> float:
        """How many of its seconds pass in one of ours: 0 when it stands still."""
        return self._speed

    def now(self) -> int:
        """Whole milliseconds since the Unix epoch; never less than before."""
        with self._lock:
            return self._reached(self._ticks()) // 1000

    def run(self, speed: float) -> None:
        """Go on from now at another speed; 0 stands still."""
        speed = _checked(speed, MAX_SPEED, "the speed of a clock")
        with self._lock:
            self._settle()
            self._speed, self._pace = speed, speed or self._pace
        self._moved()

    def freeze(self) -> None:
        """Stand still."""
        self.run(0.0)

    def resume(self) -> None:
        """Go on at the speed it had before it stood still."""
        self.run(self._pace)

    def reset(self) -> None:
        """Run as at its beginning; the time that was reached stays, for it never goes back."""
        self.run(self._first_speed)

    def advance(self, seconds: float) -> None:
        """Go forward at once, and on from there as before."""
        step = _micros(seconds)
        with self._lock:
            self._settle()
            self._anchor = _within(self._anchor + step)
        self._moved()

    def kept(self) -> dict[str, float]:
        """Where it stands and how it runs, for a process that comes after this one."""
        with self._lock:
            self._settle()
            stands = {"micros": self._anchor, "wall_micros": _micros(self._wall())}
            return {**stands, "speed": self._speed, "pace": self._pace, "first_speed": self._first_speed}

    def restore(self, kept: Mapping[str, float]) -> None:
        """Go on as if the process before this one had not ended: the time since then has passed, at its speed.

        A clock that was started at another speed runs at its own from now on.
        """
        with self._lock:
            self._go_on(kept, 0)
        self._moved()

    def join(self, kept: Mapping[str, float]) -> bool:
        """Run as another process says their common clock runs; True where ours stands still, and further on."""
        with self._lock:
            self._settle()
            own = self._anchor
            self._go_on(kept, own)
            is_ahead = own > int(kept["micros"]) and not self._speed  # of two that run, none is ever exactly as far
        self._moved()
        return is_ahead

    def _go_on(self, kept: Mapping[str, float], least: int) -> None:
        apart = max(0, _micros(self._wall()) - int(kept["wall_micros"]))
        reached = int(kept["micros"]) + int(apart * kept["speed"])
        self._anchor = max(least, min(reached, _LAST))
        self._since = self._ticks()
        if kept["first_speed"] == self._first_speed:
            self._speed, self._pace = kept["speed"], kept["pace"]

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds of the caller's own time, whatever the speed."""
        self._wait(_checked(seconds, math.inf, "a wait in seconds"))

    def _settle(self) -> None:
        """Anchor the clock where it is, so that what follows does not change what was."""
        ticks = self._ticks()
        self._anchor, self._since = self._reached(ticks), ticks

    def _reached(self, ticks: float) -> int:
        reached = self._anchor + int((ticks - self._since) * self._speed * _MICROS)
        return reached if reached < _LAST else _LAST


class VirtualClock(_Followed):
    """A clock that stands still until somebody moves it: sleeping is advancing."""

    def __init__(self, start_ms: int = FIRST_DAY_MS) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._micros = _within(start_ms * 1000)

    def now(self) -> int:
        """Whole milliseconds since the Unix epoch; never less than before."""
        return self._micros // 1000

    def advance(self, seconds: float) -> None:
        """Go forward at once."""
        step = _micros(seconds)
        with self._lock:
            self._micros = _within(self._micros + step)
        self._moved()

    def sleep(self, seconds: float) -> None:
        """Go forward at once: nobody waits on this clock."""
        self.advance(seconds)

    async def pause(self, seconds: float) -> None:
        """The same for who waits on an event loop; whoever has them wait together takes the place of this."""
        if seconds:
            self.sleep(seconds)


def _micros(seconds: float) -> int:
    return round(_checked(seconds, _LAST / _MICROS, "a time in seconds") * _MICROS)


def _checked(number: float, limit: float, what: str) -> float:
    if not 0 <= number <= limit or math.isinf(number):
        raise _out_of_range(f"{what} is a number from 0 to {_bound(limit)}, not {number}")
    return number


def _bound(limit: float) -> str:
    return "any other" if math.isinf(limit) else f"{limit:.12g}"


def _within(micros: int) -> int:
    if not 0 <= micros <= _LAST:
        raise _out_of_range("the clock would leave the years 1970 to 9999")
    return micros


def _out_of_range(what: str) -> UsageError:
    return UsageError(what, code="clock_range", hint="a clock goes forward, by a finite step, up to the year 9999")
