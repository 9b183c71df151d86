"""Habits: how deliveries are signed and carried, read from texts; what cannot be meant is refused."""

from __future__ import annotations

import asyncio

import pytest

from lumakit.egress import Blocked, Policy
from lumakit.errors import UsageError
from lumakit.model import Request, Response
from lumakit.signing import Kind
from mockserver import habits
from mockserver.webhooks.habits import Network, Receiver
from mockserver.webhooks.policy import POLICIES


def test_nothing_said_is_unsigned_to_this_machine_as_the_provider_tells() -> None:
    usual = habits()
    assert (usual.policy, usual.signing.kind, usual.signing.secrets) == (None, Kind.NONE, ())
    assert isinstance(usual.sender, Network)
    assert str(usual.sender.reach) == "loopback"
    assert usual.ticks() <= usual.ticks()


def test_everything_can_be_said() -> None:
    said = habits("once", signing="hmac header=X-Sig", secrets=["one", "two"], allow="public, hooks.example")
    assert said.policy == POLICIES["once"][0]
    assert (said.signing.kind, said.signing.header, said.signing.secrets) == (Kind.HMAC, "X-Sig", ("one", "two"))
    assert isinstance(said.sender, Network)
    assert said.sender.reach == Policy.parse("public, hooks.example")


def test_secrets_may_be_one_text_and_need_no_signing_where_a_provider_documents_it() -> None:
    assert habits(secrets="whsec_c2VjcmV0").signing.secrets == ("whsec_c2VjcmV0",)
    assert habits(signing="hmac", secrets="one").signing.secrets == ("one",)
    assert habits(secrets=["one"]).signing.kind is Kind.NONE


@pytest.mark.parametrize(
    ("said", "code", "hint"),
    [
        ({"policy": "often"}, "webhook_policy", "one of usual"),
        ({"signing": "hmac"}, "signing_secret", "LUMAKIT_WEBHOOK_SECRET"),
        ({"signing": "standard"}, "signing_secret", "--webhook-secret-file"),
        ({"signing": "rsa", "secrets": ["canary"]}, "bad_signing", "one of none, echo, hmac, standard"),
        ({"signing": "standard", "secrets": ["canary!"]}, "bad_secret", "whsec_"),
        ({"signing": "hmac", "secrets": ["canary", ""]}, "bad_secret", "leave it out"),
        ({"secrets": "canary" * 2000}, "bad_secret", "at most"),
        ({"allow": "http://hooks.example/x"}, "bad_policy", "loopback, public, any"),
        ({"allow": "169.254.169.254"}, "bad_policy", "loopback, public, any"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_without_its_secret(said: dict[str, str], code: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        habits(**said)  # type: ignore[arg-type]  # as somebody may call it
    assert caught.value.code == code
    assert hint in caught.value.hint
    assert "canary" not in caught.value.what + caught.value.hint


def test_habits_show_no_secret() -> None:
    assert "canary" not in repr(habits(signing="hmac", secrets=["canary"]))


def test_a_function_receives_on_a_loop_and_without_one() -> None:
    receiver = Receiver(lambda request: Response(200, body=request.body))
    request = Request("POST", "/", body=b"told")
    assert receiver.send_now(request) == asyncio.run(receiver.send(request)) == Response(200, body=b"told")
    assert isinstance(habits(receiver=Response).sender, Receiver)  # type: ignore[arg-type]  # never called


def test_a_network_dials_only_where_it_may() -> None:
    network = Network(Policy.parse("loopback"))
    request = Request("POST", "/", origin="http://192.0.2.1")
    with pytest.raises(Blocked, match="this machine only"):
        network.send_now(request, total_s=1)
    with pytest.raises(Blocked, match="this machine only"):
        asyncio.run(network.send(request, total_s=1))
