"""A task as facts, and what may happen to it: made, looked at, forced, failed, cancelled, held, released, advanced.

Everything is a function of a task and now. Knows the lifecycle, not requests, bodies, clocks or stores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from lumakit.contract.lifecycle import Lifecycle
from lumakit.contract.reading import Reading
from lumakit.model import Phase
from mockserver.plan import NEVER, Moment, Plan


class Illegal(ValueError):
    """What was asked of a task is no legal move."""


@dataclass(frozen=True, slots=True)
class Hook:
    """Where a task's webhooks go, what they show to say who they are, where its files are, what befalls them.

    `depth` is how far they are from somebody's own request.
    """

    url: str
    secret: str = field(default="", repr=False)
    base: str = ""
    mishap: str = ""
    depth: int = 1


class First(NamedTuple):
    """The request that has made a task, where it has a key of idempotency: the key and what it asks for as digests,
    and the number of the moment that it was told."""

    key: str
    asks: str
    told: int


@dataclass(frozen=True, slots=True)
class Task:
    """Everything that is kept of a task. `asked` is what its request asked for, by our names."""

    id: str
    kind: str
    owner: str
    made_ms: int
    plan: Plan
    asked: Mapping[str, Any]
    parent: str = ""
    scenario: str = ""
    reason: str = ""
    expires_s: float | None = None
    hook: Hook | None = None
    first: First | None = None

    @property
    def settles_ms(self) -> int:
        """When its last moment comes; never while webhooks are still to tell of it."""
        return self.made_ms + self.plan.settles_ms if self.due_ms >= NEVER else NEVER

    @property
    def due_ms(self) -> int:
        """When webhooks have something to tell."""
        due_ms = self.plan.due_ms if self.hook else NEVER
        return self.made_ms + due_ms if due_ms < NEVER else NEVER

    def since(self, now_ms: int) -> int:
        """How old the task is."""
        return max(0, now_ms - self.made_ms)

    def to_json(self) -> dict[str, Any]:
        """The task as a JSON object."""
        told = {
            "id": self.id,
            "kind": self.kind,
            "owner": self.owner,
            "made": self.made_ms,
            "plan": self.plan.to_json(),
            "asked": dict(self.asked),
            "parent": self.parent,
            "scenario": [self.scenario, self.reason, self.expires_s],
            "hook": self.hook and [self.hook.url, self.hook.secret, self.hook.base, self.hook.mishap, self.hook.depth],
        }
        return told if self.first is None else {**told, "first": list(self.first)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Task:
        """The task that a JSON object holds."""
        plan = Plan.from_json(value["plan"])
        head = (value["id"], value["kind"], value["owner"], value["made"])
        scenario, reason, expires_s = value["scenario"]
        hook = Hook(*value["hook"]) if value["hook"] else None
        first = First(*value["first"]) if "first" in value else None
        return cls(*head, plan, value["asked"], value["parent"], scenario, reason, expires_s, hook, first)


def facts(task: Task, reading: Reading, now_ms: int) -> dict[str, Any]:
    """What is true of a task at this time, under the names a lens knows."""
    return facts_of(task, reading, task.plan.look(task.since(now_ms)))


def facts_of(task: Task, reading: Reading, moment: Moment) -> dict[str, Any]:
    """What is true of a task at one of its moments."""
    told: dict[str, Any] = {
        "id": task.id,
        "status": moment.word,
        "created_at": task.made_ms,
        "updated_at": task.made_ms + moment.at_ms,
        "progress": moment.progress,
        **reading.tasks[task.kind].says,
    }
    if "prompt" in task.asked:
        told["prompt"] = task.asked["prompt"]
    if reading.lifecycle.words[moment.word] is Phase.FAILED and (reason := _reason(task, reading)):
        told["error"] = reason
    return told


def _reason(task: Task, reading: Reading) -> str:
    """Why a task failed, in the provider's words where they are known; the first of them where none was asked for."""
    if task.reason:
        return reading.failures.get(task.reason, task.reason)
    return next(iter(reading.failures.values()), "")


def phase(task: Task, lifecycle: Lifecycle, now_ms: int) -> Phase:
    """What the task is doing, in our words."""
    return lifecycle.words[task.plan.look(task.since(now_ms)).word]


def expired(task: Task, now_ms: int) -> bool:
    """True where the addresses of the results have stopped working."""
    ended = task.made_ms + task.plan.moments[-1].at_ms
    return task.expires_s is not None and now_ms >= ended + task.expires_s * 1000


# --- what may be done to a task ---------------------------------------------------------------------------------------


def force(task: Task, lifecycle: Lifecycle, now_ms: int, word: str) -> Task:
    """Bring a task to a word at once, by the shortest legal way; there it stays until somebody moves it on."""
    if word not in lifecycle.words:
        raise Illegal(f"{word!r} is not a word of this provider, only {', '.join(lifecycle.words)}")
    moment = task.plan.look(task.since(now_ms))
    way = lifecycle.path(moment.word, word)
    if way is None:
        raise Illegal(f"no legal way leads from {moment.word!r} to {word!r}")
    progress = [100 if lifecycle.words[step] is Phase.SUCCEEDED else moment.progress for step in way]
    ends = lifecycle.words[word].terminal
    return replace(task, plan=task.plan.force(task.since(now_ms), way, progress, ends=ends))


def end(task: Task, lifecycle: Lifecycle, now_ms: int, goal: Phase, reason: str = "") -> Task:
    """Bring a task to an end of this phase, by the shortest legal way."""
    moment = task.plan.look(task.since(now_ms))
    goals = [word for word in lifecycle.ends() if lifecycle.words[word] is goal]
    if not goals:
        raise Illegal(f"this provider has no word for {goal.value!r}")
    ways = {word: way for word in goals if (way := lifecycle.path(moment.word, word)) is not None}
    if not ways:
        raise Illegal(f"a task that is {moment.word!r} cannot become {goal.value!r}")
    word = min(ways, key=lambda each: len(ways[each]))
    if not ways[word]:
        raise Illegal(f"the task is {moment.word!r} already")
    return force(replace(task, reason=reason or task.reason), lifecycle, now_ms, word)


def hold(task: Task, now_ms: int) -> Task:
    """Stop a task where it is."""
    return replace(task, plan=task.plan.hold(task.since(now_ms)))


def release(task: Task, now_ms: int) -> Task:
    """Let a task go on."""
    return replace(task, plan=task.plan.release(task.since(now_ms)))


def advance(task: Task, now_ms: int) -> Task:
    """Bring a task to its next word; where there is none it is the same task."""
    plan = task.plan.advance(task.since(now_ms))
    return task if plan is task.plan else replace(task, plan=plan)


def moment(task: Task, now_ms: int) -> Moment:
    """The moment a look at this time sees."""
    return task.plan.look(task.since(now_ms))
