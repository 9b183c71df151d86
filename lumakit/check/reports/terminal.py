"""A verdict for people at a terminal: findings by operation, what was left open, and the sums."""

from __future__ import annotations

from collections.abc import Iterator

from lumakit.check.reports import curl, digest
from lumakit.check.verdict import Judged, Support, Verdict
from lumakit.report import details, headline, printable

_BOLD, _RED, _YELLOW, _PLAIN = "\x1b[1m", "\x1b[31m", "\x1b[33m", "\x1b[0m"


def text(verdict: Verdict, *, colour: bool = False) -> str:
    """The whole report."""
    return (
        "\n".join([_title(verdict, colour=colour), *_findings(verdict, colour=colour), *_sums(verdict, colour)]) + "\n"
    )


def _title(verdict: Verdict, *, colour: bool) -> str:
    title = f"{printable(verdict.provider)} at {printable(verdict.target)}, {verdict.edition.value} edition"
    return f"{_BOLD}{title}{_PLAIN}" if colour else title


def _findings(verdict: Verdict, *, colour: bool) -> Iterator[str]:
    for where, group in digest.grouped(verdict.judged):
        yield ""
        yield f"{_BOLD}{printable(where)}{_PLAIN}" if colour else printable(where)
        for judged in group:
            yield f"  {headline(judged.finding, colour=colour)}"
            yield from (f"    {each}" for each in _below(verdict, judged))
    yield ""


def _below(verdict: Verdict, judged: Judged) -> Iterator[str]:
    shown = digest.rests_on(judged)
    if shown:
        yield shown
    yield from details(judged.finding)
    again = curl.line(verdict, judged)
    if again:
        yield f"again: {again}"


def _sums(verdict: Verdict, colour: bool) -> Iterator[str]:
    for question in verdict.opens:
        line = f"left open: {digest.left_open(question)}"
        yield f"{_YELLOW}{line}{_PLAIN}" if colour else line
    if verdict.phases:
        yield "phases: " + "; ".join(f"{printable(name)}: {printable(told)}" for name, told in verdict.phases.items())
    if verdict.known:
        yield f"known: {digest.plural(len(verdict.known), 'finding')} of the baseline"
    for each in verdict.stale:
        yield f"stale: the baseline knows {printable(each)}, and nobody met it"
    if digest.has_other(verdict):
        yield digest.beside(verdict)
    if verdict.coverage:
        yield f"coverage: {digest.coverage(verdict)}"
    yield from _corrections(verdict)
    spent = digest.spent(verdict)
    if spent:
        yield f"spent: {spent}"
    line = digest.outcome(verdict)
    yield f"{_BOLD}{line}{_PLAIN}" if colour else line


def _corrections(verdict: Verdict) -> Iterator[str]:
    if not verdict.corrections:
        return
    yield f"corrections: {digest.corrections(verdict)}"
    for each in verdict.corrections:
        if each.support is Support.REFUTED:
            yield f"  {printable(each.action)} refuted by {digest.numbers(each)}: {printable(each.why)}"
