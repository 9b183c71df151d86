"""A document and its overlays, compiled into one contract."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from lumakit.contract import document, folder
from lumakit.contract.compile import Contract, compile_contract
from lumakit.contract.document import parse
from lumakit.contract.folder import Sources
from lumakit.errors import DocumentError, LumakitError, UnknownVersion, UsageError
from lumakit.model import Basis, Edition, Request
from tests.contract.builders import OK, api, compiled, operation, overlay, post

LIFECYCLE = b"""
lumakit: 1
words: {waiting: waiting, done: succeeded}
moves: [waiting > done]
starts: waiting
facts: {id: {at: {/id: text}, present: {/url: done}}}
tasks:
  video:
    submit: [POST /videos]
    fetch: {'GET /videos/{id}': {id: {path: id}}}
    says: {kind: [a, {b: c}]}
    examples: {done: done}
    timing: {waiting: 1..4}
    webhook: {url: {body: /hook}, on: [done]}
problems: {unknown_task: 404}
"""
VIDEO = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}},
}
BODY = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Video"}}}}
PAGE = api(
    {
        "/videos": {
            "post": {
                "operationId": "makeVideo",
                "summary": "Make a video",
                "security": [{"key": []}],
                "parameters": [{"$ref": "#/components/parameters/Trace"}],
                "requestBody": {"required": True, **BODY},
                "responses": {
                    "200": {
                        "description": "accepted",
                        "headers": {"X-Left": {"schema": {"type": "integer"}}},
                        "content": {
                            "application/json": {**BODY["content"]["application/json"], "example": {"id": "1"}}
                        },
                        "links": {
                            "look": {"operationId": "getVideo", "parameters": {"id": "$response.body#/id"}},
                            "again": {"operationRef": "#/paths/~1videos~1{id}/get", "requestBody": {"a": [1]}},
                            "away": {"operationRef": "other.yaml#/paths/~1x/get"},
                        },
                    }
                },
                "callbacks": {
                    "done": {"{$request.body#/hook}": {"post": {"requestBody": BODY, "responses": OK, "x-a": 1}}}
                },
            },
            "x-note": "not an operation",
        },
        "/videos/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {
                "operationId": "getVideo",
                "responses": {
                    "200": {
                        "description": "the video",
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "#/components/schemas/Video"},
                                "examples": {
                                    "done": {"$ref": "#/components/examples/Done"},
                                    "elsewhere": {"externalValue": "https://example.com/1"},
                                },
                            }
                        },
                    },
                    "404": {"description": "no such video"},
                },
            },
        },
    },
    components={
        "schemas": {"Video": VIDEO},
        "examples": {"Done": {"value": {"id": "1", "tags": ["a"]}}},
        "parameters": {
            "Trace": {"name": "X-Trace", "in": "header", "schema": {"type": "object", "properties": {"a": VIDEO}}}
        },
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
    },
    servers=[{"url": "https://{where}.example.com/v1/", "variables": {"where": {"default": "eu"}}}, {"url": "/"}],
)
FIX = {"target": "$.components.schemas.Video", "x-lumakit-id": "C01", "x-lumakit-basis": "mirror"}
FIXES = overlay({**FIX, "x-lumakit-evidence": ["seen"], "update": {"properties": {"url": {"type": "string"}}}})


def whole(edition: Edition = Edition.CORRECTED) -> Contract:
    return compiled(PAGE, edition, corrections=FIXES, lifecycle=parse(LIFECYCLE, "lifecycle.yaml"))


# --- routing ---------------------------------------------------------------------------------------------------------


def test_a_request_is_for_an_operation_with_the_values_of_its_path() -> None:
    match = whole().route(Request("get", "/videos/a%2Fb"))
    assert match.operation == whole().operation("getVideo")
    assert (dict(match.path_values), match.allow, match.wrong_method) == ({"id": "a/b"}, ("GET",), False)


def test_a_path_with_another_method_says_which_ones_it_has() -> None:
    page = api({"/a": {"post": {"responses": OK}, "get": {"responses": OK}, "delete": {"responses": OK}}})
    match = compiled(page).route(Request("PUT", "/a"))
    assert (match.operation, match.allow, match.wrong_method) == (None, ("DELETE", "GET", "POST"), True)


def test_a_path_that_is_not_documented_is_for_nothing() -> None:
    match = whole().route(Request("GET", "/nothing"))
    assert (match.operation, match.allow, match.wrong_method) == (None, (), False)


@pytest.mark.parametrize(
    ("servers", "path", "found"),
    [
        (["https://a.example/v1"], "/v1/things", True),
        (["https://a.example/v1/"], "/v1/things", True),
        (["/v1", "/v1/eu"], "/v1/eu/things", True),
        (["https://a.example/v1"], "/things", True),
        (["https://a.example/v1"], "/v1", False),
        (["https://a.example/v1"], "/v10/things", False),
        (["https://a.example/v1"], "/v1/v1/things", False),
        (["https://a.example"], "//things", False),
        ([], "/v1/things", False),
    ],
)
def test_a_path_may_begin_with_the_path_of_a_server(servers: list[str], path: str, found: bool) -> None:
    page = api({"/things": {"get": {"responses": OK}}}, servers=[{"url": url} for url in servers])
    assert (compiled(page).route(Request("GET", path)).operation is not None) is found


def test_a_documented_path_wins_over_the_path_of_a_server() -> None:
    page = api({"/{a}/things": {"get": {"responses": OK, "parameters": [{"name": "a", "in": "path"}]}}, "/things": {}})
    match = compiled({**page, "servers": [{"url": "/v1"}]}).route(Request("GET", "/v1/things"))
    assert dict(match.path_values) == {"a": "v1"}


@pytest.mark.parametrize("name", ["makeVideo", "POST /videos"])
def test_an_operation_is_found_by_id_and_by_key(name: str) -> None:
    assert whole().operation(name).summary == "Make a video"


@pytest.mark.parametrize(
    ("name", "hint"),
    [("makeVide", "did you mean makeVideo or getVideo?"), ("zzz", "one of POST /videos, GET /videos/{id}")],
)
def test_an_operation_that_is_not_there_is_refused_with_advice(name: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        whole().operation(name)
    assert (caught.value.code, caught.value.hint) == ("operation_not_found", hint)


# --- what is compiled ------------------------------------------------------------------------------------------------


def test_a_contract_tells_what_its_document_says() -> None:
    contract = whole()
    assert (contract.title, contract.version, contract.edition) == ("Small", "3.0.3", Edition.CORRECTED)
    assert contract.servers == ("https://eu.example.com/v1/", "/")
    assert list(contract.operations) == ["POST /videos", "GET /videos/{id}"]
    assert [action.id for action in contract.actions] == ["C01"]
    assert contract.reading is not None
    assert list(contract.reading.tasks) == ["video"]


def test_an_operation_tells_its_parts() -> None:
    make = whole().operation("makeVideo")
    assert (make.key, make.method, make.path, make.body_required) == ("POST /videos", "POST", "/videos", True)
    assert [each.name for each in make.parameters] == ["X-Trace"]
    answer = make.answers["200"]
    body = answer.body()
    assert body is not None
    assert (body.media_type, dict(body.examples), answer.description) == (
        "application/json",
        {"": {"id": "1"}},
        "accepted",
    )
    assert [header.name for header in answer.headers] == ["X-Left"]


def test_an_answer_without_content_has_no_body() -> None:
    assert whole().operation("getVideo").answers["404"].body() is None


def test_examples_are_followed_and_those_kept_elsewhere_left_out() -> None:
    body = whole().operation("getVideo").answers["200"].body()
    assert body is not None
    assert dict(body.examples) == {"done": {"id": "1", "tags": ("a",)}}


@pytest.mark.parametrize(
    ("name", "key"), [("look", "getVideo"), ("again", "GET /videos/{id}"), ("away", "other.yaml#/paths/~1x/get")]
)
def test_a_link_names_the_operation_to_go_on_with(name: str, key: str) -> None:
    assert whole().operation("makeVideo").answers["200"].links[name].operation == key


def test_a_callback_is_an_operation_of_the_receiver() -> None:
    (callback,) = whole().operation("makeVideo").callbacks
    assert (callback.name, callback.expression) == ("done", "{$request.body#/hook}")
    assert callback.operation.check_request(post({"id": "1"})) == ()
    assert [finding.code for finding in callback.operation.check_request(post({}))] == ["X206"]


def test_a_receiver_is_asked_for_no_key_of_the_provider() -> None:
    def callback(**said: Any) -> Any:
        return {"done": {"{$request.body#/hook}": {"post": {"responses": OK, **said}}}}

    keyed = {"components": PAGE["components"], "security": [{"key": []}]}
    cases: list[tuple[dict[str, Any], list[str]]] = [({}, []), ({"security": [{"key": []}]}, ["X207"])]
    for said, expected in cases:
        (made,) = operation({"callbacks": callback(**said)}, **keyed).callbacks
        assert [finding.code for finding in made.operation.check_request(post())] == expected


def test_a_callback_that_leads_back_to_its_operation_is_refused() -> None:
    back = {"callbacks": {"again": {"{$request.body#/hook}": {"$ref": "#/paths/~1things"}}}}
    with pytest.raises(DocumentError) as caught:
        operation(back)
    assert caught.value.where.endswith("#/paths/~1things/post")


def test_a_path_item_may_stand_in_the_components() -> None:
    item = {"get": {"responses": OK}}
    page = api({"/a": {"$ref": "#/components/pathItems/A"}}, version="3.1.0", components={"pathItems": {"A": item}})
    assert list(compiled(page).operations) == ["GET /a"]


@pytest.mark.parametrize("more", ["webhooks", "components"])
def test_a_document_may_have_no_paths(more: str) -> None:
    assert compiled({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, more: {}}).operations == {}


def test_a_document_in_several_files_is_one_contract(tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_text(
        "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /things:\n    post:\n      requestBody: {content: "
        "{application/json: {schema: {$ref: 'parts.yaml#/Thing'}}}}\n      responses: {'200': {description: done}}\n"
    )
    (tmp_path / "parts.yaml").write_text("Thing: {properties: {n: {$ref: '#/N'}}}\nN: {type: integer}\n")
    contract = compile_contract(folder.find(str(tmp_path / "api.yaml")))
    (finding,) = contract.operation("POST /things").check_request(post({"n": "x"}))
    assert finding.pointer == "/n"


def test_validators_are_built_only_when_something_is_judged() -> None:
    odd = {"requestBody": {"content": {"application/json": {"schema": {"type": "int"}}}}}
    made = operation(odd)
    assert made.check_request(post()) == ()
    with pytest.raises(DocumentError) as caught:
        made.check_request(post(1))
    assert caught.value.code == "spec_schema"


# --- editions --------------------------------------------------------------------------------------------------------


def test_the_published_edition_leaves_the_corrections_out() -> None:
    published = whole(Edition.PUBLISHED)
    assert published.actions == ()
    assert "url" not in published.document["components"]["schemas"]["Video"]["properties"]
    assert "url" in whole().document["components"]["schemas"]["Video"]["properties"]


def test_the_additions_stand_in_both_editions() -> None:
    extra = overlay({"target": "$.paths", "update": {"/more": {"get": {"responses": OK}}}})
    for edition in Edition:
        assert "GET /more" in compiled(PAGE, edition, additions=extra).operations


def test_the_action_a_place_comes_from_is_known() -> None:
    action = whole().origin("/components/schemas/Video/properties/url/type")
    assert action is not None
    assert (action.id, action.basis, action.evidence) == ("C01", Basis.MIRROR, ("seen",))
    assert whole().origin("/components/schemas/Video/type") is None


# --- immutable -------------------------------------------------------------------------------------------------------


def reachable(value: Any, name: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    """Everything that can be reached from a value through public attributes, items and keys, with its way there."""
    if id(value) in seen or isinstance(value, (str, int, float, bytes, enum.Enum, type(None))) or callable(value):
        return
    seen.add(id(value))
    yield name, value
    if isinstance(value, Mapping):
        below = {f"{name}[{key!r}]": inner for key, inner in value.items()}
    elif isinstance(value, (list, tuple, set, frozenset)):
        below = {f"{name}[{index}]": inner for index, inner in enumerate(value)}
    else:
        below = {f"{name}.{part}": getattr(value, part) for part in dir(value) if not part.startswith("_")}
    for way, inner in below.items():
        yield from reachable(inner, way, seen)


def test_nothing_that_can_be_reached_from_a_contract_can_be_changed() -> None:
    found = dict(reachable(whole(), "contract", set()))
    assert len(found) > 50
    assert [way for way, value in found.items() if isinstance(value, (list, dict, set))] == []


def test_no_attribute_of_a_contract_can_be_assigned() -> None:
    for way, value in reachable(whole(), "contract", set()):
        if dataclasses.is_dataclass(value):
            first = dataclasses.fields(value)[0].name
            with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
                setattr(value, first, None)
        elif isinstance(value, Mapping):
            with pytest.raises(TypeError):
                value["x"] = way  # type: ignore[index]  # that is the point


def test_the_document_can_only_be_read() -> None:
    contract = whole()
    assert contract.document["paths"].keys() == PAGE["paths"].keys()
    with pytest.raises(TypeError):
        contract.document["paths"] = {}  # type: ignore[index]  # that is the point


def test_a_bundle_is_a_fresh_copy_that_nobody_else_sees() -> None:
    contract = whole()
    first = contract.bundled()
    first["paths"].clear()
    first["components"]["schemas"]["Video"]["required"].append("nothing")
    assert contract.bundled() != first
    assert contract.bundled() == contract.bundled()
    assert (
        contract.operation("makeVideo").check_request(post({"id": "1"}, headers=(("X-Key", "k"), *post().headers)))
        == ()
    )


def test_what_was_given_can_change_afterwards() -> None:
    page = api({"/things": {"post": {"responses": OK}}})
    contract = compile_contract(Sources("small", document.Document("api.yaml", page, "")))
    page["paths"].clear()
    assert "/things" in contract.document["paths"]
    assert "/things" in contract.bundled()["paths"]


# --- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "code", "said"),
    [
        ({"swagger": "2.0"}, "spec_swagger", "Swagger 2.0"),
        ({"openapi": "4.0.0"}, "spec_version", "'4.0.0'"),
        ({"openapi": "3.2.0"}, "spec_version", "'3.2.0'"),
        ({"openapi": 3.0}, "spec_version", "3.0"),
        ({"openapi": None}, "spec_version", "no `openapi` version"),
        ({"openapi": [{}]}, "spec_version", "[{}]"),
        ({}, "spec_version", "no `openapi` version"),
    ],
)
def test_a_document_of_another_version_is_refused_by_name(version: dict[str, Any], code: str, said: str) -> None:
    with pytest.raises(UnknownVersion) as caught:
        compiled({**version, "paths": {}})
    assert caught.value.code == code
    assert said in caught.value.what
    assert caught.value.hint


def item(**said: Any) -> dict[str, Any]:
    return api({"/things": {"post": {"responses": OK, **said}}})


CONTENT: dict[str, Any] = {"application/json": {"schema": {}}}


@pytest.mark.parametrize(
    ("page", "place"),
    [
        ({"openapi": "3.0.3"}, ""),
        (api([]), "/paths"),  # type: ignore[arg-type]  # that is the point
        (api({"things": {}}), "/paths/things"),
        (api({"/things": []}), "/paths/~1things"),
        (api({"/things": {"post": "x"}}), "/paths/~1things/post"),
        (api({"/{a}/{a}": {"get": {"parameters": [{"name": "a", "in": "path"}]}}}), "/paths/~1{a}~1{a}/get"),
        ({**api({}), "servers": {}}, "/servers"),
        ({**api({}), "servers": [{}]}, "/servers/0"),
        ({**api({}), "servers": [{"url": 1}]}, "/servers/0/url"),
        ({**api({}), "servers": [{"url": "https://[x/v1"}]}, "/servers/0"),
        ({**api({}), "servers": [{"url": "{a}", "variables": {"a": {}}}]}, "/servers/0/variables/a"),
        ({**api({}), "info": {"title": 1}}, "/info/title"),
        (item(responses=[]), "/paths/~1things/post/responses"),
        (item(responses={"2xx": {}}), "/paths/~1things/post/responses/2xx"),
        (item(responses={"099": {}}), "/paths/~1things/post/responses/099"),
        (item(responses={"200": {"headers": {"a b": {}}}}), "/paths/~1things/post/responses/200/headers/a b"),
        (item(parameters={}), "/paths/~1things/post/parameters"),
        (item(parameters=["x"]), "/paths/~1things/post/parameters/0"),
        (item(parameters=[{"name": "a"}]), "/paths/~1things/post/parameters/0"),
        (item(parameters=[{"name": "a", "in": "body"}]), "/paths/~1things/post/parameters/0"),
        (item(parameters=[{"name": 1, "in": "query"}]), "/paths/~1things/post/parameters/0/name"),
        (item(parameters=[{"name": "a", "in": "query", "explode": 1}]), "/paths/~1things/post/parameters/0/explode"),
        (item(parameters=[{"name": "a", "in": "query", "schema": "x"}]), "/paths/~1things/post/parameters/0/schema"),
        (item(requestBody={"required": "yes", "content": CONTENT}), "/paths/~1things/post/requestBody/required"),
        (
            item(requestBody={"content": {"a/b": {"schema": []}}}),
            "/paths/~1things/post/requestBody/content/a~1b/schema",
        ),
        (
            item(parameters=[{"name": "a", "in": "query", "schema": {"allOf": {}}}]),
            "/paths/~1things/post/parameters/0/schema/allOf",
        ),
        (item(security=[{"nobody": []}]), "/paths/~1things/post/security/0"),
        (
            {**item(security=[{"k": []}]), "components": {"securitySchemes": {"k": {"type": "apiKey", "in": "body"}}}},
            "/components/securitySchemes/k",
        ),
    ],
)
def test_a_document_of_another_shape_is_refused_with_its_place(page: dict[str, Any], place: str) -> None:
    with pytest.raises(DocumentError) as caught:
        compiled(page)
    assert caught.value.code == "spec_shape"
    name, _, pointer = caught.value.where.partition("#")
    assert (name.partition(":")[0], pointer) == ("api.yaml", place)
    assert caught.value.what
    assert caught.value.hint


def test_a_refusal_names_the_line() -> None:
    with pytest.raises(DocumentError) as caught:
        compile_contract(Sources("small", parse(b"openapi: 3.0.3\npaths:\n  /a:\n    get: no\n", "api.yaml")))
    assert caught.value.where == "api.yaml:4#/paths/~1a/get"


def test_a_refusal_names_the_overlay_that_put_the_place_there() -> None:
    bad = overlay({"target": "$.paths", "update": {"/a": {"get": "no"}}})
    with pytest.raises(DocumentError) as caught:
        compiled(api({}), corrections=bad)
    assert caught.value.where.startswith("corrections.overlay.yaml:")


def test_two_paths_for_the_same_requests_are_refused_by_name() -> None:
    def taking(name: str) -> dict[str, Any]:
        return {"get": {"responses": OK, "parameters": [{"name": name, "in": "path"}]}}

    with pytest.raises(DocumentError) as caught:
        compiled(api({"/a/{x}": taking("x"), "/a/{y}": taking("y")}))
    assert caught.value.code == "spec_ambiguous"
    assert "/a/{x} and /a/{y}" in caught.value.what


def test_a_reading_of_another_document_is_refused() -> None:
    with pytest.raises(DocumentError) as caught:
        compiled(api({}), lifecycle=parse(LIFECYCLE, "lifecycle.yaml"))
    assert caught.value.code == "lifecycle_invalid"


@pytest.mark.parametrize("ref", ["#/nowhere", "#nowhere", "#/components/schemas/Loop"])
def test_a_reference_to_nothing_is_refused(ref: str) -> None:
    page = item(requestBody={"content": {"a/b": {"schema": {"$ref": ref}}}})
    loop = {"schemas": {"Loop": {"$ref": "#/components/schemas/Loop"}}}
    with pytest.raises(LumakitError) as caught:
        compiled({**page, "components": loop})
    assert caught.value.code in ("ref_missing", "ref_cycle")


def test_a_path_parameter_that_is_not_declared_is_read_all_the_same() -> None:
    contract = compiled(api({"/a/{b}": {"get": {"responses": {}}}}))
    match = contract.route(Request("GET", "/a/7"))
    assert (match.operation, dict(match.path_values)) == (contract.operation("GET /a/{b}"), {"b": "7"})


def test_webhooks_are_operations_that_a_receiver_serves() -> None:
    hook = {"post": {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}, "responses": {}}}
    document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "webhooks": {"ended": hook}}

    (webhook,) = compiled(document).webhooks
    assert (webhook.name, webhook.operation.method) == ("ended", "POST")
    request = Request("POST", "/", headers=(("Content-Type", "application/json"),), body=b"[]")
    assert [each.code for each in webhook.operation.check_request(request)] == ["X206"]
