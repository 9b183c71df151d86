"""Values made from schemas: valid, alike for one seed, and bounded whatever a schema asks for."""

from __future__ import annotations

import contextlib
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.contract.compile import Contract
from lumakit.contract.dialect import Dialect, Direction
from lumakit.contract.sample import NO_SAMPLE, TOO_LARGE, NoSample, Sampler
from lumakit.contract.schema import Schemas
from lumakit.draws import Draw
from tests.contract.builders import operation
from tests.test_providers import EVERY, bodies

A, B = {"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}
TEXT, WHOLE = {"type": "string"}, {"type": "integer"}


def made(schema: Any, version: str = "3.1", direction: Direction = Direction.RESPONSE, **named: Any) -> Any:
    """The plain value of a schema."""
    return _sampler(schema, version, named).body("/schema", direction, Draw("seed"))


def drawn(schema: Any, seed: object = "seed", version: str = "3.1", **named: Any) -> Any:
    """A drawn value of a schema."""
    return _sampler(schema, version, named).body("/schema", Direction.RESPONSE, Draw(str(seed)), dynamic=True)


def refused(schema: Any, **named: Any) -> NoSample:
    with pytest.raises(NoSample) as caught:
        drawn(schema, **named)
    return caught.value


def _sampler(schema: Any, version: str, named: dict[str, Any]) -> Sampler:
    return Sampler(Schemas({"schema": schema, "components": {"schemas": named}}, Dialect(version), "api.yaml"))


def obj(*required: str, **properties: Any) -> dict[str, Any]:
    return (
        {"type": "object", "required": list(required), "properties": properties}
        if required
        else {
            "type": "object",
            "properties": properties,
        }
    )


# --- the contracts we have --------------------------------------------------------------------------------------------


@EVERY
@pytest.mark.parametrize("dynamic", [False, True])
def test_every_schema_of_every_provider_gives_a_valid_value(contract: Contract, dynamic: bool) -> None:
    count = 0
    for each, body, direction in bodies(contract):
        value = each.sample(body, direction, Draw("seed"), dynamic=dynamic)
        assert body.schema is not None
        assert each._book.schemas.at(body.schema, direction).problems(value) == (), each.key
        count += 1
    assert count > 20


def test_a_body_without_a_schema_is_an_empty_object() -> None:
    each = operation({"responses": {"200": {"description": "", "content": {"application/json": {}}}}})
    body = each.answers["200"].body()
    assert body is not None
    assert each.sample(body, Direction.RESPONSE, Draw("seed")) == {}


# --- plain values -----------------------------------------------------------------------------------------------------

PLAIN: list[tuple[Any, Any]] = [
    (TEXT, "string"),
    (WHOLE, 1),
    ({"type": "number"}, 1),
    ({"type": "boolean"}, True),
    ({"type": "null"}, None),
    ({}, "string"),
    (True, "string"),
    ({"type": ["null", "integer"]}, 1),
    ({"anyOf": [{"type": "null"}, WHOLE]}, 1),
    ({"enum": [None, "b", "c"]}, "b"),
    ({"const": {"a": [1]}}, {"a": [1]}),
    ({"type": "string", "default": "d"}, "d"),
    ({"type": "string", "default": "d", "examples": ["s"], "example": "e"}, "e"),
    ({"type": "string", "default": None}, "string"),
    ({"type": "integer", "example": "no number", "default": 4}, 4),
    ({"minLength": 8}, "stringst"),
    ({"maxLength": 3}, "str"),
    ({"pattern": "^[a-c]{4}$"}, "abca"),
    ({"allOf": [{"pattern": "^[a-c]+$"}, {"pattern": "^.{5}$"}], "minLength": 5}, "abcab"),
    ({"minimum": 5}, 5),
    ({"minimum": 5, "type": "integer", "multipleOf": 4}, 8),
    ({"type": "integer", "multipleOf": 1.5}, 3),
    ({"type": "number", "multipleOf": 0.01, "exclusiveMaximum": 0.02}, 0.01),
    ({"type": "number", "maximum": -3}, -3),
    ({"type": "number", "exclusiveMaximum": -3}, -4),
    ({"type": "number", "exclusiveMinimum": 5}, 6),
    ({"type": "number", "exclusiveMinimum": 5, "exclusiveMaximum": 6}, 5.5),
    ({"allOf": [{"multipleOf": 4}, {"multipleOf": 6}], "type": "integer"}, 12),
    ({"type": "array", "items": WHOLE}, [1]),
    ({"type": "array", "items": WHOLE, "minItems": 2}, [1, 1]),
    ({"type": "array", "items": WHOLE, "maxItems": 0}, []),
    ({"type": "array", "items": {"enum": [1, 2, 3]}, "minItems": 3, "uniqueItems": True}, [1, 2, 3]),
    ({"type": "array", "prefixItems": [WHOLE, TEXT], "items": False}, [1, "string"]),
    ({"allOf": [{"prefixItems": [WHOLE]}, {"items": {"maximum": 0}}], "type": "array"}, [0]),
    ({"type": "array", "items": TEXT, "contains": {"const": "x"}, "minItems": 2}, ["x", "string"]),
    ({"type": "array", "items": False}, []),
    ({"type": "object", "additionalProperties": WHOLE}, {"key": 1}),
    ({"type": "object", "additionalProperties": WHOLE, "minProperties": 2}, {"key": 1, "key2": 1}),
    ({"type": "object", "additionalProperties": WHOLE, "maxProperties": 0}, {}),
    ({"patternProperties": {"^x-[0-9]$": WHOLE}, "additionalProperties": False}, {"x-0": 1}),
    ({"minProperties": 1, "propertyNames": {"enum": ["only"]}}, {"only": "string"}),
    (obj("z", b=TEXT, a=WHOLE), {"b": "string", "a": 1, "z": "string"}),
    ({**obj("z"), "additionalProperties": WHOLE}, {"z": 1}),
    ({**obj(a=TEXT, b=TEXT, c=TEXT), "required": ["c"], "maxProperties": 2}, {"a": "string", "c": "string"}),
    ({"allOf": [obj(a=TEXT), {**obj("a", a={"maxLength": 2}), "additionalProperties": TEXT}]}, {"a": "st"}),
    ({"allOf": [{**obj(a=TEXT), "additionalProperties": False}, obj(b=TEXT)]}, {"a": "string"}),
    ({"properties": {"a": False, "b": True}}, {"b": "string"}),
    ({"type": ["string", "object"], "not": TEXT}, {}),
    ({**obj(a=TEXT), "not": {"required": ["a"]}}, {}),
    ({"if": obj("k", k={"const": "a"}), "then": obj("x"), **obj(k={"enum": ["a"]})}, {"k": "a", "x": "string"}),
    ({"oneOf": [obj("a", a=TEXT), obj("a", "b", a=TEXT, b=TEXT)]}, {"a": "string"}),
    ({"oneOf": [TEXT, {"type": "string", "maxLength": 9}, WHOLE]}, 1),
    ({"anyOf": [{"type": "integer", "minimum": 2, "maximum": 1}, {"example": "e", "type": "string"}]}, "e"),
    ({"type": "string", "anyOf": [WHOLE, {"minLength": 7}]}, "strings"),
    (obj(bad={"type": "string", "enum": [1]}, good=TEXT), {"good": "string"}),
    ({"type": "array", "items": {"type": "string", "enum": [1]}}, []),
    ({"type": "array", "items": {"type": "integer", "minimum": 2, "maximum": 1}}, []),
    (obj(big={"type": "array", "minItems": 10**9}, good=TEXT), {"good": "string"}),
    ({"type": "number", "enum": ["a", 2]}, 2),
]


@pytest.mark.parametrize(("schema", "value"), PLAIN, ids=range(len(PLAIN)))
def test_a_plain_value(schema: Any, value: Any) -> None:
    assert made(schema) == value
    assert list(made(schema)) == list(value) if isinstance(value, dict) else True


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string", "nullable": True}, "string"),
        ({"type": "string", "nullable": True, "enum": [None]}, None),
        ({"type": "integer", "minimum": 5, "exclusiveMinimum": True}, 6),
        ({"type": "integer", "maximum": -5, "exclusiveMaximum": True}, -6),
        ({"type": "integer", "maximum": -5, "exclusiveMaximum": False}, -5),
        ({"type": "integer", "format": "int32", "minimum": 2**31 - 1}, 2**31 - 1),
        ({"allOf": [A, {"maxLength": 2}]}, "st"),
        ({"$ref": A["$ref"], "description": "the same"}, "string"),
    ],
)
def test_a_plain_value_of_the_older_dialect(schema: Any, value: Any) -> None:
    assert made(schema, "3.0", A=TEXT) == value


