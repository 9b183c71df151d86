"""Cassettes of VCR, as Python's and Ruby's write them."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from lumakit.check.recorded import parse
from lumakit.errors import DocumentError
from lumakit.model import Exchange

PACKED = base64.b64encode(gzip.compress(b'{"a": 1}')).decode()
PYTHON = f"""interactions:
- request:
    body: '{{"prompt": "a cat"}}'
    headers: &shared
      Accept: ['*/*']
      authorization: [DUMMY]
    method: POST
    uri: https://api.test/tasks?x=1
  response:
    body:
      string: !!binary |
        {PACKED}
    headers:
      Content-Encoding: [gzip]
      Date: ['Thu, 01 Jan 2026 00:00:01 GMT']
      Content-Length: 12
    status: {{code: 200, message: OK}}
- request:
    body: null
    headers: *shared
    method: GET
    uri: https://api.test/tasks/1
  response:
    body: {{string: ''}}
    headers: {{}}
    status: {{code: 204, message: No Content}}
version: 1
"""
RUBY = """---
http_interactions:
- request:
    method: post
    uri: https://api.test/tasks
    body: {encoding: UTF-8, string: "{}"}
    headers: {Accept: ["*/*"]}
  response:
    status: {code: 201, message: Created}
    headers: {Content-Type: [application/json]}
    body:
      encoding: ASCII-8BIT
      base64_string: eyJhIjogMX0=
  recorded_at: Thu, 01 Jan 2026 00:00:00 GMT
recorded_with: VCR 6.1.0
"""


def played(text: str) -> list[Exchange]:
    return [each for each in parse(text.encode(), "tape.yaml").seen if isinstance(each, Exchange)]


def test_a_cassette_of_python_is_read() -> None:
    first, second = played(PYTHON)
    assert (first.request.method, first.request.path, first.request.query) == ("POST", "/tasks", "x=1")
    assert first.request.headers == (("Accept", "*/*"), ("authorization", "DUMMY")) == second.request.headers
    assert (first.request.body, first.response.body) == (b'{"prompt": "a cat"}', b'{"a": 1}')
    assert (first.response.header("content-length"), second.response.status) == ("12", 204)
    assert (first.at_ms, second.at_ms) == (1_767_225_601_000, 1_767_225_601_000)


def test_a_cassette_of_ruby_is_read() -> None:
    (seen,) = played(RUBY)
    assert (seen.request.method, seen.response.status, seen.response.body) == ("POST", 201, b'{"a": 1}')
    assert seen.at_ms == 1_767_225_600_000


@pytest.mark.parametrize(
    "body", ["{}", {"string": "{}"}, {"base64_string": "e30="}, {"string": "{}", "encoding": "utf-8"}]
)
def test_a_cassette_of_json_is_read_however_its_bodies_are_noted(body: Any) -> None:
    asked: dict[str, Any] = {"method": "GET", "uri": "https://api.test/", "headers": {}, "body": None}
    tape = {"version": 1, "interactions": [{"request": asked, "response": {"status": {"code": 200}, "body": body}}]}
    (seen,) = played(json.dumps(tape))
    assert seen.response.body == b"{}"


@pytest.mark.parametrize(
    ("spoiled", "said"),
    [
        (PYTHON.replace("version: 1", "version: 2"), "this is a cassette of version 2"),
        (PYTHON.replace("!!binary", "!!python/object:os.system"), "tape.yaml:11:15: the tag"),
        (PYTHON.replace(PACKED, "?"), "this is no base64"),
        (PYTHON.replace("code: 200", "code: 20"), "20 is no status"),
        (PYTHON.replace("uri: https://api.test/tasks/1", "verb: x"), "'uri' is missing"),
        (RUBY.replace("e: [application/json]", "e: {}"), "a text is needed"),
        (RUBY.replace("Thu, 01 Jan", "On some day in Jan"), "this is no time"),
        (PYTHON.replace("body: null", "body: [1]"), "a text is needed"),
    ],
)
def test_a_cassette_that_is_wrong_is_refused_with_its_place(spoiled: str, said: str) -> None:
    with pytest.raises(DocumentError) as caught:
        played(spoiled)
    assert str(caught.value).startswith("tape.yaml")
    assert said in str(caught.value)


def test_what_is_no_http_is_counted() -> None:
    assert parse(PYTHON.replace("https://api.test/tasks/1", "ftp://api.test/1").encode(), "tape.yaml").skipped == 1
