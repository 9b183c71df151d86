"""The promise about money over whole runs: whatever is asked and goes wrong, no more is accepted than the budget."""

from __future__ import annotations

import contextlib
import itertools
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lumakit.check.guard import Budgeted, Limits
from lumakit.check.ledger import Ledger
from lumakit.check.run import PHASES
from lumakit.check.verdict import Verdict
from lumakit.clock import VirtualClock
from lumakit.contract.compile import Contract
from lumakit.model import Edition, Severity
from tests.calling import EDITIONS
from tests.check.running import Spoiled, run_of

CHAINHUB = EDITIONS["chainhub", Edition.CORRECTED]
COSTLY = [name for name, phase in PHASES.items() if phase.costs]
CONTRACTS = st.sampled_from(
    [EDITIONS["chainhub", Edition.PUBLISHED], CHAINHUB, EDITIONS["apiframe", Edition.CORRECTED]]
)
FAULTS = st.lists(
    st.sampled_from(
        (
            *("lost 40%", "reset 20%", "reset after 20 30%", "truncate 30%", "malformed 30%", "wrong-type 20%"),
            *("break-schema 30%", "503 30%", "429 20%", "out of credits 30%", "latency 120 20%", "rate 9/60s"),
        )
    ),
    max_size=4,
    unique=True,
)
RUNS = itertools.count()
SEVERAL = settings(suppress_health_check=[HealthCheck.nested_given])  # phases draw by themselves, too
PICKED = st.lists(st.sampled_from(COSTLY), min_size=1, unique=True)


def limits(budget: int, day: int | None = None) -> Limits:
    return Limits(budget=budget, budget_day=day, requests=10**6, seconds=1e9)


def spent(
    contract: Contract, phases: Sequence[str], given_: Limits, ledger: Path, **choices: Any
) -> tuple[int, Verdict]:
    """How many tasks the server has made in a run within these limits, and what it comes to."""
    clock = VirtualClock()
    guard = Budgeted(given_, Ledger(ledger, clock.now), clock, run=f"run-{next(RUNS)}", target="mock")
    run = run_of(contract, *phases, guard=guard, examples=2, wait_s=300.0, **choices)
    verdict = run.verdict()
    assert isinstance(run.probe.target, Spoiled)
    made = run.probe.target.made
    assert verdict.spent.settled <= made <= verdict.spent.reserved
    return made, verdict


@contextlib.contextmanager
def ledger() -> Iterator[Path]:
    """Where a new one may be."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "ledger"


@settings(SEVERAL, max_examples=40)
@given(CONTRACTS, PICKED, FAULTS, st.integers(0, 9), st.booleans(), st.booleans())
def test_a_server_accepts_no_more_than_the_budget_in_a_run(
    contract: Contract, phases: list[str], faults: list[str], budget: int, own: bool, careful: bool
) -> None:
    with ledger() as path:
        made, _ = spent(contract, phases, limits(budget), path, faults=faults, own=own, careful=careful)
    assert made <= budget


@settings(SEVERAL, max_examples=12)
@given(PICKED, FAULTS, st.lists(st.integers(0, 4), min_size=2, max_size=4), st.integers(0, 8))
def test_all_runs_of_a_day_share_its_budget(phases: list[str], faults: list[str], budgets: list[int], day: int) -> None:
    with ledger() as path:
        made = [spent(CHAINHUB, phases, limits(each, day), path, faults=faults)[0] for each in budgets]
    assert all(one <= each for one, each in zip(made, budgets, strict=True))
    assert sum(made) <= day


@pytest.mark.parametrize("budget", range(4))
def test_a_budget_is_spent_whole_and_what_it_did_not_reach_is_left_open(budget: int) -> None:
    with ledger() as path:
        made, verdict = spent(CHAINHUB, [name for name in PHASES if name != "documents"], limits(budget), path)
    assert made == budget
    assert verdict.exit_code(Severity.ERROR) == 4
