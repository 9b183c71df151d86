"""Make a task out of one that has succeeded, and print it. It is never sent twice once it may have arrived.

Exit codes: 0 it was made, 2 mend the request or the key, 3 nothing was made (the parent may not have finished): try
again later, 4 it may have been made, or the account is empty.
"""

from __future__ import annotations

import argparse

from lumakit.cli import asking, desk, making, reaching
from lumakit.cli.desk import Desk
from lumakit.cli.terminal import Terminal, here


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags."""
    reaching.flags(parser)
    parser.add_argument("parent", metavar="PARENT_ID", help="the task that is made longer")
    asking.kind_argument(parser)
    asking.flags(parser)


def execute(options: argparse.Namespace) -> int:
    """Make a task out of another one."""
    return perform(options, here())


def perform(options: argparse.Namespace, terminal: Terminal) -> int:
    """The same at some terminal."""
    return desk.attend(options, terminal, _story)


def _story(at: Desk) -> int:
    task = making.made(at, at.options.parent)
    code = at.done(task)
    making.say_how_to_wait(at, task)
    return code
