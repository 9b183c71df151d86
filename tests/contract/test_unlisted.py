"""What a schema does not list: members and values, wherever the value has them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lumakit.model import Response
from tests.contract.builders import JSON, answering

TEXT = {"type": "string"}
NODE: dict[str, Any] = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}, "name": TEXT}}
KNOWN = {"type": "object", "properties": {"a": TEXT}}


def places(schema: Any, value: Any, **schemas: Any) -> list[str]:
    """The pointers of everything that is not listed."""
    operation = answering(schema, components={"schemas": schemas})
    response = Response(200, JSON, json.dumps(value).encode())
    return sorted(each.pointer for each in operation.unlisted(response, value))


@pytest.mark.parametrize(
    ("schema", "value", "found"),
    [
        (KNOWN, {"a": "", "b": ""}, ["/b"]),
        (KNOWN, {"a/b": 1, "~": 2}, ["/a~1b", "/~0"]),
        ({**KNOWN, "additionalProperties": True}, {"b": 1}, []),
        ({**KNOWN, "additionalProperties": TEXT}, {"b": ""}, []),
        ({"type": "object"}, {"b": 1}, []),
        ({}, {"b": {"c": 1}}, []),
        ({"type": "array", "items": KNOWN}, [{"a": ""}, {"b": ""}], ["/1/b"]),
        ({"allOf": [KNOWN, {"properties": {"b": KNOWN}}]}, {"a": "", "b": {"c": 1}, "d": 1}, ["/b/c", "/d"]),
        ({"oneOf": [KNOWN, {"properties": {"b": TEXT}}]}, {"b": ""}, []),
        ({"properties": {"a": KNOWN}}, {"a": 7}, []),
        (KNOWN, ["a"], []),
    ],
)
def test_a_member_that_no_schema_names_is_found(schema: Any, value: Any, found: list[str]) -> None:
    assert places(schema, value) == found


@pytest.mark.parametrize(("value", "found"), [("red", []), ("green", ["/colour"]), (None, []), (7, ["/colour"])])
def test_a_value_that_an_open_list_does_not_have_is_found(value: Any, found: list[str]) -> None:
    schema = {"properties": {"colour": {"x-extensible-enum": ["red", "blue"]}}}
    assert places(schema, {"colour": value}) == found


def test_a_schema_that_holds_itself_is_followed_as_far_as_the_value_goes() -> None:
    value = {"name": "", "next": {"name": "", "next": {"nam": ""}}}
    assert places({"$ref": "#/components/schemas/Node"}, value, Node=NODE) == ["/next/next/nam"]


def test_a_schema_that_is_put_together_from_itself_ends() -> None:
    itself = {"$ref": "#/components/schemas/Loop"}
    loop = {"properties": {"a": TEXT}, "anyOf": [{"allOf": [itself, itself]}, {"allOf": [itself, itself]}]}
    assert places(itself, {"a": "", "b": ""}, Loop=loop) == ["/b"]


def test_what_is_not_documented_lists_nothing() -> None:
    assert answering(KNOWN).unlisted(Response(404, JSON), {"b": 1}) == ()
    assert answering(KNOWN).unlisted(Response(200, (("Content-Type", "text/html"),)), {"b": 1}) == ()
