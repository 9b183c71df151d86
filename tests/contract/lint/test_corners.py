"""What the examples of the catalogue do not reach: the other half of a rule, and what it must leave alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lumakit.contract import lint as rules
from lumakit.contract.document import parse_mending
from lumakit.contract.folder import Sources, find
from lumakit.model import Finding
from tests.contract.lint import specimens


def said(fragment: str) -> list[tuple[str, str]]:
    return [(found.code, found.message) for found in specimens.linted(specimens.pictures(fragment))]


def codes(fragment: str) -> set[str]:
    return {code for code, _ in said(fragment)}


def on_page(text: str) -> list[Finding]:
    return list(specimens.linted(specimens.pictures(), pages=(specimens.page(text),)))


def schema(name: str, **properties: Any) -> str:
    return specimens.written({"components": {"schemas": {name: {"type": "object", "properties": properties}}}}).text


def test_the_gravest_comes_first() -> None:
    found = specimens.linted(
        specimens.pictures("info: {title: ''}\npaths: {/pictures: {post: {requestBody: {required: false}}}}")
    )
    assert [each.code for each in found] == ["S123", "S120"]


# --- pages ----------------------------------------------------------------------------------------------------------


def test_a_document_in_a_page_that_cannot_be_mended_is_a_finding() -> None:
    found = on_page("```yaml\nopenapi: 3.0.3\ninfo: [\n```\n")
    assert [each.code for each in found] == ["S101"]
    assert "cannot be read" in found[0].message


def test_a_mended_document_is_told_with_its_line() -> None:
    entry, mended = parse_mending(
        "openapi: 3.0.3\ninfo:\n  title: Pictures: all\n  version: '1'\ncomponents: {schemas: {A: {}}}\n",
        "pictures.yaml",
    )
    found = rules.lint(Sources(name="pictures", entry=entry, mended=mended))
    assert [(each.code, each.where, each.line) for each in found] == [("S101", "pictures.yaml", 3)]


@pytest.mark.parametrize(
    "text",
    [
        "`POST` `https://a.example/x`\n\n```bash\ncurl https://a.example/x\ncurl https://a.example/fetch\n```\n",
        "`GET` `https://a.example/x/{id}`\n\n```python\nget('https://a.example/x/' + task)\n```\n",
        "`GET` `https://a.example/x/{id}`\n\n```bash\ncurl https://a.example/x/7\n```\n",
        "`GET` `https://a.example/x`\n\nSee https://a.example/help.\n\n```bash\ncurl https://a.example/x\n```\n",
        "`GET` `https://a.example/x`\n\n`POST` `https://a.example/y`\n\n```bash\ncurl https://a.example/y\n```\n",
        "`GET` `https://a.example/x`\n\n```bash\ncurl https://cdn.example/y\n```\n",
    ],
    ids=["one right", "put together in code", "filled in", "in prose", "of another operation", "another host"],
)
def test_samples_that_call_the_announced_path_are_left_alone(text: str) -> None:
    assert on_page(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "## A\n\nHeaders\n\nBody\n\n## B\n\nHeaders\n\nBody\n\n## C\n",
        "| a | b |\n|---|---|\n| x |\n| y | |\n\n| a | b |\n|---|---|\n| x |\n| y | |\n",
        "```json\n{a\n```\n\n```json\n{a\n```\n",
        "Copy\n\nText.\n\nCopy\n",
    ],
    ids=["sections", "tables", "samples", "frames"],
)
def test_what_is_wrong_twice_on_a_page_has_two_fingerprints(text: str) -> None:
    found = on_page(text)
    assert found
    assert len({each.fingerprint for each in found}) == len(found)


def test_a_heading_that_holds_deeper_ones_is_not_empty() -> None:
    assert on_page("## Response\n\n### Headers\n\nNone.\n\n### Body\n\nThe url.\n") == []


def test_an_answer_among_the_samples_of_a_request_is_left_alone() -> None:
    request = '```text\n{"prompt": "a", "size": "b"}\n```\n'
    assert on_page(request * 3 + '```text\n{"prompt": "a", "size": "b", "id": "c"}\n```\n') == []


# --- documents ------------------------------------------------------------------------------------------------------


def test_a_field_described_as_required_that_is_not() -> None:
    assert codes(schema("Order", size={"type": "string", "description": "Required. How large."})) == {"S124"}


@pytest.mark.parametrize(
    "text",
    [
        "Required if no image is given.",
        "Required, when there is no image",
        "Optional parts are cut off",
        "Not required",
    ],
)
def test_a_condition_is_no_contradiction(text: str) -> None:
    assert codes(schema("Order", size={"type": "string", "description": text})) == set()


def test_what_another_branch_requires_is_required() -> None:
    fragment = """
