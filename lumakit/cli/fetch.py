"""Look at tasks once and print them, a line each.

Exit codes: 0 they were told, whatever became of them; 2 the provider knows no such task, mend the request or the key; 3
try again later. --save saves the video of one.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from lumakit.cli import desk, reaching, told
from lumakit.cli.desk import Desk
from lumakit.cli.terminal import Terminal, here
from lumakit.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from lumakit.flow.task import Task


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags."""
    reaching.flags(parser)
    parser.add_argument("ids", metavar="ID", nargs="+", help="a task as the provider names it")
    reaching.saving_flags(parser)


def execute(options: argparse.Namespace) -> int:
    """Look at tasks."""
    return perform(options, here())


def perform(options: argparse.Namespace, terminal: Terminal) -> int:
    """The same at some terminal."""
    return desk.attend(options, terminal, _one if len(options.ids) == 1 else _several)


def _one(at: Desk) -> int:
    at.may_save()
    task = at.client.fetch(at.options.ids[0], at.kind)
    return at.done(task, at.save(task))


def _several(at: Desk) -> int:
    if at.options.save:
        raise UsageError("--save takes the video of one task", code="usage", hint="fetch them one by one")
    keys = list(dict.fromkeys(at.options.ids))
    found = _looked(at, keys)
    missing = [key for key in keys if key not in found]
    tasks = [found[key] for key in keys if key in found]
    if at.options.json:
        listed = [told.fields(task) for task in tasks]
        at.tell_json({"tasks": listed, "unknown": missing, "findings": told.findings(at.found)})
    else:
        for task in tasks:
            at.tell(told.parts(task))
    for key in missing:
        at.whisper(f"lumakit: the provider tells of no task {key} under this key [unknown_task]")
    at.tell_findings()
    return 2 if missing else 0


def _looked(at: Desk, keys: list[str]) -> dict[str, Task[Path]]:
    """The tasks that there are: told at once where the provider does that, else one by one."""
    from lumakit.call_errors import UnknownTask

    reading = at.contract.reading
    if reading is None or any(kind.fetch_many for kind in reading.tasks.values()):
        return at.client.fetch_many(keys, at.kind)
    found = {}
    for key in keys:
        try:
            found[key] = at.client.fetch(key, at.kind)
        except UnknownTask:
            continue
    return found
