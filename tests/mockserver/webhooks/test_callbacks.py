"""The callbacks of any document: made with the answer, to where their expressions lead, as the document shows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lumakit.contract.compile import Contract
from lumakit.contract.expressions import Happened
from lumakit.draws import Draw
from lumakit.model import Request, Response
from mockserver import MockProvider, habits
from mockserver.stores.memory import MemoryStore
from mockserver.webhooks.callbacks import Callbacks
from mockserver.webhooks.policy import USUAL
from tests.mockserver.webhooks.post import Post, answered, calling
from tests.mockserver.world import EDITIONS

URL = "http://127.0.0.1:8081/told"
SHOWN = {"example": {"state": "done"}}


def asked(body: Any = None, query: str = "", kind: str = "application/json", **headers: str) -> Request:
    """A request to the one operation of a document."""
    raw = body if isinstance(body, bytes) else json.dumps({"url": URL} if body is None else body).encode()
    told = (("Content-Type", kind), *headers.items())
    return Request("POST", "/things", query, told, raw, "http://mock.test")


def told(contract: Contract, request: Request) -> tuple[Response, Post]:
    """The answer to a request, and everybody after its callbacks were sent."""
    post = Post(contract)
    response = post.mock(request)
    post.mock.webhooks.deliver_due()
    return response, post


@pytest.mark.parametrize(
    ("expression", "request_of", "path"),
    [
        ("$request.body#/url", asked(), "/told"),
        ("{$request.body#/url}/more", asked(), "/told/more"),
        ("$request.query.url", asked(query="url=http%3A%2F%2F127.0.0.1:8081%2Fq"), "/q"),
        ("$request.header.X-Hook", asked(**{"x-hook": "http://127.0.0.1:8081/h"}), "/h"),
        ("http://127.0.0.1:8081/{$method}/{$statusCode}", asked(), "/POST/200"),
        ("http://127.0.0.1:8081{$response.header.Location}", asked(), "/t/1"),
        ("http://127.0.0.1:8081/{$response.body#/id}", asked(), "/t1"),
        ("$url", asked(), "/things"),
    ],
)
def test_a_callback_goes_where_its_expression_leads(expression: str, request_of: Request, path: str) -> None:
    headers = {"Location": {"required": True, "schema": {"enum": ["/t/1"]}}}
    content = {"application/json": {"example": {"id": "t1"}}}
    responses = {"200": {"description": "made", "headers": headers, "content": content}}
    response, post = told(calling((expression, answered(SHOWN)), responses=responses), request_of)
    assert response.status == 200
    (request,) = post.heard
    assert (request.method, request.path, json.loads(request.body)) == ("POST", path, {"state": "done"})
    assert request.header("content-type") == "application/json"
    (row,) = post.mock.webhooks
    assert (row.event, row.state, row.task) == ("call0", "delivered", "")


@pytest.mark.parametrize("body", [{}, {"url": None}, {"url": {"a": 1}}, {"url": ""}, {"url": ["x"]}])
def test_where_the_address_is_not_there_no_callback_is_made(body: Any) -> None:
    response, post = told(calling(("$request.body#/url", answered(SHOWN))), asked(body))
    assert (response.status, len(post.mock.webhooks)) == (200, 0)


def test_every_callback_of_an_operation_is_made_with_an_id_of_its_own_each_time() -> None:
    item = answered(SHOWN) | answered(None, method="put") | answered(None, method="get")
    post = Post(calling(("$request.body#/url", item), ("$url", answered(SHOWN))))
    for _ in range(2):
        post.mock(asked())
    post.mock.webhooks.deliver_due()
    assert sorted(each.method for each in post.heard) == ["GET"] * 2 + ["POST"] * 4 + ["PUT"] * 2
    assert len({each.id for each in post.mock.webhooks}) == 8
    silent = [each for each in post.heard if each.method != "POST"]
    assert {(each.body, each.header("content-type")) for each in silent} == {(b"", None)}


@pytest.mark.parametrize(
    ("content", "media_type", "body"),
    [
        ({"example": {"a": "b c", "n": [1, 2]}}, "application/x-www-form-urlencoded", b"a=b+c&n=1&n=2"),
        ({"example": "it is done"}, "text/plain", b"it is done"),
        ({"example": {"a": 1}}, "application/xml", b'<?xml version="1.0" encoding="UTF-8"?>\n<root><a>1</a></root>'),
        ({"schema": {"enum": [{"a": 5}]}}, "application/json", b'{"a":5}'),
        ({"schema": {"enum": ["caf\u00e9"]}}, "text/plain; charset=iso-8859-1", b""),  # what is no UTF-8 is not kept
        ({"schema": {"type": "string", "minLength": 9, "maxLength": 2}}, "application/json", b""),
    ],
)  # fmt: skip
def test_a_body_is_what_the_document_shows_or_is_made_from_its_schema(
    content: dict[str, Any], media_type: str, body: bytes
) -> None:
    contract = calling(("$request.body#/url", answered(content, media_type)))
    response, post = told(contract, asked())
    assert response.status == 200
    (request,) = post.heard
    assert request.body == body
    assert request.header("content-type") == media_type


def test_a_form_and_a_text_may_name_the_address() -> None:
    form = calling(("$request.body#/url", answered(SHOWN)), takes="application/x-www-form-urlencoded")
    text = calling(("$request.body", answered(SHOWN)), takes="text/plain", schema={"type": "string"})
    encoded = b"url=http%3A%2F%2F127.0.0.1%3A8081%2Ftold"
    for contract, request in (
        (form, asked(encoded, kind="application/x-www-form-urlencoded")),
        (text, asked(URL.encode(), kind="text/plain")),
    ):
        _, post = told(contract, request)
        assert [each.path for each in post.heard] == ["/told"]


def test_a_request_that_is_refused_makes_none() -> None:
    contract = calling(("$url", answered(SHOWN)), schema={"type": "object", "required": ["url"]})
    post = Post(contract)
    refused = [asked({}), asked(b"{"), asked(kind="text/csv"), asked(Prefer="code=500")]
    assert all(post.mock(each).status >= 400 for each in refused)
    assert len(post.mock.webhooks) == 0


@pytest.mark.parametrize(("status", "count"), [(200, 1), (302, 1), (404, 0), (500, 0)])
def test_an_answer_that_is_an_error_makes_none(status: int, count: int) -> None:
    callbacks = Callbacks(calling(("$url", answered(SHOWN))))
    happened = Happened(asked(), {}, {}, Response(status))
    assert len([*callbacks.made("POST /things", happened, Draw("0"), USUAL, 0)]) == count


@pytest.mark.parametrize("broken", ["$nonsense", "{hook}", "$request.body#hook", "$response.query.a"])
def test_an_expression_that_cannot_be_read_is_told_with_the_answer_and_the_others_are_made(broken: str) -> None:
    response, post = told(calling((broken, answered(SHOWN)), ("$request.body#/url", answered(SHOWN))), asked())
    assert response.status == 200
    reason = str(response.header("mock-reason"))
    assert "the callback 'call0' is never made" in reason
    assert "is no runtime expression" in reason or "pointer" in reason
    assert len(post.heard) == 1


def test_a_number_without_end_is_no_address_and_no_crash() -> None:
    body = b'{"url": ' + b"9" * 5000 + b"}"
    response, post = told(calling(("$request.body#/url", answered(SHOWN))), asked(body))
    assert response.status in (200, 400)
    assert post.states() in ([], ["blocked"])


def test_where_no_callback_can_be_kept_the_request_is_refused() -> None:
    contract = calling(("$request.body#/url", answered(SHOWN)))
    post = Post(contract, store=MemoryStore(max_posted=1))
    assert [post.mock(asked()).status for _ in range(2)] == [200, 503]
    assert len(post.mock.webhooks.deliver_due()) == 1
    assert post.mock(asked()).status == 200


@pytest.mark.parametrize("contract", EDITIONS.values(), ids=[f"{name}-{edition}" for name, edition in EDITIONS])
def test_where_a_lifecycle_tells_the_webhooks_the_callbacks_are_documentation(contract: Contract) -> None:
    assert [key for key in contract.operations if key in Callbacks(contract)] == []


def test_a_document_without_callbacks_calls_nobody() -> None:
    made = calling()
    assert "POST /things" not in Callbacks(made)
    assert Callbacks(made).trouble("POST /things") == ""


def test_a_callback_that_leads_to_its_own_operation_ends() -> None:
    def ask_again(request: Request) -> Response:
        return mock(request)

    content = {"content": {"application/json": SHOWN}}
    item = {"post": {"requestBody": content, "responses": {"200": {"description": ""}}}}
    mock = MockProvider(calling(("http://127.0.0.1:8081/things", item)), webhooks=habits(receiver=ask_again))
    assert mock(asked()).status == 200
    mock.webhooks.deliver_due()
    assert [each.state for each in mock.webhooks] == ["blocked", "delivered", "delivered", "delivered"]
