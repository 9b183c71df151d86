"""May this request go out, and what did it cost? A guard is asked before each request, and told what came of it.

Knows operations by name and costs. Does not know requests, keys or answers: the probe says which outcome an answer is.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from lumakit.check.ledger import Bounds, Entry, Ledger, Outcome
from lumakit.check.target import Cost
from lumakit.check.verdict import Spent
from lumakit.clock import Clock
from lumakit.errors import OverBudget


class Ticket(Protocol):
    """A request that was let out, and is to be settled exactly once."""

    def settle(self, outcome: Outcome) -> None:
        """Say what came of it."""
        ...


class Guard(Protocol):
    """What lets requests out."""

    def reserve(self, operation: str, cost: Cost) -> Ticket:
        """Let a request out, or raise OverBudget before it is sent; it may wait for its turn."""
        ...

    def accepted(self, operation: str) -> None:
        """Count a request that could cost nobody anything and was accepted all the same. OverBudget where that is more
        than the budget: then nothing goes out any more."""
        ...

    def spent(self) -> Spent:
        """What was spent so far."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may do: paid requests, those of the day, all requests, time, how far apart, at once, and cost.

    A budget of 0 lets out what is free, and nothing else; one of None is for what costs nobody anything, and is not
    booked.
    """

    budget: int | None = 0
    budget_day: int | None = None
    requests: int = 200
    seconds: float = 600.0
    apart_s: float = 1.0
    at_once: int = 1
    cost: Decimal | None = None


class Tally:
    """Counts requests and their outcomes, from any thread."""

    def __init__(self, budget: int | None = None) -> None:
        self._budget = budget
        self._lock = threading.Lock()
        self._requests = self._reserved = self._refused = 0
        self._outcomes = dict.fromkeys(Outcome, 0)

    def let_out(self, cost: Cost) -> None:
        """A request goes out."""
        with self._lock:
            self._requests += 1
            self._reserved += cost is Cost.PAID

    def settled(self, outcome: Outcome) -> None:
        """What came of one that may cost."""
        with self._lock:
            self._outcomes[outcome] += 1

    def accepted(self) -> int:
        """One was accepted that was not let out as one that may cost; how many are spent with it."""
        with self._lock:
            self._reserved += 1
            self._outcomes[Outcome.SETTLED] += 1
            return self._reserved - self._outcomes[Outcome.RELEASED]

    def refused(self) -> None:
        """A request was not let out."""
        with self._lock:
            self._refused += 1

    def spent(self, seconds: float, cost: float | None = None) -> Spent:
        """All of it; what was released is not reserved any more. What is not settled yet is unknown."""
        with self._lock:
            settled, reserved = self._outcomes[Outcome.SETTLED], self._reserved - self._outcomes[Outcome.RELEASED]
            unknown = reserved - settled
            return Spent(self._budget, reserved, settled, unknown, self._refused, self._requests, seconds, cost)


class Unlimited:
    """Lets everything out and counts it: for mocks, and for this machine where no budget was asked for."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._began_ms = now_ms()
        self._tally = Tally()

    def reserve(self, operation: str, cost: Cost) -> Ticket:  # noqa: ARG002  # as guards are asked
        """Let it out."""
        self._tally.let_out(cost)
        return _Counted(self._tally, cost)

    def accepted(self, operation: str) -> None:  # noqa: ARG002
        """Count it."""
        self._tally.accepted()

    def spent(self) -> Spent:
        """What was spent so far."""
        return self._tally.spent((self._now_ms() - self._began_ms) / 1000)


class _Counted:
    """The ticket of a request that is only counted."""

    def __init__(self, tally: Tally, cost: Cost) -> None:
        self._tally = tally
        self._open = cost is Cost.PAID

    def settle(self, outcome: Outcome) -> None:
        """Say what came of it."""
        if self._open:
            self._open = False
            self._tally.settled(outcome)


