"""The adapter of schemathesis: what of it we use is there, what it is told, what it may ask, and what it says."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest
import schemathesis
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder

import lumakit
from lumakit.check.explore import OF_OTHERS, OF_OURS, PHASES, STAND_IN, Asked, Wanted, explored, settings
from lumakit.errors import OverBudget
from lumakit.model import Lost, Request, Response
from tests.check.running import KEY, run_of

CHAINHUB = lumakit.load("chainhub")
LOOK = "GET /luma/generations/{task_id}"
SUBMIT = "POST /luma/generations"


def wanted(*operations: str, own: bool = False) -> Wanted:
    return Wanted(operations or tuple(CHAINHUB.operations), "", 1, 4, own)


def test_what_we_use_of_it_is_there() -> None:
    """Another version that lacks one of these needs another adapter."""
    load_all_checks()
    assert set(OF_OURS) <= set(CHECKS.get_all_names())
    assert callable(schemathesis.openapi.from_dict)
    assert callable(from_schema)
    assert {"cases", "checks", "interactions"} <= set(ScenarioRecorder.__slots__)
    assert {"ScenarioFinished", "NonFatalError", "FatalError", "Interrupted"} <= set(dir(events))
    config = schemathesis.Config.from_dict(settings(CHAINHUB, wanted(own=True)))
    assert hasattr(schemathesis.openapi.from_dict(CHAINHUB.bundled(), config=config), "app")


def test_of_others_only_what_makes_sense_is_checked() -> None:
    told = settings(CHAINHUB, wanted())
    assert {name for name, each in told["checks"].items() if name != "enabled" and each["enabled"]} == set(OF_OTHERS)
    assert {name for name in PHASES if told["phases"][name]["enabled"]} == {"coverage", "fuzzing"}
    assert told["generation"]["mode"] == "positive"


def test_it_never_sees_the_key_and_asks_what_it_may() -> None:
    seen: list[Asked] = []

    def carry(asked: Asked) -> tuple[Response | Lost, int]:
        seen.append(asked)
        return Response(404, (("Content-Type", "application/json"),), b'{"error":{}}'), len(seen)

    list(explored(CHAINHUB, wanted(LOOK, own=True), carry))
    assert Counter(each.keyed for each in seen)[True] > Counter(each.keyed for each in seen)[False] > 0
    assert not any(STAND_IN in repr(each.request) or "schemathesis" in repr(each.request).lower() for each in seen)
    assert {each.request.path.split("/")[1] for each in seen if each.request.method == "GET"} == {"luma"}


@pytest.mark.parametrize("trouble", [OverBudget("enough", code="over_budget"), KeyboardInterrupt()])
def test_what_ends_a_request_ends_it_all(trouble: BaseException) -> None:
    asked = 0

    def carry(_: Asked) -> tuple[Response | Lost, int]:
        nonlocal asked
        asked += 1
        if asked == 5:
            raise trouble
        return Response(404), asked

    with pytest.raises(type(trouble)):
        list(explored(CHAINHUB, wanted(own=True), carry))
    assert asked == 5


def test_paid_operations_of_others_are_not_explored() -> None:
    verdict = run_of(CHAINHUB, "explore", own=False).verdict()
    assert {each.operation for each in verdict.traffic.exchanges} == {LOOK, "POST /luma/tasks"}
    assert verdict.stories == ()


def test_what_we_say_ourselves_is_not_said_again() -> None:
    def spoil(request: Request, response: Response) -> Response:
        broken = request.method == "POST" and response.status == 200
        return replace(response, body=json.dumps({"id": 7}).encode()) if broken else response

    findings = run_of(CHAINHUB, "explore", spoil=spoil, examples=4).verdict().findings
    assert Counter(each.code for each in findings)["X214"] == 4
    assert {each.subject for each in findings if each.code == "X240"} <= {"ensure_resource_availability"}


def test_a_valid_request_that_is_refused_is_told() -> None:
    def spoil(_: Request, response: Response) -> Response:
        refused = b'{"error":{"message":"no","type":"new_api_error","code":"invalid_request"}}'
        return replace(response, status=400, body=refused) if response.status == 200 else response

    verdict = run_of(CHAINHUB, "explore", spoil=spoil, examples=4).verdict()
    assert {each.subject for each in verdict.findings if each.code == "X240"} == {"positive_data_acceptance"}


def test_no_webhook_is_sent_to_an_address_that_it_makes_up() -> None:
    run = run_of(CHAINHUB, "explore", examples=4)
    verdict = run.verdict()
    assert verdict.traffic.arrivals == ()
    assert {each.request.method for each in verdict.traffic.exchanges} >= {"PUT", "DELETE"}
    assert "TRACE" not in {each.request.method for each in verdict.traffic.exchanges}
    made = [each for each in verdict.traffic.exchanges if each.operation == SUBMIT and each.response.status == 200]
    assert made
    assert not any("notify_hook" in json.loads(each.request.body) for each in made)


def test_what_it_quotes_of_an_answer_holds_no_key() -> None:
    def spoil(request: Request, response: Response) -> Response:
        told = request.header("authorization") or ""
        return replace(response, status=400, body=_refusal(told)) if response.status == 200 else response

    def _refusal(told: str) -> bytes:
        return json.dumps({"error": {"message": told, "type": "new_api_error", "code": "invalid_request"}}).encode()

    findings = run_of(CHAINHUB, "explore", spoil=spoil, examples=4).verdict().findings
    assert findings
    assert not any(KEY in repr(each) for each in findings)
