"""Schemas of both dialects, and what they say of a value."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from lumakit.contract.dialect import Dialect, Direction, schemas_inside
from lumakit.contract.schema import MAX_MESSAGE, Schemas
from lumakit.errors import DocumentError
from tests.contract.builders import SECRET, validator

UUID = "1b4e28ba-2fa1-41d2-883f-0016d3cca427"
TREE = {
    "type": "object",
    "required": ["v"],
    "properties": {"v": {"type": "integer"}, "next": {"$ref": "#/components/schemas/Tree"}},
}
CAT = {
    "type": "object",
    "required": ["kind", "lives"],
    "properties": {"kind": {"enum": ["cat"]}, "lives": {"type": "integer"}},
}
DOG = {
    "type": "object",
    "required": ["kind", "name"],
    "properties": {"kind": {"enum": ["dog"]}, "name": {"type": "string"}},
}


@pytest.mark.parametrize(
    ("version", "schema", "good", "bad"),
    [
        ("3.0", {"type": "string", "nullable": True}, ["a", None], [1]),
        ("3.0", {"type": "string", "nullable": False}, ["a"], [None]),
        ("3.0", {"properties": {"a": {"type": "string", "nullable": True}}}, [{"a": None}], [{"a": 1}]),
        ("3.0", {"anyOf": [{"type": "string", "nullable": True}, {"type": "integer"}]}, [None, 1, "a"], [True]),
        ("3.0", {"nullable": True, "allOf": [{"type": "string"}]}, ["a"], [None]),
        ("3.0", {"type": "string", "nullable": True, "enum": ["a", None]}, ["a", None], ["b"]),
        ("3.0", {"type": "string", "nullable": True, "enum": ["a"]}, ["a"], [None, "b"]),
        ("3.0", {"type": "integer", "nullable": True, "format": "int32"}, [None, 1], [2**31]),
        ("3.1", {"type": "string", "nullable": True}, ["a"], [None]),
        ("3.0", {"minimum": 5, "exclusiveMinimum": True}, [6], [5]),
        ("3.0", {"maximum": 5, "exclusiveMaximum": True}, [4], [5]),
        ("3.0", {"minimum": 5, "exclusiveMinimum": False}, [5], [4]),
        ("3.1", {"exclusiveMinimum": 5}, [6], [5]),
        ("3.1", {"exclusiveMaximum": 5}, [4], [5]),
        ("3.1", {"type": ["string", "null"]}, ["a", None], [1]),
        ("3.1", {"const": 1}, [1, 1.0], [2, True, "1"]),
        ("3.1", {"prefixItems": [{"type": "integer"}], "items": False}, [[], [1]], [["a"], [1, 2]]),
        ("3.1", {"if": {"required": ["a"]}, "then": {"required": ["b"]}}, [{}, {"a": 1, "b": 2}], [{"a": 1}]),
        ("3.1", {"$defs": {"a": {"type": "integer"}}, "$ref": "#/schema/$defs/a"}, [1], ["a"]),
        ("3.1", {"$schema": "https://spec.openapis.org/oas/3.1/dialect/base", "type": "integer"}, [1], ["a"]),
        ("3.0", {"type": "integer", "format": "int32"}, [2**31 - 1, -(2**31)], [2**31, -(2**31) - 1]),
        ("3.1", {"type": ["null", "integer"], "format": "int64"}, [2**63 - 1, None], [2**63, -(2**63) - 1]),
        ("3.1", {"type": "number", "format": "int32"}, [2.5**40], ["a"]),
        ("3.0", {"type": "integer", "format": "int32", "allOf": [{"minimum": 1}]}, [1], [0, 2**31]),
        ("3.0", {"type": "string", "format": "uuid"}, [UUID, UUID.upper()], [UUID[1:], UUID.replace("-", ""), "x"]),
        ("3.1", {"type": "string", "format": "uuid"}, [UUID], ["x"]),
        ("3.0", {"type": "string", "format": "date-time"}, ["2024-02-29T00:00:00Z"], ["2023-02-29T00:00:00Z", "x"]),
        ("3.0", {"type": "string", "format": "of-our-own"}, ["x"], [1]),
        ("3.0", {"type": "array", "items": {"type": "integer", "nullable": True}}, [[1, None]], [["a"]]),
        ("3.0", {"additionalProperties": False, "properties": {"a": {}}}, [{"a": 1}], [{"b": 1}]),
        ("3.0", {"additionalProperties": {"type": "integer", "nullable": True}}, [{"a": None}], [{"a": "x"}]),
        (
            "3.0",
            {"type": "object", "properties": {"example": {"type": "integer"}}},
            [{"example": 1}],
            [{"example": ""}],
        ),
        ("3.0", {"type": "object", "required": [], "x-note": {"$ref": "#/nowhere"}}, [{}], [1]),
        ("3.0", {"type": "object", "title": "T", "discriminator": {"propertyName": "a"}}, [{}], [1]),
        ("3.1", True, [1, None], []),
        ("3.1", False, [], [1, None]),
        ("3.1", {"properties": {"a": True, "b": False}}, [{"a": 1}], [{"b": 1}]),
        ("3.0", {"type": "integer"}, [10**400], ["9" * 5000, float("nan"), float("inf"), True]),
    ],
)
def test_a_schema_means_what_its_dialect_says(version: str, schema: Any, good: list[Any], bad: list[Any]) -> None:
    judged = validator(schema, version)
    assert [value for value in good if not judged.accepts(value)] == []
    assert [value for value in bad if judged.accepts(value)] == []
    assert all(judged.problems(value) for value in bad)
    assert not any(judged.problems(value) for value in good)


def test_what_stands_beside_a_reference_counts_in_3_1_only() -> None:
    schema = {"$ref": "#/components/schemas/Any", "type": "integer"}
    assert validator(schema, "3.0", Any={}).accepts("a")
    assert not validator(schema, "3.1", Any={}).accepts("a")


@pytest.mark.parametrize("version", ["3.0", "3.1"])
def test_a_schema_may_refer_to_itself(version: str) -> None:
    judged = validator({"$ref": "#/components/schemas/Tree"}, version, Tree=TREE)
    assert judged.accepts({"v": 1, "next": {"v": 2, "next": {"v": 3}}})
    (problem,) = judged.problems({"v": 1, "next": {"v": 2, "next": {"v": "x"}}})
    assert problem.pointer == "/next/next/v"


@pytest.mark.parametrize(
    "ref", ["#/components/schemas/Pair/properties/a", "#/components/schemas/Pair/allOf/0", "#/components/schemas/A~1B"]
)
@pytest.mark.parametrize("together", [True, False])
def test_a_reference_may_lead_into_another_schema(ref: str, together: bool) -> None:
    pair = {"properties": {"a": {"type": "integer"}}, "allOf": [{"type": "integer"}]}
    named: dict[str, Any] = {"Pair": pair, "A/B": {"type": "integer"}}
    refs = [{"$ref": ref}, {"$ref": "#/components/schemas/Pair"}] if together else [{"$ref": ref}]
    assert not validator({"anyOf": refs}, **named).accepts("a")
    assert validator({"allOf": refs}, **named).accepts(1)


def test_a_reference_to_a_schema_that_is_only_true_or_false() -> None:
    assert validator({"$ref": "#/components/schemas/No"}, "3.1", No=False).problems(1)
    assert validator({"$ref": "#/components/schemas/Yes"}, "3.1", Yes=True).accepts(1)


@pytest.mark.parametrize(
    ("keyword", "direction", "excused"),
    [
        ("readOnly", Direction.REQUEST, True),
        ("readOnly", Direction.RESPONSE, False),
        ("writeOnly", Direction.REQUEST, False),
        ("writeOnly", Direction.RESPONSE, True),
    ],
)
def test_who_cannot_send_a_property_need_not(keyword: str, direction: Direction, excused: bool) -> None:
    schema = {"required": ["a", "b"], "properties": {"a": {keyword: True}, "b": {}}}
    judged = validator(schema, direction=direction)
    assert judged.accepts({"b": 1}) is excused
    assert not judged.accepts({"a": 1})
    assert validator({**schema, "required": ["a"]}, direction=direction).accepts({}) is excused


@pytest.mark.parametrize(
    ("schema", "value", "keyword", "pointer", "message"),
    [
        ({"type": "integer"}, SECRET, "type", "", 'the value is not of type "integer"'),
        ({"required": ["a"]}, {}, "required", "", '"a" is a required property'),
        ({"enum": ["a", "b"]}, SECRET, "enum", "", 'the value is not one of "a" or "b"'),
        ({"additionalProperties": False}, {"a": SECRET}, "additionalProperties", "", "no properties are allowed here"),
        (
            {"additionalProperties": False, "properties": {"b": {}}},
            {"a/b": SECRET},
            "additionalProperties",
            "",
            "Additional properties are not allowed ('a/b' was unexpected)",
        ),
        ({"properties": {"a/b": {"maxLength": 1}}}, {"a/b": SECRET}, "maxLength", "/a~1b", None),
        ({"items": {"pattern": "^x"}}, [SECRET], "pattern", "/0", 'the value does not match "^x"'),
        ({"oneOf": [{}, {}]}, SECRET, "oneOf", "", None),
        ({"not": {"type": "string"}}, SECRET, "not", "", None),
        ({"format": "uuid"}, SECRET, "format", "", 'the value is not a "uuid"'),
    ],
)
def test_a_problem_says_where_and_what_and_never_the_value(
    schema: Any, value: Any, keyword: str, pointer: str, message: str | None
) -> None:
    (problem,) = validator(schema).problems(value)
    assert (problem.keyword, problem.pointer) == (keyword, pointer)
    assert problem.message == (message or problem.message)
    assert SECRET not in repr(problem)
    assert not problem.undecided


@pytest.mark.parametrize(
    "schema",
    [
        {"const": 1},
        {"uniqueItems": True, "maxItems": 1},
        {"contains": {"type": "integer"}},
        {"unevaluatedItems": False},
        {"minItems": 9, "items": {"multipleOf": 3, "type": "number"}},
        {"anyOf": [{"items": {"format": "date"}}, {"items": {"enum": ["a"]}}, {"maxItems": 0}]},
    ],
)
def test_no_keyword_repeats_the_value(schema: Any) -> None:
    problems = validator(schema, "3.1").problems([SECRET, SECRET])
    assert problems
    assert SECRET not in repr(problems)


def test_the_name_of_a_property_is_not_repeated_where_it_is_what_is_judged() -> None:
    (problem,) = validator({"propertyNames": {"maxLength": 1}}, "3.1").problems({SECRET: 1})
    assert problem.message == "the name of a property is not one of those allowed"


def test_a_message_stays_short() -> None:
    schema = {"additionalProperties": False, "properties": {"b": {}}}
    (problem,) = validator(schema).problems({"k" * 9000: 1})
    assert len(problem.message) == MAX_MESSAGE + 3


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
@pytest.mark.parametrize(
    ("value", "nearest"),
    [
        ({"kind": "cat"}, '"lives" is a required property'),
        ({"kind": "dog"}, '"name" is a required property'),
        ({"kind": "cat", "lives": "x"}, '/lives: the value is not of type "integer"'),
    ],
)
def test_the_alternative_that_was_meant_is_the_one_that_speaks(keyword: str, value: Any, nearest: str) -> None:
    refs = [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]
    schema = {keyword: refs, "discriminator": {"propertyName": "kind"}}
    (problem,) = validator(schema, Cat=CAT, Dog=DOG).problems(value)
    assert problem.message.startswith("fits none of the 2 alternatives; the nearest says ")
    assert nearest in problem.message


def test_alternatives_that_do_not_exclude_each_other_are_named() -> None:
    (problem,) = validator({"oneOf": [{"type": "integer"}, {"minimum": 1}]}).problems(5)
    assert problem.message == "fits more than one of the alternatives, which must exclude each other"


@pytest.mark.parametrize(
    ("version", "schema", "place"),
    [
        ("3.0", {"type": "int"}, "api.yaml#/schema/type"),
        ("3.0", {"exclusiveMinimum": 5, "minimum": 1}, "api.yaml#/schema/exclusiveMinimum"),
        ("3.1", {"exclusiveMinimum": True}, "api.yaml#/schema/exclusiveMinimum"),
        ("3.0", {"properties": {"a/b": {"required": True}}}, "api.yaml#/schema/properties/a~1b/required"),
        ("3.0", {"$ref": "#/components/schemas/Odd"}, "api.yaml#/components/schemas/Odd/minLength"),
        ("3.0", {"items": {"$ref": "#/components/schemas/Text"}}, "api.yaml#/components/schemas/Text"),
    ],
)
def test_a_schema_that_means_nothing_is_refused_with_its_place(version: str, schema: Any, place: str) -> None:
    with pytest.raises(DocumentError) as caught:
        validator(schema, version, Odd={"minLength": "x"}, Text="text")
    assert (caught.value.code, caught.value.where) == ("spec_schema", place)
    assert caught.value.hint


def test_a_validator_is_built_once_for_each_direction() -> None:
    schemas = Schemas({"a": {"type": "integer"}}, Dialect.V30, "api.yaml")
    first = schemas.at("/a", Direction.REQUEST)
    assert schemas.at("/a", Direction.REQUEST) is first
    assert schemas.at("/a", Direction.RESPONSE) is not first


def test_a_schema_is_resolved_through_its_references() -> None:
    schemas = Schemas(
        {"a": {"$ref": "#/b"}, "b": {"$ref": "#/c"}, "c": {"type": "integer"}, "d": True}, Dialect.V31, "x"
    )
    assert schemas.resolved_pointer("/a") == "/c"
    assert schemas.resolve("/a") == {"type": "integer"}
    assert schemas.resolve("/d") == {}


def test_every_schema_inside_a_schema_is_found() -> None:
    schema = {
        "properties": {"a/b": {"items": {}}, "c": True},
        "allOf": [{"not": {}}, {"additionalProperties": False}],
        "patternProperties": [],
        "enum": [{}],
        "anyOf": {},
    }
    assert [at for at, _ in schemas_inside(schema)] == [
        "",
        "/properties/a~1b",
        "/properties/a~1b/items",
        "/allOf/0",
        "/allOf/0/not",
        "/allOf/1",
    ]


RING = {
    "components": {
        "schemas": {
            f"S{n}": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "next": {"$ref": f"#/components/schemas/S{(n + 1) % 3}"},
                    "kind": {"oneOf": [{"enum": ["a"]}, {"enum": ["b"]}]},
                },
            }
            for n in range(3)
        },
        "odd": {"{a/b}%20 c": {"schema": {"type": "integer"}}, "no": {"schema": False}},
    }
}
PLACES = [
    *(f"/components/schemas/S{n}" for n in range(3)),
    "/components/odd/{a~1b}%20 c/schema",
    "/components/schemas/S1/properties/kind",
]
VALUES = [{}, 7, {"id": "x", "next": {"id": 1, "kind": "c"}}, {"id": str(uuid.UUID(int=1)), "kind": "a"}, "a", None]


@pytest.mark.parametrize("dialect", list(Dialect))
@pytest.mark.parametrize("place", PLACES)
def test_schemas_compiled_together_judge_as_each_alone(dialect: Dialect, place: str) -> None:
    alone, together = Schemas(RING, dialect, "x.yaml"), Schemas(RING, dialect, "x.yaml")
    for each in PLACES:
        together.foresee(each)
    for value in VALUES:
        problems = together.at(place, Direction.REQUEST).problems(value)
        assert problems == alone.at(place, Direction.REQUEST).problems(value)


def test_one_broken_schema_does_not_spoil_those_it_is_compiled_with() -> None:
    schemas = Schemas({"good": {"type": "integer"}, "bad": {"type": "nope"}}, Dialect.V31, "x.yaml")
    for pointer in ("/good", "/bad"):
        schemas.foresee(pointer)
    assert schemas.at("/good", Direction.RESPONSE).accepts(1)
    assert not schemas.at("/good", Direction.RESPONSE).accepts("a")
    with pytest.raises(DocumentError, match="cannot be compiled"):
        schemas.at("/bad", Direction.RESPONSE)
