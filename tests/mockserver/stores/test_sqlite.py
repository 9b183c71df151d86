"""The store in a file: everything a store does, and that it survives, refuses and fails as it should."""

from __future__ import annotations

import itertools
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumakit.errors import SurroundingsError
from mockserver.stores import NEVER_MS, Changed, Document, Down, Full, Posted, Store
from mockserver.stores.sqlite import SqliteStore
from mockserver.stores.sqlite_file import APPLICATION, SCRIPTS, SqliteFile
from tests.mockserver.stores import suite

_NUMBERS = itertools.count()
_KEPT = tempfile.TemporaryDirectory()
_FOLDER = Path(_KEPT.name)
_OPEN: list[SqliteFile] = []


def opened(path: Path, **chosen: Any) -> SqliteFile:
    """A file that is closed when the test is over, if not before."""
    _OPEN.append(SqliteFile(path, **chosen))
    return _OPEN[-1]


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while _OPEN:
        _OPEN.pop().close()


@pytest.fixture
def make(tmp_path: Path) -> suite.Make:
    def made(*bounds: Any, **named: Any) -> Store:
        return SqliteStore(opened(tmp_path / f"{next(_NUMBERS)}.db"), "some", *bounds, **named)

    return made


@pytest.mark.parametrize("behaviour", suite.behaviours, ids=lambda each: each.__name__)
def test_the_store_in_a_file_does_what_stores_do(behaviour: Callable[[suite.Make], None], make: suite.Make) -> None:
    behaviour(make)


def anywhere(*bounds: Any, **named: Any) -> Store:
    """In a folder of its own, which goes with the interpreter."""
    return SqliteStore(SqliteFile(_FOLDER / f"{next(_NUMBERS)}.db"), "some", *bounds, **named)


TestAgainstADict = suite.machine(anywhere, max_examples=30, stateful_step_count=40)


# it outlives the process


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mock.db"


def crashed(file: SqliteFile) -> None:
    """End without a word: what was not committed is gone, and the file is left as it is."""
    image = {each: each.read_bytes() for each in file.path.parent.glob(f"{file.path.name}*")}
    file.close()
    for each, content in image.items():
        each.write_bytes(content)


def filled(file: SqliteFile) -> SqliteStore:
    store = SqliteStore(file, "some", max_documents=3)
    store.add("task", {"n": 1}, 50, 0, 40)
    store.update("task", suite.to({"n": 2}, 50, 60, Posted("task-0", {"to": "x"}, NEVER_MS, 5, 20)))
    store.add("other", {}, NEVER_MS, 0)
    store.count("made", 3)
    store.note(("é", 1, (None,)), 10)
    store.remember("scenario", {"all": "fail"})
    return store


def told(store: Store) -> tuple[Any, ...]:
    """Everything that can be asked of a store."""
    shelves = [(len(each), each.newest(9), each.due_ms()) for each in (store, store.outbox)]
    return *shelves, store.counters(), store.notes(), store.noted, store.epoch, store.recall("scenario")


@pytest.mark.parametrize("ending", [SqliteFile.close, crashed], ids=["closed", "crashed"])
def test_all_that_a_store_keeps_is_there_after_the_end_of_the_process(
    ending: Callable[[SqliteFile], None], path: Path
) -> None:
    file = opened(path)
    before = told(filled(file))
    ending(file)
    again = SqliteStore(opened(path), "some", max_documents=3)
    assert told(again) == before
    assert again.add("third", {}, NEVER_MS, 0)
    assert again.newest(1)[0].number == 3
    with pytest.raises(Full):
        again.add("fourth", {}, 0, now_ms=0)
    assert again.note(("more",), 1) == 2


