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
        "openapi: 3.0.3\ninfo:\n  title: Pictures: all\n  version: '1'\npaths: {}\n", "pictures.yaml"
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
        ("state", {}, True),
        ("jobStatus", {}, True),
        ("estate", {}, False),
        ("state", {"city": {"type": "string"}}, False),
        ("state", {"redirect_uri": {"type": "string", "format": "uri"}}, False),
    ],
)
def test_a_state_is_told_from_what_is_only_called_so(name: str, beside: dict[str, Any], speaks: bool) -> None:
    found = codes(schema("Thing", **{name: {"type": "string"}}, **beside))
    assert ("S126" in found) is speaks


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
"""
    assert said(fragment) == [
        ("S145", "Series and Single tell one task in two vocabularies: files in Series, file in Single")
    ]


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
