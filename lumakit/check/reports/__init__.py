"""Verdicts printed: for people, for programs, for the machines that build. One file a format; none decides anything.

Every text from outside is escaped by the book of its format. What is secret was hidden before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from lumakit.check.reports.github import github, step_summary
from lumakit.check.reports.junit import junit
from lumakit.check.reports.page import page
from lumakit.check.reports.pytest_file import pytest_file
from lumakit.check.reports.record import as_json
from lumakit.check.reports.sarif import sarif
from lumakit.check.reports.terminal import text
from lumakit.check.verdict import Verdict
from lumakit.model import Severity

__all__ = ["FORMATS", "pytest_file", "render", "step_summary"]

FORMATS: Mapping[str, Callable[[Verdict], str]] = MappingProxyType(
    {
        "text": text,
        "json": as_json,
        "junit": junit,
        "sarif": sarif,
        "github": github,
        "markdown": step_summary,
        "html": page,
    }
)


def render(
    verdict: Verdict, form: str, *, colour: bool = False, fail_on: Severity = Severity.ERROR, document: str = ""
) -> str:
    """A verdict in one of the formats, with what only some of them take."""
    if form == "text":
        return text(verdict, colour=colour)
    if form == "junit":
        return junit(verdict, fail_on=fail_on)
    return sarif(verdict, document=document) if form == "sarif" else FORMATS[form](verdict)
