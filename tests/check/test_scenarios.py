"""A run against every mock of ours in every scenario: silent, left open, or of a mishap the one rule that is meant."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lumakit.contract.compile import Contract
from lumakit.model import Severity
from mockserver.scenario import SCENARIOS, story
from tests.calling import EDITIONS
from tests.check.running import run_of

CONTRACTS = {f"{name}-{edition}": contract for (name, edition), contract in EDITIONS.items()}
MEANT = {"lost": "W401", "twice": "W407", "shuffled": "W402", "early": "W410"}
FOLLOWING = ("lifecycle", "webhooks")


def scenarios(contract: Contract) -> Iterator[str]:
    """Every scenario, and failing for every reason that there is."""
    yield from SCENARIOS
    assert contract.reading is not None
    yield from (f"fail:{reason}" for reason in contract.reading.failures)


def news(contract: Contract) -> int:
    """How often at the most a task of this contract is told of on its way to success."""
    assert contract.reading is not None
    words = set(story(contract.reading.lifecycle, SCENARIOS["success"][0]))
    hooks = (kind.webhook for kind in contract.reading.tasks.values())
    return max(len(words & set(hook.on)) for hook in hooks if hook)


MATRIX = [(name, scenario) for name, contract in CONTRACTS.items() for scenario in scenarios(contract)]


@pytest.mark.parametrize(("name", "scenario"), MATRIX)
def test_of_a_scenario_exactly_what_is_meant_is_said(name: str, scenario: str) -> None:
    contract = CONTRACTS[name]
    verdict = run_of(contract, *FOLLOWING, scenario=scenario, own=False).verdict()
    meant = MEANT.get(scenario)
    alone = scenario == "shuffled" and news(contract) == 1  # what comes alone is overtaken by nothing
    assert {each.code for each in verdict.findings} == ({meant} if meant and not alone else set())
    assert bool(verdict.opens) == (scenario == "stuck")
    assert verdict.exit_code(Severity.ERROR) == {"stuck": 4, "lost": 1}.get(scenario, 0)


def test_tasks_that_never_end_are_left_open_each_by_itself() -> None:
    verdict = run_of(CONTRACTS["chainhub-corrected"], *FOLLOWING, scenario="stuck", own=False).verdict()
    assert len({each.task for each in verdict.opens}) == len(verdict.stories) == 2
    assert all("was not seen to end" in each.what for each in verdict.opens)


def test_some_providers_tell_of_a_task_more_than_once() -> None:
    assert {news(each) > 1 for each in CONTRACTS.values()} == {True, False}
