"""Stories on a mock over SQLite, and a process that lives through them until it ends itself at one of its commits.

`main` reads orders, a line each - `time before 7 FILE` - and forks a child for each, which tells every step that was
acknowledged and every webhook that left, and kills itself before, or after, its seventh commit. The product knows
nothing of that: the connection to the file is another one.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias
from unittest import mock as patching

import lumakit
from lumakit.clock import FIRST_DAY_MS, SystemClock
from lumakit.model import Request, Response
from lumakit.signing import Signing
from mockserver.app import Choices, provider, turns
from mockserver.lasting import OneClock
from mockserver.stores import every
from mockserver.stores.backend import Sqlite
from mockserver.webhooks.delivery import Delivery
from mockserver.webhooks.habits import Habits, Receiver

CONTRACT = lumakit.load("chainhub")
HOOK = "http://127.0.0.1:8081/hook"
SIGNING = Signing.parse("standard", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
REFUSED_UNTIL_S = 1005  # on the mock's clock, since its first day: then the receiver is well
STORIES: Mapping[str, tuple[str, ...]] = {
    "time": (
        *("play", "spoil", "submit", "wait", "claim", "send", "poll"),
        *("extend", "wait", "claim", "send", "wait_a_little", "claim", "send"),
        *("redeliver", "claim", "send", "submit", "complete", "seed", "reset", "submit"),
    ),
    "looks": ("submit", "poll", "poll", "claim", "send", "poll"),
}
Image: TypeAlias = dict[str, Any]


class Life:
    """A mock over a file, from its start until its process ends."""

    def __init__(self, story: str, path: Path, arrived: Callable[[str, str], None]) -> None:
        self.backend = Sqlite(str(path))
        self.clock = SystemClock(0.0, wall=lambda: FIRST_DAY_MS / 1000, ticks=lambda: 0.0)
        self._arrived = arrived
        habits = Habits(Receiver(self._receive), signing=SIGNING, ticks=lambda: 0.0)
        choices = Choices(clock=self.clock, backend=self.backend, webhooks=habits, progress=story)
        OneClock(self.backend, self.clock)
        self.mock = provider(CONTRACT, choices, "")
        self._take = turns(self.backend)
        self._chains: list[list[Delivery]] = []

    def _receive(self, request: Request) -> Response:
        self._arrived(request.header("webhook-id") or "", request.body.decode())
        is_extended = self.mock.tasks[json.loads(request.body)["id"]].parent
        well_ms = FIRST_DAY_MS + REFUSED_UNTIL_S * 1000
        return Response(500 if is_extended and self.clock.now() < well_ms else 200)

    async def step(self, name: str) -> None:
        """One step, acknowledged when it is over."""
        await getattr(self, f"_{name}")()

    async def _do(self, work: Callable[[], Any]) -> Any:
        """What the door and the pump do: in a turn, together with what else waits."""
        assert self._take is not None
        return await self._take(work)

    async def _ask(self, method: str, path: str, **body: str) -> None:
        headers = (("Authorization", "Bearer any"), ("Content-Type", "application/json"))
        request = Request(method, path, "", headers, json.dumps(body).encode() if body else b"", "http://localhost")
        answer = await self._do(partial(self.mock, request))
        assert answer.status == 200, answer

    def _newest(self) -> str:
        return next(each.key for each in every(self.mock.store))

    async def _play(self) -> None:
        await self._do(partial(self.mock.play, "fast"))

    async def _spoil(self) -> None:
        await self._do(partial(self.mock.faults.add, "503 every 1000th"))

    async def _submit(self) -> None:
        await self._ask("POST", "/luma/generations", user_prompt="a gust of wind", notify_hook=HOOK)

    async def _extend(self) -> None:
        await self._ask("POST", f"/luma/generations/{self._newest()}/extend", user_prompt="more", notify_hook=HOOK)

    async def _poll(self) -> None:
        await self._ask("GET", f"/luma/generations/{self._newest()}")

    async def _wait(self) -> None:
        await self._do(partial(self.clock.advance, 500))

    async def _wait_a_little(self) -> None:
        await self._do(partial(self.clock.advance, 5))

    async def _claim(self) -> None:
        self._chains = await self._do(self.mock.webhooks.claim)

    async def _send(self) -> None:
        for chain in self._chains or await self._do(self.mock.webhooks.claim):
            async for _ in self.mock.webhooks.follow(chain, self._do):
                pass
        self._chains = []

    async def _redeliver(self) -> None:
        await self._do(partial(self.mock.webhooks.redeliver, next(iter(self.mock.webhooks)).id))

    async def _complete(self) -> None:
        await self._do(partial(self.mock.tasks.complete, self._newest()))

    async def _seed(self) -> None:
        await self._do(partial(self.mock.tasks.seed, "generation", id="sown", status="processing"))

    async def _reset(self) -> None:
        await self._do(self.mock.reset)

    def image(self) -> Image:
        """All that anybody can see."""
        rows = [(row.id, row.state, row.body, [each.status for each in row.attempts]) for row in self.mock.webhooks]
        return {
            "now": self.clock.now(),
            "tasks": [(each.id, each.status, each.progress, each.parent) for each in self.mock.tasks],
            "webhooks": rows,
            "told": {row.key: row.document["plan"][-1] for row in every(self.mock.store)},
            "counters": dict(self.mock.store.counters()),
            "diary": [(each.request.path, each.response.status) for each in self.mock.requests()],
            "epoch": self.mock.store.epoch,
            "scenario": self.mock.scenario,
            "faults": [str(each) for each in self.mock.faults],
        }


# --- commits ----------------------------------------------------------------------------------------------------------

MARKS = {  # what a statement begins with, and whether it is about tasks or the outbox: what the commit keeps
    ("CREATE TABLE spaces", ""): "tables",
    ("INSERT INTO spaces", ""): "spaces",
    ("INSERT INTO documents", "tasks"): "task",
    ("INSERT INTO documents", "outbox"): "delivery",
    ("UPDATE documents SET body", "tasks"): "change",
    ("UPDATE documents SET body", "outbox"): "outcome",
    ("UPDATE documents SET owed", "tasks"): "claim of a task",
    ("UPDATE documents SET owed", "outbox"): "claim of a delivery",
    ("INSERT OR REPLACE INTO counters", ""): "count",
    ("INSERT OR REPLACE INTO memos", ""): "memo",
    ("INSERT INTO log", ""): "diary",
    ("INSERT INTO discarded", ""): "reset",
}


class Watched(sqlite3.Connection):
    """A connection that says what each commit keeps, before it and after it."""

    told: Callable[[str, str], None]
    _kept: list[str]

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.execute("PRAGMA synchronous = FULL")

    def execute(self, ask: str, given: Any = (), /) -> sqlite3.Cursor:
        """Run a statement; nothing is synced, because a killed process loses nothing that it has written."""
        if ask.startswith("PRAGMA synchronous"):
            ask = "PRAGMA synchronous = OFF"
        if ask == "BEGIN IMMEDIATE":
            self._kept = []
        self._mark(ask, given)
        what = ", ".join(dict.fromkeys(self._kept)) if ask == "COMMIT" else ""
        if what:
            self.told("before", what)
        cursor = super().execute(ask, given)
        if what:
            self.told("after", what)
        return cursor

    def executemany(self, ask: str, given: Any, /) -> sqlite3.Cursor:
        """Run a statement some times."""
        rows = list(given)
        for row in rows[:1]:
            self._mark(ask, row)
        return super().executemany(ask, rows)

    def _mark(self, ask: str, given: Any) -> None:
        for (begin, shelf), name in MARKS.items():
            if ask.strip().startswith(begin) and (not shelf or shelf == self._shelf(ask, given)):
                self._kept.append(f"{name} {given[0]}" if name == "memo" else name)

    def _shelf(self, ask: str, given: Any) -> str:
        """Which of the two shelves a statement is about."""
        space = given[0] if ask.startswith("INSERT") else given[-2]
        found = super().execute("SELECT count(*) FROM spaces WHERE documents = ?", (space,)).fetchone()
        return "tasks" if found[0] else "outbox"


def watched(told: Callable[[str, str], None]) -> Any:
    """Have every file opened by a connection that tells of its commits."""
    kind = type("Told", (Watched,), {"told": staticmethod(told)})
    return patching.patch("mockserver.stores.sqlite_file.sqlite3.connect", partial(sqlite3.connect, factory=kind))


# --- the process ------------------------------------------------------------------------------------------------------


def main() -> None:
    """Carry out orders."""
    for line in sys.stdin:
        story, when, number, path = line.rstrip("\n").split(" ", 3)
        child = os.fork()
        if not child:
            _live(story, when, int(number), Path(path))
            os._exit(0)
        _say("ended", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _live(story: str, when: str, number: int, path: Path) -> None:
    left = iter(range(number - 1, -1, -1))

    def told(moment: str, _: str) -> None:
        if moment == when and next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    async def lived() -> None:
        life = Life(story, path, partial(_say, "arrived"))
        with closing(life.backend):
            _say("done")
            for name in STORIES[story]:
                await life.step(name)
                _say("done")

    with watched(told):
        asyncio.run(lived())


def _say(*words: object) -> None:
    os.write(1, json.dumps(words).encode() + b"\n")  # in one piece, and nothing is left behind in a buffer
