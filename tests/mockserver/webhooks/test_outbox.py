"""Webhooks are the timeline: what is told of a task is what a fetch shows, however the hours are cut."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumakit.contract.compile import Contract
from lumakit.contract.reading import Task as Kind
from lumakit.contract.reading import Webhook
from lumakit.errors import UsageError
from lumakit.model import Response
from mockserver.engine import Hook, Task
from mockserver.plan import NEVER, Moment, Plan
from mockserver.problems import Refused
from mockserver.render import Renderer
from mockserver.webhooks import outbox
from mockserver.webhooks.policy import USUAL
from tests.mockserver.webhooks.post import APIFRAME, CHAINHUB, HOOK, NAMED_KINDS, Post

EVERY_KIND = pytest.mark.parametrize(("contract", "kind"), NAMED_KINDS.values(), ids=NAMED_KINDS)
MISHAPS = ("lost", "late", "twice", "shuffled", "early")
CUTS = st.lists(st.integers(1, 120_000), max_size=25)
ANY_KIND = st.sampled_from(list(NAMED_KINDS))


def bodies(post: Post) -> list[bytes]:
    return [each.body for each in post.heard]


@EVERY_KIND
def test_each_body_is_what_a_fetch_shows_at_its_moment(contract: Contract, kind: Kind) -> None:
    post = Post(contract)
    task = post.submit(kind=kind)
    heard = 0
    for _ in range(1200):
        post.pass_by(0.25)
        if len(post.heard) > heard:
            heard = len(post.heard)
            assert post.heard[-1].body == post.user.fetch(kind, task).body
    assert heard >= 1
    assert post.user.read(Response(200, body=post.heard[-1].body))["status"] == post.mock.tasks[task].status


@EVERY_KIND
@pytest.mark.parametrize("scenario", ["success", "fail", "flaky"])
def test_each_body_keeps_the_schema_of_the_fetch_and_of_the_documented_callback(
    contract: Contract, kind: Kind, scenario: str
) -> None:
    post = Post(contract, scenario=scenario)
    post.submit(kind=kind)
    post.pass_by()
    fetch = contract.operations[kind.fetch[0].operation]
    making = contract.operations[(kind.submit or (kind.extend[0].operation,))[0]]
    for request in post.heard:
        assert fetch.check_response(Response(200, request.headers, request.body)) == ()
        for callback in making.callbacks:
            body = next(iter(callback.operation.content.values()))
            assert callback.operation.accepts(body, json.loads(request.body))
    assert post.heard


@settings(max_examples=60)
@given(ANY_KIND, CUTS, st.sampled_from(["success", "fail", "flaky", "expire", "late", "twice", "shuffled"]))
def test_however_the_hours_are_cut_the_same_is_told_in_the_same_order(
    name: str, cuts: list[int], scenario: str
) -> None:
    contract, kind = NAMED_KINDS[name]
    whole, cut = Post(contract, scenario=scenario), Post(contract, scenario=scenario)
    whole.submit(kind=kind)
    cut.submit(kind=kind)
    for step_ms in cuts:
        cut.pass_by(step_ms / 1000)
    whole.pass_by()
    cut.pass_by()
    assert sorted(bodies(cut)) == sorted(bodies(whole))
    assert [*dict.fromkeys(bodies(cut))] == [*dict.fromkeys(bodies(whole))]  # what comes twice comes again when it can
    assert [each.id for each in cut.mock.webhooks] == [each.id for each in whole.mock.webhooks]
    assert cut.pass_by() == []


VERBS = st.lists(
    st.tuples(
        st.sampled_from(["complete", "fail", "hold", "release", "advance"]), st.integers(0, 90_000), st.booleans()
    ),
    max_size=8,
)


@settings(max_examples=60)
@given(ANY_KIND, VERBS)
def test_whatever_is_done_to_a_task_its_webhooks_tell_the_same_later_as_at_once(
    name: str, verbs: list[tuple[str, int, bool]]
) -> None:
    contract, kind = NAMED_KINDS[name]
    lazy, eager = Post(contract), Post(contract)
    tasks = [post.submit(kind=kind) for post in (lazy, eager)]
    for verb, step_ms, looks in verbs:
        for post, task in zip((lazy, eager), tasks, strict=True):
            post.clock.advance(step_ms / 1000)
            steered(post, verb, task)
        eager.mock.webhooks.deliver_due()
        if looks:
            lazy.mock.webhooks.deliver_due()
    for post in (lazy, eager):
        steered(post, "release", tasks[0])
        post.pass_by()
    assert bodies(lazy) == bodies(eager)
    ended = post.user.read(Response(200, body=eager.heard[-1].body))["status"]
    assert ended == eager.mock.tasks[tasks[1]].status


def steered(post: Post, verb: str, task: str) -> None:
    with contextlib.suppress(UsageError):  # what is illegal for the one is illegal for the other
        getattr(post.mock.tasks, verb)(task)


def test_apiframe_is_told_of_every_update_and_the_others_once() -> None:
    framed, hubbed = Post(APIFRAME), Post(CHAINHUB)
    framed.submit()
    hubbed.submit()
    framed.pass_by()
    hubbed.pass_by()
    told = [framed.user.read(Response(200, body=body)) for body in bodies(framed)]
    assert [each["status"] for each in told] == ["pending", "starting", *["processing"] * 5, "finished"]
    assert [each.get("progress") for each in told][2:7] == [0, 20, 40, 60, 80]
    assert [each.event for each in hubbed.mock.webhooks] == ["completed"]


def test_a_task_that_is_stuck_is_told_of_as_far_as_it_comes() -> None:
    post = Post(APIFRAME, scenario="stuck")
    post.submit()
    post.drain(times=3)
    assert post.user.read(Response(200, body=bodies(post)[-1]))["status"] == "processing"
    assert len(post.mock.webhooks) == 7


def test_where_looks_move_tasks_each_look_is_told_of() -> None:
    post = Post(progress="looks")
    task = post.submit()
    for expected in (0, 0, 1, 1):
        post.pass_by()
        assert len(post.heard) == expected
        assert post.kind
        post.user.fetch(post.kind, task)


# what befalls them


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
    assert [int(row.seq) for row in sorted(shuffled.mock.webhooks, key=lambda row: row.attempts[0].at_ms)][:4] == [
        1,
        0,
        3,
        2,
    ]


@pytest.mark.parametrize("on", [("pending", "processing", "completed"), ("pending", "completed")])
def test_moments_that_are_not_told_do_not_count_where_webhooks_are_shuffled(on: tuple[str, ...]) -> None:
    reading = CHAINHUB.reading
    assert reading
    assert reading.tasks["generation"].webhook
    webhook = replace(reading.tasks["generation"].webhook, on=on)
    task = made_by_hand("shuffled")
    _, made = outbox.told(task, Renderer(CHAINHUB, with_hook(webhook)), USUAL, 10**6)
    due = [each.seq for each in sorted(made, key=lambda each: each.due_ms)]
    assert due[:2] == [each.seq for each in made][1::-1]


def with_hook(webhook: Webhook) -> Any:
    reading = CHAINHUB.reading
    assert reading
    kind = replace(reading.tasks["generation"], webhook=webhook)
    return replace(reading, tasks={"generation": kind})


def made_by_hand(mishap: str) -> Task:
    words = (("pending", 0), ("processing", 0), ("processing", 50), ("completed", 100))
    moments = tuple(Moment(1000 * number, *said) for number, said in enumerate(words))
    hook = Hook(HOOK, "", "http://here/__media/", mishap)
    return Task("t", "generation", "o", 0, Plan(moments), {}, hook=hook)


@pytest.mark.parametrize(
    ("scenario", "event", "states"),
    [
        ("fail:moderation + lost", "failed", ["lost"]),
        ("fail + twice", "failed", ["delivered"]),
        ("twice + fail", "failed", ["delivered"]),
        ("slow + late", "completed", ["delivered"]),
        ("expire + shuffled", "completed", ["delivered"]),
        ("lost + late", "completed", ["delivered"]),  # of two mishaps the last one befalls them
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


# what cannot be told


def test_a_word_that_no_body_can_be_made_for_is_a_blocked_row_and_nothing_more_is_due() -> None:
    class Silent(Renderer):
        def webhook(self, *_: Any) -> Response:
            raise Refused("not_mocked", "there is no example")

    assert CHAINHUB.reading
    task, (row,) = outbox.told(made_by_hand("late"), Silent(CHAINHUB, CHAINHUB.reading), USUAL, 5000)
    assert (row.state, row.reason, row.body) == ("blocked", "there is no example", "")
    assert (task.due_ms, row.due_ms) == (NEVER, NEVER)


def test_a_task_without_a_hook_is_told_of_to_nobody() -> None:
    post = Post()
    answer = post.user.submit(post.kind)  # type: ignore[arg-type]  # it has one
    assert answer.status == 200
    assert post.pass_by() == []
    assert len(post.mock.webhooks) == 0


def test_a_mock_that_was_reloaded_without_a_lifecycle_or_its_webhooks_tells_nothing_and_goes_on() -> None:
    post = Post()
    post.submit()
    reading = with_hook(None)  # type: ignore[arg-type]  # a kind of which nothing is told
    post.mock.reload(replace(CHAINHUB, reading=reading))
    assert post.pass_by() == []
    assert post.mock.webhooks.due_ms() >= NEVER


def test_the_first_telling_is_known_beforehand_where_it_comes_by_itself() -> None:
    webhook = CHAINHUB.reading.tasks["generation"].webhook  # type: ignore[union-attr]
    assert webhook
    task = made_by_hand("early")
    assert outbox.first_ms(task, webhook) == 3000
    assert outbox.first_ms(replace(task, plan=task.plan.hold(0)), webhook) == 3000
    stuck = replace(task, plan=Plan(task.plan.moments[:1], ends=False))
    assert outbox.first_ms(stuck, webhook) is None
