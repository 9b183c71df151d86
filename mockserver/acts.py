"""What a checked request does to tasks: submit, extend, fetch one, fetch many, tell the account.

Each act reads what it needs from the call, asks the engine over the store, and has the outcome rendered. Knows no HTTP
door and no network; time and chance come with the call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from lumakit.contract.operation import Operation
from lumakit.contract.places import Reader, reader
from lumakit.contract.reading import Account, Extend, FetchMany
from lumakit.contract.reading import Task as Kind
from lumakit.model import Phase
from mockserver import engine, kept
from mockserver.call import Act, Call, Done
from mockserver.engine import Task
from mockserver.making import Maker, wished
from mockserver.problems import Refused
from mockserver.render import Files, Renderer
from mockserver.rules import Rules
from mockserver.scenario import EARLY
from mockserver.stores import Store
from mockserver.webhooks import outbox

EVERYBODY = ""  # who owns a task that was made by hand for no key
MAX_MANY = 1000  # tasks told at once, where the document names no bound


class Acts:
    """The acts of one contract with a lifecycle, over one store."""

    def __init__(
        self, renderer: Renderer, store: Store, rules: Callable[[], Rules], maker: Maker, changed: Callable[[str], None]
    ) -> None:
        self._reading = renderer.reading
        self._renderer = renderer
        self._store = store
        self._rules = rules
        self._maker = maker
        self._changed = changed  # told the id of every task that is made or altered
        self._acts = dict(self._found())

    def find(self, operation: Operation) -> Act | None:
        """What an operation does to tasks; None where it plays no part."""
        return self._acts.get(operation.key)

    def _found(self) -> Iterator[tuple[str, Act]]:
        for kind in self._reading.tasks.values():
            yield from ((operation, partial(self._make, kind)) for operation in kind.submit)
            yield from (
                (part.operation, partial(self._extend, kind, part, reader(part.parent))) for part in kind.extend
            )
            yield from ((part.operation, partial(self._fetch, reader(part.id))) for part in kind.fetch)
            yield from ((part.operation, partial(self._fetch_many, part, reader(part.ids))) for part in kind.fetch_many)
        if self._reading.account:
            yield self._reading.account.operation, partial(self._account, self._reading.account)

    # making

    def _extend(self, kind: Kind, part: Extend, parent_of: Reader, call: Call) -> Done:
        parent = self._mine(call.at(parent_of), call)
        if parent.kind not in part.of:
            raise Refused("parent_unready", f"a task of the kind {parent.kind!r} cannot be extended by this operation")
        word = engine.moment(parent, call.now_ms).word
        if self._reading.lifecycle.words[word] is not Phase.SUCCEEDED:
            raise Refused("parent_unready", f"the parent is {word!r}: only a task that has succeeded can be extended")
        return self._make(kind, call, parent)

    def _make(self, kind: Kind, call: Call, parent: Task | None = None) -> Done:
        task, applied, again = self._maker.make(kind, call, parent)
        if again:
            return self._repeated(task, call)
        self._changed(task.id)
        done = self._tell(task, call, applied)
        return self._behind(done, task, kind, call) if task.hook and task.hook.mishap == EARLY else done

    def _repeated(self, task: Task, call: Call) -> Done:
        """The answer that the request which has made a task was given, word by word."""
        told = task.plan.moments[task.first.told if task.first else 0]
        facts = engine.facts_of(task, self._reading, told)
        response = self._renderer.task(call.operation, facts, task.kind, self._files(task, call))
        return Done(response, (task.id,), reason="this key has made this task before", again=True)

    def _behind(self, done: Done, task: Task, kind: Kind, call: Call) -> Done:
        """The answer that comes after the first webhook has told of the task."""
        first_ms = outbox.first_ms(task, kind.webhook) if kind.webhook else None
        wait_s = self._rules().seconds_until(first_ms - call.now_ms) if first_ms is not None else None
        if wait_s is None:
            return done._replace(reason="no webhook can come before this answer: no clock moves the task")
        return done._replace(response=replace(done.response, delay_s=max(wait_s, 0.0), ahead=task.id))

    # telling

    def _fetch(self, id_of: Reader, call: Call) -> Done:
        task = self._mine(call.at(id_of), call)
        applied: tuple[str, ...] = ()
        if call.wishes.status is not None and call.request.method != "HEAD":
            _, applied = wished(task, self._reading, call)
            task = self._change(task, lambda each: wished(each, self._reading, call)[0])
        done = self._tell(task, call, applied)
        self._looked(task, call)
        return done

    def _fetch_many(self, part: FetchMany, ids_of: Reader, call: Call) -> Done:
        asked = call.at(ids_of)
        wanted = [str(each) for each in (asked if isinstance(asked, list) else [asked])]
        if len(wanted) > MAX_MANY:
            raise Refused("invalid", f"{len(wanted)} tasks are asked for at once; this server tells up to {MAX_MANY}")
        known = {key: task for key in set(wanted) if (task := self._get(key, call.owner)) is not None}
        found = [known[key] for key in wanted if key in known]
        told = [(engine.facts(task, self._reading, call.now_ms), task.kind, self._files(task, call)) for task in found]
        response = self._renderer.tasks(call.operation, part, told)
        for task in known.values():
            self._looked(task, call)
        missing = len(wanted) - len(found)
        reason = f"{missing} of {len(wanted)} ids are not known to this key" if missing else ""
        return Done(response, tuple(task.id for task in found), (), reason)

    def _account(self, part: Account, call: Call) -> Done:
        left = (self._maker.credits_given() or 0) - self._store.count(f"spent/{call.owner}", 0)
        return Done(self._renderer.account(part, left))

    def _tell(self, task: Task, call: Call, applied: tuple[str, ...]) -> Done:
        facts = engine.facts(task, self._reading, call.now_ms)
        response = self._renderer.task(call.operation, facts, task.kind, self._files(task, call))
        return Done(response, (task.id,), applied)

    def _files(self, task: Task, call: Call) -> Files:
        return Files(call.base, task.id, partial(kept.film, task))

    def _looked(self, task: Task, call: Call) -> None:
        """Where looks move tasks: an answer was given, and the next word comes, unless there is none."""
        if not self._rules().by_looks or call.request.method == "HEAD":
            return
        told = engine.moment(task, call.now_ms).word
        if self._moved_on(task, told, call.now_ms) is not task:
            self._change(task, lambda each: self._moved_on(each, told, call.now_ms))

    @staticmethod
    def _moved_on(task: Task, told: str, now_ms: int) -> Task:
        """The task at its next word, unless it is held, or somebody else who was told this one has moved it already."""
        free = task.plan.held is None and engine.moment(task, now_ms).word == told
        return engine.advance(task, now_ms) if free else task

    def _mine(self, key: Any, call: Call) -> Task:
        task = self._get(key, call.owner)
        if task is None:
            raise Refused("unknown_task", "no task of this key has that id")
        return task

    def _get(self, key: Any, owner: str) -> Task | None:
        task = kept.find(self._store, str(key))
        return task if task is not None and task.owner in (owner, EVERYBODY) else None

    def _change(self, task: Task, change: Callable[[Task], Task]) -> Task:
        altered = kept.change(self._store, task.id, change)
        self._changed(task.id)
        return altered or task
