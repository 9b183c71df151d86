"""Kill mock servers at random moments under load, and count what is lost: `bench/torture.py --help`.

Every task that was accepted must be found again, no state may go back, and every webhook must arrive. Prints the
figures; `--markdown` writes them into a page. Exit code 1 where anything was lost.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lumakit.model import Request, Response
from mockserver.door.asgi import Door
from mockserver.live import LiveServer

ROOT = Path(__file__).resolve().parent.parent
SUBMIT = "/luma/generations"
HEADERS = {"Authorization": "Bearer any", "Content-Type": "application/json"}
ORDER = ("pending", "processing", "completed")
CLIENTS = 8
PATIENCE_S = 60.0
ADVANCE_S = 3 * 3600  # past every plan, every schedule and every claim


@dataclass
class Figures:
    """What was counted."""

    name: str
    rounds: int = 0
    accepted: int = 0
    refused: int = 0
    unanswered: int = 0
    lost: int = 0
    went_back: int = 0
    webhooks_missing: int = 0
    webhooks_twice: int = 0
    slowest_start_s: float = 0.0

    @property
    def is_clean(self) -> bool:
        """True where nothing was lost and something was tried."""
        return self.accepted > 0 and not (self.lost or self.went_back or self.webhooks_missing)


class Server:
    """A mock in a process of its own, on one port for all its lives."""

    def __init__(self, store: str, port: int) -> None:
        self._store = store
        self.port = port
        self.start_s = self.start()

    def start(self) -> float:
        """Start it; how long it took until it answered."""
        began = time.monotonic()
        flags = ("-p", str(self.port), "--store", self._store, "--speed", "100", "--max-tasks", "1000000")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lumakit", "mock", "chainhub", *flags],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        printed: Any = self._process.stdout
        said = printed.readline()
        if not said.startswith("http"):
            raise RuntimeError(said + printed.read())
        self._reader = threading.Thread(target=printed.read, daemon=True)
        self._reader.start()
        return time.monotonic() - began

    def kill(self, by: signal.Signals = signal.SIGKILL) -> None:
        """End it without a word."""
        self._process.send_signal(by)
        self._process.wait()
        self._reader.join()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """One request on a connection of its own."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        with contextlib.closing(connection):
            connection.request(method, path, None if body is None else json.dumps(body), HEADERS)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())


@dataclass
class Told:
    """What clients and the receiver were told."""

    states: dict[str, str] = field(default_factory=dict)  # of every task that was accepted, the last one seen
    arrived: Counter[str] = field(default_factory=Counter)
    total: int = -1
    figures: Figures = field(default_factory=lambda: Figures(""))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def receive(self, request: Request) -> Response:
        """A webhook arrives."""
        with self.lock:
            self.arrived[json.loads(request.body)["id"]] += 1
        return Response(200)

    def is_receiving(self) -> bool:
        """True where more has arrived since it was asked last."""
        with self.lock:
            total, self.total = self.total, self.arrived.total()
            return self.total > total

    def seen(self, key: str, state: str) -> None:
        """A task says a word."""
        with self.lock:
            before = self.states.get(key, state)
            self.figures.went_back += ORDER.index(state) < ORDER.index(before)
            self.states[key] = max(before, state, key=ORDER.index)


def client(servers: Sequence[Server], hook: str, told: Told, over: threading.Event, seed: str) -> None:
    """Submit and poll until it is over, whoever answers."""
    chance = random.Random(seed)  # noqa: S311  # a seed, so that a run can be had again
    mine: list[str] = []
    while not over.is_set():
        server = chance.choice(servers)
        with contextlib.suppress(OSError, HTTPException, ValueError):
            if mine and chance.random() < 0.3:
                key = chance.choice(mine)
                status, body = server.ask("GET", f"{SUBMIT}/{key}")
                if status == 200:
                    told.seen(key, body["state"])
                elif status == 404:
                    told.figures.lost += 1
                continue
            status, body = server.ask("POST", SUBMIT, {"user_prompt": "a gust of wind", "notify_hook": hook})
            if status == 200:
                mine.append(body["id"])
                told.figures.accepted += 1
                told.seen(body["id"], body["state"])
            else:
                told.figures.refused += 1
            continue
        told.figures.unanswered += 1
        over.wait(0.005)  # nobody is there for a moment


@contextlib.contextmanager
def load(servers: Sequence[Server], hook: str, told: Told, seed: str) -> Iterator[None]:
    """Clients that submit and poll."""
    over = threading.Event()
    crowd = [
        threading.Thread(target=client, args=(servers, hook, told, over, f"{seed}/{n}"), daemon=True)
        for n in range(CLIENTS)
    ]
    for each in crowd:
        each.start()
    try:
        yield
    finally:
        over.set()
        for each in crowd:
            each.join()