class Budgeted:
    """Lets out what its limits allow, in turn and not too fast; every paid request is in the ledger before it leaves.

    `clock` is what the requests live by, `run` the name of this run in the ledger: workers of one run share it, and its
    budget with it. It refuses what is too much, and makes nothing smaller so that it fits.
    """

    def __init__(
        self,
        limits: Limits,
        ledger: Ledger | None,
        clock: Clock,
        *,
        run: str,
        target: str,
        prices: Mapping[str, Decimal] | None = None,
    ) -> None:
        self._limits = limits
        self._ledger = ledger
        self._clock = clock
        self._run = run
        self._target = target
        self._prices = prices or {}
        self._tally = Tally(limits.budget)
        self._lock = threading.Lock()
        self._places = threading.Semaphore(limits.at_once)
        self._began_ms = self._next_ms = clock.now()
        self._let_out = 0
        self._cost = Decimal(0)
        self._broken: OverBudget | None = None

    def reserve(self, operation: str, cost: Cost) -> Ticket:
        """Let it out when its turn comes, or raise OverBudget; what may cost is in the book before it waits."""
        entry = Entry(self._run, self._target, operation, self._prices.get(operation))
        if not self._places.acquire(timeout=min(self._limits.seconds, threading.TIMEOUT_MAX)):
            raise OverBudget("the requests before take too long", code="over_time", hint="a longer --max-time")
        try:
            wait_ms, number = self._admitted(entry, cost)
        except BaseException as error:
            self._places.release()
            if isinstance(error, OverBudget):
                self._tally.refused()
            raise
        self._tally.let_out(cost)
        ticket = _Reserved(self, number, entry, cost)
        try:
            self._clock.sleep(wait_ms / 1000)
        except BaseException:  # somebody has ended the wait: it is not sent
            ticket.settle(Outcome.RELEASED)
            raise
        return ticket

    def settle(self, number: int | None, entry: Entry, outcome: Outcome, *, paid: bool) -> None:
        """What came of a request. Where the book does not take it, nothing more goes out, and this one is spent."""
        try:
            if paid:
                self._tally.settled(outcome if number is None else self._closed(number, entry, outcome))
        finally:
            self._places.release()

    def accepted(self, operation: str) -> None:
        """Count and book it; OverBudget where that is more than the budget."""
        budget, spent = self._limits.budget, self._tally.accepted()
        if budget is None:
            return
        with self._lock:
            try:
                self._book(Entry(self._run, self._target, operation, self._prices.get(operation)))
            except OverBudget as error:
                self._broken = error
            if spent > budget:
                what = (
                    f"{operation} was accepted with no key, or with nobody's, which is more than the budget of {budget}"
                )
                hint = "look whether the target asks for a key at all"
                self._broken = OverBudget(what, code="accepted_unasked", hint=hint)
            if self._broken is not None:
                raise self._broken

    def spent(self) -> Spent:
        """What was spent so far, by this guard."""
        seconds = (self._clock.now() - self._began_ms) / 1000
        return self._tally.spent(seconds, float(self._cost) if self._limits.cost is not None else None)

    def _admitted(self, entry: Entry, cost: Cost) -> tuple[int, int | None]:
        """How many milliseconds it is until this request's turn, and where it stands in the book."""
        with self._lock:
            now_ms = self._clock.now()
            turn_ms = max(now_ms, self._next_ms)
            self._check(turn_ms)
            number = self._reserved(entry) if cost is Cost.PAID else None
            self._let_out += 1
            self._next_ms = turn_ms + round(self._limits.apart_s * 1000)
        return turn_ms - now_ms, number

    def _check(self, turn_ms: int) -> None:
        """OverBudget where no request may go out at this time."""
        limits = self._limits
        if self._broken is not None:
            raise self._broken
        if turn_ms - self._began_ms >= limits.seconds * 1000:
            what = f"the run has taken its {limits.seconds:g} seconds"
            raise OverBudget(what, code="over_time", hint="a longer --max-time, or fewer phases")
        if self._let_out >= limits.requests:
            what = f"the run has sent its {limits.requests} requests"
            raise OverBudget(what, code="over_requests", hint="a larger --max-requests, or fewer phases")

    def _reserved(self, entry: Entry) -> int | None:
        """Where the reservation stands in the book."""
        limits = self._limits
        if limits.budget is None:
            return None
        if limits.budget == 0 or self._ledger is None:
            what = f"{entry.operation or 'a request'} could cost, and no budget is given"
            raise OverBudget(what, code="no_budget", hint="--budget 1 lets one out")
        number = self._ledger.reserve(entry, Bounds(limits.budget, limits.budget_day, limits.cost))
        self._cost += entry.price or 0
        return number

    def _book(self, entry: Entry) -> None:
        """Write down what was spent without a reservation, whatever the budget is."""
        self._cost += entry.price or 0
        if self._ledger is not None:
            self._ledger.close(self._ledger.reserve(entry, Bounds(sys.maxsize)), Outcome.SETTLED)

    def _closed(self, number: int, entry: Entry, outcome: Outcome) -> Outcome:
        """What the book says came of it."""
        if self._ledger is None:
            return Outcome.UNKNOWN
        try:
            self._ledger.close(number, outcome)
        except OverBudget as error:
            with self._lock:
                self._broken = error
            return Outcome.UNKNOWN
        if outcome is Outcome.RELEASED:
            with self._lock:
                self._cost -= entry.price or 0
        return outcome


class _Reserved:
    """The ticket of a request that a budget has let out."""

    def __init__(self, guard: Budgeted, number: int | None, entry: Entry, cost: Cost) -> None:
        self._settle = guard.settle
        self._number = number
        self._entry = entry
        self._paid = cost is Cost.PAID
        self._open = True

    def settle(self, outcome: Outcome) -> None:
        """Say what came of it."""
        if self._open:
            self._open = False
            self._settle(self._number, self._entry, outcome, paid=self._paid)
