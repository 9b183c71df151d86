"""One task followed: made, looked at as often as a good guest does until it ends or the patience does.

Knows the reading and the target's clock; a virtual one takes no time. Judges nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lumakit import strictjson
from lumakit.check.mailbox import Box
from lumakit.check.phases.phase import OWN, Bench
from lumakit.check.requests import Hook, Unmakeable
from lumakit.check.target import Cost
from lumakit.contract import reader
from lumakit.contract.operation import Operation
from lumakit.contract.reading import Fetch, Reading, Task
from lumakit.flow.naming import reading_of
from lumakit.flow.patience import Patience, habit_s, retry_after_s
from lumakit.model import Lost, Request, Response, Snapshot
from lumakit.secret import Key

LOOKS = 400  # at one task, whatever the time allows
_STEP_S = 1.0
_UNDER_WAY_S = 30.0  # how long a delivery may be on its way
_LOST = 5  # looks in a row that came to nothing


@dataclass
class Followed:
    """A task, and what was last seen of it."""

    kind: Task
    id: str
    last: Snapshot | None = None
    looks: int = 0
    results: tuple[str, ...] = field(default=())

    @property
    def done(self) -> bool:
        """True where its end was seen."""
        return self.last is not None and self.last.done

    @property
    def succeeded(self) -> bool:
        """True where it has come to something."""
        return self.last is not None and self.last.phase is not None and self.last.phase.value == "succeeded"


@dataclass(frozen=True)
class Follower:
    """Makes tasks and looks at them, by one bench."""

    bench: Bench
    patience: Patience = Patience()  # noqa: RUF009  # frozen: nobody can spoil the shared default

    @property
    def reading(self) -> Reading:
        """How the contract is read."""
        return reading_of(self.bench.contract)

    @property
    def step_s(self) -> float:
        """A moment: how long is waited for what should be there at once."""
        return min(_STEP_S, self.bench.choices.every_s or _STEP_S)

    # making

    def submit(self, kind: Task, operation: str, hook: Hook | None = None, *, cheap: bool = False) -> Followed | None:
        """A new task of a kind; None where none came of it."""
        found = self.bench.contract.operations[operation]
        maker = self.bench.maker
        if cheap:
            return self._made(kind, found, lambda: maker.cheapest(found, kind, hook))
        return self._made(kind, found, lambda: maker.request(found, hook=hook))

    def extend(self, kind: Task, operation: str, parent: Followed, hook: Hook | None = None) -> Followed | None:
        """A new task out of one that has succeeded."""
        found = self.bench.contract.operations[operation]
        return self._made(kind, found, lambda: self.bench.maker.request(found, task=parent.id, hook=hook))

    def _made(self, kind: Task, operation: Operation, request: Callable[[], Request]) -> Followed | None:
        try:
            answer = self.bench.probe.ask(request(), cost=Cost.PAID, owner=OWN)
        except Unmakeable as error:
            self.bench.notes.leave_open(f"what becomes of the kind {kind.kind}", f"no request can be made: {error}")
            return None
        snapshot = self._read(answer, new=True)
        if snapshot is None:
            what = f"{operation.key} made no task: {_said(answer)}"
            self.bench.notes.leave_open(f"what becomes of the kind {kind.kind}", what)
            return None
        self.bench.notes.followed.add(snapshot.id)
        return Followed(kind, snapshot.id, snapshot)

    # looking

    def follow(self, task: Followed, *, stop_at: int = LOOKS) -> Followed:
        """Look until it has ended, or for so many looks, or as long as the patience lasts."""
        begun_ms, lost = self._now_ms, 0
        every_s = self.bench.choices.every_s or habit_s(self.reading, [task.kind])
        draw = self.bench.maker.draw.under(task.id)
        while task.kind.fetch and not task.done and task.looks < stop_at and lost < _LOST:
            left_s = self.bench.choices.wait_s - (self._now_ms - begun_ms) / 1000
            if left_s <= 0:
                break
            answer = self.look(task)
            lost = 0 if task.last and not isinstance(answer, Lost) and answer.status < 300 else lost + 1
            if not task.done:
                pause_s = self.patience.before_look(task.looks, every_s, draw)
                told_s = retry_after_s(answer, self._now_ms) if isinstance(answer, Response) else None
                self.wait(min(max(pause_s, told_s or 0.0), left_s))
        return task

    def look(self, task: Followed, key: Key | None = None, owner: str = OWN) -> Response | Lost:
        """Look at it once; with somebody else's key nothing is learned of it."""
        answer = self.bench.probe.ask(self._fetch(task.kind.fetch[0], task.id), cost=Cost.FREE, key=key, owner=owner)
        if key is None:
            task.looks += 1
            task.last = self._read(answer, about=task.id) or task.last
        return answer

    def look_at_many(self, tasks: Sequence[Followed]) -> None:
        """Look at several at once, by every operation that can."""
        many = dict.fromkeys(part.operation for task in tasks for part in task.kind.fetch_many)
        for name in many:
            ids = [task.id for task in tasks if any(part.operation == name for part in task.kind.fetch_many)]
            with contextlib.suppress(Unmakeable):  # some take no single id: there will be more
                request = self.bench.maker.request(self.bench.contract.operations[name], task=ids)
                self.bench.probe.ask(request, cost=Cost.FREE, owner=OWN)

    def _fetch(self, part: Fetch, key: str) -> Request:
        return self.bench.maker.request(self.bench.contract.operations[part.operation], task=key)

    def wait(self, seconds: float) -> None:
        """Let time pass, on the target's clock."""
        self.bench.probe.target.clock.sleep(seconds)

    def until_told(self, task: Followed, box: Box) -> None:
        """Wait until the end of a task has arrived, or nobody can be expected to wait any longer."""
        waits_s = task.kind.webhook.waits_s if task.kind.webhook else None
        left_s = sum(waits_s or ()) + _UNDER_WAY_S
        while task.done and not box.ended and left_s > 0:
            self.wait(self.step_s)
            left_s -= self.step_s

    @property
    def _now_ms(self) -> int:
        return self.bench.probe.target.clock.now()

    def _read(self, answer: Response | Lost, *, about: str = "", new: bool = False) -> Snapshot | None:
        """What an answer tells of a task; None where it is no yes, or names none."""
        if isinstance(answer, Lost) or not 200 <= answer.status < 300:
            return None
        try:
            body = strictjson.loads(answer.body)
        except strictjson.JsonProblem:
            return None
        return reader.snapshot(self.reading, body, about=about, new=new)


def _said(answer: Response | Lost) -> str:
    if isinstance(answer, Lost):
        return answer.reason
    nameless = " and names none that can be read" if 200 <= answer.status < 300 else ""
    return f"the answer is {answer.status}{nameless}"
