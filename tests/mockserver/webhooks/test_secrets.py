"""Secrets of webhooks: they go where they belong, and are shown nowhere else."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from lumakit.errors import UsageError
from lumakit.model import Response
from mockserver import habits
from mockserver.control import told
from tests.mockserver.webhooks.post import (
    APIFRAME,
    HOOK,
    Post,
    Receiver,
)


@pytest.mark.parametrize("secret", ["two\r\nlines", "caf\u00e9", " space", "x" * 10_001, "\x00"])
def test_a_secret_that_cannot_stand_in_a_header_is_never_sent_nor_shown(secret: str) -> None:
    post = Post(APIFRAME)
    post.submit(webhook_secret=secret)
    rows = post.pass_by()
    assert {each.state for each in rows} == {"blocked"}
    assert all("secret" in each.reason for each in rows)
    assert secret not in "".join(each.reason for each in rows)
    assert post.heard == []


def test_a_secret_of_a_request_goes_with_its_webhooks_and_stands_alone_in_its_header() -> None:
    post = Post(APIFRAME, signing={"signing": "echo", "secrets": ["of-the-server"]})
    post.submit(webhook_secret="of-the-request")
    post.submit(webhook_secret="")
    post.pass_by()
    shown = {request.header_values("x-webhook-secret") for request in post.heard}
    assert shown == {("of-the-request",), ("of-the-server",)}


def test_a_request_may_give_a_secret_besides_the_signature_of_the_server() -> None:
    post = Post(APIFRAME, signing={"signing": "hmac", "secrets": ["of-the-server"]})
    post.submit(webhook_secret="of-the-request")
    post.pass_by()
    names = [name.lower() for name, _ in post.heard[0].headers]
    assert names == ["content-type", "user-agent", "x-webhook-secret", "x-webhook-signature"]


CANARIES = {
    "secret": "canary-secret-3f9a",
    "token": "canary-token-77ab",
    "user": "canary-user-51dd",
    "signing": "canary-signing-90ce",
    "key": "canary-key-2b4e",
    "header": "canary-header-8c1f",
}


def shown_by(post: Post, rows: list[Any]) -> str:
    """Everything that anybody is ever shown of deliveries, tasks, and requests."""
    mock = post.mock
    texts = [
        repr(rows),
        repr(list(mock.webhooks)),
        repr(mock.webhooks.rows()),
        repr(list(mock.tasks)),
        repr(mock.requests()),
    ]
    texts += [json.dumps(told.delivery(mock, each)) for each in mock.webhooks]
    texts += [repr(mock.webhooks.headers(each)) for each in mock.webhooks]
    texts += [repr(mock), repr(mock.webhooks), repr(mock.webhooks.policy), repr(mock._ground.habits)]
    texts += [repr(mock.store.outbox.newest(1)[0].key)]
    return "\n".join(texts)


@pytest.mark.parametrize("status", [200, 500])
def test_no_secret_is_shown_in_a_row_the_control_api_the_journal_or_a_repr(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    said = f"you sent {CANARIES['secret']} signed with {CANARIES['signing']}".encode()
    receiver = Receiver([Response(status, body=said)] * 100)
    signing = {"signing": "hmac header=X-Sig", "secrets": [CANARIES["signing"]]}
    post = Post(APIFRAME, receiver, signing=signing, api_keys=[CANARIES["key"]], scenarios={CANARIES["header"]: "fail"})
    post.user.key = CANARIES["key"]
    with caplog.at_level(logging.DEBUG):
        for url in (f"{HOOK}?token={CANARIES['token']}", f"http://me:{CANARIES['user']}@127.0.0.1:8081/"):
            post.submit(url, webhook_secret=CANARIES["secret"])
        rows = post.pass_by()
    assert CANARIES["secret"] in str(post.heard[0].headers)
    assert CANARIES["token"] in post.heard[0].query
    shown = shown_by(post, rows) + caplog.text
    assert [name for name, canary in CANARIES.items() if canary in shown] == []


@pytest.mark.parametrize(
    "make",
    [
        lambda: habits(signing="echo", secrets=["canary bad\n"]),
        lambda: habits(signing="standard", secrets=["whsec_canary!"]),
    ],
)
def test_no_secret_is_in_an_error(make: Callable[[], Any]) -> None:
    with pytest.raises(UsageError) as caught:
        make()
    assert "canary" not in str(caught.value) + repr(caught.value) + caught.value.hint
