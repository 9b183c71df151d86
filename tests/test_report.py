"""Findings printed in every format."""

from __future__ import annotations

import json

import pytest

from lumakit import report
from lumakit.model import Basis, Edition, Finding, Severity

PLAIN = Finding("S123", "jobs.yaml", "the body may be left out", Severity.ERROR, "/paths/~1jobs", 9, Edition.CORRECTED)
GUESS = Finding(
    "S126",
    "more jobs.yaml",
    "50% of: the, words\nare gone",
    Severity.WARNING,
    basis=Basis.INFERRED,
    evidence=("a page",),
)


def test_text_has_a_line_a_pointer_and_a_count() -> None:
    assert report.text([PLAIN]) == (
        "jobs.yaml:9: error S123 the body may be left out\n    at /paths/~1jobs\n1 found: 1 error\n"
    )


def test_text_tells_what_is_not_documented_and_on_what_evidence() -> None:
    assert "known from: inferred (a page)" in report.text([GUESS])


def test_text_tells_what_to_try() -> None:
    assert "    try: look again\n" in report.text([PLAIN.but(hint="look again")])


def test_nothing_found_is_said() -> None:
    assert report.text([]) == "nothing found\n"


def test_counts_are_by_weight_and_in_the_plural() -> None:
    assert report.summary([PLAIN, PLAIN, GUESS]) == "3 found: 2 errors, 1 warning"


def test_colour_is_only_there_when_asked_for() -> None:
    assert "\x1b[31merror\x1b[0m" in report.text([PLAIN], colour=True)
    assert "\x1b" not in report.text([PLAIN])


@pytest.mark.parametrize("letter", ["\x1b", "\r", "\u202e", "\u2028", "\x9b", "\x00", "\ufeff"])
def test_text_from_a_document_cannot_steer_the_terminal(letter: str) -> None:
    printed = report.text([PLAIN.but(message=f"a{letter}b", where=f"x{letter}", pointer=f"/{letter}")])
    assert letter not in printed
    assert "\\" in printed


def test_printable_leaves_letters_of_every_language_alone() -> None:
    assert report.printable("héllo wörld 成功 └") == "héllo wörld 成功 └"


def test_json_has_every_field_and_the_counts() -> None:
    body = json.loads(report.as_json([PLAIN, GUESS]))
    assert body["summary"] == {"error": 1, "warning": 1, "note": 0}
    first, second = body["findings"]
    assert {"code", "severity", "where", "pointer", "line", "message", "edition", "basis"} <= first.keys()
    assert (first["code"], first["severity"], first["line"], first["edition"]) == ("S123", "error", 9, "corrected")
    assert first["fingerprint"] == PLAIN.fingerprint
    assert (second["line"], second["basis"], second["evidence"]) == (None, "inferred", ["a page"])


def test_github_annotations_are_escaped_by_the_letter() -> None:
    first, second = report.github([PLAIN, GUESS]).splitlines()
    assert first.startswith("::error file=jobs.yaml,line=9,title=S123 ")
    assert first.endswith("::the body may be left out")
    assert second.startswith("::warning file=more jobs.yaml,title=")
    assert second.endswith("::50%25 of: the, words%0Aare gone")


def test_sarif_names_rules_places_and_fingerprints() -> None:
    run = json.loads(report.sarif([PLAIN, GUESS, PLAIN]))["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["S123", "S126"]
    first, second, third = run["results"]
    assert (first["ruleIndex"], first["level"]) == (0, "error")
    place = first["locations"][0]
    assert place["physicalLocation"] == {"artifactLocation": {"uri": "jobs.yaml"}, "region": {"startLine": 9}}
    assert place["logicalLocations"] == [{"fullyQualifiedName": "/paths/~1jobs"}]
    assert second["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "more%20jobs.yaml"
    assert "region" not in second["locations"][0]["physicalLocation"]
    assert first["partialFingerprints"] == third["partialFingerprints"] != second["partialFingerprints"]


def test_sarif_without_findings_is_still_a_run() -> None:
    assert json.loads(report.sarif([]))["runs"][0]["results"] == []