def test_a_reset_is_not_undone_by_the_next_start_and_numbers_of_a_full_log_go_on(path: Path) -> None:
    store = filled(opened(path))
    store.reset()
    store.note(("large",), 10**9)
    store.file.close()
    again = SqliteStore(opened(path), "some", max_note_bytes=5)
    assert (len(again), again.epoch, again.counters(), again.noted, again.recall("scenario")) == (
        *(0, 1, {}, 1),
        {"all": "fail"},
    )
    again.note(("too large to be kept",), 10)
    assert (again.noted, again.notes()) == (2, [])
    again.file.close()
    assert SqliteStore(opened(path), "some").noted == 2


def test_two_providers_of_one_file_do_not_meet(path: Path) -> None:
    file = opened(path)
    one, two = SqliteStore(file, "one"), SqliteStore(file, "two")
    one.add("a", {"of": "one"}, 0, 0)
    two.add("a", {"of": "two"}, 0, 0, 7)
    one.remember("m", {"n": 1})
    one.reset()
    assert (one.get("a"), two.get("a"), one.due_ms(), two.due_ms()) == (None, {"of": "two"}, NEVER_MS, 7)
    assert (one.recall("m"), two.recall("m"), one.epoch, two.epoch) == ({"n": 1}, None, 1, 0)


def test_what_was_reset_is_cleared_away_little_by_little(path: Path) -> None:
    store = SqliteStore(opened(path), "some")
    for n in range(200):
        store.add(str(n), {}, 0, 0)
        store.note((n,), 1)
    store.reset()
    for n in range(20):
        store.add(f"new-{n}", {}, 0, 0)
    with store.file.reading() as database:
        counts = [database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("documents", "log")]  # noqa: S608
        assert (counts, database.execute("SELECT count(*) FROM discarded").fetchone()) == ([20, 0], (0,))


@given(st.text() | st.sampled_from(("\0", "\ud800", "../../x", "'; DROP TABLE documents; --", "a" * 10_000)))
@settings(max_examples=60, deadline=None)
def test_any_text_is_a_key_and_a_name(text: str) -> None:
    store = _ANY
    store.reset()
    assert (store.get(text), store.add(text, {"n": 1}, 0, 0), store.add(text, {}, 0, 0)) == (None, True, False)
    assert store.count(text) == 1
    assert (store.newest(1)[0].key, store.counters()) == (text, {text: 1})


_ANY = SqliteStore(SqliteFile(_FOLDER / "any.db"), "some")


@pytest.mark.parametrize("number", [2**53 + 1, 2**63, -(2**200), 1.0, 1, -0.0, 5e-324])
def test_a_number_comes_back_by_the_letter(number: float) -> None:
    key = repr(number)
    _ANY.add(key, {"n": number, "text": "\0\u2028\ufeff"}, 0, 0)
    found = _ANY.get(key)
    assert repr(found) == repr({"n": number, "text": "\0\u2028\ufeff"})


# the file


def test_nobody_else_may_read_the_file(path: Path) -> None:
    before = os.umask(0)
    try:
        filled(opened(path))
    finally:
        os.umask(before)
    modes = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}
    assert modes == {"mock.db": 0o600, "mock.db-wal": 0o600}


def test_what_is_promised_is_synced_and_what_is_only_noted_is_not(path: Path) -> None:
    store = filled(opened(path))
    with store.file.writing(durable=True) as database:
        assert database.execute("PRAGMA synchronous").fetchone() == (2,)
    with store.file.writing(durable=False) as database:
        assert database.execute("PRAGMA synchronous").fetchone() == (1,)
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def refused(path: Path, **chosen: Any) -> SurroundingsError:
    with pytest.raises(SurroundingsError) as error:
        opened(path, **chosen)
    assert error.value.where == str(path)
    assert error.value.hint
    return error.value


def test_a_file_that_is_not_ours_is_left_alone(path: Path) -> None:
    path.write_bytes(b"my notes")
    assert refused(path).code == "store_foreign"
    assert path.read_bytes() == b"my notes"
    path.unlink()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE mine (n)")
    other.close()
    before = path.read_bytes()
    assert refused(path).code == "store_foreign"
    assert path.read_bytes() == before


