"""A verdict as JSON, for programs: every field of it, findings as `lumakit lint` writes them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import Any

from lumakit.check import identity
from lumakit.check.coverage import totals
from lumakit.check.reports import curl, digest
from lumakit.check.verdict import Judged, Look, Story, Verdict
from lumakit.model import Severity
from lumakit.report import as_dict


def as_json(verdict: Verdict) -> str:
    """One object."""
    return json.dumps(value(verdict), indent=2) + "\n"


def value(verdict: Verdict) -> dict[str, Any]:
    """The same as a value."""
    counts = Counter(finding.severity.value for finding in verdict.findings)
    return {
        "provider": verdict.provider,
        "target": verdict.target,
        "edition": verdict.edition.value,
        "outcome": digest.outcome(verdict),
        "summary": {weight.value: counts[weight.value] for weight in Severity},
        "findings": [_judged(verdict, each) for each in verdict.judged],
        "beside": {
            "edition": digest.other(verdict.edition).value,
            "findings": [_judged(verdict, each) for each in verdict.beside],
        },
        "known": [_judged(verdict, each) for each in verdict.known],
        "stale": list(verdict.stale),
        "opens": [asdict(each) for each in verdict.opens],
        "phases": dict(verdict.phases),
        "stories": [_story(each) for each in verdict.stories],
        "coverage": {"totals": totals(verdict.coverage), "rows": [asdict(each) for each in verdict.coverage]},
        "corrections": [asdict(each) for each in verdict.corrections],
        "spent": asdict(verdict.spent),
        "seen": verdict.traffic.seen,
    }


def _judged(verdict: Verdict, judged: Judged) -> dict[str, Any]:
    return {
        **as_dict(judged.finding),
        "fingerprint": identity.fingerprint(judged.finding),
        "numbers": list(judged.numbers),
        "side": judged.side,
        "task": judged.task,
        "times": judged.times,
        "sent": list(judged.sent),
        "curl": curl.line(verdict, judged),
    }


def _story(story: Story) -> dict[str, Any]:
    looks = [_look(each) for each in story.looks]
    told = {"id": story.id, "kind": story.kind, "owner": story.owner, "parent": story.parent}
    return {**told, "ended": story.ended, "looks": looks}


def _look(look: Look) -> dict[str, Any]:
    told = look.snapshot
    return {
        "number": look.number,
        "at_ms": look.at_ms,
        "via": look.via.value,
        "word": look.word,
        "phase": told.phase.value if told and told.phase else None,
        "progress": told.progress if told else None,
    }
