"""Words, phases and moves."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lumakit.contract.lifecycle import Impossible, Lifecycle
from lumakit.model import Phase

W, R, S, F = Phase.WAITING, Phase.RUNNING, Phase.SUCCEEDED, Phase.FAILED
WORDS = {"pending": W, "running": R, "retrying": W, "done": S, "failed": F}
MOVES = (
    ("pending", "running"),
    ("running", "retrying"),
    ("retrying", "running"),
    ("running", "done"),
    ("running", "failed"),
)
TABLE = Lifecycle(WORDS, MOVES, "pending")


@pytest.mark.parametrize(("word", "phase"), [("pending", W), ("retrying", W), ("done", S), ("unheard", None)])
def test_a_word_stands_for_a_phase(word: str, phase: Phase | None) -> None:
    assert TABLE.phase(word) is phase


def test_the_ends_are_the_words_a_task_can_only_stay_in() -> None:
    assert TABLE.ends() == ("done", "failed")


@pytest.mark.parametrize(
    ("before", "after", "legal"),
    [
        ("pending", "running", True),
        ("pending", "done", True),
        ("retrying", "running", True),
        ("retrying", "retrying", True),
        ("done", "done", True),
        ("running", "pending", False),
        ("done", "failed", False),
        ("done", "running", False),
        ("unheard", "running", False),
        ("pending", "unheard", False),
    ],
)
def test_who_looks_twice_sees_only_what_moves_lead_to(before: str, after: str, legal: bool) -> None:
    assert TABLE.legal(before, after) is legal


@pytest.mark.parametrize(
    ("word", "goal", "path"),
    [
        ("pending", "done", ("running", "done")),
        ("retrying", "failed", ("running", "failed")),
        ("done", "done", ()),
        ("done", "failed", None),
        ("running", "pending", None),
        ("unheard", "done", None),
    ],
)
def test_the_way_to_a_word_is_the_shortest(word: str, goal: str, path: tuple[str, ...] | None) -> None:
    assert TABLE.path(word, goal) == path


@pytest.mark.parametrize(
    ("words", "moves", "starts", "key", "named"),
    [
        ({"a": W, "z": S}, (("a", "z"),), "b", "starts", "'b'"),
        ({}, (), "a", "starts", "'a'"),
        ({"a": W, "z": S}, (("a", "z"), ("a", "b")), "a", "moves/1", "'b'"),
        ({"a": W, "z": S}, (("b", "z"), ("a", "z")), "a", "moves/0", "'b'"),
        ({"a": W, "z": S}, (("a", "z"), ("z", "a")), "a", "moves/1", "'z'"),
        ({"a": W, "z": S}, (("z", "z"),), "a", "moves/0", "'z'"),
        ({"a": W, "b": R, "z": S}, (("a", "z"),), "a", "moves", "'b'"),
        ({"a": W, "b": R}, (("a", "b"), ("b", "a")), "a", "moves", "'a'"),
    ],
)
def test_a_table_no_task_could_live_by_is_refused_with_its_key(
    words: dict[str, Phase], moves: tuple[tuple[str, str], ...], starts: str, key: str, named: str
) -> None:
    with pytest.raises(Impossible) as caught:
        Lifecycle(words, moves, starts)
    assert caught.value.key == key
    assert named in str(caught.value)


def test_a_task_may_be_over_as_soon_as_it_starts() -> None:
    assert Lifecycle({"done": S}, (), "done").path("done", "done") == ()


def test_the_table_draws_itself_for_mermaid() -> None:
    table = Lifecycle(
        {"pending": W, 'in "hand"\n': R, "end": S}, (("pending", 'in "hand"\n'), ('in "hand"\n', "end")), "pending"
    )
    assert table.mermaid().splitlines() == [
        "stateDiagram-v2",
        '    state "pending" as s0',
        '    state "in #quot;hand#quot;" as s1',
        '    state "end" as s2',
        "    [*] --> s0",
        "    s0 --> s1",
        "    s1 --> s2",
        "    s2 --> [*]",
    ]


def test_the_table_draws_itself_as_text() -> None:
    assert TABLE.text().splitlines() == [
        "> pending   waiting    -> running",
        "  running   running    -> retrying, done, failed",
        "  retrying  waiting    -> running",
        "  done      succeeded  (end)",
        "  failed    failed     (end)",
    ]


# --- laws ------------------------------------------------------------------------------------------------------------

NAMES = st.sampled_from("abcdefg")
PAIRS = st.lists(st.tuples(NAMES, NAMES), max_size=14)


@st.composite
def tables(draw: st.DrawFn) -> Lifecycle:
    words = draw(st.dictionaries(NAMES, st.sampled_from(list(Phase)), min_size=1))
    moves = [pair for pair in draw(PAIRS) if set(pair) <= words.keys() and not words[pair[0]].terminal]
    try:
        return Lifecycle(words, tuple(moves), draw(st.sampled_from(sorted(words))))
    except Impossible:
        assume(False)
        raise


@given(tables(), NAMES, NAMES)
def test_a_way_walks_only_moves_and_ends_at_its_goal(table: Lifecycle, word: str, goal: str) -> None:
    path = table.path(word, goal)
    assert table.legal(word, goal) is (path is not None)
    steps = (word, *(path or ()))
    assert all(step in table.moves for step in itertools.pairwise(steps))
    assert path is None or steps[-1] == goal


@given(tables())
def test_an_end_absorbs_and_every_word_leads_to_one(table: Lifecycle) -> None:
    for word in table.words:
        reached = {goal for goal in table.words if table.legal(word, goal)}
        assert reached & set(table.ends())
        assert word not in table.ends() or reached == {word}


@given(st.dictionaries(NAMES, st.sampled_from(list(Phase))), PAIRS, NAMES)
def test_any_table_is_possible_or_refused(words: dict[str, Phase], moves: list[tuple[str, str]], starts: str) -> None:
    try:
        table = Lifecycle(words, tuple(moves), starts)
    except Impossible:
        return
    assert table.text()
    assert table.mermaid().count("-->") == 1 + len(moves) + len(table.ends())
