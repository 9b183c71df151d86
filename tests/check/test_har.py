"""HAR 1.2: ours reads back as it was, and that of browsers and proxies is understood."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest
from hypothesis import given

from lumakit.check import har
from lumakit.check.recorded import parse
from lumakit.check.recording import Recording, in_order
from lumakit.check.traffic import Traffic, Unanswered
from lumakit.errors import DocumentError
from lumakit.model import Exchange
from tests.check import sights

URL = "https://api.test/tasks/1?a=b#top"


def entry(**changes: Any) -> dict[str, Any]:
    asked = {"method": "get", "url": URL, "headers": []}
    answered = {"status": 200, "headers": [], "content": {"mimeType": "application/json", "text": '{"a": "é"}'}}
    return {"startedDateTime": "2026-01-01T01:00:00.5+01:00", "request": asked, "response": answered, **changes}


def recorded(*entries: Any) -> Recording:
    return parse(json.dumps({"log": {"version": "1.2", "entries": entries}}, indent=1).encode(), "a.har")


def exchange(**changes: Any) -> Exchange:
    (seen,) = recorded(entry(**changes)).seen
    assert isinstance(seen, Exchange)
    return seen


@given(sights.traffic(heads=False))
def test_what_is_written_reads_back_as_it_was(traffic: Traffic) -> None:
    found = parse(har.write(traffic, "acme", "/v1").encode(), "x.har")
    assert [_seen(each) for each in found.seen] == [_seen(each) for each in in_order(traffic, "/v1")]
    assert (found.provider, found.base, found.listened) == ("acme", "/v1", traffic.listened)


def _seen(seen: Any) -> Any:
    """All but the length of a request's body: HAR has no word for `not known`."""
    return seen if not isinstance(seen, Exchange) else (seen.at_ms, seen.request, seen.response, seen.tasks, seen.owner)


def test_an_entry_of_a_browser_is_read() -> None:
    seen = exchange()
    assert (seen.at_ms, seen.request.origin) == (1_767_225_600_500, "https://api.test")
    assert (seen.request.method, seen.request.path, seen.request.query) == ("GET", "/tasks/1", "a=b")
    assert seen.response.body == '{"a": "é"}'.encode()
    assert seen.response.header("content-type") == "application/json"


def test_pseudo_headers_are_none_and_joined_ones_are_parted() -> None:
    told = [{"name": ":status", "value": "200"}, {"name": "set-cookie", "value": "a=1\nb=2"}]
    seen = exchange(response={"status": 200, "headers": told})
    assert seen.response.headers == (("set-cookie", "a=1"), ("set-cookie", "b=2"))


@pytest.mark.parametrize(
    ("posted", "body"),
    [
        ({"mimeType": "application/json", "text": '{"a":1}'}, b'{"a":1}'),
        ({"mimeType": "x/y", "text": "/w==", "encoding": "base64"}, b"\xff"),
        ({"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "a b", "value": "c&"}]}, b"a+b=c%26"),
        ({"mimeType": "multipart/form-data", "params": [{"name": "a", "value": "b"}]}, b""),
        (None, b""),
    ],
)
def test_what_was_posted_is_put_together(posted: Any, body: bytes) -> None:
    assert exchange(request={"method": "POST", "url": URL, "postData": posted}).request.body == body


@pytest.mark.parametrize(
    "content",
    [
        {"text": base64.b64encode(gzip.compress(b"{}")).decode(), "encoding": "base64"},
        {"text": base64.b64encode(b"{}").decode(), "encoding": "base64"},
        {"text": "{}"},
    ],
)
def test_a_packed_body_is_read_whether_it_was_unpacked_or_not(content: Any) -> None:
    packed = [{"name": "Content-Encoding", "value": "gzip"}]
    seen = exchange(response={"status": 200, "headers": packed, "content": content})
    assert (seen.response.body, seen.response.headers) == (b"{}", ())


def test_a_request_without_an_answer_is_one_that_is_lost() -> None:
    answer = {"status": 0, "statusText": "", "_error": "net::ERR_CONNECTION_RESET"}
    (seen,) = recorded(entry(response=answer)).seen
    assert isinstance(seen, Unanswered)
    assert seen.lost.reason == "net::ERR_CONNECTION_RESET"


def test_what_is_no_http_is_counted() -> None:
    urls = ["data:text/plain,hello", "chrome-extension://abc/x.js", "wss://api.test/socket", "blob:https://api.test/1"]
    found = recorded(*(entry(request={"method": "GET", "url": url}) for url in urls), entry())
    assert (len(found.seen), found.skipped) == (1, 4)


def test_nobody_who_stands_in_an_address_is_kept() -> None:
    seen = exchange(request={"method": "GET", "url": "http://me:canary@API.test:80/x"})
    assert (seen.request.origin, seen.request.path) == ("http://api.test:80", "/x")


@pytest.mark.parametrize(
    ("spoiled", "said"),
    [
        ({"request": None}, "#/log/entries/0/request: 'request' is missing"),
        ({"request": {"method": "GET"}}, "#/log/entries/0/request/url: 'url' is missing"),
        ({"request": {"method": "GET", "url": "api.test"}}, "this is no address"),
        (
            {"request": {"method": "GET", "url": URL, "headers": {}}},
            "a list is needed at /log/entries/0/request/headers",
        ),
        ({"response": {"status": "200"}}, "a whole number is needed"),
        ({"response": {"status": 7}}, "7 is no status"),
        ({"response": {"status": 200, "content": {"text": "?", "encoding": "base64"}}}, "this is no base64"),
        ({"startedDateTime": "yesterday"}, "this is no time"),
    ],
)
def test_an_entry_that_is_wrong_is_refused_with_its_line(spoiled: Any, said: str) -> None:
    with pytest.raises(DocumentError) as caught:
        recorded(entry(**spoiled))
    assert str(caught.value).startswith("a.har:")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("time", "at_ms"), [("0001-01-01T00:00:00+23:00", 0), ("9999-12-31T23:59:59-23:00", 253_402_300_799_999)]
)
def test_a_time_is_kept_within_the_years_there_are(time: str, at_ms: int) -> None:
    assert exchange(startedDateTime=time).at_ms == at_ms
