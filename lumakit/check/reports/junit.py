"""A verdict as JUnit XML: a case for each operation, phase, finding and open question.

An error, and whatever else was said to fail a run, is a failure; what was not met or not decided is skipped, which is
not passed.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET  # writes only: nothing is parsed here
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from lumakit.check.reports import curl, digest
from lumakit.check.verdict import Judged, Reach, Verdict
from lumakit.model import Severity
from lumakit.report import details, printable


@dataclass(frozen=True, slots=True)
class _Case:
    """One test case: `failure`, `skipped` and `told` are texts, empty where there is none."""

    name: str
    owner: str
    failure: str = ""
    kind: str = ""
    detail: str = ""
    skipped: str = ""
    told: str = ""


def junit(verdict: Verdict, *, fail_on: Severity = Severity.ERROR) -> str:
    """The whole document."""
    suites = {name: list(cases(verdict, fail_on)) for name, cases in _SUITES.items()}
    root = ET.Element("testsuites", {"name": "lumakit", **_counts(each for cases in suites.values() for each in cases)})
    root.set("time", f"{verdict.spent.seconds:.3f}")
    for name, cases in suites.items():
        if cases:
            suite = ET.SubElement(root, "testsuite", {"name": name, **_counts(cases)})
            for case in cases:
                _put(suite, case)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _counts(cases: Iterable[_Case]) -> dict[str, str]:
    listed = list(cases)
    numbers = {
        "tests": len(listed),
        "failures": sum(bool(each.failure) for each in listed),
        "errors": 0,
        "skipped": sum(bool(each.skipped) for each in listed),
    }
    return {name: str(number) for name, number in numbers.items()}


def _put(suite: ET.Element, case: _Case) -> None:
    element = ET.SubElement(suite, "testcase", {"classname": printable(case.owner), "name": printable(case.name)})
    element.set("time", "0")
    if case.failure:
        failure = ET.SubElement(element, "failure", {"message": printable(case.failure), "type": case.kind})
        failure.text = case.detail
    if case.skipped:
        ET.SubElement(element, "skipped", {"message": printable(case.skipped)})
    if case.told:
        ET.SubElement(element, "system-out").text = case.told


def _operations(verdict: Verdict, fail_on: Severity) -> Iterator[_Case]:
    broken = {each.finding.where for each in verdict.judged if each.finding.severity.rank <= fail_on.rank}
    for row in verdict.coverage:
        if row.axis == "operation" and row.name not in broken:
            skipped = "" if row.reach is Reach.SEEN else f"{row.reach.value}{f': {row.why}' if row.why else ''}"
            yield _Case(row.name, f"{verdict.provider}.operations", skipped=skipped)


def _phases(verdict: Verdict, fail_on: Severity) -> Iterator[_Case]:  # noqa: ARG001  # asked like the others
    for name, told in verdict.phases.items():
        skipped = told if told.startswith("skipped") else ""
        yield _Case(name, f"{verdict.provider}.phases", skipped=skipped, told="" if skipped else printable(told))


def _findings(verdict: Verdict, fail_on: Severity) -> Iterator[_Case]:
    for judged in verdict.judged:
        yield _finding(verdict, judged, fails=judged.finding.severity.rank <= fail_on.rank)


def _finding(verdict: Verdict, judged: Judged, *, fails: bool) -> _Case:
    finding = judged.finding
    again = curl.line(verdict, judged)
    lines = [digest.rests_on(judged), *details(finding), f"again: {again}" if again else ""]
    detail = "\n".join(filter(None, lines))
    name = " ".join(filter(None, (finding.code, finding.subject, finding.pointer)))
    owner = f"{verdict.provider}.{finding.where}"
    if fails:
        return _Case(name, owner, failure=finding.message, kind=finding.code, detail=detail)
    return _Case(name, owner, told="\n".join((f"{finding.severity.value}: {printable(finding.message)}", detail)))


def _opens(verdict: Verdict, fail_on: Severity) -> Iterator[_Case]:  # noqa: ARG001  # asked like the others
    for question in verdict.opens:
        yield _Case(question.what, f"{verdict.provider}.open", skipped=f"inconclusive: {question.why}")
    if not (verdict.traffic.seen or verdict.phases):
        yield _Case("anything at all", f"{verdict.provider}.open", skipped="nothing was checked")


_SUITES: Mapping[str, Callable[[Verdict, Severity], Iterator[_Case]]] = {
    "operations": _operations,
    "phases": _phases,
    "findings": _findings,
    "open questions": _opens,
}