components:
  schemas:
    Order:
      allOf:
        - {type: object, properties: {size: {type: string, description: Required. How large.}}}
        - {required: [size]}
"""
    assert codes(fragment) == set()


def test_a_parameter_is_read_like_a_field() -> None:
    parameters = """
paths:
  /pictures:
    post:
      parameters:
        - name: size
          in: query
          required: true
          description: Optional. Can be 1 or 2, 1 by default.
          schema: {type: integer}
"""
    assert [code for code, _ in said(parameters)] == ["S124", "S125", "S125"]


@pytest.mark.parametrize(
    ("name", "beside", "speaks"),
    [
        ("state", {}, False),
        ("state", {"job_id": {"type": "string"}}, True),
        ("jobStatus", {}, True),
        ("estate", {}, False),
        ("state", {"city": {"type": "string"}}, False),
        ("state", {"redirect_uri": {"type": "string", "format": "uri"}}, False),
    ],
)
def test_a_state_is_told_from_what_is_only_called_so(name: str, beside: dict[str, Any], speaks: bool) -> None:
    found = codes(schema("Thing", **{name: {"type": "string"}}, **beside))
    assert ("S126" in found) is speaks


@pytest.mark.parametrize(
    ("name", "state", "speaks"),
    [
        ("User", {"description": "US state"}, False),
        ("Video", {"description": "Whether it is still processing."}, True),
        ("Video", {"example": "queued"}, True),
        ("JobStatus", {}, True),
        ("TaskError", {}, False),
        ("Jobless", {}, False),
    ],
)
def test_only_the_state_of_a_task_has_to_list_its_words(name: str, state: dict[str, Any], speaks: bool) -> None:
    assert ("S126" in codes(schema(name, state={"type": "string", **state}))) is speaks


def test_the_status_of_an_error_is_no_state() -> None:
    body = "{type: object, properties: {message: *s, documentation_url: *s, url: *s, status: &s {type: string}}}"
    fragment = f"""
components: {{schemas: {{Failure: {body.replace("*s", "{type: string}").replace("&s ", "")}}}}}
paths:
  /jobs:
    put:
      operationId: putJob
      responses:
        '422': {{description: No., content: {{application/json: {{schema: {{$ref: '#/components/schemas/Failure'}}}}}}}}
"""
    assert codes(fragment) == set()


@pytest.mark.parametrize(
    ("name", "text", "speaks"),
    [
        ("avatar_url", "See the URL documentation for details", False),
        ("link", "A link", False),
        ("avatar_url", "The URL of the picture", True),
        ("callback", "The address that is called", True),
    ],
)
def test_only_a_text_that_says_so_makes_an_address(name: str, text: str, speaks: bool) -> None:
    order = {"type": "object", "properties": {name: {"type": "string", "description": text}}}
    document = specimens.pictures()
    document["paths"]["/pictures"]["post"]["requestBody"]["content"]["application/json"] = {"schema": order}
    assert ("S125" in {each.code for each in specimens.linted(document)}) is speaks


@pytest.mark.parametrize("beside", [{"title": {"type": "string"}}, {"detail": {"type": "string"}}])
def test_the_status_of_a_problem_is_no_state(beside: dict[str, Any]) -> None:
    assert codes(schema("Problem", status={"type": "integer"}, **beside)) == set()


def test_a_state_that_is_null_in_every_example_is_left_alone() -> None:
    fragment = """