@pytest.mark.parametrize(
    "name",
    "uuid date-time date time duration email idn-email hostname idn-hostname ipv4 ipv6 uri uri-reference iri "
    "iri-reference url uri-template json-pointer relative-json-pointer regex byte binary password odd".split(),
)
def test_a_format_is_kept(name: str) -> None:
    schema = {"type": "string", "format": name}
    assert isinstance(made(schema), str)
    assert {drawn(schema, seed) for seed in range(5)}
    assert made(schema, "3.0") == made(schema)


@pytest.mark.parametrize("name", ["email", "uri", "hostname"])
def test_a_format_is_made_as_long_as_it_must_be(name: str) -> None:
    schema = {"type": "string", "format": name, "minLength": 40, "maxLength": 45}
    assert 40 <= len(made(schema)) <= 45
    assert len(made({"type": "string", "format": name, "maxLength": 6})) <= 6


def test_a_member_that_only_the_other_side_sends_is_left_out() -> None:
    schema = obj("id", "secret", id={**WHOLE, "readOnly": True}, secret={"allOf": [A]}, more={"allOf": [B]})
    named = {"A": {**TEXT, "writeOnly": True}, "B": {**TEXT, "writeOnly": True}}
    assert made(schema, "3.0", Direction.REQUEST, **named) == {"secret": "string", "more": "string"}
    assert made(schema, "3.0", Direction.RESPONSE, **named) == {"id": 1, "secret": "string"}


