"""Signatures, deliveries, addresses, policies, patterns, paths and expressions: short texts that decide much."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lumakit import strictjson
from lumakit.check import consent, shares
from lumakit.contract import expressions, jsonpath, patterns
from lumakit.contract.pattern_sample import pattern_sample
from lumakit.contract.pattern_tree import Unsupported
from lumakit.egress import policy, target
from lumakit.errors import InputError, LumakitError
from lumakit.model import Headers, Response
from lumakit.redaction import Redactor
from lumakit.signing import Kind, Signing, verify
from lumakit.webhooks import Delivery, Receiver, Refused
from tests.contract.test_broken_documents import SMALL
from tests.fuzz.matter import in_time, law, outcome, spoiled_bytes, spoiled_texts, spoiled_values, told
from tests.test_webhooks import DONE, NOW_S, SECRET, WAYS, signed

BODY = json.dumps(DONE).encode()
SIGNINGS = [*WAYS, "none", "hmac header=X-Signature prefix=sha256= key=sha256"]
MAPPINGS = [
    {"kind": "hmac", "header": "X-Sig", "prefix": "v1=", "encoding": "hex", "key": "raw", "timestamp": "X-Time"}
]
RECEIVERS = {way: Receiver("apiframe", secret=secret, signing=way) for way, secret in WAYS.items()}
URLS = [
    "https://api.test:8443/a/b?c=d",
    "http://[::1]:80/",
    "http://127.1/x",
    "http://xn--a.test./%2e%2e/",
    "http://u@h#f",
]
POLICIES = ["loopback", "public, api.test:443, 10.0.0.0/8", "any", "none", "*.test, [fd00::]/8"]
PATTERNS = ["^(a+)+$", "[a-z]{2,8}(?:-\\d+)*", "(?=x)y|\\p{L}", "^\\u{1f600}[^\\x00-\\x1f]{1,3}$", "(?<n>a)\\1"]
PATHS = ["$.paths['/a'].get.tags[0]", "$..schema[?@.type == 'object' && length(@.x) > 1]", "$[*]['a','b'][0:9:2]"]
EXPRESSIONS = [
    "{$request.body#/callback/url}",
    "http://x/{$request.query.q}?{$response.header.X-A}",
    "$url",
    "{$method}",
]


@law
@given(spoiled_texts(SIGNINGS) | spoiled_values(MAPPINGS), st.sampled_from([SECRET, "x", ""]))
def test_anything_said_of_signatures_signs_and_verifies_or_is_refused(said: Any, secret: str) -> None:
    signing = told(Signing.parse, said if isinstance(said, (str, dict)) else {"kind": said}, secret or ())
    if isinstance(signing, Signing):
        headers = signing.headers(b"x", id="msg_1", at_s=NOW_S)
        assert not verify(signing, headers, b"x", now_s=NOW_S) or not secret
        assert SECRET not in repr(signing)


@law
@given(st.sampled_from(sorted(WAYS)), st.data())
def test_any_delivery_is_taken_or_refused_and_shows_no_secret(way: str, data: st.DataObject) -> None:
    headers: Headers = tuple(
        (name, data.draw(spoiled_texts([value])) if data.draw(st.booleans()) else value)
        for name, value in signed(way, BODY)
    )
    body = data.draw(spoiled_bytes([BODY]) | st.just(BODY))
    found = outcome(Refused, lambda: RECEIVERS[way].read(headers, body, now_s=NOW_S))
    assert isinstance(found, Delivery) or (WAYS[way] not in f"{found} {found!r}" and len(str(found)) < 1_000)
    if Signing.parse(way).kind is not Kind.ECHO and body != BODY:
        assert verify(Signing.parse(way, WAYS[way]), headers, body, now_s=NOW_S)


@law
@given(spoiled_texts(URLS))
def test_any_address_is_taken_apart_or_refused(url: str) -> None:
    def dialled() -> target.Target:
        return target.target_of(target.request_to(url, body=b"x"))

    asks: list[Callable[[], Any]] = [dialled, lambda: consent.consent(url), lambda: shares.based(url)]
    for ask in asks:
        found = outcome(LumakitError, ask)
        assert not isinstance(found, LumakitError) or (found.code and found.what)


@law
@given(spoiled_texts(POLICIES))
def test_any_text_is_a_policy_of_egress_that_says_itself_or_is_refused(said: str) -> None:
    found = told(policy.Policy.parse, said)
    assert isinstance(found, InputError) or policy.Policy.parse(str(found)) == found


@law
@given(spoiled_texts(PATTERNS))
def test_any_pattern_is_judged_and_sampled_or_said_to_be_unknown(pattern: str) -> None:
    with in_time():
        patterns.judge(pattern)
        patterns.risky(pattern)
    assert isinstance(outcome(Unsupported, lambda: pattern_sample(pattern)), (str, Unsupported))


@law
@given(spoiled_texts(PATHS))
def test_any_path_selects_places_or_is_refused(path: str) -> None:
    found = outcome(jsonpath.Unfollowable, lambda: jsonpath.locate(SMALL, path))
    assert isinstance(found, list) or found.hint


@law
@given(spoiled_texts(EXPRESSIONS))
def test_any_text_is_an_expression_or_is_refused(text: str) -> None:
    told(expressions.expression, text)


@law
@given(spoiled_bytes([json.dumps(SMALL).encode(), b'[1, -0.5e3, "\\u00e9\\ud83d\\ude00", {"a": null}]']))
def test_any_bytes_are_json_that_is_spelled_again_or_are_refused(raw: bytes) -> None:
    value = outcome(strictjson.JsonProblem, lambda: strictjson.loads(raw))
    assert isinstance(value, strictjson.JsonProblem) or strictjson.loads(strictjson.dumps(value)) == value


@law
@given(spoiled_bytes([BODY, b'{"api_key": "canary-0123456789", "a": [{"token": "x"}]}', b"key=canary-0123456789&a=b"]))
def test_of_any_body_a_told_secret_is_hidden(body: bytes) -> None:
    with in_time():
        shown = Redactor(secrets=frozenset({"canary-0123456789"})).response(
            Response(200, (("Set-Cookie", "a=b"),), body)
        )
    assert b"canary-0123456789" not in shown.body
