"""The phase `webhooks`: tasks that ask to be told of, at an address of their own; the first delivery of one is failed.

Where tasks can be had to fare otherwise, one of each kind does, so that this is told as well. Knows the
mailbox that a porch has opened. What arrived is judged with everything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from lumakit.check.mailbox import Box
from lumakit.check.phases.following import LOOKS, Followed, Follower
from lumakit.check.phases.lifecycle import chosen
from lumakit.check.phases.phase import Bench, Choices, Phase
from lumakit.check.plan import Planned
from lumakit.check.requests import Maker
from lumakit.contract.compile import Contract
from lumakit.contract.reading import Task

_NAME = "webhooks"


def _idle(contract: Contract, choices: Choices) -> str:
    kinds = contract.reading.tasks.values() if contract.reading else ()
    if not any(kind.webhook and kind.fetch for kind in kinds):
        return "it is not known to send any"
    if choices.mailbox is None:
        return "nobody listens for them: --webhook-url says where a tunnel to this machine begins"
    if choices.careful:
        return "listened to during the lifecycle, so that no second task is paid for"
    return ""


class _Making(NamedTuple):
    """One way to make a task of a kind: the operation, and the kinds of parent that it takes, if any."""

    kind: Task
    operation: str
    of: tuple[str, ...] = ()


def _makers(kinds: Iterable[Task]) -> Iterator[_Making]:
    """One way to make a task of each kind."""
    for kind in kinds:
        if kind.webhook and kind.submit:
            yield _Making(kind, kind.submit[0])
        elif kind.webhook and kind.extend:
            yield _Making(kind, kind.extend[0].operation, kind.extend[0].of)


def _plan(maker: Maker, choices: Choices) -> Iterator[Planned]:
    for kind, operation, _ in _makers(chosen(maker.tasks, careful=choices.careful)):
        tasks = (2 if _retries(kind) else 1) + len(choices.plays)
        yield Planned(_NAME, operation, tasks, tasks, "make a task that is told of")
        if kind.fetch:
            yield Planned(_NAME, kind.fetch[0].operation, LOOKS * tasks, 0, "look at it until it has ended")


def _retries(kind: Task) -> bool:
    return bool(kind.webhook and kind.webhook.waits_s)


def _run(bench: Bench) -> None:
    mailbox, lived = bench.choices.mailbox, list[Followed]()
    if mailbox is None:
        return
    making = list(_makers(chosen(bench.maker.tasks, careful=bench.choices.careful)))
    for each in making:
        for failing in (0, 1) if _retries(each.kind) else (0,):
            box = mailbox.box(f"{each.kind.kind} {failing}")
            box.failing = failing
            lived += _told(Follower(bench), each, lived, box)
    for play in bench.choices.plays:
        with bench.choices.playing(play):
            for each in making:
                _told(Follower(bench), each, lived, mailbox.box(f"{each.kind.kind} {play}"))


def _told(follower: Follower, making: _Making, lived: Sequence[Followed], box: Box) -> list[Followed]:
    """A new task until its end has arrived, or nobody can be expected to wait any longer."""
    kind, operation, of = making
    parent = next((task for task in lived if task.kind.kind in of and task.succeeded), None)
    if parent:
        task = follower.extend(kind, operation, parent, box.hook)
    elif of:
        follower.bench.notes.say(f"nothing to make a {kind.kind} of")
        return []
    else:
        task = follower.submit(kind, operation, box.hook)
    if task is None:
        return []
    box.task = task.id
    follower.follow(task)
    follower.until_told(task, box)
    return [task]


WEBHOOKS = Phase(_NAME, "tasks that are told of by webhooks", True, _plan, _run, _idle)
