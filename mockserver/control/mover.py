"""Says which tasks the clock has moved, while somebody listens: it sleeps until the next moment of any task.

Learns of new and altered tasks from the log of events, and of a clock that was moved too. Changes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from lumakit.clock import Clock
from mockserver.control.office import Office
from mockserver.events import Missed
from mockserver.stores import Down
from mockserver.taking import Take, at_once

LEAST_S = 0.02  # between two rounds, however fast the clock runs
MOST_S = 3600.0
DOWN_S = 1.0  # between two looks at a store that is down
_PAGE = 500
_SLACK = 1000


class Mover:
    """The moments that are still to come, over all providers."""

    def __init__(self, office: Office, take: Take = at_once) -> None:
        self._office = office
        self._take = take
        self._next: dict[tuple[str, str], int] = {}
        self._heap: list[tuple[int, str, str]] = []
        self._told = office.events.last
        self._seen = self._now()  # up to when everything that moved was said

    async def run(self) -> None:
        """Say what moves, until it is cancelled."""
        loop, woken = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(woken.set)

        leave = self._office.events.listen(wake)
        try:
            await _once_up(self._look_at_all)
            while True:
                woken.clear()
                now = self._now()
                await _once_up(self._learn)
                self._say_due(now)
                self._seen = now
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._wait_s()):
                        await woken.wait()
                await asyncio.sleep(LEAST_S)
        finally:
            leave()

    async def _look_at_all(self) -> None:
        self._told = self._office.events.last
        for name, mock in self._office.providers.items():
            before = None
            while page := await self._take(partial(mock.tasks.upcoming, _PAGE, before, self._since(name))):
                for _, key, at_ms in page:
                    self._note(name, key, at_ms)
                before = page[-1][0]
                await asyncio.sleep(0)  # the loop is others' too

    async def _learn(self) -> None:
        """Look again at every task that somebody made or altered."""
        try:
            new = self._office.events.since(self._told)
        except Missed:
            await self._look_at_all()
            return
        for event in new:
            if event.kind == "task" and event.provider in self._office.providers:
                ask = partial(self._office.providers[event.provider].tasks.changes_ms, event.key)
                self._note(event.provider, event.key, await self._take(partial(ask, self._since(event.provider))))
            self._told = event.number

    def _note(self, name: str, key: str, at_ms: int | None) -> None:
        if at_ms is None:
            self._next.pop((name, key), None)
        elif self._next.get((name, key)) != at_ms:
            self._next[name, key] = at_ms
            heapq.heappush(self._heap, (at_ms, name, key))
        if len(self._heap) > 2 * len(self._next) + _SLACK:
            self._heap = [(at, *place) for place, at in self._next.items()]
            heapq.heapify(self._heap)

    def _say_due(self, now: Mapping[str, int]) -> None:
        while self._heap and self._heap[0][0] <= now.get(self._heap[0][1], 0):
            at_ms, name, key = heapq.heappop(self._heap)
            if self._next.get((name, key)) == at_ms:
                del self._next[name, key]
                self._office.events.say("task", name, key, here=True)

    def _wait_s(self) -> float | None:
        """How long nothing moves; None where only somebody's order can end it."""
        if not self._heap:
            return None
        at_ms, name, _ = self._heap[0]
        clock = self._clock(name)
        speed: float = getattr(clock, "speed", 0.0)
        return min(MOST_S, max(0.0, (at_ms - clock.now()) / 1000 / speed)) if speed else None

    def _now(self) -> Mapping[str, int]:
        return {name: mock.clock.now() for name, mock in self._office.providers.items()}

    def _since(self, name: str) -> int:
        return self._seen.get(name, 0)

    def _clock(self, name: str) -> Clock:
        return self._office.providers[name].clock


async def _once_up(look: Callable[[], Awaitable[None]]) -> None:
    """Look, as often as it takes until the store can be asked."""
    while True:
        try:
            return await look()
        except Down:
            await asyncio.sleep(DOWN_S)
