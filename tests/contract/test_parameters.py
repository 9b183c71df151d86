"""Parameters: where they stand, how they are strung together, what their texts mean."""

from __future__ import annotations

from typing import Any

import pytest

from lumakit.contract.parameters import MISSING, Texts
from lumakit.contract.shape import Shape, typed
from lumakit.model import Finding, Request
from tests.contract.builders import SECRET, operation

ARRAY = {"type": "array", "items": {"type": "integer"}}
COLOUR = {
    "type": "object",
    "required": ["R"],
    "properties": {"R": {"type": "integer"}, "on": {"type": "boolean"}, "x-name": {"type": "string"}},
}
INTEGER = {"type": "integer"}


def parameter(where: str, **said: Any) -> dict[str, Any]:
    return {"name": "v", "in": where, "required": where == "path", **said}


def request(where: str, text: str) -> tuple[Request, dict[str, str]]:
    if where == "path":
        return Request("POST", "/"), {"v": text}
    if where == "query":
        return Request("POST", "/", query=text), {}
    name = "V" if where == "header" else "Cookie"
    return Request("POST", "/", headers=tuple((name, line) for line in text.split("\n"))), {}


def value(where: str, text: str, **said: Any) -> Any:
    path = "/{v}" if where == "path" else "/things"
    (made,) = operation({"parameters": [parameter(where, **said)]}, path=path).parameters
    return made.read(Texts(*request(where, text)))


def findings(where: str, text: str | None, **said: Any) -> tuple[Finding, ...]:
    asked, values = request(where, text) if text is not None else (Request("POST", "/"), {})
    return operation({"parameters": [parameter(where, **said)]}).check_request(asked, values)


@pytest.mark.parametrize(
    ("where", "said", "text", "expected"),
    [
        ("path", {}, "1,2", [1, 2]),
        ("path", {"explode": True}, "1,2", [1, 2]),
        ("path", {"style": "label"}, ".1,2", [1, 2]),
        ("path", {"style": "label", "explode": True}, ".1.2", [1, 2]),
        ("path", {"style": "matrix"}, ";v=1,2", [1, 2]),
        ("path", {"style": "matrix", "explode": True}, ";v=1;v=2", [1, 2]),
        ("path", {"style": "label"}, ".", []),
        ("query", {}, "v=1&w=9&v=2", [1, 2]),
        ("query", {"explode": False}, "v=1,2", [1, 2]),
        ("query", {"style": "spaceDelimited"}, "v=1%202", [1, 2]),
        ("query", {"style": "pipeDelimited"}, "v=1%7C2", [1, 2]),
        ("query", {"style": "pipeDelimited", "explode": True}, "v=1&v=2", [1, 2]),
        ("query", {"explode": False}, "v=", []),
        ("query", {}, "v=1", [1]),
        ("query", {}, "w=1", MISSING),
        ("query", {}, "", MISSING),
        ("header", {}, "1, 2", [1, 2]),
        ("header", {}, "1\n2,3", [1, 2, 3]),
        ("cookie", {"explode": False}, "w=0; v=1%2C2", [1, 2]),
    ],
)
def test_an_array_is_read_by_its_style(where: str, said: dict[str, Any], text: str, expected: Any) -> None:
    assert value(where, text, schema=ARRAY, **said) == expected


@pytest.mark.parametrize(
    ("where", "said", "text"),
    [
        ("path", {}, "R,1,on,true,x-name,a=b"),
        ("path", {"explode": True}, "R=1,on=true,x-name=a=b"),
        ("path", {"style": "label"}, ".R,1,on,true,x-name,a=b"),
        ("path", {"style": "label", "explode": True}, ".R=1.on=true.x-name=a=b"),
        ("path", {"style": "matrix"}, ";v=R,1,on,true,x-name,a=b"),
        ("path", {"style": "matrix", "explode": True}, ";R=1;on=true;x-name=a=b"),
        ("query", {}, "R=1&other=2&on=true&x-name=a=b"),
        ("query", {"explode": False}, "v=R,1,on,true,x-name,a=b"),
        ("query", {"style": "deepObject"}, "v[R]=1&v%5Bon%5D=true&v[x-name]=a=b&w[R]=3"),
        ("query", {"style": "pipeDelimited"}, "v=R|1|on|true|x-name|a=b"),
        ("header", {}, "R, 1, on, true, x-name, a=b"),
        ("header", {"explode": True}, "R=1,on=true,x-name=a=b"),
    ],
)
def test_an_object_is_read_by_its_style(where: str, said: dict[str, Any], text: str) -> None:
    assert value(where, text, schema=COLOUR, **said) == {"R": 1, "on": True, "x-name": "a=b"}


@pytest.mark.parametrize("said", [{}, {"style": "deepObject"}])
def test_an_object_with_no_member_in_the_query_is_missing(said: dict[str, Any]) -> None:
    assert value("query", "v=1&other=2", schema=COLOUR, **said) is MISSING


def test_a_member_that_is_not_documented_stays_a_text() -> None:
    assert value("query", "v[new]=1", schema=COLOUR, style="deepObject") == {"new": "1"}


