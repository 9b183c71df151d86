"""The book of money: what was reserved before a paid request went out, and what came of it. It survives its writers.

A file that only grows, one JSON object a line: `reserve` is on the disk before the request is sent, then `settle`,
`release` or `unknown`. What has no end was cut off, and counts as spent. Whatever is wrong with the book means no.
Knows operations, targets and prices by name; no request, and no key, is ever told to it.
"""

from __future__ import annotations

import enum
import errno
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from lumakit import strictjson
from lumakit.check.lock import Busy, held
from lumakit.errors import OverBudget

HEADER = b'{"lumakit": "ledger", "version": 1}\n'
MAX_BYTES = 64 * 2**20
MAX_PRICE = Decimal(1_000_000)  # of one request; what is above is a slip, and what is below 0 would make room for more
DAY_MS = 86_400_000
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_ANOTHER = "name another file by --ledger"
_REPLACED = ("ledger_failed", "it was replaced or cut while it was in use", "start the run again")


class Outcome(enum.StrEnum):
    """What came of a request that was let out, as far as money goes."""

    SETTLED = "settle"  # it was accepted: it is spent
    RELEASED = "release"  # it was refused, or never left: nothing is spent
    UNKNOWN = "unknown"  # nobody can say: it counts as spent


@dataclass(frozen=True, slots=True)
class Entry:
    """A paid request, as the book names it; the price is None where nobody has asked for one."""

    run: str
    target: str
    operation: str
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may be spent: paid requests of this run, of this day (by UTC) in the whole book, and money of this run."""

    run: int
    day: int | None = None
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the book: `of` is where the reservation stands that it belongs to."""

    at_ms: int
    event: str
    of: int
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """What the file says: its lines, and whether the last one was cut off while it was written."""

    lines: tuple[Line, ...]
    torn: bool

    def spent(self, run: str = "", since_ms: int = 0) -> list[Entry]:
        """What was reserved, and not certainly released again."""
        ends: dict[int, set[str]] = {}
        for line in self.lines:
            if line.entry is None:
                ends.setdefault(line.of, set()).add(line.event)
        return [
            line.entry
            for line in self.lines
            if line.entry is not None
            and run in ("", line.entry.run)
            and line.at_ms >= since_ms
            and ends.get(line.of) != {Outcome.RELEASED}
        ]


class Ledger:
    """One book. It is opened anew for each line, so that threads, processes and forks need nothing but its path."""

    def __init__(
        self,
        path: Path | str,
        now_ms: Callable[[], int],
        wait: Callable[[float], object] = time.sleep,
        sync: Callable[[int], None] = os.fsync,
    ) -> None:
        self.path: Path = Path(path)
        self._now_ms = now_ms
        self._wait = wait
        self._sync = sync
        self._wrote = (0, b"")  # where, and what: it must stand there for ever

    def check(self) -> Book:
        """What the book says; it is begun where there is none. OverBudget where it cannot be relied on."""
        with self._opened() as file:
            return self._read(file)

    def reserve(self, entry: Entry, bounds: Bounds) -> int:
        """Write down that a request goes out, if it may: where the line stands. OverBudget where it may not."""
        with self._opened() as file:
            book, now_ms = self._read(file), self._now_ms()
            _check(book, entry, bounds, now_ms)
            told = {"at": now_ms, "event": "reserve", "run": entry.run, "target": entry.target}
            told["operation"] = entry.operation
            if entry.price is not None:
                told["price"] = format(entry.price, "f")
            return self._append(file, book, told)

    def close(self, reserved: int, outcome: Outcome) -> None:
        """Write down what came of it. OverBudget where that cannot be written: then it stays spent."""
        with self._opened() as file:
            self._append(file, self._read(file), {"at": self._now_ms(), "event": outcome.value, "of": reserved})

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """The file, held by nobody else."""
        try:
            file = os.open(self.path, _FLAGS, 0o600)
            try:
                with held(file, self._wait):
                    self._look(file)
                    yield file
            finally:
                os.close(file)
        except Busy:
            raise self._no("ledger_busy", "somebody else holds it", "end the other run, or name another file") from None
        except OSError as error:
            what = f"it cannot be used: {error.strerror or type(error).__name__}"
            raise self._no("ledger_failed", what, _ANOTHER) from None

    def _look(self, file: int) -> None:
        """Refuse what is not ours, and what is not the file that it was."""
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            raise self._no("ledger_foreign", "it is no ordinary file", _ANOTHER)
        if sys.platform != "win32":  # there, a folder says whose its files are
            if found.st_uid != os.geteuid():
                raise self._no("ledger_foreign", "it belongs to somebody else", _ANOTHER)
            if found.st_mode & 0o077:
                raise self._no("ledger_open", "others may read or write it", f"chmod 600 {self.path}")
        here = os.stat(self.path)
        if (here.st_dev, here.st_ino) != (found.st_dev, found.st_ino):
            raise self._no(*_REPLACED)

    def _read(self, file: int) -> Book:
        size = os.fstat(file).st_size
        if size > MAX_BYTES:
            raise self._no("ledger_failed", f"it is longer than {MAX_BYTES // 2**20} MiB", "begin another by --ledger")
        raw = _bytes(file, size)
        if HEADER.startswith(raw):  # new, or cut off in its first line
            self._write(file, HEADER[len(raw) :])
            self._sync_folder()
            raw = HEADER
        if not raw.startswith(HEADER):
            raise self._no("ledger_foreign", "it is no ledger of ours", _ANOTHER)
        if not raw.startswith(self._wrote[1], self._wrote[0]):
            raise self._no(*_REPLACED)
        try:
            return read(raw)
        except ValueError as error:
            raise self._no(
                "ledger_unreadable", str(error), "move it away, and keep it: it says what was spent"
            ) from None

    def _append(self, file: int, book: Book, told: dict[str, Any]) -> int:
        at = os.fstat(file).st_size
        before = b""
        if book.torn:
            before = b"\n" + strictjson.dumps({"at": told["at"], "event": "mended"}) + b"\n"
        text = strictjson.dumps(told) + b"\n"
        self._write(file, before + text)
        self._wrote = (at + len(before), text)
        return at + len(before)

    def _write(self, file: int, text: bytes) -> None:
        """Have a text on the disk, or raise OSError."""
        if os.write(file, text) != len(text):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._sync(file)

    def _sync_folder(self) -> None:
        """Have the name of a new file on the disk too, where a system lets folders be opened."""
        if sys.platform != "win32":
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                self._sync(folder)
            finally:
                os.close(folder)

    def _no(self, code: str, what: str, hint: str) -> OverBudget:
        return OverBudget(what, code=code, where=f"the ledger {self.path}", hint=hint)


