"""What of a server outlives its process beside the tasks: its clock, and of each provider the scenario and the faults.

What was chosen anew at a start goes before what is remembered; what was chosen as before goes on as it stood. Knows
what is remembered, not where.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any, Protocol

from lumakit.clock import Clock, SystemClock
from mockserver.faults.listed import Faults
from mockserver.journal import Journal
from mockserver.rules import Rules
from mockserver.stores import Document


class Memory(Protocol):
    """What remembers."""

    def recall(self, name: str) -> Document | None:
        """What was last remembered under a name."""
        ...

    def remember(self, name: str, document: Document) -> None:
        """Keep something under a name."""
        ...


class Told(Protocol):
    """What has a diary."""

    @property
    def journal(self) -> Journal:
        """The diary."""
        ...


class Remembered:
    """What is remembered of one provider: which scenario is played for whom, and what goes wrong on purpose."""

    def __init__(self, memory: Memory, rules: Rules, faults: Faults) -> None:
        self._memory = memory
        self._given = {"scenario": rules.to_json(), "faults": [str(each) for each in faults]}
        self._faults = faults

    def resumed(self, rules: Rules) -> Rules:
        """The rules to go on with; the faults go on too."""
        kept = self._recalled("faults")
        if kept is not None:
            self._faults.restore(kept)
        kept = self._recalled("scenario")
        return rules if kept is None else rules.as_in(kept)

    def _recalled(self, name: str) -> Any:
        kept = self._memory.recall(name)
        return kept["now"] if kept is not None and kept["given"] == self._given[name] else None

    def begun(self) -> None:
        """Remember the faults of a start, unless they are: another server that starts like this goes on with them."""
        if self._faults.rows and self._recalled("faults") is None:
            self.faults()

    def rules(self, rules: Rules) -> None:
        """Remember which scenario is played for whom."""
        self._memory.remember("scenario", {"given": self._given["scenario"], "now": rules.to_json()})

    def faults(self) -> None:
        """Remember what goes wrong on purpose."""
        self._memory.remember("faults", {"given": self._given["faults"], "now": self._faults.kept()})


class OneClock:
    """The clock of all processes that share a memory, also of those that come after each other."""

    def __init__(self, memory: Memory, clock: Clock) -> None:
        """Have a clock go on where the process before this one left it, and be remembered whenever it is moved."""
        self._memory = memory
        self._clock = clock
        self._joining = 0  # the thread that moves it only because another process has
        if isinstance(clock, SystemClock):
            kept = memory.recall("clock")
            if kept is not None:
                clock.restore(kept)
            clock.follow(self._moved)
            self._moved()

    def join(self) -> None:
        """Go on as another process says; where ours stands still and had come further, all are to stand there."""
        kept = self._memory.recall("clock")
        if kept is None or not isinstance(self._clock, SystemClock):
            return
        self._joining = threading.get_ident()
        try:
            is_ahead = self._clock.join(kept)
        finally:
            self._joining = 0
        if is_ahead:
            self._moved()

    def _moved(self) -> None:
        if isinstance(self._clock, SystemClock) and self._joining != threading.get_ident():
            self._memory.remember("clock", dict(self._clock.kept()))


def reach(clock: Clock, providers: Iterable[Told]) -> None:
    """Have a clock stand no earlier than what it has been said already, however the machine's own clock was moved."""
    if isinstance(clock, SystemClock):
        told_ms = max((each.journal.last_ms for each in providers), default=0)
        clock.advance(max(0, told_ms - clock.now()) / 1000)
