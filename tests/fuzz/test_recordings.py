"""HAR, JSON lines and cassettes, spoiled; and what is packed inside them."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lumakit.check import har, lines, recorded
from lumakit.check.judge import judge
from lumakit.check.packing import unpacked
from lumakit.check.recording import Recording
from lumakit.check.shares import share_out
from lumakit.contract import document
from lumakit.errors import InputError
from lumakit.model import Edition, Response
from tests.calling import EDITIONS
from tests.check.test_cassette import PYTHON, RUBY
from tests.check.test_har import entry
from tests.fuzz.matter import law, spoiled_bytes, spoiled_values, told

PACKED = base64.b64encode(gzip.compress(b'{"id": 1}')).decode()
ASKED = {
    "method": "POST",
    "path": "/fetch",
    "query": "a=b",
    "origin": "https://api.test",
    "headers": [["Content-Type", "application/json"]],
    "body": "{}",
}
ANSWERED = {"status": 200, "headers": [["Content-Encoding", "gzip"]], "body_base64": PACKED}
EXCHANGE = {"number": 1, "at_ms": 5, "request": ASKED, "response": ANSWERED, "tasks": ["t"], "owner": "o"}
UNANSWERED = {"number": 2, "at_ms": 6, "request": ASKED, "lost": {"reason": "no answer", "head": ANSWERED, "have": 3}}
ARRIVAL = {"number": 3, "at_ms": 7, "request": ASKED, "status": 204, "task": "t", "expected": True}
HEAD = {"lumakit": "traffic", "version": 1, "provider": "p", "base": "/v1", "listened": True}
LINES = [HEAD, {"exchange": EXCHANGE}, {"unanswered": UNANSWERED}, {"arrival": ARRIVAL}]
POSTED = {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "a", "value": "b"}]}
CONTENT = {"mimeType": "text/plain", "encoding": "base64", "text": PACKED, "size": 9}
HAR = {
    "log": {
        "version": "1.2",
        "_lumakit": HEAD,
        "entries": [
            entry(),
            entry(
                request={"method": "POST", "url": "https://a.test/x?y=1", "headers": [], "postData": POSTED},
                response={
                    "status": 200,
                    "headers": [{"name": "content-encoding", "value": "gzip"}],
                    "content": CONTENT,
                },
                _lumakit={"number": 4, "lost": {"reason": "r"}, "owner": "o", "tasks": ["t"]},
            ),
        ],
    }
}
CONTRACTS = {"apiframe": EDITIONS["apiframe", Edition.CORRECTED]}
TAPES = [document.parse_recording(text.encode(), "tape.yaml").data for text in (PYTHON, RUBY)]


def spelled(rows: list[Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def judged(raw: bytes) -> None:
    """What was read goes on its way: to its provider, to a judge, and back into a file."""
    found = told(recorded.parse, raw, "x")
    if isinstance(found, Recording):
        shares = told(share_out, [found], CONTRACTS, only=True)
        for share in () if isinstance(shares, InputError) else shares.shares:
            told(judge, share.contract, share.traffic)
            for text in (har.write(share.traffic, "p", "/v1"), lines.write(share.traffic, "p", "/v1")):
                assert isinstance(told(recorded.parse, text.encode(), "again"), Recording)


@law
@given(spoiled_bytes([json.dumps(HAR).encode(), spelled(LINES), PYTHON.encode(), RUBY.encode()]))
def test_any_bytes_are_traffic_or_are_refused(raw: bytes) -> None:
    judged(raw)


@law
@given(spoiled_values([HAR]))
def test_any_value_is_a_har_or_is_refused(data: Any) -> None:
    judged(json.dumps(data if isinstance(data, dict) and "log" in data else {"log": data}).encode())


@law
@given(spoiled_values([LINES]))
def test_any_values_are_lines_or_are_refused(rows: Any) -> None:
    judged(spelled([HEAD, *(rows[1:] if isinstance(rows, list) else [rows])]))
    judged(spelled(rows if isinstance(rows, list) else [rows]))


@law
@given(spoiled_values(TAPES))
def test_any_value_is_a_cassette_or_is_refused(data: Any) -> None:
    judged(document.dump(data if isinstance(data, dict) else {"interactions": data}).encode())


@law
@given(
    spoiled_bytes([gzip.compress(b'{"a": 1}' * 50), zlib.compress(b"x" * 10_000), gzip.compress(gzip.compress(b""))]),
    st.sampled_from(["gzip", "deflate", "gzip, gzip", "br", "", "identity, gzip", "x" * 3000]),
)
def test_any_bytes_are_unpacked_or_left_as_they_came(body: bytes, coding: str) -> None:
    told(unpacked, Response(200, (("Content-Encoding", coding),), body))
