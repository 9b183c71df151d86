"""Addresses that nobody may call: refused by the document, or a blocked row with a reason, and the task goes on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lumakit.contract.compile import Contract
from lumakit.model import Edition, Request
from mockserver import MockProvider, VirtualClock
from tests.contract.builders import JSON
from tests.mockserver.webhooks.post import (
    APIFRAME,
    CHAINHUB,
    Post,
    answered,
    calling,
)
from tests.mockserver.world import EDITIONS

FREE = calling(("$request.body#/url", answered({"example": {}})))
PUBLISHED = EDITIONS["kkiai", Edition.PUBLISHED]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "file is not HTTP"),
        ("gopher://127.0.0.1/", "gopher is not HTTP"),
        ("ftp://127.0.0.1/", "ftp is not HTTP"),
        ("javascript:alert(1)", "javascript is not HTTP"),
        ("http://127.0.0.1/\r\nX-Evil: 1", "characters in it that no address may have"),
        ("http://127.0.0.1\r\n/", "not written in plain ASCII"),
        ("http://127.0.0.1:8081/" + "a" * 9000, "longer than 8192"),
        ("http:///path", "has no host"),
        ("http://", "has no host"),
        ("/done", "no address that begins with http"),
        ("127.0.0.1:8081", "no address that begins with http"),
        ("http://127.0.0.1:22/", "port 22 belongs to another protocol"),
        ("http://127.0.0.1:6379/", "port 6379 belongs to another protocol"),
        ("http://127.0.0.1:99999/", "no host with a port"),
        ("http://user:canary-pass@127.0.0.1/", "a user in it"),
        ("http://a\\@127.0.0.1/", "not written in plain ASCII"),
        ("http://\u2460\u2461\u2466.0.0.1/", "not written in plain ASCII"),
        ("http://127.0.0.1/\x00", "characters in it that no address may have"),
        ("http://127.0.0.1:8081/__admin/reset", "may not call a control API"),
        ("http://127.0.0.1:8081/mounted/__admin/reset", "may not call a control API"),
        ("http://127.0.0.1:8081/%5f%5fadmin/reset", "may not call a control API"),
        (["http://127.0.0.1:8081/"], "no address that begins with http"),
        ({"url": "http://127.0.0.1:8081/"}, "no address that begins with http"),
        (7, "no address that begins with http"),
        (True, "no address that begins with http"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "contract", [APIFRAME, CHAINHUB, PUBLISHED, FREE], ids=["apiframe", "chainhub", "published", "free"]
)
def test_an_address_that_nobody_may_call_is_refused_or_a_blocked_row_and_the_task_goes_on(
    contract: Contract, url: Any, reason: str
) -> None:
    post = Post(contract)
    if post.kind and post.kind.webhook:
        answer = post.user.submit(post.kind, **{post.kind.webhook.url.name[1:]: url})
    else:
        answer = post.mock(asked({"url": json.dumps(url) if isinstance(url, dict | list) else url}))
    if answer.status == 400:  # the document takes no such address
        assert contract is not FREE
        assert "hook" in str(answer.header("mock-reason"))
        return
    assert answer.status == 200
    (row, *_) = post.pass_by()
    assert row.state == "blocked"
    assert reason in row.reason
    assert post.heard == []
    assert not row.task or post.mock.tasks[row.task].done
    assert "canary" not in repr(row)


def asked(body: Any) -> Request:
    """A request to the document without a lifecycle."""
    return Request("POST", "/things", "", JSON, json.dumps(body).encode(), "http://mock.test")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://192.0.2.1/", "requests go to this machine only; the policy loopback, 192.0.2.1:80 allows it"),
        ("http://169.254.169.254/", "whatever the policy"),
        ("http://127.1.1.1.1/", "looks like an address and is none"),
    ],
)
def test_over_the_network_what_is_not_allowed_says_how_it_could_be(url: str, reason: str) -> None:
    clock = VirtualClock()
    post = Post(clock=clock)
    mock = MockProvider(CHAINHUB, clock=clock)  # with a network
    post.mock, post.user.answer = mock, mock
    post.submit(url)
    (row,) = post.pass_by()
    assert row.state == "blocked"
    assert reason in row.reason


@pytest.mark.parametrize("nothing", ["", None, 0, False])
def test_no_address_is_no_webhook(nothing: Any) -> None:
    post = Post()
    assert post.kind
    post.user.submit(post.kind, notify_hook=nothing)
    assert post.pass_by() == []
