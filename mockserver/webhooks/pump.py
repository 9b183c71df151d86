"""The pump: on an event loop, it waits until something is due, and has it sent.

Woken when something falls due earlier than all there was, and when somebody moves the clock; looks by itself now and
then, because a store may be shared. Knows event loops. Does not know what a webhook is.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import Protocol, TypeVar

from lumakit.clock import Clock
from mockserver.stores import Down, Store
from mockserver.taking import Take, at_once
from mockserver.webhooks.delivery import Delivery
from mockserver.webhooks.sending import AT_ONCE, Webhooks

GLANCE_S = 1.0  # how long nobody notices that another process made something due
T = TypeVar("T")
_log = logging.getLogger(__name__)


class Pumped(Protocol):
    """What a pump needs to know of a provider."""

    clock: Clock
    store: Store

    @property
    def webhooks(self) -> Webhooks:
        """Its deliveries."""
        ...


class Pump:
    """Sends what falls due with some providers, between `start` and `stop`."""

    def __init__(
        self,
        providers: Callable[[], Iterable[Pumped]],
        tell: Callable[[str], None] | None = None,
        take: Take = at_once,
    ) -> None:
        self._providers = providers
        self._take = take  # does what may have to wait for a store
        self._is_down = False
        self._tell = tell  # told of every attempt that failed
        self._woken = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._leave: list[Callable[[], None]] = []
        self._under_way: dict[tuple[int, str], asyncio.Task[None]] = {}  # the last chain of each task
        self._sending: set[asyncio.Task[None]] = set()  # and those before it

    async def start(self) -> None:
        """Begin."""
        loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended: whatever is due waits for the next start
                loop.call_soon_threadsafe(self._woken.set)

        for each in self._providers():
            each.store.listen(wake)
            if follow := getattr(each.clock, "follow", None):
                self._leave.append(follow(wake))
        self._running = loop.create_task(self._run())

    async def stop(self) -> None:
        """End; what is being sent is claimed, and is sent again when its claim ends."""
        tasks = [*self._sending, *([self._running] if self._running else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for leave in self._leave:
            leave()
        self._leave, self._running = [], None

    async def flush(self, task: str) -> None:
        """Send what is due now, and wait for what becomes of one task's: an answer is to come after its webhook.

        For others nobody waits here: their receivers may hang, or be waiting for this very answer.
        """
        await self._launch()
        mine = [sending for (_, key), sending in self._under_way.items() if key == task]
        await asyncio.gather(*mine, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            if not await self._launch():
                pause_s = await self._take(self._until_next_s)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause_s):
                        await self._woken.wait()

    async def _launch(self) -> bool:
        """Begin to send what is due; True where something was."""
        found = False
        for number, each in enumerate(self._providers()):
            room = self._room(number)
            for chain in await self._claimed(each.webhooks, room) if room > 0 else ():
                found = True
                self._send((number, chain[0].task or chain[0].id), each.webhooks, chain)
        return found

    async def _claimed(self, webhooks: Webhooks, room: int) -> list[list[Delivery]]:
        try:
            claimed = await self._take(partial(webhooks.claim, room))
        except Down as down:
            if not self._is_down:
                _log.warning("no webhook is sent until the store is back: %s", down)
            self._is_down = True
        except Exception:  # noqa: BLE001  # the last net: one delivery that cannot be made must not keep all others back
            _log.exception("a webhook could not be made: a bug of the mock server")
        else:
            self._is_down = False
            return claimed
        return []

    def _room(self, number: int) -> int:
        """How many more of a provider's tasks may be told of at once: its hanging receivers keep no other back."""
        return AT_ONCE - sum(provider == number for provider, _ in self._under_way)

    def _send(self, key: tuple[int, str], webhooks: Webhooks, chain: list[Delivery]) -> None:
        before = self._under_way.get(key)
        task = asyncio.get_running_loop().create_task(self._followed(webhooks, chain, before))
        self._under_way[key] = task
        self._sending.add(task)

        def ended(_: asyncio.Task[None]) -> None:
            webhooks.let_go(chain)  # what is left of it: it was broken off
            self._sending.discard(task)
            if self._under_way.get(key) is task:
                del self._under_way[key]
            self._woken.set()

        task.add_done_callback(ended)

    async def _followed(self, webhooks: Webhooks, chain: list[Delivery], before: asyncio.Task[None] | None) -> None:
        """Send the deliveries of a task, after those of it that are under way."""
        if before is not None:
            await asyncio.wait([before])
        try:
            async for row in webhooks.follow(chain, self._kept):
                if self._tell and row.reason:
                    self._tell(f"webhook {row.event!r} to {row.url.partition('?')[0]}: {row.state}: {row.reason}")
        except Exception:  # noqa: BLE001  # the last net: what was claimed is sent again when its claim ends
            _log.exception("a webhook could not be sent: a bug of the mock server")

    async def _kept(self, work: Callable[[], T]) -> T:
        """What came of work that must be kept: while the store is down it is tried again, until the pump is stopped."""
        while True:
            try:
                return await self._take(work)
            except Down:
                await asyncio.sleep(GLANCE_S)

    def _until_next_s(self) -> float:
        free = (each for number, each in enumerate(self._providers()) if self._room(number) > 0)
        try:
            return min([GLANCE_S, *map(_own_s, free)])
        except Down:
            return GLANCE_S


def _own_s(each: Pumped) -> float:
    """How long until something is due there, in our own seconds."""
    speed = getattr(each.clock, "speed", 0.0)  # a clock without a speed stands still until somebody moves it
    left_ms = each.webhooks.due_ms() - each.clock.now()
    return max(0.0, left_ms / 1000 / speed) if speed else GLANCE_S
