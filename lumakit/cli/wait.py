"""Wait for a task until it has ended, and print it: a bar meanwhile on a terminal, else a line for each change.

Exit codes: 0 it has succeeded, 1 it has failed or was cancelled, 2 the provider knows no such task, 3 try again later,
4 the budget has ended and the task goes on, 130 somebody pressed Ctrl-C and the task goes on.
"""

from __future__ import annotations

import argparse

from lumakit.cli import desk, reaching
from lumakit.cli.desk import Desk
from lumakit.cli.terminal import Terminal, here


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags."""
    reaching.flags(parser)
    parser.add_argument("id", metavar="ID", help="the task as the provider names it")
    reaching.waiting_flags(parser)
    reaching.saving_flags(parser)


def execute(options: argparse.Namespace) -> int:
    """Wait for a task."""
    return perform(options, here())


def perform(options: argparse.Namespace, terminal: Terminal) -> int:
    """The same at some terminal."""
    return desk.attend(options, terminal, _story)


def _story(at: Desk) -> int:
    at.may_save()
    task = at.wait(at.options.id)
    return at.done(task, at.save(task))
