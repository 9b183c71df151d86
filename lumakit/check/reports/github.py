"""A verdict for GitHub: annotations of a workflow, and the page of a step in Markdown."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from lumakit.check.reports import curl, digest
from lumakit.check.verdict import Judged, Support, Verdict
from lumakit.report import annotation, printable

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~@$])")
_MARKS = {Support.CONFIRMED: "✅", Support.REFUTED: "❌", Support.UNTOUCHED: "·"}
_MOST = 200  # rows: a step's page may have a megabyte


def github(verdict: Verdict) -> str:
    """An annotation a finding, and one for each question that was left open."""
    said = [annotation(each.finding, _message(each)) for each in verdict.judged]
    opens = [f"::warning title=left open::{_data(digest.left_open(each))}\n" for each in verdict.opens]
    return "".join([*said, *opens, f"{_plain(digest.outcome(verdict))}\n"])


def _message(judged: Judged) -> str:
    shown = digest.rests_on(judged)
    said = f"{printable(judged.finding.where)}: {printable(judged.finding.message)}"
    return f"{said} ({shown})" if shown else said


def _data(text: str) -> str:
    return text.replace("%", "%25")


def _plain(line: str) -> str:
    """A line that is no workflow command."""
    return line.replace("::", ": :")


def step_summary(verdict: Verdict) -> str:
    """The page of the step."""
    title = f"## {_words(verdict.provider)} at {_words(verdict.target)}, {verdict.edition.value} edition"
    return "\n".join([title, "", f"**{_words(digest.outcome(verdict))}**", "", *_parts(verdict)]) + "\n"


def _parts(verdict: Verdict) -> Iterator[str]:
    yield from (f"- left open: {_words(digest.left_open(each))}" for each in verdict.opens)
    yield from (f"- {_words(name)}: {_words(told)}" for name, told in verdict.phases.items())
    if digest.has_other(verdict):
        yield f"- {_words(digest.beside(verdict))}"
    if spent := digest.spent(verdict):
        yield f"- spent: {_words(spent)}"
    if verdict.judged:
        yield from _findings(verdict)
    if verdict.coverage:
        yield from ("", "### Coverage", "", "| | seen | of | out of reach |", "|---|--:|--:|--:|")
        yield from (f"| {name} | {seen} | {every} | {kept} |" for _, name, seen, every, kept in digest.covered(verdict))
    if verdict.corrections:
        yield from ("", "### Corrections", "", "| | correction | by | |", "|---|---|---|---|")
        for each in digest.telling(verdict.corrections)[:_MOST]:
            shown = _words(digest.numbers(each))
            why = f"{each.support.value}: {each.why}"
            said = _words(each.description)
            yield f"| {_MARKS[each.support]} {_words(each.action)} | {said} | {shown} | {_words(why)} |"


def _findings(verdict: Verdict) -> Iterator[str]:
    yield from ("", "### Findings", "", "| | code | operation | what | shown by |", "|---|---|---|---|---|")
    for judged in sorted(verdict.judged, key=lambda each: each.finding.severity.rank)[:_MOST]:
        finding = judged.finding
        cells = (finding.severity.value, finding.code, finding.where, finding.message, digest.rests_on(judged))
        yield f"| {' | '.join(map(_words, cells))} |"
    yield from ("", "<details><summary>Ask again</summary>", "")
    for judged in verdict.judged[:_MOST]:
        again = curl.line(verdict, judged)
        if again:
            yield f"<pre>{html.escape(again)}</pre>"
    yield from ("", "</details>")


def _words(text: str) -> str:
    """A text without anything that Markdown, HTML or a table would take for its own."""
    return html.escape(_SPECIAL.sub(r"\\\1", printable(text)))
