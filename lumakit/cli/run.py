"""Make a task, wait for it, and print what came of it. --save saves the video. Nothing is ever submitted twice.

Exit codes: 0 it has succeeded, 1 it has failed or was cancelled, 2 mend the request or the key, 3 try again later, 4
the task goes on, may have been made, or the account is empty, 130 somebody pressed Ctrl-C: the task goes on.
"""

from __future__ import annotations

import argparse

from lumakit.cli import asking, desk, making, reaching
from lumakit.cli.desk import Desk
from lumakit.cli.terminal import Terminal, here


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags."""
    reaching.flags(parser)
    asking.kind_argument(parser)
    parser.add_argument("--parent", metavar="ID", default="", help="make it out of this task, which has succeeded")
    asking.flags(parser)
    reaching.waiting_flags(parser)
    reaching.saving_flags(parser)


def execute(options: argparse.Namespace) -> int:
    """Make a task and wait for it."""
    return perform(options, here())


def perform(options: argparse.Namespace, terminal: Terminal) -> int:
    """The same at some terminal."""
    return desk.attend(options, terminal, _story)


def _story(at: Desk) -> int:
    at.may_save()
    task = making.made(at, at.options.parent)
    at.seen(task)
    done = at.wait(task)
    return at.done(done, at.save(done))
