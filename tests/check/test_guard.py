"""Guards: what they let out, when, and what they say no to."""

from __future__ import annotations

import threading
from decimal import Decimal
from pathlib import Path

import pytest

from lumakit.check.guard import Budgeted, Limits, Unlimited
from lumakit.check.ledger import Ledger, Outcome
from lumakit.check.target import Cost
from lumakit.clock import VirtualClock
from lumakit.errors import OverBudget

JOB, FILM = "POST /jobs", "POST /films"


def budgeted(folder: Path, limits: Limits, clock: VirtualClock | None = None, **prices: str) -> Budgeted:
    table = {f"POST /{name}": Decimal(price) for name, price in prices.items()}
    book = Ledger(folder / "ledger.jsonl", lambda: 0, lambda _: None)
    return Budgeted(limits, book, clock or VirtualClock(), run="r", target="t", prices=table)


def refusal(guard: Budgeted, operation: str = JOB, cost: Cost = Cost.PAID) -> str:
    with pytest.raises(OverBudget) as no:
        guard.reserve(operation, cost)
    assert no.value.exit_code == 4
    assert no.value.hint
    return no.value.code


def test_a_mock_may_be_asked_anything_and_it_is_counted() -> None:
    clock = VirtualClock()
    guard = Unlimited(clock.now)
    for outcome in Outcome:
        ticket = guard.reserve(JOB, Cost.PAID)
        ticket.settle(outcome)
        ticket.settle(outcome)  # a second word changes nothing
    guard.reserve(JOB, Cost.FREE).settle(Outcome.SETTLED)
    guard.reserve(JOB, Cost.PAID)
    clock.advance(2)
    spent = guard.spent()
    assert (spent.requests, spent.reserved, spent.settled, spent.unknown) == (5, 3, 1, 2)
    assert (spent.budget, spent.refused, spent.seconds) == (None, 0, 2.0)


def test_without_a_budget_only_what_is_free_goes_out(tmp_path: Path) -> None:
    guard = budgeted(tmp_path, Limits())
    guard.reserve("GET /jobs", Cost.FREE).settle(Outcome.SETTLED)
    assert refusal(guard) == "no_budget"
    assert not (tmp_path / "ledger.jsonl").exists()
    assert guard.spent().refused == 1


def test_a_budget_is_of_what_was_accepted_or_is_unknown(tmp_path: Path) -> None:
    guard = budgeted(tmp_path, Limits(budget=2))
    for outcome in (Outcome.RELEASED, Outcome.SETTLED, Outcome.RELEASED, Outcome.UNKNOWN):
        guard.reserve(JOB, Cost.PAID).settle(outcome)
    assert refusal(guard) == "over_budget"
    guard.reserve("GET /jobs", Cost.FREE).settle(Outcome.SETTLED)
    spent = guard.spent()
    assert (spent.budget, spent.reserved, spent.settled, spent.unknown, spent.refused) == (2, 2, 1, 1, 1)


def test_requests_go_out_so_far_apart(tmp_path: Path) -> None:
    clock = VirtualClock()
    guard = budgeted(tmp_path, Limits(apart_s=1.5), clock)
    start, times = clock.now(), []
    for pause in (0.0, 0.5, 4.0, 0.0):
        clock.advance(pause)
        guard.reserve(JOB, Cost.FREE).settle(Outcome.SETTLED)
        times.append(clock.now() - start)
    assert times == [0, 1500, 5500, 7000]


def test_a_refusal_does_not_wait_and_takes_no_turn(tmp_path: Path) -> None:
    clock = VirtualClock()
    guard = budgeted(tmp_path, Limits(), clock)
    start = clock.now()
    for _ in range(3):
        assert refusal(guard) == "no_budget"
    guard.reserve(JOB, Cost.FREE).settle(Outcome.SETTLED)
    assert clock.now() == start


def test_time_ends_and_a_turn_behind_its_end_never_comes(tmp_path: Path) -> None:
    clock = VirtualClock()
    guard = budgeted(tmp_path, Limits(seconds=2, apart_s=1), clock)
    for _ in range(2):
        guard.reserve(JOB, Cost.FREE).settle(Outcome.SETTLED)
    now = clock.now()
    assert refusal(guard, cost=Cost.FREE) == "over_time"
    assert clock.now() == now


def test_requests_are_counted_whatever_they_cost(tmp_path: Path) -> None:
    guard = budgeted(tmp_path, Limits(budget=9, requests=3))
    for cost in (Cost.FREE, Cost.PAID, Cost.FREE):
        guard.reserve(JOB, cost).settle(Outcome.RELEASED)
    assert refusal(guard, cost=Cost.FREE) == "over_requests"
    assert refusal(guard) == "over_requests"


