"""A verdict as SARIF."""

from __future__ import annotations

import json
from typing import Any

from lumakit.check import identity
from lumakit.check.reports import render
from lumakit.check.verdict import Judged
from tests.check.verdicts import GUESSED, WRONG, verdict

# What section 3 of the specification says of the properties that we write: their types, and which must be there.
PROPERTIES: dict[str, dict[str, Any]] = {
    "run": {"tool": dict, "results": list, "invocations": list, "columnKind": str, "properties": dict},
    "driver": {"name": str, "version": str, "rules": list},
    "rule": {
        "id": str,
        "shortDescription": dict,
        "fullDescription": dict,
        "help": dict,
        "defaultConfiguration": dict,
    },
    "result": {
        "ruleId": str,
        "ruleIndex": int,
        "level": str,
        "message": dict,
        "locations": list,
        "partialFingerprints": dict,
        "properties": dict,
        "occurrenceCount": int,
        "webRequest": dict,
        "webResponse": dict,
        "baselineState": str,
        "suppressions": list,
    },
    "webRequest": {"protocol": str, "method": str, "target": str, "headers": dict, "body": dict},
    "webResponse": {"statusCode": int, "headers": dict, "body": dict},
    "invocation": {"executionSuccessful": bool, "toolExecutionNotifications": list},
    "notification": {"level": str, "message": dict, "descriptor": dict},
}


def run(**changes: Any) -> dict[str, Any]:
    log = json.loads(render(verdict(**changes), "sarif", document="specs/jobs.yaml"))
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    found: dict[str, Any] = log["runs"][0]
    return found


def holds(kind: str, value: dict[str, Any]) -> None:
    """Every property is one of the specification's, and of its type."""
    for name, inner in value.items():
        assert isinstance(inner, PROPERTIES[kind][name]), (kind, name)


def test_every_object_has_the_properties_of_the_specification() -> None:
    log = run(known=(WRONG,))
    holds("run", log)
    holds("driver", log["tool"]["driver"])
    for each in log["tool"]["driver"]["rules"]:
        holds("rule", each)
    for each in log["results"]:
        holds("result", each)
        holds("webRequest", each["webRequest"])
        holds("webResponse", each["webResponse"])
    for each in log["invocations"]:
        holds("invocation", each)
        for told in each["toolExecutionNotifications"]:
            holds("notification", told)


def test_levels_states_and_kinds_are_words_of_the_specification() -> None:
    for each in run(known=(WRONG,))["results"]:
        assert each["level"] in ("none", "note", "warning", "error")
        assert each["baselineState"] in ("new", "unchanged", "updated", "absent")
        assert each["message"]["text"]
        assert all(inner["kind"] in ("external", "inSource") for inner in each.get("suppressions", []))


def test_each_result_names_its_rule_by_its_number() -> None:
    log = run()
    for each in log["results"]:
        assert log["tool"]["driver"]["rules"][each["ruleIndex"]]["id"] == each["ruleId"]


def test_a_result_has_a_file_an_operation_and_what_was_asked_and_answered() -> None:
    result = run()["results"][0]
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "specs/jobs.yaml"
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "GET /jobs/{id} /state"
    assert result["webRequest"]["target"] == "https://api.example.test/jobs/t-1"
    assert (result["webResponse"]["statusCode"], '"state": 7' in result["webResponse"]["body"]["text"]) == (200, True)
    assert result["partialFingerprints"] == {"lumakit/v1": identity.fingerprint(WRONG.finding)}


def test_what_is_known_is_suppressed() -> None:
    results = run(judged=(GUESSED,), known=(WRONG,))["results"]
    assert [("suppressions" in each, each["baselineState"]) for each in results] == [
        (False, "new"),
        (True, "unchanged"),
    ]


def test_a_run_that_left_something_open_was_not_successful() -> None:
    (told,) = run()["invocations"]
    assert told["executionSuccessful"] is False
    assert "t-2" in told["toolExecutionNotifications"][0]["message"]["text"]
    assert run(opens=())["invocations"][0]["executionSuccessful"] is True


def test_a_finding_without_an_exchange_has_none() -> None:
    (result,) = run(judged=(Judged(WRONG.finding),))["results"]
    assert "webRequest" not in result


def test_a_webhook_is_a_request() -> None:
    (result,) = run(judged=(Judged(WRONG.finding, (5,)),))["results"]
    assert "webResponse" not in result
    assert result["webRequest"]["target"] == "/hook"
