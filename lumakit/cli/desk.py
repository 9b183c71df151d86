"""Where a command calls a provider: its client, what it prints of a task, and how it ends.

However it ends, a task that goes on at the provider is told with the command that takes it up. Knows no request and no
answer.
"""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from lumakit import report
from lumakit.cli import again, keys, told
from lumakit.cli.terminal import Terminal
from lumakit.cli.told import Saved
from lumakit.errors import InputError, LumakitError
from lumakit.report import printable

if TYPE_CHECKING:
    from pathlib import Path

    from lumakit.cli.progress import Bar, Lines
    from lumakit.client import Client
    from lumakit.contract.compile import Contract
    from lumakit.flow.task import Task
    from lumakit.model import Finding


def attend(options: argparse.Namespace, terminal: Terminal, story: Callable[[Desk], int]) -> int:
    """The exit code of a story; what comes between is told."""
    desk = Desk(options, terminal)
    with desk.open:
        try:
            return story(desk)
        except LumakitError as error:
            return desk.failed(error)
        except KeyboardInterrupt:
            return desk.interrupted()
        except BaseException:
            desk.leave()
            raise


class Desk:
    """One command's dealings with a provider: how far they have come, and what is said of them."""

    def __init__(self, options: argparse.Namespace, terminal: Terminal) -> None:
        from lumakit.cli.progress import Bar, Lines

        self.options = options
        self.terminal = terminal
        self.open: contextlib.ExitStack = contextlib.ExitStack()
        self.asking: bool = False
        self.task: Task[Path] | None = None
        self.is_made: bool = False  # by us, a moment ago: it is there, whatever an error says
        self._secrets: list[str] = []
        self._variable = "<PROVIDER>_API_KEY"
        self._client: Client | None = None
        self.progress: Bar | Lines = (Bar if terminal.draws else Lines)(terminal, self.hide)

    # before

    @property
    def client(self) -> Client:
        """The client, made when it is first asked for."""
        if self._client is None:
            self._client = self._opened()
        return self._client

    def _opened(self) -> Client:
        from lumakit.caller import key_variable
        from lumakit.client import Client
        from lumakit.contract.entrance import load

        contract = load(self.options.provider, self.options.edition, self.options.specs)
        self._variable = key_variable(contract.name)
        key = keys.chosen(self.options, self.terminal.environment, self._variable)
        self.conceal(key)
        client = Client(
            contract,
            api_key=key,
            base_url=self.options.base_url,
            clock=self.progress.clock,
            judge=self.options.judge,
            seed=self.terminal.seed,
            files_from=getattr(self.options, "files_from", None),
        )
        return self.open.enter_context(client)

    @property
    def contract(self) -> Contract:
        """The provider's contract."""
        return self.client.contract

    @property
    def kind(self) -> str:
        """The kind of task that was named."""
        return getattr(self.options, "named_kind", "") or self.options.kind

    def may_save(self) -> None:
        """Refuse a file that cannot be written, before anything costs."""
        from lumakit.part import Part

        if self.options.save:
            with Part(self.options.save, overwrite=self.options.overwrite):
                pass

    # on the way

    def make(self, call: Callable[[], Task[Path]]) -> Task[Path]:
        """Make a task; while that lasts, nobody knows whether there is one."""
        self.progress.begin("submitting")
        self.asking = True
        self.task = call()
        self.asking, self.is_made = False, True
        return self.task

    def wait(self, task: Task[Path] | str) -> Task[Path]:
        """Wait for a task, and tell how far it is."""
        from lumakit.flow.task import Task

        self.task, kind = (Task(task, None), self.options.kind) if isinstance(task, str) else (task, "")
        self.progress.begin("looking")
        every_s, budget_s = self.options.every, self.options.wait_budget
        self.task = self.client.wait(task, kind, every_s=every_s, budget_s=budget_s, on_progress=self.seen)
        return self.task

    def seen(self, task: Task[Path]) -> None:
        """A task has changed."""
        self.task = task
        self.progress.task(task)

    def save(self, task: Task[Path]) -> Saved | None:
        """Save the first video of a task, where that was asked for."""
        if not self.options.save:
            return None
        self.task = task
        path = self.client.save(
            task.video, self.options.save, overwrite=self.options.overwrite, on_progress=self.progress.file
        )
        return Saved(str(path), path.stat().st_size)

    # what is told

    def hide(self, text: str) -> str:
        """A text without the key. Addresses of results stay as they are: they are what was asked for."""
        from lumakit.redaction.values import Told

        return Told(self._secrets).hide(text) if self._secrets else text

    def conceal(self, secret: str | None) -> None:
        """Never show this."""
        self._secrets += [secret.strip()] if secret else []

    def done(self, task: Task[Path], saved: Saved | None = None) -> int:
        """Tell a task, and end well."""
        self.progress.close()
        if self.options.json:
            self.tell_json(self._object(task, saved))
        else:
            self.tell(told.parts(task, saved))
        if saved and len(task.results) > 1:
            self.whisper(f"the first of {len(task.results)} results is saved")
        self.tell_findings()
        return 0

    def tell(self, parts: Iterable[str]) -> None:
        """Say what was asked for, on a line."""
        self.terminal.tell("  ".join(printable(self.hide(part)) for part in parts) + "\n")

    def tell_json(self, value: dict[str, Any]) -> None:
        """Say it as JSON, in ASCII: a terminal may read it too."""
        self.terminal.tell(self.hide(json.dumps(value)) + "\n")

    def _object(self, task: Task[Path] | None, saved: Saved | None = None) -> dict[str, Any]:
        kept = {"saved": saved._asdict() if saved else None} if hasattr(self.options, "save") else {}
        return {**(told.fields(task) if task else {}), **kept, "findings": told.findings(self.found)}

    @property
    def found(self) -> list[Finding]:
        """What was wrong with answers, each once."""
        return list(dict.fromkeys(self._client.findings)) if self._client else []

    def tell_findings(self) -> None:
        """Say what was wrong with answers, as `lumakit lint` does."""
        if found := self.found:
            self.terminal.whisper(self.hide(report.text(found, colour=self.terminal.colours)))

    def whisper(self, *lines: str) -> None:
        """Say something beside the result, without what looks like a secret."""
        from lumakit.redaction.values import hide_by_form

        self.terminal.whisper("".join(f"{printable(hide_by_form(self.hide(line)))}\n" for line in lines if line))

    # how it ends otherwise

    def failed(self, error: LumakitError) -> int:
        """Tell an error, and what is left behind."""
        self.task = getattr(error, "task", None) or self.task
        place = f"{error.where}: " if error.where else ""
        advice = again.hint(error, self._variable)
        self.progress.close()
        beside = (again.more(error), advice and f"try: {advice}")
        self.whisper(f"lumakit: {place}{error.what} [{error.code}]", *(f"  {line}" for line in beside if line))
        self.leave(error)
        self._tell_problem(told.problem(error, advice))
        return error.exit_code

    def interrupted(self) -> int:
        """Tell that somebody has ended it, and what is left behind."""
        self.progress.close()
        self.whisper("lumakit: interrupted")
        self.leave()
        self._tell_problem(told.INTERRUPTED)
        return 130

    def _tell_problem(self, problem: Mapping[str, Any]) -> None:
        """The same for programs; whether they listen changes nothing."""
        if self.options.json:
            with contextlib.suppress(OSError):
                self.tell_json({**self._object(self.task), "problem": problem})
        self.tell_findings()

    def leave(self, error: LumakitError | None = None) -> None:
        """Say how to go on with what is left behind at the provider."""
        self.progress.close()
        if self.task is not None and self._goes_on(error):
            self._say_how(self.task)
        elif self.asking and self.task is None and _is_doubtful(error):
            self.whisper(f"  {again.MAYBE}")

    def _goes_on(self, error: LumakitError | None) -> bool:
        """True where there is something to go on with."""
        from lumakit.call_errors import UnknownTask

        task = self.task
        is_seen = self.is_made or (task is not None and task.phase is not None)
        if task is None or (isinstance(error, InputError) and not is_seen):
            return False
        if isinstance(error, UnknownTask) and not self.is_made:
            return False
        return not task.done or self._is_wanted(task)

    def _is_wanted(self, task: Task[Path]) -> bool:
        return task.phase == "succeeded" and bool(task.results) and bool(getattr(self.options, "save", None))

    def _say_how(self, task: Task[Path]) -> None:
        verb = "fetch" if task.done else "wait"
        what = "has succeeded; this saves its video" if task.done else "goes on at the provider; this takes it up again"
        self.whisper(f"  the task {task.id} {what}:", f"    {self.again(verb, task)}")

    def again(self, verb: str, task: Task[Path]) -> str:
        """The command that goes on with a task."""
        reading = self.contract.reading
        ways = {part for kind in reading.tasks.values() for part in kind.fetch} if reading else set()
        kind = task.kind or self.options.kind if len(ways) > 1 or self.options.kind else ""
        return again.command(verb, self.options, task.id, kind)


def _is_doubtful(error: LumakitError | None) -> bool:
    """True where it is not known whether a task was made, and the error does not say so itself."""
    from lumakit.call_errors import ContractBroken

    return error is None or isinstance(error, ContractBroken)
