"""Places of faults: stars stand for any text, and a document without tasks has places too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.clock import VirtualClock
from lumakit.errors import UsageError
from lumakit.model import Request
from mockserver import MockProvider
from mockserver.faults.fault import Fault, When
from mockserver.faults.kinds import Lost
from mockserver.faults.places import struck
from tests.mockserver.faults.asked import CHAINHUB, said

FREE = """
openapi: 3.1.0
info: {title: free, version: "1"}
paths:
  /any:
    get:
      responses:
        "200": {description: anything, content: {application/json: {example: {a: 1}}}}
  /a/{id}/b:
    delete:
      responses: {"204": {description: gone}}
"""


@pytest.fixture
def free(tmp_path: Path) -> MockProvider:
    path = tmp_path / "free.yaml"
    path.write_text(FREE, encoding="utf-8")
    return MockProvider(path, clock=VirtualClock())


@given(st.text("ab*", max_size=8), st.text("ab", max_size=8))
def test_a_star_stands_for_any_text(pattern: str, path: str) -> None:
    fault = Fault(Lost(), When(f"/{pattern}"))
    expected = re.fullmatch(".*".join(map(re.escape, f"/{pattern}".split("*"))), f"/{path}") is not None
    assert struck(fault, Request("GET", f"/{path}"), None, CHAINHUB) is expected


def test_what_is_nowhere_documented_can_be_struck_by_a_pattern_only(free: MockProvider) -> None:
    free.faults.replace(["503", "418 on PATCH /no*"])
    answers = [free(Request(method, "/nothing")).status for method in ("GET", "PATCH")]
    assert answers == [404, 418]


def test_a_document_without_tasks_has_an_account_that_can_be_empty(free: MockProvider) -> None:
    free.faults.add("out of credits")
    assert free(Request("GET", "/any")).status == 402


def test_a_path_may_be_given_as_it_is_called(free: MockProvider) -> None:
    free.faults.add("503 on DELETE /a/7/b")
    assert [free(Request("DELETE", f"/a/{number}/b")).status for number in (7, 8)] == [503, 204]
    with pytest.raises(UsageError):
        free.faults.add("503 on DELETE /a/7/c")


def test_where_every_value_fits_no_schema_can_be_broken(free: MockProvider) -> None:
    free.faults.replace(["break-schema"])
    answer = free(Request("GET", "/any"))
    assert answer.body == b'{"a":1}'
    assert said(answer).endswith("; fault 1: break-schema (every value fits the schema)")


def test_an_answer_without_a_body_has_no_type(free: MockProvider) -> None:
    free.faults.add("wrong-type")
    answer = free(Request("DELETE", "/a/7/b"))
    assert answer.header("content-type") is None
    assert said(answer).endswith("; fault 1: wrong-type (the answer has no body)")