def test_a_file_that_was_begun_and_not_finished_is_taken(path: Path) -> None:
    begun = sqlite3.connect(path)
    begun.execute("PRAGMA journal_mode = WAL")
    begun.close()
    assert path.stat().st_size
    assert SqliteStore(opened(path), "some").add("a", {}, 0, 0)


def test_a_damaged_file_is_told_and_kept(path: Path) -> None:
    store = SqliteStore(opened(path), "some")
    for n in range(200):
        store.add(str(n), {"text": "x" * 500}, 0, 0)
    store.file.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + b"\xff" * 8192 + whole[16384:])
    error = refused(path)
    assert (error.code, "damaged" in error.what) == ("store_damaged", True)
    path.write_bytes(whole[:9000])
    assert refused(path).code == "store_damaged"
    assert path.stat().st_size == 9000


def test_a_document_that_was_spoiled_on_the_disk_is_no_document(path: Path) -> None:
    store = filled(opened(path))
    with store.file.writing(durable=True) as database:
        database.execute("UPDATE documents SET body = ?", (b'{"n": \xff',))
    with pytest.raises(Down, match="damaged"):
        store.newest(10)


def test_a_file_of_a_newer_lumakit_is_refused(path: Path) -> None:
    opened(path, scripts=(*SCRIPTS, "CREATE TABLE later (n)")).close()
    error = refused(path)
    assert (error.code, f"version {len(SCRIPTS) + 1}" in error.what) == ("store_version", True)


def test_a_file_of_an_older_lumakit_is_brought_up_to_date_at_once_or_not_at_all(path: Path) -> None:
    first = opened(path)
    before = told(filled(first))
    first.close()
    assert refused(path, scripts=(*SCRIPTS, "CREATE TABLE later (n); this is no SQL")).code == "store_failed"
    newer = (*SCRIPTS, "CREATE TABLE later (n)", "ALTER TABLE later ADD COLUMN m INTEGER DEFAULT 7")
    file = opened(path, scripts=newer)
    with file.writing(durable=True) as database:
        database.execute("INSERT INTO later (n) VALUES (1)")
        assert database.execute("SELECT * FROM later").fetchall() == [(1, 7)]
        assert database.execute("PRAGMA user_version").fetchone() == (len(SCRIPTS) + 2,)
    assert told(SqliteStore(file, "some", max_documents=3)) == before


