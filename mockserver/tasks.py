"""The tasks of a mock as a person sees them: looked up, listed, steered.

Every way in - Python, the control API, a command - uses these verbs. Times come from the clock it is given. Knows
nothing of requests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import NamedTuple

from lumakit.clock import Clock
from lumakit.contract.compile import Contract
from lumakit.contract.lifecycle import Lifecycle
from lumakit.draws import Draw
from lumakit.errors import UsageError
from lumakit.model import Phase, Snapshot
from mockserver import engine, ids, kept, outlook, seeding
from mockserver.engine import Task
from mockserver.gate import owner_of
from mockserver.making import MAX_TRIES
from mockserver.outlook import Outlook
from mockserver.render import Files, Renderer
from mockserver.rules import Rules
from mockserver.seeding import Seed
from mockserver.stores import Full, Store, every


class Rim(NamedTuple):
    """What the tasks of a provider are given from outside: time, addresses, rules, and whom to tell of a change."""

    clock: Clock
    base: Callable[[], str]
    rules: Callable[[], Rules]
    changed: Callable[[str], None]
    tell_due: Callable[[], bool]


class Seen(NamedTuple):
    """A task as somebody sees it who looks at it from outside."""

    snapshot: Snapshot
    outlook: Outlook
    thumbnail: str


class Row(NamedTuple):
    """A task in a listing: its number there, when it was made, and the task itself where it fits."""

    number: int
    made_ms: int
    seen: Seen | None


Fits = Callable[[Task, Phase, str], bool]  # whether a task, its phase and its word are what a listing asks for


def anything(_: Task, __: Phase, ___: str) -> bool:
    """Every task fits."""
    return True


class Tasks:
    """The tasks of one provider."""

    def __init__(self, contract: Contract, renderer: Renderer | None, store: Store, rim: Rim) -> None:
        self._contract = contract
        self._renderer = renderer
        self._store = store
        self._rim = rim

    def __len__(self) -> int:
        return len(self._store)

    def __iter__(self) -> Iterator[Snapshot]:
        """Every task as it is now, the newest first."""
        for row in every(self._store):
            yield self._snapshot(Task.from_json(row.document))

    def __getitem__(self, key: str) -> Snapshot:
        """One task as it is now."""
        return self._snapshot(self._find(key))

    def __contains__(self, key: str) -> bool:
        return self._store.get(key) is not None

    def outlook(self, key: str) -> Outlook:
        """What lies ahead of a task, and what may be done to it now."""
        return outlook.of(self._find(key), self._lifecycle, self._rim.clock.now())

    def seen(self, key: str, base: str = "") -> Seen:
        """A task with its outlook; `base` is where its files are, if not where they are for everybody."""
        return self._seen(self._find(key), base)

    def page(self, limit: int, before: int | None = None, fits: Fits = anything, base: str = "") -> list[Row]:
        """Some tasks, the newest first, those that do not fit unseen; the next page stands before the last number."""
        now_ms, found = self._rim.clock.now(), []
        for row in self._store.newest(limit, before):
            task = Task.from_json(row.document)
            word = engine.moment(task, now_ms).word
            fitting = fits(task, self._lifecycle.words[word], word)
            found.append(Row(row.number, task.made_ms, self._seen(task, base) if fitting else None))
        return found

    def upcoming(self, limit: int, before: int | None, since_ms: int) -> list[tuple[int, str, int | None]]:
        """Some tasks, the newest first: number, id, and when each first says something else after a time."""
        rows = self._store.newest(limit, before)
        return [(row.number, row.key, outlook.changes_ms(Task.from_json(row.document), since_ms)) for row in rows]

    def changes_ms(self, key: str, since_ms: int) -> int | None:
        """When a task first says something else after a time; None where no clock moves it, or it is gone."""
        task = kept.find(self._store, key)
        return outlook.changes_ms(task, since_ms) if task else None

    def unfinished(self, owner: str | None, up_to: int) -> int:
        """How many tasks of an owner have not ended, counted up to a number; of everybody for None."""
        if self._renderer is None:
            return 0
        now_ms = self._rim.clock.now()
        rows = (row.document for row in every(self._store) if owner in (None, row.document["owner"]))
        phases = (engine.phase(Task.from_json(each), self._lifecycle, now_ms) for each in rows)
        running = (each for each in phases if not each.terminal)
        return sum(1 for _ in islice(running, up_to))

    # verbs

    def seed(
        self,
        kind: str,
        *,
        id: str = "",  # noqa: A002  # as everywhere else
        status: str = "",
        owner: str = "",
        api_key: str = "",
        prompt: str | None = None,
        scenario: str = "",
    ) -> Snapshot:
        """Make a task by hand, at any word that legal moves lead to; it belongs to a key, or to its owner's name."""
        seed = Seed(kind, id, status, owner_of(api_key) or owner, scenario, prompt)
        task = self._sown(seed)
        now_ms = self._rim.clock.now()
        for attempt in range(MAX_TRIES):
            if self._added(task, now_ms):
                self._rim.changed(task.id)
                return self._snapshot(task)
            if id:
                hint = "another id, or none: then one is drawn"
                raise UsageError(f"there is a task {id!r} already", code="task_taken", where=kind, hint=hint)
            again = self._draw(seed.owner).under(attempt)
            task = replace(task, id=ids.like(self._id_shown(task.kind), again))
        raise UsageError("no id is left", code="task_taken", where=kind, hint="give one")

    def _sown(self, seed: Seed) -> Task:
        reading = self._shown_by.reading
        now_ms, draw = self._rim.clock.now(), self._draw(seed.owner)
        try:
            shown = self._id_shown(seed.kind) if seed.kind in reading.tasks else ""
            return seeding.sown(seed, reading, self._rim.rules(), shown, draw, now_ms)
        except engine.Illegal as error:
            raise _illegal(error, seed.kind) from None

    def _added(self, task: Task, now_ms: int) -> bool:
        while True:
            try:
                return self._store.add(task.id, task.to_json(), task.settles_ms, now_ms, task.due_ms)
            except Full as full:
                if not self._rim.tell_due():
                    hint = "--max-tasks sets how many are kept; those that have ended go first"
                    raise UsageError(str(full), code="tasks_full", hint=hint) from None

    def _draw(self, owner: str) -> Draw:
        nth = self._store.count(f"seeded/{owner}")
        return Draw(f"{self._rim.rules().seed}/{self._store.epoch}/{self._contract.name}/seeded/{owner}/{nth}")

    def _id_shown(self, kind: str) -> str:
        return self._shown_by.id_shown(self._shown_by.reading.tasks[kind])

    def complete(self, key: str) -> Snapshot:
        """Let a task succeed now."""
        return self._end(key, Phase.SUCCEEDED)

    def fail(self, key: str, reason: str = "") -> Snapshot:
        """Let a task fail now."""
        return self._end(key, Phase.FAILED, reason)

    def cancel(self, key: str) -> Snapshot:
        """Cancel a task now, where the provider has a word for that."""
        return self._end(key, Phase.CANCELLED)

    def force(self, key: str, word: str) -> Snapshot:
        """Bring a task to a word now, by the shortest legal way."""
        return self._change(key, lambda task, now: engine.force(task, self._lifecycle, now, word))

    def hold(self, key: str) -> Snapshot:
        """Stop a task where it is."""
        return self._change(key, engine.hold)

    def release(self, key: str) -> Snapshot:
        """Let a task go on."""
        return self._change(key, engine.release)

    def advance(self, key: str) -> Snapshot:
        """Bring a task to its next word."""
        return self._change(key, engine.advance)

    def _end(self, key: str, goal: Phase, reason: str = "") -> Snapshot:
        return self._change(key, lambda task, now: engine.end(task, self._lifecycle, now, goal, reason))

    def _change(self, key: str, change: Callable[[Task, int], Task]) -> Snapshot:
        try:  # it is now when the store has the task in its hand: nobody has seen it later than that
            task = kept.change(self._store, key, lambda each: change(each, self._rim.clock.now()))
        except engine.Illegal as error:
            raise _illegal(error, key) from None
        task = task or self._find(key)
        self._rim.changed(key)
        return self._snapshot(task)

    # looking

    @property
    def _lifecycle(self) -> Lifecycle:
        return self._shown_by.reading.lifecycle

    @property
    def _shown_by(self) -> Renderer:
        if self._renderer is None:
            hint = "a provider's folder with a lifecycle.yaml has tasks: see specs/README.md"
            what = f"{self._contract.name} has no lifecycle: no task lives here"
            raise UsageError(what, code="no_lifecycle", hint=hint)
        return self._renderer

    def _find(self, key: str) -> Task:
        self._lifecycle  # noqa: B018  # a document without one has no tasks at all: that is what to say first
        task = kept.find(self._store, key)
        if task is None:
            raise UsageError(f"there is no task {key!r}", code="task_not_found", hint="`mock.tasks` lists them all")
        return task

    def _seen(self, task: Task, base: str) -> Seen:
        now_ms = self._rim.clock.now()
        snapshot = self._snapshot(task, base)
        pictured = snapshot.results and not engine.expired(task, now_ms)
        thumbnail = self._files(task, base).addresses("thumbnail", 1)[0] if pictured else ""
        return Seen(snapshot, outlook.of(task, self._lifecycle, now_ms), thumbnail)

    def _files(self, task: Task, base: str) -> Files:
        return Files(base or self._rim.base(), task.id, partial(kept.film, task))

    def _snapshot(self, task: Task, base: str = "") -> Snapshot:
        facts = engine.facts(task, self._shown_by.reading, self._rim.clock.now())
        phase = self._lifecycle.words[facts["status"]]
        files = self._files(task, base)
        return Snapshot(
            id=task.id,
            phase=phase,
            status=facts["status"],
            kind=task.kind,
            progress=facts["progress"],
            created_ms=facts["created_at"],
            updated_ms=facts["updated_at"],
            prompt=facts.get("prompt"),
            results=self._shown_by.results(task.kind, facts["status"], files) if phase is Phase.SUCCEEDED else (),
            error=facts.get("error"),
            parent=task.parent,
        )

    def refuse_to_forget(self, contract: Contract) -> None:
        """Refuse a contract that does not know the words and kinds of the tasks that live here."""
        words = contract.reading.lifecycle.words if contract.reading else {}
        kinds = contract.reading.tasks if contract.reading else {}
        for row in every(self._store):
            task = Task.from_json(row.document)
            said = {moment.word for moment in task.plan.moments}
            if unknown := sorted({*(said - words.keys()), *({task.kind} - kinds.keys())}):
                what = f"the new contract does not know {unknown[0]!r}, which the task {task.id} uses"
                raise UsageError(
                    what,
                    code="reload_refused",
                    where=contract.name,
                    hint="keep the word, or start again without the tasks",
                )


def _illegal(error: engine.Illegal, where: str) -> UsageError:
    hint = "`lumakit show` draws the legal moves"
    return UsageError(str(error), code="illegal_move", where=where, hint=hint)
