"""What was seen, as rules look at it: an exchange, what a message tells of a task, a task's story, a webhook.

Values only: `teller` makes what is told, `scene` puts it together.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lumakit.check.traffic import Arrival
from lumakit.check.verdict import Look, Story, Via
from lumakit.contract.compile import Match
from lumakit.contract.operation import Operation, Taken
from lumakit.contract.parameters import MISSING
from lumakit.model import Exchange, Finding, Snapshot

_BODY = ("X213", "X214")


@dataclass(frozen=True)
class Seen:
    """An exchange: what it is for, and what its two messages carry, with what the contract has against each."""

    exchange: Exchange
    match: Match
    asked: Taken
    told: Taken

    @property
    def operation(self) -> Operation | None:
        """What was asked for, where that is documented."""
        return self.match.operation

    @property
    def served(self) -> bool:
        """True where the answer is a yes."""
        return 200 <= self.exchange.response.status < 300

    @property
    def refused(self) -> bool:
        """True where the answer puts the blame on the request."""
        return 400 <= self.exchange.response.status < 500

    @property
    def keyed(self) -> bool:
        """True where the operation asks for no credential, or the request shows one."""
        return self.operation is None or self.operation.security.satisfied(self.exchange.request)

    @property
    def sound(self) -> bool:
        """True where the body of the answer was read and fits."""
        return self.told.body is not MISSING and not any(each.code in _BODY for each in self.told.findings)


@dataclass(frozen=True)
class Telling:
    """What one message tells of one task: `asked` is the id that was asked for, `told` the one that the body names.

    `at` is the pointer of the part of the body that tells, `body` is that part, `url` where webhooks were asked for.
    """

    number: int
    at_ms: int
    via: Via
    operation: Operation | None
    asked: str
    owner: str
    at: str
    body: Any
    facts: Mapping[str, Any]
    snapshot: Snapshot | None
    sound: bool
    parent: str = ""
    kind: str = ""
    url: str = ""
    unique: str = ""  # the idempotency key of the request
    wanted: tuple[str, ...] = ()  # the ids that were asked for

    @property
    def told(self) -> str:
        """The id that the body names; empty where it names none."""
        return str(self.facts.get("id", ""))

    @property
    def task(self) -> str:
        """The id of the task that this is about."""
        return self.asked or self.told

    @property
    def word(self) -> str | None:
        """The provider's word."""
        return self.facts.get("status")

    @property
    def done(self) -> bool:
        """True where it tells an end."""
        return self.snapshot is not None and self.snapshot.done

    @property
    def results(self) -> tuple[str, ...]:
        """The addresses that it tells."""
        return self.snapshot.results if self.snapshot else ()

    @property
    def look(self) -> Look:
        """The same, as a story shows it."""
        return Look(self.number, self.at_ms, self.via, self.word, self.snapshot)


@dataclass(frozen=True)
class Tale:
    """A story, with everything that was told of it."""

    story: Story
    tellings: tuple[Telling, ...]

    def by(self, *vias: Via) -> tuple[Telling, ...]:
        """What was told by some ways."""
        return tuple(each for each in self.tellings if each.via in vias)

    def around(self, number: int) -> tuple[Telling | None, Telling | None]:
        """What was told of the task alone just before and just after; what it was accepted with may be older."""
        before, after = bisect(self._polled, number, key=_number), bisect(self._looked, number, key=_number)
        return self._polled[before - 1] if before else None, next(iter(self._looked[after : after + 1]), None)

    @cached_property
    def _polled(self) -> list[Telling]:
        return [each for each in self.by(Via.SUBMIT, Via.EXTEND, Via.FETCH) if each.word is not None]

    @cached_property
    def _looked(self) -> list[Telling]:
        return [each for each in self._polled if each.via is Via.FETCH]

    @property
    def made(self) -> Telling | None:
        """The answer that it began with, where that was seen."""
        return next(iter(self.by(Via.SUBMIT, Via.EXTEND)), None)


def _number(told: Telling) -> int:
    return told.number


@dataclass(frozen=True)
class Heard:
    """An arrival with what it tells, and what the contract has against its body."""

    arrival: Arrival
    telling: Telling
    findings: tuple[Finding, ...]