components:
  schemas:
    Thing:
      type: object
      properties: {queue_state: {type: string, nullable: true}}
      example: {queue_state: null}
"""
    assert codes(fragment) == set()


def test_kinds_of_a_list_are_told_apart_either_way() -> None:
    fragment = """
components:
  schemas:
    Series: {type: object, properties: {job_id: {type: string}, job_type: {type: string}, files: {type: array}}}
    Single: {type: object, properties: {job_id: {type: string}, job_type: {type: string}, file: {type: string}}}
    Job: {anyOf: [{$ref: '#/components/schemas/Series'}, {$ref: '#/components/schemas/Single'}]}
"""
    assert said(fragment) == [
        ("S145", "Series and Single tell one task in two vocabularies: files in Series, file in Single")
    ]


def jobs(**kinds: dict[str, Any]) -> dict[str, Any]:
    """Named schemas of a job, each with its id, its type and one thing more."""
    ours = {"job_id": {"type": "string"}, "type": {"type": "string"}}
    return {
        name: {"type": "object", "properties": ours | {key: {"type": "string"} for key in extra if key != "example"}}
        | ({"example": extra["example"]} if "example" in extra else {})
        for name, extra in kinds.items()
    }


def two_vocabularies(schemas: dict[str, Any], **more: Any) -> list[str]:
    document = specimens.merged(specimens.pictures(), {"components": {"schemas": schemas}, **more})
    return [each.message for each in specimens.linted(document) if each.code == "S145"]


def test_schemas_of_different_things_may_use_different_words() -> None:
    assert two_vocabularies(jobs(Job={"job_status": 1}, JobEvent={"urls": 1}, JobResult={"url": 1})) == []


def test_schemas_whose_examples_share_a_task_are_compared() -> None:
    same, other = {"job_id": "7"}, {"job_id": "8"}
    schemas = jobs(
        Many={"urls": 1, "example": same}, One={"url": 1, "example": same}, Lone={"url": 1, "example": other}
    )
    assert two_vocabularies(schemas) == ["Many and One tell one task in two vocabularies: urls in Many, url in One"]


def test_the_answers_of_one_operation_are_compared() -> None:
    def answer(name: str) -> dict[str, Any]:
        body = {"schema": {"$ref": f"#/components/schemas/{name}"}}
        return {"description": "It.", "content": {"application/json": body}}

    responses = {"200": answer("Many"), "202": answer("One")}
    paths = {"/pictures": {"get": {"operationId": "get", "responses": responses}}}
    found = two_vocabularies(jobs(Many={"urls": 1}, One={"url": 1}), paths=paths)
    assert found == ["Many and One tell one task in two vocabularies: urls in Many, url in One"]


def test_a_family_with_a_discriminator_is_told_apart() -> None:
    both = [{"$ref": "#/components/schemas/Many"}, {"$ref": "#/components/schemas/One"}]
    job = {"oneOf": both, "discriminator": {"propertyName": "type"}}
    assert two_vocabularies({**jobs(Many={"urls": 1}, One={"url": 1}), "Job": job}) == []


@pytest.mark.parametrize("word", ["Many", "'#/components/schemas/Many'", "other.yaml", "'other.yaml#/Many'"])
def test_a_mapping_that_leads_somewhere_is_left_alone(word: str) -> None:
    fragment = f"""
components:
  schemas:
    Many: {{type: object, properties: {{kind: {{type: string}}}}}}
    Job:
      oneOf: [{{$ref: '#/components/schemas/Many'}}]
      discriminator: {{propertyName: kind, mapping: {{many: {word}}}}}
