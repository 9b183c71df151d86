"""Rules on one task's story: what they must not say."""

from __future__ import annotations

from lumakit.check.verdict import Open
from tests.check.steps import FILM, answer, asked, codes, listed, look, made, verdict


def test_looks_may_pass_over_words() -> None:
    assert codes(made(), look("waiting"), look("done", urls=[FILM])) == []


def test_progress_may_begin_anew_where_a_task_waits_again() -> None:
    assert codes(look("working", progress=60), look("again", progress=0), look("working", progress=5)) == []


def test_progress_may_stand_still() -> None:
    assert codes(look("working", progress=60), look("working", progress=60)) == []


def test_an_end_may_be_told_without_its_progress() -> None:
    assert codes(look("working", progress=60), look("done", progress=0, urls=[FILM])) == ["L305"]
    assert codes(look("working", progress=60), look("done", urls=[FILM])) == []


def test_an_address_may_be_signed_anew() -> None:
    assert codes(look("done", urls=[f"{FILM}?a=1"]), look("done", urls=[f"{FILM}?a=2#x"])) == []


def test_an_end_that_loses_its_result_changes() -> None:
    said = codes(look("done", urls=[FILM]), look("done"))
    assert said == ["L304", "L316"]


def test_one_end_after_another_is_no_end() -> None:
    assert codes(look("done", urls=[FILM]), look("broken", reason="no")) == ["L303"]


def test_a_list_has_a_story_of_its_own() -> None:
    one, other = {"id": "c-1", "status": "working"}, {"id": "c-1", "status": "waiting"}
    assert codes(listed(one), listed(other)) == ["L302"]


def test_a_task_that_was_not_seen_to_end_is_open_once() -> None:
    opens = verdict(made(), look("waiting"), look("working")).opens
    why = "it was 'working' when it was last seen, after 20 s and 3 looks"
    assert opens == (Open("the task c-1 was not seen to end", why, "c-1"),)


def test_a_look_that_was_refused_is_no_look() -> None:
    down = asked("GET", "/clips/c-1"), answer(500)
    assert codes(made(), look("working"), down, look("done", urls=[FILM])) == []
