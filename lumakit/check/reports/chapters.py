"""The chapters of the page behind the findings: editions, corrections, tasks, coverage, phases, baseline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lumakit.check.reports import digest
from lumakit.check.reports.drawing import duration, timeline
from lumakit.check.reports.markup import pill, shown
from lumakit.check.verdict import Evidence, Judged, Look, Reach, Story, Support, Verdict

_MOST = 500
_STORIES = 60


# --- the other edition, corrections -----------------------------------------------------------------------------------


def editions(verdict: Verdict) -> Iterator[str]:
    """What either edition says, where there are two."""
    if not digest.has_other(verdict):
        return
    other = digest.other(verdict.edition).value
    both = {_said(each) for each in verdict.judged} & {_said(each) for each in verdict.beside}
    yield "<section><h2 id=editions>Both editions</h2><div class=two>"
    for name, judged, note in (
        (verdict.edition.value, verdict.judged, "this one decides"),
        (other, verdict.beside, "shown beside, fails nothing"),
    ):
        yield f"<div class=panel><h4>{shown(name)}: {note}</h4><ul>"
        yield from (_line(each, is_alone=_said(each) not in both) for each in judged[:50])
        yield "" if judged else "<li>nothing found</li>"
        yield f"<li>{len(judged) - 50} more</li>" if len(judged) > 50 else ""
        yield "</ul></div>"
    yield "</div></section>"


def _said(judged: Judged) -> tuple[str, ...]:
    """What two editions say alike, whatever it weighs."""
    finding = judged.finding
    return finding.code, finding.where, finding.subject, finding.pointer, finding.message


def _line(judged: Judged, *, is_alone: bool = False) -> str:
    finding = judged.finding
    said = f"<code>{shown(finding.code)}</code> {shown(finding.where)}: {shown(finding.message)}"
    alone = f" {pill('only here')}" if is_alone else ""
    return f"<li>{pill(finding.severity.value)} {said}{alone}</li>"


def corrections(verdict: Verdict) -> Iterator[str]:
    """What the traffic says of each correction."""
    yield "<section><h2 id=corrections>Corrections</h2>"
    sums = shown(digest.corrections(verdict))
    yield f"<p>What the traffic says of each place where a page is not believed: {sums}.</p>"
    said = [each for each in digest.telling(verdict.corrections) if each.support is not Support.UNTOUCHED]
    rest = [each for each in verdict.corrections if each.support is Support.UNTOUCHED]
    if said:
        yield from _table(said)
    if rest:
        yield f"<details class=more><summary>{len(rest)} untouched</summary>"
        yield from _table(rest)
        yield "</details>"
    yield "</section>"


def _table(evidence: Iterable[Evidence]) -> Iterator[str]:
    yield "<div class=panel><table class=stack><thead>"
    yield "<tr><th>action<th>correction<th>known from<th>traffic<th>by</tr></thead>"
    for each in evidence:
        yield f"<tr><td class=thin><code>{shown(each.action)}</code><td>{shown(each.description)}"
        yield f"<span class=why>{shown(each.why)}</span><td class=thin>{shown(each.basis)}"
        yield f"<td class=thin>{pill(each.support.value)}<td>{shown(digest.numbers(each))}</tr>"
    yield "</table></div>"


# --- tasks ------------------------------------------------------------------------------------------------------------


def stories(verdict: Verdict) -> Iterator[str]:
    """Each task with its timeline."""
    yield "<section><h2 id=tasks>Tasks</h2>"
    wrong = {number for judged in verdict.judged for number in judged.numbers}
    for story in verdict.stories[:_STORIES]:
        yield from _story(story, wrong)
    if len(verdict.stories) > _STORIES:
        yield f"<p class=empty>{len(verdict.stories) - _STORIES} more are in the JSON report.</p>"
    yield "</section>"


def _story(story: Story, wrong: set[int]) -> Iterator[str]:
    last = story.looks[-1].snapshot if story.looks else None
    phase = last.phase.value if last and last.phase else "unknown"
    yield f"<div class=story><p><code>{shown(story.id)}</code> <span>{shown(story.kind or 'of no known kind')}</span>"
    yield pill(phase, (story.looks[-1].word or "no word") if story.looks else "never seen")
    yield "" if story.ended else pill("warning", "no end was seen")
    yield f"<span class=eyebrow>extends {shown(story.parent)}</span>" if story.parent else ""
    yield f"</p><div class=drawn tabindex=0>{timeline(story, wrong)}</div>"
    yield f"<details class=more><summary>{digest.plural(len(story.looks), 'look')}</summary><table>"
    yield "<tr><th>exchange<th>by<th>word<th>phase<th class=number>progress<th class=number>at</tr>"
    yield from (_look(look, story.looks[0]) for look in story.looks[:300])
    yield "</table></details></div>"


def _look(look: Look, first: Look) -> str:
    told = look.snapshot
    progress = "" if told is None or told.progress is None else f"{told.progress}%"
    phase = pill(told.phase.value) if told and told.phase else ""
    at = duration(look.at_ms - first.at_ms)
    cells = f"<td>#{look.number}<td>{shown(look.via.value)}<td><code>{shown(look.word or '')}</code><td>{phase}"
    return f"<tr>{cells}<td class=number>{progress}<td class=number>{at}</tr>"


# --- coverage, phases, baseline ---------------------------------------------------------------------------------------


def coverage(verdict: Verdict) -> Iterator[str]:
    """What of the contract was met."""
    yield "<section><h2 id=coverage>Coverage</h2><div class=panel><table>"
    yield "<tr><th>documented<th><th class=number>seen<th class=number>of<th class=number>out of reach</tr>"
    for _, name, seen, every, kept in digest.covered(verdict):
        yield f"<tr><td>{name}<td>{_bar(seen, kept, every)}"
        yield f"<td class=number>{seen}<td class=number>{every}<td class=number>{kept or ''}</tr>"
    yield "</table>"
    for axis, name, *_ in digest.covered(verdict):
        yield f"<details class=more><summary>{name.capitalize()}, one by one</summary><table class=stack>"
        for row in verdict.coverage:
            if row.axis == axis:
                times = f"{row.times} times" if row.reach is Reach.SEEN else row.why
                yield f"<tr><td><code>{shown(row.name)}</code>"
                yield f"<td class=thin>{pill(row.reach.value)}<td>{shown(times)}</tr>"
        yield "</table></details>"
    yield "</div></section>"


def _bar(seen: int, kept: int, every: int) -> str:
    met, away = 100 * seen / every, 100 * kept / every
    rest = f'<rect class=kept x="{100 - away:.1f}" width="{away:.1f}" height="8"/>' if kept else ""
    drawn = f'<rect class=all width="100" height="8"/><rect class=met width="{met:.1f}" height="8"/>{rest}'
    return f'<svg class=bar viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">{drawn}</svg>'


def phases(verdict: Verdict) -> Iterator[str]:
    """What each phase did."""
    yield "<section><h2 id=phases>Phases</h2><div class=panel><table>"
    for name, told in verdict.phases.items():
        yield f"<tr><td class=thin><code>{shown(name)}</code><td>{shown(told)}</tr>"
    yield "</table></div></section>"


def baseline(verdict: Verdict) -> Iterator[str]:
    """What is known, and what is known and was not met."""
    yield "<section><h2 id=baseline>Baseline</h2><div class=panel>"
    yield f"<p>{digest.plural(len(verdict.known), 'finding')} known, {len(verdict.stale)} listed and not met.</p><ul>"
    yield from (_line(each) for each in verdict.known[:_MOST])
    yield from (f"<li>{pill('stale')} {shown(each)}</li>" for each in verdict.stale[:_MOST])
    yield "</ul></div></section>"
