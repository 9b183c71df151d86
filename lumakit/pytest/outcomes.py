"""Everything that can become of a task, and of a request, as parameters of a test.

    @pytest.mark.parametrize("ending", lumakit.pytest.endings("apiframe"))

Each brings the marker that makes the mock behave so. Taken from the contract: no provider is known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from lumakit.errors import UsageError
from lumakit.model import Phase
from lumakit.pytest.choices import Choices

if TYPE_CHECKING:
    from _pytest.mark.structures import ParameterSet

    from lumakit.contract.compile import Contract
    from lumakit.contract.operation import Operation
    from lumakit.contract.reading import Reading


@dataclass(frozen=True, slots=True)
class Ending:
    """How a task ends: the scenario that is played, the phase and the provider's word it comes to, and its reason."""

    scenario: str
    phase: Phase | None
    word: str | None
    error: str = ""

    def __str__(self) -> str:
        return self.scenario


@dataclass(frozen=True, slots=True)
class Trouble:
    """A refusal that the provider documents: its name among the problems, the status, and the fault that makes it."""

    name: str
    status: int
    fault: str

    def __str__(self) -> str:
        return self.name


def endings(provider: str, *, stuck: bool = False, **choices: Any) -> list[ParameterSet]:
    """Every ending that a task of a provider can have: success, failure for each reason it is known for, results that
    expire; with `stuck` also none at all."""
    _, reading = _read(provider, choices, "endings(...)")
    usual = next(iter(reading.failures.values()), "")  # the reason of a failure for which none is chosen
    found = [_ending(reading, "success", Phase.SUCCEEDED), _ending(reading, "fail", Phase.FAILED, usual)]
    found += [_ending(reading, f"fail:{name}", Phase.FAILED, said) for name, said in reading.failures.items()]
    found.append(_ending(reading, "expire", Phase.SUCCEEDED))
    if stuck:
        found.append(Ending("stuck", None, None))
    possible = [each for each in found if each.phase is None or each.word is not None]
    return [_parameter(each, provider, scenario=each.scenario, **choices) for each in possible]


def troubles(provider: str, *, operation: str = "", **choices: Any) -> list[ParameterSet]:
    """Every refusal of a request that a provider documents, of one operation or of all, each as a fault that strikes
    once."""
    contract, reading = _read(provider, choices, "troubles(...)")
    asked = contract.operation(operation) if operation else None
    where = f" on {asked.key}" if asked else ""
    found = [
        Trouble(name, status, f"{status} as {name}{where} first 1")
        for name, status in sorted(reading.problems.items())
        if asked is None or _documents(asked, status, name)
    ]
    return [_parameter(each, provider, faults=(each.fault,), **choices) for each in found]


def _documents(operation: Operation, status: int, name: str) -> bool:
    """True for a refusal that an operation has an answer for, and where its answers have examples, one of that name."""
    if str(status) not in operation.answers:
        return False
    named = [example for body in operation.answers[str(status)].content.values() for example in body.examples]
    return not named or name in named


def _read(provider: str, choices: dict[str, Any], where: str) -> tuple[Contract, Reading]:
    contract = Choices().but({"provider": provider, **choices}, where).target.contract()
    if contract.reading is None:
        raise UsageError(f"{contract.name} has no lifecycle.yaml, so its tasks have no endings", code="no_tasks")
    return contract, contract.reading


def _ending(reading: Reading, scenario: str, phase: Phase, error: str = "") -> Ending:
    words = (word for word in reading.lifecycle.ends() if reading.lifecycle.phase(word) is phase)
    return Ending(scenario, phase, next(words, None), error)


def _parameter(value: Ending | Trouble, provider: str, **choices: Any) -> ParameterSet:
    return pytest.param(value, id=str(value), marks=pytest.mark.lumakit(provider=provider, **choices))