@pytest.mark.parametrize(
    ("where", "said", "text"),
    [
        ("path", {}, "5"),
        ("path", {"style": "label"}, ".5"),
        ("path", {"style": "matrix"}, ";v=5"),
        ("query", {}, "v=5&v=6"),
        ("header", {}, "5"),
        ("cookie", {}, "a=1; v=5"),
    ],
)
def test_a_single_value_is_read_by_its_style(where: str, said: dict[str, Any], text: str) -> None:
    assert value(where, text, schema=INTEGER, **said) == 5


@pytest.mark.parametrize(
    ("types", "text", "expected"),
    [
        ("integer", "5", 5),
        ("integer", "-5", -5),
        ("integer", "5\n", "5\n"),
        ("integer", "٣", "٣"),
        ("integer", "05", "05"),
        ("integer", "1.0", 1.0),
        ("integer", "9" * 5000, "9" * 5000),
        ("number", "1e3", 1000.0),
        ("number", "0.5", 0.5),
        ("number", "nan", "nan"),
        ("boolean", "true", True),
        ("boolean", "false", False),
        ("boolean", "True", "True"),
        ("boolean", "1", "1"),
        ("integer null", "null", None),
        ("integer null", "", None),
        ("integer null", "x", "x"),
        ("string integer", "5", "5"),
        ("", "5", "5"),
    ],
)
def test_a_text_is_what_its_schema_means(types: str, text: str, expected: Any) -> None:
    read = typed(text, Shape(frozenset(types.split())))
    assert read == expected
    assert type(read) is type(expected)


def test_a_text_without_a_schema_is_a_text() -> None:
    assert typed("5", None) == "5"


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": ["integer", "null"]}, 5),
        ({"oneOf": [{"$ref": "#/components/schemas/Five"}, {"$ref": "#/components/schemas/Five"}]}, 5),
        ({"allOf": [INTEGER, {"minimum": 1}]}, 5),
        ({"oneOf": [INTEGER, {"type": "boolean"}]}, 5),
        ({"anyOf": [INTEGER, {"type": "string"}]}, "5"),
        ({"$ref": "#/components/schemas/Five"}, 5),
        ({}, "5"),
    ],
)
def test_the_types_of_a_schema_are_found_in_its_parts(schema: dict[str, Any], expected: Any) -> None:
    said = {"parameters": [parameter("query", schema=schema)]}
    (made,) = operation(said, components={"schemas": {"Five": INTEGER}}).parameters
    assert made.read(Texts(Request("POST", "/", query="v=5"), {})) == expected


INT_OR_ALL = {"oneOf": [INTEGER, {"type": "string", "enum": ["all"]}]}


@pytest.mark.parametrize(
    ("schema", "text", "fits"),
    [
        (INT_OR_ALL, "v=5", True),
        (INT_OR_ALL, "v=all", True),
        (INT_OR_ALL, "v=some", False),
        ({"anyOf": [{"type": "boolean"}, {"type": "string", "enum": ["x"]}]}, "v=true", True),
        ({"anyOf": [{"type": "number", "maximum": 1}, {"type": "string", "maxLength": 1}]}, "v=0.5", True),
        ({"anyOf": [{"type": "number", "maximum": 1}, {"type": "string", "maxLength": 1}]}, "v=2.5", False),
        ({"type": ["string", "null"], "minLength": 1}, "v=", True),
        ({"const": 5}, "v=5", True),
        ({"const": 5}, "v=6", False),
        ({"const": "5"}, "v=5", True),
        ({"enum": [1, 2]}, "v=1", True),
        ({"enum": [1, 2]}, "v=3", False),
        ({"enum": [1, "b", None, True]}, "v=b", True),
        ({"enum": [1, "b", None, True]}, "v=true", True),
        ({"enum": [1.5]}, "v=1.5", True),
        ({"type": "array", "items": INT_OR_ALL}, "v=5&v=all", True),
        ({"type": "array", "items": {"enum": [1]}}, "v=1&v=2", False),
    ],
)
def test_a_text_that_may_mean_two_things_is_what_fits(schema: dict[str, Any], text: str, fits: bool) -> None:
    said = {"parameters": [parameter("query", schema=schema)]}
    found = operation(said, version="3.1.0").check_request(Request("POST", "/things", query=text))
    assert (found == ()) is fits


@pytest.mark.parametrize(
    ("schema", "text", "expected"),
    [
        (ARRAY, "v[]=1&v[]=2", [1, 2]),
        (ARRAY, "v[1]=2&v[0]=1", [1, 2]),
        ({"properties": {"a": COLOUR}}, "v[a][R]=5", {"a": {"R": 5}}),
        ({"additionalProperties": ARRAY}, "v[a][]=1", {"a": [1]}),
        ({"anyOf": [INTEGER, COLOUR]}, "v=5", 5),
        ({"anyOf": [INTEGER, COLOUR]}, "v[R]=5", {"R": 5}),
        (ARRAY, "v=1", MISSING),
        (COLOUR, "v[R=1&vR]=2&v[a]b]=1", MISSING),
        (COLOUR, "v[a][b][c][d][e][f]=1", MISSING),
    ],
)
def test_a_deep_object_is_read_step_by_step(schema: dict[str, Any], text: str, expected: Any) -> None:
    assert value("query", text, schema=schema, style="deepObject") == expected


