"""What a session keeps of a test, and what a worker hands on."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from lumakit.check.verdict import Open
from lumakit.clock import VirtualClock
from lumakit.model import Request
from lumakit.pytest import Choices, Inbox, Mock
from lumakit.pytest.chapters import Chapter, chapter, joined, packed, unpacked
from mockserver import MockProvider
from mockserver.webhooks.habits import Habits

KEY = (("Authorization", "key-of-the-test"), ("Content-Type", "application/json"))


@pytest.fixture
def told() -> Chapter:
    """A good request, a bad one, one to nowhere, and webhooks."""
    clock = VirtualClock()
    inbox = Inbox(clock, lambda: [mock.contract])
    inbox.secret = "whsec"
    choices = Choices("apiframe", allow=("X200",))
    mock = Mock(MockProvider("apiframe", clock=clock, webhooks=Habits(inbox)), choices, "test_it")
    order = {"prompt": "x", "webhook_url": inbox.url, "webhook_secret": "whsec"}
    for path, body in (("/luma-imagine", order), ("/luma-imagine", {"prompt": 7}), ("/nowhere", {})):
        mock(Request("POST", path, "", KEY, json.dumps(body).encode(), "https://api.apiframe.pro"))
    clock.advance(600)
    mock.deliver()
    return chapter(mock, inbox, [Open("POST /fetch was to be called", "it was not")])


def test_a_chapter_has_requests_with_their_findings_and_webhooks_without_secrets(told: Chapter) -> None:
    assert [[each.code for each in one.findings] for one in told.traffic.exchanges] == [[], ["X206"], ["X200"]]
    assert told.traffic.arrivals
    assert "key-of-the-test" not in repr(told)
    assert "whsec" not in repr(told)


def test_what_a_worker_hands_on_is_what_it_had(told: Chapter) -> None:
    assert unpacked(packed(told)) == told


def test_joined_chapters_share_no_number(told: Chapter) -> None:
    both = [each.traffic for each in joined([told, told])]
    numbers = [each.number for traffic in both for each in traffic.exchanges]
    numbers += [each.number for traffic in both for each in traffic.arrivals]
    assert sorted(numbers) == list(range(1, 2 * told.traffic.seen + 1))


def test_joined_chapters_tell_where_each_request_was_sent_and_name_a_key_once(told: Chapter) -> None:
    assert [told.traffic.exchanges[number - 1].findings[0].code for number in told.places] == ["X206", "X200"]
    first, second = joined([told, told])
    assert [(*first.places, *second.places)] == [(2, 3, 2 + told.traffic.seen, 3 + told.traffic.seen)]
    assert {each.owner for chapter in (first, second) for each in chapter.traffic.exchanges} == {"", "key 1"}


def test_what_is_wrong_in_a_chapter_is_what_is_not_allowed(told: Chapter) -> None:
    assert [each.code for _, each in told.wrong()] == ["X206"]
    assert [*replace(told, judge=False).wrong()] == []
