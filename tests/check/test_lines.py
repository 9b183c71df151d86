"""JSON lines of ours: what is written reads back as it was, and what is not so is refused with its line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from lumakit.check import lines
from lumakit.check.recording import in_order
from lumakit.check.traffic import Traffic
from lumakit.errors import DocumentError
from tests.check import sights

HEAD = b'{"lumakit": "traffic", "version": 1}\n'


@given(sights.traffic())
def test_what_is_written_reads_back_as_it_was(traffic: Traffic) -> None:
    found = lines.read(lines.write(traffic, "acme", "/v1").encode(), "x.jsonl")
    assert found.seen == in_order(traffic, "/v1")
    assert (found.provider, found.base, found.listened) == ("acme", "/v1", traffic.listened)


def test_a_body_is_a_text_where_it_can_be() -> None:
    asked, answered = '{"method": "GET", "path": "/a", "body": "x"}', '{"status": 200, "body_base64": "/w=="}'
    raw = f'{{"exchange": {{"request": {asked}, "response": {answered}}}}}'.encode()
    (seen,) = lines.read(HEAD + raw + b"\n\n", "x").seen
    written = json.loads(lines.line(seen))["exchange"]
    assert (written["request"]["body"], written["response"]["body_base64"]) == ("x", "/w==")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"exchange": {"number": 1', "x:3:"),
        ("7", "x:3: this line is no JSON object"),
        ("{}", "x:3: this line does not say what was seen"),
        ('{"exchange": {"request": {"method": "GET"}}}', "x:3#/exchange/request/path: 'path' is missing"),
        ('{"exchange": {"request": {"method": "GET", "path": "a"}}}', "a path begins with a slash"),
        ('{"exchange": {"request": {"method": "GET", "path": "/"}, "response": {"status": 7}}}', "7 is no status"),
        ('{"arrival": {"request": {"method": "GET", "path": "/", "headers": [["a"]]}}}', "a name and a value"),
        ('{"arrival": {"request": {"method": "GET", "path": "/", "body_base64": "!"}}}', "this is no base64"),
        ('{"unanswered": {"number": true}}', "/unanswered/lost: 'lost' is missing"),
    ],
)
def test_a_line_that_is_wrong_is_refused_with_its_place(line: str, said: str) -> None:
    with pytest.raises(DocumentError) as caught:
        lines.read(HEAD + b"\n" + line.encode(), "x")
    assert said in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("head", ['{"lumakit": "traffic", "version": 2}', '{"lumakit": 1}'])
def test_lines_of_another_kind_are_not_guessed_at(head: str) -> None:
    with pytest.raises(DocumentError, match="recording_version"):
        lines.read(head.encode(), "x")
