"""The phase `lifecycle`: tasks from the submit to the end, what is made out of them, and everything that shows them.

With somebody's money one task of the cheapest kind is made, and followed with care. Where tasks can be had to fare
otherwise, one of each kind does, so that the other words are met as well. Judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from lumakit.check.phases import machine
from lumakit.check.phases.following import LOOKS, Followed, Follower
from lumakit.check.phases.phase import SECOND, Bench, Choices, Phase
from lumakit.check.plan import Planned
from lumakit.check.requests import Maker
from lumakit.check.target import Cost
from lumakit.contract.compile import Contract
from lumakit.contract.reading import Task
from lumakit.model import Request

_NAME = "lifecycle"
_MORE = 12  # requests for what a task has come to: batches, another key, its files


def _idle(contract: Contract, _choices: Choices) -> str:
    return "" if contract.reading else "there is no lifecycle.yaml, so it has no tasks"


def chosen(kinds: Iterable[Task], *, careful: bool) -> list[Task]:
    """The kinds of task that are made, those first that need no parent; one of the cheapest where it is paid for."""
    ordered = sorted(kinds, key=lambda kind: (not kind.submit, kind.cost))
    return [kind for kind in ordered if kind.submit][:1] if careful else ordered


def _plan(maker: Maker, choices: Choices) -> Iterator[Planned]:
    for kind in chosen(maker.tasks, careful=choices.careful):
        making = [*kind.submit[: 1 if choices.careful else None]]
        making += [] if choices.careful else [part.operation for part in kind.extend for _ in part.of]
        making += making[:1] * len(choices.plays)
        for operation in making:
            yield Planned(_NAME, operation, 1, 1, f"make a task of the kind {kind.kind}")
        if making and kind.fetch:
            looks = (LOOKS + _MORE) * len(making)
            yield Planned(_NAME, kind.fetch[0].operation, looks, 0, "look at it until it has ended")
    if choices.own:
        yield from machine.planned(maker)


def _run(bench: Bench) -> None:
    follower, ended = Follower(bench), list[Followed]()
    careful = bench.choices.careful
    for kind in chosen(bench.maker.tasks, careful=careful):
        if careful:
            ended += _with_care(follower, kind)
        else:
            for operation in kind.submit:
                ended += _lived(follower, follower.submit(kind, operation), ended)
            for operation, parent in _parents(kind, ended):
                ended += _lived(follower, follower.extend(kind, operation, parent), ended)
    for play in bench.choices.plays:
        with bench.choices.playing(play):
            ended += _otherwise(follower, ended)
    _afterwards(follower, ended)
    if bench.choices.own:
        machine.run(bench)


def _with_care(follower: Follower, kind: Task) -> list[Followed]:
    """One task of the cheapest kind, which is listened to as well, so that no second one is paid for."""
    mailbox = follower.bench.choices.mailbox
    box = mailbox.box(kind.kind) if mailbox and kind.webhook else None
    task = follower.submit(kind, kind.submit[0], box.hook if box else None, cheap=True)
    if task and box:
        box.task = task.id
    lived = _lived(follower, task)
    if task and box:
        follower.until_told(task, box)
    return lived


def _otherwise(follower: Follower, lived: list[Followed]) -> list[Followed]:
    """One more task of each kind, which fares as tasks do now."""
    others = list[Followed]()
    for kind in chosen(follower.bench.maker.tasks, careful=False):
        parent = next(_parents(kind, lived), None)
        if kind.submit:
            others += _lived(follower, follower.submit(kind, kind.submit[0]))
        elif parent:
            others += _lived(follower, follower.extend(kind, *parent))
    return others


def _parents(kind: Task, ended: list[Followed]) -> Iterator[tuple[str, Followed]]:
    """Each way to make a task of a kind, with a parent of each kind that will do."""
    for part in kind.extend:
        for name in part.of:
            parent = next((task for task in ended if task.kind.kind == name and task.succeeded), None)
            if parent:
                yield part.operation, parent


def _lived(follower: Follower, task: Followed | None, others: Sequence[Followed] = ()) -> list[Followed]:
    """A task through its life, seen alone and among others, and once more when it has ended."""
    if task is None:
        return []
    if not task.kind.fetch:
        follower.bench.notes.say(f"no operation shows a task of the kind {task.kind.kind}")
        return [task]
    follower.follow(task, stop_at=2)
    follower.look_at_many([*others, task])
    follower.follow(task)
    if task.done:
        _look_for_files(follower.bench, task)
        follower.wait(follower.step_s)
        follower.look(task)
    return [task]


def _afterwards(follower: Follower, tasks: list[Followed]) -> None:
    """All of them at once, and one with another key."""
    second = follower.bench.choices.second_key
    follower.look_at_many(tasks)
    if tasks and second and tasks[0].kind.fetch:
        follower.look(tasks[0], second, SECOND)


def _look_for_files(bench: Bench, task: Followed) -> None:
    """Look whether what it has come to is there; at once, for addresses may stop working."""
    addresses = task.last.results if task.last else ()
    elsewhere = [address for address in addresses if not _asked_for(bench, address)]
    if elsewhere:
        bench.notes.say("results are on other hosts, which are not asked")


def _asked_for(bench: Bench, address: str) -> bool:
    """Look whether a file is there, without fetching it; False where it is on another host."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return True  # a judge has something to say of it
    origin = f"{parts.scheme}://{parts.netloc}"
    if origin != bench.probe.target.origin:
        return parts.scheme not in ("http", "https")
    for method, headers in (("HEAD", ()), ("GET", (("Range", "bytes=0-0"),))):
        request = Request(method, parts.path or "/", parts.query, headers, origin=origin)
        bench.probe.ask(request, cost=Cost.FREE, keyed=False)
    return True


LIFECYCLE = Phase(_NAME, "tasks from the submit to the end", True, _plan, _run, _idle)