"""
    assert "S156" not in codes(fragment)


def test_nullable_is_no_word_of_3_1() -> None:
    document = specimens.pictures("components: {schemas: {Order: {nullable: true, allOf: [{type: object}]}}}")
    assert [each.code for each in specimens.linted(document)] == ["S155"]
    assert specimens.linted({**document, "openapi": "3.1.0"}) == ()


def test_the_parameters_of_a_path_are_read_once_for_all_its_operations() -> None:
    fragment = """
paths:
  /pictures:
    parameters:
      - {name: Accept, in: header, schema: {type: string}, example: '{{ACCEPT}}'}
      - {name: size, in: query, description: 'Can be 1 or 2.', schema: {type: integer}}
    get:
      operationId: listPictures
      responses: {default: {$ref: '#/components/responses/Problem'}}
"""
    found = {each.code: each for each in specimens.linted(specimens.pictures(fragment))}
    assert found.keys() == {"S122", "S125", "S128"}
    assert len(said(fragment)) == 3
    assert found["S122"].message.startswith("/pictures: ")
    assert found["S125"].pointer == "/paths/~1pictures/parameters/1/schema"


@pytest.mark.parametrize(
    ("shown", "place"),
    [
        ("example: big", "/example"),
        ("examples: {a: {value: 1}, b: {value: big}}", "/examples/b/value"),
        ("example: 1", ""),
    ],
)
def test_the_example_of_a_parameter_or_header_is_judged(shown: str, place: str) -> None:
    fragment = f"""
paths:
  /pictures:
    post:
      parameters: [{{name: size, in: query, schema: {{type: integer}}, {shown}}}]
      responses: {{'201': {{headers: {{X-Left: {{schema: {{type: integer}}, {shown}}}}}}}}}
"""
    found = {(each.code, each.pointer) for each in specimens.linted(specimens.pictures(fragment))}
    at = ("/paths/~1pictures/post/parameters/0", "/paths/~1pictures/post/responses/201/headers/X-Left")
    assert found == ({("S138", each + place) for each in at} if place else set())


def test_a_list_shown_as_the_text_that_is_sent_is_left_alone() -> None:
    parameter = "{name: sizes, in: query, schema: {type: array, items: {type: integer}}, example: '1,2'}"
    assert codes(f"paths: {{/pictures: {{post: {{parameters: [{parameter}]}}}}}}") == set()


def without_errors(*paths: str, method: str = "put", parameters: str = "[]") -> str:
    each = f"operationId: a%d, parameters: {parameters}, responses: {{'200': {{description: Done.}}}}"
    return "\n".join(["paths:", *(f"  {path}: {{{method}: {{{each % at}}}}}" for at, path in enumerate(paths))])


def test_errors_that_are_missing_nearly_everywhere_are_told_once() -> None:
    assert said(without_errors("/a", "/b", "/c", "/d")) == [
        ("S140", "4 of 5 operations describe no error: PUT /a, PUT /b, PUT /c and 1 more")
    ]


def test_a_health_check_needs_no_errors() -> None:
    assert codes(without_errors("/health", method="get")) == set()
    parameters = "[{name: a, in: query, schema: {type: string}}]"
    assert codes(without_errors("/health", method="get", parameters=parameters)) == {"S140"}


def test_a_callback_goes_by_its_name() -> None:
    fragment = """
paths:
  /pictures:
    post:
      callbacks:
        done:
          '{$request.body#/prompt}':
            post:
              requestBody: {required: true, content: {application/json: {schema: {type: object}, example: 7}}}
              responses: {'200': {description: ''}}
