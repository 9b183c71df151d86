"""What may become of a call to a provider, as a tree: the first fork is what the caller can do about it.

    LumakitError
    +-- InputError
    |   +-- InvalidRequest   2  mend the call: it never left, and says which parameter and what is allowed
    +-- CallError               it left, or was to leave; carries operation, request and response, without secrets
        +-- RequestRefused   2  mend the request: the provider does not take it
        |   +-- UnknownTask     this key has no such task
        +-- KeyRefused       2  mend the key, or what it may do
        +-- OutOfCredits     4  pay
        +-- WaitAndSee       3  wait
        |   +-- Busy            too much at once; `retry_after_s` where the provider says so
        |   +-- NotReady        the parent has not finished
        |   +-- WaitTimeout  4  the task goes on, we have stopped looking: `client.wait(error.task)` takes it up again
        +-- Unavailable      3  try again: it did no harm
        |   +-- Unreachable     nobody was reached: not a byte of the request was taken
        +-- Uncertain        4  look before you try again: a paid task may have been made
        +-- GivenUp          1  give up
        |   +-- TaskFailed      the task has failed, or was cancelled
        |   +-- ResultGone      the file is not there, or not any more
        |   +-- ResultBlocked   its address is none that files are fetched from: `files_from` of the client
        +-- ContractBroken   1  report it: the provider does not keep its contract; `findings` say where

The number is the exit code of a command that ends so: 1 it came to nothing, 2 mend what you gave, 3 try again later, 4
a person should look before more is asked for. What stands below another has its number where it has none of its own.

Knows no contract and no client: an error carries what it was told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lumakit.errors import InputError, LumakitError
from lumakit.model import Finding, Request, Response

if TYPE_CHECKING:
    from lumakit.flow.task import Task


class InvalidRequest(InputError):
    """The call is wrong, and nothing was sent."""

    def __init__(self, what: str, *, code: str, operation: str = "", parameter: str = "", hint: str = "") -> None:
        super().__init__(what, code=code, where=operation, hint=hint)
        self.operation = operation
        self.parameter = parameter
        self.findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a call was: its operation, what was asked and answered without secrets, and what is wrong with that."""

    operation: str = ""
    request: Request | None = None
    response: Response | None = None
    findings: tuple[Finding, ...] = ()
    retry_after_s: float | None = None


class CallError(LumakitError):
    """A call to a provider that came to nothing."""

    exit_code = 4
    advice = "look at the response"
    passing = False  # True where the same request may do better a little later

    def __init__(
        self, what: str, *, code: str, about: Circumstances | None = None, hint: str = "", task: Task[Any] | None = None
    ) -> None:
        about = about or Circumstances()
        super().__init__(what, code=code, where=about.operation, hint=hint or self.advice)
        self.operation: str = about.operation
        self.request: Request | None = about.request
        self.response: Response | None = about.response
        self.findings: tuple[Finding, ...] = about.findings
        self.retry_after_s: float | None = about.retry_after_s
        self.task = task

    @property
    def status(self) -> int | None:
        """The status of the answer; None where none came."""
        return self.response.status if self.response else None


class RequestRefused(CallError):
    """The provider does not take the request."""

    exit_code = 2
    advice = "mend the request"


class UnknownTask(RequestRefused):
    """The key has no task of this id."""

    advice = "a task belongs to the key that made it, and is forgotten some day"


class KeyRefused(CallError):
    """The key is not taken, or may not do this."""

    exit_code = 2
    advice = "look at the key, and at what it may do"


class OutOfCredits(CallError):
    """The account is empty."""

    exit_code = 4
    advice = "pay, then make the call again"


class WaitAndSee(CallError):
    """It will be possible, only not now."""

    exit_code = 3
    advice = "wait"


class Busy(WaitAndSee):
    """The provider has been asked too much at once."""

    advice = "wait a little, then make the call again: nothing was made"
    passing = True


class NotReady(WaitAndSee):
    """The task is needed that has not finished yet."""

    advice = "wait for the parent, then make the call again"


class WaitTimeout(WaitAndSee):
    """The task had not ended when the budget had."""

    exit_code = 4
    advice = "client.wait(error.task) takes it up again"


class Unavailable(CallError):
    """The provider cannot answer now."""

    exit_code = 3
    advice = "try again"
    passing = True


class Unreachable(Unavailable):
    """Nobody was reached, and nothing was sent."""

    advice = "look at the address and the network, then try again: nothing was sent"


class Uncertain(CallError):
    """The request went out and no answer that can be read came back: a task may have been made, and may cost."""

    exit_code = 4
    advice = "look at the account before you make the call again: a task may have been made"


class GivenUp(CallError):
    """There is nothing to be had any more."""

    exit_code = 1
    advice = "make a new task"


class TaskFailed(GivenUp):
    """The task has failed, or was cancelled."""


class ResultGone(GivenUp):
    """The file of a result is not there, or not any more."""

    advice = "fetch the task again: its address may be a new one; else make a new task"


class ResultBlocked(GivenUp):
    """The address of a result leads to where files are not fetched from, and nothing was sent there."""

    advice = "where you trust that host, name it in files_from= of the client"


class ContractBroken(CallError):
    """The provider does not do as its contract says."""

    exit_code = 1
    advice = "tell the provider, or mend the contract"
