"""What came of a check: findings with the exchanges they rest on, stories of tasks, coverage, evidence, what was spent.

Values only: rules make them, reporters print them, and one function says what the exit code is.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from lumakit.check.traffic import Traffic
from lumakit.model import Edition, Finding, Severity, Snapshot


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding with the numbers of the exchanges (or arrivals) it rests on, the one that shows it last.

    `side` says in which message the pointer of the finding points: `request` or `response`. The same fault in many
    exchanges is one of these. `sent` says by which tests, and from which lines of code, where that is known.
    """

    finding: Finding
    numbers: tuple[int, ...] = ()
    side: str = ""
    task: str = ""
    times: int = 1
    sent: tuple[str, ...] = ()


class Via(enum.StrEnum):
    """By what a task was seen."""

    SUBMIT = "submit"
    EXTEND = "extend"
    FETCH = "fetch"
    FETCH_MANY = "fetch_many"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Look:
    """What one exchange or arrival told of a task. `word` is told even where no phase is known for it."""

    number: int
    at_ms: int
    via: Via
    word: str | None
    snapshot: Snapshot | None


@dataclass(frozen=True, slots=True)
class Story:
    """A task as it was seen, in order."""

    id: str
    kind: str
    owner: str
    parent: str
    looks: tuple[Look, ...]

    @property
    def ended(self) -> bool:
        """True where an end of it was seen."""
        return any(look.snapshot is not None and look.snapshot.done for look in self.looks)


class Reach(enum.StrEnum):
    """Whether something documented was met."""

    SEEN = "seen"
    NOT_SEEN = "not seen"
    NOT_REACHABLE = "not reachable"


@dataclass(frozen=True, slots=True)
class Covered:
    """One thing that the contract documents: an operation, a status of one, a word, a member of an enum, a webhook.

    `axis` is one of operation, status, state, enum, webhook; `name` is unique within its axis; `why` says what kept it
    out of reach, such as a budget.
    """

    axis: str
    name: str
    reach: Reach
    times: int = 0
    why: str = ""


class Support(enum.StrEnum):
    """What traffic says of a correction."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    UNTOUCHED = "untouched"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One action of an overlay, and what the traffic says of it."""

    action: str
    description: str
    basis: str
    support: Support
    numbers: tuple[int, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Open:
    """A question that the run could not decide: a task that did not end, a phase that was cut short."""

    what: str
    why: str
    task: str = ""
    safety: bool = False  # a budget, a limit or a missing consent kept it open


@dataclass(frozen=True, slots=True)
class Spent:
    """What a run cost: submits and requests, and what of it is settled, unknown or was never let out."""

    budget: int | None = None
    reserved: int = 0
    settled: int = 0
    unknown: int = 0
    refused: int = 0
    requests: int = 0
    seconds: float = 0.0
    cost: float | None = None
    virtual: bool = False  # the seconds are those of a clock that waiting moves


@dataclass(frozen=True)
class Verdict:
    """What came of a check. Only `judged` can fail it; `beside` is what the other edition would say."""

    provider: str
    edition: Edition
    target: str
    judged: tuple[Judged, ...] = ()
    beside: tuple[Judged, ...] = ()
    stories: tuple[Story, ...] = ()
    coverage: tuple[Covered, ...] = ()
    corrections: tuple[Evidence, ...] = ()
    opens: tuple[Open, ...] = ()
    phases: Mapping[str, str] = field(default_factory=dict)  # phase -> "12 requests", "skipped: no budget", ...
    spent: Spent = Spent()
    traffic: Traffic = field(default_factory=Traffic, repr=False)
    known: tuple[Judged, ...] = ()  # found too, but a baseline knows them: they fail nothing
    stale: tuple[str, ...] = ()  # what a baseline knows and nobody met
    own: bool = False  # a mock of ours was judged
    probing: bool = False  # we asked ourselves
    base: str = ""  # the path before every documented one

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings alone."""
        return tuple(each.finding for each in self.judged)

    def exit_code(self, fail_on: Severity) -> int:
        """1 where something found weighs enough, 4 where something was left open or nothing was checked, else 0."""
        if any(finding.severity.rank <= fail_on.rank for finding in self.findings):
            return 1
        return 4 if self.opens or not (self.traffic.seen or self.phases) else 0
