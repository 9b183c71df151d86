"""Runtime expressions of OpenAPI: every one of them, in braces too, what is not there, and what is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.contract.expressions import Happened, expression
from lumakit.errors import UsageError
from lumakit.model import Request, Response

ASKED = {
    "hook": "http://a/1",
    "deep": {"er": ["x", "http://a/2"]},
    "a/b~c": "odd",
    "n": 7,
    "f": 1.5,
    "yes": True,
    "no": None,
}
TOLD = {"id": "t1", "links": [{"href": "http://a/3"}], "": "empty"}
REQUEST = Request(
    "POST",
    "/v1/things/42",
    "q=http%3A%2F%2Fa%2F4&q=second&empty=&%7B=brace",
    (("X-Hook", "http://a/5"), ("x-hook", "again")),
    json.dumps(ASKED).encode(),
    "https://api.example:8443",
)
HAPPENED = Happened(REQUEST, {"thing": "42"}, ASKED, Response(202, (("Location", "/t/1"),), json.dumps(TOLD).encode()))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$url", "https://api.example:8443/v1/things/42?q=http%3A%2F%2Fa%2F4&q=second&empty=&%7B=brace"),
        ("$method", "POST"),
        ("$statusCode", "202"),
        ("$request.body#/hook", "http://a/1"),
        ("$request.body#/deep/er/1", "http://a/2"),
        ("$request.body#/a~1b~0c", "odd"),
        ("$request.body#/n", "7"),
        ("$request.body#/f", "1.5"),
        ("$request.body#/yes", "true"),
        ("$request.query.q", "http://a/4"),
        ("$request.query.empty", ""),
        ("$request.header.X-HOOK", "http://a/5"),
        ("$request.path.thing", "42"),
        ("$response.body#/links/0/href", "http://a/3"),
        ("$response.body#/", "empty"),
        ("$response.header.location", "/t/1"),
        ("http://a/fixed", "http://a/fixed"),
        ("{$request.body#/hook}", "http://a/1"),
        ("{$request.body#/hook}?id={$response.body#/id}&via={$method}", "http://a/1?id=t1&via=POST"),
        ("http://a{$response.header.Location}/{$statusCode}", "http://a/t/1/202"),
        ("http://a/{$request.query.empty}", "http://a/"),
        ("", ""),
    ],
)
def test_every_expression_comes_to_what_it_names(text: str, found: str) -> None:
    assert expression(text)(HAPPENED) == found


@pytest.mark.parametrize(
    "text",
    [
        "$request.body#/nothing", "$request.body#/no", "$request.body#/deep", "$request.body", "$request.body#",
        "$request.body#/deep/er/9", "$request.body#/hook/further", "$request.query.nothing", "$request.header.nothing",
        "$request.path.nothing", "$response.body#/nothing", "$response.header.nothing",
        "http://a/{$request.body#/nothing}", "{$request.body#/hook}{$request.query.nothing}",
    ],
)  # fmt: skip
def test_what_is_not_there_or_no_single_value_makes_no_address(text: str) -> None:
    assert expression(text)(HAPPENED) is None


@pytest.mark.parametrize(
    "text",
    [
        "$", "$nonsense", "$URL", "$urls", "$request", "$request.", "$request.body.hook", "$request.body/hook",
        "$request.body#hook", "$request.body#/a~2", "$request.query", "$request.query.", "$request.query#/a",
        "$request.header.", "$request.header.a b", "$request.cookie.a", "$response.query.q", "$response.path.thing",
        "$request.path.", "$response.header.\n", "$message.body#/a", "{hook}", "http://a/{}", "{$request.body#hook}",
        "http://a/{$nonsense}", "{ $url }",
    ],
)  # fmt: skip
def test_what_is_no_expression_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        expression(text)
    assert caught.value.code == "expression_invalid"
    assert "$request.body#/hook" in caught.value.hint


@pytest.mark.parametrize("body", ["a text", 7, ["http://a/6"], None, True])
def test_a_body_need_not_be_an_object(body: Any) -> None:
    happened = HAPPENED._replace(body=body, response=Response(200, body=b"no JSON"))
    whole = {"a text": "a text", 7: "7", True: "true"}
    assert expression("$request.body")(happened) == (whole.get(body) if not isinstance(body, list) else None)
    assert expression("$request.body#/0")(happened) == ("http://a/6" if isinstance(body, list) else None)
    assert expression("$response.body#/id")(happened) is None
    assert expression("$response.body")(happened) is None


def test_an_address_without_a_query_has_no_question_mark() -> None:
    plain = HAPPENED._replace(request=Request("GET", "/v1", origin="http://a"))
    assert expression("$url")(plain) == "http://a/v1"


@given(
    st.text(max_size=40) | st.from_regex(r"\$(request|response)\.(body|query|header|path)[.#][ -~]*", fullmatch=True)
)
def test_no_text_is_more_than_an_expression_or_refused(text: str) -> None:
    try:
        found = expression(text)(HAPPENED)
    except UsageError:
        return
    assert found is None or isinstance(found, str)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_whatever_stands_in_a_body_is_an_address_or_none(value: Any) -> None:
    found = expression("{$request.body#/hook}")(HAPPENED._replace(body={"hook": value}))
    assert (found is None) == (value is None or isinstance(value, list))
