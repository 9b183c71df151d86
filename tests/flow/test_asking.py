"""Values find their places in a request, in every style that a document may ask for, or the call is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import lumakit
from lumakit.call_errors import InvalidRequest
from lumakit.contract.reading import Place
from lumakit.flow.asking import Asker
from lumakit.flow.hearing import Ear
from lumakit.flow.patience import Patience
from lumakit.flow.verbs import Verbs
from lumakit.model import Request
from lumakit.redaction import Redactor

STRINGS = {"type": "array", "items": {"type": "string"}}
OBJECT = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}


def asker(folder: Path, operation: dict[str, Any], path: str = "/things/{id}", **more: Any) -> Asker:
    item = {"post": {"responses": {"200": {"description": "ok"}}, **operation}}
    document = {"openapi": "3.0.3", "info": {"title": "a", "version": "1"}, "paths": {path: item}, **more}
    (folder / "a.json").write_text(json.dumps(document))
    return Asker(lumakit.load(folder / "a.json").operation(f"POST {path}"), "https://a.example", "/base")


def asked(made: Asker, **values: Any) -> Request:
    return made.request(values, {}, {})


def parameter(name: str, where: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "in": where, "required": where == "path", "schema": schema, **more}


@pytest.mark.parametrize(
    ("where", "schema", "more", "value", "stands"),
    [
        ("path", {"type": "string"}, {}, "a/b c", "/base/things/a%2Fb%20c"),
        ("path", {"type": "string"}, {"style": "label"}, "x", "/base/things/.x"),
        ("path", {"type": "string"}, {"style": "matrix"}, "x", "/base/things/;id=x"),
        ("path", STRINGS, {}, ["x", "y"], "/base/things/x,y"),
        ("query", {"type": "boolean"}, {}, True, "id=true"),
        ("query", STRINGS, {}, ["x", "y&"], "id=x&id=y%26"),
        ("query", STRINGS, {"explode": False}, ["x", "y"], "id=x,y"),
        ("query", STRINGS, {"explode": False, "style": "pipeDelimited"}, ["x", "y"], "id=x%7Cy"),
        ("query", OBJECT, {"style": "deepObject", "explode": True}, {"a": "x", "b": 1}, "id[a]=x&id[b]=1"),
        ("query", OBJECT, {}, {"a": "x", "b": 1}, "a=x&b=1"),
        ("query", OBJECT, {"explode": False}, {"a": "x", "b": 1}, "id=a,x,b,1"),
        ("header", STRINGS, {}, ["x", "y"], "x,y"),
        ("cookie", {"type": "integer"}, {}, 7, "id=7"),
    ],
)
def test_a_parameter_is_spelled_as_documented(
    where: str, schema: Any, more: Any, value: Any, stands: str, tmp_path: Path
) -> None:
    path = "/things/{id}" if where == "path" else "/things"
    made = asker(tmp_path, {"parameters": [parameter("id", where, schema, **more)]}, path)
    request = asked(made, id=value)
    places = {"path": request.path, "query": request.query, "header": request.header("id")}
    assert (places | {"cookie": request.header("cookie")})[where] == stands


def body(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"content": {kind: {"schema": schema}}}}


def test_bodies_are_json_or_forms_or_given_as_bytes(tmp_path: Path) -> None:
    form = asker(tmp_path, body("application/x-www-form-urlencoded", OBJECT), "/things")
    assert asked(form, a="x y", b=1).body == b"a=x+y&b=1"
    rows = asker(tmp_path, body("application/json", STRINGS), "/things")
    assert asked(rows, body=["x"]).body == b'["x"]'
    raw = asker(tmp_path, body("video/mp4", {"type": "string", "format": "binary"}), "/things")
    assert (asked(raw, body=b"film").body, asked(raw, body=b"film").header("content-type")) == (b"film", "video/mp4")
    with pytest.raises(lumakit.InvalidRequest, match="cannot be put together"):
        asked(raw, body={"a": 1})


def test_members_of_schemas_that_are_put_together_are_known(tmp_path: Path) -> None:
    parts = {"components": {"schemas": {"A": OBJECT}}}
    schema = {"allOf": [{"$ref": "#/components/schemas/A"}, {"properties": {"from": {"type": "string"}}}]}
    made = asker(tmp_path, body("application/json", schema), "/things", **parts)
    assert json.loads(asked(made, a="x", from_="y").body) == {"a": "x", "from": "y"}
    with pytest.raises(lumakit.InvalidRequest, match="it takes a, b, from"):
        asked(made, zebra=1)


def test_a_body_that_names_no_members_takes_any(tmp_path: Path) -> None:
    made = asker(tmp_path, body("application/json", {"type": "object"}), "/things")
    assert json.loads(asked(made, anything=[1]).body) == {"anything": [1]}


def test_what_cannot_stand_in_a_header_or_is_missing_from_the_path_is_refused(tmp_path: Path) -> None:
    given = [parameter("id", "path", {"type": "string"}), parameter("X-Tag", "header", {"type": "string"})]
    made = asker(tmp_path, {"parameters": given})
    for tag in ("a\r\nHost: b", "é"):
        with pytest.raises(lumakit.InvalidRequest, match="in a header"):
            asked(made, id="x", x_tag=tag)
    with pytest.raises(lumakit.InvalidRequest, match="id is missing"):
        asked(made, x_tag="a")


@pytest.mark.parametrize("where", ["path", "query", "cookie"])
def test_half_a_letter_is_refused_wherever_it_would_stand(where: str, tmp_path: Path) -> None:
    path = "/things/{id}" if where == "path" else "/things"
    made = asker(tmp_path, {"parameters": [parameter("id", where, {"type": "string"})]}, path)
    with pytest.raises(lumakit.InvalidRequest):
        asked(made, id="\udcff")


def test_a_key_of_idempotency_makes_a_request_one_that_may_be_repeated(tmp_path: Path) -> None:
    made = asker(tmp_path, {"parameters": [parameter("Idempotency-Key", "header", {"type": "string"})]}, "/things")
    assert made.takes_key_of_idempotency({"idempotency_key": "7"})
    assert not made.takes_key_of_idempotency({})
    ear: Ear[Any] = Ear(lumakit.load(tmp_path / "a.json"), "warn", lambda _: None, Redactor)
    verbs = Verbs(ear.contract, "https://a.example", "", ear, Patience(), lambda: pytest.fail("no chance is taken"))
    step: Any = next(verbs.call("things", {"idempotency_key": "7"}))
    assert (step.repeatable, step.makes) == (True, False)
    with pytest.raises(lumakit.InvalidRequest, match="no lifecycle"):
        next(verbs.submit("", {}))
    with pytest.raises(lumakit.InvalidRequest, match="no operation called"):
        next(verbs.call("thing", {}))


def test_two_names_for_one_place_are_refused() -> None:
    made = Asker(lumakit.load("chainhub").operation("POST /luma/generations"), "https://a.example", "")
    shared = {"prompt": Place("body", "/user_prompt")}
    with pytest.raises(InvalidRequest) as refusal:
        made.request({"prompt": "a gust", "user_prompt": "a calm"}, shared, {})
    assert (refusal.value.code, refusal.value.parameter) == ("given_twice", "user_prompt")
    assert "prompt and user_prompt are the same parameter" in str(refusal.value)
