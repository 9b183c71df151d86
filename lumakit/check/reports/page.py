"""A verdict as one page that needs nothing else: no script, no font, no picture, and a policy that lets none in.

Every text is escaped where it is put in, by `markup.shown` alone; what comes behind the findings is in
`chapters.py`.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections import Counter
from collections.abc import Iterator

from lumakit import __version__, catalogue
from lumakit.check.reports import chapters, curl, digest
from lumakit.check.reports.marked import lines
from lumakit.check.reports.markup import pill, shown
from lumakit.check.reports.style import STYLE
from lumakit.check.traffic import Arrival, Unanswered
from lumakit.check.verdict import Judged, Verdict
from lumakit.model import Basis, Exchange, Headers, Severity

_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"
_MOST = 500  # findings with all their details; of more, a page is no help


def page(verdict: Verdict) -> str:
    """The whole page."""
    title = f"{shown(verdict.provider)} at {shown(verdict.target)}"
    head = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
        f"<title>{title} - lumakit</title><style>{STYLE}</style></head><body>"
    )
    return "".join(
        [head, *_top(verdict, title), "<main id=main>", *_sections(verdict), "</main>", _foot(), "</body></html>\n"]
    )


def _foot() -> str:
    return f"<footer>Written by lumakit {shown(__version__)}. Secrets were hidden before anything was noted.</footer>"


# --- the top ----------------------------------------------------------------------------------------------------------


def _top(verdict: Verdict, title: str) -> Iterator[str]:
    yield '<a class=skip href="#main">To the findings</a><header>'
    yield f"<p class=eyebrow>Contract of {title}, {verdict.edition.value} edition</p>"
    yield f"<h1>{shown(_headline(verdict))}</h1>"
    spent = digest.spent(verdict)
    told = f"{digest.outcome(verdict).capitalize()}.{f' Spent: {spent}.' if spent else ''}"
    yield f"<p class=lead>{shown(told)}</p>"
    yield from _cards(verdict)
    yield from _opens(verdict)
    yield "</header><nav aria-label=Sections><ul>"
    for name, label, number in _contents(verdict):
        yield f'<li><a href="#{name}">{label}<b>{number}</b></a></li>'
    yield "</ul></nav>"


def _headline(verdict: Verdict) -> str:
    if not (verdict.traffic.seen or verdict.phases):
        return "Nothing was checked"
    if any(finding.severity is Severity.ERROR for finding in verdict.findings):
        return "The contract is broken"
    if verdict.opens:
        return "Not decided"
    known = any(each.finding.severity is Severity.ERROR for each in verdict.known)
    return "Nothing new is broken" if known else "The contract is kept"


def _cards(verdict: Verdict) -> Iterator[str]:
    counts = Counter(finding.severity for finding in verdict.findings)
    rows = [
        (counts[weight], digest.plural(counts[weight], weight.value).split()[1], weight.value) for weight in Severity
    ]
    cards = [(str(number), label, kind if number else "none") for number, label, kind in rows]
    seen = sum(row[2] for row in digest.covered(verdict))
    every = sum(row[3] for row in digest.covered(verdict))
    cards += [(f"{100 * seen // every}%", f"of the contract was met, {seen} of {every}", "none")] if every else []
    cards += [(str(verdict.traffic.seen), "exchanges and webhooks", "none")]
    yield "<ul class=cards>"
    yield from (
        f'<li class="card {kind}"><b>{shown(number)}</b><span>{shown(label)}</span></li>'
        for number, label, kind in cards
    )
    yield "</ul>"


def _opens(verdict: Verdict) -> Iterator[str]:
    if verdict.opens:
        yield '<section class=open aria-label="Left open"><h2>Left open</h2><ul>'
        yield from (f"<li>{shown(digest.left_open(each))}</li>" for each in verdict.opens)
        yield "</ul></section>"


def _contents(verdict: Verdict) -> Iterator[tuple[str, str, str]]:
    yield "findings", "Findings", str(len(verdict.judged))
    if digest.has_other(verdict):
        yield "editions", "Editions", "2"
    if verdict.corrections:
        yield "corrections", "Corrections", str(len(verdict.corrections))
    if verdict.stories:
        yield "tasks", "Tasks", str(len(verdict.stories))
    if verdict.coverage:
        yield "coverage", "Coverage", str(len(verdict.coverage))
    if verdict.phases:
        yield "phases", "Phases", str(len(verdict.phases))
    if verdict.known or verdict.stale:
        yield "baseline", "Baseline", str(len(verdict.known))


def _sections(verdict: Verdict) -> Iterator[str]:
    yield from _findings(verdict)
    yield from chapters.editions(verdict)
    if verdict.corrections:
        yield from chapters.corrections(verdict)
    if verdict.stories:
        yield from chapters.stories(verdict)
    if verdict.coverage:
        yield from chapters.coverage(verdict)
    if verdict.phases:
        yield from chapters.phases(verdict)
    if verdict.known or verdict.stale:
        yield from chapters.baseline(verdict)


# --- findings ---------------------------------------------------------------------------------------------------------


def _findings(verdict: Verdict) -> Iterator[str]:
    yield "<section><h2 id=findings>Findings</h2>"
    if not verdict.judged:
        yield f"<p class=empty>{shown(digest.outcome(verdict).capitalize())}.</p>"
    told = 0
    for where, group in digest.grouped(verdict.judged):
        yield f"<h3>{shown(where)}</h3>"
        for judged in group[: max(0, _MOST - told)]:
            told += 1
            yield from _finding(verdict, judged, is_first=told == 1)
    if told < len(verdict.judged):
        yield f"<p class=empty>{len(verdict.judged) - told} more are in the JSON report.</p>"
    yield "</section>"


def _finding(verdict: Verdict, judged: Judged, *, is_first: bool) -> Iterator[str]:
    finding = judged.finding
    weight = finding.severity.value
    yield f'<details class="finding {weight}"{" open" if is_first else ""}><summary>{pill(weight)}'
    yield f"<code>{shown(finding.code)}</code><span class=said>{shown(finding.message)}</span>"
    yield f"<span class=where>{shown(digest.rests_on(judged))}</span></summary><div class=inside>"
    entry = catalogue.entries().get(finding.code)
    if entry is not None:
        yield f"<p><b>{shown(entry.title)}.</b> {shown(entry.means)} {shown(entry.why)}</p>"
    yield from _facts(judged)
    yield from _exchange(verdict, judged)
    again = curl.line(verdict, judged)
    if again:
        yield f"<h4>Ask again</h4><pre class=again tabindex=0>{shown(again)}</pre>"
    yield "</div></details>"


def _facts(judged: Judged) -> Iterator[str]:
    finding = judged.finding
    entry = catalogue.entries().get(finding.code)
    known = finding.basis.value + (f": {'; '.join(finding.evidence)}" if finding.evidence else "")
    rows = {
        "at": finding.pointer,
        "task": judged.task,
        "known from": "" if finding.basis is Basis.DOCUMENTED and not finding.evidence else known,
        "try": finding.hint or (entry.mend if entry else ""),
    }
    yield "<dl>"
    yield from (f"<dt>{name}</dt><dd>{shown(value)}</dd>" for name, value in rows.items() if value)
    yield "</dl>"


def _exchange(verdict: Verdict, judged: Judged) -> Iterator[str]:
    """The request and the response that show a finding, with the place that it points at marked."""
    seen = digest.seen(verdict, judged)
    if seen is None:
        return
    is_ours = judged.side != "response"
    query = f"?{seen.request.query}" if seen.request.query else ""
    line = f"{seen.request.method} {seen.request.path}{query}"
    yield "<div class=sides><div>"
    title = f"Webhook #{seen.number}" if isinstance(seen, Arrival) else f"Request #{seen.number}"
    pointer = judged.finding.pointer if is_ours else None
    yield from _message(title, line, seen.request.headers, seen.request.body, pointer)
    yield "</div><div>"
    yield from _answer(judged, seen)
    yield "</div></div>"


def _answer(judged: Judged, seen: digest.Seen) -> Iterator[str]:
    if isinstance(seen, Exchange):
        at = judged.finding.pointer if judged.side == "response" else None
        by_status = judged.finding.subject == "status"
        head = f"HTTP {seen.response.status}"
        yield from _message(
            "Response", head, seen.response.headers, seen.response.body, None if by_status else at, by_status
        )
    elif isinstance(seen, Unanswered):
        yield f"<h4>No response</h4><p>{shown(seen.lost.reason)}</p>"
    else:
        refused = f", not verified: {seen.refused}" if seen.refused else ""
        yield f"<h4>Our answer</h4><p>HTTP {seen.status}{shown(refused)}</p>"


def _message(  # the parts of a message in their order
    title: str,
    line: str,
    headers: Headers,
    body: bytes,
    pointer: str | None,
    by_line: bool = False,
) -> Iterator[str]:
    yield f"<h4>{shown(title)}</h4><pre tabindex=0>"
    yield f"<mark>{shown(line)}</mark>\n" if by_line else f"{shown(line)}\n"
    for name, value in headers:
        yield f"<span class=head>{shown(name)}: {shown(value)}</span>\n"
    for text, marked in lines(body, pointer):
        yield f"\n<mark>{shown(text)}</mark>" if marked else f"\n{shown(text)}"
    yield "</pre>"
