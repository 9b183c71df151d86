"""Answers without a task: always such as the document allows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lumakit.contract.compile import Contract
from lumakit.contract.operation import Operation
from lumakit.draws import Draw
from mockserver.prefer import Wishes
from mockserver.sketch import NoAnswer, NotAcceptable, Sketch, sketch
from tests.contract.builders import answering, operation
from tests.test_providers import EVERY, operations

WHOLE, TEXT = {"type": "integer"}, {"type": "string"}
JSON, XML = "application/json", "application/xml"


def drafted(each: Operation, accept: str | None = None, seed: str = "seed", **wished: Any) -> Sketch:
    """The sketch of an operation, which has to keep the contract."""
    made = sketch(each, accept, Wishes(**wished), Draw(seed))
    assert each.check_response(made.response) == () or not each.answers
    return made


def refused(each: Operation, **wished: Any) -> str:
    with pytest.raises(NoAnswer) as caught:
        sketch(each, None, Wishes(**wished), Draw("seed"))
    return str(caught.value)


def answers(*statuses: str, method: str = "post", **more: Any) -> Operation:
    """An operation with some statuses, all alike."""
    return operation({"responses": {status: {"description": "", **more} for status in statuses}}, method=method)


def content(**by_type: Any) -> dict[str, Any]:
    """Media types by their last word."""
    names = {"json": JSON, "xml": XML, "problem": "application/problem+json", "multi": "multipart/mixed"}
    return {"content": {names[name]: said for name, said in by_type.items()}}


@EVERY
@pytest.mark.parametrize("dynamic", [None, True])
def test_every_answer_of_every_provider_is_sketched(contract: Contract, dynamic: bool | None) -> None:
    count = 0
    for each in operations(contract):
        for status in (None, *each.answers):
            code = int(status.replace("default", "500").replace("XX", "42")) if status else None
            made = drafted(each, code=code, dynamic=dynamic)
            assert made.response.status == code or code is None
            count += 1
    assert count > 20


# --- which status -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statuses", "wished", "status"),
    [
        (("404", "201", "200"), None, 201),
        (("404", "2XX"), None, 200),
        (("404", "302"), None, 302),
        (("404", "3XX"), None, 302),
        (("404", "default"), None, 200),
        ((), None, 204),
        (("200", "404"), 404, 404),
        (("200", "4XX"), 429, 429),
        (("200", "default"), 503, 503),
    ],
)
def test_the_status_is_wished_for_or_a_success(statuses: tuple[str, ...], wished: int | None, status: int) -> None:
    made = drafted(answers(*statuses), code=wished)
    assert made.response.status == status
    assert made.response.body == b""
    assert made.applied == (("code",) if wished else ())


@pytest.mark.parametrize(
    ("statuses", "wished", "why"),
    [
        (("200", "404"), 418, "the status 418 is not documented for POST /things; documented: 200, 404"),
        ((), 200, "documented: none"),
        (("404", "500"), None, "no success is documented for POST /things; `Prefer: code=` asks for one of 404, 500"),
        (("100", "200"), 100, "only said on the way"),
    ],
)
def test_a_status_that_cannot_be_answered_is_refused(statuses: tuple[str, ...], wished: int | None, why: str) -> None:
    assert why in refused(answers(*statuses), code=wished)


@pytest.mark.parametrize(("method", "status"), [("head", "200"), ("get", "204"), ("get", "304")])
def test_some_answers_have_no_body(method: str, status: str) -> None:
    made = drafted(answers(status, method=method, **content(json={"schema": WHOLE, "examples": {"a": {"value": 1}}})))
    assert made.response.body == b""
    assert made.response.header("content-type") == (JSON if method == "head" else None)
    named = answers(status, method=method, **content(json={"examples": {"a": {"value": 1}}}))
    assert drafted(named, example="a").applied == ("example",)


# --- which body -------------------------------------------------------------------------------------------------------

NAMED = content(json={"schema": WHOLE, "examples": {"bad": {"value": "x"}, "good": {"value": 7}, "best": {"value": 8}}})


def test_the_first_example_that_fits_is_answered() -> None:
    made = drafted(answers("200", **NAMED))
    assert (made.response.body, made.applied, made.reason) == (b"7", (), "the example 'good' of 200")
    assert made.response.headers == (("Content-Type", JSON),)
    assert drafted(answers("200", **content(json={"schema": WHOLE, "example": 5}))).reason == "the example of 200"


def test_a_value_is_made_where_no_example_fits() -> None:
    made = drafted(answers("200", **content(json={"schema": WHOLE, "example": "x"})))
    assert (made.response.body, made.reason) == (b"1", "made from the schema of 200")


def test_the_wished_example_is_answered() -> None:
    made = drafted(answers("200", **NAMED), example="best")
    assert (made.response.body, made.applied) == (b"8", ("example",))
    assert drafted(answers("404", **NAMED), code=404, example="best").applied == ("code", "example")


def test_the_wished_example_decides_the_media_type() -> None:
    each = answers("200", **content(json={}, problem={"examples": {"only": {"value": {}}}}))
    assert drafted(each, example="only").response.header("content-type") == "application/problem+json"
    with pytest.raises(NotAcceptable, match="problem"):
        drafted(each, JSON, example="only")


def test_an_example_that_is_not_there_is_refused_with_those_that_are() -> None:
    each = operation({"responses": {"200": {"description": ""}, "404": {"description": "", **NAMED}}})
    assert refused(answers("200", **NAMED), example="none") == "200 has no example 'none', only bad, good, best"
    why = "200 has no example 'good', only none with a name; 404 has one, and `Prefer: code=` asks for that"
    assert refused(each, example="good") == why


def test_a_wished_example_that_does_not_fit_is_refused() -> None:
    assert "not of type \"integer\" (the example 'bad' of 200)" in refused(answers("200", **NAMED), example="bad")


def test_a_drawn_answer_passes_over_the_examples() -> None:
    bodies = {drafted(answers("200", **NAMED), seed=str(seed), dynamic=True).response.body for seed in range(20)}
    assert len(bodies) > 10
    assert drafted(answers("200", **NAMED), dynamic=True).applied == ("dynamic",)
    assert Wishes(seed="7", dynamic=True).static
    assert sketch(answers("200", **NAMED), None, Wishes(seed="7", dynamic=True), Draw("7")).applied == (
        "dynamic",
        "seed",
    )


def test_what_cannot_be_drawn_is_the_example() -> None:
    schema = {"type": "string", "pattern": r"^(a+)b\1$"}
    made = drafted(answers("200", **content(json={"schema": schema, "example": "aabaa"})), dynamic=True)
    assert (made.response.body, made.applied) == (b'"aabaa"', ())


def test_a_wish_for_plain_answers_is_kept() -> None:
    assert drafted(answers("200", **NAMED), dynamic=False).applied == ("dynamic",)
    assert drafted(answers("200", **NAMED), dynamic=False, code=200).applied == ("code", "dynamic")


def test_an_answer_that_cannot_be_made_valid_is_refused() -> None:
    why = refused(answering({"type": "integer", "minimum": 3, "maximum": 2}))
    assert why == "no valid 200 of POST /things could be made: no number lies between the bounds"


def test_an_answer_hangs_on_its_draw_alone() -> None:
    each = answering({"type": "object", "properties": {"a": TEXT, "b": {"type": "number"}}})
    assert drafted(each, dynamic=True) == drafted(each, dynamic=True)
    assert drafted(each, dynamic=True) != drafted(each, seed="other", dynamic=True)
    assert drafted(each) == drafted(each, seed="other")


# --- media types ------------------------------------------------------------------------------------------------------

TWO = content(json={"schema": WHOLE}, xml={"schema": WHOLE})


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("application/xml", "application/xml"),
        ("application/json;q=0, */*", "application/xml"),
    ],
)
def test_the_client_has_a_say_in_the_media_type(accept: str | None, kind: str) -> None:
    assert drafted(answers("200", **TWO), accept).response.header("content-type") == kind


def test_a_client_that_takes_nothing_documented_is_told_so() -> None:
    with pytest.raises(NotAcceptable, match="does not accept what is documented: application/json, application/xml"):
        drafted(answers("200", **TWO), "text/html")


def test_an_error_is_told_in_any_form() -> None:
    made = drafted(answers("404", **content(problem={"schema": {"type": "object"}})), JSON, code=404)
    assert made.response.header("content-type") == "application/problem+json"


def test_an_answer_without_a_body_is_acceptable_to_all() -> None:
    assert drafted(answers("200"), "text/html").response.status == 200


def test_another_media_type_is_taken_where_the_first_cannot_be_made() -> None:
    broken = {"schema": {"type": "integer", "minimum": 3, "maximum": 2}}
    each = answers("200", **content(json=broken, xml={"schema": {"type": "object"}}))
    assert drafted(each).response.header("content-type") == "application/xml"
    with pytest.raises(NoAnswer, match="no number lies"):
        drafted(each, JSON)


@pytest.mark.parametrize(
    ("media_type", "schema", "raw"),
    [
        ("text/plain", TEXT, b"string"),
        ("text/plain", {"type": "integer"}, b"1"),
        ("text/plain; charset=utf-8", {"type": "string", "enum": ["é"]}, "é".encode()),
        ("application/x-www-form-urlencoded", {"type": "object", "properties": {"a": WHOLE}}, b"a=1"),
        ("application/xml", {"type": "object", "properties": {"a": WHOLE}}, None),
        ("application/octet-stream", {"type": "string", "format": "binary"}, b"\x00mock\xff"),
        ("image/png", {}, b"\x00mock\xff"),
        ("application/x-unknown", {"type": "object"}, b""),
        ("text/event-stream", {"type": "object"}, b""),
        ("text/event-stream", {"type": "string", "minLength": 1}, b"string"),
        ("application/x-ndjson", {"type": "object"}, b""),
        ("application/yaml", {"type": "object", "properties": {"a": WHOLE}}, b'{"a":1}'),
        ("application/problem+json", {"type": "object", "properties": {"status": WHOLE}}, b'{"status":1}'),
    ],
)
def test_a_body_is_written_in_its_media_type(media_type: str, schema: Any, raw: bytes | None) -> None:
    made = drafted(answering(schema, media_type))
    assert made.response.header("content-type") == media_type
    assert raw is None or made.response.body == raw
    assert drafted(answering(schema, media_type), dynamic=True).response.status == 200


@pytest.mark.parametrize(
    ("media_type", "accept", "kind"),
    [
        ("*/*", None, JSON),
        ("*/*", "text/plain", "text/plain"),
        ("image/*", None, "image/png"),
        ("image/*", "image/webp", "image/webp"),
        ("text/*", "*/*", "text/plain"),
        ("font/*", None, "font/octet-stream"),
    ],
)
def test_a_range_becomes_a_type_that_can_be_sent(media_type: str, accept: str | None, kind: str) -> None:
    assert drafted(answering(TEXT, media_type), accept).response.header("content-type") == kind


@pytest.mark.parametrize(("media_type", "raw"), [(JSON, b"{}"), ("text/plain", b""), ("image/png", b"\x00mock\xff")])
def test_a_body_may_be_documented_without_a_schema(media_type: str, raw: bytes) -> None:
    each = answers("200", content={media_type: {}})
    assert drafted(each).response.body == raw
    assert drafted(each, dynamic=True).applied == ()


def test_an_example_of_a_stream_stands_as_it_is() -> None:
    each = answers("200", content={"text/event-stream": {"schema": TEXT, "example": "data: 1\n\n"}})
    assert drafted(each).response.body == b"data: 1\n\n"


def test_a_body_in_several_parts_is_not_made() -> None:
    assert "multipart" in refused(answering({"type": "object"}, "multipart/form-data"))
    assert "charset" in refused(answering(TEXT, "text/plain; charset=koi8-r"))


# --- headers ----------------------------------------------------------------------------------------------------------


def heading(**headers: Any) -> Operation:
    needed = {name.replace("_", "-"): {"required": True, **said} for name, said in headers.items()}
    return answers("200", headers=needed, **content(json={"schema": WHOLE}))


def test_headers_that_must_be_there_are_there() -> None:
    listed = {"type": "array", "items": WHOLE, "minItems": 2}
    each = heading(X_Rate={"schema": WHOLE}, X_List={"schema": listed}, X_Json={"content": {JSON: {"schema": listed}}})
    response = drafted(each).response
    assert response.headers == (("Content-Type", JSON), ("X-Rate", "1"), ("X-List", "1,1"), ("X-Json", "[1,1]"))
    assert drafted(each, dynamic=True).response.header("x-rate") != "1"


def test_headers_that_may_be_missing_are_missing() -> None:
    each = answers("200", headers={"X-A": {"schema": WHOLE}, "X-B": {"required": True}})
    assert drafted(each).response.headers == (("X-B", "string"),)


def test_headers_that_are_read_by_machines_say_something_that_they_understand() -> None:
    each = heading(Location={"schema": TEXT}, Retry_After={"schema": TEXT}, Content_Length={"schema": WHOLE})
    response = drafted(each).response
    assert response.header("location") == "https://example.com/"
    assert (response.header("retry-after"), response.header("content-length")) == ("1", "1")


def test_the_schema_of_a_header_outweighs_what_is_usual() -> None:
    assert drafted(heading(ETag={"schema": {"enum": ["e"]}})).response.header("etag") == "e"


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"Connection": {"schema": TEXT}}, "header Connection is missing"),
        ({"Transfer_Encoding": {"schema": TEXT}}, "header Transfer-Encoding is missing"),
        ({"X_A": {"schema": {"enum": ["é"]}}}, "the header X-A cannot hold"),
        ({"X_A": {"schema": {"enum": ["a\r\nSet-Cookie: b"]}}}, "the header X-A cannot hold"),
        ({"X_A": {"schema": {"allOf": [TEXT, WHOLE]}}}, "no type is allowed"),
    ],
)
def test_an_answer_whose_headers_cannot_be_made_is_refused(headers: Any, why: str) -> None:
    assert why in refused(heading(**headers))


def test_bodies_are_json_that_others_read() -> None:
    schema = {"type": "object", "properties": {"at": {"type": "string", "format": "date-time"}, "ü": TEXT}}
    assert json.loads(drafted(answering(schema)).response.body) == {"at": "2024-01-15T09:30:00Z", "ü": "string"}
