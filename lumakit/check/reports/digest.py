"""What every report tells, in words: what findings rest on, and the sums of a verdict.

Knows no format. Every text is printable: what stands in traffic cannot steer a terminal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from lumakit.check.coverage import AXES, totals
from lumakit.check.traffic import Arrival, Unanswered
from lumakit.check.verdict import Evidence, Judged, Open, Reach, Spent, Support, Verdict
from lumakit.model import Edition, Exchange
from lumakit.report import printable, summary

Seen = Exchange | Unanswered | Arrival
_SENT = 3  # places in code that are named
_PLURAL = {
    "operation": "operations",
    "status": "statuses",
    "state": "states",
    "enum": "members of enums",
    "webhook": "webhooks",
}


def seen(verdict: Verdict, judged: Judged) -> Seen | None:
    """The exchange or the webhook that shows a finding last."""
    return numbered(verdict, judged.numbers[-1]) if judged.numbers else None


def numbered(verdict: Verdict, number: int) -> Seen | None:
    """What was seen under a number."""
    everything: tuple[Seen, ...] = (
        *verdict.traffic.exchanges,
        *verdict.traffic.unanswered,
        *verdict.traffic.arrivals,
    )
    return next((each for each in everything if each.number == number), None)


def grouped(judged: Sequence[Judged]) -> Iterator[tuple[str, list[Judged]]]:
    """Findings by the operation they are about, the gravest first."""
    groups: dict[str, list[Judged]] = {}
    for each in judged:
        groups.setdefault(each.finding.where, []).append(each)
    for group in groups.values():
        group.sort(key=lambda each: each.finding.severity.rank)
    yield from sorted(groups.items(), key=lambda pair: pair[1][0].finding.severity.rank)


def rests_on(judged: Judged) -> str:
    """Which exchanges show a finding, of which task, sent from where; empty where nothing was noted."""
    shown = ", ".join(f"#{number}" for number in judged.numbers[-5:])
    more = ", ..." if len(judged.numbers) > 5 else ""
    side = f"in the {judged.side} of " if judged.side and shown else "in " if shown else ""
    parts = [f"{side}{shown}{more}"] if shown else []
    parts += [f"task {printable(judged.task)}"] if judged.task else []
    parts += [f"{judged.times} times"] if judged.times > 1 else []
    parts += [f"sent {printable(each)}" for each in judged.sent[:_SENT]]
    parts += [f"and from {plural(len(judged.sent) - _SENT, 'more place')}"] if len(judged.sent) > _SENT else []
    return "; ".join(parts)


def outcome(verdict: Verdict) -> str:
    """One line: what was found, and whether anything was left open."""
    if not (verdict.traffic.seen or verdict.phases):
        return "nothing was checked"
    found = "nothing new found" if verdict.known and not verdict.judged else summary(verdict.findings)
    return f"{found}; {plural(len(verdict.opens), 'question')} left open" if verdict.opens else found


def other(edition: Edition) -> Edition:
    """The edition that stands beside."""
    return Edition.PUBLISHED if edition is Edition.CORRECTED else Edition.CORRECTED


def has_other(verdict: Verdict) -> bool:
    """True where there is another edition that says anything of its own; a document without overlays has none."""
    return bool(verdict.beside or verdict.corrections)


def beside(verdict: Verdict) -> str:
    """What the other edition would say, in one line."""
    found = summary([each.finding for each in verdict.beside])
    return f"by the {other(verdict.edition).value} edition: {found}"


def covered(verdict: Verdict) -> list[tuple[str, str, int, int, int]]:
    """Each axis with its name in the plural, how much of it was seen, how much there is, how much is out of reach."""
    if not verdict.coverage:
        return []
    counted = totals(verdict.coverage)
    rows = ((axis, counted[axis]) for axis in AXES)
    return [
        (axis, _PLURAL[axis], row[Reach.SEEN.value], sum(row.values()), row[Reach.NOT_REACHABLE.value])
        for axis, row in rows
        if sum(row.values())
    ]


def coverage(verdict: Verdict) -> str:
    """How much of each axis was seen, in one line."""
    parts = (
        f"{plural_name} {seen} of {every}{f' ({kept} out of reach)' if kept else ''}"
        for _, plural_name, seen, every, kept in covered(verdict)
    )
    return ", ".join(parts)


def corrections(verdict: Verdict) -> str:
    """How many corrections were confirmed, refuted and left untouched, and which were refuted."""
    counts = Counter(each.support for each in verdict.corrections)
    refuted = [printable(each.action) for each in verdict.corrections if each.support is Support.REFUTED]
    named = f" ({', '.join(refuted)})" if refuted else ""
    parts = (f"{counts[support]} {support.value}" for support in Support)
    return ", ".join(f"{part}{named if part.endswith(Support.REFUTED.value) else ''}" for part in parts)


def telling(evidence: Sequence[Evidence]) -> list[Evidence]:
    """What says something, refuted first; then the rest."""
    order = (Support.REFUTED, Support.CONFIRMED, Support.UNTOUCHED)
    return sorted(evidence, key=lambda each: order.index(each.support))


def spent(verdict: Verdict) -> str:
    """What the run cost; empty where nothing was asked, as of a record."""
    spent = verdict.spent
    if spent == Spent():
        return ""
    budget = f" of {spent.budget}" if spent.budget is not None else ""
    parts = (
        [f"{spent.reserved}{budget} submit{'s' if budget or spent.reserved != 1 else ''}"]
        if spent.reserved or spent.budget is not None
        else []
    )
    unsure = [f"{spent.settled} taken", f"{spent.unknown} not known"] if spent.unknown else []
    parts = [f"{parts[0]} ({', '.join(unsure)})"] if parts and unsure else parts
    parts += [f"{spent.refused} held back"] if spent.refused else []
    parts += [plural(spent.requests, "request")]
    parts += [f"at a cost of {spent.cost:g}"] if spent.cost is not None else []
    return f"{', '.join(parts)} in {spent.seconds:.1f} s{' of its own clock' if spent.virtual else ''}"


def numbers(evidence: Evidence) -> str:
    """The first exchanges that say something of a correction."""
    more = f" and {len(evidence.numbers) - 5} more" if len(evidence.numbers) > 5 else ""
    return ", ".join(f"#{number}" for number in evidence.numbers[:5]) + more


def left_open(question: Open) -> str:
    """A question that was not decided."""
    return f"{printable(question.what)}: {printable(question.why)}"


def plural(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
