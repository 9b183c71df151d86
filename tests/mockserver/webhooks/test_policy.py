"""Policies of delivery: what can be said, what is refused with advice, and what counts as received."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.contract.reading import Place, Webhook
from lumakit.errors import UsageError
from mockserver.webhooks.policy import POLICIES, USUAL, Policy, documented, parse

HOOK = Webhook(Place("body", "/hook"), ("done",), False, "fetch", None, "")


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_is_read_by_its_name_and_as_it_tells_itself(name: str) -> None:
    assert parse(name) == POLICIES[name][0] == parse(str(POLICIES[name][0]))


def test_a_number_of_many_digits_is_told_by_the_letter() -> None:
    policy = parse("timeout 1.0000001, waits 0.1 1234567 1234567.25 1e-9")
    assert str(policy) == "success 2xx, timeout 1.0000001, waits 0.1 1234567 1234567.25 1e-09"
    assert parse(str(policy)) == policy


def test_every_part_of_a_policy_can_be_said() -> None:
    said = parse("success 200 3XX, timeout 0.5, waits 0 1.5 30")
    assert said == Policy(("200", "3xx"), 0.5, (0.0, 1.5, 30.0))
    assert (said.attempts, said.wait_s(2)) == (4, 1.5)
    assert parse("waits none") == Policy(waits_s=())
    assert parse(" standard ,timeout 300").timeout_s == 300
    assert parse("timeout 1, timeout 2").timeout_s == 2


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("usuall", "there is no delivery policy 'usuall'", "did you mean usual?"),
        ("zzz", "there is no delivery policy 'zzz'", "one of usual, once, impatient, standard"),
        ("usual once", "'once' is no number of seconds", "waits none"),
        ("success", "there is no delivery policy 'success'", "success 2xx"),
        ("success 20x", "'20x' is no number", "success 2xx"),
        ("success 700", "'success 700' cannot be read", "success 2xx"),
        ("success 2\u0662\u0662", "cannot be read", "success 2xx"),
        ("timeout", "there is no delivery policy 'timeout'", "timeout 15"),
        ("timeout none", "'timeout none' cannot be read", "timeout 15"),
        ("timeout 0", "'timeout 0' cannot be read", "timeout 15"),
        ("timeout 301", "'timeout 301' cannot be read", "timeout 15"),
        ("timeout nan", "'nan' is no number of seconds", "timeout 15"),
        ("timeout 1 2", "'timeout 1 2' cannot be read", "timeout 15"),
        ("waits", "there is no delivery policy 'waits'", "waits 5 30 120"),
        ("waits -1", "'-1' is no number of seconds", "waits 5 30 120"),
        ("waits inf", "'inf' is no number of seconds", "waits 5 30 120"),
        ("waits " + "1 " * 50, "cannot be read", "waits 5 30 120"),
        ("usual,", "'' cannot be read", "one of usual"),
        (" ", "'' cannot be read", "one of usual"),
    ],
)
def test_what_is_no_policy_is_refused_with_advice(text: str, said: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert said in caught.value.what
    assert hint in caught.value.hint
    assert caught.value.code == "webhook_policy"


@given(st.text(max_size=60))
def test_no_text_is_more_than_a_policy_or_refused(text: str) -> None:
    try:
        made = parse(text)
    except UsageError:
        return
    assert 1 <= made.attempts <= 50
    assert 0 < made.timeout_s <= 300


@pytest.mark.parametrize(
    ("policy", "taken"),
    [("usual", {200, 204, 299}), ("impatient", {200}), ("success 3xx 410", {302, 410})],
)
def test_what_counts_as_received(policy: str, taken: set[int]) -> None:
    statuses = {199, 200, 204, 299, 302, 404, 410, 500}
    assert {each for each in statuses if parse(policy).takes(each)} == taken


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7), ("0.5", 0.5), ("-1", 0), ("1e9", 86_400), ("nan", 0), ("inf", 0), ("", 0),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 0), ("soon", 0),
    ],
)  # fmt: skip
def test_a_receiver_may_ask_for_up_to_a_day(text: str, seconds: float) -> None:
    assert Policy.asked_s(text) == seconds


@given(st.text(max_size=20) | st.floats().map(str))
def test_whatever_a_receiver_asks_for_is_a_time_to_wait(text: str) -> None:
    assert 0 <= Policy.asked_s(text) <= 86_400
    assert math.isfinite(Policy.asked_s(text))


def test_what_a_provider_documents_stands_in_place_of_the_usual() -> None:
    assert documented(HOOK) == USUAL
    told = Webhook(HOOK.url, HOOK.on, False, "fetch", None, "", ("200",), 5.0, (), None)
    assert documented(told) == Policy(("200",), 5.0, ())
