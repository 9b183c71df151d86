"""A bar and its plain twin: what they draw, how wide, and that nothing they are told steers a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.cli import progress
from lumakit.cli.progress import Bar, Lines, drawn, elapsed, sized, wide
from lumakit.cli.terminal import Terminal
from lumakit.clock import VirtualClock
from lumakit.flow.task import Task
from lumakit.model import Phase
from tests.cli.prompt import Screen

ID = "f19714ea-c8b7-4a86-9b65-608257e6604e"
HOSTILE = "\x1b[2J\r\n\u202ehalf\x9b"


def terminal(columns: int = 80, **environment: str) -> tuple[Terminal, Screen, VirtualClock]:
    err, clock = Screen(is_terminal=True), VirtualClock()
    return Terminal(Screen(), err, clock, environment, lambda: columns), err, clock


def task(word: str | None = "processing", share: float | None = 0.4, phase: Phase | None = Phase.RUNNING) -> Task[None]:
    return Task(ID, phase, word, progress=share)


def last(err: Screen) -> str:
    return err.getvalue().rpartition("\x1b[K")[2]


def test_a_bar_says_what_how_far_how_long_and_which() -> None:
    at, err, clock = terminal(100, NO_COLOR="1")
    bar = Bar(at, str)
    clock.advance(62)
    bar.task(task())
    assert last(err) == f"processing  [===========>                  ]   40%  1:02  {ID}"


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (73, f"processing  [==>     ]   40%  0:00  {ID}"),
        (72, "processing  [===========>                  ]   40%  0:00"),
        (60, "processing  [===========>                  ]   40%  0:00"),
        (40, "processing  [====>        ]   40%  0:00"),
        (30, "processing   40%  0:00"),
        (12, "processing "),
        (1, "p"),
        (0, "p"),
    ],
)
def test_on_a_narrow_terminal_the_line_is_shorter(columns: int, line: str) -> None:
    at, err, _ = terminal(columns, NO_COLOR="1")
    Bar(at, str).task(task())
    assert last(err) == line


def test_where_nobody_says_how_far_a_block_goes_to_and_fro() -> None:
    at, err, _ = terminal(40, NO_COLOR="1")
    bar = Bar(at, str)
    bar.task(task(share=None))
    bar.clock.sleep(6.0)
    lines = [line.partition("[")[2].partition("]")[0] for line in err.getvalue().split("\x1b[K")[1:]]
    assert len(lines) == 31
    assert {line.strip() for line in lines} == {"<=>"}
    assert len(set(lines)) == 13 - 3 + 1


def test_only_the_bar_has_a_colour_and_only_where_one_is_wanted() -> None:
    for unwanted, coloured in (("", True), ("1", False)):
        at, err, _ = terminal(NO_COLOR=unwanted)
        Bar(at, str).task(task())
        assert ("\x1b[32m" in err.getvalue()) is coloured


def test_a_bar_leaves_an_empty_line() -> None:
    at, err, _ = terminal()
    bar = Bar(at, str)
    bar.close()
    assert err.getvalue() == ""
    bar.begin("submitting")
    assert last(err).startswith("submitting  [")
    bar.close()
    assert err.getvalue().endswith("\r\x1b[K")


def test_a_file_is_drawn_now_and_then_and_when_it_is_whole() -> None:
    at, err, clock = terminal(NO_COLOR="1")
    bar = Bar(at, str)
    for have in range(0, 1_000_001, 1000):
        bar.file(have, 1_000_000)
        clock.advance(0.001)
    lines = err.getvalue().split("\x1b[K")[1:]
    assert 3 <= len(lines) <= 7
    assert lines[-1].endswith("100%  0:01  1.0 MB of 1.0 MB")


def test_a_file_of_unknown_length_is_drawn_too() -> None:
    at, err, clock = terminal(NO_COLOR="1")
    bar = Bar(at, str)
    clock.advance(1)
    bar.file(2_500, None)
    assert "<=>" in last(err)
    assert last(err).endswith("2.5 kB")


@pytest.mark.parametrize("teller", [Bar, Lines])
def test_nothing_that_a_provider_says_steers_the_terminal(teller: type[Bar] | type[Lines]) -> None:
    at, err, _ = terminal(NO_COLOR="1")
    teller(at, str).task(Task(HOSTILE + "x" * 9999, None, HOSTILE + "y" * 9999))
    line = err.getvalue().removeprefix("\r\x1b[K").removesuffix("\n")
    assert line.isprintable()
    assert len(line) < 400


def test_a_key_is_in_no_line() -> None:
    at, err, _ = terminal(200)
    for teller in (Bar, Lines):
        teller(at, lambda text: text.replace("canary", "<hidden>")).task(task("a canary"))
    assert "canary" not in err.getvalue()
    assert err.getvalue().count("a <hidden>") == 2


def test_a_task_that_says_no_word_has_ours() -> None:
    at, err, _ = terminal()
    lines = Lines(at, str)
    lines.task(task(None, None, Phase.WAITING))
    lines.task(task(None, None, None))
    lines.begin("looking")
    lines.file(1, 2)
    lines.close()
    assert [line.split() for line in err.getvalue().splitlines()] == [["0:00", "waiting", ID], ["0:00", "unknown", ID]]


def test_that_nobody_hears_is_no_reason_to_end() -> None:
    class Closed(Screen):
        def flush(self) -> None:
            raise BrokenPipeError

    at = Terminal(Screen(), Closed(is_terminal=True), VirtualClock(), {})
    for teller in (Bar, Lines):
        teller(at, str).task(task())


@given(st.text(max_size=40), st.none() | st.floats(-1, 2), st.integers(0, 10**9), st.text(max_size=60), st.integers())
def test_a_line_never_breaks(what: str, share: float | None, passed_ms: int, about: str, room: int) -> None:
    room = abs(room) % 200 + 1
    assert wide(drawn(what, share, passed_ms, about, room)) <= room


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (8_000_000_000_000, "8000.0 GB"),
    ],
)
def test_sizes_are_read_by_people(size: int, text: str) -> None:
    assert sized(size) == text


def test_times_are_read_by_people() -> None:
    assert [elapsed(each) for each in (-5, 0, 59_999, 60_000, 3_599_000, 3_600_000)] == [
        "0:00",
        "0:00",
        "0:59",
        "1:00",
        "59:59",
        "1:00:00",
    ]


def test_letters_that_take_two_columns_are_counted() -> None:
    assert (wide("abc"), wide("進行"), wide("e\u0301")) == (3, 4, 1)
    assert progress.cut("進行中", 5) == "進行"
