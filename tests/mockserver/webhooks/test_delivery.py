"""One delivery: what an attempt makes of it, and that it is the same after it was kept."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.stores import NEVER_MS
from mockserver.webhooks.delivery import STATES, Answered, Attempt, Delivery
from mockserver.webhooks.policy import USUAL, Policy, parse

ROW = Delivery(
    "t-0", "t", 0, "done", "http://a/?token=t", "POST", "application/json", "{}", "s3cret", "o", 1000, 1000, 5
)
OUTCOMES = st.sampled_from(
    [Answered(200), Answered(204), Answered(302), Answered(404), Answered(410), Answered(500)]
    + [Answered(429, retry_after=each) for each in ("3", "-1", "1e9", "later")]
    + [Answered(error="nobody listens there"), Answered(error="it may not go there", blocked=True)]
)
POLICY = st.sampled_from(["usual", "once", "impatient", "standard", "waits 0 0", "success 410, waits 1"]).map(parse)


@pytest.mark.parametrize(
    ("answered", "state", "due_ms", "reason"),
    [
        (Answered(200), "delivered", NEVER_MS, ""),
        (Answered(500), "failed", 7000, "answered 500, which does not count as received"),
        (Answered(429, retry_after="60"), "failed", 62_000, "answered 429, which does not count as received"),
        (Answered(429, retry_after="1"), "failed", 7000, "answered 429, which does not count as received"),
        (Answered(302, "a redirect"), "failed", 7000, "a redirect"),
        (Answered(410), "exhausted", NEVER_MS, "answered 410: the receiver wants no more of these"),
        (Answered(error="no answer"), "failed", 7000, "no answer"),
    ],
)
def test_an_attempt_delivers_or_says_why_not(answered: Answered, state: str, due_ms: int, reason: str) -> None:
    tried = ROW.after(USUAL, 2000, answered._replace(took_ms=12))
    assert (tried.state, tried.due_ms, tried.reason) == (state, due_ms, reason)
    assert tried.attempts == (Attempt(2000, answered.status, answered.error, 12),)


def test_what_may_not_go_there_is_no_attempt() -> None:
    blocked = ROW.after(USUAL, 2000, Answered(error="no", blocked=True))
    assert (blocked.state, blocked.reason, blocked.attempts, blocked.settles_ms) == ("blocked", "no", (), 1000)


def test_of_an_answer_only_the_beginning_is_kept() -> None:
    assert len(ROW.after(USUAL, 2000, Answered(200, body="x" * 5000)).attempts[0].body) == 1000


@given(st.lists(OUTCOMES, max_size=60), POLICY, st.integers(1, 3))
def test_whatever_a_receiver_does_a_delivery_ends_within_its_attempts(
    outcomes: list[Answered], policy: Policy, copies: int
) -> None:
    row = replace(ROW, tries=policy.attempts, copies=copies)
    for outcome in [*outcomes, *[Answered(500)] * 60]:
        if row.due_ms >= NEVER_MS:
            break
        tried = row.after(policy, row.due_ms, outcome)
        assert tried.due_ms >= row.due_ms
        assert (tried.id, tried.body, tried.url, tried.secret) == (row.id, row.body, row.url, row.secret)
        assert (tried.due_ms >= NEVER_MS) == (tried.state in ("delivered", "exhausted", "blocked"))
        row = tried
    assert row.state in ("delivered", "exhausted", "blocked")
    assert len(row.attempts) <= policy.attempts * copies
    assert row.settles_ms < NEVER_MS


@given(st.lists(OUTCOMES, max_size=8), st.lists(POLICY, min_size=8, max_size=8))
def test_a_delivery_goes_on_under_whatever_policy_there_is_by_then(
    outcomes: list[Answered], policies: list[Policy]
) -> None:
    row = replace(ROW, tries=policies[0].attempts)
    for outcome, policy in zip(outcomes, policies, strict=False):
        if row.due_ms < NEVER_MS:
            row = row.after(policy, row.due_ms, outcome)
            assert row.state == "blocked" or row.tries < policy.attempts


@given(st.lists(OUTCOMES, max_size=5))
def test_a_delivery_is_kept_as_it_is_and_never_shows_its_secret(outcomes: list[Answered]) -> None:
    row = ROW
    for outcome in outcomes:
        row = row.after(USUAL, 2000, outcome)
    assert Delivery.from_json(row.to_json()) == row
    assert row.state in STATES
    assert "s3cret" not in repr(row)
    posted = row.posted(3000)
    assert (posted.key, posted.due_ms, posted.settles_ms) == (row.id, row.due_ms, row.settles_ms)


def test_a_delivery_is_sent_again_with_all_its_attempts_before_it() -> None:
    ended = ROW.after(parse("once"), 2000, Answered(500))
    again = ended.again(USUAL, 9000)
    assert (again.state, again.due_ms, again.tries, again.reason) == ("waiting", 9000, 5, "")
    assert again.attempts == ended.attempts
    assert again.settles_ms == NEVER_MS
