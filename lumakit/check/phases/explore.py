"""The phase `explore`: requests that nobody would write, operation by operation, made by schemathesis.

Of somebody else's endpoint only operations that make no task are asked so, and only with what should be served. What
our own judge says of an answer is not said twice.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace

from lumakit import catalogue
from lumakit.check import explore
from lumakit.check.explore import Asked, Complaint, Wanted
from lumakit.check.phases.phase import OWN, Bench, Choices, Phase
from lumakit.check.plan import Planned
from lumakit.check.requests import Maker
from lumakit.check.target import Cost
from lumakit.check.traffic import Traffic
from lumakit.check.verdict import Judged
from lumakit.contract.compile import Contract
from lumakit.contract.operation import Operation
from lumakit.draws import Draw
from lumakit.model import Finding, Lost, Response

_NAME = "explore"
_MOST = 40  # requests for each example that is wanted: what its phases made of the vendored documents, and some more
CODE = "X240"


def operations(maker: Maker, choices: Choices) -> list[Operation]:
    """What may be asked anything."""
    found = maker.contract.operations.values()
    return [operation for operation in found if choices.own or maker.looks(operation)]


def _idle(contract: Contract, choices: Choices) -> str:
    if explore.missing() and _NAME not in choices.picked:
        return "schemathesis is not installed: pip install 'lumakit[check]'"
    if not operations(Maker(contract, "", "", _nobody()), choices):
        return "every operation makes a task, and paid ones are not explored"
    return ""


def _nobody() -> Draw:
    return Draw("")


def _plan(maker: Maker, choices: Choices) -> Iterator[Planned]:
    for operation in operations(maker, choices):
        most = choices.examples * _MOST
        paid = most if maker.cost(operation) is Cost.PAID else 0
        yield Planned(_NAME, operation.key, most, paid, "requests that nobody would write")


def _run(bench: Bench) -> None:
    keys = [operation.key for operation in operations(bench.maker, bench.choices)]
    seed = zlib.crc32(bench.choices.seed.encode())
    wanted = Wanted(keys, bench.maker.base, seed, bench.choices.examples, bench.choices.own)
    complaints = list(explore.explored(bench.contract, wanted, _Carrier(bench)))
    seen = {each.number: each for each in bench.probe.record.traffic().exchanges}
    for complaint in complaints:
        if not complaint.check:
            bench.notes.say(f"schemathesis could not go on: {bench.probe.hidden(complaint.message)}")
        elif complaint.number in seen and not bench.judge(Traffic((seen[complaint.number],))):
            bench.notes.judged.append(Judged(_finding(bench, complaint), (complaint.number,), "response"))


class _Carrier:
    """Takes its requests to the probe, without the addresses for webhooks that it makes up."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def __call__(self, asked: Asked) -> tuple[Response | Lost, int]:
        bench = self._bench
        request = replace(asked.request, origin=bench.maker.origin)
        inside = replace(request, path=request.path.removeprefix(bench.maker.base))
        match = bench.contract.route(inside)
        cost = bench.maker.cost(match.operation) if match.operation else Cost.FREE
        if match.operation and not match.operation.take(inside, match.path_values).findings:
            request = bench.maker.unhooked(match.operation, request)
        answer = bench.probe.ask(request, cost=cost, keyed=asked.keyed, owner=OWN if asked.keyed else "")
        return answer, bench.probe.record.last


def _finding(bench: Bench, complaint: Complaint) -> Finding:
    said = " ".join(bench.probe.hidden(complaint.message).split())
    return catalogue.finding(
        CODE,
        where=complaint.operation,
        message=f"schemathesis says of its check {complaint.check}: {said}",
        subject=complaint.check,
        edition=bench.contract.edition,
    )


EXPLORE = Phase(_NAME, "requests that nobody would write", True, _plan, _run, _idle)
