"""What a client does, step by step: submit, extend, fetch, wait, run, call. Generators; they do nothing themselves.

A flow yields an Ask, a Pause or a Download, is sent what came of it, and returns its result or raises an error. What
may be repeated is repeated here; what makes a task only where nothing of it can have been taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any, Generic, TypeVar

from lumakit.call_errors import CallError, InvalidRequest, Uncertain, Unreachable
from lumakit.contract import pointer as pointers
from lumakit.contract.compile import Contract
from lumakit.contract.operation import Operation
from lumakit.contract.parameters import MISSING
from lumakit.contract.reading import Place
from lumakit.draws import Draw
from lumakit.flow import naming
from lumakit.flow.asking import Ask, Asker, shared_places
from lumakit.flow.hearing import Ear, Told
from lumakit.flow.naming import Part
from lumakit.flow.patience import Patience, habit_s
from lumakit.flow.steps import Flow, Pause
from lumakit.flow.task import Task
from lumakit.flow.watching import OnTask, Watch

Saved_co = TypeVar("Saved_co", covariant=True)
_SAFE = ("GET", "HEAD", "OPTIONS")
BUDGET_S = 900.0


@dataclass(frozen=True)
class Verbs(Generic[Saved_co]):
    """The flows of one client: what they are made by, heard by and waited for with."""

    contract: Contract
    origin: str
    base: str
    ear: Ear[Saved_co]
    patience: Patience
    draw: Callable[[], Draw]
    _askers: dict[str, Asker] = field(default_factory=dict, repr=False)

    # making

    def submit(self, kind: str, values: Mapping[str, Any]) -> Flow[Task[Saved_co]]:
        """Make a task."""
        return (yield from self._made(naming.making(self.contract, kind), dict(values), ""))

    def extend(self, parent: Task[Saved_co] | str, kind: str, values: Mapping[str, Any]) -> Flow[Task[Saved_co]]:
        """Make a task out of another one."""
        parent_kind = parent.kind if isinstance(parent, Task) else ""
        part = naming.extending(self.contract, kind, parent_kind)
        key = parent.id if isinstance(parent, Task) else parent
        return (yield from self._made(part, {**values, "parent": key}, key))

    def _made(self, part: Part, values: dict[str, Any], parent: str) -> Flow[Task[Saved_co]]:
        asker = self._asker(part.operation)
        extra = values.pop("extra", None) or {}
        shared = shared_places(part.kind, part.extend.parent if part.extend else None)
        repeatable = asker.takes_key_of_idempotency(values)
        key = asker.key_of_idempotency(values, self.draw)
        request = asker.request({**values, **key}, shared, extra)
        ask = Ask(part.operation, request, part.kind.kind, makes=True, repeatable=repeatable, key=_given_again(key))
        told = yield from self._told(ask)
        task = self.ear.task(ask, told)
        parent = parent or _parent_of(part, values)
        return _but(task, kind=part.kind.kind, parent=parent)

    # looking

    def fetch(self, task: Task[Saved_co] | str, kind: str = "") -> Flow[Task[Saved_co]]:
        """Look at a task."""
        ask, known = self._look(task, kind)
        return self.ear.task(ask, (yield from self._told(ask)), known)

    def fetch_many(self, tasks: Iterable[Task[Saved_co] | str], kind: str = "") -> Flow[dict[str, Task[Saved_co]]]:
        """Look at several tasks at once."""
        part = naming.looking_at_many(self.contract, kind)
        operation = self.contract.operations[part.operation]
        keys = [each.id if isinstance(each, Task) else each for each in tasks]
        request = self._asker(operation).request({"ids": keys}, {"ids": part.ids}, {})
        ask = Ask(operation, request, kind, repeatable=True)
        told = yield from self._told(ask)
        items = pointers.look(told.body, part.items, None)
        if not isinstance(items, (list, tuple)):
            raise self.ear.broken(ask, told.response, "the answer lists no tasks", "no_list")
        return self.ear.listed(list(items), ask)

    def _look(self, task: Task[Saved_co] | str, kind: str) -> tuple[Ask, Task[Saved_co] | None]:
        if isinstance(task, Task):
            return self._looking(task.id, kind or task.kind, kind), task
        return self._looking(str(task), kind, kind), None

    @cached_property
    def _looking(self) -> Callable[[str, str, str], Ask]:
        """What looks at a task; made once for each of the latest ones, since a task is looked at again and again."""
        return lru_cache(maxsize=256)(self._look_made)

    def _look_made(self, key: str, looked_as: str, kind: str) -> Ask:
        part = naming.looking(self.contract, looked_as)
        asker = self._asker(self.contract.operations[part.operation])
        request = asker.request({"id": key}, {"id": part.id}, {})
        return Ask(asker.operation, request, kind, about=key, repeatable=True)

    # waiting

    def wait(
        self,
        task: Task[Saved_co] | str,
        kind: str,
        begun_ms: int,
        *,
        every_s: float | None = None,
        budget_s: float | None = BUDGET_S,
        on_progress: OnTask | None = None,
    ) -> Flow[Task[Saved_co]]:
        """Look at a task until it has ended; a task that came to nothing is an error."""
        ask, known = self._look(task, kind)
        watch = Watch(
            self.ear,
            self.patience,
            self.draw(),
            ask,
            known,
            begun_ms,
            _checked_s("every_s", every_s, self.habit_s),
            _checked_s("budget_s", budget_s, math.inf),
            on_progress,
        )
        return (yield from watch.through())

    def run(
        self,
        kind: str,
        values: Mapping[str, Any],
        begun_ms: int,
        *,
        every_s: float | None = None,
        budget_s: float | None = BUDGET_S,
        on_progress: OnTask | None = None,
    ) -> Flow[Task[Saved_co]]:
        """Make a task and wait for it."""
        task = yield from self.submit(kind, values)
        if on_progress:
            on_progress(task)
        return (yield from self.wait(task, "", begun_ms, every_s=every_s, budget_s=budget_s, on_progress=on_progress))

    @cached_property
    def habit_s(self) -> float:
        """How often a task is looked at where nobody says."""
        reading = naming.reading_of(self.contract)
        return habit_s(reading, reading.tasks.values())

    # anything

    def call(self, name: str, values: Mapping[str, Any]) -> Flow[Any]:
        """Make any documented call; returns the value of the answer's body, None where it has none."""
        operation = naming.operation_named(self.contract, name)
        values = dict(values)
        extra = values.pop("extra", None) or {}
        asker = self._asker(operation)
        role = self._roles.get(operation.key, "")
        repeatable = role == "looks" or operation.method in _SAFE or asker.takes_key_of_idempotency(values)
        key = {} if repeatable else asker.key_of_idempotency(values, self.draw)
        request = asker.request({**values, **key}, {}, extra)
        makes = role == "makes" or not repeatable
        ask = Ask(operation, request, makes=makes, repeatable=repeatable, key=_given_again(key))
        told = yield from self._told(ask)
        return None if told.body is MISSING else told.body

    @cached_property
    def _roles(self) -> dict[str, str]:
        """What the operations do to tasks."""
        reading = self.contract.reading
        roles = {reading.account.operation: "looks"} if reading and reading.account else {}
        for kind in reading.tasks.values() if reading else ():
            roles |= {part.operation: "looks" for part in kind.fetch}
            roles |= {part.operation: "looks" for part in kind.fetch_many}
            roles |= dict.fromkeys((*kind.submit, *(part.operation for part in kind.extend)), "makes")
        return roles

    # both

    def _asker(self, operation: Operation) -> Asker:
        asker = self._askers.get(operation.key)
        if asker is None:
            asker = self._askers[operation.key] = Asker(operation, self.origin, self.base)
        return asker

    def _told(self, ask: Ask) -> Flow[Told]:
        """Send a request, again where that does no harm, and hear the answer."""
        tried, draw, doubt = 0, None, None
        while True:
            told = self.ear.hear(ask, (yield ask))
            if isinstance(told, Told):
                return told
            tried += 1
            draw = draw or self.draw()
            doubt = told if isinstance(told, Uncertain) else doubt
            wait_s = self.patience.before_try(tried, told.retry_after_s, draw) if _repeats(ask, told) else None
            if wait_s is None:
                raise doubt or told  # once it may have arrived, a later refusal does not undo that
            yield Pause(wait_s)


def _parent_of(part: Part, values: Mapping[str, Any]) -> str:
    """The parent that was named in the provider's own words."""
    place: Place | None = part.extend.parent if part.extend else None
    return str(values.get("parent") or values.get(place.name.strip("/")) or "") if place else ""


def _repeats(ask: Ask, told: CallError) -> bool:
    """True where the same request may be sent again after this."""
    if isinstance(told, Unreachable) or (ask.repeatable and told.passing):
        return True
    return bool(ask.key) and (told.passing or isinstance(told, Uncertain))


def _given_again(key: Mapping[str, str]) -> str:
    """How a caller would give a key that was made for him."""
    return "".join(f"{name}={text!r}" for name, text in key.items())


def _but(task: Task[Saved_co], *, kind: str, parent: str) -> Task[Saved_co]:
    return replace(task, kind=task.kind or kind, parent=parent)


def _checked_s(name: str, seconds: float | None, otherwise: float) -> float:
    if seconds is None:
        return otherwise
    if not seconds > 0:
        raise InvalidRequest(f"{name} is a number of seconds above 0, not {seconds}", code="seconds", parameter=name)
    return float(seconds)
