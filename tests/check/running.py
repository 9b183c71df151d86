"""Runs of the checker against mocks in this process, whole or spoiled on purpose."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

from lumakit.check.guard import Guard, Unlimited
from lumakit.check.hiding import redactor
from lumakit.check.mailbox import Mailbox
from lumakit.check.phases.phase import Choices
from lumakit.check.probe import Probe
from lumakit.check.run import Run, chosen
from lumakit.check.traffic import Record
from lumakit.cli.targets import MockTarget
from lumakit.clock import VirtualClock
from lumakit.contract.compile import Contract
from lumakit.draws import Draw
from lumakit.errors import UsageError
from lumakit.model import Finding, Lost, Request, Response
from lumakit.secret import Key
from lumakit.webhooks import Receiver
from mockserver import MockProvider, habits
from tests.check.play import clips
from tests.check.specimens import traffic

KEY, SECOND = "canary-key-of-the-run", "canary-key-of-another"
Spoil = Callable[[Request, Response], Response]


def unspoiled(_: Request, response: Response) -> Response:
    """The answer as it is."""
    return response


class Spoiled(MockTarget):
    """A mock whose answers are spoiled on their way."""

    def __init__(self, mock: MockProvider, clock: VirtualClock, spoil: Spoil) -> None:
        super().__init__(mock, clock)
        self.spoil = spoil
        self.asked: list[Request] = []
        self._forgotten = 0

    @property
    def made(self) -> int:
        """How many tasks the mock has made, those that it was made to forget too."""
        return self._forgotten + len(list(self.mock.tasks))

    def reset(self) -> None:
        """Forget every task, but not how many there were."""
        self._forgotten += len(list(self.mock.tasks))
        super().reset()

    def send(self, request: Request) -> Response | Lost:
        """The answer, spoiled."""
        self.asked.append(request)
        answer = super().send(request)
        return self.spoil(request, answer) if isinstance(answer, Response) else answer


def run_of(
    contract: Contract,
    *phases: str,
    spoil: Spoil = unspoiled,
    guard: Guard | None = None,
    scenario: str = "success",
    faults: Sequence[str] = (),
    withheld: Collection[str] = (),
    **choices: Any,
) -> Run:
    """A run against a mock of a contract; what is chosen beside the usual goes into the choices."""
    clock, record, hide = VirtualClock(), Record(), redactor(contract, [KEY, SECOND])
    mailbox = _mailbox(contract, record, clock)
    mock = MockProvider(
        contract,
        clock=clock,
        api_keys=[KEY, SECOND],
        scenario=scenario,
        webhooks=habits(receiver=mailbox or (lambda _: Response(204))),
        credits_given=10**6,
        faults=faults,
    )
    clock.follow(lambda: list(mock.webhooks.deliver_due()).clear())
    target = Spoiled(mock, clock, spoil)
    probe = Probe(contract, target, guard or Unlimited(clock.now), key=Key(KEY), redactor=hide, record=record)
    usual = Choices(own=True, second_key=Key(SECOND), mailbox=mailbox, player=target if scenario == "success" else None)
    return Run(probe, replace(usual, **choices), chosen(phases, ()), dict.fromkeys(withheld, "no budget is given"))


def _mailbox(contract: Contract, record: Record, clock: VirtualClock) -> Mailbox | None:
    try:
        return Mailbox(Receiver(contract), record, clock, redactor(contract), Draw("0"))
    except UsageError:
        return None


def explored(example: str) -> tuple[Finding, ...]:
    """What schemathesis says of our mock of the clips where what it serves is answered as in an example."""
    (seen,) = traffic(example).exchanges
    told = replace(seen.response, headers=(*seen.response.headers,))

    def spoil(request: Request, response: Response) -> Response:
        meant = response.status == 200 and (request.method, request.path) == (seen.request.method, seen.request.path)
        return told if meant and told.status != 200 else response

    verdict = run_of(clips(), "explore", spoil=spoil).verdict()
    return tuple(each for each in verdict.findings if each.code == "X240")