def test_a_run_costs_no_more_than_it_may(tmp_path: Path) -> None:
    guard = budgeted(tmp_path, Limits(budget=9, cost=Decimal("1.0")), jobs="0.4", films="0.7")
    guard.reserve(FILM, Cost.PAID).settle(Outcome.RELEASED)
    guard.reserve(JOB, Cost.PAID).settle(Outcome.UNKNOWN)
    assert refusal(guard, FILM) == "over_cost"  # it is refused, and nothing cheaper is put in its place
    guard.reserve(JOB, Cost.PAID).settle(Outcome.SETTLED)
    assert refusal(guard, "POST /unknown") == "price_unknown"
    assert guard.spent().cost == pytest.approx(0.8)


def test_one_goes_out_at_a_time(tmp_path: Path) -> None:
    guard = budgeted(tmp_path, Limits(apart_s=0))
    first = guard.reserve(JOB, Cost.FREE)
    let_out = threading.Event()

    def second() -> None:
        guard.reserve(JOB, Cost.FREE).settle(Outcome.SETTLED)
        let_out.set()

    thread = threading.Thread(target=second)
    thread.start()
    assert not let_out.wait(0.05)
    first.settle(Outcome.SETTLED)
    assert let_out.wait(5)
    thread.join()


def test_what_was_accepted_unasked_is_spent_and_booked(tmp_path: Path) -> None:
    guard = budgeted(tmp_path, Limits(budget=2))
    guard.accepted(JOB)
    guard.reserve(JOB, Cost.PAID).settle(Outcome.SETTLED)
    assert refusal(guard) == "over_budget"
    assert (guard.spent().settled, guard.spent().requests) == (2, 1)


@pytest.mark.parametrize("budget", [0, 1])
def test_more_accepted_unasked_than_the_budget_ends_the_run(tmp_path: Path, budget: int) -> None:
    guard = budgeted(tmp_path, Limits(budget=budget))
    for _ in range(budget):
        guard.reserve(JOB, Cost.PAID).settle(Outcome.UNKNOWN)
    with pytest.raises(OverBudget):
        guard.accepted(JOB)
    assert refusal(guard, cost=Cost.FREE) == "accepted_unasked"
    assert len(Ledger(tmp_path / "ledger.jsonl", lambda: 0).check().spent("r")) == budget + 1


def test_nobody_waits_for_ever_for_his_turn(tmp_path: Path) -> None:
    guard = budgeted(tmp_path, Limits(seconds=0.01))
    guard.reserve(JOB, Cost.FREE)
    assert refusal(guard, cost=Cost.FREE) == "over_time"


def test_what_costs_nobody_anything_is_counted_and_not_booked(tmp_path: Path) -> None:
    guard = budgeted(tmp_path, Limits(budget=None, requests=2))
    for outcome in (Outcome.SETTLED, Outcome.UNKNOWN):
        guard.reserve(JOB, Cost.PAID).settle(outcome)
    assert refusal(guard) == "over_requests"
    assert (guard.spent().settled, guard.spent().unknown, guard.spent().budget) == (1, 1, None)
    assert not (tmp_path / "ledger.jsonl").exists()


def test_who_was_refused_holds_up_nobody(tmp_path: Path) -> None:
    guard = budgeted(tmp_path, Limits(requests=1))
    guard.reserve(JOB, Cost.FREE).settle(Outcome.SETTLED)
    for _ in range(3):
        assert refusal(guard, cost=Cost.FREE) == "over_requests"


def test_a_wait_that_is_ended_sends_nothing_and_spends_nothing(tmp_path: Path) -> None:
    class Interrupted(VirtualClock):
        def sleep(self, seconds: float) -> None:
            if seconds:
                raise KeyboardInterrupt

    guard = budgeted(tmp_path, Limits(budget=2), Interrupted())
    guard.reserve(JOB, Cost.PAID).settle(Outcome.SETTLED)
    with pytest.raises(KeyboardInterrupt):
        guard.reserve(JOB, Cost.PAID)
    assert (guard.spent().settled, guard.spent().unknown) == (1, 0)
    book = Ledger(tmp_path / "ledger.jsonl", lambda: 0).check()
    assert len(book.spent("r")) == 1


def test_a_book_that_cannot_be_written_ends_the_run_and_the_request_is_spent(tmp_path: Path) -> None:
    guard = budgeted(tmp_path, Limits(budget=9))
    ticket = guard.reserve(JOB, Cost.PAID)
    (tmp_path / "ledger.jsonl").unlink()
    ticket.settle(Outcome.RELEASED)
    assert guard.spent().unknown == 1
    assert refusal(guard, cost=Cost.FREE) == "ledger_failed"


def test_a_book_that_cannot_be_had_lets_nothing_out(tmp_path: Path) -> None:
    guard = budgeted(tmp_path / "gone", Limits(budget=9))
    assert refusal(guard) == "ledger_failed"
    assert guard.spent().requests == 0
