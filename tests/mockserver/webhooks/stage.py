"""A stage for the pump: mocks on one clock, a desk whose receivers hang until they are let go, and an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from lumakit.clock import VirtualClock
from lumakit.contract.compile import Contract
from lumakit.model import Request, Response
from mockserver import MockProvider
from mockserver.webhooks.habits import Habits
from mockserver.webhooks.pump import Pump
from tests.mockserver.webhooks.post import CHAINHUB, Post

TURNS = 50  # of the loop: whatever can happen by itself has happened by then


@dataclass
class Desk:
    """A sender whose receivers hang until they are let go, all at once or by the path that they are called by."""

    hanging: set[str] = field(default_factory=set)
    began: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    errors: dict[str, Exception] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._moved = asyncio.Condition()

    async def send(self, request: Request, *, total_s: float | None = None) -> Response:  # noqa: ARG002
        self.began.append(request.path)
        async with self._moved:
            await self._moved.wait_for(lambda: request.path not in self.hanging)
        if request.path in self.errors:
            raise self.errors.pop(request.path)
        self.ended.append(request.path)
        self.bodies.append(request.body)
        return Response(200)

    def send_now(self, request: Request, *, total_s: float | None = None) -> Response:
        raise NotImplementedError

    async def let_go(self, path: str) -> None:
        """Have the receivers of a path answer."""
        async with self._moved:
            self.hanging.discard(path)
            self._moved.notify_all()


class Stage:
    """Some mocks on one clock, a pump over them, and a desk that receives."""

    def __init__(
        self,
        *contracts: Contract,
        hanging: set[str] | None = None,
        clock: Any = None,
        desk: Desk | None = None,
        **choices: Any,
    ) -> None:
        self.clock = clock or VirtualClock()
        self.desk = desk or Desk(hanging or set())
        self.posts = [Post(each, clock=self.clock, **choices) for each in contracts or (CHAINHUB,)]
        for post in self.posts:
            habit = Habits(self.desk, ticks=lambda: 0.0)
            post.mock = MockProvider(post.user.contract, clock=self.clock, webhooks=habit, **choices)
            post.user.answer = post.mock
        self.pump = Pump(lambda: [post.mock for post in self.posts])

    def submit(self, path: str, post: int = 0, **more: Any) -> str:
        """Make a task that is to be told of at a path."""
        return self.posts[post].submit(f"http://127.0.0.1:8081/{path}", **more)

    async def pass_by(self, seconds: float = 300) -> None:
        """Let time pass, and wake the pump as a store does when something falls due."""
        self.clock.advance(seconds)
        self.pump._woken.set()
        await turns()

    def states(self, post: int = 0) -> list[str]:
        """What became of the deliveries of a mock."""
        return self.posts[post].states()


async def turns(count: int = TURNS) -> None:
    """Let the loop turn."""
    for _ in range(count):
        await asyncio.sleep(0)


def played(play: Callable[[Stage], Awaitable[None]], *contracts: Contract, **choices: Any) -> Stage:
    """A stage after a play with the pump running."""

    async def run() -> Stage:
        stage = Stage(*contracts, **choices)
        await stage.pump.start()
        try:
            await asyncio.wait_for(play(stage), 10)
        finally:
            await stage.pump.stop()
        return stage

    return asyncio.run(run())
