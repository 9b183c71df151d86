"""A verdict as JUnit XML."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET  # what we wrote ourselves
from typing import Any

from lumakit.check.reports.junit import junit
from lumakit.check.traffic import Traffic
from lumakit.check.verdict import Covered, Reach
from lumakit.model import Severity
from tests.check.reports.test_terminal import NOTHING
from tests.check.verdicts import GUESSED, verdict

CASE_PARTS = {"failure": {"message", "type"}, "skipped": {"message"}, "system-out": set()}


def tree(fail_on: Severity = Severity.ERROR, **changes: Any) -> ET.Element:
    return ET.fromstring(junit(verdict(**changes), fail_on=fail_on))  # noqa: S314  # our own


def cases(root: ET.Element) -> dict[str, ET.Element]:
    return {f"{case.get('classname')} {case.get('name')}": case for case in root.iter("testcase")}


def test_the_document_has_the_shape_that_readers_of_junit_expect() -> None:
    root = tree()
    assert root.tag == "testsuites"
    for suite in root:
        assert suite.tag == "testsuite"
        assert {"name", "tests", "failures", "errors", "skipped"} <= suite.attrib.keys()
        for case in suite:
            assert case.tag == "testcase"
            assert {"name", "classname", "time"} == case.attrib.keys()
            assert all(set(part.attrib) == CASE_PARTS[part.tag] for part in case)


def test_counts_are_those_of_the_cases() -> None:
    root = tree()
    for element in (root, *root):
        found = list(element.iter("testcase"))
        assert int(element.attrib["tests"]) == len(found)
        assert int(element.attrib["failures"]) == sum(case.find("failure") is not None for case in found)
        assert int(element.attrib["skipped"]) == sum(case.find("skipped") is not None for case in found)


def test_an_error_is_a_failure_and_a_note_is_told() -> None:
    found = cases(tree())
    assert found["jobs.GET /jobs/{id} X214 body /state"].find("failure") is not None
    note = found["jobs.POST /jobs X211 status"]
    assert [part.tag for part in note] == ["system-out"]


def test_what_was_said_to_fail_is_a_failure() -> None:
    found = cases(tree(Severity.NOTE))
    failure = found["jobs.POST /jobs X211 status"].find("failure")
    assert failure is not None
    assert "known from: inferred" in (failure.text or "")


def test_what_is_inconclusive_is_skipped_with_its_reason() -> None:
    skipped = cases(tree())["jobs.open the task t-2 did not end"].find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "inconclusive: the budget of 2 submits was spent"


def test_an_operation_that_nobody_met_is_skipped_and_not_passed() -> None:
    rows = (
        Covered("operation", "GET /a", Reach.NOT_REACHABLE, 0, "no key"),
        Covered("operation", "GET /b", Reach.SEEN, 1),
    )
    found = cases(tree(coverage=rows))
    skipped = found["jobs.operations GET /a"].find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "not reachable: no key"
    assert list(found["jobs.operations GET /b"]) == []


def test_nothing_checked_is_one_skipped_case() -> None:
    root = tree(**NOTHING, traffic=Traffic())
    assert (root.get("tests"), root.get("skipped")) == ("1", "1")


def test_letters_that_xml_forbids_are_spelled() -> None:
    judged = GUESSED.finding.but(message="a\x00b\x1b\ufffe\ud800c")
    written = junit(verdict(judged=(type(GUESSED)(judged, (4,)),)), fail_on=Severity.NOTE)
    assert re.search(r"a\\x00b\\x1b\\ufffe\\ud800c", written)
    ET.fromstring(written)  # noqa: S314  # our own
