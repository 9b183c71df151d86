"""What the commands that make a task share: the one request that may cost.

Knows verbs of the client. Prints nothing but how to wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lumakit.cli import asking
from lumakit.cli.desk import Desk
from lumakit.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from lumakit.flow.task import Task


def made(at: Desk, parent: str = "") -> Task[Path]:
    """A new task; out of a parent, where one is named."""
    said = asking.asked(at.options, _hooks(at))
    at.conceal(said.get("webhook_secret"))
    if parent and "parent" in said:
        raise UsageError("the parent is named twice", code="usage", hint="say it once")
    if parent:
        return at.make(lambda: at.client.extend(parent, at.kind, **said))
    return at.make(lambda: at.client.submit(at.kind, **said))


def say_how_to_wait(at: Desk, task: Task[Path]) -> None:
    """What somebody at a terminal may do next."""
    if at.terminal.draws and not task.done:
        at.whisper(f"wait for it: {at.again('wait', task)}")


def _hooks(at: Desk) -> list[asking.Hook]:
    """The parameters of webhooks, as the provider names them."""
    reading = at.contract.reading
    hooks = [kind.webhook for kind in reading.tasks.values()] if reading else []
    return [
        asking.Hook(hook.url.name.strip("/"), hook.secret.name.strip("/") if hook.secret else "")
        for hook in hooks
        if hook
    ]
