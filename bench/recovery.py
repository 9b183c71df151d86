"""How soon a mock answers again that was killed with a full file: `bench/recovery.py --help`.

A SQLite file is filled with tasks and with webhooks that wait to be sent. A mock is started on a copy of it, asked for
new tasks, killed with `kill -9` in the middle, and started again: measured is how long it takes until it answers for a
task. The same with an empty file is what the start of Python and of the documents takes; recovery is what is beyond it.
Exit code 1 where it takes longer than promised, or a task or a webhook is missing.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.figures import table, write
from bench.victims import HEADERS, SUBMIT, Server, free_ports
from lumakit.clock import VirtualClock
from lumakit.model import Request
from mockserver.app import Choices, build
from mockserver.stores.backend import Sqlite

PROMISED_S = 1.0
LONG_S = 3600.0  # every task has ended by then
LOADED_S = 0.3  # how long it is asked for new tasks before it is killed
FULL = 1_000_000
AT_ONCE = 1000  # in one commit


@dataclass
class Figures:
    """What was counted; all times in seconds."""

    file: str
    tasks: int
    waiting_webhooks: int
    mb: float
    runs: int
    first_answer_p50: float = 0.0
    first_answer_slowest: float = 0.0
    beyond_the_bare_start_p50: float = 0.0
    beyond_the_bare_start_slowest: float = 0.0


class Full:
    """A mock in this process that fills a file."""

    def __init__(self, path: Path, hook: str) -> None:
        self._clock = VirtualClock()
        self._hook = hook
        self._backend = Sqlite(str(path))
        self._server = build(Choices(("chainhub",), clock=self._clock, backend=self._backend, max_tasks=FULL))

    def fill(self, tasks: int, waiting: int) -> str:
        """Make tasks; of some a webhook waits to be sent. The id of the last one."""
        last = ""
        for begin in range(0, tasks, AT_ONCE):
            with self._backend.step():
                for number in range(begin, min(begin + AT_ONCE, tasks)):
                    last = self._submit({"notify_hook": self._hook} if number >= tasks - waiting else {})
        self._clock.advance(LONG_S)
        webhooks, more = self._server.providers["chainhub"].webhooks, True
        while more:
            with self._backend.step():
                more = webhooks.tell_due(AT_ONCE)
        self._backend.close()
        return last

    def _submit(self, more: dict[str, str]) -> str:
        body = json.dumps({"user_prompt": "a gust of wind", **more}).encode()
        answer = self._server(Request("POST", SUBMIT, "", tuple(HEADERS.items()), body, "http://localhost"))
        return str(json.loads(answer.body)["id"])


def lives(folder: Path, key: str) -> tuple[float, int]:
    """A mock on a file is killed under load and started again: how long that takes, and what it had accepted."""
    server = Server(f"sqlite:///{folder}/mock.db", free_ports(1)[0])
    over, accepted = threading.Event(), [key] if key else []

    def load() -> None:
        while not over.is_set():
            with suppress(OSError, HTTPException, ValueError):
                accepted.append(server.ask("POST", SUBMIT, {"user_prompt": "a gust of wind"})[1]["id"])

    asking = threading.Thread(target=load)
    asking.start()
    time.sleep(LOADED_S)
    server.kill()
    over.set()
    asking.join()
    began = time.monotonic()
    server.start()
    statuses = {server.ask("GET", f"{SUBMIT}/{accepted[-1]}")[0]}
    took_s = time.monotonic() - began
    statuses |= {server.ask("GET", f"{SUBMIT}/{each}")[0] for each in accepted}
    server.kill()
    if statuses != {200}:
        raise SystemExit(f"of {len(accepted)} tasks some are gone: {statuses}")
    return took_s, len(accepted) - bool(key)


def measure(name: str, folder: Path, key: str, figures: Figures) -> list[float]:
    """Some runs on copies of a file; how long each took."""
    took: list[float] = []
    for number in range(figures.runs):
        here = folder / f"{name}-{number}"
        here.mkdir()
        if key:
            shutil.copy(folder / "full.db", here / "mock.db")
        took_s, more = lives(here, key)
        took.append(took_s)
        _look_for_all(here / "mock.db", figures, more)
        shutil.rmtree(here)
    figures.first_answer_p50, figures.first_answer_slowest = round(statistics.median(took), 2), round(max(took), 2)
    return took


def _look_for_all(path: Path, figures: Figures, more: int) -> None:
    backend = Sqlite(str(path))
    store = backend.store("chainhub", FULL)
    kept, waiting = len(store), len(store.outbox)
    backend.close()
    if kept < figures.tasks + more or waiting < figures.waiting_webhooks:
        raise SystemExit(f"{kept} tasks and {waiting} webhooks are left of {figures.tasks} + {more} and {figures}")


def main() -> int:
    """Measure an empty file and a full one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--waiting", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--markdown", type=Path, help="a page with a place for the figures")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        hook = f"http://127.0.0.1:{free_ports(1)[0]}/hook"  # nobody is there
        key = Full(folder / "full.db", hook).fill(options.tasks, options.waiting)
        size_mb = round((folder / "full.db").stat().st_size / 1e6, 1)
        empty = Figures("empty", 0, 0, 0.0, options.runs)
        full = Figures("full", options.tasks, options.waiting, size_mb, options.runs)
        bare_s = statistics.median(measure("empty", folder, "", empty))
        beyond = [each - bare_s for each in measure("full", folder, key, full)]
    full.beyond_the_bare_start_p50 = round(statistics.median(beyond), 2)
    full.beyond_the_bare_start_slowest = round(max(beyond), 2)
    print(table([empty, full]))
    if options.markdown:
        command = f"bench/recovery.py --tasks {options.tasks} --waiting {options.waiting} --runs {options.runs}"
        write(options.markdown, table([empty, full]), command, "recovery")
    return 0 if max(beyond) < PROMISED_S else 1


if __name__ == "__main__":
    sys.exit(main())
