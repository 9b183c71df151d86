"""At least once: whatever receivers do, stores refuse and processes stop, what was due is sent."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumakit.egress import Blocked, Failed
from lumakit.errors import UsageError
from lumakit.model import Request, Response
from lumakit.signing import Signing, verify
from mockserver import VirtualClock
from mockserver.stores import NEVER_MS
from mockserver.stores.memory import MemoryStore
from mockserver.webhooks.delivery import Delivery
from mockserver.webhooks.sending import LEASE_S
from tests.mockserver.webhooks.post import (
    APIFRAME,
    Post,
    Receiver,
    calling,
    refused,
)

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OUTCOME = st.sampled_from([200, 204, 301, 404, 410, 500, "refused", "timeout", "blocked", "5 s", "a day"])
POLICIES = {"usual": 5, "once": 1, "impatient": 4, "standard": 10, "waits 0 0": 3}


def outcome(name: Any) -> int | Response | Exception:
    """What a receiver or a sender does."""
    if isinstance(name, int):
        return name
    waits = {"5 s": "5", "a day": "999999"}
    if name in waits:
        return Response(429, (("Retry-After", waits[name]),))
    return Blocked("not_allowed", "no") if name == "blocked" else Failed(name, f"it was {name}")


# at least once


@settings(max_examples=80)
@given(
    st.lists(OUTCOME, max_size=40),
    st.sampled_from(list(POLICIES)),
    st.sampled_from(["success", "twice", "late", "shuffled"]),
)
def test_every_delivery_ends_and_no_attempt_is_one_too_many(outcomes: list[Any], policy: str, scenario: str) -> None:
    post = Post(APIFRAME, Receiver(map(outcome, outcomes)), policy, scenario=scenario)
    post.submit()
    for _ in range(600):
        post.pass_by(3600)
    rows = post.mock.webhooks.rows()
    assert {each.state for each in rows} <= {"delivered", "exhausted", "blocked"}
    copies = 2 if scenario == "twice" else 1
    assert all(len(each.attempts) <= POLICIES[policy] * copies for each in rows)
    assert len(post.heard) == sum(len(each.attempts) for each in rows) + sum(each.state == "blocked" for each in rows)
    assert len(rows) == 8


@settings(max_examples=40)
@given(st.lists(OUTCOME, max_size=30), st.lists(st.integers(1, 500), min_size=1, max_size=60))
def test_what_is_tried_again_has_the_same_bytes_and_id_and_its_time_is_signed_anew(
    outcomes: list[Any], steps_s: list[int]
) -> None:
    signing = {"signing": "standard", "secrets": ["whsec_c2VjcmV0"]}
    post = Post(APIFRAME, Receiver(map(outcome, outcomes)), signing=signing)
    post.submit()
    by_id: dict[str, set[tuple[bytes, str, str]]] = {}
    for step_s in steps_s:
        known = len(post.heard)
        post.pass_by(step_s)
        for request in post.heard[known:]:
            judge = Signing.parse("standard", "whsec_c2VjcmV0")
            assert verify(judge, request.headers, request.body, now_s=post.clock.now() / 1000, tolerance_s=1) == ""
            about = (request.body, request.path, request.method)
            by_id.setdefault(str(request.header("webhook-id")), set()).add(about)
    assert all(len(each) == 1 for each in by_id.values())


@settings(max_examples=30)
@given(st.lists(st.integers(1, 400), min_size=3, max_size=40))
def test_no_two_attempts_are_made_for_one_slot(steps_s: list[int]) -> None:
    post = Post(receiver=Receiver([500] * 4), signing={})
    post.submit()
    post.pass_by(200)
    for step_s in steps_s:
        post.pass_by(step_s)
    (row,) = post.mock.webhooks
    times = [each.at_ms for each in row.attempts]
    waits = [5_000, 30_000, 120_000, 600_000]
    assert all(later - earlier >= wait for earlier, later, wait in zip(times, times[1:], waits, strict=False))


def test_what_a_process_had_claimed_is_sent_by_the_next_one() -> None:
    store, clock = MemoryStore(), VirtualClock()
    first = Post(APIFRAME, store=store, clock=clock)
    first.submit()
    clock.advance(300)
    claimed = [row.id for chain in first.mock.webhooks.claim(5) for row in chain]
    assert len(claimed) == 5
    assert first.heard == []
    second = Post(APIFRAME, store=store, clock=clock)
    others = [each.id for each in second.pass_by(0)]
    assert not {*others} & {*claimed}
    assert [each.id for each in second.pass_by(LEASE_S)] == claimed
    assert Counter(second.states()) == {"delivered": 8}


def test_a_task_that_was_claimed_to_be_told_of_and_was_not_is_told_of_when_the_claim_ends() -> None:
    store = MemoryStore()
    post = Post(store=store)
    post.submit()
    post.clock.advance(300)
    assert len(store.claim(post.clock.now(), post.clock.now() + 60_000)) == 1
    assert post.pass_by(59) == []
    assert len(post.pass_by(1)) == 1


def test_a_store_that_is_full_of_ended_tasks_has_them_told_of_first() -> None:
    post = Post(max_tasks=2)
    for _ in range(7):
        post.submit()
        post.clock.advance(300)
    assert len(post.mock.tasks) == 2
    post.pass_by()
    assert post.states() == ["delivered"] * 7


def test_where_nothing_more_can_be_kept_to_be_sent_a_submit_is_refused_and_nothing_is_lost() -> None:
    post = Post(store=MemoryStore(2, max_posted=1), receiver=Receiver([500]))
    tasks = [post.submit(), post.submit()]
    post.clock.advance(300)
    assert post.kind
    assert [post.user.submit(post.kind).status for _ in range(2)] == [200, 503]
    post.drain(100, times=20)
    tasks.append(post.submit())
    post.drain(100, times=20)
    assert sorted({each["id"] for each in post.receiver.bodies}) == sorted(tasks)  # type: ignore[attr-defined]


def test_a_mock_that_is_reset_while_a_receiver_answers_forgets_the_delivery_without_a_word() -> None:
    def resetting(_: Request) -> Response:
        post.mock.reset()
        return Response(200)

    post = Post(receiver=resetting)
    post.submit()
    (row,) = post.pass_by()
    assert row.state == "delivered"
    assert len(post.mock.webhooks) == 0
    assert post.pass_by() == []


def test_a_receiver_may_ask_the_mock_and_turn_the_pump_from_inside_its_handler() -> None:
    seen = []

    def asking(request: Request) -> Response:
        seen.append((json.loads(request.body)["state"], post.mock.tasks[json.loads(request.body)["id"]].status))
        post.clock.advance(LEASE_S + 1)
        post.mock.webhooks.deliver_due()
        return Response(200)

    post = Post(receiver=asking)
    for _ in range(3):
        post.submit()
    post.pass_by()
    assert seen == [("completed", "completed")] * 3
    assert post.states() == ["delivered"] * 3


def test_a_receiver_with_a_bug_is_heard_of_and_what_was_due_is_sent_later() -> None:
    post = Post(APIFRAME, Receiver([200, ZeroDivisionError("a bug of the test")]))
    post.submit()
    with pytest.raises(ZeroDivisionError):
        post.pass_by()
    assert len(post.heard) == 2
    post.pass_by(LEASE_S)
    assert Counter(post.states()) == {"delivered": 8}


def test_a_task_that_cannot_be_told_of_does_not_keep_the_others_back(caplog: pytest.LogCaptureFixture) -> None:
    store = MemoryStore()
    post = Post(store=store)
    store.add("odd", {"no": "task"}, 2**53, 0, 1)
    post.submit()
    with caplog.at_level(logging.ERROR):
        assert [each.state for each in post.pass_by()] == ["delivered"]
    assert "a webhook could not be made" in caplog.text


def test_a_store_that_is_opened_with_a_document_without_tasks_tells_nothing_of_them() -> None:
    store, clock = MemoryStore(), VirtualClock()
    Post(store=store, clock=clock).submit()
    other = Post(calling(), store=store, clock=clock)
    assert other.pass_by() == []
    assert other.mock.webhooks.due_ms() >= NEVER_MS


def test_a_task_is_not_told_of_twice_after_its_policy_became_another() -> None:
    store, clock = MemoryStore(), VirtualClock()
    first = Post(store=store, clock=clock, policy="standard", receiver=Receiver([500]))
    first.submit()
    first.pass_by(300)
    second = Post(store=store, clock=clock, policy="once", receiver=Receiver([500]))
    second.pass_by(5)
    assert second.states() == ["exhausted"]


# asked for


def test_deliveries_are_listed_the_newest_first_by_state_and_task() -> None:
    post = Post(APIFRAME, Receiver([500]))
    one, other = post.submit(), post.submit()
    post.pass_by(300)
    hooks = post.mock.webhooks
    assert len(list(hooks)) == len(hooks) == 16
    assert [each.state for each in hooks.rows(state="failed")] == ["failed"]
    assert {each.task for each in hooks.rows(task=other)} == {other}
    assert len(hooks.rows(3)) == 3
    assert f"{one}-0" in hooks
    assert "zzz" not in hooks
    assert [number for number, _ in hooks.pages(4)] == [3, 2, 1]
    with pytest.raises(UsageError, match="a delivery is never 'los'"):
        hooks.rows(state="los")


def test_all_deliveries_are_listed_however_many_there_are() -> None:
    post = Post(APIFRAME)
    for _ in range(20):
        post.submit()
    post.pass_by()
    assert len(list(post.mock.webhooks)) == 160


def test_what_was_sent_is_sent_once_more_when_somebody_asks() -> None:
    post = Post(receiver=Receiver([410]))
    post.submit()
    (row,) = post.pass_by()
    assert row.state == "exhausted"
    assert post.mock.webhooks.redeliver(row.id).due_ms == post.clock.now()
    (again,) = post.mock.webhooks.deliver_due()
    assert (again.id, again.state, [each.status for each in again.attempts]) == (row.id, "delivered", [410, 200])
    assert post.heard[0] == post.heard[1]
    for ask in (post.mock.webhooks.redeliver, post.mock.webhooks.__getitem__):
        with pytest.raises(UsageError, match="there is no delivery 'zzz'"):
            ask("zzz")


def test_what_is_being_sent_cannot_be_sent_once_more_meanwhile() -> None:
    def receive(_: Request) -> Response:
        with pytest.raises(UsageError, match="is being sent"):
            post.mock.webhooks.redeliver(next(iter(post.mock.webhooks)).id)
        return Response(200)

    post = Post(receiver=receive)
    post.submit()
    assert [row.state for row in post.pass_by()] == ["delivered"]


def test_a_seed_finds_room_where_ended_tasks_were_not_told_of_yet() -> None:
    post = Post(max_tasks=1)
    post.submit()
    post.clock.advance(300)
    post.mock.tasks.seed("generation", id="one")
    assert (len(post.mock.tasks), len(post.mock.webhooks.deliver_due())) == (1, 1)


def test_a_mock_that_is_told_by_a_mock_and_so_on_is_told_so_often_and_no_more() -> None:
    def receive(request: Request) -> Response:
        post.user.headers = (("User-Agent", request.header("user-agent") or ""),)
        post.submit()
        return Response(200)

    post = Post(receiver=receive)
    post.submit()
    for _ in range(10):
        post.pass_by(300)
    assert post.states() == ["delivered", "delivered", "delivered", "blocked"]
    assert "loop" in next(iter(post.mock.webhooks)).reason


def test_an_attempt_keeps_what_was_sent_then_without_its_secrets() -> None:
    post = Post(APIFRAME, Receiver([500]), signing={"signing": "standard", "secrets": [SECRET]})
    post.submit(webhook_secret="of-the-request")
    (first,) = [row for row in post.pass_by(0) if row.seq == 0]
    stamp = str(post.clock.now() // 1000)
    assert post.mock.webhooks.headers(first) == first.attempts[0].headers
    post.clock.advance(5)
    (second,) = [row for row in post.mock.webhooks.deliver_due() if row.seq == 0]
    told = [dict(each.headers) for each in second.attempts]
    assert [each["webhook-timestamp"] for each in told] == [stamp, str(int(stamp) + 5)]
    assert [each["x-webhook-secret"] for each in told] == ["<hidden>"] * 2
    assert told[0]["webhook-signature"] == post.heard[0].header("webhook-signature")
    assert post.mock.webhooks.headers(second) == second.attempts[1].headers


def test_each_kind_of_task_is_told_of_in_its_own_manner() -> None:
    assert APIFRAME.reading
    kinds = dict(APIFRAME.reading.tasks)
    hook = kinds["imagine-video"].webhook
    assert hook
    other = replace(hook, secret_header="x-other", success=("200",), waits_s=(), signing="hmac header=X-Sig")
    kinds["imagine-video"] = replace(kinds["imagine-video"], webhook=other)
    contract = replace(APIFRAME, reading=replace(APIFRAME.reading, tasks=kinds))
    post = Post(contract, Receiver([202, 202]), signing={"secrets": ["of-the-server"]})
    for kind in (kinds["luma"], kinds["imagine-video"]):
        post.submit(kind=kind, webhook_secret="of-the-request")
    post.mock.webhooks.deliver_due()
    assert post.states() == ["delivered", "exhausted"]
    names = [
        {name.lower() for name, _ in each.headers} & {"x-webhook-secret", "x-other", "x-sig"} for each in post.heard
    ]
    assert names == [{"x-webhook-secret"}, {"x-other", "x-sig"}]


# on an event loop


async def followed(post: Post, chain: list[Delivery]) -> list[Delivery]:
    return [row async for row in post.mock.webhooks.follow(chain)]


def test_a_chain_is_followed_on_a_loop_as_it_is_without_one() -> None:
    post = Post(APIFRAME, Receiver([500, refused(), Blocked("not_allowed", "no", "a list")]))
    post.submit()
    post.clock.advance(300)
    for chain in post.mock.webhooks.claim():
        assert len(asyncio.run(followed(post, chain))) == 8
        assert chain == []
    assert post.states() == ["failed", "failed", "blocked", *["delivered"] * 5]
    assert post.mock.webhooks.rows(state="blocked")[0].reason == "no; a list"


def test_what_was_claimed_and_let_go_is_sent_when_the_claim_ends() -> None:
    post = Post()
    post.submit()
    post.clock.advance(300)
    (chain,) = post.mock.webhooks.claim()
    assert post.pass_by(LEASE_S) == []  # it is in hand, however long that takes
    post.mock.webhooks.let_go(chain)
    assert len(post.pass_by(LEASE_S)) == 1


def test_a_claim_lasts_as_long_as_an_attempt_on_a_clock_that_runs_faster() -> None:
    class Fast(VirtualClock):
        speed = 10.0

    post = Post(clock=Fast(), policy="timeout 300")
    post.submit()
    post.clock.advance(300)
    (chain,) = post.mock.webhooks.claim()
    post.mock.webhooks.let_go(chain)
    assert post.pass_by(5999) == []
    assert len(post.pass_by(1)) == 1
