"""Where random stories are told: the tasks of the one that is being told, and the traffic of those that were.

Each story is judged by itself. Knows what can happen in one, and not what happens next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import ParamSpec

from lumakit.check.phases.following import Followed, Follower
from lumakit.check.phases.phase import OWN, SECOND, Bench
from lumakit.check.requests import Unmakeable
from lumakit.check.target import Cost
from lumakit.check.traffic import Record, Traffic
from lumakit.clock import VirtualClock
from lumakit.contract.reading import Task
from lumakit.errors import OverBudget
from lumakit.model import Severity


class Broken(AssertionError):
    """A story that breaks the contract."""


class Unsteady(AssertionError):
    """A story that went otherwise when it was told again."""


class Halted(BaseException):
    """Nothing more may be asked. No Exception: whoever tells stories would tell this one again to shorten it."""

    def __init__(self, reason: OverBudget) -> None:
        super().__init__(reason.what)
        self.reason = reason


Given = ParamSpec("Given")


def halting(act: Callable[Given, None]) -> Callable[Given, None]:
    """Halted where a guard lets nothing out for it."""

    @wraps(act)
    def acted(*given: Given.args, **named: Given.kwargs) -> None:
        try:
            act(*given, **named)
        except OverBudget as error:
            raise Halted(error) from error

    return acted


@dataclass
class Stage:
    """Where stories are told: the tasks of the one that is being told, and the traffic of those that were."""

    bench: Bench
    tasks: list[Followed] = field(default_factory=list)
    kept: list[Traffic] = field(default_factory=list)
    broken: Traffic = field(default_factory=Traffic)

    @property
    def follower(self) -> Follower:
        """Who makes the tasks."""
        return Follower(self.bench)

    @property
    def kinds(self) -> list[Task]:
        """The kinds of task."""
        return list(self.bench.maker.tasks)

    def begin(self) -> None:
        """Another story, on an empty stage."""
        self.bench.probe.target.reset()
        self.write_to(Record())
        self.tasks.clear()

    def write_to(self, record: Record) -> None:
        """Have everything that is seen from now on written there."""
        mailbox = self.bench.choices.mailbox
        if mailbox is not None:
            mailbox.hand_over()
            record.listened = mailbox.record.listened
            mailbox.record = record
        self.bench.probe.record = record

    def end(self) -> None:
        """Judge what was told; Broken where something is wrong."""
        if self.bench.choices.mailbox is not None:
            self.bench.choices.mailbox.hand_over()
        told = self.bench.probe.record.traffic()
        if any(each.finding.severity is Severity.ERROR for each in self.bench.judge(told)):
            self.broken = told
            raise Broken
        self.keep(told)

    def keep(self, traffic: Traffic) -> None:
        """Keep what was told of a story."""
        self.kept.append(traffic)

    # what can happen

    @halting
    def submit(self, kind: Task) -> None:
        """A new task."""
        task = self.follower.submit(kind, kind.submit[0]) if kind.submit else None
        self.tasks += [task] if task else []

    @halting
    def extend(self, at: int) -> None:
        """A new task out of one that there is, whether that has ended or not."""
        parent = self._task(at)
        for kind in self.kinds:
            for part in kind.extend:
                if parent.kind.kind in part.of:
                    task = self.follower.extend(kind, part.operation, parent)
                    self.tasks += [task] if task else []
                    return

    @halting
    def look(self, at: int) -> None:
        """Look at one."""
        if self._task(at).kind.fetch:
            self.follower.look(self._task(at))

    @halting
    def look_at_all(self) -> None:
        """Look at all of them at once."""
        self.follower.look_at_many(self.tasks)

    @halting
    def look_as_another(self, at: int) -> None:
        """Look at one with a key that is not its own."""
        key = self.bench.choices.second_key
        if key and self._task(at).kind.fetch:
            self.follower.look(self._task(at), key, SECOND)

    @halting
    def look_for_nobody(self) -> None:
        """Look for a task that there is not."""
        for kind in self.kinds:
            for part in kind.fetch[:1]:
                operation = self.bench.contract.operations[part.operation]
                try:
                    self.bench.probe.ask(self.bench.maker.request(operation), cost=Cost.FREE, owner=OWN)
                except Unmakeable as error:
                    self.bench.notes.say(str(error))
                return

    def wait(self, seconds: float) -> None:
        """Let time pass; where it is ours, a moment has to do."""
        virtual = isinstance(self.bench.probe.target.clock, VirtualClock)
        self.follower.wait(seconds if virtual else min(seconds, self.follower.step_s))

    def _task(self, at: int) -> Followed:
        return self.tasks[at % len(self.tasks)]
