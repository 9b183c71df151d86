"""A provider, its mock and a client that stand on one virtual clock, and what to ask of each kind of task."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import lumakit
from lumakit.caller import Caller
from lumakit.client import AsyncClient, Client
from lumakit.clock import VirtualClock
from lumakit.contract.compile import Contract
from lumakit.contract.frozen import thaw
from lumakit.contract.reading import Task as Kind
from lumakit.model import Edition
from mockserver import MockProvider

KEY = "canary-7f3a-of-the-user"
PROVIDERS = ("apiframe", "chainhub", "kkiai")
EDITIONS = {(name, edition): lumakit.load(name, edition) for name in PROVIDERS for edition in Edition}
Result = TypeVar("Result")


@dataclass
class Stage:
    """Everything that a story needs."""

    mock: MockProvider
    clock: VirtualClock
    client: Client

    @property
    def contract(self) -> Contract:
        return self.mock.contract

    def submitted(self) -> int:
        """How many tasks there are at the provider."""
        return len(list(self.mock.tasks))


def stage(
    provider: str = "chainhub", edition: Edition = Edition.CORRECTED, *, judge: str = "raise", **mocked: Any
) -> Stage:
    """A mock and its client."""
    clock = VirtualClock()
    mock = MockProvider(EDITIONS[provider, edition], clock=clock, **mocked)
    return Stage(mock, clock, client_of(mock, judge=judge))


def client_of(mock: MockProvider, **chosen: Any) -> Client:
    """A client of a mock."""
    given = {"api_key": KEY, "clock": mock.clock, "transport": mock.transport(), "seed": "test", **chosen}
    return Client(mock.contract, **given)


def in_a_loop(mock: MockProvider, story: Callable[[AsyncClient], Coroutine[Any, Any, Result]]) -> Result:
    """What a story comes to that an asynchronous client lives through."""

    async def lived() -> Result:
        given: dict[str, Any] = {"api_key": KEY, "clock": mock.clock, "transport": mock.transport(), "judge": "raise"}
        async with AsyncClient(mock.contract, **given) as client:
            return await story(client)

    return asyncio.run(lived())


def example(contract: Contract, operation: str) -> dict[str, Any]:
    """The parameters that the document itself shows."""
    body = next(iter(contract.operations[operation].content.values()))
    shown: dict[str, Any] = thaw(next(iter(body.examples.values())))
    return shown


def kinds(client: Caller[Any]) -> dict[str, Kind]:
    """The kinds of task that can be made from nothing."""
    assert client.contract.reading is not None
    return {name: kind for name, kind in client.contract.reading.tasks.items() if kind.submit}


def making(client: Caller[Any], kind: Kind) -> tuple[str, dict[str, Any]]:
    """The operation that makes a kind of task, and what it is given."""
    return kind.submit[0], example(client.contract, kind.submit[0])