def read(raw: bytes) -> Book:
    """A book from its bytes; ValueError where a line in the middle cannot be read.

    A line that was cut off while it was written is the last one, or is followed by one that says so: what it would have
    let out was never sent, for a line is on the disk before. One that lacks its end only is as good as whole.
    """
    *whole, tail = raw.split(b"\n")
    lines: list[Line] = []
    at, broken = 0, 0
    for number, text in enumerate(whole, 1):
        line = _line(text, at) if number > 1 and text else None
        if line is not None and line.event == "mended":
            broken = 0
        elif line is None:
            broken = broken or (number if number > 1 and text else 0)
        elif broken:
            raise ValueError(f"line {broken} cannot be read")
        else:
            lines.append(line)
        at += len(text) + 1
    if broken and whole[-1].endswith(b"}"):  # nobody was in the middle of it
        raise ValueError(f"line {broken} cannot be read")
    last = _line(tail, at)
    if last is not None and last.event != "mended" and not broken:
        lines.append(last)
    return Book(tuple(lines), torn=bool(tail or broken))


def _line(text: bytes, at: int) -> Line | None:
    """A line, or None where it cannot be read."""
    try:
        told = strictjson.loads(text)
        at_ms, event = told["at"], told["event"]
        if type(at_ms) is not int or event not in {"mended", "reserve", *Outcome}:
            return None
        if event == "reserve":
            names = (told["run"], told["target"], told["operation"], told.get("price", "0"))
            price = Decimal(names[3]) if "price" in told else None
            usable = all(isinstance(each, str) for each in names) and (
                price is None or (price.is_finite() and 0 <= price <= MAX_PRICE)
            )
            return Line(at_ms, event, at, Entry(*names[:3], price)) if usable else None
        of = told.get("of", -1)
        return Line(at_ms, event, of) if type(of) is int else None
    except (strictjson.JsonProblem, KeyError, TypeError, ValueError, AttributeError, InvalidOperation):
        return None


def _check(book: Book, entry: Entry, bounds: Bounds, now_ms: int) -> None:
    """Nothing where one more paid request is within the bounds."""
    mine = book.spent(entry.run)
    if len(mine) >= bounds.run:
        what = f"the budget of {bounds.run} is used up, and {entry.operation} could cost"
        raise OverBudget(what, code="over_budget", hint=f"--budget {bounds.run + 1}, or fewer phases")
    if bounds.day is not None and len(book.spent(since_ms=now_ms - now_ms % DAY_MS)) >= bounds.day:
        what = f"the budget of {bounds.day} for this day is used up, and {entry.operation} could cost"
        raise OverBudget(what, code="over_budget_day", hint=f"tomorrow, or --budget-day {bounds.day + 1}")
    if bounds.cost is not None:
        _check_cost(mine, entry, bounds.cost)


def _check_cost(mine: list[Entry], entry: Entry, most: Decimal) -> None:
    if entry.price is None or any(each.price is None for each in mine):
        what = f"nobody has said what {entry.operation} costs"
        raise OverBudget(what, code="price_unknown", hint="put it into the table of --prices")
    cost = sum((each.price for each in mine if each.price is not None), entry.price)
    if cost > most:
        what = f"with {entry.operation} the run would cost {cost:f}, and it may cost {most:f}"
        raise OverBudget(what, code="over_cost", hint=f"--max-cost {cost:f}, or fewer phases")


def _bytes(file: int, size: int) -> bytes:
    os.lseek(file, 0, os.SEEK_SET)
    pieces, left = [], size
    while left > 0 and (piece := os.read(file, left)):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)
