"""What was seen: exchanges, requests that got no answer, and webhooks that arrived. Values only.

Everything here is without secrets already: who makes these values has hidden them.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from lumakit.model import Exchange, Lost, Request

WRONG_KEY = "wrong"  # the owner of what was asked with a key that is nobody's


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A request without an answer: whether it was taken is not known, unless `lost.unsent` says so."""

    number: int
    at_ms: int
    request: Request
    lost: Lost
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A webhook as the receiver saw it, and what it answered.

    `task` is the id of the task that asked for it where the address tells (a receiver gives each task its own address),
    `expected` tells whether a secret or a signature was due, `refused` why it was not verified (empty where it was).
    """

    number: int
    at_ms: int
    request: Request
    status: int
    task: str = ""
    expected: bool = False
    refused: str = ""


@dataclass(frozen=True)
class Traffic:
    """Everything that was seen of one endpoint, in order of `number`, which is counted over all three together.

    The `owner` of an exchange is a label of a key, never the key. `listened` says that somebody stood ready to receive
    webhooks, so that one that did not arrive is missing.
    """

    exchanges: tuple[Exchange, ...] = ()
    unanswered: tuple[Unanswered, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    listened: bool = False
    source: str = ""

    @property
    def seen(self) -> int:
        """How much was seen."""
        return len(self.exchanges) + len(self.unanswered) + len(self.arrivals)


@dataclass
class Record:
    """Traffic as it comes to be: it numbers what is put in, from whatever thread."""

    listened: bool = False
    source: str = ""
    _exchanges: list[Exchange] = field(default_factory=list)
    _unanswered: list[Unanswered] = field(default_factory=list)
    _arrivals: list[Arrival] = field(default_factory=list)
    last: int = 0  # the number of what was put in last
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def number(self) -> int:
        """The next number."""
        return next(self._numbers)

    def add(self, *seen: Exchange | Unanswered | Arrival) -> None:
        """Put in what was seen, numbered by `number`."""
        for each in seen:
            self.last = each.number
            if isinstance(each, Exchange):
                self._exchanges.append(each)
            elif isinstance(each, Unanswered):
                self._unanswered.append(each)
            else:
                self._arrivals.append(each)

    def traffic(self) -> Traffic:
        """What was seen so far."""
        return Traffic(
            tuple(sorted(self._exchanges, key=_number)),
            tuple(sorted(self._unanswered, key=_number)),
            tuple(sorted(self._arrivals, key=_number)),
            self.listened,
            self.source,
        )


def _number(seen: Exchange | Unanswered | Arrival) -> int:
    return seen.number
