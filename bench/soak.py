"""A day of a busy mock in a minute: tasks, polls and webhooks on a clock that is moved, with memory and files counted.

A tenth of the webhooks meet a receiver that fails. Every task must end, every webhook arrive, and the memory of the
last hour be that of the first one. Exit code 1 where anything is not so. `bench/soak.py --help`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.figures import table, write
from bench.victims import HEADERS, SUBMIT
from lumakit.clock import VirtualClock
from lumakit.model import Request, Response
from mockserver import MockProvider
from mockserver.stores.memory import MemoryStore
from mockserver.webhooks.habits import Habits, Receiver

DAY_S = 24 * 3600
KEPT = 50  # of so many tasks, webhooks and requests one is kept: the store is full within the first hour
SLACK = 1.05
POLLED = 50  # tasks between two looks at everything that runs
LATE_S, TRIES = 3600.0, 5  # after the day, so that the last webhook is tried once more


@dataclass
class Figures:
    """What was counted."""

    seed: str
    tasks: int
    polls: int = 0
    completed: int = 0
    webhooks_received: int = 0
    webhooks_failed_once: int = 0
    hour_1_mb: float = 0.0
    hour_24_mb: float = 0.0
    files_1: int = 0
    files_24: int = 0
    digest: str = ""
    took_s: float = 0.0

    @property
    def is_flat(self) -> bool:
        """True where all was done, and no memory and no file was kept."""
        done = self.completed == self.tasks == self.webhooks_received
        return done and self.hour_24_mb <= self.hour_1_mb * SLACK and self.files_24 == self.files_1


class Day:
    """A mock, its receiver, and everybody who asks it."""

    def __init__(self, tasks: int, seed: str) -> None:
        self.figures = Figures(seed, tasks)
        self._chance = random.Random(seed)  # noqa: S311  # a seed, so that a day can be had again
        self._digest = hashlib.sha256()
        self._failed: set[str] = set()
        self.clock = VirtualClock()
        habits = Habits(Receiver(self._receive), ticks=lambda: 0.0)
        kept = max(tasks // KEPT, 200)  # more than run, or wait to be looked at, at once
        store = MemoryStore(kept, kept, max_posted=kept)
        self.mock = MockProvider("chainhub", clock=self.clock, webhooks=habits, store=store, seed=seed)

    def live(self) -> Figures:
        """Live through it."""
        began, tasks = time.monotonic(), self.figures.tasks
        waiting: list[str] = []
        for number in range(tasks):
            self.clock.advance(DAY_S / tasks)
            waiting.append(self._submit())
            if number % POLLED == POLLED - 1:
                waiting = self._still_running(waiting)
            self.mock.webhooks.deliver_due()
            if number == tasks // 24:
                self.figures.hour_1_mb, self.figures.files_1 = _megabytes(), _files()
        self.figures.hour_24_mb, self.figures.files_24 = _megabytes(), _files()
        for _ in range(TRIES):
            self.clock.advance(LATE_S)
            self.mock.webhooks.deliver_due()
        waiting = self._still_running(waiting)
        self.figures.completed = tasks - len(waiting)
        self.figures.digest = self._digest.hexdigest()[:16]
        self.figures.took_s = round(time.monotonic() - began, 1)
        return self.figures

    def _still_running(self, keys: list[str]) -> list[str]:
        return [key for key in keys if not self._ended(key)]

    def _ended(self, key: str) -> bool:
        """Poll a task; True once it has succeeded."""
        self.figures.polls += 1
        answer = self._ask("GET", f"{SUBMIT}/{key}")
        return bool(json.loads(answer.body)["state"] == "completed")

    def _submit(self) -> str:
        body = {"user_prompt": "a gust of wind", "notify_hook": "http://127.0.0.1:8081/hook"}
        answer = self._ask("POST", SUBMIT, json.dumps(body).encode())
        return str(json.loads(answer.body)["id"])

    def _ask(self, method: str, path: str, body: bytes = b"") -> Response:
        answer = self.mock(Request(method, path, "", tuple(HEADERS.items()), body, "http://localhost"))
        self._digest.update(answer.body)
        return answer

    def _receive(self, request: Request) -> Response:
        key = json.loads(request.body)["id"]
        if key not in self._failed and self._chance.random() < 0.1:
            self._failed.add(key)
            self.figures.webhooks_failed_once += 1
            return Response(500)
        self._failed.discard(key)
        self._digest.update(request.body)
        self.figures.webhooks_received += 1
        return Response(200)


def _megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return round(pages * resource.getpagesize() / 1e6, 1)


def _files() -> int:
    return len(os.listdir("/proc/self/fd"))


def main() -> int:
    """Live through some days."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--markdown", type=Path, help="a page with a place for the figures")
    options = parser.parse_args()
    days = [Day(options.tasks, seed).live() for seed in ("0", "0", "1")]
    print(table(days))
    if options.markdown:
        write(options.markdown, table(days), f"bench/soak.py --tasks {options.tasks}", "soak")
    alike = days[0].digest == days[1].digest != days[2].digest
    return 0 if alike and all(each.is_flat for each in days) else 1


if __name__ == "__main__":
    sys.exit(main())
