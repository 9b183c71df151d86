"""Findings printed: as text for people, JSON for programs, annotations for GitHub, SARIF for code scanners.

Only prints; what is in a finding was decided elsewhere. Text from documents is escaped before a terminal sees it.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from lumakit import __version__, catalogue
from lumakit.model import Basis, Finding, Severity

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTE: "36"}
_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def text(findings: Sequence[Finding], *, colour: bool = False) -> str:
    """A line a finding, its pointer below it, and a line that counts them."""
    lines = [line for finding in findings for line in _told(finding, colour=colour)]
    return "\n".join([*lines, summary(findings)]) + "\n"


def _told(finding: Finding, *, colour: bool) -> list[str]:
    place = f"{finding.where}:{finding.line}" if finding.line else finding.where
    said = f"{printable(place)}: {headline(finding, colour=colour)}"
    return [said, *(f"    {line}" for line in details(finding))]


def headline(finding: Finding, *, colour: bool = False) -> str:
    """How much it weighs, its code, and what it says."""
    weight = finding.severity.value
    weight = f"\x1b[{_COLOURS[finding.severity]}m{weight}\x1b[0m" if colour else weight
    return f"{weight} {finding.code} {printable(finding.message)}"


def details(finding: Finding) -> list[str]:
    """Where in a body it is, how it is known, and what to try: a line each."""
    lines = [f"at {printable(finding.pointer)}"] if finding.pointer else []
    if finding.basis is not Basis.DOCUMENTED:
        evidence = f" ({printable('; '.join(finding.evidence))})" if finding.evidence else ""
        lines.append(f"known from: {finding.basis.value}{evidence}")
    return lines + ([f"try: {printable(finding.hint)}"] if finding.hint else [])


def summary(findings: Sequence[Finding]) -> str:
    """How many there are of each weight."""
    if not findings:
        return "nothing found"
    counts = Counter(finding.severity for finding in findings)
    parts = [
        f"{counts[weight]} {weight.value}{'' if counts[weight] == 1 else 's'}" for weight in Severity if counts[weight]
    ]
    return f"{len(findings)} found: {', '.join(parts)}"


def as_json(findings: Sequence[Finding]) -> str:
    """One object: the findings with every field, and the count of each weight."""
    counts = Counter(finding.severity.value for finding in findings)
    body = {
        "findings": [as_dict(finding) for finding in findings],
        "summary": {weight.value: counts[weight.value] for weight in Severity},
    }
    return json.dumps(body, indent=2) + "\n"


def as_dict(finding: Finding) -> dict[str, Any]:
    """A finding with its fingerprint and title, for programs."""
    return {**asdict(finding), "fingerprint": finding.fingerprint, "title": catalogue.entries()[finding.code].title}


def github(findings: Sequence[Finding]) -> str:
    """Workflow commands: an annotation a finding."""
    return "".join(annotation(finding, finding.message, file=finding.where, line=finding.line) for finding in findings)


_GITHUB = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def annotation(finding: Finding, message: str, **place: str | int | None) -> str:
    """A workflow command that says something of a finding, at a place of the repository where there is one."""
    title = f"{finding.code} {catalogue.entries()[finding.code].title}"
    given = ((key, _escaped(str(value))) for key, value in {**place, "title": title}.items() if value is not None)
    properties = ",".join(f"{key}={value.replace(':', '%3A').replace(',', '%2C')}" for key, value in given)
    return f"::{_GITHUB[finding.severity]} {properties}::{_escaped(message)}\n"


def _escaped(message: str) -> str:
    return message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def sarif(findings: Sequence[Finding]) -> str:
    """A SARIF 2.1.0 log with one run."""
    codes = sorted({finding.code for finding in findings})
    driver = sarif_driver(codes)
    results = [sarif_result(finding, codes.index(finding.code)) for finding in findings]
    return sarif_log({"tool": {"driver": driver}, "results": results})


def sarif_log(run: Mapping[str, Any]) -> str:
    """A log with one run."""
    log = {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2) + "\n"


def sarif_driver(codes: Sequence[str]) -> dict[str, Any]:
    """The tool that speaks, with the rules it speaks by."""
    return {"name": "lumakit", "version": __version__, "rules": [sarif_rule(code) for code in codes]}


def sarif_rule(code: str) -> dict[str, Any]:
    """A code of the catalogue as SARIF tells it."""
    entry = catalogue.entries()[code]
    return {
        "id": code,
        "shortDescription": {"text": entry.title},
        "fullDescription": {"text": entry.means},
        "help": {"text": f"{entry.why} {entry.mend}"},
        "defaultConfiguration": {"level": entry.severity.value},
    }


def sarif_result(finding: Finding, rule: int) -> dict[str, Any]:
    """A finding as SARIF tells it, with the number of its rule."""
    place: dict[str, Any] = {
        "artifactLocation": {"uri": quote(finding.where.replace("\\", "/"), safe="/:", errors="replace")}
    }
    if finding.line:
        place["region"] = {"startLine": finding.line}
    location: dict[str, Any] = {"physicalLocation": place}
    if finding.pointer:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.pointer}]
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": finding.severity.value,
        "message": {"text": finding.message},
        "locations": [location],
        "partialFingerprints": {"lumakit/v1": finding.fingerprint},
        "properties": {"basis": finding.basis.value, "edition": finding.edition and finding.edition.value},
    }


def printable(message: str) -> str:
    """A text without anything that could steer a terminal or turn its writing direction."""
    return "".join(_shown(letter) for letter in message)


def _shown(letter: str) -> str:
    if letter == " " or not unicodedata.category(letter).startswith(("C", "Z")):
        return letter
    return (
        letter.encode("unicode_escape").decode()
        if ord(letter) > 0xFF or ord(letter) < 0x20
        else f"\\x{ord(letter):02x}"
    )


FORMATS: Mapping[str, Callable[[Sequence[Finding]], str]] = {
    "text": text,
    "json": as_json,
    "github": github,
    "sarif": sarif,
}
