"""Bodies that are read into snapshots, one way for everybody who reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.contract.lens import Fact, Lens
from lumakit.contract.lifecycle import Lifecycle
from lumakit.contract.reader import facts_of, kind_of, snapshot
from lumakit.contract.reading import Reading, Task
from lumakit.model import Phase, Snapshot

WORDS = {"new": Phase.WAITING, "busy": Phase.RUNNING, "done": Phase.SUCCEEDED, "bad": Phase.FAILED}
LENS = Lens(
    (
        Fact("id", (("/id", "text"),)),
        Fact("status", (("/status", "word"),)),
        Fact("kind", (("/type", "word"),)),
        Fact("progress", (("/percent", "percent"),)),
        Fact("created_at", (("/made", "unix-s"),)),
        Fact("results", (("/urls", "list"),)),
        Fact("error", (("/message", "text"),)),
    )
)


def kind(name: str, **says: Any) -> Task:
    return Task(name, (), (), (), (), None, says, {}, {})


def reading(*kinds: Task) -> Reading:
    lifecycle = Lifecycle(WORDS, (("new", "busy"), ("busy", "done"), ("busy", "bad")), "new")
    return Reading(lifecycle, LENS, {each.kind: each for each in kinds or (kind("film"),)}, {})


def read(body: Any, **more: Any) -> Snapshot:
    told = snapshot(reading(), body, **more)
    assert told is not None
    return told


def test_a_body_is_read_into_a_snapshot() -> None:
    body = {"id": 7, "status": "done", "percent": "99.6%", "made": 5, "urls": ["https://a"], "message": "all well"}
    assert read(body) == Snapshot("7", Phase.SUCCEEDED, "done", "film", 100, 5000, results=("https://a",))


def test_an_unknown_word_has_no_phase() -> None:
    told = read({"id": "a", "status": "resting", "percent": 40})
    assert (told.phase, told.status, told.progress, told.done) == (None, "resting", 40, False)


def test_without_a_word_only_what_was_just_made_waits() -> None:
    assert read({"id": "a"}).phase is None
    assert (read({"id": "a"}, new=True).phase, read({"id": "a"}, new=True).status) == (Phase.WAITING, None)
    assert read({"id": "a", "status": "busy"}, new=True).phase is Phase.RUNNING
    assert read({"id": "a", "status": "resting"}, new=True).phase is None


@pytest.mark.parametrize(("word", "told"), [("bad", "why"), ("done", None), ("busy", None), ("resting", None)])
def test_why_is_told_of_what_came_to_nothing(word: str, told: str | None) -> None:
    assert read({"id": "a", "status": word, "message": "why"}).error == told


@pytest.mark.parametrize("body", [{}, {"id": ""}, {"id": None}, {"id": [1]}, [], "a", None, 7, {"status": "done"}])
def test_what_names_no_task_is_no_snapshot_unless_it_is_known_whose_it_is(body: Any) -> None:
    assert snapshot(reading(), body) is None
    assert read(body, about="b").id == "b"


def test_a_misspelled_fact_takes_no_other_with_it() -> None:
    body = {"id": "a", "status": "busy", "percent": "half", "made": "today", "urls": "https://a"}
    assert facts_of(reading(), body) == {"id": "a", "status": "busy"}
    assert read(body).phase is Phase.RUNNING


def test_progress_stays_between_nothing_and_all() -> None:
    assert [read({"id": "a", "percent": each}).progress for each in (-3, 0, 250, None)] == [0, 0, 100, None]


@pytest.mark.parametrize(
    ("body", "kinds", "expected"),
    [
        ({"id": "a"}, [kind("film", kind="f")], "film"),
        ({"id": "a", "type": "x"}, [kind("film", kind="f")], "given"),
        ({"id": "a", "type": "p"}, [kind("film", kind="f"), kind("picture", kind="p")], "picture"),
        ({"id": "a", "type": 2}, [kind("film", kind=1), kind("picture", kind=2)], "picture"),
        ({"id": "a"}, [kind("film"), kind("picture")], "given"),
        ({"id": "a", "type": "x"}, [kind("film"), kind("picture", kind="p")], "film"),
    ],
)
def test_a_kind_is_told_by_what_is_always_said_of_it(body: Mapping[str, Any], kinds: list[Task], expected: str) -> None:
    told = snapshot(reading(*kinds), body, default_kind="given")
    assert told is not None
    assert told.kind == expected


def test_no_kind_is_told_where_there_is_none() -> None:
    assert kind_of({}, {"kind": "f"}) == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("id status type percent made urls".split()), inner),
)


@given(body=JSON)
def test_whatever_comes_is_read_without_an_error(body: Any) -> None:
    told = snapshot(reading(kind("film"), kind("picture", kind="p")), body, about="a", default_kind="film")
    assert told is not None
    assert isinstance(told.id, str)
    assert told.phase is (WORDS.get(told.status) if told.status is not None else None)
    assert told.progress is None or 0 <= told.progress <= 100
