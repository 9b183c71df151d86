"""Waiting for one task: looked at again and again, through what goes wrong for a while, to its end or the budget's.

A flow, as the verbs are. Knows how to look and how long; not how the task was made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from lumakit.call_errors import CallError
from lumakit.draws import Draw
from lumakit.flow.asking import Ask
from lumakit.flow.hearing import Ear, Told
from lumakit.flow.patience import Patience
from lumakit.flow.steps import Flow, Heard, Pause
from lumakit.flow.task import Task
from lumakit.model import Phase

Saved_co = TypeVar("Saved_co", covariant=True)
OnTask = Callable[[Task[Any]], object]


@dataclass
class Watch(Generic[Saved_co]):
    """One task being waited for."""

    ear: Ear[Saved_co]
    patience: Patience
    draw: Draw
    ask: Ask
    seen: Task[Saved_co] | None
    begun_ms: int
    every_s: float
    budget_s: float
    on_progress: OnTask | None
    lost: int = 0
    strange: int = 0
    trouble: CallError | None = None
    hint_s: float = 0.0

    def through(self) -> Flow[Task[Saved_co]]:
        """To the end of the task, or of the budget."""
        if self.seen is not None and self.seen.done:
            return self._ended(self.seen)
        now_ms, looks = self.begun_ms, 0
        pause_s = 0.0 if self.seen is None else self.every_s
        while True:
            if pause_s:
                now_ms = (yield Pause(self._within(pause_s, now_ms))).now_ms
            now_ms, told = self._heard((yield self.ask))
            if isinstance(told, CallError):
                self._missed(told)
            elif (task := self._told(told)).done:
                return self._ended(task)
            pause_s = max(self.patience.before_look(looks, self.every_s, self.draw), self.hint_s)
            looks += 1

    def _within(self, pause_s: float, now_ms: int) -> float:
        """As much of a pause as the budget has; raises where it has none, or where the provider asks for more."""
        left_s = self.budget_s - (now_ms - self.begun_ms) / 1000
        if left_s <= 0 or self.hint_s > left_s:
            raise self._timed_out()
        return min(pause_s, left_s)

    def _heard(self, heard: Heard) -> tuple[int, Told | CallError]:
        return heard.now_ms, self.ear.hear(self.ask, heard)

    def _told(self, told: Told) -> Task[Saved_co]:
        before = self.seen
        task = self.ear.task(self.ask, told, before)
        self.seen, self.lost, self.trouble, self.hint_s = task, 0, None, told.retry_after_s or 0.0
        self.strange = self.strange + 1 if task.phase is None else 0
        if self.strange >= self.patience.unknown_words:
            error = self.ear.broken(self.ask, told.response, self._strangely(task), "unknown_words")
            error.task = task
            raise error
        if self.on_progress and (before is None or (before.status, before.progress) != (task.status, task.progress)):
            self.on_progress(task)
        return task

    def _strangely(self, task: Task[Saved_co]) -> str:
        said = "no status" if task.status is None else f"the status {task.status!r}"
        return f"the task {task.id} has told {said} {self.strange} times, which the contract does not know"

    def _missed(self, error: CallError) -> None:
        """A look that came to nothing: the task goes on, and so do we for a while."""
        error.task = self.seen
        self.lost += 1
        self.trouble, self.hint_s = error, error.retry_after_s or 0.0
        if not error.passing or self.lost >= self.patience.lost_looks:
            raise error

    def _ended(self, task: Task[Saved_co]) -> Task[Saved_co]:
        if task.phase is not Phase.SUCCEEDED:
            raise self.ear.failed(task, self.ask, None)
        return task

    def _timed_out(self) -> CallError:
        unseen: Task[Saved_co] = Task(self.ask.about, None, _keeper=self.ear.keeper)
        return self.ear.timed_out(self.seen or unseen, self.ask, self.budget_s, self.trouble)
