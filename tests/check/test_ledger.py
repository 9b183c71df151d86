"""The ledger: what it counts, what it survives, and that it says no whenever it cannot be sure."""

from __future__ import annotations

import errno
import itertools
import json
import os
import stat
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.check import ledger as ledgers
from lumakit.check.ledger import DAY_MS, HEADER, Bounds, Entry, Ledger, Outcome, read
from lumakit.check.lock import held
from lumakit.errors import OverBudget

NOW = 20_000 * DAY_MS + 1000
MINE = Entry("run-1", "https://api.test", "POST /jobs")
TWO = Bounds(run=2)


def ledger(folder: Path, now_ms: int = NOW) -> Ledger:
    return Ledger(folder / "ledger.jsonl", lambda: now_ms, lambda _: None)


def refusal(book: Ledger, entry: Entry = MINE, bounds: Bounds = TWO) -> OverBudget:
    with pytest.raises(OverBudget) as no:
        book.reserve(entry, bounds)
    assert no.value.hint
    return no.value


def test_each_event_is_a_line_of_json(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    book.close(book.reserve(Entry("run-1", "https://api.test", "POST /jobs", Decimal("0.35")), TWO), Outcome.SETTLED)
    head, reserve, settle = map(json.loads, book.path.read_text().splitlines())
    assert head == {"lumakit": "ledger", "version": 1}
    assert reserve == {
        "at": NOW,
        "event": "reserve",
        "run": "run-1",
        "target": "https://api.test",
        "operation": "POST /jobs",
        "price": "0.35",
    }
    assert settle == {"at": NOW, "event": "settle", "of": len(HEADER)}


@pytest.mark.parametrize(
    ("outcome", "spent"), [(Outcome.SETTLED, 1), (Outcome.UNKNOWN, 1), (Outcome.RELEASED, 0), (None, 1)]
)
def test_only_what_was_certainly_refused_is_not_spent(tmp_path: Path, outcome: Outcome | None, spent: int) -> None:
    book = ledger(tmp_path)
    number = book.reserve(MINE, TWO)
    if outcome is not None:
        book.close(number, outcome)
    assert len(book.check().spent("run-1")) == spent


def test_a_budget_is_used_up(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    book.reserve(MINE, TWO)
    book.close(book.reserve(MINE, TWO), Outcome.RELEASED)
    book.reserve(MINE, TWO)
    before = book.path.read_bytes()
    assert refusal(book).code == "over_budget"
    assert book.path.read_bytes() == before
    book.reserve(Entry("run-2", "https://api.test", "POST /jobs"), TWO)  # another run has its own


def test_the_budget_of_the_day_holds_for_all_runs_until_midnight(tmp_path: Path) -> None:
    today = Bounds(run=9, day=2)
    for run in ("a", "b"):
        ledger(tmp_path).reserve(Entry(run, "t", "POST /jobs"), today)
    assert refusal(ledger(tmp_path), bounds=today).code == "over_budget_day"
    ledger(tmp_path, NOW + DAY_MS).reserve(MINE, today)


def test_a_clock_that_was_put_back_makes_no_room(tmp_path: Path) -> None:
    ledger(tmp_path, NOW + DAY_MS).reserve(MINE, Bounds(run=9, day=1))
    assert refusal(ledger(tmp_path), bounds=Bounds(run=9, day=1)).code == "over_budget_day"


def test_money_is_added_up_exactly(tmp_path: Path) -> None:
    book, bounds = ledger(tmp_path), Bounds(run=99, cost=Decimal("0.3"))
    dear = Entry("run-1", "t", "POST /jobs", Decimal("0.1"))
    for _ in range(3):
        book.reserve(dear, bounds)
    assert refusal(book, dear, bounds).code == "over_cost"
    book.reserve(Entry("run-1", "t", "POST /jobs", Decimal(0)), bounds)


def test_an_unknown_price_is_a_refusal_and_never_nothing(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    assert refusal(book, bounds=Bounds(run=9, cost=Decimal(100))).code == "price_unknown"
    book.reserve(MINE, TWO)  # by a worker that nobody has told a limit
    priced = Entry("run-1", "t", "POST /jobs", Decimal(1))
    assert refusal(book, priced, Bounds(run=9, cost=Decimal(100))).code == "price_unknown"


# --- the file ---------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    book.check()
    assert stat.S_IMODE(book.path.stat().st_mode) == 0o600
    book.path.chmod(0o644)
    assert refusal(book).code == "ledger_open"


@pytest.mark.parametrize("content", [b"my diary\n", b"{}\n", b'{"lumakit": "ledger", "version": 2}\n', b"\0", b"[]"])
def test_a_file_that_is_not_ours_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    book = ledger(tmp_path)
    book.path.write_bytes(content)
    book.path.chmod(0o600)
    assert refusal(book).code == "ledger_foreign"
    assert book.path.read_bytes() == content


@pytest.mark.skipif(os.name != "posix", reason="links are of POSIX")
def test_what_is_no_ordinary_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(HEADER)
    (tmp_path / "link").symlink_to(tmp_path / "there")
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name, code in (("link", "ledger_failed"), ("pipe", "ledger_foreign"), (".", "ledger_failed")):
        assert refusal(Ledger(tmp_path / name, lambda: NOW)).code == code
    assert refusal(Ledger(tmp_path / "no" / "folder", lambda: NOW)).code == "ledger_failed"
    assert refusal(Ledger("/dev/full", lambda: NOW)).code in {"ledger_foreign", "ledger_failed"}


def test_a_file_that_was_replaced_or_cut_while_it_was_in_use_is_refused(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    book.reserve(MINE, TWO)
    kept = book.path.read_bytes()
    book.path.unlink()
    assert refusal(book).code == "ledger_failed"
    book.path.write_bytes(kept[:-3])
    assert refusal(book).code == "ledger_failed"
    book.path.write_bytes(kept)
    book.reserve(MINE, TWO)


def test_a_ledger_that_somebody_else_holds_is_refused_after_a_while(tmp_path: Path) -> None:
    waited: list[float] = []
    book = Ledger(tmp_path / "ledger.jsonl", lambda: NOW, waited.append)
    book.check()
    file = os.open(book.path, os.O_RDWR)
    with held(file, waited.append):
        assert refusal(book).code == "ledger_busy"
    os.close(file)
    assert sum(waited) == pytest.approx(10)
    book.reserve(MINE, TWO)


@pytest.mark.skipif(os.name != "posix", reason="limits of a process are of POSIX")
def test_a_full_disk_is_a_refusal_and_the_rest_of_a_line_is_told_from_a_line(tmp_path: Path) -> None:
    import resource

    book = ledger(tmp_path)
    book.reserve(MINE, TWO)
    size = book.path.stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, hard))  # the system writes twenty bytes more, then says no
    try:
        assert refusal(book).code == "ledger_failed"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert book.path.stat().st_size == size + 20
    book.reserve(MINE, TWO)
    assert refusal(book).code == "over_budget"
    assert b'"mended"' in book.path.read_bytes()


def test_a_line_is_on_the_disk_before_anybody_goes_on(tmp_path: Path) -> None:
    synced: list[bytes] = []
    path = tmp_path / "ledger.jsonl"
    book = Ledger(path, lambda: NOW, lambda _: None, lambda _: synced.append(path.read_bytes()))
    number = book.reserve(MINE, TWO)
    assert synced[-1].endswith(b'"operation":"POST /jobs"}\n')
    book.close(number, Outcome.SETTLED)
    assert b'"settle"' in synced[-1]


def test_a_disk_that_keeps_nothing_lets_nothing_out(tmp_path: Path) -> None:
    def broken(_: int) -> None:
        raise OSError(errno.EIO, "the disk is broken")

    assert refusal(Ledger(tmp_path / "ledger.jsonl", lambda: NOW, lambda _: None, broken)).code == "ledger_failed"


def test_a_ledger_without_end_is_refused(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    book.check()
    with book.path.open("r+b") as file:
        file.truncate(ledgers.MAX_BYTES + 1)
    assert refusal(book).code == "ledger_failed"


# --- torn lines -------------------------------------------------------------------------------------------------------


def filled(folder: Path) -> tuple[Ledger, bytes, list[int]]:
    """A ledger with three reservations, of which one was released; its bytes, and where its lines end."""
    book = ledger(folder)
    many = Bounds(run=99)
    book.reserve(MINE, many)
    book.close(book.reserve(MINE, many), Outcome.RELEASED)
    book.close(book.reserve(MINE, many), Outcome.SETTLED)
    raw = book.path.read_bytes()
    return book, raw, [at + 1 for at, byte in enumerate(raw) if byte == 10]


def test_a_ledger_cut_anywhere_is_read_and_goes_on(tmp_path: Path) -> None:
    _, raw, ends = filled(tmp_path)
    for end in {*range(0, len(raw), 13), *ends, *(end - 1 for end in ends), *(end - 2 for end in ends)}:
        path = tmp_path / f"{end}.jsonl"
        path.write_bytes(raw[:end])
        path.chmod(0o600)
        again = Ledger(path, lambda: NOW)
        spent = len(again.check().spent())
        assert spent >= raw[:end].count(b'"reserve"') - 2  # one released, and one cut off before it was sent
        again.close(again.reserve(MINE, Bounds(run=99)), Outcome.SETTLED)
        assert len(again.check().spent()) == spent + 1
        assert path.read_bytes().startswith(raw[:end])  # nothing that was written is ever taken back


PAID_BACK = b'{"at": 1, "event": "reserve", "run": "r", "target": "t", "operation": "o", "price": "-9"}\n'


def test_a_line_in_the_middle_that_cannot_be_read_is_a_refusal(tmp_path: Path) -> None:
    _, raw, ends = filled(tmp_path)
    for line, (start, end) in enumerate(itertools.pairwise(ends[:-1]), 2):
        for spoiled in (b"{}\n", b'{"at": 1, "event": "gift"}\n', PAID_BACK, raw[start : start + 9] + b"}\n", b"\0}\n"):
            with pytest.raises(ValueError, match=f"line {line} "):
                read(raw[:start] + spoiled + raw[end:])
            with pytest.raises(ValueError, match=f"line {line} "):
                read(raw[:start] + spoiled + raw[end:-4])  # and the last one was cut off
    spoiled = raw[: ends[0]] + b"{}\n" + raw[ends[1] :] + b'{"at":17,"ev\n{"at":18,"event":"mended"}\n'
    with pytest.raises(ValueError, match="line 2 "):
        read(spoiled)  # what was mended later was another line
    with pytest.raises(ValueError, match=f"line {len(ends)} "):
        read(raw[: ends[-2]] + b"{}\n")


def test_a_disk_that_is_full_again_and_again_loses_nothing_that_was_whole(tmp_path: Path) -> None:
    _, raw, _ = filled(tmp_path)
    torn = raw[:-1] + b"\n" + b'{"at":17,"ev' + b"\n" + b'{"at":18,"event":"men'
    book = read(torn)
    assert (book.torn, len(book.spent())) == (True, 2)
    again = read(torn + b'\n{"at":19,"event":"mended"}\n' + raw[len(HEADER) :])
    assert (again.torn, len(again.spent())) == (False, 5)


@given(st.binary(max_size=200))
def test_whatever_a_file_holds_it_is_a_book_or_a_refusal(raw: bytes) -> None:
    try:
        told = repr(read(HEADER + raw))
    except ValueError as error:
        told = str(error)
    assert told.startswith("Book(") or "cannot be read" in told
