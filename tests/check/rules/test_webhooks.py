"""Rules on webhooks: what they must not say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lumakit.check.judge import judge
from lumakit.check.traffic import Unanswered
from lumakit.clock import FIRST_DAY_MS
from lumakit.model import Lost, Response
from tests.check.play import clips
from tests.check.steps import FILM, HOOK, asked, call, codes, look, made, seen

MADE, DONE, TOLD = made(hook=HOOK), look("done", urls=[FILM]), call("done", urls=[FILM])


def test_nobody_misses_a_webhook_where_nobody_listened() -> None:
    assert codes(MADE, DONE, listened=False) == []
    assert codes(MADE, DONE) == ["W401"]


def test_nobody_misses_a_webhook_that_was_not_asked_for_or_is_not_due() -> None:
    assert codes(made(), DONE) == []
    assert codes(MADE, look("working")) == []


@pytest.mark.parametrize("address", ["https://lumakit.invalid/hooks", "nowhere", "https://["])
def test_nobody_misses_a_webhook_at_an_address_that_nobody_has(address: str) -> None:
    assert codes(made(hook=address), DONE) == []


def test_a_webhook_that_cannot_be_read_has_come() -> None:
    unread = (replace(TOLD[0], body=b"{"), 200, "c-1")
    assert codes(MADE, DONE, unread) == ["W404"]


UNTOLD = made("c-2")[0]
PHANTOM = (replace(TOLD[0], body=b'{"id": "c-9", "status": "working"}'), 200, "")


@pytest.mark.parametrize("answer", [Response(200), Response(502)])
def test_who_may_have_been_named_by_an_answer_that_names_none_is_no_stranger(answer: Response) -> None:
    assert codes(MADE, PHANTOM, DONE, TOLD) == ["W408"]
    assert "W408" not in codes(MADE, (UNTOLD, answer), PHANTOM, DONE, TOLD)
    assert "W408" in codes(MADE, (UNTOLD, Response(429)), PHANTOM, DONE, TOLD)


@pytest.mark.parametrize(("unsent", "told"), [(True, ["W408"]), (False, [])])
def test_who_may_have_been_named_by_an_answer_that_was_lost_is_no_stranger(unsent: bool, told: list[str]) -> None:
    lost = Unanswered(99, FIRST_DAY_MS, UNTOLD, Lost("hung up", unsent=unsent))
    traffic = replace(seen(MADE, PHANTOM, DONE, TOLD), unanswered=(lost,))
    assert [each.code for each in judge(clips(), traffic, own=True).findings] == told


def test_one_lost_answer_explains_one_stranger() -> None:
    another = (replace(TOLD[0], body=b'{"id": "c-10", "status": "working"}'), 200, "")
    assert "W408" in codes(MADE, (UNTOLD, Response(502)), PHANTOM, another, DONE, TOLD)


def test_words_may_come_again_with_something_between() -> None:
    again = [call("working"), call("done", urls=[FILM])]
    assert codes(MADE, call("working", progress=1), call("working", progress=2), *again) == []


def test_an_attempt_that_failed_may_come_again_after_others() -> None:
    assert codes(MADE, call("working", status=500), TOLD, call("working")) == []


@pytest.mark.parametrize("attempts", [1, 2, 3, 4])
def test_no_more_attempts_are_wanted_than_are_documented(attempts: int) -> None:
    failing = [call("done", status=503, urls=[FILM]) for _ in range(attempts)]
    assert codes(MADE, *failing, DONE, DONE, gap_s=50) == ([] if attempts > 2 else ["W406"])


def test_an_attempt_that_is_not_due_yet_is_not_missed() -> None:
    assert codes(MADE, call("done", status=503, urls=[FILM]), DONE, gap_s=10) == []


def test_the_same_end_may_be_told_with_another_host_and_signature() -> None:
    assert codes(MADE, call("done", urls=["http://10.0.0.1/1.mp4?signed=2"]), DONE) == []


def test_every_difference_of_a_view_is_told_with_its_place() -> None:
    told = call("done", urls=[FILM], quality="low")
    found = judge(clips(), seen(MADE, told, look("done", urls=[FILM], progress=100)), own=True).findings
    assert [(each.code, each.pointer) for each in found] == [("W403", "/progress"), ("W403", "/quality")]


def test_a_listener_alone_knows_no_task() -> None:
    assert codes(TOLD) == []


def test_a_webhook_for_a_task_that_only_was_looked_at_is_not_unknown() -> None:
    assert codes(look("working"), TOLD, DONE) == []


def test_a_webhook_of_no_type_does_not_fit() -> None:
    request = asked("POST", "/hooks", {"id": "c-1", "status": "working"}, key="")
    bare = replace(request, headers=())
    assert codes(MADE, (bare, 200, "c-1")) == ["W404"]
