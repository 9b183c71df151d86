"""An answer is heard: judged by the contract, read through the lens, and made a task - or an error that is raised.

Knows what an operation promises. Sends nothing, and decides about no second try.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar

from lumakit import call_errors as errors
from lumakit import strictjson
from lumakit.call_errors import CallError, Circumstances
from lumakit.contract import reader
from lumakit.contract.compile import Contract
from lumakit.contract.parameters import MISSING
from lumakit.contract.reading import Reading
from lumakit.flow import refusals
from lumakit.flow.asking import Ask
from lumakit.flow.naming import reading_of
from lumakit.flow.patience import retry_after_s
from lumakit.flow.steps import Heard
from lumakit.flow.task import Keeper, Task
from lumakit.model import Basis, Finding, Lost, Phase, Response, Severity, Snapshot
from lumakit.redaction import Redactor

JUDGES = ("ignore", "warn", "raise")
Saved_co = TypeVar("Saved_co", covariant=True)


class Told(NamedTuple):
    """What an answer told: the value of its body, the answer itself, and how long it asks to be left alone."""

    body: Any
    response: Response
    retry_after_s: float | None = None


@dataclass(frozen=True)
class Ear(Generic[Saved_co]):
    """Hears the answers of one provider; `note` is given every finding."""

    contract: Contract
    judge: str
    note: Callable[[Finding], object]
    redactor: Callable[[], Redactor]
    keeper: Keeper[Saved_co] | None = field(default=None, repr=False)

    def hear(self, ask: Ask, heard: Heard) -> Told | CallError:
        """What was told, or the error that it comes to."""
        answer = heard.answer
        if not isinstance(answer, Response):
            return self._lost(ask, answer if isinstance(answer, Lost) else Lost("no answer came"))
        body, findings = self._judged(ask, answer)
        if not 200 <= answer.status < 300:
            return self._refusal(ask, answer, body, heard.now_ms)
        if findings:
            what = "; ".join(dict.fromkeys(finding.message for finding in findings))
            error = self._error(errors.ContractBroken, ask, what, "contract_broken", answer, findings)
            error.task = self._made(ask, Told(body, answer))
            return error
        return Told(body, answer, retry_after_s(answer, heard.now_ms))

    def broken(self, ask: Ask, response: Response, what: str, code: str = "contract_broken") -> CallError:
        """An answer that cannot be what it is for."""
        return self._error(errors.Uncertain if ask.makes else errors.ContractBroken, ask, what, code, response)

    # tasks

    def task(self, ask: Ask, told: Told, known: Task[Saved_co] | None = None) -> Task[Saved_co]:
        """The task that an answer tells of; raises where it tells of none, or of another one."""
        if not isinstance(told.body, Mapping):
            raise self.broken(ask, told.response, "the answer is no task", "no_task")
        seen = self._seen(ask, told.body, known)
        if seen is None:
            raise self.broken(ask, told.response, "the answer names no task", "no_id")
        if ask.about and seen.id != ask.about:
            raise self.broken(ask, told.response, "the answer is about another task", "other_task")
        return self._task(told.body, seen, known)

    def _made(self, ask: Ask, told: Told) -> Task[Saved_co] | None:
        """The task that was made, although the answer that tells of it is not as it should be."""
        try:
            return self.task(ask, told) if ask.makes else None
        except CallError:
            return None

    def listed(self, items: list[Any], ask: Ask) -> dict[str, Task[Saved_co]]:
        """The tasks of a list, by their ids; what names no task is left out."""
        tasks = ((item, self._seen(ask, item, None)) for item in items)
        return {seen.id: self._task(item, seen, None) for item, seen in tasks if seen is not None}

    def _seen(self, ask: Ask, body: Any, known: Task[Saved_co] | None) -> Snapshot | None:
        kind = (known.kind if known else "") or ask.kind
        return reader.snapshot(self._reading, body, about=ask.about, default_kind=kind, new=ask.makes)

    def _task(self, body: Any, seen: Snapshot, known: Task[Saved_co] | None) -> Task[Saved_co]:
        return Task(
            id=seen.id,
            phase=seen.phase,
            status=seen.status,
            kind=seen.kind,
            progress=_progress(seen),
            results=seen.results,
            error=seen.error,
            parent=known.parent if known else "",
            raw=body,
            _keeper=self.keeper,
        )

    @cached_property
    def _reading(self) -> Reading:
        return reading_of(self.contract)

    # errors

    def failed(self, task: Task[Saved_co], ask: Ask, response: Response | None) -> errors.TaskFailed:
        """The end of a task that came to nothing."""
        verb = "was cancelled" if task.phase is Phase.CANCELLED else "has failed"
        what = f"the task {task.id} {verb}: {task.error or task.status}"
        return errors.TaskFailed(what, code="task_failed", about=self._about(ask, response), task=task)

    def timed_out(
        self, task: Task[Saved_co], ask: Ask, budget_s: float, trouble: CallError | None
    ) -> errors.WaitTimeout:
        """The end of a budget."""
        word = task.status if task.phase is not None else f"{task.status!r}, which the contract does not know"
        what = f"the task {task.id} had not ended after {budget_s:g} s; it was {word or 'not seen'}"
        what += f"; the last look came to nothing: {trouble.what}" if trouble else ""
        about = self._about(ask, trouble.response if trouble else None)
        return errors.WaitTimeout(what, code="wait_timeout", about=about, task=task)

    def _judged(self, ask: Ask, response: Response) -> tuple[Any, tuple[Finding, ...]]:
        """The value of the body, and those findings that are to be raised."""
        if self.judge == "ignore":
            return _decoded(response), ()
        taken = ask.operation.receive(response)
        if not taken.findings:
            return _decoded(response) if taken.body is MISSING else taken.body, ()
        for finding in taken.findings:
            self.note(finding)
        body = _decoded(response) if taken.body is MISSING else taken.body
        return body, tuple(filter(_fails, taken.findings)) if self.judge == "raise" else ()

    def _refusal(self, ask: Ask, response: Response, body: Any, now_ms: int) -> CallError:
        told_s = retry_after_s(response, now_ms)
        if 300 <= response.status < 400:
            what, hint = "the address has moved, and a key is not sent after it", "give the new address as base_url"
            about = self._about(ask, response)
            return errors.RequestRefused(what, code="moved", about=about, hint=hint)
        kind = refusals.kind_of(self.contract, ask, response, body)
        said = self.redactor().text(refusals.said(body))
        what = f"{response.status}: {said}" if said else f"the answer is {response.status}"
        about = self._about(ask, response, (), told_s)
        return kind(what, code=f"http_{response.status}", about=about, hint=_hint(kind, ask))

    def _lost(self, ask: Ask, lost: Lost) -> CallError:
        if lost.unsent:
            return self._error(errors.Unreachable, ask, lost.reason, "unreachable", None)
        careful = ask.makes and not ask.repeatable
        kind = errors.Uncertain if careful else errors.Unavailable
        return self._error(kind, ask, lost.reason, "no_answer", lost.head)

    def _error(
        self,
        kind: type[CallError],
        ask: Ask,
        what: str,
        code: str,
        response: Response | None,
        findings: tuple[Finding, ...] = (),
    ) -> CallError:
        return kind(what, code=code, about=self._about(ask, response, findings), hint=_hint(kind, ask))

    def _about(
        self, ask: Ask, response: Response | None, findings: tuple[Finding, ...] = (), told_s: float | None = None
    ) -> Circumstances:
        hide = self.redactor()
        shown = hide.response(response) if response else None
        return Circumstances(ask.operation.key, hide.request(ask.request), shown, findings, told_s)


def _decoded(response: Response) -> Any:
    """A body as JSON, whatever it says it is; MISSING where it is none."""
    try:
        return strictjson.loads(response.body)
    except strictjson.JsonProblem:
        return MISSING


def _fails(finding: Finding) -> bool:
    """True for what may fail an endpoint: nothing that is only inferred does."""
    return finding.severity is Severity.ERROR and finding.basis is not Basis.INFERRED


def _hint(kind: type[CallError], ask: Ask) -> str:
    """What to try where the kind of error does not tell it: a key under which no second task is made."""
    return f"make the call again with {ask.key}" if kind is errors.Uncertain and ask.key else ""


def _progress(seen: Snapshot) -> float | None:
    """How far it is, from 0 to 1; what has succeeded is through, also where nobody says so."""
    if seen.phase is Phase.SUCCEEDED:
        return 1.0
    return None if seen.progress is None else seen.progress / 100
