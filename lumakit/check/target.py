"""What is checked, and the one way to it: a target answers, a probe asks, guards and records.

Knows no provider and no phase. Opens no connection: a target that does is handed in by the porch.
"""

from __future__ import annotations

import enum
from contextlib import AbstractContextManager
from typing import Protocol

from lumakit.clock import Clock
from lumakit.model import Lost, Request, Response


class Target(Protocol):
    """An endpoint: an address, or a mock in this process."""

    @property
    def name(self) -> str:
        """What it is called: an address, or `mock`."""
        ...

    @property
    def origin(self) -> str:
        """Scheme, host and port that requests are made for."""
        ...

    @property
    def base(self) -> str:
        """The path in front of every documented one."""
        ...

    @property
    def clock(self) -> Clock:
        """The time it lives by: a mock's may be virtual, and sleeping is advancing then."""
        ...

    @property
    def own(self) -> bool:
        """True for a mock of ours, which can be reset, costs nothing and may be asked anything."""
        ...

    def send(self, request: Request) -> Response | Lost:
        """The answer, or why there is none. Follows no redirect."""
        ...

    def reset(self) -> None:
        """Forget every task; does nothing where that is not ours to say."""
        ...


class Player(Protocol):
    """Who can have tasks fare otherwise than usual: a mock, never an endpoint that is not ours."""

    @property
    def plays(self) -> tuple[str, ...]:
        """The ways to fare that lead to words which are not said otherwise."""
        ...

    def play(self, name: str) -> AbstractContextManager[None]:
        """Until the end of this, every new task fares so."""
        ...


class Cost(enum.StrEnum):
    """What a request may cost, whatever the page gets wrong."""

    FREE = "free"  # cannot make a task: no key, a wrong key, an unknown id, an unknown path, a poll
    PAID = "paid"  # carries a valid key to an operation that makes tasks, even with a body we think invalid
