"""What a request wishes for itself, in its headers and in its query."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.model import Request
from mockserver import prefer
from mockserver.prefer import NONE, Wishes


def asking(*headers: str, query: str = "") -> Request:
    return Request("GET", "/things", query, (("Accept", "*/*"), *(("prefer", each) for each in headers)))


def wishes(*headers: str, query: str = "") -> Wishes:
    return prefer.read(asking(*headers, query=query))[1]


@pytest.mark.parametrize(
    ("headers", "wished"),
    [
        (("code=429",), {"code": 429}),
        (("code=429, example=name",), {"code": 429, "example": "name"}),
        (("code=429; dynamic=true",), {"code": 429, "dynamic": True}),
        (("code=429", "seed=7"), {"code": 429, "seed": "7"}),
        (("CODE = 429",), {"code": 429}),
        ((" ,;code=429 , ",), {"code": 429}),
        (('example="a, b; c\\" \\\\d"',), {"example": 'a, b; c" \\d'}),
        (("dynamic",), {"dynamic": True}),
        (('dynamic=""',), {"dynamic": True}),
        (("dynamic=FALSE",), {"dynamic": False}),
        (("delay=0",), {"delay_s": 0.0}),
        (("delay=60",), {"delay_s": 60.0}),
        (("delay=0.25",), {"delay_s": 0.25}),
        (("status=failed",), {"status": "failed"}),
        (('scenario="95% success, 5% fail"',), {"scenario": "95% success, 5% fail"}),
        (("scenario=fail:moderation",), {"scenario": "fail:moderation"}),
    ],
)
def test_a_wish_is_read_from_the_header(headers: tuple[str, ...], wished: dict[str, Any]) -> None:
    assert wishes(*headers) == Wishes(**wished)


@pytest.mark.parametrize(
    ("query", "kept", "wished"),
    [
        ("__code=429", "", {"code": 429}),
        ("a=1&__code=429&b=%20&a=2", "a=1&b=%20&a=2", {"code": 429}),
        ("__dynamic&x", "x", {"dynamic": True}),
        ("__example=a+b%41&__seed=%D0%BF", "", {"example": "a bA", "seed": "п"}),
        ("__status=failed&__delay=2&__scenario=slow", "", {"status": "failed", "delay_s": 2.0, "scenario": "slow"}),
    ],
)
def test_the_twins_in_the_query_are_read_and_taken_out(query: str, kept: str, wished: dict[str, Any]) -> None:
    request, found = prefer.read(asking(query=query))
    assert (request.query, found) == (kept, Wishes(**wished))
    assert request.path == "/things"


@pytest.mark.parametrize("query", ["", "a=1", "my__code=1", "__unknown=1&__Code=2", "__"])
def test_a_request_without_wishes_stays_itself(query: str) -> None:
    request = asking(query=query)
    assert prefer.read(request) == (request, NONE)
    assert prefer.read(request)[0] is request


@pytest.mark.parametrize(
    ("headers", "query", "wished", "why"),
    [
        (("code=429, code=500",), "", {"code": 429}, "code is given more than once"),
        (("code=429", "Code=500"), "", {"code": 429}, "code is given more than once"),
        (("code=429",), "__code=500", {"code": 429}, "code is given more than once"),
        (("code=abc",), "__code=500", {"code": 500}, "code='abc' is left aside: a status has"),
        (("code=600",), "", {}, "100 to 599"),
        (("code=٤٢٩",), "", {}, "100 to 599"),
        (("code",), "", {}, "code='' is left aside"),
        (("dynamic=maybe",), "", {}, "true or false"),
        (("delay=61",), "", {}, "60 at most"),
        (("delay=-1",), "", {}, "60 at most"),
        (("delay=nan",), "", {}, "60 at most"),
        (("delay=1e1",), "", {}, "60 at most"),
        (("example=",), "", {}, "1 to 200 printable"),
        ((f"seed={'x' * 201}",), "", {}, "1 to 200 printable"),
        ((), "__example=%0d%0aSet-Cookie:", {}, "printable"),
        (("respond-async",), "", {}, "'respond-async' is no preference that is known here"),
        (("wait=10; code=404",), "", {"code": 404}, "'wait' is no preference"),
        (("=3, code=400",), "", {"code": 400}, "cannot be read"),
        (("example=a b, code=400",), "", {"code": 400}, "cannot be read"),
        (('x="abc, code=500',), "", {}, "cannot be read"),
        (('code=400, "x, y"',), "", {"code": 400}, "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_left_aside_and_said(
    headers: tuple[str, ...], query: str, wished: dict[str, Any], why: str
) -> None:
    found = wishes(*headers, query=query)
    assert found == Wishes(**wished, ignored=found.ignored)
    assert len(found.ignored) == 1
    assert why in found.ignored[0]
    assert found.ignored[0].isascii()


def test_a_long_value_is_not_repeated() -> None:
    (reason,) = wishes(f"code={'9' * 5000}").ignored
    assert len(reason) < 150


@pytest.mark.parametrize(
    ("wished", "static"),
    [
        ({}, False),
        ({"code": 200}, True),
        ({"example": "a"}, True),
        ({"dynamic": True}, True),
        ({"dynamic": False, "seed": "7", "status": "failed", "scenario": "slow", "delay_s": 1.0}, False),
    ],
)
def test_some_wishes_ask_for_an_answer_from_the_document(wished: dict[str, Any], static: bool) -> None:
    assert Wishes(**wished).static is static


def test_what_was_applied_is_spelled_as_a_header() -> None:
    all_of = Wishes(429, "name", True, "7", "failed", 0.5, "95% success, 5% fail")
    assert all_of.spelled(("example", "code")) == 'code=429, example="name"'
    assert all_of.spelled(("dynamic", "seed")) == 'dynamic=true, seed="7"'
    assert all_of.spelled(("status", "delay")) == 'status="failed", delay=0.5'
    assert all_of.spelled(("scenario",)) == 'scenario="95% success, 5% fail"'
    assert Wishes(dynamic=False).spelled(("dynamic", "code")) == "dynamic=false"
    assert NONE.spelled(()) == ""


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20))
def test_what_is_spelled_is_ascii_and_is_read_again(text: str) -> None:
    spelled = Wishes(example=text).spelled(("example",))
    assert spelled.isascii()
    assert spelled.isprintable()
    assert (wishes(spelled).example == text) is text.isascii()


@pytest.mark.parametrize(
    "header",
    ['"' * 50_000, 'a="' * 20_000, 'a="\\' * 20_000, "," * 50_000, "=," * 30_000, "a " * 30_000, '";' * 30_000],
)
def test_a_huge_header_is_read_quickly_and_says_little(header: str) -> None:
    began = time.process_time()
    assert len(wishes(header).ignored) <= 100
    assert time.process_time() - began < 2
