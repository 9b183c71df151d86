"""Values as bodies and headers."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from lumakit.contract.messages import Body
from lumakit.contract.parameters import Parameter
from mockserver import spelling
from mockserver.spelling import Unspeakable
from tests.contract.builders import answering, operation

FORM = "application/x-www-form-urlencoded"


def documented(schema: Any, media_type: str = "application/xml", **more: Any) -> Body:
    each = operation({"responses": {"200": {"description": "", "content": {media_type: {"schema": schema, **more}}}}})
    body = each.answers["200"].body()
    assert body is not None
    return body


def spelled(value: Any, content_type: str, body: Body | None = None) -> bytes:
    return spelling.body(value, content_type, body or documented({}))


@pytest.mark.parametrize(
    ("value", "content_type", "raw"),
    [
        ({"a": [1, None, "é"]}, "application/json", '{"a":[1,null,"é"]}'.encode()),
        ("text", "application/problem+json; charset=utf-8", b'"text"'),
        ("as it is", "text/event-stream", b"as it is"),
        ("<a/>", "application/xml", b"<a/>"),
        ("é", "text/plain; charset=ISO-8859-1", b"\xe9"),
        (7, "text/plain", b"7"),
        (b"\x00\xff", "application/json", b"\x00\xff"),
        ({"a": 1}, "application/yaml", b'{"a":1}'),
        ([1, {"a": 2}], "application/x-ndjson", b'1\n{"a":2}\n'),
        ({"a": 1}, "application/jsonl", b'{"a":1}\n'),
        ({"a": True, "b": None, "c": ["x y", "&"], "d": {"e": 1}}, FORM, b"a=true&b=&c=x+y&c=%26&d=%7B%22e%22%3A1%7D"),
        ([1], FORM, b""),
    ],
)
def test_a_value_is_written_in_its_media_type(value: Any, content_type: str, raw: bytes) -> None:
    assert spelled(value, content_type) == raw


def test_a_field_of_a_form_is_written_as_its_encoding_says() -> None:
    fields = {"type": "object", "properties": {"a": {"type": "array"}, "b": {"type": "array"}}}
    encoding = {"a": {"style": "pipeDelimited", "explode": False}, "b": {"contentType": "application/json"}}
    body = documented(fields, FORM, encoding=encoding)
    assert spelled({"a": [1, 2], "b": [1, 2]}, FORM, body) == b"a=1%7C2&b=%5B1%2C2%5D"


def test_members_are_elements_and_items_repeat_them() -> None:
    raw = spelled({"a": "<&\x00\x0b>", "l": [1, [2, 3], {"x": None}], "e": []}, "application/xml")
    tree = ElementTree.fromstring(raw.decode())  # noqa: S314  # our own text
    assert (tree.tag, [each.tag for each in tree]) == ("root", ["a", "l", "l", "l"])
    assert tree.findtext("a") == "<&>"
    assert [each.text for each in tree.findall("l/item")] == ["2", "3"]
    assert tree.findtext("l/x") == ""


def test_an_element_is_named_like_its_schema() -> None:
    named = {"components": {"schemas": {"Pet": {"type": "object"}}}}
    body = answering({"$ref": "#/components/schemas/Pet"}, "text/xml", **named).answers["200"].body()
    assert spelled({"a": 1}, "text/xml", body).endswith(b"\n<Pet><a>1</a></Pet>")


@pytest.mark.parametrize(
    ("value", "content_type", "why"),
    [
        ({"no name": 1}, "application/xml", "cannot be the name"),
        ("é", "text/plain; charset=us-ascii", "lacks a character"),
        ("a", "text/plain; charset=koi8-r", "are not made"),
    ],
)
def test_what_cannot_be_written_is_said(value: Any, content_type: str, why: str) -> None:
    with pytest.raises(Unspeakable, match=why):
        spelled(value, content_type)


def header(**said: Any) -> Parameter:
    each = operation({"responses": {"200": {"description": "", "headers": {"X-It": said}}}})
    return each.answers["200"].headers[0]


@pytest.mark.parametrize(
    ("value", "said", "text"),
    [
        (True, {"schema": {}}, "true"),
        (1.5, {"schema": {}}, "1.5"),
        (None, {"schema": {}}, ""),
        ("a b", {"schema": {}}, "a b"),
        ([1, "a"], {"schema": {}}, "1,a"),
        ({"a": 1, "b": 2}, {"schema": {}}, "a,1,b,2"),
        ({"a": 1, "b": 2}, {"schema": {}, "explode": True}, "a=1,b=2"),
        ({"a": [1]}, {"content": {"application/json": {}}}, '{"a":[1]}'),
    ],
)
def test_a_value_is_written_in_a_header(value: Any, said: dict[str, Any], text: str) -> None:
    assert spelling.header(value, header(**said)) == text


@pytest.mark.parametrize("value", ["é", "a\r\nSet-Cookie: x", "\x00"])
def test_what_no_header_can_hold_is_refused(value: str) -> None:
    with pytest.raises(Unspeakable, match="X-It cannot hold"):
        spelling.header(value, header(schema={}))
