"""A million things done to mocks by many at once while this and that fails, held against a history of what may be.

`bench/anomalies.py --help`. In process, on memory, SQLite and Redis, there by three servers. Exit code 1 where anything
was seen that cannot be (`bench/history.py` says what that is).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import lumakit
from bench.asking import Client, World, asked, surely
from bench.figures import table, write
from bench.history import History
from bench.victims import SUBMIT, redis
from lumakit.clock import VirtualClock
from lumakit.contract.lifecycle import Lifecycle
from lumakit.model import Request, Response
from mockserver.app import Choices, provider
from mockserver.stores.backend import Backend, Sqlite, opened
from mockserver.webhooks.habits import Habits, Receiver

CONTRACT = lumakit.load("chainhub")
THREADS = 8
ERA = 20_000  # operations, after which everything is looked at, and forgotten
FAULTS = ("503 2%", "429 retry-after 7 2%", "lost 2%", "reset after 20 2%", "malformed 2%", "latency 0.5 2%")
REFUSED, MOST = 0.1, 2  # of the webhooks, so often at most
LATE_S, LATER = 4000.0, 6  # past every plan, claim and schedule


@dataclass
class Figures:
    """What was counted."""

    store: str
    servers: int
    operations: int = 0
    tasks: int = 0
    polls: int = 0
    webhooks: int = 0
    faults_met: int = 0
    store_down: int = 0
    anomalies: int = 0
    took_s: int = 0


class Life:
    """Some mocks on one store and one clock, everybody who asks them, and a receiver of webhooks."""

    def __init__(self, name: str, backends: Sequence[Backend], spoil: Callable[[float], None], seed: str) -> None:
        self.figures = Figures(name, len(backends))
        self._seed = seed
        self._refused: dict[str, int] = {}
        clock, habits = VirtualClock(), Habits(Receiver(self._receive), ticks=lambda: 0.0)
        chosen = [Choices(clock=clock, backend=each, webhooks=habits, seed=seed) for each in backends]
        mocks = [provider(CONTRACT, each, "") for each in chosen]
        self._world = World(mocks, History(_lifecycle()), clock, spoil)

    def _receive(self, request: Request) -> Response:
        body = json.loads(request.body)
        key, refused = body["id"], self._refused.get(body["id"], 0)
        self.figures.webhooks += 1
        if refused < MOST and random.Random(f"{self._seed}/{key}/{refused}").random() < REFUSED:  # noqa: S311  # a seed
            self._refused[key] = refused + 1
            return Response(500)
        self._world.history.told(key, body["state"], request.body)
        return Response(200)

    def live(self, operations: int) -> Figures:
        """So many operations, by eras."""
        began = time.monotonic()
        for era, done in enumerate(range(0, operations, ERA)):
            self._era(era, min(ERA, operations - done))
        self.figures.anomalies = self._world.history.anomalies
        self.figures.took_s = round(time.monotonic() - began)
        print(*self._world.history.shown, sep="\n", end="", file=sys.stderr)
        return self.figures

    def _era(self, era: int, operations: int) -> None:
        mocks = self._world.mocks
        surely(partial(mocks[0].faults.replace, FAULTS))
        for mock in mocks:
            surely(mock.look_again)
        left = iter(range(operations))
        crowd = [Client(self._world, left, f"{self._seed}/{era}/{number}") for number in range(THREADS)]
        for each in crowd:
            each.start()
        for each in crowd:
            each.join()
            self._count(each)
        self._settle()
        surely(mocks[0].reset)
        self._world.history.forget()
        self._refused.clear()

    def _count(self, client: Client) -> None:
        for name in ("operations", "polls", "faults_met", "store_down"):
            setattr(self.figures, name, getattr(self.figures, name) + getattr(client, name))
        if client.broken:
            raise client.broken

    def _settle(self) -> None:
        """Let everything come to its end without faults, and look at every task."""
        world, mock = self._world, self._world.mocks[0]
        for each in world.mocks:
            surely(each.faults.clear)
        for _ in range(LATER):
            world.clock.advance(LATE_S)
            surely(mock.webhooks.deliver_due)
        for key in world.history:
            answer = mock(asked("GET", f"{SUBMIT}/{key}"))
            if answer.status == 200:
                world.history.ended(key, json.loads(answer.body)["state"], answer.body)
            else:
                world.history.missed(key, f"in the end it was {answer.status}")
        self.figures.operations += len(world.history)
        self.figures.tasks += len(world.history)


def _lifecycle() -> Lifecycle:
    if CONTRACT.reading is None:
        raise RuntimeError("chainhub has lost its lifecycle.yaml")
    return CONTRACT.reading.lifecycle


# --- stores -----------------------------------------------------------------------------------------------------------


def in_memory(operations: int, seed: str) -> Figures:
    """One server in memory, where no store ever fails."""
    return Life("memory", [opened("memory")], lambda _: None, seed).live(operations)


def on_sqlite(operations: int, seed: str) -> Figures:
    """One server on a file that cannot be written for a moment, now and then."""
    with tempfile.TemporaryDirectory() as folder:
        backend = Sqlite(f"{folder}/mock.db")
        file = backend._file  # noqa: SLF001  # a file that fails is made from inside

        def spoil(for_s: float) -> None:
            with file.reading() as database:
                database.execute("PRAGMA query_only = ON")
            time.sleep(for_s)
            with file.reading() as database:
                database.execute("PRAGMA query_only = OFF")

        try:
            return Life("SQLite", [backend], spoil, seed).live(operations)
        finally:
            backend.close()


def on_redis(operations: int, seed: str, url: str, servers: int = 3) -> Figures:
    """Some servers on one Redis that throws everybody out, now and then."""
    with ExitStack() as running:
        backends = [opened(url) for _ in range(servers)]
        for each in backends:
            running.callback(each.close)
        return Life("Redis", backends, lambda _: thrown_out(url), seed).live(operations)


def thrown_out(url: str) -> None:
    """End every connection to a Redis."""
    import redis as library

    with library.Redis.from_url(url) as client:
        client.client_kill_filter(_type="normal", skipme=True)


def often() -> None:
    """Have threads take turns much more often than they do."""
    sys.setswitchinterval(1e-4)


def main() -> int:
    """Do everything to every store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=1_000_000, help="on all stores together")
    parser.add_argument("--seed", default="0")
    parser.add_argument("--markdown", type=Path, help="a page with a place for the figures")
    options = parser.parse_args()
    part, seed = options.operations // 10, options.seed
    with redis("no") as url, ProcessPoolExecutor(2, get_context("spawn"), initializer=often) as pool:
        jobs = (pool.submit(in_memory, 7 * part, seed), pool.submit(on_sqlite, 2 * part, seed))
        every = [each.result() for each in (*jobs, pool.submit(on_redis, part, seed, url))]
    print(table(every))
    if options.markdown:
        command = f"bench/anomalies.py --operations {options.operations} --seed {options.seed}"
        write(options.markdown, table(every), command, "anomalies")
    return 1 if any(each.anomalies for each in every) else 0


if __name__ == "__main__":
    sys.exit(main())
