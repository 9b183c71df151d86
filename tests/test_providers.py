"""Every vendored provider in both editions: its examples, words, links, statuses and facts hold together."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

from lumakit import strictjson
from lumakit.contract import folder
from lumakit.contract import pointer as pointers
from lumakit.contract.compile import Contract, compile_contract
from lumakit.contract.dialect import Direction
from lumakit.contract.frozen import thaw
from lumakit.contract.messages import Body
from lumakit.contract.operation import Operation
from lumakit.contract.reading import Place, Task
from lumakit.model import Edition, Phase, Request, Response

CONTRACTS = {
    f"{name}-{edition.value}": compile_contract(folder.find(name), edition)
    for name in folder.providers()
    for edition in Edition
}
EVERY = pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS.keys())
CORRECTED = pytest.mark.parametrize(
    "contract", [each for each in CONTRACTS.values() if each.edition is Edition.CORRECTED], ids=folder.providers()
)


def operations(contract: Contract) -> Iterator[Operation]:
    for operation in contract.operations.values():
        yield operation
        yield from (callback.operation for callback in operation.callbacks)


def bodies(contract: Contract) -> Iterator[tuple[Operation, Body, Direction]]:
    for operation in operations(contract):
        yield from ((operation, body, Direction.REQUEST) for body in operation.content.values())
        for answer in operation.answers.values():
            yield from ((operation, body, Direction.RESPONSE) for body in answer.content.values())


def tasks(contract: Contract) -> tuple[Task, ...]:
    assert contract.reading is not None
    return tuple(contract.reading.tasks.values())


def good_answer(operation: Operation) -> Body:
    body = operation.answers["200"].body()
    assert body is not None
    return body


def facts(contract: Contract, body: Any) -> dict[str, Any]:
    assert contract.reading is not None
    return contract.reading.lens.read(body)


def test_there_are_three_providers() -> None:
    assert folder.providers() == ("apiframe", "chainhub", "kkiai")


@EVERY
def test_the_document_is_valid_openapi(contract: Contract) -> None:
    validator = OpenAPIV30SpecValidator if contract.version.startswith("3.0") else OpenAPIV31SpecValidator
    assert list(validator(contract.bundled()).iter_errors()) == []


@EVERY
def test_every_example_fits_its_schema_in_its_edition(contract: Contract) -> None:
    count = 0
    for operation, body, direction in bodies(contract):
        for name, value in body.examples.items():
            assert body.schema is not None
            problems = operation._book.schemas.at(body.schema, direction).problems(thaw(value))
            assert problems == (), f"{operation.key} {name}"
            count += 1
    assert count > 20


@EVERY
def test_every_request_example_routes_to_its_operation_and_is_accepted(contract: Contract) -> None:
    for operation in contract.operations.values():
        for body in operation.content.values():
            for name, value in body.examples.items():
                path = operation.path.replace("{task_id}", "4665a07c-7641-4809-a133-10786201bb56")
                headers = (("Content-Type", body.media_type), ("Authorization", "Bearer key"))
                request = Request(operation.method, path, headers=headers, body=strictjson.dumps(thaw(value)))
                match = contract.route(request)
                assert match.operation is operation
                assert operation.check_request(request, match.path_values) == (), f"{operation.key} {name}"


@EVERY
def test_every_answer_example_is_accepted_by_its_operation(contract: Contract) -> None:
    for operation in operations(contract):
        for answer in operation.answers.values():
            for body in answer.content.values():
                for name, value in body.examples.items():
                    status = int(answer.status) if answer.status.isdigit() else 200
                    raw = json.dumps(thaw(value)).encode()
                    response = Response(status, (("Content-Type", body.media_type),), raw)
                    assert operation.check_response(response) == (), f"{operation.key} {answer.status} {name}"


@EVERY
def test_every_word_has_a_named_example_in_the_fetch_view(contract: Contract) -> None:
    assert contract.reading is not None
    words = set(contract.reading.lifecycle.words)
    for task in tasks(contract):
        assert set(task.examples) == words
        for fetch in task.fetch:
            examples = good_answer(contract.operations[fetch.operation]).examples
            for word, name in task.examples.items():
                told = facts(contract, examples[name])
                status = told.get("status")
                assert status == word, f"{task.kind} {word}"
                assert told["id"]
                assert {key: told.get(key) for key in task.says} == dict(task.says)


@EVERY
def test_every_word_stands_in_an_example_of_the_batch_view(contract: Contract) -> None:
    assert contract.reading is not None
    for task in tasks(contract):
        for fetch in task.fetch_many:
            examples = good_answer(contract.operations[fetch.operation]).examples.values()
            items = [item for example in examples for item in pointers.look(example, fetch.items)]
            assert {facts(contract, item).get("status") for item in items} == set(contract.reading.lifecycle.words)


@EVERY
def test_every_word_that_is_told_has_an_example_in_the_callback(contract: Contract) -> None:
    for task in tasks(contract):
        assert task.webhook is not None
        for name in (*task.submit, *(extend.operation for extend in task.extend)):
            callback = contract.operations[name].callbacks[0]
            assert callback.expression == f"{{$request.body#{task.webhook.url.name}}}"
            body = callback.operation.content["application/json"]
            told = {facts(contract, value).get("status") for value in body.examples.values()}
            assert told == set(task.webhook.on), name
            headers = {each.name for each in callback.operation.parameters if each.location == "header"}
            assert headers == ({task.webhook.secret_header} if task.webhook.secret else set())


@EVERY
def test_a_finished_example_has_a_result_and_a_failed_one_says_why(contract: Contract) -> None:
    assert contract.reading is not None
    for task in tasks(contract):
        examples = good_answer(contract.operations[task.fetch[0].operation]).examples
        for word, name in task.examples.items():
            told = facts(contract, examples[name])
            phase = contract.reading.lifecycle.phase(word)
            assert ("results" in told) is (phase is Phase.SUCCEEDED), f"{task.kind} {word}"
            assert ("error" in told) is (phase is Phase.FAILED), f"{task.kind} {word}"


@EVERY
def test_a_submit_answer_tells_the_id(contract: Contract) -> None:
    for task in tasks(contract):
        for name in (*task.submit, *(extend.operation for extend in task.extend)):
            for value in good_answer(contract.operations[name]).examples.values():
                assert facts(contract, value)["id"]


@EVERY
def test_the_lens_reads_back_what_it_writes_into_every_example(contract: Contract) -> None:
    assert contract.reading is not None
    lens = contract.reading.lens
    new = {"id": "a-new-id", "created_at": 1_734_875_919_947, "progress": 87, "results": ("https://x.example/1.mp4",)}
    for _, body, _ in bodies(contract):
        for template in body.examples.values():
            if not isinstance(template, Mapping):
                continue
            places = lens.places_in(template)
            written = {name: value for name, value in new.items() if name in places}
            assert {name: lens.read(lens.write(template, written))[name] for name in written} == written


@EVERY
def test_every_link_is_true_in_its_edition(contract: Contract) -> None:
    assert contract.reading is not None
    for task in tasks(contract):
        for name in (*task.submit, *(extend.operation for extend in task.extend)):
            answer = contract.operations[name].answers["200"]
            targets = {contract.operation(link.operation).key for link in answer.links.values()}
            assert {fetch.operation for fetch in task.fetch} <= targets
            for link in answer.links.values():
                for expression in linked_values(link.parameters, link.request_body):
                    for value in good_answer(contract.operations[name]).examples.values():
                        pointer = expression.removeprefix("$response.body#")
                        assert pointers.look(value, pointer) == facts(contract, value)["id"]


def linked_values(parameters: Mapping[str, Any], body: Any) -> Iterator[str]:
    values = [*parameters.values(), *(body.values() if isinstance(body, Mapping) else ())]
    yield from (value for value in values if str(value).startswith("$response.body#"))


@EVERY
def test_submits_lead_to_the_extend_of_their_family(contract: Contract) -> None:
    for task in tasks(contract):
        for extend in task.extend:
            for parent in (each for each in tasks(contract) if each.kind in extend.of):
                for name in (*parent.submit, *(each.operation for each in parent.extend)):
                    links = contract.operations[name].answers["200"].links.values()
                    assert extend.operation in {contract.operation(link.operation).key for link in links}, name


@EVERY
def test_every_status_the_mock_will_answer_is_declared_with_its_basis(contract: Contract) -> None:
    assert contract.reading is not None
    always = ("invalid", "unauthenticated", "not_acceptable", "too_many_requests", "broken", "unavailable")
    with_body = ("too_large", "unsupported_media")
    problems = contract.reading.problems
    for operation in contract.operations.values():
        named = [*always, *(with_body if operation.content else ())]
        for problem in named:
            answer = operation.answers[str(problems[problem])]
            action = contract.origin(answer.pointer)
            assert action is None or action.evidence, f"{operation.key} {problem}"
    for task in tasks(contract):
        for extend in task.extend:
            assert str(problems["parent_unready"]) in contract.operations[extend.operation].answers
        for fetch in task.fetch:
            assert str(problems["unknown_task"]) in contract.operations[fetch.operation].answers


@EVERY
def test_every_action_has_an_id_a_basis_and_evidence(contract: Contract) -> None:
    ids = [action.id for action in contract.actions]
    assert len(set(ids)) == len(ids)
    assert all(action.description and action.evidence for action in contract.actions)


@EVERY
def test_every_place_of_the_reading_is_in_the_document(contract: Contract) -> None:
    for task in tasks(contract):
        for extend in task.extend:
            assert takes(contract.operations[extend.operation], extend.parent)
        for fetch in task.fetch:
            assert takes(contract.operations[fetch.operation], fetch.id)
        for many in task.fetch_many:
            assert takes(contract.operations[many.operation], many.ids)


def takes(operation: Operation, place: Place) -> bool:
    if place.location == "body":
        return any(place.name[1:] in declared(operation, body) for body in operation.content.values())
    return any((each.location, each.name) == (place.location, place.name) for each in operation.parameters)


def declared(operation: Operation, body: Body) -> set[str]:
    """The names of the properties that a body's schema has at its top."""
    assert body.schema is not None
    return set(operation._book.schemas.resolve(body.schema)["properties"])


@CORRECTED
def test_the_two_editions_have_the_same_operations(contract: Contract) -> None:
    published = CONTRACTS[f"{contract.name}-published"]
    assert list(published.operations) == list(contract.operations)
    assert [each.id for each in published.operations.values()] == [each.id for each in contract.operations.values()]


def test_the_published_edition_of_chainhub_answers_with_the_envelope() -> None:
    operation = CONTRACTS["chainhub-published"].operation("submitGeneration")
    assert declared(operation, good_answer(operation)) == {"code", "message", "request_id", "data"}


def test_a_finished_task_of_apiframe_tells_its_status_only_in_the_corrected_edition() -> None:
    name = "luma-ext-finished"
    published, corrected = (
        good_answer(CONTRACTS[f"apiframe-{edition.value}"].operation("fetchTask")).examples[name] for edition in Edition
    )
    assert "status" not in published
    assert corrected["status"] == "finished"
