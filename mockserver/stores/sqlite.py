"""The store in a file of SQLite: all that the one in memory does, and it survives the process.

Knows the tables of one provider's space: two shelves, counters and a log. Does not know how a file fails.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from mockserver.stores import Entry, Full, Posted
from mockserver.stores.memos import Remembering
from mockserver.stores.packing import pack, reread
from mockserver.stores.sqlite_file import SqliteFile, number, one
from mockserver.stores.sqlite_shelf import SqliteShelf, spelled

_LEAST_ROOM = 256 * 1024 * 1024
_USUAL = 2048
_COUNT = "SELECT value FROM counters WHERE space = ? AND name = ?"
_SPACES = "SELECT epoch, documents, outbox, log FROM spaces WHERE name = ?"


class SqliteStore(Remembering, SqliteShelf):
    """Documents, an outbox, counters and a log of one provider."""

    def __init__(  # the bounds of a store have a name and a default each
        self,
        file: SqliteFile,
        name: str,
        max_documents: int = 100_000,
        max_notes: int = 10_000,
        max_note_bytes: int = 64 * 1024 * 1024,
        max_counters: int = 1_000_000,
        *,
        max_posted: int = 100_000,
    ) -> None:
        super().__init__(file, max_documents, max(_LEAST_ROOM, _USUAL * max_documents))
        self._undone = -1  # nothing is remembered yet
        self._outbox = SqliteShelf(file, max_posted, max(_LEAST_ROOM, _USUAL * max_posted))
        self._name = name
        self._notebook, self._mine = file, f"{name}/"
        self._bounds = (max_notes, max_note_bytes, max_counters)
        self.watch(self._be_current)
        self._outbox.watch(self._be_current)
        with file.writing(durable=True) as database:
            if one(database, _SPACES, (name,)) is None:
                row = (name, 0, *(number(database) for _ in range(3)))
                database.execute("INSERT INTO spaces VALUES (?, ?, ?, ?, ?)", row)
            self.mark: str = str(number(database))

    def _be_current(self) -> None:
        """Count everything anew where the file has taken back what was counted here."""
        if self._undone != self.file.undone:
            with self.file.reading() as database:
                undone = self.file.undone
                self._take(database, database.execute(_SPACES, (self._name,)).fetchone())
                self._undone = undone

    def _take(self, database: sqlite3.Connection, row: tuple[int, int, int, int]) -> None:
        self._epoch, documents, outbox, self._log = row
        self.enter(database, documents)
        self._outbox.enter(database, outbox)
        ask = "SELECT coalesce(max(number), 0), count(*), coalesce(sum(size), 0) FROM log WHERE space = ?"
        last, kept, size = database.execute(ask, (self._log,)).fetchone()
        self._noted = _Log(max(last, one(database, _COUNT, (self._log, b"noted")) or 0), kept, size)
        self._counted: int = one(database, "SELECT count(*) FROM counters WHERE space = ?", (documents,))

    def counts(self) -> tuple[Any, ...]:
        """What is remembered of what is kept, here and in the outbox."""
        return *super().counts(), *self._outbox.counts(), self._counted, self._noted

    def count_as(self, were: tuple[Any, ...]) -> None:
        """Remember again what was remembered."""
        super().count_as(were[:3])
        self._outbox.count_as(were[3:6])
        self._counted, self._noted = were[6:]

    @property
    def outbox(self) -> SqliteShelf:
        """What is to be sent."""
        return self._outbox

    @property
    def epoch(self) -> int:
        """How often the store was reset."""
        self._current()
        return self._epoch

    def reset(self) -> None:
        """Forget everything: what there was is nobody's at once, and cleared away later."""
        with self._changing() as database:
            old = (self.space, self._outbox.space, self._log)
            database.executemany("INSERT INTO discarded VALUES (?)", [(each,) for each in old])
            row = (self._epoch + 1, number(database), number(database), number(database))
            ask = "UPDATE spaces SET epoch = ?, documents = ?, outbox = ?, log = ? WHERE name = ?"
            database.execute(ask, (*row, self._name))
            self._undone = -1  # what is kept now is counted when somebody asks

    @property
    def rates(self) -> None:
        """Nobody shares any."""
        return None

    def listen(self, heard: Callable[[], None]) -> None:
        """Have somebody told whenever something falls due earlier than all there was."""
        self.heard = self._outbox.heard = heard

    def first_due(self, database: sqlite3.Connection) -> int:
        """When the first falls due of all whose listener is told."""
        return min(self.own_due(database), self._outbox.own_due(database))

    def _post(self, database: sqlite3.Connection, posted: Posted) -> None:
        self._outbox.put(database, posted)

    # counters

    def count(self, name: str, by: int = 1) -> int:
        """Add to a counter and tell its new value."""
        if not by:
            with self._reading() as database:
                return int(one(database, _COUNT, (self.space, spelled(name))) or 0)
        with self._changing(durable=self.file.stepping) as database:
            return self._add(database, name, by)

    def spend(self, name: str, amount: int, limit: int) -> bool:
        """Add to a counter only where it stays within the limit."""
        with self._changing(durable=self.file.stepping) as database:
            within = (one(database, _COUNT, (self.space, spelled(name))) or 0) + amount <= limit
            if within:
                self._add(database, name, amount)
            return bool(within)

    def counters(self) -> Mapping[str, int]:
        """Every counter that was ever added to."""
        with self._reading() as database:
            rows = database.execute("SELECT name, value FROM counters WHERE space = ?", (self.space,)).fetchall()
        return {bytes(name).decode("utf-8", "surrogatepass"): value for name, value in rows}

    def _add(self, database: sqlite3.Connection, name: str, by: int) -> int:
        key, found = spelled(name), one(database, _COUNT, (self.space, spelled(name)))
        if found is None and self._counted >= self._bounds[2]:
            raise Full(f"{self._counted} counters are kept, and a counter is never dropped")
        value = int(found or 0) + by
        database.execute("INSERT OR REPLACE INTO counters VALUES (?, ?, ?)", (self.space, key, value))
        self._counted += found is None
        return value

    # the log

    @property
    def noted(self) -> int:
        """How many entries were ever noted: the number of the last one."""
        self._current()
        return self._noted.last

    def note(self, entry: Entry, size: int) -> int:
        """Write an entry into the log; the oldest go where there are too many, or too large ones."""
        with self._changing(durable=False) as database:
            log = _Log(self._noted.last + 1, self._noted.kept + 1, self._noted.size + size)
            database.execute("INSERT INTO log VALUES (?, ?, ?, ?)", (self._log, log.last, size, pack(entry)))
            while log.kept > self._bounds[0] or log.size > self._bounds[1]:
                log = self._without_oldest(database, log)
            self._noted = log
        return log.last

    def _without_oldest(self, database: sqlite3.Connection, log: _Log) -> _Log:
        ask = "SELECT number, size FROM log WHERE space = ? ORDER BY number LIMIT 1"
        oldest, size = database.execute(ask, (self._log,)).fetchone()
        database.execute("DELETE FROM log WHERE space = ? AND number = ?", (self._log, oldest))
        if log.kept == 1:  # an empty log would not tell how many entries there ever were
            row = (self._log, b"noted", log.last)
            database.execute("INSERT OR REPLACE INTO counters VALUES (?, ?, ?)", row)
        return _Log(log.last, log.kept - 1, log.size - size)

    def notes(self, after: int = 0, limit: int = 1000) -> list[tuple[int, Entry]]:
        """The first entries that are still kept and stand after a number, the oldest first."""
        ask = "SELECT number, entry FROM log WHERE space = ? AND number > ? ORDER BY number LIMIT ?"
        with self._reading() as database:
            rows = database.execute(ask, (self._log, after, limit)).fetchall()
        return [(row[0], _entry(reread(row[1]))) for row in rows]


class _Log(NamedTuple):
    """The number of the last entry, and how many, and how many bytes, are kept."""

    last: int
    kept: int
    size: int


def _entry(value: object) -> Entry:
    return tuple(_entry(each) for each in value) if isinstance(value, list) else value  # type: ignore[return-value]
