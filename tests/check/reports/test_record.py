"""A verdict as JSON."""

from __future__ import annotations

import json
from typing import Any

from lumakit.check import identity
from lumakit.check.reports import render
from lumakit.report import as_dict
from tests.check.verdicts import WRONG, verdict


def told(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(render(verdict(**changes), "json"))
    return body


def test_findings_are_written_as_lint_does_with_what_they_rest_on() -> None:
    first = told()["findings"][0]
    assert first.keys() >= as_dict(WRONG.finding).keys()
    assert (first["code"], first["numbers"], first["side"], first["task"], first["times"]) == (
        "X214",
        [3],
        "response",
        "t-1",
        1,
    )
    assert first["fingerprint"] == identity.fingerprint(WRONG.finding)
    assert first["curl"].startswith("curl ")


def test_every_part_of_a_verdict_is_there() -> None:
    body = told(known=(WRONG,), stale=("x",))
    assert body["summary"] == {"error": 1, "warning": 0, "note": 1}
    assert body["beside"]["edition"] == "published"
    assert (body["known"][0]["code"], body["stale"]) == ("X214", ["x"])
    assert body["opens"][0]["safety"] is True
    assert body["phases"]["free"] == "4 requests"
    assert body["corrections"][1] == {
        "action": "C02",
        "description": "The state is a word.",
        "basis": "inferred",
        "support": "refuted",
        "numbers": [3],
        "why": "wrong by this",
    }
    assert (body["spent"]["budget"], body["spent"]["cost"], body["seen"]) == (2, None, 5)


def test_coverage_has_sums_and_rows() -> None:
    coverage = told()["coverage"]
    assert coverage["totals"]["status"] == {"seen": 1, "not seen": 1, "not reachable": 0}
    assert coverage["rows"][4]["why"] == "no budget is left"


def test_stories_tell_each_look() -> None:
    story = told()["stories"][0]
    assert (story["id"], story["ended"]) == ("t-1", True)
    assert story["looks"][1] == {
        "number": 2,
        "at_ms": 2000,
        "via": "fetch",
        "word": "running",
        "phase": "running",
        "progress": 40,
    }
