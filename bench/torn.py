"""Tear the log of a SQLite file as a power cut does, many times, and look at what is left: `bench/torn.py --help`.

A mock makes tasks and tells of them; its file is copied with its log cut at a random byte, with a byte of the log
flipped, or with noise behind the cut. Every image must open, hold exactly what was committed before the damage, and no
task that remembers a webhook without that webhook, nor the other way round. Exit code 1 where anything is not so.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import tempfile
import time
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import lumakit
from bench.figures import table, write
from bench.victims import HEADERS, SUBMIT
from lumakit.clock import VirtualClock
from lumakit.errors import LumakitError
from lumakit.model import Request, Response
from mockserver.app import Choices, build
from mockserver.engine import Task
from mockserver.stores import Store
from mockserver.stores.backend import Sqlite
from mockserver.stores.sqlite import SqliteStore
from mockserver.stores.sqlite_file import SqliteFile
from mockserver.webhooks import outbox
from mockserver.webhooks.habits import Habits, Receiver

STEPS = 15  # few enough that SQLite does not put the log into the file meanwhile
BODY = b'{"user_prompt": "a gust of wind", "notify_hook": "http://127.0.0.1:8081/hook"}'
WAL_HEAD, FRAME_HEAD = 32, 24
NAME = "mock.db"


@dataclass
class Figures:
    """What was counted."""

    images: int
    commits: int = 0
    refused: int = 0
    another_state: int = 0
    half_of_a_change: int = 0
    took_s: float = 0.0

    @property
    def is_clean(self) -> bool:
        """True where every image was what it must be, and there was something to tear."""
        return self.commits > 0 and not (self.refused or self.another_state or self.half_of_a_change)


class Written:
    """A file that a mock has written, as it is on the disk, and what it held after each of its commits."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "written"
        self._folder.mkdir()
        self._live: dict[int, str] = {}  # what it held, by how long its log was
        self.base, self.log = self._write()
        self.ends = _commits(self.log)
        self.states = [_look(_image(folder / f"commit-{end}", self.base, self.log[:end])) for end in (0, *self.ends)]
        if any(self.states[self.after(size)] != state for size, state in self._live.items()):
            raise SystemExit("a log that was not torn holds something else than the mock did")

    def after(self, intact: int) -> int:
        """How many commits stand in so many bytes of the log."""
        return bisect_right(self.ends, intact)

    def _write(self) -> tuple[bytes, bytes]:
        chance, clock = random.Random("torn"), VirtualClock()  # noqa: S311  # the same file each time
        backend = Sqlite(str(self._folder / NAME))
        habits = Habits(Receiver(lambda _: Response(chance.choice((200, 500)))), ticks=lambda: 0.0)
        mock = build(Choices(("chainhub",), clock=clock, backend=backend, webhooks=habits))
        webhooks, log = mock.providers["chainhub"].webhooks, self._folder / f"{NAME}-wal"
        backend.close()  # what was written so far goes into the file
        backend = Sqlite(str(self._folder / NAME))
        mock = build(Choices(("chainhub",), clock=clock, backend=backend, webhooks=habits))
        webhooks, base = mock.providers["chainhub"].webhooks, (self._folder / NAME).read_bytes()
        for _ in range(STEPS):
            with backend.step():  # as the server does it: what several requests do is committed together
                for _ in range(chance.choice((1, 1, 3))):
                    mock(Request("POST", SUBMIT, "", tuple(HEADERS.items()), BODY, "http://localhost"))
            clock.advance(chance.uniform(0, 60))
            webhooks.deliver_due()
            self._live[log.stat().st_size] = _look(_image(self._folder / "live", base, log.read_bytes()))
        written = log.read_bytes()
        if (self._folder / NAME).read_bytes() != base:
            raise SystemExit("the log was put into the file: fewer steps")
        backend.close()
        return base, written


def _commits(log: bytes) -> list[int]:
    """Where in a log each commit ends: the last frame of one tells how large the file is."""
    size = FRAME_HEAD + int.from_bytes(log[8:12], "big")
    places = range(WAL_HEAD, len(log) - size + 1, size)
    return [place + size for place in places if int.from_bytes(log[place + 4 : place + 8], "big")]


def _image(folder: Path, base: bytes, log: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / NAME).write_bytes(base)
    (folder / f"{NAME}-wal").write_bytes(log)
    return folder / NAME


def _look(path: Path) -> str:
    """What a file holds, as a digest; a half of a change is told by an error."""
    file = SqliteFile(path)
    try:
        store = SqliteStore(file, "chainhub")
        _judge(store)
        rows = [
            (each.number, each.key, each.document) for shelf in (store, store.outbox) for each in shelf.newest(9999)
        ]
        whole = (rows, sorted(store.counters().items()), store.notes(0, 9999))
        return hashlib.sha256(repr(whole).encode()).hexdigest()
    finally:
        file.close()


class Half(Exception):
    """Of a task and its webhooks only one side is there."""


def _judge(store: Store) -> None:
    reading = CONTRACT.reading
    assert reading is not None  # noqa: S101  # this provider has one
    owed: set[str] = set()
    for each in store.newest(9999):
        task = Task.from_json(each.document)
        webhook = reading.tasks[task.kind].webhook
        if webhook is not None:
            owed |= {f"{task.id}-{n}" for n in range(task.plan.told) if outbox.is_told(task, webhook, n)}
    if owed != {each.key for each in store.outbox.newest(9999)}:
        raise Half


CONTRACT = lumakit.load("chainhub")


def tear(images: int, seed: str = "0") -> Figures:
    """Tear a log so many times."""
    chance, figures, began = random.Random(seed), Figures(images), time.monotonic()  # noqa: S311  # a seed
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        written = Written(folder)
        figures.commits = len(written.ends)
        for _ in range(images):
            log, intact = _torn(written.log, chance)
            try:
                held = _look(_image(folder / "torn", written.base, log))
                figures.another_state += held != written.states[written.after(intact)]
            except LumakitError:
                figures.refused += 1
            except Half:
                figures.half_of_a_change += 1
    figures.took_s = round(time.monotonic() - began, 1)
    return figures


def _torn(log: bytes, chance: random.Random) -> tuple[bytes, int]:
    """A log that was torn, and how much of it is as it was."""
    place = chance.randrange(len(log))
    how = chance.choice(("cut", "flipped", "noise"))
    if how == "cut":
        return log[:place], place
    if how == "noise":
        return log[:place] + chance.randbytes(chance.randrange(len(log) - place) + 1), place
    return log[:place] + bytes([log[place] ^ 1 << chance.randrange(8)]) + log[place + 1 :], place


def main() -> int:
    """Tear, and tell what was left."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--seed", default="0")
    parser.add_argument("--markdown", type=Path, help="a page with a place for the figures")
    options = parser.parse_args()
    figures = tear(options.images, options.seed)
    print(table([figures]))
    if options.markdown:
        write(
            options.markdown, table([figures]), f"bench/torn.py --images {options.images} --seed {options.seed}", "torn"
        )
    return 0 if figures.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