def test_a_file_of_the_first_version_goes_on(path: Path) -> None:
    database = sqlite3.connect(path)
    database.executescript(SCRIPTS[0])
    database.executescript(f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = 1")
    database.executescript("INSERT INTO spaces VALUES ('some', 0, 1, 2, 3); UPDATE numbers SET last = 3")
    database.execute("INSERT INTO documents VALUES (1, 1, ?, ?, 50, 40)", (b"task", b'{"n": 1}'))
    database.commit()
    database.close()
    store = SqliteStore(opened(path), "some")
    assert (store.get("task"), store.due_ms(), store.claim(40, 99)[0].key, store.due_ms()) == ({"n": 1}, 40, "task", 99)


@pytest.mark.parametrize("ending", [SqliteFile.close, crashed], ids=["closed", "crashed"])
def test_what_was_claimed_when_the_process_ended_is_due_as_it_was_before(
    ending: Callable[[SqliteFile], None], path: Path
) -> None:
    file = opened(path)
    store = filled(file)
    for due_ms in (70, 80):
        store.outbox.add(f"noted, then due at {due_ms}", {}, NEVER_MS, 0, 10)
        store.claim(60, 65_000), store.outbox.claim(60, 65_000)
        store.outbox.update(f"noted, then due at {due_ms}", suite.to({}, NEVER_MS, due_ms))
    store.outbox.claim(75, 65_000), store.outbox.claim(65_000, 130_000)
    assert (store.due_ms(), store.outbox.due_ms()) == (65_000, 130_000)
    ending(file)
    again = SqliteStore(opened(path), "some")
    assert again.due_ms() == 60
    assert [each.key for each in again.outbox.claim(75, 99)] == ["task-0", "noted, then due at 70"]
    assert again.outbox.due_ms() == 80


def test_two_mocks_do_not_share_a_file(path: Path) -> None:
    first = opened(path)
    assert refused(path, patience_s=0).code == "store_locked"
    first.close()
    opened(path).close()


@pytest.mark.parametrize("place", ["nowhere/mock.db", ".", "a" * 300])
def test_a_place_that_holds_no_file_is_refused(place: str, tmp_path: Path) -> None:
    assert refused(tmp_path / place).code == "store_failed"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert refused(tmp_path / "mock.db").code == "store_failed"
    tmp_path.chmod(0o700)


# what is cut off is a prefix


@given(cut=st.floats(0, 1), torn=st.booleans())
@settings(max_examples=40, deadline=None)
def test_what_is_left_of_a_log_that_was_torn_is_a_prefix_and_no_half_of_a_change(cut: float, torn: bool) -> None:
    db, wal = _FOLDER / f"{next(_NUMBERS)}.db", _WRITTEN[1]
    end = int(len(wal) * cut)
    db.write_bytes(_WRITTEN[0])
    db.with_name(f"{db.name}-wal").write_bytes(wal[:end] + (os.urandom(len(wal) - end) if torn else b""))
    file = opened(db)
    store = SqliteStore(file, "some")
    tasks = [each.key for each in reversed(store.newest(99))]
    assert tasks == [str(n) for n in range(len(tasks))]
    assert len(store.outbox) == sum(each.document["told"] for each in store.newest(99))
    assert len(tasks) - len(store.outbox) in (0, 1)
    file.close()


def _written() -> tuple[bytes, bytes]:
    file = SqliteFile(_FOLDER / "written.db")
    store = SqliteStore(file, "some")
    with file.reading() as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for n in range(30):
        store.add(str(n), {"told": 0}, NEVER_MS, 0, 5)
        store.update(str(n), suite.to({"told": 1}, NEVER_MS, 9, Posted(f"{n}-0", {}, NEVER_MS, 5, 5)))
    images = file.path.read_bytes(), file.path.with_name("written.db-wal").read_bytes()
    file.close()
    return images


_WRITTEN = _written()


# while it is down


def fill(file: SqliteFile) -> None:
    """Take all its room from a file, as a disk that is full does."""
    file._connection.execute("PRAGMA max_page_count = 1")  # SQLite makes it as many as there are


def cure(file: SqliteFile) -> None:
    file._connection.execute("PRAGMA max_page_count = 1000000")


LARGE: Document = {"text": "x" * 100_000}


def test_on_a_full_disk_nothing_is_taken_what_is_there_is_told_and_it_goes_on_when_there_is_room(path: Path) -> None:
    file = opened(path)
    store = filled(file)
    before = told(store)
    fill(file)
    for ask in (
        lambda: store.add("third", LARGE, 0, 0),
        lambda: store.update("task", suite.to(LARGE, 0, 0, Posted("task-1", LARGE, 0, 0, 0))),
        lambda: store.note(("x" * 100_000,), 1),
        lambda: store.remember("scenario", LARGE),
    ):
        with pytest.raises(Down, match=r"mock\.db cannot be used"):
            ask()
    assert told(store) == before
    cure(file)
    assert store.add("third", LARGE, 0, 0)
    assert (len(store), store.get("third"), store.note(("x",), 1)) == (3, LARGE, 2)


def test_a_file_that_became_read_only_is_down_for_changes_only(path: Path) -> None:
    file = opened(path)
    store = filled(file)
    before = told(store)
    file._connection.execute("PRAGMA query_only = ON")
    for ask in (store.reset, lambda: store.count("made"), lambda: store.claim(99, 100), lambda: store.spend("x", 1, 9)):
        with pytest.raises(Down):
            ask()
    assert told(store) == before
    file._connection.execute("PRAGMA query_only = OFF")
    assert store.count("made") == 4


# one step


def test_what_is_done_in_one_step_is_committed_once_and_together(path: Path) -> None:
    file = opened(path)
    store = SqliteStore(file, "some")
    with file.step():
        store.count("made")
        store.add("a", {"n": 1}, 0, 0)
        store.note(("x",), 1)
        assert (store.get("a"), store.noted, file.stepping) == ({"n": 1}, 1, True)
        crashed(SqliteFileBeside(file))
    assert not file.stepping
    file.close()
    again = SqliteStore(opened(path), "some")
    assert (len(again), again.counters(), again.noted) == (1, {"made": 1}, 1)


class SqliteFileBeside(SqliteFile):
    """The file as another process would find it, were this one killed now: nothing of the step is there."""

    def __init__(self, file: SqliteFile) -> None:
        copy = file.path.with_name("beside.db")
        for suffix in ("", "-wal"):
            copy.with_name(copy.name + suffix).write_bytes(file.path.with_name(file.path.name + suffix).read_bytes())
        super().__init__(copy)
        assert len(SqliteStore(self, "some")) == 0


def test_a_part_of_a_step_that_fails_takes_nothing_else_with_it(path: Path) -> None:
    file = opened(path)
    store = SqliteStore(file, "some", max_posted=1)
    with file.step():
        store.add("a", {"n": 1}, NEVER_MS, 0)
        store.outbox.add("x", {}, NEVER_MS, 0)
        with pytest.raises(Full):
            store.update("a", suite.to({"n": 2}, 0, 0, Posted("y", {}, 0, 0, 0)))
        with pytest.raises(LookupError):
            store.update("a", fails)
        store.count("after")
    assert (store.get("a"), len(store.outbox), store.counters()) == ({"n": 1}, 1, {"after": 1})


def fails(_: Document) -> Changed:
    raise LookupError


def in_a_step(file: SqliteFile, work: Callable[[], None]) -> None:
    with file.step():
        work()


def test_a_step_that_breaks_tells_who_was_promised_something_and_counts_are_what_they_were(path: Path) -> None:
    file = opened(path)
    store = filled(file)
    before = told(store)

    def breaking() -> None:
        assert (store.count("made"), store.add("third", {}, 0, 0), len(store)) == (4, True, 3)
        fill(file)
        for ask in (lambda: store.update("task", suite.to(LARGE)), lambda: store.count("made")):
            with pytest.raises(Down):
                ask()
        assert store.get("third") is None

    with pytest.raises(Down):
        in_a_step(file, breaking)
    assert told(store) == before
    cure(file)
    with file.step():
        assert store.add("third", {}, 0, 0)
    assert len(store) == 3


def test_a_step_in_which_nothing_was_promised_may_break(path: Path) -> None:
    file = opened(path)
    store = filled(file)
    fill(file)
    with file.step():
        with pytest.raises(Down):
            store.note(("x" * 100_000,), 1)
        assert store.get("task") == {"n": 2}
    assert store.noted == 1


def test_a_reset_in_a_step_that_breaks_has_not_been(path: Path) -> None:
    file = opened(path)
    store = filled(file)
    before = told(store)

    def breaking() -> None:
        store.reset()
        assert (len(store), store.epoch, store.noted) == (0, 1, 0)
        fill(file)
        with pytest.raises(Down):
            store.add("new", LARGE, 0, 0)

    with pytest.raises(Down):
        in_a_step(file, breaking)
    assert told(store) == before


def test_who_breaks_a_step_off_leaves_nothing_of_it(path: Path) -> None:
    file = opened(path)
    store = filled(file)
    before = told(store)

    def leaving() -> None:
        store.add("third", {}, 0, 0)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_a_step(file, leaving)
    assert told(store) == before


def test_the_application_is_named_in_the_file(path: Path) -> None:
    opened(path).close()
    assert int.from_bytes(path.read_bytes()[68:72], "big") == APPLICATION
