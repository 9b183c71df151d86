"""A file of SQLite that stores share: opened with care, written by one process, checked, never anybody else's.

Knows SQLite, its ways to fail and the tables. Does not know what the rows mean. What is acknowledged is on the disk
before anybody is told, where a transaction is `durable`; the others reach it with the next durable one, and survive the
end of the process in any case. What is done in one `step` is committed together.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lumakit.errors import SurroundingsError
from mockserver.stores import Down

APPLICATION = 0x6C756D61  # `file` calls it a SQLite database with this application id
PATIENCE_S = 5.0  # how long a lock of somebody else is waited for
_MAGIC = b"SQLite format 3\0"
# Each script brings the tables from one version to the next; a new file runs them all. None is changed: add another.
SCRIPTS = (
    """
CREATE TABLE spaces (name TEXT PRIMARY KEY, epoch INTEGER NOT NULL, documents INTEGER NOT NULL, outbox INTEGER NOT NULL,
    log INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (space INTEGER, number INTEGER, key BLOB NOT NULL, body BLOB NOT NULL, settles INTEGER NOT NULL,
    due INTEGER NOT NULL, PRIMARY KEY (space, number)) WITHOUT ROWID;
CREATE UNIQUE INDEX by_key ON documents (space, key);
CREATE INDEX by_settling ON documents (space, settles, number);
CREATE INDEX by_due ON documents (space, due, number) WHERE due < 9007199254740992;
CREATE TABLE counters (space INTEGER, name BLOB, value INTEGER NOT NULL, PRIMARY KEY (space, name)) WITHOUT ROWID;
CREATE TABLE log (space INTEGER, number INTEGER, size INTEGER NOT NULL, entry BLOB NOT NULL,
    PRIMARY KEY (space, number)) WITHOUT ROWID;
CREATE TABLE memos (name TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE discarded (space INTEGER PRIMARY KEY);
CREATE TABLE numbers (last INTEGER NOT NULL);
INSERT INTO numbers VALUES (0);
""",
    """
ALTER TABLE documents ADD COLUMN owed INTEGER;
CREATE INDEX by_claim ON documents (space, number) WHERE owed IS NOT NULL;
""",
)
# What is claimed is due when its claim ends, and `owed` says since when it was due. Who opens a file is alone with it:
# whoever claimed something is no more.
_RELEASED = "UPDATE documents SET due = owed, owed = NULL WHERE owed IS NOT NULL"


@dataclass(slots=True)
class _Step:
    """What is committed together: whether it has begun, was promised to anybody, and has failed."""

    begun: bool = False
    durable: bool = False
    promised: bool = False
    broken: str = ""


class SqliteFile:
    """An open file. Every use of it stands in `reading` or `writing`; `undone` counts what the file has taken back."""

    def __init__(self, path: str | Path, patience_s: float = PATIENCE_S, scripts: Sequence[str] = SCRIPTS) -> None:
        self.path: Path = Path(path)
        self.undone: int = 0
        self._lock = threading.RLock()
        self._step: _Step | None = None
        self._is_durable: bool | None = None
        self._connection = _opened(self.path, patience_s, scripts)

    def close(self) -> None:
        """Leave the file, whole and by itself."""
        with self._lock, contextlib.suppress(sqlite3.Error):
            self._connection.close()

    @contextlib.contextmanager
    def step(self) -> Iterator[None]:
        """Commit everything inside together, when it is over; Down where anything was promised that is not kept."""
        with self._lock:
            self._step = step = _Step()
            try:
                yield
                self._end(step)
            except BaseException:
                self._undo()
                raise
            finally:
                self._step = None

    def _end(self, step: _Step) -> None:
        try:
            if step.begun:
                self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._break(step, error)
        if step.broken and step.promised:
            raise self._down(step.broken)

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Look things up, while nobody writes."""
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise self._down(error) from error

    @contextlib.contextmanager
    def writing(self, *, durable: bool) -> Iterator[sqlite3.Connection]:
        """Change things: all of it, or nothing where anything goes wrong."""
        with self._lock, self._whole(durable) if self._step is None else self._part(self._step, durable):
            yield self._connection

    @property
    def stepping(self) -> bool:
        """Whether what is written now is committed together with what comes after it."""
        return self._step is not None

    @contextlib.contextmanager
    def _whole(self, durable: bool) -> Iterator[None]:
        """A transaction."""
        try:
            self._begin(durable)
            yield
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._undo()
            raise self._down(error) from error
        except BaseException:
            self._roll_back()
            raise

    @contextlib.contextmanager
    def _part(self, step: _Step, durable: bool) -> Iterator[None]:
        """A part of a step: where it fails by itself the rest stands, where the file fails the step does."""
        if step.broken:
            raise self._down(step.broken)
        try:
            self._enter(step, durable)
            yield
            self._connection.execute("RELEASE part")
        except sqlite3.Error as error:
            self._break(step, error)
            raise self._down(error) from error
        except BaseException:
            self._take_back(step)
            raise
        step.promised = step.promised or durable

    def _enter(self, step: _Step, durable: bool) -> None:
        if step.begun and durable and not step.durable:  # how durable a commit is must be said before it begins
            self._connection.execute("COMMIT")
            step.begun = False
        if not step.begun:
            self._begin(durable)
            step.begun, step.durable = True, durable
        self._connection.execute("SAVEPOINT part")

    def _take_back(self, step: _Step) -> None:
        try:
            self._connection.execute("ROLLBACK TO part")
            self._connection.execute("RELEASE part")
        except sqlite3.Error as error:
            self._break(step, error)

    def _break(self, step: _Step, error: sqlite3.Error) -> None:
        self._undo()
        step.broken = str(error)

    def _begin(self, durable: bool) -> None:
        if durable is not self._is_durable:
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._is_durable = durable
        self._connection.execute("BEGIN IMMEDIATE")

    def _undo(self) -> None:
        self.undone += 1
        self._roll_back()

    def _roll_back(self) -> None:
        with contextlib.suppress(sqlite3.Error):  # what failed is told; that there is nothing to undo is not worth it
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _down(self, error: object) -> Down:
        return Down(f"the store {self.path.name} cannot be used: {error}")

    # what is kept for the whole server

    def recall(self, name: str) -> bytes | None:
        """What was kept under a name."""
        with self.reading() as database:
            row = database.execute("SELECT body FROM memos WHERE name = ?", (name,)).fetchone()
        return None if row is None else bytes(row[0])

    def remember(self, name: str, body: bytes) -> None:
        """Keep something under a name."""
        with self.writing(durable=True) as database:
            database.execute("INSERT OR REPLACE INTO memos VALUES (?, ?)", (name, body))


def number(database: sqlite3.Connection) -> int:
    """A number that no other space has."""
    database.execute("UPDATE numbers SET last = last + 1")
    return int(database.execute("SELECT last FROM numbers").fetchone()[0])


def one(database: sqlite3.Connection, ask: str, given: Sequence[Any] = ()) -> Any:
    """The first value of the first row; None where there is none."""
    row = database.execute(ask, given).fetchone()
    return None if row is None else row[0]


# --- opening ----------------------------------------------------------------------------------------------------------


def _opened(path: Path, patience_s: float, scripts: Sequence[str]) -> sqlite3.Connection:
    _made(path)
    try:
        database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=patience_s)
    except sqlite3.Error as error:
        raise _refusal(path, str(error)) from None
    try:
        _settle(database, path, scripts)
    except sqlite3.Error as error:
        database.close()
        raise _refusal(path, str(error)) from None
    except BaseException:
        database.close()
        raise
    return database


def _made(path: Path) -> None:
    """Make the file, for its owner alone, where there is none; refuse what is no file of SQLite."""
    try:
        if path.exists() and path.stat().st_size:
            with path.open("rb") as file:
                if file.read(len(_MAGIC)) != _MAGIC:
                    raise _foreign(path)
        else:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise _refusal(path, error.strerror or str(error)) from None


def _settle(database: sqlite3.Connection, path: Path, scripts: Sequence[str]) -> None:
    is_ours = one(database, "PRAGMA application_id") == APPLICATION
    if not is_ours and one(database, "SELECT 1 FROM sqlite_master LIMIT 1"):
        raise _foreign(path)
    database.execute("PRAGMA locking_mode = EXCLUSIVE")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA temp_store = MEMORY")
    _check(database, path, len(scripts))
    database.execute("BEGIN IMMEDIATE")  # takes the lock, and keeps it as long as the file is open
    for script in scripts[one(database, "PRAGMA user_version") :]:
        for statement in filter(str.strip, script.split(";")):
            database.execute(statement)
    database.execute(_RELEASED)
    database.execute(f"PRAGMA application_id = {APPLICATION}")
    database.execute(f"PRAGMA user_version = {len(scripts)}")
    database.execute("COMMIT")


def _check(database: sqlite3.Connection, path: Path, known: int) -> None:
    found = one(database, "PRAGMA user_version")
    if found > known:
        what = f"it was written by a newer lumakit (version {found} of its tables, this one knows {known})"
        raise _refusal(path, what, "store_version", "use that lumakit, or another file")
    trouble = one(database, "PRAGMA quick_check(1)")
    if trouble != "ok":
        raise _refusal(path, f"it is damaged: {trouble}", "store_damaged", "put a copy back, or begin with a new file")


def _foreign(path: Path) -> SurroundingsError:
    return _refusal(path, "it is not a store of lumakit", "store_foreign", "name a file that does not exist yet")


def _refusal(path: Path, what: str, code: str = "store_failed", hint: str = "") -> SurroundingsError:
    if "locked" in what:
        what, code, hint = "another mock has it open", "store_locked", "stop that one, or use another file"
    if "malformed" in what or "not a database" in what:
        what, code = f"it is damaged: {what}", "store_damaged"
        hint = "put a copy back, or begin with a new file"
    hint = hint or "the folder must exist, with room, and be one that this user may write in"
    return SurroundingsError(f"the store cannot be opened: {what}", code=code, where=str(path), hint=hint)
