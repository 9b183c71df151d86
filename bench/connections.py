"""Ten thousand connections at one mock, and normal requests that go on meanwhile: `bench/connections.py --help`.

Three crowds, each at a mock of its own: clients that send a head slowly, clients that send a body slowly, and clients
that keep their connection and poll. Counted is who was let in, what each costs, how long a normal request takes, who
of the slow ones is left after the deadline, and what memory is kept when the crowd has left. Each comes twice: the
second must not need more memory than the first. Exit code 1 where anything is not as promised.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import resource
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.figures import table, write
from bench.throng import Crowd, Way
from bench.victims import HEADERS, SUBMIT, Server, free_ports
from mockserver.door.limits import Limits

LIMITS = Limits()
GRACE_S = 2.0  # after a deadline
EVERY_S = 0.005  # between two normal requests
REST_S = 5.0  # until memory is looked at, when a crowd has left
MOST_KIB, MOST_KIB_OF_A_BODY, MOST_MS, SLACK = 10.0, 16.0, 50.0, 1.1
WARM = 12_000  # requests before: the diary of a mock that is in use is full
SPARE_FILES = 100


@dataclass
class Figures:
    """What was counted."""

    crowd: str
    came: int
    let_in: int = 0
    kib_each: float = 0.0
    answers: int = 0
    cut: int = 0
    left_after_deadline: int = 0
    gets: int = 0
    get_p50_ms: float = 0.0
    get_p99_ms: float = 0.0
    get_slowest_ms: float = 0.0
    mb_before: float = 0.0
    mb_at_most: float = 0.0
    mb_after: float = 0.0

    def is_kept(self, most_kib: float) -> bool:
        """True where everything is as promised."""
        whole = self.let_in == self.came and not self.left_after_deadline and self.gets > 0
        return whole and self.kib_each <= most_kib and self.get_p99_ms < MOST_MS


class Asked:
    """Normal requests from a process of their own, at fixed moments: one that waits for another counts as slow."""

    def __init__(self, port: int, request: bytes) -> None:
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=ask, args=(port, request, theirs), daemon=True)
        self._process.start()
        self._ours.recv()

    def told(self) -> list[float]:
        """How long each took since the last time somebody asked, in ms, the quickest first."""
        self._ours.send("tell")
        return sorted(self._ours.recv())

    def end(self) -> None:
        """Ask no more."""
        self._ours.send("end")
        self._process.join()


def ask(port: int, request: bytes, told: Connection) -> None:
    """Ask at fixed moments until somebody says otherwise."""
    took_ms: list[float] = []
    with socket.create_connection(("127.0.0.1", port)) as wire:
        told.send("here")
        due = time.monotonic()
        while True:
            wire.sendall(request)
            if not wire.recv(65536).startswith(b"HTTP/1.1 200"):
                raise SystemExit("a normal request was not answered")
            took_ms.append((time.monotonic() - due) * 1000)
            if told.poll():
                if told.recv() == "end":
                    return
                told.send(took_ms)
                took_ms, due = [], time.monotonic()
            due += EVERY_S
            time.sleep(max(0.0, due - time.monotonic()))


class Watched(Server):
    """A server whose memory and whose files are looked at."""

    @property
    def megabytes(self) -> float:
        """What it keeps in memory."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1])
        return round(pages * resource.getpagesize() / 2**20, 1)

    @property
    def files(self) -> int:
        """How many files and connections it has open."""
        return len(os.listdir(f"/proc/{self._process.pid}/fd"))


def endure(server: Watched, way: Way, asked: Asked, count: int) -> Figures:
    """Have a crowd come, stay and go."""
    figures = Figures(way.name, count, mb_before=server.megabytes)
    files = server.files
    crowd = Crowd(server.port, way)
    asked.told()
    crowd.gather(count)
    crowd.live(time.monotonic() + 1)
    figures.let_in = server.files - files
    figures.mb_at_most = server.megabytes
    crowd.live(time.monotonic() + way.stay_s)
    times = asked.told()
    figures.gets, figures.get_slowest_ms = len(times), round(times[-1], 1)
    figures.get_p50_ms, figures.get_p99_ms = (round(times[len(times) * part // 100], 1) for part in (50, 99))
    _count(figures, way, crowd)
    crowd.leave()
    time.sleep(REST_S)
    figures.mb_after = server.megabytes
    figures.kib_each = round((figures.mb_at_most - figures.mb_before) * 1024 / count, 1)
    return figures


def _count(figures: Figures, way: Way, crowd: Crowd) -> None:
    figures.answers = crowd.answers
    gone = [each.went_s - each.came_s for each in crowd.wires if each.went_s]
    figures.cut = len(gone)
    if way.deadline_s is not None:
        late = sum(life_s > way.deadline_s + GRACE_S for life_s in gone)
        figures.left_after_deadline = late + len(crowd)


def ways(path: str) -> tuple[Way, ...]:
    """The crowds."""
    fields = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{fields}"
    upload = f"POST {SUBMIT} HTTP/1.1\r\nHost: localhost\r\n{fields}Content-Length: 100000\r\n\r\n{{"
    poll = f"{head}\r\n".encode()
    head_s, body_s = LIMITS.head_s, LIMITS.body_s
    return (
        Way("slow heads", f"{head}X-Slow: ".encode(), b"a", 2.5, head_s + 2 * GRACE_S, head_s, MOST_KIB),
        Way("slow bodies", upload.encode(), b" ", 2.5, body_s + 2 * GRACE_S, body_s, MOST_KIB_OF_A_BODY),
        Way("pollers", poll, poll, LIMITS.keep_alive_s - 1, 12.0, None, MOST_KIB),
    )


@contextlib.contextmanager
def served() -> Iterator[tuple[Watched, str]]:
    """A mock, and the path of a task that has ended."""
    server = Watched("memory", free_ports(1)[0])
    try:
        _, made = server.ask("POST", SUBMIT, {"user_prompt": "a gust of wind"})
        yield server, f"{SUBMIT}/{made['id']}"
    finally:
        server.kill()


def warm(port: int, request: bytes) -> None:
    """Have a mock be in use."""
    with socket.create_connection(("127.0.0.1", port)) as wire:
        for _ in range(WARM):
            wire.sendall(request)
            wire.recv(65536)
    time.sleep(1)


def allow(files: int) -> None:
    """Open so many files at once, or say why not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= hard < files:
        raise SystemExit(f"this machine allows {hard} open files, {files} are needed: fewer --connections")
    if 0 <= soft < files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))


def main() -> int:
    """Have every crowd come."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--markdown", type=Path, help="a page with a place for the figures")
    options = parser.parse_args()
    allow(options.connections + SPARE_FILES)
    every, kept = [], True
    for number in range(3):
        with served() as (server, path):
            way, poll = ways(path)[number], ways(path)[2].again
            asked = Asked(server.port, poll)
            warm(server.port, poll)
            first, again = (endure(server, way, asked, options.connections) for _ in range(2))
            asked.end()
        every += [first, replace(again, crowd=f"{way.name} again")]
        kept = kept and all(each.is_kept(way.most_kib) for each in (first, again))
        kept = kept and again.mb_at_most <= first.mb_at_most * SLACK
    print(table(every))
    if options.markdown:
        write(
            options.markdown, table(every), f"bench/connections.py --connections {options.connections}", "connections"
        )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
