"""Whose recorded traffic is: by host, by path, by what the user says; and what becomes of keys on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lumakit.check.recording import Recording, in_order
from lumakit.check.shares import Shares, based, mapped, share_out
from lumakit.check.traffic import Arrival, Unanswered
from lumakit.errors import UsageError
from lumakit.model import Edition, Exchange, Headers, Lost, Request, Response
from tests.calling import EDITIONS

HOME = "https://api.apiframe.pro"
JSON = ("Content-Type", "application/json")
CONTRACTS = {name: EDITIONS[name, Edition.CORRECTED] for name in ("apiframe", "chainhub")}


def asked(path: str = "/fetch", origin: str = HOME, key: str = "a-key", at_ms: int = 1, **changes: object) -> Exchange:
    headers: Headers = (JSON, ("Authorization", key)) if key else (JSON,)
    request = Request("POST", path, "", headers, b'{"task_id": "t"}', origin)
    return replace(Exchange(7, at_ms, request, Response(200, (JSON,), b"{}")), **changes)  # type: ignore[arg-type]


def shared(*seen: Exchange | Unanswered | Arrival, only: str = "", provider: str = "", base: str = "") -> Shares:
    contracts = {only: CONTRACTS[only]} if only else CONTRACTS
    return share_out([Recording("x", seen, provider, base)], contracts, only=bool(only))


def test_each_provider_gets_what_went_to_its_host() -> None:
    found = shared(
        asked(), asked("/luma/generations", "https://api.chainhub.tech"), asked(origin="https://cdn.test:8443")
    )
    assert [(each.contract.name, len(each.traffic.exchanges)) for each in found.shares] == [
        ("apiframe", 1),
        ("chainhub", 1),
    ]
    assert dict(found.others) == {"cdn.test:8443": 1}


def test_what_a_recording_says_of_itself_holds() -> None:
    arrival = Arrival(1, 5, Request("POST", "/hook", "", (JSON,), b"{}", "http://127.0.0.1:1"), 200)
    found = shared(asked("/v1/fetch", "http://127.0.0.1:1"), arrival, provider="apiframe", base="/v1")
    (share,) = found.shares
    assert [each.request.path for each in share.traffic.exchanges] == ["/fetch"]
    assert [each.request.path for each in share.traffic.arrivals] == ["/hook"]
    assert dict(shared(asked(), provider="stranger").others) == {"api.apiframe.pro": 1}


def test_a_path_in_front_is_taken_away_where_it_is_one() -> None:
    doors = [based("http://127.0.0.1:4010/apiframe=apiframe"), mapped("127.0.0.1=chainhub")]
    there = "http://127.0.0.1:4010"
    seen = (asked("/apiframe/fetch", there), asked("/apiframes/fetch", there), asked("/apiframe", there))
    found = share_out([Recording("x", seen)], CONTRACTS, doors)
    paths = {each.contract.name: [seen.request.path for seen in each.traffic.exchanges] for each in found.shares}
    assert paths == {"apiframe": ["/fetch", "/"], "chainhub": ["/apiframes/fetch"]}


def test_a_named_provider_takes_hosts_that_were_asked_for_what_it_documents() -> None:
    gate = "http://gate.test:80"
    found = shared(asked(origin=gate), asked("/odd", gate), asked("/odd", "http://cdn.test"), only="apiframe")
    assert len(found.shares[0].traffic.exchanges) == 2
    assert dict(found.others) == {"cdn.test": 1}


def test_a_named_provider_takes_no_other_hosts_where_its_own_was_asked() -> None:
    found = shared(asked(), asked(origin="http://gate.test"), only="apiframe")
    assert dict(found.others) == {"gate.test": 1}


def test_traffic_is_numbered_by_time_and_keys_become_labels() -> None:
    lost = Unanswered(1, 2, asked(key="key-of-another").request, Lost("gone with key-of-another"))
    found = shared(asked(at_ms=3, key="key-of-one"), lost, asked(at_ms=1, key="key-of-one"))
    traffic = found.shares[0].traffic
    assert [(each.number, each.owner, each.operation) for each in traffic.exchanges] == [
        (1, "key 1", "POST /fetch"),
        (3, "key 1", "POST /fetch"),
    ]
    (seen,) = traffic.unanswered
    assert (seen.number, seen.owner, seen.lost.reason) == (2, "key 2", "gone with <hidden: 14 characters>")


def test_a_key_is_hidden_wherever_it_is_said() -> None:
    answer = Response(200, (JSON, ("X-Echo", "a-long-key")), b'{"echo": "a-long-key", "n": 1}')
    (share,) = shared(asked(key="a-long-key", response=answer, reason="for a-long-key")).shares
    assert "a-long-key" not in repr(share)
    assert share.traffic.exchanges[0].response_bytes == len(share.traffic.exchanges[0].response.body)


def test_a_recorder_that_leaves_keys_out_is_believed_to_have_done_so() -> None:
    refused = asked(key="", response=Response(401, (JSON,), b"{}"))
    (share,) = shared(asked(key=""), refused).shares
    shown = [each.request.header("Authorization") for each in share.traffic.exchanges]
    assert (share.keyless, shown[0] is not None, shown[1]) == (True, True, None)
    assert not shared(asked(), refused).shares[0].keyless


def test_a_body_that_is_not_there_as_a_whole_has_another_length() -> None:
    cut = asked(response=Response(200, (JSON,), b'{"a": <cut: 6 of 60 bytes are kept>'), response_bytes=60)
    (share,) = shared(cut, asked(response=Response(200, (JSON,), b"<hidden: 9 bytes that could not be read>"))).shares
    first, second = share.traffic.exchanges
    assert (first.response_bytes, second.response_bytes) == (60, 1)


@pytest.mark.parametrize("text", ["", "=", "x.test", "x.test=", "=p", "a/b=p", "u@x.test=p"])
def test_what_maps_no_host_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="maps no host"):
        mapped(text)


@pytest.mark.parametrize(
    "text", ["", "x.test=p", "http://=p", "http://u@x=p", "http://x/?q=p", "ftp://x/=p", "http://x/"]
)
def test_what_maps_no_address_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="maps no address"):
        based(text)


def test_labels_of_ours_are_as_good_as_keys() -> None:
    (share,) = shared(asked(key=""), asked(key="<hidden: 9 characters>", owner="key 1")).shares
    assert not share.keyless
    assert [each.owner for each in share.traffic.exchanges] == ["", "key 1"]


def test_a_key_is_hidden_also_where_it_has_a_label() -> None:
    (share,) = shared(
        asked(key="a-long-key", owner="key 9", response=Response(200, (JSON,), b'{"e": "a-long-key"}'))
    ).shares
    assert share.traffic.exchanges[0].owner == "key 9"
    assert "a-long-key" not in repr(share)


def test_a_path_in_front_goes_to_the_origin_and_comes_back_when_it_is_written() -> None:
    went = asked("/gateway/fetch", "http://127.0.0.1:4010")
    (found,) = shared(went, provider="apiframe", base="/gateway").shares
    request = found.traffic.exchanges[0].request
    assert (request.origin, request.path) == ("http://127.0.0.1:4010/gateway", "/fetch")
    (written,) = in_order(found.traffic, "/gateway")
    assert (written.request.origin, written.request.path) == (went.request.origin, went.request.path)