"""
    assert [message.partition(":")[0] for _, message in said(fragment)] == ["POST /pictures callback done"] * 2


@pytest.mark.parametrize(
    ("kinds", "says"),
    [
        ("[pictures, pictures-ext]", "while pictures is spelled like its path"),
        ("[pictures, frames, pictures-ext]", "while frames and pictures are spelled like their paths"),
    ],
)
def test_kinds_are_named_in_a_sentence(kinds: str, says: str) -> None:
    operation = "{operationId: %s, responses: {default: {$ref: '#/components/responses/Problem'}}}"
    paths = f"paths: {{/pictures-extend: {{put: {operation % 'a'}}}, /frames: {{put: {operation % 'b'}}}}}\n"
    named = f"components: {{schemas: {{Kind: {{properties: {{made_type: {{type: string, enum: {kinds}}}}}}}}}}}"
    assert [message.endswith(says) for _, message in said(paths + named)] == [True]


@pytest.mark.parametrize(
    ("link", "says"),
    [
        ("{operationId: makePicture, parameters: {body: '$response.body#/nope'}}", "which the answer does not have"),
        ("{operationId: makePicture, parameters: {id: '$response.body#/url'}}", "which POST /pictures does not take"),
        ("{operationRef: '#/paths/~1frames/post'}", "which is no operation"),
        ("{operationRef: '#/paths/~1pictures/post'}", ""),
        ("{operationRef: 'other.yaml#/paths/~1frames/post'}", ""),
        ("{operationId: makePicture, requestBody: {prompt: '$response.body#/url'}}", ""),
        ("{operationId: makePicture, requestBody: {prompt: '$response.body#/tags/0'}}", ""),
        ("{operationId: makePicture, requestBody: {prompt: '$response.body#/more/of/it'}}", ""),
        ("{operationId: makePicture, requestBody: {prompt: '$response.body#/url/of/it'}}", ""),
    ],
)
def test_a_link_is_followed(link: str, says: str) -> None:
    fragment = f"""
paths:
  /pictures:
    post:
      responses:
        '201':
          content:
            application/json:
              schema: {{properties: {{tags: {{type: array, items: {{type: string}}}}, more: {{type: object}}}}}}
          links: {{next: {link}}}
"""
    found = said(fragment)
    assert len({each.fingerprint for each in specimens.linted(specimens.pictures(fragment))}) == len(found)
    assert [code for code, _ in found] == (["S152"] * (2 if "body:" in link and "nope" in link else 1) if says else [])
    assert any(says in message for _, message in found) or not says


def test_a_word_of_the_lifecycle_that_no_schema_lists() -> None:
    example = "lifecycle: {words: {expired: failed}, moves: [pending > done, pending > failed, pending > expired]}"
    found = specimens.KINDS["reading"](example, "S160")
    assert [(each.code, each.subject) for each in found] == [("S160", "expired")]


def test_an_empty_object_is_no_empty_body() -> None:
    fragment = """
paths:
  /pictures:
    post:
      responses:
        '401': {description: Wrong key., content: {application/json: {schema: {type: object}}}}
        '500': {description: Our fault., content: {application/json: {schema: {type: object}}}}
"""
    assert codes(fragment) == set()


def test_one_shared_answer_is_criticised_once() -> None:
    fragment = """
components: {responses: {Problem: {description: '', content: {application/json: {example: {message: 7}}}}}}
paths:
  /frames: {put: {operationId: frame, responses: {default: {$ref: '#/components/responses/Problem'}}}}
"""
    assert [code for code, _ in said(fragment)] == ["S131", "S120"]


def test_a_finding_in_another_file_of_the_document_names_that_file(tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_text(
        "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /jobs:\n    $ref: 'parts/jobs.yaml'\n"
    )
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "jobs.yaml").write_text("get:\n  responses:\n    '200':\n      description: ''\n")
    found = {each.code: each for each in rules.lint(find(str(tmp_path / "api.yaml")))}
    assert (found["S120"].where, found["S120"].line) == ((tmp_path / "parts" / "jobs.yaml").as_posix(), 4)
    assert found["S120"].pointer == "/get/responses/200/description"