def test_an_alternative_says_the_name_that_its_discriminator_reads() -> None:
    union = {"oneOf": [A, B, WHOLE], "discriminator": {"propertyName": "kind", "mapping": {"aa": A["$ref"]}}}
    cat = {**obj("kind", kind=TEXT), "additionalProperties": False}
    dog = obj("kind", "y", kind={"enum": ["dog"]}, y=WHOLE)
    assert made(union, "3.0", A=cat, B=dog) == {"kind": "aa"}
    told = [drawn(union, seed, A=cat, B=dog) for seed in range(20)]
    assert {each["kind"] for each in told if isinstance(each, dict)} == {"aa", "dog"}
    assert made({**union, "discriminator": {}}, "3.0", A=cat, B=dog) == {"kind": "string"}


def test_an_example_of_a_part_does_not_stand_for_the_whole() -> None:
    part = {**obj("q", q=WHOLE), "example": {"q": 7}}
    assert made({"allOf": [A, obj("z", z=WHOLE)]}, A=part) == {"q": 1, "z": 1}
    assert made(A, A=part) == {"q": 7}


# --- circles ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (obj("v", v=WHOLE, next=A), {"v": 1}),
        (obj("kids", kids={"type": "array", "items": A}), {"kids": []}),
        ({"anyOf": [A, WHOLE]}, "string"),
        ({"allOf": [A, WHOLE]}, 1),
        ({"oneOf": [obj("all", all={"type": "array", "minItems": 2, "items": A}), TEXT]}, {"all": ["string"] * 2}),
    ],
)
def test_a_schema_that_holds_itself_comes_to_an_end(schema: Any, value: Any) -> None:
    assert made(A, A=schema) == value


@pytest.mark.parametrize(
    "schema", [obj("next", next=A), obj("kids", kids={"type": "array", "items": A, "minItems": 1})], ids=["one", "many"]
)
def test_a_schema_that_must_hold_itself_has_no_value(schema: Any) -> None:
    assert "too deep" in refused(A, A=schema).reason


def test_members_stop_where_they_need_not_go_on() -> None:
    deep: Any = TEXT
    for _ in range(12):
        deep = obj(a=deep)
    assert json.dumps(made(deep)).count("a") == 6


def test_a_wide_web_of_schemas_gives_a_small_value() -> None:
    web: dict[str, Any] = {}
    for i in range(60):
        web[f"S{i}"] = obj(**{f"p{j}": {"$ref": f"#/components/schemas/S{(7 * i + 3 * j) % 60}"} for j in range(30)})
    assert len(json.dumps(made({"$ref": "#/components/schemas/S0"}, **web))) < 10_000


# --- drawn values -----------------------------------------------------------------------------------------------------


def test_drawn_values_vary_with_the_seed_and_with_nothing_else() -> None:
    schema = obj("id", id={**TEXT, "format": "uuid"}, tags={"type": "array", "items": TEXT}, size={"type": "number"})
    values = [json.dumps(drawn(schema, seed)) for seed in range(20)]
    assert len(set(values)) == 20
    assert values == [json.dumps(drawn(schema, seed)) for seed in range(20)]


def test_the_same_seed_gives_the_same_value_on_every_machine() -> None:
    schema = obj("id", id={**TEXT, "format": "uuid"}, at={**TEXT, "format": "date-time"}, n={"type": "integer"})
    assert drawn(schema, 7) == {"id": "4bd8b215-0e8f-4dc6-aa76-6320956527f6", "n": 209}


