"""A task's plan: a short list of moments, and what becomes of it when somebody forces, holds or advances the task.

A plan is a value; every verb gives a new one and never touches a moment that was reached. Times are milliseconds since
the task was made. Knows no clock - now is an argument -, no lifecycle, and not what a moment looks like in a body.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

NEVER = 2**53  # a time that does not come: what waits for somebody to ask for it


class Moment(NamedTuple):
    """From when on a task says a word, and how far it says it is."""

    at_ms: int
    word: str
    progress: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a task does when. `held` is when it was stopped, `told` how many moments a webhook has told; `ends` is false
    where the last word is no end, and the task waits there for ever."""

    moments: tuple[Moment, ...]
    ends: bool = True
    held: int | None = None
    told: int = 0

    def index(self, now_ms: int) -> int:
        """The number of the moment that a look at this time sees: none before what was told, whatever a clock says."""
        seen = now_ms if self.held is None else min(now_ms, self.held)
        number = 0
        for moment in self.moments:  # a plain loop: there are few, and this happens in every look
            if moment[0] > seen:
                break
            number += 1
        return max(number, min(self.told, len(self.moments)), 1) - 1

    def look(self, now_ms: int) -> Moment:
        """What the task says at this time."""
        return self.moments[self.index(now_ms)]

    @property
    def settles_ms(self) -> int:
        """When the task is at its end: never where there is none, or it is held before that."""
        last = self.moments[-1].at_ms
        return last if self.ends and (self.held is None or last <= self.held) else NEVER

    @property
    def due_ms(self) -> int:
        """When the first moment comes that no webhook has told; never where there is none, or it is held before it."""
        at_ms = self.moments[self.told].at_ms if self.told < len(self.moments) else NEVER
        return at_ms if self.held is None or at_ms <= self.held else NEVER

    def tell(self, now_ms: int) -> tuple[Plan, range]:
        """The plan once webhooks have told what has come, and the numbers of those moments."""
        seen = self.index(now_ms) + 1
        untold = range(self.told, max(seen, self.told))
        return (replace(self, told=seen), untold) if untold else (self, untold)

    def hold(self, now_ms: int) -> Plan:
        """Stop here; a plan that is held stays as it is."""
        return self if self.held is not None else replace(self, held=max(now_ms, self.look(now_ms).at_ms))

    def release(self, now_ms: int) -> Plan:
        """Go on: what is left comes later by as long as the plan was held."""
        if self.held is None:
            return self
        reached, late = self.index(now_ms) + 1, max(0, now_ms - self.held)
        return replace(self, held=None, moments=self._shifted(reached, late))

    def force(self, now_ms: int, words: Sequence[str], progress: Sequence[int], *, ends: bool) -> Plan:
        """Forget what is left and say these words now, one after the other; progress never falls."""
        reached = self.moments[: self.index(now_ms) + 1]
        at, least = max(now_ms, reached[-1].at_ms), reached[-1].progress
        steps = tuple(Moment(at, word, max(least, done)) for word, done in zip(words, progress, strict=True))
        return replace(self, held=None, moments=reached + steps, ends=ends)

    def advance(self, now_ms: int) -> Plan:
        """Bring the next word to now, and all that follows earlier by as much; what never comes still never comes."""
        reached = self.index(now_ms) + 1
        word = self.moments[reached - 1].word
        next_word = next((n for n in range(reached, len(self.moments)) if self.moments[n].word != word), None)
        if next_word is None:
            return self
        kept = self.moments[:reached]
        seen = max(now_ms if self.held is None else min(now_ms, self.held), kept[-1].at_ms)
        brought = Moment(seen, *self.moments[next_word][1:])
        rest = self._earlier(next_word, seen)
        return replace(self, moments=(*kept, brought, *rest))

    def _earlier(self, number: int, now_ms: int) -> tuple[Moment, ...]:
        early = self.moments[number].at_ms - now_ms
        known = self.moments[number].at_ms < NEVER
        return tuple(_moved(moment, -early if known else 0) for moment in self.moments[number + 1 :])

    def _shifted(self, reached: int, late_ms: int) -> tuple[Moment, ...]:
        return self.moments[:reached] + tuple(_moved(moment, late_ms) for moment in self.moments[reached:])

    def to_json(self) -> list[Any]:
        """The plan as a JSON value."""
        return [list(map(list, self.moments)), self.ends, self.held, self.told]

    @classmethod
    def from_json(cls, value: Sequence[Any]) -> Plan:
        """The plan that a JSON value holds."""
        moments, ends, held, told = value
        return cls(tuple(map(Moment._make, moments)), ends, held, told)


def _moved(moment: Moment, by_ms: int) -> Moment:
    return moment if moment.at_ms >= NEVER else moment._replace(at_ms=moment.at_ms + by_ms)
