"""A port that stays, while what answers at it is another one with each test.

Knows doors and event loops. Does not know tests.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from lumakit.errors import LumakitError
from mockserver import app
from mockserver.control.plane import Control
from mockserver.door.asgi import Answered, Door, Send
from mockserver.door.limits import Limits
from mockserver.door.receiving import Message, Receive
from mockserver.live import LiveServer
from mockserver.refusal import problem
from mockserver.server import MockServer
from mockserver.webhooks.pump import Pump


class _Behind(NamedTuple):
    """What answers, and what sends the webhooks of that."""

    door: Door
    pump: Pump


class Port:
    """What a live server serves: the mocks that were last shown here.

    A request that is being answered stays with whom it came to; of those, webhooks are sent no more.
    """

    def __init__(self) -> None:
        self.limits: Limits = Limits()
        self.dated = True
        self.failure: LumakitError | None = None
        self._behind = _Behind(Door(lambda _: problem(404, "no mock was shown here yet")), Pump(tuple))
        self._loop: asyncio.AbstractEventLoop  # of the thread that serves, from its start on
        self.live: LiveServer = LiveServer(self).start()

    def show(self, server: MockServer) -> None:
        """Have a server of mocks answer from now on."""
        pump = app.pump(server)
        control = Control(server)
        behind = _Behind(app.door(server, pump, control=control), pump)
        asyncio.run_coroutine_threadsafe(self._change(behind, control), self._loop).result()

    async def _change(self, behind: _Behind, control: Control) -> None:
        before, self._behind = self._behind, behind
        control.begin()
        await behind.pump.start()
        before.door.hurry()
        await before.pump.stop()

    # the shape of what a live server serves

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the life of the server."""
        if scope["type"] != "lifespan":
            await self._behind.door(scope, receive, send)
            return
        await receive()
        self._loop = asyncio.get_running_loop()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._behind.pump.stop()
        await send({"type": "lifespan.shutdown.complete"})

    def at_once(self, scope: Message, body: bytes) -> Answered | None:
        """The short way to an answer, where there is one."""
        return self._behind.door.at_once(scope, body)

    def hurry(self) -> None:
        """The server is about to stop."""
        self._behind.door.hurry()