def test_drawn_values_reach_every_value_of_a_list_and_every_alternative() -> None:
    assert {drawn({"enum": ["a", "b", None]}, seed) for seed in range(40)} == {"a", "b", None}
    assert {type(drawn({"anyOf": [TEXT, WHOLE]}, seed)) for seed in range(40)} == {str, int}
    assert {drawn({"type": "boolean"}, seed) for seed in range(40)} == {True, False}


def test_members_without_a_name_of_their_own_get_different_ones() -> None:
    schema = {"type": "object", "minProperties": 3, "propertyNames": {"enum": ["a", "b", "c"]}}
    assert {tuple(sorted(drawn(schema, seed))) for seed in range(20)} == {("a", "b", "c")}
    two = {"type": "object", "minProperties": 2, "patternProperties": {"^[ab]$": WHOLE}, "additionalProperties": False}
    assert {tuple(sorted(drawn(two, seed))) for seed in range(20)} == {("a", "b")}


def test_drawn_numbers_stay_between_their_bounds() -> None:
    inside = {"type": "number", "minimum": 1, "exclusiveMaximum": 2}
    assert len({drawn(inside, seed) for seed in range(40)}) > 20
    tiny = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1e-9}
    assert all(0 < drawn(tiny, seed) < 1e-9 for seed in range(5))
    assert {drawn({"type": "integer", "minimum": 1, "maximum": 3}, seed) for seed in range(40)} == {1, 2, 3}
    assert all(drawn({"type": "integer", "maximum": -7}, seed) <= -7 for seed in range(5))


def test_a_value_that_a_plain_one_cannot_be_is_drawn() -> None:
    assert made({"type": "string", "not": {"const": "string"}}) != "string"
    assert isinstance(made({"oneOf": [WHOLE, {"type": "number"}]}), float)
    assert made({"type": "string", "pattern": r"^(?=.*\d)(?=.*[a-z])(?=.*[A-Z]).{8,}$"})


def test_what_cannot_be_drawn_is_plain() -> None:
    assert drawn(obj("a", a={"type": "string", "pattern": r"^(a)\1$", "example": "aa"})) == {"a": "aa"}


# --- hostile schemas --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        (False, "not allowed"),
        ({"anyOf": [False]}, "no value is allowed"),
        ({"enum": []}, "no value is in every list"),
        ({"type": "integer", "minimum": 5, "maximum": 4}, "no number lies"),
        ({"type": "number", "minimum": 5, "maximum": 4}, "no number lies"),
        ({"type": "integer", "exclusiveMinimum": 5, "exclusiveMaximum": 6}, "no number lies"),
        ({"type": "integer", "format": "int32", "minimum": 2**31}, "greater than"),
        ({"type": "string", "minLength": 4, "maxLength": 3}, "shorter than"),
        ({"type": "string", "pattern": r"(a)\1"}, "does not match"),
        ({"allOf": [TEXT, WHOLE]}, "no type is allowed"),
        ({"type": "array", "uniqueItems": True, "minItems": 4, "items": {"enum": [1, 2, 3]}}, "enough different"),
        ({"type": "array", "minItems": 1, "items": {"allOf": [TEXT, WHOLE]}}, "no type"),
        ({"type": "object", "minProperties": 3, "additionalProperties": False}, "3 properties"),
        ({"minProperties": 1, "propertyNames": {"enum": [None]}}, "only be a text"),
        (obj("a", a={"type": "string", "enum": [1]}), "not of type"),
        ({"oneOf": [obj(a=TEXT), obj(b=TEXT)]}, "more than one"),
        ({"type": "integer", "multipleOf": 0}, "cannot be compiled"),
        ({"type": "odd"}, "cannot be compiled"),
        ({"properties": [1]}, "cannot be compiled"),
    ],
)
def test_a_schema_without_a_value_is_refused_in_words(schema: Any, words: str) -> None:
    error = refused(schema)
    assert words in error.reason
    assert (error.code, error.pointer, error.where) == (NO_SAMPLE, "/schema", "/schema")


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "minItems": 10**9},
        {"type": "object", "minProperties": 10**9},
        {"type": "string", "minLength": 10**9},
        {"type": "integer", "minimum": 10**300, "exclusiveMinimum": 10**300},
        {"type": "array", "minItems": 1000, "items": {"type": "array", "minItems": 1000}},
        {"type": "array", "minItems": 1000, "items": {"type": "string", "minLength": 4000}},
        {"type": "array", "minItems": 1000, "items": {"type": "string", "pattern": f"^{'a' * 1000}$"}},
    ],
    ids=range(7),
)
def test_too_large_a_value_is_refused(schema: Any) -> None:
    assert refused(schema).code == TOO_LARGE


