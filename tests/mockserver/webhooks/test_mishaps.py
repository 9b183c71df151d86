"""What befalls webhooks: lost, late, twice, shuffled; alone and joined with others, wherever it is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lumakit.clock import SystemClock
from mockserver.render import Renderer
from mockserver.webhooks import outbox
from mockserver.webhooks.policy import USUAL
from tests.mockserver.webhooks.post import APIFRAME, CHAINHUB, HOOK, Post, bodies, made_by_hand, with_hook

MISHAPS = ("lost", "late", "twice", "shuffled", "early")


def test_what_gets_lost_is_there_to_see_and_never_sent() -> None:
    post = Post(APIFRAME, scenario="lost")
    post.submit()
    assert post.pass_by() == []
    assert set(post.states()) == {"lost"}
    assert {each.reason for each in post.mock.webhooks} == {"the scenario lets it get lost"}
    assert post.mock.webhooks.redeliver(post.mock.webhooks.rows(1)[0].id).state == "waiting"
    assert len(post.pass_by()) == 1


def test_what_is_late_comes_half_a_minute_later_with_the_body_of_its_moment() -> None:
    late, usual = Post(scenario="late"), Post()
    late.submit()
    usual.submit()
    for _ in range(300):
        usual.pass_by(1)
        late.pass_by(1)
        assert len(late.heard) <= len(usual.heard)
    assert bodies(late) == bodies(usual)
    (row,) = late.mock.webhooks
    assert row.attempts[0].at_ms - row.made_ms >= 30_000


def test_what_comes_twice_has_the_same_id_and_bytes_and_the_first_must_arrive_first() -> None:
    post = Post(scenario="twice", signing={"signing": "standard", "secrets": ["whsec_c2VjcmV0"]})
    post.submit()
    post.pass_by()
    first, second = post.heard
    assert first == second
    assert first.header("webhook-id") == post.mock.webhooks.rows()[0].id
    assert [len(each.attempts) for each in post.mock.webhooks] == [2]


def test_what_is_shuffled_overtakes_and_nothing_is_left_out() -> None:
    shuffled, usual = Post(APIFRAME, scenario="shuffled"), Post(APIFRAME)
    shuffled.submit()
    usual.submit()
    for _ in range(250):
        shuffled.pass_by(1)
        usual.pass_by(1)
    assert sorted(bodies(shuffled)) == sorted(bodies(usual))
    assert bodies(shuffled) != bodies(usual)
    by_time = sorted(shuffled.mock.webhooks, key=lambda row: row.attempts[0].at_ms)
    assert [row.seq for row in by_time][:4] == [1, 0, 3, 2]


@pytest.mark.parametrize("on", [("pending", "processing", "completed"), ("processing", "completed")])
def test_moments_that_are_not_told_do_not_count_where_webhooks_are_shuffled(on: tuple[str, ...]) -> None:
    reading = CHAINHUB.reading
    assert reading
    assert reading.tasks["generation"].webhook
    webhook = replace(reading.tasks["generation"].webhook, on=on)
    task = made_by_hand("shuffled")
    _, made = outbox.told(task, Renderer(CHAINHUB, with_hook(webhook)), USUAL, 10**6)
    due = [each.seq for each in sorted(made, key=lambda each: each.due_ms)]
    assert due[:2] == [each.seq for each in made][1::-1]


@pytest.mark.parametrize(
    ("scenario", "event", "states"),
    [
        ("fail:moderation + lost", "failed", ["lost"]),
        ("fail + twice", "failed", ["delivered"]),
        ("twice + fail", "failed", ["delivered"]),
        ("slow + late", "completed", ["delivered"]),
        ("expire + shuffled", "completed", ["delivered"]),
        ("stuck + twice", "", []),
    ],
)
@pytest.mark.parametrize("how", ["server", "key", "prefer", "prompt"])
def test_scenarios_are_joined_wherever_they_are_asked_for(
    scenario: str, event: str, states: list[str], how: str
) -> None:
    post = Post(
        scenario=scenario if how == "server" else "success",
        scenarios={"key-of-the-user": scenario} if how == "key" else None,
    )
    prompt = {"user_prompt": f"a gust [[ {scenario} ]]"} if how == "prompt" else {}
    task = post.submit(HOOK, None, f'scenario="{scenario}"' if how == "prefer" else "", **prompt)
    post.pass_by()
    assert post.states() == states
    assert [each.event for each in post.mock.webhooks] == [event] * len(states)
    copies = 2 if "twice" in scenario and states else len(states) if states != ["lost"] else 0
    assert len(post.heard) == copies
    if scenario.startswith("fail:moderation"):
        assert post.mock.tasks[task].error == "Frame moderation failed"


@pytest.mark.parametrize("mishap", MISHAPS)
def test_a_mishap_befalls_the_webhooks_only(mishap: str) -> None:
    struck = Post(scenario=mishap)
    task = struck.submit()
    struck.clock.advance(10_000)
    assert struck.mock.tasks[task].status == "completed"


@pytest.mark.parametrize("choices", [{"progress": "looks"}, {"clock": SystemClock(0)}])
def test_where_no_clock_moves_a_task_it_is_said_that_nothing_can_come_early(choices: dict[str, Any]) -> None:
    post = Post(scenario="early", **choices)
    assert post.kind
    answer = post.user.submit(post.kind, (), notify_hook=HOOK)
    assert (answer.ahead, answer.delay_s) == ("", 0)
    assert "no webhook can come before this answer" in str(answer.header("mock-reason"))
