"""Stories: what belongs to one task, whoever tells it."""

from __future__ import annotations

from lumakit.check.stories import stories
from lumakit.check.verdict import Story, Via
from lumakit.model import Phase
from tests.check.play import Play, clips
from tests.check.steps import answer, asked, call, listed, look, made, seen

EXTENDED = asked("POST", "/clips/c-1/extend", {"prompt": "on"}), answer(200, {"id": "c-2"})


def told(*steps: object) -> tuple[Story, ...]:
    return stories(clips(), seen(*steps))


def test_a_story_is_put_together_from_everything_that_tells_of_a_task() -> None:
    (story,) = told(made(), look("working"), listed({"id": "c-1", "status": "working"}), call("done"), look("done"))
    assert [look.via for look in story.looks] == [Via.SUBMIT, Via.FETCH, Via.FETCH_MANY, Via.WEBHOOK, Via.FETCH]
    assert [look.word for look in story.looks] == [None, "working", "working", "done", "done"]
    assert (story.id, story.kind, story.owner, story.ended) == ("c-1", "clip", "abc", True)


def test_a_task_that_was_extended_and_its_child_are_two() -> None:
    parent, child = told(made(), look("done"), EXTENDED)
    assert (parent.id, parent.parent, len(parent.looks)) == ("c-1", "", 2)
    assert (child.id, child.parent, child.kind) == ("c-2", "c-1", "longer")


def test_what_a_new_task_is_without_a_word_is_waiting() -> None:
    (story,) = told(made())
    snapshot = story.looks[0].snapshot
    assert snapshot
    assert (snapshot.phase, snapshot.status) == (Phase.WAITING, None)


def test_a_word_that_nobody_knows_is_told_all_the_same() -> None:
    (story,) = told(look("dreaming"))
    assert story.looks[0].word == "dreaming"
    assert not story.ended


def test_a_refusal_tells_of_no_task() -> None:
    refused = asked("GET", "/clips/c-1"), answer(404, {"message": "no"})
    assert told(refused) == ()


def test_a_webhook_that_cannot_be_read_belongs_to_the_task_that_asked_for_it() -> None:
    request, status, task = call("done")
    (story,) = told(made(), (asked("POST", "/hooks", ["?"], key=""), status, task))
    assert [look.via for look in story.looks] == [Via.SUBMIT, Via.WEBHOOK]
    assert request.body


def test_every_task_of_a_play_has_its_story() -> None:
    play = Play(clips())
    known = stories(clips(), play.whole())
    assert {story.id for story in known} == {task.id for task in play.mock.tasks}