def test_a_bound_that_no_number_reaches_asks_for_nothing_more() -> None:
    assert made({"type": "string", "maxLength": 10**12}) == "string"
    assert made({"type": "integer", "maximum": 10**400}) == 1


def test_a_long_chain_of_schemas_is_followed_so_far() -> None:
    chain: dict[str, Any] = {f"S{i}": {"allOf": [{"$ref": f"#/components/schemas/S{i + 1}"}]} for i in range(500)}
    chain["S500"] = TEXT
    assert made({"$ref": "#/components/schemas/S490"}, **chain) == "string"
    assert "too deep" in refused({"$ref": "#/components/schemas/S1"}, **chain).reason


def test_the_message_names_the_schema_and_what_to_do() -> None:
    text = str(refused(False))
    assert text.startswith("/schema: no value could be made from the schema: ")
    assert "give an example" in text


# --- any schema -------------------------------------------------------------------------------------------------------

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-3, 12), st.sampled_from(["", "a", "string", "2024-01-01"]))
NAMES = st.sampled_from("abcd")
TYPES = ("string", "object", "array", "integer", "number", "boolean", "null")
LEAVES = st.sampled_from([{}, True, False, A, B, *({"type": name} for name in TYPES)])


def _keywords(inner: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    some, count, number = st.lists(inner, min_size=1, max_size=3), st.integers(0, 4), st.integers(-3, 12)
    return {
        "type": st.sampled_from(TYPES) | st.lists(st.sampled_from(TYPES), min_size=1, max_size=2, unique=True),
        "enum": st.lists(SCALARS, min_size=1, max_size=3, unique_by=repr),
        "format": st.sampled_from(["uuid", "date-time", "email", "uri", "int32", "byte", "odd"]),
        "pattern": st.sampled_from(["^a+$", "[0-9]", "^(?=a)", r"^[a-z]{3}-\d+$", "(", "x|y"]),
        "multipleOf": st.sampled_from([1, 2, 0.1, 0.25, 3]),
        "required": st.lists(NAMES, max_size=3, unique=True),
        "properties": st.dictionaries(NAMES, inner, max_size=3),
        "patternProperties": st.dictionaries(st.sampled_from(["^x", "[0-9]$", "(a"]), inner, max_size=1),
        "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, max_size=2, unique=True), max_size=2),
        "discriminator": st.just({"propertyName": "a"}),
        **dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum"), number | st.booleans()),
        **dict.fromkeys(("minimum", "maximum"), number),
        **dict.fromkeys(("minLength", "minItems", "minProperties"), count | st.just(10**9)),
        **dict.fromkeys(("maxLength", "maxItems", "maxProperties"), count | st.just(10**12)),
        **dict.fromkeys(("uniqueItems", "nullable", "readOnly", "writeOnly"), st.booleans()),
        **dict.fromkeys(("items", "contains", "additionalProperties", "propertyNames", "not", "if", "then"), inner),
        **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), some),
        **dict.fromkeys(("const", "example", "default"), SCALARS),
    }


def _holders(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    known = _keywords(inner)
    chosen = st.lists(st.sampled_from(sorted(known)), max_size=5, unique=True)
    return chosen.flatmap(lambda names: st.fixed_dictionaries({name: known[name] for name in names}))


SCHEMAS = st.recursive(LEAVES, _holders, max_leaves=8)
NOT_ONLY_REFERENCES = _holders(SCHEMAS)


WAYS = st.tuples(st.sampled_from(Dialect), st.sampled_from(Direction), st.booleans())


@given(SCHEMAS, NOT_ONLY_REFERENCES, NOT_ONLY_REFERENCES, WAYS)
def test_any_schema_gives_a_valid_value_or_none(
    schema: Any, a: Any, b: Any, way: tuple[Dialect, Direction, bool]
) -> None:
    dialect, direction, dynamic = way
    schemas = Schemas({"schema": schema, "components": {"schemas": {"A": a, "B": b}}}, dialect, "api.yaml")
    began = time.process_time()
    with contextlib.suppress(NoSample):
        value = Sampler(schemas).body("/schema", direction, Draw("seed"), dynamic=dynamic)
        assert schemas.at("/schema", direction).accepts(json.loads(json.dumps(value, allow_nan=False)))
    assert time.process_time() - began < 10
