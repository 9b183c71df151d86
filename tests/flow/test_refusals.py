"""What a refusal comes to: by the table of the reading where it has the status, and else by what the status means."""

from __future__ import annotations

from typing import Any

import pytest

from lumakit import call_errors as errors
from lumakit.contract.compile import Contract
from lumakit.contract.parameters import MISSING
from lumakit.flow import refusals
from lumakit.flow.asking import Ask
from lumakit.model import Edition, Request, Response
from tests.calling import EDITIONS
from tests.contract.builders import OK, api, compiled

BARE = compiled(api({"/films": {"post": {"responses": OK}}}))
CHAINHUB = EDITIONS["chainhub", Edition.CORRECTED]


def kind(status: int, body: Any = None, contract: Contract = BARE, **ask: Any) -> str:
    operation = next(iter(contract.operations.values()))
    asked = Ask(operation, Request("POST", "/films"), **ask)
    return refusals.kind_of(contract, asked, Response(status), body).__name__


@pytest.mark.parametrize(
    ("status", "looking", "making"),
    [
        (400, "RequestRefused", "RequestRefused"),
        (401, "KeyRefused", "KeyRefused"),
        (402, "OutOfCredits", "OutOfCredits"),
        (403, "KeyRefused", "KeyRefused"),
        (404, "UnknownTask", "RequestRefused"),
        (408, "Unavailable", "Uncertain"),
        (409, "Busy", "NotReady"),
        (425, "Busy", "Busy"),
        (418, "RequestRefused", "RequestRefused"),
        (429, "Busy", "Busy"),
        (500, "Unavailable", "Uncertain"),
        (502, "Unavailable", "Uncertain"),
        (503, "Unavailable", "Unavailable"),
        (504, "Unavailable", "Uncertain"),
    ],
)
def test_a_status_alone_tells_what_can_be_done(status: int, looking: str, making: str) -> None:
    assert kind(status, about="t") == looking
    assert kind(status, makes=True) == making


def test_a_request_that_may_be_repeated_is_never_uncertain() -> None:
    assert kind(500, makes=True, repeatable=True) == "Unavailable"
    assert errors.Unavailable.passing


@pytest.mark.parametrize(("name", "error"), [("forbidden", "KeyRefused"), ("out_of_credits", "OutOfCredits")])
def test_where_a_status_stands_for_several_the_nearest_example_tells(name: str, error: str) -> None:
    answer = next(iter(CHAINHUB.operations.values())).answer(403)
    assert answer is not None
    body = next(iter(answer.content.values())).examples[name]
    assert kind(403, body, CHAINHUB) == error


@pytest.mark.parametrize("body", [None, [], "text", {"error": ["?"]}])
def test_where_no_example_is_near_something_is_told_all_the_same(body: Any) -> None:
    assert kind(403, body, CHAINHUB) in ("KeyRefused", "OutOfCredits")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"message": "no  such\nmodel"}, "no such model"),
        ({"error": {"code": 7, "detail": "too long"}}, "too long"),
        ({"errors": [{"msg": ""}, {"msg": "second"}]}, "second"),
        ({"errors": ["a", "b"]}, "a"),
        ("plainly", "plainly"),
        ({"message": "x" * 1000}, "x" * 300),
        ({"code": "E7"}, "E7"),
        ({"else": "unheard"}, ""),
        ({"error": {"error": {"error": {"error": {"error": {"error": "too deep"}}}}}}, ""),
        ([[], {}, 7, None], ""),
        (MISSING, ""),
    ],
)
def test_the_sentence_of_an_error_is_found(body: Any, sentence: str) -> None:
    assert refusals.said(body) == sentence
