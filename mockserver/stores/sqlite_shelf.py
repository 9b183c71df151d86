"""A shelf in a file of SQLite: documents of one space by key, by age, by the time they settle and fall due.

Counts of what is kept are remembered here, because nobody else writes; everything else is asked of the file. What was
reset is cleared away later, a little with every document that comes.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

from mockserver.stores import NEVER_MS, Change, Document, Full, Kept, Posted
from mockserver.stores.packing import pack, reread
from mockserver.stores.sqlite_file import SqliteFile, one

_CLEARED = 64  # rows of what was reset, with every document that comes
_ROWS = "SELECT number, key, body FROM documents WHERE space = ?"
_FIRST_DUE = "SELECT due FROM documents WHERE space = ? AND due < 9007199254740992 ORDER BY due LIMIT 1"


def _nobody() -> None:
    """Who is told of what falls due, until somebody listens."""


class SqliteShelf:
    """Documents of one space."""

    def __init__(self, file: SqliteFile, max_documents: int, max_bytes: int) -> None:
        self.file: SqliteFile = file
        self.space: int = 0
        self.heard: Callable[[], None] = _nobody
        self._max_documents = max_documents
        self._max_bytes = max_bytes
        self._kept = self._bytes = self._last = 0
        self._current: Callable[[], None] = _nobody

    def watch(self, current: Callable[[], None]) -> None:
        """Have everything counted anew, where the file has taken something back, before it is looked at."""
        self._current = current

    def enter(self, database: sqlite3.Connection, space: int) -> None:
        """Be the shelf of a space."""
        self.space = space
        ask = "SELECT count(*), coalesce(sum(length(body)), 0), coalesce(max(number), 0) FROM documents WHERE space = ?"
        self._kept, self._bytes, self._last = database.execute(ask, (space,)).fetchone()

    def __len__(self) -> int:
        self._current()
        return self._kept

    def get(self, key: str) -> Document | None:
        """The document with this key."""
        with self._reading() as database:
            body = one(database, "SELECT body FROM documents WHERE space = ? AND key = ?", (self.space, spelled(key)))
        return None if body is None else reread(body)

    def add(self, key: str, document: Document, settles_ms: int, now_ms: int, due_ms: int = NEVER_MS) -> bool:
        """Keep a new document; False where the key is taken, Full where nothing may go for it."""
        posted = Posted(key, document, settles_ms, now_ms, due_ms)
        with self._changing() as database:
            sooner = due_ms < NEVER_MS and due_ms < self.first_due(database)
            added = self.put(database, posted)
            clear(database)
        if added and sooner:
            self.heard()
        return added

    def update(self, key: str, change: Change) -> Document | None:
        """Change a document in one step; the document as it now stands."""
        with self._changing() as database:
            ask = "SELECT number, body FROM documents WHERE space = ? AND key = ?"
            row = database.execute(ask, (self.space, spelled(key))).fetchone()
            if row is None:
                return None
            before = self.first_due(database)
            document: Document = reread(row[1])
            changed = change(document)
            if changed is None:
                return reread(row[1])  # type: ignore[no-any-return]  # the change may have touched the other one
            body = pack(changed.document)
            for each in changed.posted:
                self._post(database, each)
            ask = "UPDATE documents SET body = ?, settles = ?, due = ?, owed = NULL WHERE space = ? AND number = ?"
            database.execute(ask, (body, changed.settles_ms, changed.due_ms, self.space, row[0]))
            self._bytes += len(body) - len(row[1])
            sooner = self.first_due(database) < before
        if sooner:
            self.heard()
        return reread(body)  # type: ignore[no-any-return]

    def newest(self, limit: int, before: int | None = None) -> list[Kept]:
        """A page of documents, the last added first."""
        ask = f"{_ROWS} AND number < ? ORDER BY number DESC LIMIT ?"
        with self._reading() as database:
            rows = database.execute(ask, (self.space, NEVER_MS if before is None else before, limit)).fetchall()
        return [told(row) for row in rows]

    def claim(self, now_ms: int, until_ms: int, limit: int = 100) -> list[Kept]:
        """Documents that are due, the longest due first; each is due again at `until_ms`."""
        with self._reading() as database:
            if self.own_due(database) > now_ms:
                return []
        with self._changing(durable=False) as database:  # who claims what was claimed sends it twice, and may
            ask = f"{_ROWS} AND due < 9007199254740992 AND due <= ? ORDER BY due, number LIMIT ?"
            rows = database.execute(ask, (self.space, now_ms, limit)).fetchall()
            again_ms = max(until_ms, now_ms + 1)
            put = "UPDATE documents SET owed = coalesce(owed, due), due = ? WHERE space = ? AND number = ?"
            database.executemany(put, [(min(again_ms, NEVER_MS), self.space, row[0]) for row in rows])
        return [told(row) for row in rows]

    def due_ms(self) -> int:
        """When the next document falls due."""
        with self._reading() as database:
            return self.own_due(database)

    # inside a transaction

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self.file.reading() as database:
            self._current()
            yield database

    @contextlib.contextmanager
    def _changing(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """A transaction; where it is undone, so are the counts."""
        with self.file.writing(durable=durable) as database:
            self._current()
            were = self.counts()
            try:
                yield database
            except BaseException:
                self.count_as(were)
                raise

    def counts(self) -> tuple[Any, ...]:
        """What is remembered of what is kept."""
        return self._kept, self._bytes, self._last

    def count_as(self, were: tuple[Any, ...]) -> None:
        """Remember again what was remembered."""
        self._kept, self._bytes, self._last = were

    def own_due(self, database: sqlite3.Connection) -> int:
        """When the first of these falls due."""
        found = one(database, _FIRST_DUE, (self.space,))
        return NEVER_MS if found is None else int(found)

    def first_due(self, database: sqlite3.Connection) -> int:
        """When the first falls due of all whose listener is told."""
        return self.own_due(database)

    def _post(self, database: sqlite3.Connection, posted: Posted) -> None:  # noqa: ARG002  # the store's own does
        raise ValueError("an outbox posts nothing")

    def put(self, database: sqlite3.Connection, posted: Posted) -> bool:
        """Keep a new document; False where its key is taken."""
        key, body = spelled(posted.key), pack(posted.document)
        if one(database, "SELECT 1 FROM documents WHERE space = ? AND key = ?", (self.space, key)):
            return False
        while self._kept >= self._max_documents or (self._kept and self._bytes + len(body) > self._max_bytes):
            self._drop_settled(database, posted.now_ms)
        self._last += 1
        row = (self.space, self._last, key, body, posted.settles_ms, posted.due_ms)
        database.execute("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, NULL)", row)
        self._kept += 1
        self._bytes += len(body)
        return True

    def _drop_settled(self, database: sqlite3.Connection, now_ms: int) -> None:
        """Let the document go that settled longest ago; Full where none has settled."""
        ask = "SELECT number, settles, length(body) FROM documents WHERE space = ? ORDER BY settles, number LIMIT 1"
        oldest, settles_ms, size = database.execute(ask, (self.space,)).fetchone()
        if settles_ms > now_ms:
            until_ms = settles_ms if settles_ms < NEVER_MS else None
            raise Full(f"{self._kept} documents are kept, and every one is unfinished", until_ms)
        database.execute("DELETE FROM documents WHERE space = ? AND number = ?", (self.space, oldest))
        self._kept -= 1
        self._bytes -= size


def clear(database: sqlite3.Connection) -> None:
    """Clear a little away of what was reset."""
    space = one(database, "SELECT space FROM discarded LIMIT 1")
    if space is None:
        return
    gone = 0
    for table, column in (("documents", "number"), ("log", "number"), ("counters", "name")):
        ask = f"DELETE FROM {table} WHERE space = ? AND {column} IN (SELECT {column} FROM {table} WHERE space = ? LIMIT ?)"  # noqa: S608, E501  # names of ours
        gone += database.execute(ask, (space, space, _CLEARED)).rowcount
    if not gone:
        database.execute("DELETE FROM discarded WHERE space = ?", (space,))


def spelled(text: str) -> bytes:
    """A key as it is kept: whatever a client has written, halves of surrogates and zero bytes too."""
    return text.encode("utf-8", "surrogatepass")


def told(row: tuple[int, bytes, bytes]) -> Kept:
    """A row as who asked sees it."""
    return Kept(row[0], bytes(row[1]).decode("utf-8", "surrogatepass"), reread(row[2]))