def torture(name: str, store: str, replicas: int, rounds: int, seed: str) -> Figures:
    """So many rounds: one of the servers is killed under load, and started again."""
    chance, told = random.Random(seed), Told(figures=Figures(name, rounds))  # noqa: S311  # as above
    with LiveServer(Door(told.receive)) as receiver:
        servers = [Server(store, port) for port in free_ports(replicas)]
        hook = f"{receiver.url}/hook"
        for number in range(rounds):
            with load(servers, hook, told, f"{seed}/{number}"):
                time.sleep(chance.uniform(0.05, 1.0))
                victim = chance.choice(servers)
                victim.kill()
                if replicas > 1:
                    time.sleep(chance.uniform(0.02, 0.2))
                    _restart(victim, told.figures)
            if replicas == 1:
                _restart(victim, told.figures)
        _settle(servers[0], told)
        for each in servers:
            each.kill(signal.SIGTERM)
    return told.figures


def _restart(server: Server, figures: Figures) -> None:
    figures.slowest_start_s = round(max(figures.slowest_start_s, server.start()), 2)


def _settle(server: Server, told: Told) -> None:
    """Look for every task, and wait until every webhook has arrived."""
    figures = told.figures
    for key in list(told.states):
        status, body = server.ask("GET", f"{SUBMIT}/{key}")
        figures.lost += status != 200
        if status == 200:
            told.seen(key, body["state"])
    end = time.monotonic() + PATIENCE_S
    while set(told.states) - set(told.arrived) and time.monotonic() < end:
        server.ask("PUT", "/__admin/clock", {"advance_s": ADVANCE_S})
        while told.is_receiving():  # to move the clock past a claim would have it sent by another server too
            time.sleep(0.5)
    figures.webhooks_missing = len(set(told.states) - set(told.arrived))
    figures.webhooks_twice = sum(count - 1 for count in told.arrived.values())


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens at."""
    with contextlib.ExitStack() as held:
        return [held.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(count)]


def on_sqlite(rounds: int, seed: str = "0") -> Figures:
    """One server on a file, killed and started again."""
    with tempfile.TemporaryDirectory() as folder:
        return torture("SQLite, one server", f"sqlite:///{folder}/mock.db", 1, rounds, seed)


def on_redis(replicas: int, rounds: int, url: str, seed: str = "0") -> Figures:
    """Some servers on one Redis, one of them killed and started again."""
    return torture(f"Redis, {replicas} servers", url, replicas, rounds, seed)


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """A private Redis that syncs whatever it is told."""
    (port,), program = free_ports(1), shutil.which("redis-server")
    if program is None:
        raise SystemExit("redis-server is not installed")
    with tempfile.TemporaryDirectory() as folder:
        place = ("--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "")
        flags = (*place, "--appendonly", "yes", "--appendfsync", "always", "--logfile", f"{folder}/log")
        process = subprocess.Popen([program, *flags])
        try:
            _until_it_answers(port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait()


def _until_it_answers(port: int) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.02)


def table(every: Sequence[Any]) -> str:
    """The figures, a line each."""
    names = list(asdict(every[0]))
    lines = [f"| {' | '.join(each.replace('_', ' ') for each in names)} |", "|---" * len(names) + "|"]
    lines += [f"| {' | '.join(str(value) for value in asdict(each).values())} |" for each in every]
    return "\n".join(lines) + "\n"


def write(path: Path, told: str, command: str, place: str = "torture") -> None:
    """Put the figures into the page, in the place of those before them."""
    begin, end = f"<!-- {place} -->", f"<!-- end of {place} -->"
    before, _, rest = path.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2]
    path.write_text(f"{before}{begin}\n\n    {command}\n\n{told}\n{end}{after}", encoding="utf-8")


def main() -> int:
    """Torture everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--seed", default="0")
    parser.add_argument("--markdown", type=Path, help="a page with a place for the figures")
    options = parser.parse_args()
    every = [on_sqlite(options.rounds, options.seed)]
    for replicas in (2, 3):
        with redis() as url:
            every.append(on_redis(replicas, options.rounds, url, options.seed))
    print(table(every))
    if options.markdown:
        command = f"bench/torture.py --rounds {options.rounds} --seed {options.seed}"
        write(options.markdown, table(every), command)
    return 0 if all(each.is_clean for each in every) else 1


if __name__ == "__main__":
    sys.exit(main())
