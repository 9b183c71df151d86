"""A run against a mock with each fault: of what spoils exactly its rule speaks, what is missing is left open."""

from __future__ import annotations

import pytest

from lumakit.check.verdict import Verdict
from lumakit.clock import VirtualClock
from lumakit.contract.compile import Contract
from lumakit.model import Severity
from mockserver import MockProvider
from mockserver.faults.kinds import KINDS
from tests.calling import EDITIONS
from tests.check.running import run_of
from tests.check.test_scenarios import news

CONTRACTS = {f"{name}-{edition}": contract for (name, edition), contract in EDITIONS.items()}
SPOILING = {
    "malformed on {fetch} the 3rd": "X213",
    "malformed on {submit}": "X213",
    "wrong-type on {fetch} the 3rd": "X212",
    "wrong-type text/plain on {submit}": "X212",
    "break-schema on {fetch} the 3rd": "X214",
    "break-schema on {submit}": "X214",
    "599 on {fetch} the 3rd": "X211",
    "599 on {submit}": "X211",
    "599 on {fetch}": "X211",
    "media 404": "L319",
    "media 403": "L319",
}
HARMLESS = (
    "latency 0.5..3 on {fetch}",
    "latency lognormal 1 0.5 on {fetch}",
    "drip 100/s on {fetch}",
    "drip 0.1/s on {fetch} every 4th",
    "429 retry-after 7 on {fetch} the 3rd",
    "500 on {fetch} the 3rd",
    "media 404 the 2nd",
    "rate 1000/60s",
    "at most 1 running",
)
OPEN = (
    "latency 120 on {submit}",
    "latency 120 on {fetch}",
    "429 retry-after 7 on {submit}",
    "500 on {fetch}",
    "rate sliding 4/60s",
    "at most 0 running",
    "out of credits",
    "reset on {submit}",
    "reset on {fetch} the 3rd",
    "reset after 20 on {submit}",
    "lost on {submit}",
    "lost on {fetch} the 3rd",
    "truncate on {submit}",
    "truncate on {fetch} the 3rd",
    "truncate on media",
)
LATE = ("latency 0.5..3", "latency lognormal 1 0.5", "drip 100/s")


def struck(contract: Contract, fault: str) -> Verdict:
    """What comes of a run where this goes wrong; no task fares otherwise, so that counts are easy to foresee."""
    assert contract.reading is not None
    kind = next(iter(contract.reading.tasks.values()))
    text = fault.format(fetch=kind.fetch[0].operation, submit=kind.submit[0])
    return run_of(contract, "lifecycle", "webhooks", faults=[text], own=False, player=None).verdict()


def codes(verdict: Verdict) -> set[str]:
    return {each.code for each in verdict.findings}


@pytest.mark.parametrize("fault", SPOILING)
@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_of_what_spoils_an_answer_exactly_its_rule_speaks(contract: Contract, fault: str) -> None:
    verdict = struck(contract, fault)
    assert codes(verdict) == {SPOILING[fault]}
    assert verdict.exit_code(Severity.ERROR) == 1


@pytest.mark.parametrize("fault", HARMLESS)
@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_of_what_may_happen_nothing_is_said(contract: Contract, fault: str) -> None:
    verdict = struck(contract, fault)
    assert (codes(verdict), verdict.opens) == (set(), ())


@pytest.mark.parametrize("fault", OPEN)
@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_what_could_not_be_seen_is_left_open_and_no_finding(contract: Contract, fault: str) -> None:
    verdict = struck(contract, fault)
    assert codes(verdict) == set()
    assert verdict.opens
    assert verdict.exit_code(Severity.NOTE) == 4


@pytest.mark.parametrize("fault", LATE)
@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_a_late_answer_is_overtaken_by_webhooks_that_tell_of_the_way(contract: Contract, fault: str) -> None:
    verdict = struck(contract, fault)
    assert codes(verdict) == ({"W410"} if news(contract) > 1 else set())
    assert verdict.exit_code(Severity.ERROR) == 0


def test_every_kind_of_fault_is_met() -> None:
    texts = (*SPOILING, *HARMLESS, *OPEN, *LATE)
    plain = [each.partition(" on {")[0] for each in texts]
    mock = MockProvider("chainhub", clock=VirtualClock(), faults=plain)
    assert {each.does.kind for each in mock.faults} == set(KINDS)