@pytest.mark.parametrize(("said", "codes"), [({"allowEmptyValue": True}, []), ({}, ["X202"])])
def test_a_value_may_be_empty_where_that_is_allowed(said: dict[str, Any], codes: list[str]) -> None:
    for schema in (INTEGER, {"type": "boolean"}):
        assert [each.code for each in findings("query", "v=", schema=schema, **said)] == codes


def test_members_of_parts_are_members_of_the_whole() -> None:
    schema = {"type": "object", "allOf": [{"type": "object", "properties": {"a": INTEGER}}]}
    assert value("query", "a=1", schema=schema) == {"a": 1}


@pytest.mark.parametrize("where", ["query", "header", "cookie"])
def test_a_parameter_may_hold_json(where: str) -> None:
    content = {"application/json; charset=utf-8": {"schema": COLOUR}}
    text = '{"R": 1}' if where == "header" else "v=%7B%22R%22%3A1%7D"
    assert value(where, text, content=content) == {"R": 1}


def test_a_parameter_may_hold_text() -> None:
    assert value("query", "v=5", content={"text/plain": {"schema": {"type": "string"}}}) == "5"


@pytest.mark.parametrize("where", ["query", "header", "cookie"])
def test_a_missing_parameter_is_found_where_it_is_required(where: str) -> None:
    assert findings(where, None, schema=INTEGER) == ()
    (finding,) = findings(where, None, schema=INTEGER, required=True)
    assert (finding.code, finding.subject, finding.message) == ("X201", f"{where} v", f"{where} v is missing")


@pytest.mark.parametrize(("where", "text"), [("query", f"v={SECRET}"), ("header", SECRET), ("cookie", f"v={SECRET}")])
def test_a_value_that_does_not_fit_is_found_and_not_repeated(where: str, text: str) -> None:
    (finding,) = findings(where, text, schema=INTEGER)
    assert (finding.code, finding.subject, finding.pointer) == ("X202", f"{where} v", "")
    assert SECRET not in repr(finding)


def test_a_value_inside_an_array_is_pointed_at() -> None:
    (finding,) = findings("query", "v=1&v=x", schema=ARRAY)
    assert (finding.code, finding.pointer) == ("X202", "/1")


def test_json_that_cannot_be_read_is_found_and_not_repeated() -> None:
    content = {"application/json": {"schema": COLOUR}}
    for text in (f'{{"R": {SECRET}', f'{{"R": 1, "R": "{SECRET}"}}', "[5551234e999]"):
        (finding,) = findings("header", text, content=content)
        assert finding.code == "X202"
        assert finding.message.startswith("header v is not JSON: ")
        assert not any(part in repr(finding) for part in (SECRET, "5551234"))


@pytest.mark.parametrize("name", ["Accept", "content-type", "AUTHORIZATION"])
def test_headers_that_openapi_ignores_are_no_parameters(name: str) -> None:
    made = operation({"parameters": [{"name": name, "in": "header", "required": True, "schema": INTEGER}]})
    assert made.parameters == ()


def test_an_operation_overrides_the_parameter_of_its_path() -> None:
    from tests.contract.builders import OK, api, compiled

    item = {
        "parameters": [parameter("query", schema=INTEGER, required=True), {**parameter("header", schema=INTEGER)}],
        "get": {"parameters": [parameter("query", schema={"type": "string"})], "responses": OK},
    }
    made = compiled(api({"/things": item})).operations["GET /things"]
    assert made.check_request(Request("GET", "/things")) == ()
    assert made.check_request(Request("GET", "/things", query="v=x")) == ()
    assert [each.location for each in made.parameters] == ["query", "header"]


def test_a_path_parameter_the_path_does_not_have_is_asked_of_nobody() -> None:
    assert (
        operation({"parameters": [parameter("path", schema=INTEGER)]}).check_request(Request("POST", "/things")) == ()
    )


@pytest.mark.parametrize(
    ("style", "explode", "text"),
    [("label", False, "5"), ("label", True, "1.2"), ("matrix", False, ";w=5"), ("matrix", True, "v=1;v=2")],
)
@pytest.mark.parametrize("schema", [INTEGER, ARRAY])
def test_a_value_without_the_mark_of_its_style_is_found(schema: Any, style: str, explode: bool, text: str) -> None:
    said = [parameter("path", schema=schema, style=style, explode=explode)]
    made = operation({"parameters": said}, path="/{v}")
    (finding,) = made.check_request(Request("POST", "/"), {"v": text})
    assert finding.code == "X202"
    assert "in front" in finding.message
    assert text not in finding.message


def test_a_parameter_without_a_schema_takes_anything() -> None:
    assert findings("query", "v=anything") == ()
