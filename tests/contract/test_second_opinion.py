"""Law 8: our own checks and openapi-core give the same verdict, and every exception to that is real."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumakit.contract import document, folder
from lumakit.contract.compile import Contract, compile_contract
from lumakit.contract.operation import Callback, Operation
from lumakit.contract.second_opinion import EXCEPTIONS, SecondOpinion
from lumakit.errors import SurroundingsError, UsageError
from lumakit.model import Edition, Finding, Request, Response, Severity
from tests.contract import exchanges
from tests.contract.shelf import shelf

JSON = (("Content-Type", "application/json"),)
INTEGER = {"type": "integer"}
TEXTS = {"type": "array", "items": {"type": "string", "enum": ["red", "blue"]}}


@functools.cache
def opinions(name: str, edition: Edition = Edition.CORRECTED) -> tuple[Contract, SecondOpinion]:
    """A provider, or the invented API in an OpenAPI version, and the second opinion of it."""
    alone = name[0] == "3"
    contract = exchanges.alone(shelf(name)) if alone else compile_contract(folder.find(name), edition)
    return contract, SecondOpinion(contract)


def every_operation() -> Iterator[Any]:
    for name in (*folder.providers(), "3.0.3", "3.1.0"):
        for edition in Edition if name[0] != "3" else [Edition.CORRECTED]:
            for key in opinions(name, edition)[0].operations:
                yield pytest.param(name, edition, key, id=f"{name}-{edition}-{key}")


EVERY_OPERATION = pytest.mark.parametrize(("name", "edition", "key"), list(every_operation()))


def is_wrong(findings: tuple[Finding, ...]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


def agree(ours: tuple[Finding, ...], theirs: tuple[str, ...]) -> None:
    assert is_wrong(ours) == bool(theirs), ([finding.message for finding in ours], theirs)


# --- the law ----------------------------------------------------------------------------------------------------------


@EVERY_OPERATION
@settings(max_examples=15)
@given(data=st.data())
def test_both_judge_a_request_alike(name: str, edition: Edition, key: str, data: st.DataObject) -> None:
    contract, second = opinions(name, edition)
    request = data.draw(exchanges.requests(contract, contract.operations[key]))
    match = contract.route(request)
    assert match.operation is contract.operations[key]
    agree(match.operation.check_request(request, match.path_values), second.request(request))


@EVERY_OPERATION
@settings(max_examples=15)
@given(data=st.data())
def test_both_judge_a_response_alike(name: str, edition: Edition, key: str, data: st.DataObject) -> None:
    contract, second = opinions(name, edition)
    operation = contract.operations[key]
    response = data.draw(exchanges.responses(contract, operation))
    request = Request(operation.method, operation.path.replace("{", "").replace("}", ""))
    agree(operation.check_response(response), second.response(request, response))


def every_callback(contract: Contract) -> list[tuple[Operation, Callback]]:
    return [(operation, callback) for operation in contract.operations.values() for callback in operation.callbacks]


@pytest.mark.parametrize("edition", Edition)
@pytest.mark.parametrize("name", [*folder.providers(), "3.0.3", "3.1.0"])
@settings(max_examples=15)
@given(data=st.data())
def test_both_judge_what_a_callback_receives_alike(name: str, edition: Edition, data: st.DataObject) -> None:
    contract, second = opinions(name, edition)
    operation, callback = data.draw(st.sampled_from(every_callback(contract)))
    request = data.draw(exchanges.requests(contract, callback.operation))
    agree(callback.operation.check_request(request), second.callback(operation.key, callback.name, request))


# --- the exceptions: a request, or a response to one, that the two judge differently ----------------------------------


def body(schema: Any, raw: bytes, kind: str = "application/json", version: str = "3.0.3") -> tuple[Contract, Request]:
    content = {kind: {"schema": schema}}
    contract = exchanges.one({"requestBody": {"required": True, "content": content}}, version)
    given_kind = kind.replace("*/*", "application/json")
    return contract, Request("POST", "/x", headers=(("Content-Type", given_kind),), body=raw)


def query(text: str, schema: Any, **rest: Any) -> tuple[Contract, Request]:
    parameter = {"name": "p", "in": "query", "schema": schema, **rest}
    return exchanges.one({"parameters": [parameter]}), Request("POST", "/x", query=text)


def header(schema: Any, *texts: str) -> tuple[Contract, Request]:
    contract = exchanges.one({"parameters": [{"name": "p", "in": "header", "schema": schema}]})
    return contract, Request("POST", "/x", headers=tuple(("p", text) for text in texts))


def keyed(value: str) -> tuple[Contract, Request]:
    schemes = {"key": {"type": "apiKey", "in": "header", "name": "x-key"}}
    contract = exchanges.one({"security": [{"key": []}]}, components={"securitySchemes": schemes})
    return contract, Request("POST", "/x", headers=(("x-key", value),))


def empty_text() -> tuple[Contract, Response]:
    content = {"text/plain": {"schema": {"type": "string"}}}
    contract = exchanges.one({"responses": {"200": {"description": "Fine.", "content": content}}})
    return contract, Response(200, (("Content-Type", "text/plain"),))


def matrix() -> tuple[Contract, Request]:
    parameter = {"name": "p", "in": "path", "required": True, "style": "matrix", "explode": True, "schema": TEXTS}
    return exchanges.one({"parameters": [parameter]}, path="/{p}"), Request("POST", "/;q=red")


def text(**rest: Any) -> dict[str, Any]:
    return {"type": "string", **rest}


FORM = {"type": "object", "properties": {"a": INTEGER}, "additionalProperties": False}
PART = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'
BOX = {"type": "object", "properties": {"a": INTEGER}}
CARD = {"type": "object", "properties": {"card": {"type": "object", "properties": {"number": INTEGER}}}}
URLENCODED = "application/x-www-form-urlencoded"

DIFFERENCES: dict[str, tuple[Contract, Request | Response]] = {
    "format uri": body(text(format="uri"), b'"no address"'),
    "other formats": body(text(format="hostname"), b'"no host"'),
    "leap second": body(text(format="date-time"), b'"2016-12-31T23:59:60Z"'),
    "risky pattern": body(text(pattern="^(a+)+$"), b'"b"'),
    "pattern dialect": body(text(pattern="^a$"), b'"a\\n"'),
    "fractional multipleOf": body({"multipleOf": 0.1}, b"0.3"),
    "numbers JSON has not": body({}, b"NaN"),
    "key given twice": body({}, b'{"a": 1, "a": 2}'),
    "half a surrogate pair": body({}, b'"\\ud800"'),
    "encoding": body({}, '{"a": 1}'.encode("utf-16")),
    "depth": body({}, b"[" * 100 + b"]" * 100),
    "empty text": empty_text(),
    "empty credential": keyed(""),
    "number in a text": query("p=1_0", INTEGER),
    "truth in a text": query("p=yes", {"type": "boolean"}),
    "blank after a comma": header(TEXTS, "red, blue"),
    "repeated header": header({**TEXTS, "maxItems": 1}, "red", "blue"),
    "empty list": query("p=", TEXTS, explode=False),
    "composed parameter": query("p=a", {"allOf": [INTEGER]}),
    "composed form field": body({"properties": {"a": {"enum": [1, 2]}}}, b"a=1", URLENCODED),
    "deep object": query("", {"type": "array"}, style="deepObject", required=True),
    "brackets in a form": body({**CARD, "required": ["card"]}, b"card[number]=42", URLENCODED),
    "empty value allowed": query("p=", INTEGER, allowEmptyValue=True),
    "exploded object": query("a=x", BOX),
    "delimited list": query("p=red%20green", TEXTS, style="spaceDelimited", explode=False),
    "media type range": body(INTEGER, b'"a"', "*/*"),
    "undeclared form field": body(FORM, b"a=1&b=2", URLENCODED),
    "repeated form field": body(FORM, b"a=1&a=2", URLENCODED),
    "matrix list of another name": matrix(),
    "multipart value": body(FORM, PART, "multipart/form-data; boundary=x"),
}


def test_every_exception_is_proved_and_nothing_else() -> None:
    assert DIFFERENCES.keys() == EXCEPTIONS.keys()


@pytest.mark.parametrize("name", sorted(EXCEPTIONS))
def test_an_exception_is_real(name: str) -> None:
    contract, message = DIFFERENCES[name]
    ours, theirs = verdicts(contract, message)
    assert ours != theirs


def verdicts(contract: Contract, message: Request | Response) -> tuple[bool, bool]:
    second, request = SecondOpinion(contract), message if isinstance(message, Request) else Request("POST", "/x")
    match = contract.route(request)
    assert match.operation is not None
    if isinstance(message, Response):
        return is_wrong(match.operation.check_response(message)), bool(second.response(request, message))
    return is_wrong(match.operation.check_request(message, match.path_values)), bool(second.request(message))


# --- what is asked around ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contract", "message", "wrong"),
    [
        (*query("", {**INTEGER, "default": "none"}), False),
        (*query("", {**INTEGER, "default": 1}, required=True), True),
        (*query("p=", text()), False),
        (*query("p=", text(), deprecated=True), False),
        (*query("p[a]=x", BOX, style="deepObject", explode=False), True),
        (*query("p=1", {"type": "array", "items": INTEGER}, style="pipeDelimited", explode=False), False),
        (*body(text(format="byte"), '"é"'.encode()), False),
        (*body({"$schema": "https://example.org/own", **INTEGER}, b"1", version="3.1.0"), False),
        (*body(True, b"1", version="3.1.0"), False),
        (*body(False, b"1", version="3.1.0"), True),
        (*body(INTEGER, b"\xff", "application/problem+json"), True),
        (*body(text(maxLength=2), b"abc", "text/csv"), True),
        (*body(text(), b"\xff", "text/plain"), True),
        (*body(INTEGER, b"<a>", "application/xml"), False),
        (*body(BOX, b"data: {}", "text/event-stream"), False),
        (*body({"allOf": [BOX]}, b"<a/>", "text/xml"), False),
        (*body({"anyOf": [BOX, text(maxLength=2)]}, b"abc", "text/csv"), True),
        (*query("p=5", {"type": "array", "items": INTEGER}, style="deepObject"), False),
        (*query("a=5", {"properties": {"a": INTEGER}}, required=True), False),
        (*query("p[]=5", {"type": "array", "items": INTEGER}, style="deepObject", required=True), False),
        (*query("p=a", {"enum": ["a", "b"]}), False),
        (*query("p=c", {"enum": ["a", "b"]}), True),
        (*query("p=1", {"enum": [1, 2]}), False),
        (*query("p=1", {"oneOf": [INTEGER, text(enum=["all"])]}), False),
        (*body(FORM, b"no parts", "multipart/form-data"), True),
        (*body({"patternProperties": {"^(a+)+$": INTEGER}, "additionalProperties": False}, b'{"a": 1}'), False),
    ],
)
def test_a_stumbling_block_is_asked_around(contract: Contract, message: Request, wrong: bool) -> None:
    assert verdicts(contract, message) == (wrong, wrong)


@pytest.mark.parametrize("kind", ["application/json;", "application/json; a", "application/json; a=b=c", ""])
def test_a_content_type_it_cannot_read_does_not_break_it(kind: str) -> None:
    contract, request = body(INTEGER, b"1")
    wrong = not kind
    assert verdicts(contract, Request("POST", "/x", headers=(("content-type", kind),), body=request.body)) == (
        wrong,
        wrong,
    )


@pytest.mark.parametrize("scheme", [{"type": "oauth2", "flows": {}}, {"type": "http", "scheme": "BEARER"}])
@pytest.mark.parametrize(("shown", "wrong"), [("Bearer k", False), ("Basic k", True), (None, True)])
def test_a_token_is_asked_for_alike(scheme: dict[str, Any], shown: str | None, wrong: bool) -> None:
    contract = exchanges.one({"security": [{"s": []}]}, components={"securitySchemes": {"s": scheme}})
    headers = (("Authorization", shown),) if shown else ()
    assert verdicts(contract, Request("POST", "/x", headers=headers)) == (wrong, wrong)


@pytest.mark.parametrize(("shown", "wrong"), [("Bearer k", False), (None, True)])
def test_a_certificate_is_taken_as_given_by_both(shown: str | None, wrong: bool) -> None:
    schemes = {"tls": {"type": "mutualTLS"}, "token": {"type": "openIdConnect"}}
    headers = (("Authorization", shown),) if shown else ()
    for names, missing in (("tls token", wrong), ("tls", False)):
        asked: dict[str, list[str]] = {name: [] for name in names.split()}
        contract = exchanges.one({"security": [asked]}, components={"securitySchemes": schemes})
        assert verdicts(contract, Request("POST", "/x", headers=headers)) == (missing, missing)


def test_the_host_and_the_base_path_do_not_matter() -> None:
    contract = exchanges.one({}, servers=[{"url": "https://a.example/v1"}])
    for path in ("/x", "/v1/x", "/%78"):
        assert SecondOpinion(contract).request(Request("POST", path, origin="https://b.example")) == ()


def test_a_reference_beside_something_else_is_read_as_the_dialect_reads_it() -> None:
    schemas = {"schemas": {"N": INTEGER}}
    operation = {
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/N", "maximum": 3}}}}
    }
    request = Request("POST", "/x", headers=JSON, body=b"5")
    for version, wrong in (("3.0.3", False), ("3.1.0", True)):
        assert verdicts(exchanges.one(operation, version, components=schemas), request) == (wrong, wrong)


def test_a_reference_into_another_file_is_followed() -> None:
    content = {"application/json": {"schema": {"$ref": "parts/n.json#/N"}}}
    described = {"openapi": "3.1.0", "info": {}, "paths": {"/x": {"post": {"requestBody": {"content": content}}}}}
    entry, part = (document.parse(json.dumps(data).encode(), "x") for data in (described, {"N": INTEGER}))
    contract = compile_contract(folder.Sources("x", entry, siblings={"parts/n.json": part}))
    for raw, wrong in ((b"1", False), (b'"a"', True)):
        assert verdicts(contract, Request("POST", "/x", headers=JSON, body=raw)) == (wrong, wrong)


def test_a_scheme_may_be_called_like_a_keyword() -> None:
    schemes = {"default": {"type": "apiKey", "in": "cookie", "name": "k"}}
    contract = exchanges.one({"security": [{"default": []}]}, components={"securitySchemes": schemes})
    assert verdicts(contract, Request("POST", "/x")) == (True, True)
    assert verdicts(contract, Request("POST", "/x", headers=(("Cookie", "a=b; k=1"),))) == (False, False)


# --- words ------------------------------------------------------------------------------------------------------------


def test_a_complaint_tells_kind_place_and_keyword_but_no_value() -> None:
    schema = {"type": "object", "properties": {"a": text(maxLength=3)}}
    contract, _ = body(schema, b"")
    request = Request("POST", "/x", headers=JSON, body=b'{"a": "sesame"}')
    assert SecondOpinion(contract).request(request) == ("InvalidRequestBody: /a does not fit `maxLength`",)
    contract, request = query("p=sesame", INTEGER)
    assert SecondOpinion(contract).request(request) == ("ParameterValidationError query p: CastError",)


def test_what_it_breaks_on_is_a_complaint() -> None:
    contract, request = body(FORM, b"no parts", "multipart/form-data")
    assert SecondOpinion(contract).request(request) == ("openapi-core breaks on it: AssertionError",)


def test_what_is_not_documented_is_a_complaint() -> None:
    _, second = opinions("3.1.0")
    complaint = ("no operation is documented for this path and PUT",)
    assert second.request(Request("PUT", "/nowhere")) == complaint
    assert second.response(Request("put", "/nowhere"), Response(200)) == complaint
    assert second.callback("POST /books", "done", Request("PUT", "/")) == complaint


def test_an_unknown_callback_is_refused_with_the_known_ones() -> None:
    _, second = opinions("3.1.0")
    with pytest.raises(UsageError, match="one of done") as caught:
        second.callback("POST /books", "gone", Request("POST", "/"))
    assert caught.value.code == "callback_not_found"


def test_a_missing_library_is_told_with_the_extra_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openapi_core", None)  # what an import finds where nothing is installed
    with pytest.raises(SurroundingsError, match=r"pip install 'lumakit\[check\]'") as caught:
        SecondOpinion(opinions("3.1.0")[0])
    assert caught.value.code == "extra_missing"


def test_the_contract_is_untouched_by_its_copies() -> None:
    contract, _ = opinions("3.0.3")
    before = contract.bundled()
    SecondOpinion(contract)
    assert contract.bundled() == before
