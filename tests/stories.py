"""Whole lives of tasks, told once and lived through by both clients: made, waited for, fetched again and saved."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from lumakit import Phase
from lumakit.call_errors import TaskFailed
from lumakit.client import AsyncClient, Client
from lumakit.clock import VirtualClock
from lumakit.contract.reading import Extend
from lumakit.errors import LumakitError
from lumakit.model import Edition
from mockserver import MockProvider
from tests.calling import EDITIONS, KEY, example

WAYS = ("sync", "async")
KINDS = [
    (provider, edition, kind)
    for (provider, edition), contract in EDITIONS.items()
    for kind in (contract.reading.tasks if contract.reading else ())
]


class Told(NamedTuple):
    """What came of a story: the phase that its task ended in, or the error; and what everybody found wrong."""

    outcome: str
    findings: tuple[str, ...]
    made: int
    submits: int
    passed_s: float


class Plain:
    """A client without an event loop, awaited as if it had one."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def act(*given: Any, **named: Any) -> Any:
            return getattr(self._client, name)(*given, **named)

        return act


@dataclass
class Story:
    """One task of a kind: a scenario happens to it, or a fault at one of its requests."""

    provider: str
    edition: Edition
    kind: str
    scenario: str = "success"
    fault: str = ""
    place: str = ""
    judge: str = "raise"
    seed: int = 0

    def lived(self, way: str, folder: Path) -> Told:
        """Live through it, with one client or the other."""
        mock = MockProvider(EDITIONS[self.provider, self.edition], clock=VirtualClock(), seed=self.seed)
        given: dict[str, Any] = {"api_key": KEY, "clock": mock.clock, "transport": mock.transport(), "seed": "test"}
        given["judge"] = self.judge
        if way == "sync":
            with closing(Client(mock.contract, **given)) as client:
                return asyncio.run(self._lived(mock, client, Plain(client), folder))
        return asyncio.run(self._in_a_loop(mock, given, folder))

    async def _in_a_loop(self, mock: MockProvider, given: dict[str, Any], folder: Path) -> Told:
        async with AsyncClient(mock.contract, **given) as client:
            return await self._lived(mock, client, client, folder)

    async def _lived(self, mock: MockProvider, client: Client | AsyncClient, ask: Any, folder: Path) -> Told:
        making, values, extend = self._asked(mock)
        if extend is not None:
            parent = await ask.wait(mock.tasks.seed(extend.of[0]).id)
            values[extend.parent.name.strip("/")] = parent.id
        mock.scenario, before = self.scenario, len(list(mock.tasks))
        if self.fault:
            mock.faults.add(f"{self.fault} on {self._place(mock, making)}")
        began, outcome = mock.clock.now(), ""
        try:
            outcome = await self._to_the_end(ask, making, values, folder)
        except LumakitError as error:
            outcome = type(error).__name__
        entries = mock.journal.entries()
        found = [each.code for each in client.findings]
        found += [finding.code for entry in entries for finding in entry.findings]
        submits = sum(entry.operation == making for entry in entries)
        passed_s = (mock.clock.now() - began) / 1000
        return Told(outcome, tuple(found), len(list(mock.tasks)) - before, submits, passed_s)

    async def _to_the_end(self, ask: Any, making: str, values: dict[str, Any], folder: Path) -> str:
        """Made, waited for, looked at again, and its video fetched where it has one."""
        task: Any = await ask.submit(making, **values)
        try:
            task = await ask.wait(task, budget_s=3600)
        except TaskFailed as failed:
            task = failed.task
        again = await ask.fetch(task)
        assert self.fault or again == task
        if task.phase is not Phase.SUCCEEDED:
            return str(task.phase)
        saved = await ask.save(task.video, folder / "video.mp4", overwrite=True)
        assert saved.read_bytes()[4:8] == b"ftyp"
        assert (task.kind, task.phase) == (self.kind, Phase.SUCCEEDED)
        return str(task.phase)

    def _asked(self, mock: MockProvider) -> tuple[str, dict[str, Any], Extend | None]:
        """The operation that makes such a task, what the document shows to give it, and its way to the parent."""
        assert mock.contract.reading is not None
        kind = mock.contract.reading.tasks[self.kind]
        extend = None if kind.submit else kind.extend[0]
        making = extend.operation if extend else kind.submit[0]
        return making, example(mock.contract, making), extend

    def _place(self, mock: MockProvider, making: str) -> str:
        assert mock.contract.reading is not None
        fetch = mock.contract.reading.tasks[self.kind].fetch[0].operation
        return {"submit": making, "fetch": fetch, "media": "media"}[self.place]
