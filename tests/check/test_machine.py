"""Random stories: the same for a seed, one that is wrong is shortened, and those tried on the way are not kept."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import lumakit
from lumakit.check.guard import Budgeted, Limits
from lumakit.check.ledger import Ledger
from lumakit.check.verdict import Verdict
from lumakit.clock import VirtualClock
from lumakit.model import Request, Response, Severity
from tests.check.running import Spoil, run_of

CHAINHUB = lumakit.load("chainhub")


def told(spoil: Spoil, seed: str = "0") -> Verdict:
    return run_of(CHAINHUB, "lifecycle", spoil=spoil, seed=seed).verdict()


def asked(verdict: Verdict) -> list[tuple[str, str]]:
    return [(each.request.method, each.request.path) for each in verdict.traffic.exchanges]


def whole(_: Request, response: Response) -> Response:
    return response


def test_the_same_seed_tells_the_same_stories() -> None:
    assert asked(told(whole)) == asked(told(whole))
    assert asked(told(whole)) != asked(told(whole, "another"))


def test_a_story_that_is_wrong_is_shortened_to_what_shows_it() -> None:
    """Whoever looks at a task of his that has an extension gets an answer that fits nothing."""
    parents: set[str] = set()

    def spoil(request: Request, response: Response) -> Response:
        steps = request.path.split("/")
        if request.path.endswith("/extend") and response.status == 409:
            parents.add(steps[-2])
        if request.method == "GET" and steps[-1] in parents and response.status == 200:
            return replace(response, body=json.dumps({**json.loads(response.body), "created_at": 7}).encode())
        return response

    verdict = told(spoil)
    assert {each.code for each in verdict.findings if each.severity is Severity.ERROR} == {"X214"}
    last = verdict.traffic.exchanges[-3:]
    assert [(each.request.method, each.response.status) for each in last] == [
        ("POST", 200),
        ("POST", 409),
        ("GET", 200),
    ]


def test_another_key_that_sees_a_task_is_met_in_a_story() -> None:
    kept: dict[str, Response] = {}

    def spoil(request: Request, response: Response) -> Response:
        if request.method == "GET" and response.status == 200:
            kept[request.path] = response
        return kept.get(request.path, response) if response.status == 404 else response

    assert "L324" in {each.code for each in told(spoil).findings}


class Once:
    """An answer that fits nothing, to the first look so long after the beginning, and never again."""

    def __init__(self, after: int) -> None:
        self.looks, self.after = 0, after

    def __call__(self, request: Request, response: Response) -> Response:
        self.looks += request.method == "GET" and response.status == 200
        if self.looks != self.after or request.method != "GET" or response.status != 200:
            return response
        return replace(response, body=json.dumps({**json.loads(response.body), "created_at": 7}).encode())


@pytest.mark.parametrize("after", [45, 50, 55])
def test_a_story_that_is_wrong_only_once_is_told_as_it_was(after: int) -> None:
    verdict = told(Once(after))
    assert [each.code for each in verdict.findings] == ["X214"]
    assert "one went otherwise when it was told again" in verdict.phases["lifecycle"]


@pytest.mark.parametrize("budget", [4, 9, 20])
def test_stories_end_where_the_budget_does_and_the_rest_is_left_open(budget: int, tmp_path: Path) -> None:
    clock = VirtualClock()
    limits = Limits(budget=budget, requests=10**6, seconds=1e9)
    guard = Budgeted(limits, Ledger(tmp_path / "ledger", clock.now), clock, run="run", target="mock")
    verdict = run_of(CHAINHUB, "lifecycle", guard=guard).verdict()
    assert (verdict.spent.settled, verdict.findings) == (budget, ())
    assert "cut short: the budget" in verdict.phases["lifecycle"]
    assert len(verdict.stories) == budget
    assert [each.safety for each in verdict.opens] == [True]
