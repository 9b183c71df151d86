"""New tasks: what a submit or an extend makes, by its scenario, paid for, and kept; once, where a key says so.

Reads what it needs from the call, and has the engine and the scenario draw it up. Knows the store; does not know how a
task is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from lumakit.contract.places import reader
from lumakit.contract.reading import Reading
from lumakit.contract.reading import Task as Kind
from lumakit.draws import Draw
from lumakit.errors import UsageError
from mockserver import engine, ids, kept, scenario
from mockserver.call import Call
from mockserver.engine import Hook, Task
from mockserver.problems import Refused
from mockserver.refusal import whole_seconds
from mockserver.render import Renderer
from mockserver.repeats import Repeat, repeat_of
from mockserver.rules import Rules
from mockserver.scenario import Scenario, Stage
from mockserver.stores import Full, Store
from mockserver.webhooks.loops import depth_behind

KEPT = ("prompt", *kept.MEASURES)  # what a task remembers of its request
MAX_TRIES = 100
MAX_OUTLINES = 1000
MAX_MEASURE = 100


class Made(NamedTuple):
    """A task, and the wishes that it keeps; `again` where the same request has made it before."""

    task: Task
    applied: tuple[str, ...]
    again: bool = False


class Maker:
    """Makes the tasks of one contract with a lifecycle, over one store."""

    def __init__(
        self, name: str, renderer: Renderer, store: Store, rules: Callable[[], Rules], tell_due: Callable[[], bool]
    ) -> None:
        self._name = name
        self._reading = reading = renderer.reading
        self._renderer = renderer
        self._store = store
        self._rules = rules
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

    def make(self, kind: Kind, call: Call, parent: Task | None = None) -> Made:
        """A new task, kept, and the wishes that it keeps; or the one that the same request has made before."""
        repeat = repeat_of(call)
        first = repeat and self._first(repeat, kind)
        return Made(first, (), again=True) if first else self._made(kind, call, parent, repeat)

    def _made(self, kind: Kind, call: Call, parent: Task | None, repeat: Repeat | None) -> Made:
        asked = {**_measures(parent), **self._asked(kind, call)} if parent else self._asked(kind, call)
        rules = self._rules()
        try:
            nth = self._store.count(f"made/{call.owner}")
            draw = Draw(f"{rules.seed}/{self._store.epoch}/{self._name}/{call.owner}/{nth}")
            chosen, applied = self._scenario(call, asked, draw, rules)
            drawn = self._drawn(kind, call, asked, parent.id if parent else "", chosen, draw)
            task, more = wished(drawn, self._reading, call)
            if repeat:
                task, draw = replace(task, first=repeat.noted(task)), self._draw_of(repeat)
            self._spend(kind, call.owner)
            task, again = self._kept(task, kind, draw, call, repeat)
        except Full as full:
            raise self._no_room(full, call) from None
        return Made(task, () if again else (*applied, *more), again)

    def _draw_of(self, repeat: Repeat) -> Draw:
        """What decides the id of the task of a key: on every server, and after every start, the same."""
        return Draw(f"{self._store.epoch}/{self._name}/{repeat.key}")

    def _first(self, repeat: Repeat, kind: Kind) -> Task | None:
        """The task that the same request has made before, if it has and the task is still kept."""
        for key in self._ids(kind, self._draw_of(repeat)):
            found = kept.find(self._store, key)
            if found is None or (first := repeat.first(found)):
                return found and first
        return None

    def _ids(self, kind: Kind, draw: Draw) -> Iterator[str]:
        """The ids that a new task may have, the first free one is its own."""
        shown = self._renderer.id_shown(kind)
        yield ids.like(shown, draw)
        yield from (ids.like(shown, draw.under(attempt)) for attempt in range(MAX_TRIES - 1))

    def credits_given(self) -> int | None:
        """The credits that every key begins with; None where the contract knows no account."""
        account, given = self._reading.account, self._rules().credits_given
        if account is None or given is not None:
            return given
        return self._renderer.credits_shown(account)

    def _asked(self, kind: Kind, call: Call) -> dict[str, Any]:
        told: dict[str, Any] = {}
        for name, read in self._asks[kind.kind]:
            value = read(call.request, call.path_values, call.body)
            if value is not None:
                told[name] = value if name == "prompt" else str(value)[:MAX_MEASURE]
        return told

    def _hook(self, kind: Kind, call: Call, mishap: str) -> Hook | None:
        """Where the request wants to be told of its task."""
        if kind.kind not in self._hooks:
            return None
        url_of, secret_of = self._hooks[kind.kind]
        url, secret = call.at(url_of), call.at(secret_of) if secret_of else None
        return Hook(str(url), str(secret or ""), call.base, mishap, depth_behind(call.request)) if url else None

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
            plan=scenario.plan_for_looks(stages) if self._rules().by_looks else scenario.plan(stages, draw),
            asked=asked,
            parent=parent,
            scenario=chosen.name,
            reason=chosen.reason,
            expires_s=chosen.expires_s,
            hook=self._hook(kind, call, chosen.mishap),
        )

    @staticmethod
    def _scenario(call: Call, asked: Mapping[str, Any], draw: Draw, rules: Rules) -> tuple[Scenario, tuple[str, ...]]:
        """The scenario of a new task: of this request, of its prompt, of its key, of the server."""
        if call.wishes.scenario is not None:
            try:
                return scenario.parse(call.wishes.scenario).pick(draw), ("scenario",)
            except UsageError as error:
                raise Refused("bad_wish", f"{error.what}; {error.hint}") from None
        prompt = asked.get("prompt")
        said = scenario.magic(prompt) if isinstance(prompt, str) and "[[" in prompt else None
        return said or rules.mixture_of(call.owner).pick(draw), ()

    def _outline(self, kind: Kind, chosen: Scenario) -> tuple[Stage, ...]:
        key = (kind.kind, chosen.name)  # the name says it all, and a whole scenario would be slow to hash
        found = self._outlines.get(key)
        if found is None:
            if len(self._outlines) >= MAX_OUTLINES:
                self._outlines.clear()
            found = self._outlines[key] = scenario.outline(self._reading, kind, chosen)
        return found

    def _spend(self, kind: Kind, owner: str) -> None:
        given = self.credits_given() if kind.cost else None
        if given is not None and not self._store.spend(f"spent/{owner}", kind.cost, given):
            raise Refused("out_of_credits", f"this costs {kind.cost}, and less is left on the account of this key")

    def _unspend(self, kind: Kind, owner: str) -> None:
        if kind.cost and self.credits_given() is not None:
            self._store.count(f"spent/{owner}", -kind.cost)

    def _kept(self, task: Task, kind: Kind, draw: Draw, call: Call, repeat: Repeat | None) -> tuple[Task, bool]:
        """The task in the store, or the one that was there before it; where none was made nothing is spent."""
        again = True
        try:
            task, again = self._placed(task, self._ids(kind, draw), call.now_ms, repeat)
            return task, again
        finally:
            if again:
                self._unspend(kind, call.owner)

    def _placed(self, task: Task, free: Iterator[str], now_ms: int, repeat: Repeat | None) -> tuple[Task, bool]:
        """The task under the first id that is free; or the one of the same request, which has come before."""
        for key in free:
            named = task if task.id == key else replace(task, id=key)
            if self._added(named, now_ms):
                return named, False
            if repeat and (first := repeat.first(kept.find(self._store, key))):
                return first, True
        raise Refused("unavailable", "no id is left that looks like those of this provider")

    def _added(self, task: Task, now_ms: int) -> bool:
        while True:
            try:
                return self._store.add(task.id, task.to_json(), task.settles_ms, now_ms, task.due_ms)
            except Full:
                if not self._tell_due():
                    raise

    def _no_room(self, full: Full, call: Call) -> Refused:
        """The refusal where nothing more can be kept; it says when to come again, if something ever ends by itself."""
        why = "every task that is kept is unfinished, and no more are kept; --max-tasks sets how many"
        wait_s = self._rules().seconds_until(full.until_ms - call.now_ms) if full.until_ms is not None else None
        return Refused("unavailable", why, () if wait_s is None else (("Retry-After", whole_seconds(wait_s)),))


def wished(task: Task, reading: Reading, call: Call) -> tuple[Task, tuple[str, ...]]:
    """The task brought to the word that the request wishes for, and the wishes that this keeps."""
    if call.wishes.status is None:
        return task, ()
    try:
        return engine.force(task, reading.lifecycle, call.now_ms, call.wishes.status), ("status",)
    except engine.Illegal as error:
        raise Refused("bad_wish", str(error)) from None


def _measures(parent: Task) -> dict[str, Any]:
    """What a child takes over from its parent when its own request does not say."""
    return {name: parent.asked[name] for name in ("resolution", "aspect_ratio") if name in parent.asked}
