"""What the judge says of a mock with faults: of what spoils an answer exactly its rule, of the rest nothing."""

from __future__ import annotations

import pytest

import lumakit
from lumakit.contract.compile import Contract
from lumakit.model import Edition
from tests.check.play import Play, clips

PROVIDERS = ("apiframe", "chainhub", "kkiai")
CONTRACTS = {"clips": clips(), **{f"{name}-{each}": lumakit.load(name, each) for name in PROVIDERS for each in Edition}}
SPOILING = {
    "malformed on {fetch} the 3rd": {"X213"},
    "wrong-type on {fetch} the 3rd": {"X212"},
    "break-schema on {fetch} the 3rd": {"X214"},
    "599 on {fetch} the 3rd": {"X211"},
    "media 404": {"L319"},
    "latency 0.5..3": set[str](),
    "500 on {fetch} the 3rd": set[str](),
    "media 404 the 2nd": set[str](),
}


@pytest.mark.parametrize(("fault", "codes"), SPOILING.items(), ids=SPOILING)
@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_of_a_fault_exactly_that_is_said_which_it_spoils(contract: Contract, fault: str, codes: set[str]) -> None:
    fetch = next(iter(contract.reading.tasks.values())).fetch[0].operation if contract.reading else ""
    verdict = Play(contract, faults=(fault.format(fetch=fetch),)).verdict()
    assert {found.code for found in verdict.findings} == codes
