"""Requests out of a contract: they fit it, name the task they are for, and send no webhook to where nobody listens."""

from __future__ import annotations

import json
from urllib.parse import unquote

import pytest

import lumakit
from lumakit.check.phases.invalid import INVALID, _steps
from lumakit.check.phases.phase import Choices, Step
from lumakit.check.requests import NOWHERE, Hook, Maker, Unmakeable
from lumakit.check.target import Cost
from lumakit.contract.compile import Contract
from lumakit.contract.operation import Operation
from lumakit.draws import Draw
from lumakit.model import Edition, Request
from tests.check.play import clips

NAMES = ("apiframe", "chainhub", "kkiai")
CONTRACTS = {f"{name}-{each}": lumakit.load(name, each) for name in NAMES for each in Edition}
OPERATIONS = [
    pytest.param(contract, operation, id=f"{name} {operation.key}")
    for name, contract in {**CONTRACTS, "clips": clips()}.items()
    for operation in contract.operations.values()
]


def maker(contract: Contract) -> Maker:
    return Maker(contract, "http://server.test", "", Draw("0"))


def wrong(contract: Contract, request: Request) -> list[str]:
    match = contract.route(request)
    assert match.operation
    values = {name: unquote(text) for name, text in match.path_values.items()}
    return [each.message for each in match.operation.take(request, values).findings]


@pytest.mark.parametrize(("contract", "operation"), OPERATIONS)
def test_a_request_fits_its_contract_and_leads_to_its_operation(contract: Contract, operation: Operation) -> None:
    request = maker(contract).request(operation)
    assert contract.route(request).operation is operation
    assert wrong(contract, request) == []


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_examples_send_no_webhook_to_whom_the_page_names(contract: Contract) -> None:
    made = maker(contract)
    for task in made.tasks:
        for key in task.submit:
            operation = contract.operations[key]
            assert task.webhook is not None
            name = task.webhook.url.name.strip("/")
            bodies = [
                made.request(operation),
                *(made.with_body(operation, made.request(operation), each) for _, each in made.examples(operation)),
            ]
            assert {json.loads(each.body).get(name, NOWHERE) for each in bodies} == {NOWHERE}


def test_a_task_that_is_to_be_told_of_names_the_address_and_its_secret() -> None:
    contract = CONTRACTS["apiframe-corrected"]
    request = maker(contract).request(contract.operations["POST /luma-imagine"], hook=Hook("http://me.test/1", "s3"))
    body = json.loads(request.body)
    assert (body["webhook_url"], body["webhook_secret"]) == ("http://me.test/1", "s3")


def test_the_cheapest_request_asks_for_little() -> None:
    contract = CONTRACTS["chainhub-corrected"]
    made = maker(contract)
    request = made.cheapest(contract.operations["POST /luma/generations"], made.tasks[0])
    assert set(json.loads(request.body)) == {"user_prompt"}


def test_ids_stand_where_the_reading_says() -> None:
    contract = CONTRACTS["chainhub-corrected"]
    made = maker(contract)
    assert (
        made.request(contract.operations["GET /luma/generations/{task_id}"], task="a/b").path
        == "/luma/generations/a%2Fb"
    )
    assert json.loads(made.request(contract.operations["POST /luma/tasks"], task=["a", "b"]).body)["ids"] == ["a", "b"]


def test_what_cannot_be_made_is_said() -> None:
    contract = CONTRACTS["apiframe-corrected"]
    with pytest.raises(Unmakeable, match="less than 2 items"):
        maker(contract).request(contract.operations["POST /fetch-many"], task=["one"])


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_each_invalid_body_is_wrong_by_the_contract_and_may_cost_where_it_makes_tasks(contract: Contract) -> None:
    steps = [each for each in _steps(maker(contract), Choices()) if isinstance(each, Step)]
    assert steps
    assert all(wrong(contract, each.request) for each in steps)
    made = maker(contract)
    assert {each.cost for each in steps if not made.looks(contract.operations[each.operation])} == {Cost.PAID}
    assert sum(each.paid for each in INVALID.plan(made, Choices())) == sum(each.cost is Cost.PAID for each in steps)
