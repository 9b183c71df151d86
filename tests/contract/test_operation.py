"""Requests and responses held against one operation."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.contract.operation import Operation
from lumakit.model import Basis, Edition, Finding, Request, Response, Severity
from tests.contract.builders import (
    JSON,
    SECRET,
    answering,
    api,
    compiled,
    operation,
    overlay,
    post,
    taking,
)

TASK = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer"}, "tags": {"type": "array", "items": {"type": "integer"}}},
}
COUNT = {"type": "integer"}
FORM = "application/x-www-form-urlencoded"
PARTED = "multipart/form-data; boundary=x"


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in findings]


def sent(raw: bytes | str, content_type: str) -> Request:
    body = raw if isinstance(raw, bytes) else raw.encode()
    return (
        post(headers=(("content-type", content_type),), body=None)
        if not body
        else Request("POST", "/things", headers=(("content-type", content_type),), body=body)
    )


def parts(**fields: str) -> bytes:
    each = (f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in fields.items())
    return "".join((*each, "--x--\r\n")).encode()


def answer(value: Any = None, status: int = 200, **more: Any) -> Response:
    return Response(status, **{"headers": JSON, "body": json.dumps(value).encode(), **more})


# --- requests --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("documented", "content_type", "body"),
    [
        ("application/json", "application/json", '{"id": 1}'),
        ("application/json", "Application/JSON; charset=utf-8", '{"id": 1, "tags": [2]}'),
        ("application/vnd.x+json", "application/vnd.x+json", '{"id": 1}'),
        ("application/*", "application/problem+json", '{"id": 1}'),
        ("*/*", "application/json", '{"id": 1}'),
        (FORM, FORM, "id=1&tags=2&tags=3"),
        ("application/*", FORM, "id=1"),
        ("multipart/form-data", PARTED, parts(id="1", tags="2")),
        ("application/*", "application/pdf", "anything"),
    ],
)
def test_a_body_that_fits_is_silent(documented: str, content_type: str, body: str | bytes) -> None:
    assert taking(TASK, documented).check_request(sent(body, content_type)) == ()


@pytest.mark.parametrize(
    ("documented", "content_type", "body", "code", "pointer"),
    [
        ("application/json", "application/json", f'{{"id": "{SECRET}"}}', "X206", "/id"),
        ("application/json", "application/json", f'{{"id": 1, "tags": [2, "{SECRET}"]}}', "X206", "/tags/1"),
        ("application/json", "application/json", f'"{SECRET}"', "X206", ""),
        ("application/json", "application/json", f"{{{SECRET}", "X205", ""),
        ("application/json", "application/json", f'{{"id": 1, "id": "{SECRET}"}}', "X205", ""),
        ("application/json", "text/plain", SECRET, "X204", ""),
        ("application/json", "", SECRET, "X204", ""),
        ("application/*", "text/json", SECRET, "X204", ""),
        ("application/vnd.x+json", "application/vnd.x+json", f'{{"id": "{SECRET}"}}', "X206", "/id"),
        (FORM, FORM, f"id={SECRET}", "X206", "/id"),
        (FORM, FORM, "id=" + "9" * 5000, "X206", "/id"),
        (FORM, FORM, f"id=1&id={SECRET}", "X206", "/id"),
        (FORM, FORM, f"id=1&tags={SECRET}", "X206", "/tags/0"),
        (FORM, FORM, b"\xff", "X205", ""),
        ("multipart/form-data", PARTED, parts(id=SECRET), "X206", "/id"),
        ("multipart/form-data", PARTED, parts(id=SECRET)[:-4], "X205", ""),
        ("text/plain", "text/plain; charset=us-ascii", b"\xff", "X205", ""),
    ],
)
def test_a_body_that_does_not_fit_is_found_and_not_repeated(
    documented: str, content_type: str, body: str | bytes, code: str, pointer: str
) -> None:
    (finding,) = taking(TASK, documented).check_request(sent(body, content_type))
    assert (finding.code, finding.pointer, finding.subject) == (code, pointer, "body")
    assert (finding.where, finding.edition, finding.severity) == ("POST /things", Edition.CORRECTED, Severity.ERROR)
    assert SECRET not in repr(finding)


def test_a_text_is_held_against_its_schema() -> None:
    takes = taking({"type": "string", "maxLength": 3}, "text/*")
    assert takes.check_request(sent("abc", "text/plain")) == ()
    assert takes.check_request(sent(b"\xe9\xe9\xe9", "text/plain; charset=iso-8859-1")) == ()
    assert codes(takes.check_request(sent(SECRET, "text/plain"))) == ["X206"]


@pytest.mark.parametrize(("text", "expected"), [('{"a": 1}', []), ('{"a": "x"}', ["X206"]), ("a", ["X206"])])
def test_an_object_inside_a_form_is_json(text: str, expected: list[str]) -> None:
    inner = {"type": "object", "properties": {"a": {"type": "integer"}}}
    takes = taking({"type": "object", "properties": {"meta": inner}}, "multipart/form-data")
    assert codes(takes.check_request(sent(parts(meta=text), PARTED))) == expected


PAYMENT = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "amount": {"type": "integer"},
        "card": {
            "type": "object",
            "properties": {"number": {"type": "integer"}, "owner": {"type": "object", "properties": {"age": COUNT}}},
        },
        "metadata": {"anyOf": [{"type": "object", "additionalProperties": COUNT}, {"type": "string", "enum": [""]}]},
        "expand": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
        "lines": {"type": "array", "items": {"type": "object", "required": ["n", "m"], "properties": {"n": COUNT}}},
        "either": {"oneOf": [{"type": "integer"}, {"type": "string", "enum": ["all"]}]},
        "odd[name]": {"type": "integer"},
    },
}
DEEP = {"card": {"style": "deepObject", "explode": True}}


def paying(encoding: Any = DEEP, kind: str = FORM, schema: Any = PAYMENT) -> Operation:
    return operation({"requestBody": {"content": {kind: {"schema": schema, "encoding": encoding}}}})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("amount=5&card[number]=42&metadata[k]=3&expand[]=a", []),
        ("card%5Bowner%5D%5Bage%5D=7", []),
        ("card[owner][age]=x", ["/card/owner/age"]),
        ("card[number]=x", ["/card/number"]),
        ("metadata=", []),
        ("metadata[k]=v", ["/metadata"]),
        ("expand[]=a&expand[]=b&expand=a", []),
        ("expand[1]=c&expand[0]=a", ["/expand/1"]),
        ("expand[x]=a", ["/expand"]),
        ("lines[0][n]=1&lines[0][m]=x&lines[1][n]=2&lines[1][m]=y", []),
        ("lines[][n]=1&lines[][m]=x&lines[][n]=2&lines[][m]=y", []),
        ("lines[][n]=1&lines[][m]=x&lines[][n]=2", ["/lines/1"]),
        ("odd[name]=1&either=5", []),
        ("either=all", []),
        ("either=some", ["/either"]),
        ("amount[x]=5", [""]),
        ("card[a][b][c][d][e]=1", []),
        ("card[a][b][c][d][e][f]=1", [""]),
        ("card[=1", [""]),
        ("card=1&card[number]=1", ["/card"]),
    ],
)
def test_brackets_in_a_form_lead_into_objects_and_lists(body: str, expected: list[str]) -> None:
    findings = paying().check_request(sent(body, FORM))
    assert [finding.pointer for finding in findings] == expected


def test_brackets_in_parts_are_read_alike() -> None:
    raw = parts(**{"amount": "5", "card[number]": "42", "expand[]": "a"})
    assert paying(kind="multipart/form-data").check_request(sent(raw, PARTED)) == ()


@pytest.mark.parametrize(
    ("encoding", "body", "pointers"),
    [
        ({"style": "form", "explode": False}, "ids=1,2", []),
        ({"explode": False}, "ids=1,x", ["/ids/1"]),
        ({"style": "pipeDelimited"}, "ids=1|2", []),
        ({"style": "spaceDelimited"}, "ids=1+2", []),
        ({"style": "form"}, "ids=1,2", ["/ids/0"]),
        ({"contentType": "application/json"}, "ids=[1,2]", []),
        ({"contentType": "application/json"}, "ids=1&ids=2", []),
        ({"contentType": "application/json"}, "ids=[1", ["/ids/0"]),
        ({"contentType": "text/plain"}, "ids=1&ids=2", []),
        ({"explode": False}, "at=n,5", []),
        ({"explode": False}, "at=n,x", ["/at/n"]),
    ],
)
def test_a_field_is_read_by_its_encoding(encoding: Any, body: str, pointers: list[str]) -> None:
    at = {"type": "object", "properties": {"n": COUNT}}
    schema = {"type": "object", "properties": {"ids": {"type": "array", "items": COUNT}, "at": at}}
    findings = paying({"ids": encoding, "at": encoding}, schema=schema).check_request(sent(body, FORM))
    assert [finding.pointer for finding in findings] == pointers


@pytest.mark.parametrize("kind", ["text/event-stream", "text/xml", "text/csv"])
@pytest.mark.parametrize("schema", [TASK, {"type": "array"}, {"properties": {}}, {"allOf": [TASK]}])
def test_a_text_whose_schema_speaks_of_its_parts_is_not_judged(kind: str, schema: Any) -> None:
    assert taking(schema, kind).check_request(sent(SECRET, kind)) == ()


def test_a_text_that_may_be_a_string_is_judged() -> None:
    takes = taking({"anyOf": [TASK, {"type": "string", "maxLength": 3}]}, "text/csv")
    assert codes(takes.check_request(sent(SECRET, "text/csv"))) == ["X206"]


def test_fields_that_are_not_documented_are_texts() -> None:
    takes = taking({"type": "object", "additionalProperties": {"type": "string"}}, FORM)
    assert takes.check_request(sent("a=1", FORM)) == ()


def test_a_body_is_missing_only_where_it_is_required() -> None:
    body = {"content": {"application/json": {"schema": TASK}}}
    assert operation({"requestBody": body}).check_request(post()) == ()
    (finding,) = operation({"requestBody": {**body, "required": True}}).check_request(post())
    assert (finding.code, finding.message) == ("X203", "the body is missing")


@pytest.mark.parametrize("said", [{}, {"requestBody": {"content": {"application/json": {}}}}])
def test_a_body_that_nothing_is_said_of_may_be_anything(said: dict[str, Any]) -> None:
    assert operation(said).check_request(post({"a": 1})) == ()


@pytest.mark.parametrize(
    ("content_type", "message"),
    [
        ("text/plain", "the content type 'text/plain' is not documented, only application/json, image/*"),
        ("", "no content type is given, but application/json, image/* is documented"),
    ],
)
def test_the_media_types_that_would_do_are_named(content_type: str, message: str) -> None:
    takes = operation({"requestBody": {"content": {"application/json": {}, "image/*": {}}}})
    (finding,) = takes.check_request(sent("a", content_type))
    assert finding.message == message


def test_everything_that_is_wrong_is_said_at_once() -> None:
    key = {"type": "apiKey", "in": "header", "name": "X-Key"}
    said = {
        "security": [{"key": []}],
        "parameters": [{"name": "n", "in": "query", "schema": {"type": "integer"}}],
        "requestBody": {"content": {"application/json": {"schema": TASK}}},
    }
    made = operation(said, components={"securitySchemes": {"key": key}})
    assert codes(made.check_request(post({}, query="n=x"))) == ["X207", "X202", "X206"]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_client_need_not_send_what_only_the_server_says(version: str) -> None:
    schema = {"required": ["id"], "properties": {"id": {"type": "integer", "readOnly": True}}}
    assert taking(schema, version=version).check_request(post({})) == ()
    assert codes(answering(schema, version=version).check_response(answer({}))) == ["X214"]


# --- responses -------------------------------------------------------------------------------------------------------


def answers(*statuses: str) -> Operation:
    return operation({"responses": {status: {"description": status} for status in statuses}})


@pytest.mark.parametrize(
    ("statuses", "status", "chosen"),
    [
        (("200", "2XX", "default"), 200, "200"),
        (("200", "2XX", "default"), 201, "2XX"),
        (("200", "2XX", "default"), 404, "default"),
        (("200", "2XX"), 404, None),
        (("default",), 599, "default"),
        ((), 200, None),
    ],
)
def test_the_nearest_status_answers(statuses: tuple[str, ...], status: int, chosen: str | None) -> None:
    made = answers(*statuses).answer(status)
    assert (made.status if made else None) == chosen


@pytest.mark.parametrize(("statuses", "known"), [(("200", "4XX"), "200, 4XX"), ((), "none")])
def test_a_status_nobody_documented_is_found(statuses: tuple[str, ...], known: str) -> None:
    (finding,) = answers(*statuses).check_response(answer(status=302))
    assert (finding.code, finding.subject) == ("X211", "status")
    assert finding.message == f"the status 302 is not documented, only {known}"


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (answer({"id": 1}), []),
        (answer({"id": SECRET}), ["X214"]),
        (answer({}), ["X214"]),
        (answer(body=SECRET.encode()), ["X213"]),
        (answer(body=b""), ["X213"]),
        (answer(headers=(("Content-Type", "text/html"),)), ["X212"]),
        (answer(headers=()), ["X212"]),
    ],
)
def test_an_answer_is_held_against_its_schema(response: Response, expected: list[str]) -> None:
    findings = answering(TASK).check_response(response)
    assert codes(findings) == expected
    assert SECRET not in repr(findings)


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_is_not_asked_for_one(status: int) -> None:
    content = {"application/json": {"schema": TASK}}
    made = operation({"responses": {"default": {"description": "any", "content": content}}})
    assert made.check_response(Response(status)) == ()


def test_an_answer_to_head_has_no_body() -> None:
    assert answering(TASK, path="/things", method="head").check_response(Response(200)) == ()


def test_an_answer_without_documented_content_may_hold_anything() -> None:
    assert answers("200").check_response(answer({"a": 1})) == ()


RATE = {"X-Rate": {"required": True, "schema": {"type": "integer"}}, "Content-Type": {"required": True}}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((("x-rate", "5"),), []),
        ((), [("X215", "header X-Rate is missing")]),
        ((("X-Rate", SECRET),), [("X216", 'header X-Rate: the value is not of type "integer"')]),
    ],
)
def test_headers_are_held_against_their_schemas(headers: Any, expected: list[tuple[str, str]]) -> None:
    made = operation({"responses": {"200": {"description": "done", "headers": RATE}}})
    findings = made.check_response(Response(200, headers))
    assert [(finding.code, finding.message) for finding in findings] == expected


@pytest.mark.parametrize(
    ("said", "headers", "expected"),
    [
        ({"schema": {"type": "integer"}}, (), []),
        ({}, (("X-Meta", "anything"),), []),
        ({"content": {"application/json": {"schema": TASK}}}, (("X-Meta", '{"id": 1}'),), []),
        ({"content": {"application/json": {"schema": TASK}}}, (("X-Meta", "{"),), ["X216"]),
        ({"schema": {"type": "array", "items": {"type": "integer"}}}, (("X-Meta", "1"), ("X-Meta", "2, x")), ["X216"]),
    ],
)
def test_a_header_is_read_like_a_parameter(said: dict[str, Any], headers: Any, expected: list[str]) -> None:
    made = operation({"responses": {"200": {"description": "done", "headers": {"X-Meta": said}}}})
    assert codes(made.check_response(Response(200, headers))) == expected


# --- where a finding comes from --------------------------------------------------------------------------------------

LIST = {
    "type": "object",
    "properties": {
        "tasks": {"type": "array", "items": {"$ref": "#/components/schemas/Task"}},
        "any": {"additionalProperties": {"type": "integer"}},
        "one": {"anyOf": [{"$ref": "#/components/schemas/One"}, {"type": "boolean"}]},
        "all": {"allOf": [{"$ref": "#/components/schemas/One"}, {"maxLength": 9}]},
    },
}
ONE = {"type": "string", "minLength": 2}
PAGE = api(
    {
        "/things": {
            "post": {
                "parameters": [{"name": "n", "in": "query", "schema": {"type": "string"}}],
                "requestBody": {"$ref": "#/components/requestBodies/List"},
                "responses": {"200": {"description": "done", "headers": {"X-N": {}}, "content": {"text/plain": {}}}},
            }
        }
    },
    components={
        "schemas": {"Task": {"type": "object", "properties": {"id": {"type": "integer"}, "at": {}}}, "One": ONE},
        "requestBodies": {"List": {"content": {"application/json": {"schema": LIST}}}},
        "securitySchemes": {"k": {"type": "http", "scheme": "bearer"}},
    },
)


def corrected(*actions: dict[str, Any]) -> Operation:
    said = {"x-lumakit-basis": "inferred", "x-lumakit-evidence": ["seen"]}
    made = compiled(PAGE, corrections=overlay(*({**said, **action} for action in actions)))
    return made.operations["POST /things"]


@pytest.mark.parametrize(
    ("target", "update", "body", "basis"),
    [
        ("$.components.schemas.Task.properties.id", {"maximum": 5}, {"tasks": [{"id": 6}]}, Basis.INFERRED),
        ("$.components.schemas.Task", {"required": ["id"]}, {"tasks": [{}]}, Basis.INFERRED),
        ("$.components.schemas.Task.properties", {"at": {"minimum": 1}}, {"tasks": [{"at": 0}]}, Basis.INFERRED),
        ("$.components.schemas.Task.properties", {"at": {"minimum": 1}}, {"tasks": [{"id": "x"}]}, Basis.DOCUMENTED),
        ("$.components.schemas.Task", {"description": "new"}, {"tasks": [{"id": "x"}]}, Basis.DOCUMENTED),
        ("$.components.schemas.One", {"maxLength": 3}, {"one": "abcd"}, Basis.INFERRED),
        ("$.components.schemas.One", {"maxLength": 3}, {"all": "abcd"}, Basis.INFERRED),
        ("$.components.schemas.One", {"maxLength": 3}, {"all": "a"}, Basis.DOCUMENTED),
        ("$..one.anyOf", [{"type": "integer"}], {"one": "a"}, Basis.DOCUMENTED),
        ("$..List.content.*.schema", {"maxProperties": 0}, {"tasks": []}, Basis.INFERRED),
        ("$..properties.any", {"additionalProperties": {"maximum": 5}}, {"any": {"a": "x"}}, Basis.DOCUMENTED),
        ("$..List", {"required": True}, None, Basis.INFERRED),
        ("$..post.parameters[0]", {"required": True, "in": "header", "name": "n"}, {}, Basis.INFERRED),
        ("$..post", {"security": [{"k": []}]}, {}, Basis.INFERRED),
        ("$..List.content", {"text/plain": {}, "application/json": {}}, "", Basis.DOCUMENTED),
    ],
)
def test_a_finding_knows_how_the_part_it_rests_on_is_known(
    target: str, update: dict[str, Any], body: Any, basis: Basis
) -> None:
    made = corrected({"target": target, "update": update})
    (finding, *_) = made.check_request(post(body) if body != "" else sent("a", "image/png"))
    assert finding.basis is basis
    assert finding.evidence == (("seen",) if basis is Basis.INFERRED else ())


def test_a_finding_knows_its_edition() -> None:
    made = compiled(PAGE, Edition.PUBLISHED).operations["POST /things"]
    (finding,) = made.check_request(post({"tasks": 1}))
    assert finding.edition is Edition.PUBLISHED


ANSWER = "$..post.responses['200']"


@pytest.mark.parametrize(
    ("target", "update", "response"),
    [
        (ANSWER, {"headers": {"X-N": {"required": True}}}, Response(200, (("Content-Type", "text/plain"),))),
        (ANSWER, {"headers": {"X-N": {"schema": {"maxLength": 0}}}}, Response(200, (("X-N", "a"),))),
        (
            f"{ANSWER}.content",
            {"text/plain": {"schema": {"maxLength": 0}}},
            Response(200, (("Content-Type", "text/plain"),), b"a"),
        ),
        ("$..post.responses", {"201": {"description": "new", "content": {"text/plain": {}}}}, Response(201)),
    ],
)
def test_a_finding_in_an_answer_knows_how_that_part_is_known(
    target: str, update: dict[str, Any], response: Response
) -> None:
    (finding, *_) = corrected({"target": target, "update": update}).check_response(response)
    assert finding.basis is Basis.INFERRED


def test_a_status_is_undocumented_where_it_stands_so_in_the_page() -> None:
    (finding,) = corrected({"target": "$.info", "update": {"title": "new"}}).check_response(Response(404))
    assert finding.basis is Basis.DOCUMENTED


def test_what_an_overlay_requires_besides_what_the_page_requires_is_known_apart() -> None:
    made = corrected(
        {"target": "$..One", "update": {"type": "object", "required": ["a"]}, "x-lumakit-basis": "mirror"},
        {"target": "$..One", "update": {"required": ["b"]}},
    )
    assert [finding.basis for finding in made.check_request(post({"all": {"b": 1}}))] == [Basis.MIRROR]
    assert [finding.basis for finding in made.check_request(post({"all": {"a": 1}}))] == [Basis.INFERRED]


# --- laws ------------------------------------------------------------------------------------------------------------

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.just(SECRET),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
STRICT = {
    "type": "object",
    "required": ["z"],
    "additionalProperties": False,
    "properties": {
        "a": {"type": "string", "format": "uuid", "pattern": "^0"},
        "b": {"oneOf": [{"type": "integer"}, {"type": "array", "uniqueItems": True, "items": {"enum": [1, 2]}}]},
        "c": {"not": {"type": "string"}, "minProperties": 1},
    },
}


@given(ANY_JSON)
def test_whatever_is_sent_no_finding_repeats_it(value: Any) -> None:
    request = post(value, query=f"n={SECRET}", headers=(*JSON, ("X-N", SECRET), ("Cookie", f"n={SECRET}")))
    assert SECRET not in repr(STRICTLY.check_request(request))


@given(st.binary(max_size=40), st.sampled_from(["application/json", FORM, PARTED, "text/plain", "image/png", "x"]))
def test_any_bytes_are_answered_with_findings(body: bytes, content_type: str) -> None:
    findings = STRICTLY.check_request(sent(body, content_type))
    assert all(isinstance(finding, Finding) for finding in findings)


STRICTLY = operation(
    {
        "parameters": [
            {"name": "n", "in": "query", "schema": {"type": "integer"}},
            {"name": "X-N", "in": "header", "schema": {"type": "integer"}},
            {"name": "n", "in": "cookie", "schema": {"type": "integer"}},
        ],
        "requestBody": {
            "content": {
                name: {"schema": STRICT} for name in ("application/json", FORM, "multipart/form-data", "text/plain")
            }
        },
    }
)
