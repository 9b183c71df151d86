"""Whatever traffic is like, it is judged: no crash, and every finding names what it rests on."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

import lumakit
from lumakit import catalogue
from lumakit.check.judge import MAX_NUMBERS, judge
from lumakit.check.traffic import Arrival, Traffic
from lumakit.contract.compile import Contract
from lumakit.model import Exchange, Headers
from lumakit.report import printable
from tests.check.play import Play, clips

NAMES = ("clips", "apiframe", "chainhub")
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
WORDS = st.sampled_from(
    ["", "waiting", "done", "processing", "completed", "failed", "c-1", "http://[", "https://a.example/1"]
)
TYPES = st.sampled_from(["", "application/json", "text/html", "video/mp4", "multipart/form-data", "a/b; charset=x"])


@cache
def seen(name: str) -> tuple[Contract, Traffic]:
    """A contract, and traffic that keeps it."""
    contract = clips() if name == "clips" else lumakit.load(name)
    return contract, Play(contract).whole()


@st.composite
def bodies(draw: st.DrawFn, body: bytes) -> bytes:
    """A body with some of its values gone or replaced, or none at all."""
    if not body.startswith((b"{", b"[")) or draw(st.booleans()):
        return draw(st.binary(max_size=20) | st.just(body))
    return json.dumps(_stirred(draw, json.loads(body))).encode()


def _stirred(draw: st.DrawFn, value: object) -> object:
    if draw(st.integers(0, 9)) == 0:
        return draw(JUNK | WORDS)
    if isinstance(value, dict):
        return {name: _stirred(draw, each) for name, each in value.items() if draw(st.integers(0, 9))}
    return [_stirred(draw, each) for each in value] if isinstance(value, list) else value


@st.composite
def spoiled(draw: st.DrawFn, each: Exchange | Arrival) -> Exchange | Arrival:
    """What was seen, with something about it that cannot be."""
    headers: Headers = (*each.request.headers, ("Content-Type", draw(TYPES))) if draw(st.booleans()) else ()
    request = replace(each.request, headers=headers, body=draw(bodies(each.request.body)))
    if isinstance(each, Arrival):
        return replace(each, request=request, task=draw(WORDS), status=draw(st.integers(0, 999)))
    body, told = draw(bodies(each.response.body)), (("Content-Type", draw(TYPES)),)
    status = draw(st.sampled_from([each.response.status, 200, 0, 204, 404, 999]))
    response = replace(
        each.response, status=status, body=body, headers=told if draw(st.booleans()) else each.response.headers
    )
    at_ms = each.at_ms + draw(st.integers(-(10**15), 10**15))
    return replace(each, request=request, response=response, at_ms=at_ms, owner=draw(WORDS))


@st.composite
def traffics(draw: st.DrawFn, known: Traffic) -> Traffic:
    """Traffic of which some was spoiled, some is missing, and the rest is as it was."""
    all_of_it: tuple[Exchange | Arrival, ...] = (*known.exchanges, *known.arrivals)
    some = [one for one in all_of_it if draw(st.booleans())]
    each = [draw(spoiled(one)) if draw(st.booleans()) else one for one in some]
    exchanges = tuple(one for one in each if isinstance(one, Exchange))
    return replace(known, exchanges=exchanges, arrivals=tuple(one for one in each if isinstance(one, Arrival)))


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_whatever_was_seen_is_judged(data: st.DataObject) -> None:
    contract, known = seen(data.draw(st.sampled_from(NAMES)))
    traffic = data.draw(traffics(known))
    verdict = judge(contract, traffic, probing=data.draw(st.booleans()), own=data.draw(st.booleans()))
    numbers = {each.number for each in traffic.exchanges} | {each.number for each in traffic.arrivals}
    for judged in verdict.judged:
        assert set(judged.numbers) <= numbers
        assert 0 < len(judged.numbers) <= MAX_NUMBERS
        assert judged.times >= 1
        assert judged.side in ("request", "response")
        assert judged.finding.code in catalogue.entries()
        assert judged.finding.message
        assert judged.finding.edition is contract.edition
        assert len(printable(judged.finding.message)) < 2000
