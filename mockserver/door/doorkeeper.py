"""The doorkeeper: uvicorn, with our guard, started and stopped our way.

Stopping takes no longer than the answers that are under way, a second signal ends it at once, and a signal is an
ordinary end. Knows uvicorn, signals and connections. Does not know what is behind the door.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn

from mockserver.door.front import Front
from mockserver.door.guard import guarded
from mockserver.door.limits import Limits
from mockserver.door.listener import BACKLOG, DOORS
from mockserver.door.tidy import Tidy, nothing

if TYPE_CHECKING:
    import socket

_TICK_S = 1.0  # how often the Date header is written anew
_GLANCE_S = 0.01  # how often a stopping server looks whether all have gone
_CUT_S = 0.5  # how long it may take when there is no more patience
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Doorkeeper(uvicorn.Server):
    """A server for one door; it runs once."""

    force_exit: bool

    def __init__(
        self,
        door: Front,
        limits: Limits,
        stop_s: float,
        on_open: Callable[[], None],
        tidy: Callable[[], object] = nothing,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                door,
                http=guarded(limits),
                backlog=BACKLOG,
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=door.dated,
                proxy_headers=False,
            )
        )
        self.ended_by: signal.Signals | None = None
        self._door = door
        self._stop_s = stop_s
        self._on_open = on_open
        self._tidy = Tidy(tidy)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked = asyncio.Event()

    def ask_to_stop(self) -> None:
        """Stop soon; asked again, at once. Any thread and any signal handler may ask."""
        self.force_exit = self.should_exit
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(self._asked.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept, and say so."""
        self._loop = asyncio.get_running_loop()
        doors = [each.dup() for each in sockets or () for _ in range(DOORS - 1)]
        try:
            await super().startup([*(sockets or ()), *doors])
        finally:
            if not self.started:
                for each in doors:
                    each.close()
        await self.on_tick(0)  # the first answer has a Date too
        self._on_open()

    async def main_loop(self) -> None:
        """Keep the Date header right until somebody asks to stop."""
        while not await self.on_tick(0):
            self._tidy.look(len(self.server_state.connections))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TICK_S):
                    await self._asked.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more, let the answers under way be given, then cut what is left."""
        for listening in (*self.servers, *(sockets or ())):
            listening.close()
        self._door.hurry()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await _until(lambda: self.force_exit or self._empty(), self._stop_s)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await _until(self._empty, _CUT_S)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CUT_S if self.force_exit else None):
                await self.lifespan.shutdown()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """In the main thread, a signal is a wish to stop; a third one is what it is everywhere."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {each: signal.signal(each, self.handle_exit) for each in _SIGNALS}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  # as Python calls it
        """A signal came."""
        if self.should_exit:
            signal.signal(sig, signal.SIG_DFL)
        self.ended_by = self.ended_by or signal.Signals(sig)
        self.ask_to_stop()

    def _empty(self) -> bool:
        return not (self.server_state.connections or self.server_state.tasks)


async def _until(true: Callable[[], bool], within_s: float) -> None:
    """Look again and again: uvicorn's sets of connections and tasks tell nobody when they change."""
    loop = asyncio.get_running_loop()
    end_s = loop.time() + within_s
    while not true() and loop.time() < end_s:  # noqa: ASYNC110  # there is no event to wait for
        await asyncio.sleep(_GLANCE_S)
