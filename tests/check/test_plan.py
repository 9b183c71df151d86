"""The plan: what a run would ask, and the worst it can cost."""

from __future__ import annotations

from decimal import Decimal

import pytest

from lumakit.check.guard import Limits
from lumakit.check.plan import Planned, plan_text, worst

PLAN = (
    Planned("free", "GET /jobs/{id}", 2, 0, "an unknown id"),
    Planned("invalid", "POST /jobs", 3, 3, "bodies we think invalid"),
    Planned("lifecycle", "POST /jobs", 1, 1, "one story"),
    Planned("lifecycle", "POST /films", 1, 1, "one story"),
    Planned("lifecycle", "GET /jobs/{id}", 30, 0, "polls"),
)
PRICES = {"POST /jobs": Decimal("0.05"), "POST /films": Decimal("0.5")}


def test_without_limits_everything_goes_out() -> None:
    most = worst(PLAN, None, PRICES)
    assert (most.requests, most.paid, most.refused, most.cost) == (37, 5, 0, Decimal("0.70"))


def test_within_a_budget_the_dearest_are_what_it_costs_at_worst() -> None:
    most = worst(PLAN, Limits(budget=2), PRICES)
    assert (most.requests, most.paid, most.refused) == (34, 2, 3)
    assert most.cost == Decimal("0.55")
    assert most.seconds == 33


@pytest.mark.parametrize(
    ("limits", "cost"),
    [
        (Limits(budget=5), None),
        (Limits(budget=5, cost=Decimal(1)), Decimal(1)),
        (Limits(budget=0), Decimal(0)),
    ],
)
def test_an_unknown_price_is_never_nothing(limits: Limits, cost: Decimal | None) -> None:
    assert worst(PLAN, limits, {"POST /jobs": Decimal("0.05")}).cost == cost


def test_the_budget_of_the_day_and_the_requests_bound_it_too() -> None:
    most = worst(PLAN, Limits(budget=5, budget_day=1, requests=10, seconds=5), PRICES)
    assert (most.requests, most.paid, most.seconds) == (10, 1, 5)


def test_a_plan_is_a_table_with_the_worst_case_under_it() -> None:
    assert plan_text(PLAN[:3], Limits(budget=3, apart_s=2), PRICES) == (
        "phase      operation       requests  paid  why\n"
        "free       GET /jobs/{id}         2     0  an unknown id\n"
        "invalid    POST /jobs             3     3  bodies we think invalid\n"
        "lifecycle  POST /jobs             1     1  one story\n"
        "\n"
        "at most 5 requests, 3 of them may cost\n"
        "if those were accepted, 1 more would not go out: the budget is 3\n"
        "worst-case cost: 0.15\n"
        "at least 8 s, for they go out 2 s apart\n"
    )


def test_a_plan_without_prices_says_so() -> None:
    assert "worst-case cost: not known" in plan_text(PLAN, Limits(budget=3))
    assert plan_text(PLAN[:1], Limits(apart_s=0)).endswith("\nat most 2 requests, 0 of them may cost\n")
