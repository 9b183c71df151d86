"""What lies ahead of a task: when it changes next, and what may be done to it now.

Everything is a function of a task and now, and changes nothing. Knows no store, no clock and no HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lumakit.contract.lifecycle import Lifecycle
from lumakit.model import Phase
from mockserver.engine import Task
from mockserver.plan import NEVER, Moment

_ENDS = {"complete": Phase.SUCCEEDED, "fail": Phase.FAILED, "cancel": Phase.CANCELLED}
VERBS = (*_ENDS, "hold", "release", "advance")


@dataclass(frozen=True, slots=True)
class Outlook:
    """A task beside what it says: whose it is, what it plays, its moments (at None: when somebody asks), and the verbs
    that are legal now. `next_ms` is when it says its next word, which is None where no clock brings one."""

    owner: str
    scenario: str
    held: bool
    next_ms: int | None
    next_word: str
    moments: tuple[tuple[int | None, str, int], ...]
    verbs: tuple[str, ...]


def of(task: Task, lifecycle: Lifecycle, now_ms: int) -> Outlook:
    """The outlook of a task."""
    ended = lifecycle.words[_word(task, now_ms)].terminal
    coming = next((each for each in _ahead(task, now_ms) if each.word != _word(task, now_ms)), None)
    return Outlook(
        owner=task.owner,
        scenario=task.scenario,
        held=task.plan.held is not None and not ended,
        next_ms=task.made_ms + coming.at_ms if coming else None,
        next_word=coming.word if coming else "",
        moments=tuple((_absolute(task, each), each.word, each.progress) for each in task.plan.moments),
        verbs=tuple(_verbs(task, lifecycle, now_ms)),
    )


def changes_ms(task: Task, now_ms: int) -> int | None:
    """When a look will next see something else; None where only somebody can change it."""
    coming = next(_ahead(task, now_ms), None)
    return task.made_ms + coming.at_ms if coming else None


def _ahead(task: Task, now_ms: int) -> Iterator[Moment]:
    """The moments that the clock will bring."""
    if task.plan.held is not None:
        return
    reached = task.plan.index(task.since(now_ms))
    yield from (each for each in task.plan.moments[reached + 1 :] if each.at_ms < NEVER)


def _word(task: Task, now_ms: int) -> str:
    return task.plan.look(task.since(now_ms)).word


def _absolute(task: Task, moment: Moment) -> int | None:
    return task.made_ms + moment.at_ms if moment.at_ms < NEVER else None


def _verbs(task: Task, lifecycle: Lifecycle, now_ms: int) -> Iterator[str]:
    word, reached = _word(task, now_ms), task.plan.index(task.since(now_ms))
    for verb, phase in _ENDS.items():
        goals = (goal for goal in lifecycle.ends() if lifecycle.words[goal] is phase)
        if any(lifecycle.path(word, goal) for goal in goals):
            yield verb
    if not lifecycle.words[word].terminal:
        yield "hold" if task.plan.held is None else "release"
    if any(each.word != word for each in task.plan.moments[reached + 1 :]):
        yield "advance"
