"""What a checked request does to tasks: submit, extend, fetch one, fetch many, tell the account.

Each act reads what it needs from the call, asks the engine over the store, and has the outcome rendered. Knows no HTTP
door and no network; time and chance come with the call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

from lumakit.contract.operation import Operation
from lumakit.contract.places import Reader, reader
from lumakit.contract.reading import Account, Extend, FetchMany, Reading
from lumakit.contract.reading import Task as Kind
from lumakit.draws import Draw
from lumakit.errors import UsageError
from lumakit.model import Phase, Request, Response
from mockserver import engine, ids, kept, scenario
from mockserver.engine import Hook, Task
from mockserver.prefer import Wishes
from mockserver.problems import Refused
from mockserver.refusal import whole_seconds
from mockserver.render import Files, Renderer
from mockserver.scenario import Mixture, Scenario, Stage
from mockserver.stores import Full, Store
from mockserver.webhooks import outbox

KEPT = ("prompt", *kept.MEASURES)  # what a task remembers of its request
MAX_TRIES = 100
MAX_OUTLINES = 1000
MAX_MANY = 1000  # tasks told at once, where the document names no bound
MAX_MEASURE = 100
SUCCESS = scenario.parse("success")


class Call(NamedTuple):
    """A request that keeps the contract, with what was read from it."""

    operation: Operation
    request: Request
    path_values: Mapping[str, str]
    body: Any
    owner: str
    wishes: Wishes
    now_ms: int
    base: str

    def at(self, read: Reader) -> Any:
        """What stands at a place of the request."""
        return read(self.request, self.path_values, self.body)


class Done(NamedTuple):
    """The answer to a call, the tasks it was about, the wishes it kept, and what is to be said of it."""

    response: Response
    tasks: tuple[str, ...] = ()
    applied: tuple[str, ...] = ()
    reason: str = ""


Act = Callable[[Call], Done]


@dataclass(frozen=True, slots=True)
class Rules:
    """How tasks live on this server, as its user has chosen."""

    seed: str = "0"
    mixture: Mixture = SUCCESS
    by_owner: Mapping[str, Mixture] = field(default_factory=dict)
    by_looks: bool = False
    credits_given: int | None = None
    seconds_until: Callable[[int], float | None] = lambda _: None


class Acts:
    """The acts of one contract with a lifecycle, over one store."""

    def __init__(
        self,
        name: str,
        reading: Reading,
        renderer: Renderer,
        store: Store,
        rules: Rules,
        changed: Callable[[str], None] = lambda _: None,
        tell_due: Callable[[], bool] = lambda: False,
    ) -> None:
        self._name = name
        self._reading = reading
        self._renderer = renderer
        self._store = store
        self._rules = rules
        self._changed = changed  # told the id of every task that is made or altered
        self._tell_due = tell_due  # a task can go only when webhooks have told its end
        self._outlines: dict[tuple[str, str], tuple[Stage, ...]] = {}
        self._asks = {
            kind.kind: tuple((name, reader(kind.asks[name])) for name in KEPT if name in kind.asks)
            for kind in reading.tasks.values()
        }
        self._hooks = {
            kind.kind: (reader(kind.webhook.url), reader(kind.webhook.secret) if kind.webhook.secret else None)
            for kind in reading.tasks.values()
            if kind.webhook
        }
        self._acts = dict(self._found())

    def rule(self, rules: Rules) -> None:
        """Go by these rules from now on; the tasks that there are stay as they are."""
        self._rules = rules

    def find(self, operation: Operation) -> Act | None:
        """What an operation does to tasks; None where it plays no part."""
        return self._acts.get(operation.key)

    def _found(self) -> Iterator[tuple[str, Act]]:
        for kind in self._reading.tasks.values():
            yield from ((operation, partial(self._submit, kind)) for operation in kind.submit)
            yield from (
                (part.operation, partial(self._extend, kind, part, reader(part.parent))) for part in kind.extend
            )
            yield from ((part.operation, partial(self._fetch, reader(part.id))) for part in kind.fetch)
            yield from ((part.operation, partial(self._fetch_many, part, reader(part.ids))) for part in kind.fetch_many)
        if self._reading.account:
            yield self._reading.account.operation, partial(self._account, self._reading.account)

    # making

    def _submit(self, kind: Kind, call: Call) -> Done:
        return self._make(kind, call, self._asked(kind, call), "")

    def _extend(self, kind: Kind, part: Extend, parent_of: Reader, call: Call) -> Done:
        parent = self._mine(call.at(parent_of), call)
        if parent.kind not in part.of:
            raise Refused("parent_unready", f"a task of the kind {parent.kind!r} cannot be extended by this operation")
        word = engine.moment(parent, call.now_ms).word
        if self._reading.lifecycle.words[word] is not Phase.SUCCEEDED:
            raise Refused("parent_unready", f"the parent is {word!r}: only a task that has succeeded can be extended")
        return self._make(kind, call, {**_measures(parent), **self._asked(kind, call)}, parent.id)

    def _asked(self, kind: Kind, call: Call) -> dict[str, Any]:
        told: dict[str, Any] = {}
        for name, read in self._asks[kind.kind]:
            value = read(call.request, call.path_values, call.body)
            if value is not None:
                told[name] = value if name == "prompt" else str(value)[:MAX_MEASURE]
        return told

    def _make(self, kind: Kind, call: Call, asked: Mapping[str, Any], parent: str) -> Done:
        try:
            nth = self._store.count(f"made/{call.owner}")
            draw = Draw(f"{self._rules.seed}/{self._store.epoch}/{self._name}/{call.owner}/{nth}")
            chosen, applied = self._scenario(call, asked, draw)
            task, more = self._wished(self._drawn(kind, call, asked, parent, chosen, draw), call)
            self._spend(kind, call.owner)
            done = self._tell(self._kept(task, kind, draw, call), call, (*applied, *more))
        except Full as full:
            raise self._no_room(full, call) from None
        return self._behind(done, task, kind, call) if chosen.mishap == scenario.EARLY and task.hook else done

    def _behind(self, done: Done, task: Task, kind: Kind, call: Call) -> Done:
        """The answer that comes after the first webhook has told of the task."""
        first_ms = outbox.first_ms(task, kind.webhook) if kind.webhook else None
        wait_s = self._rules.seconds_until(first_ms - call.now_ms) if first_ms is not None else None
        return done._replace(response=replace(done.response, delay_s=max(wait_s or 0.0, 0.0), ahead=True))

    def _hook(self, kind: Kind, call: Call, mishap: str) -> Hook | None:
        """Where the request wants to be told of its task."""
        if kind.kind not in self._hooks:
            return None
        url_of, secret_of = self._hooks[kind.kind]
        url, secret = call.at(url_of), call.at(secret_of) if secret_of else None
        return Hook(str(url), str(secret or ""), call.base, mishap) if url else None

    def _drawn(
        self, kind: Kind, call: Call, asked: Mapping[str, Any], parent: str, chosen: Scenario, draw: Draw
    ) -> Task:
        """A new task with the plan of its scenario."""
        stages = self._outline(kind, chosen)
        return Task(
            id=ids.like(self._renderer.id_shown(kind), draw),
            kind=kind.kind,
            owner=call.owner,
            made_ms=call.now_ms,
            plan=scenario.plan_for_looks(stages) if self._rules.by_looks else scenario.plan(stages, draw),
            asked=asked,
            parent=parent,
            scenario=chosen.name,
            reason=chosen.reason,
            expires_s=chosen.expires_s,
            hook=self._hook(kind, call, chosen.mishap),
        )

    def _scenario(self, call: Call, asked: Mapping[str, Any], draw: Draw) -> tuple[Scenario, tuple[str, ...]]:
        """The scenario of a new task: of this request, of its prompt, of its key, of the server."""
        if call.wishes.scenario is not None:
            try:
                return scenario.parse(call.wishes.scenario).pick(draw), ("scenario",)
            except UsageError as error:
                raise Refused("bad_wish", f"{error.what}; {error.hint}") from None
        prompt = asked.get("prompt")
        said = scenario.magic(prompt) if isinstance(prompt, str) and "[[" in prompt else None
        return said or self._rules.by_owner.get(call.owner, self._rules.mixture).pick(draw), ()

    def _outline(self, kind: Kind, chosen: Scenario) -> tuple[Stage, ...]:
        key = (kind.kind, chosen.name)  # the name says it all, and a whole scenario would be slow to hash
        found = self._outlines.get(key)
        if found is None:
            if len(self._outlines) >= MAX_OUTLINES:
                self._outlines.clear()
            found = self._outlines[key] = scenario.outline(self._reading, kind, chosen)
        return found

    def _wished(self, task: Task, call: Call) -> tuple[Task, tuple[str, ...]]:
        """The task brought to the word that the request wishes for."""
        if call.wishes.status is None:
            return task, ()
        try:
            return engine.force(task, self._reading.lifecycle, call.now_ms, call.wishes.status), ("status",)
        except engine.Illegal as error:
            raise Refused("bad_wish", str(error)) from None

    def _spend(self, kind: Kind, owner: str) -> None:
        given = self._given() if kind.cost else None
        if given is not None and not self._store.spend(f"spent/{owner}", kind.cost, given):
            raise Refused("out_of_credits", f"this costs {kind.cost}, and less is left on the account of this key")

    def _kept(self, task: Task, kind: Kind, draw: Draw, call: Call) -> Task:
        """The task in the store, under another id where its own is taken; where there is no room nothing is spent."""
        for attempt in range(MAX_TRIES):
            try:
                if self._added(task, call.now_ms):
                    return task
            except Full:
                self._store.count(f"spent/{call.owner}", -kind.cost)
                raise
            task = replace(task, id=ids.like(self._renderer.id_shown(kind), draw.under(attempt)))
        raise Refused("unavailable", "no id is left that looks like those of this provider")

    def _added(self, task: Task, now_ms: int) -> bool:
        while True:
            try:
                added = self._store.add(task.id, task.to_json(), task.settles_ms, now_ms, task.due_ms)
            except Full:
                if not self._tell_due():
                    raise
            else:
                if added:
                    self._changed(task.id)
                return added

    def _no_room(self, full: Full, call: Call) -> Refused:
        """The refusal where nothing more can be kept; it says when to come again, if something ever ends by itself."""
        why = "every task that is kept is unfinished, and no more are kept; --max-tasks sets how many"
        wait_s = self._rules.seconds_until(full.until_ms - call.now_ms) if full.until_ms is not None else None
        return Refused("unavailable", why, () if wait_s is None else (("Retry-After", whole_seconds(wait_s)),))

    # telling

    def _fetch(self, id_of: Reader, call: Call) -> Done:
        task = self._mine(call.at(id_of), call)
        applied: tuple[str, ...] = ()
        if call.wishes.status is not None and call.request.method != "HEAD":
            _, applied = self._wished(task, call)
            task = self._change(task, lambda each: self._wished(each, call)[0])
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
        left = (self._given() or 0) - self._store.count(f"spent/{call.owner}", 0)
        return Done(self._renderer.account(part, left))

    def _given(self) -> int | None:
        """The credits that every key begins with; None where the contract knows no account."""
        account = self._reading.account
        if account is None or self._rules.credits_given is not None:
            return self._rules.credits_given
        return self._renderer.credits_shown(account)

    def _tell(self, task: Task, call: Call, applied: tuple[str, ...]) -> Done:
        facts = engine.facts(task, self._reading, call.now_ms)
        response = self._renderer.task(call.operation, facts, task.kind, self._files(task, call))
        return Done(response, (task.id,), applied)

    def _files(self, task: Task, call: Call) -> Files:
        return Files(call.base, task.id, partial(kept.film, task))

    def _looked(self, task: Task, call: Call) -> None:
        """Where looks move tasks: an answer was given, and the next word comes."""
        if self._rules.by_looks and call.request.method != "HEAD":
            told = engine.moment(task, call.now_ms).word
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
        return task if task is not None and task.owner == owner else None

    def _change(self, task: Task, change: Callable[[Task], Task]) -> Task:
        altered = kept.change(self._store, task.id, change)
        self._changed(task.id)
        return altered or task


def _measures(parent: Task) -> dict[str, Any]:
    """What a child takes over from its parent when its own request does not say."""
    return {name: parent.asked[name] for name in ("resolution", "aspect_ratio") if name in parent.asked}
