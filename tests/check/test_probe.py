"""The probe: what goes out, what is let out, what is written down, and that no key is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumakit
from lumakit.check.guard import Guard, Ticket, Unlimited
from lumakit.check.ledger import Outcome
from lumakit.check.probe import Probe, may_make, outcome_of
from lumakit.check.target import Cost
from lumakit.check.traffic import WRONG_KEY, Record
from lumakit.check.verdict import Spent
from lumakit.clock import VirtualClock
from lumakit.errors import OverBudget
from lumakit.model import Lost, Request, Response
from lumakit.redaction import Redactor
from lumakit.secret import Key

CANARY = "canary-7f3a-of-the-run"
OTHER = "canary-9b1c-of-another"
CONTRACT = lumakit.load("chainhub")
APIFRAME = lumakit.load("apiframe")
READING = CONTRACT.reading
assert READING is not None
KIND = next(kind for kind in READING.tasks.values() if kind.submit)
SUBMIT, FETCH = CONTRACT.operations[KIND.submit[0]], CONTRACT.operations[KIND.fetch[0].operation]


@dataclass
class Wall:
    """A target that answers what it is told, and keeps what it was asked."""

    answer: Response | Lost = field(default_factory=lambda: Response(200, (), b"{}"))
    base: str = ""
    name: str = "wall"
    origin: str = "http://wall.test"
    own: bool = True
    clock: VirtualClock = field(default_factory=VirtualClock)
    asked: list[Request] = field(default_factory=list)

    def send(self, request: Request) -> Response | Lost:
        self.asked.append(request)
        self.clock.advance(0.25)
        return self.answer

    def reset(self) -> None:
        raise AssertionError("nobody asked for it")


@dataclass
class Counter:
    """A guard that writes down what it was asked, and refuses where it is told to."""

    refuses: bool = False
    full: bool = False
    asked: list[tuple[str, Cost]] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)

    def accepted(self, operation: str) -> None:
        self.unasked.append(operation)
        if self.full:
            raise OverBudget("no", code="accepted_unasked")

    def reserve(self, operation: str, cost: Cost) -> Ticket:
        self.asked.append((operation, cost))
        if self.refuses:
            raise OverBudget("no", code="over_budget")
        return self

    def settle(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def spent(self) -> Spent:
        return Spent(requests=len(self.asked))


def probe_of(target: Wall, guard: Guard | None = None, key: str | None = CANARY) -> Probe:
    redactor = Redactor(frozenset({"Authorization"}))
    chosen = guard or Unlimited(target.clock.now)
    return Probe(CONTRACT, target, chosen, key=Key(key) if key else None, redactor=redactor, record=Record())


def submit(base: str = "") -> Request:
    return Request("POST", base + SUBMIT.path, "", (("Content-Type", "application/json"),), b"{}")


def poll() -> Request:
    return Request("GET", FETCH.path.replace("{", "").replace("}", ""))


def test_the_key_is_put_in_where_the_contract_shows_it() -> None:
    target = Wall()
    probe_of(target).ask(submit(), cost=Cost.PAID)
    assert SUBMIT.security.credential(target.asked[0]) == CANARY
    assert target.asked[0].origin == target.origin


def test_a_request_without_a_key_carries_none() -> None:
    target = Wall()
    probe_of(target).ask(submit(), cost=Cost.FREE, keyed=False)
    assert SUBMIT.security.credential(target.asked[0]) is None
    assert CANARY not in repr(target.asked)


def test_another_key_takes_the_place_of_the_runs() -> None:
    target = Wall()
    probe_of(target).ask(submit(), cost=Cost.FREE, key=Key(OTHER), owner=WRONG_KEY)
    assert SUBMIT.security.credential(target.asked[0]) == OTHER


def test_another_machine_than_the_target_is_shown_no_key() -> None:
    target = Wall()
    for origin in ("http://elsewhere.test", "https://wall.test", "http://wall.test:81"):
        probe_of(target).ask(replace(submit(), origin=origin), cost=Cost.FREE)
    assert len(target.asked) == 3
    assert CANARY not in repr(target.asked)


@pytest.mark.parametrize(("request_", "earlier"), [(submit(), "webhook"), (poll(), "exchange")])
def test_a_submit_is_seen_when_it_is_answered_and_a_look_when_it_is_asked(request_: Request, earlier: str) -> None:
    record, numbers = Record(), dict[str, int]()

    class Calling(Wall):
        """Calls a webhook before it answers."""

        def send(self, request: Request) -> Response | Lost:
            numbers["webhook"] = record.number()
            return super().send(request)

    probe = probe_of(Calling())
    probe.record = record
    probe.ask(request_, cost=Cost.FREE)
    numbers["exchange"] = record.traffic().exchanges[0].number
    assert min(numbers, key=lambda name: numbers[name]) == earlier


def test_an_exchange_is_written_down_with_its_operation_its_time_and_its_owner() -> None:
    target = Wall(base="/v9")
    probe = probe_of(target)
    start = target.clock.now()
    probe.ask(submit("/v9"), cost=Cost.PAID, owner="first")
    (seen,) = probe.record.traffic().exchanges
    assert (seen.number, seen.at_ms, seen.operation, seen.owner) == (1, start, SUBMIT.key, "first")
    assert (seen.request.path, seen.request_bytes, seen.response_bytes) == (f"/v9{SUBMIT.path}", 2, 2)
    assert SUBMIT.security.satisfied(seen.request)  # that a key was shown is to be seen, and nothing of it


def test_a_lost_answer_is_written_down_as_one() -> None:
    probe = probe_of(Wall(Lost("broken off", head=Response(200, (("X-Echo", CANARY),)))))
    assert isinstance(probe.ask(submit(), cost=Cost.PAID), Lost)
    (seen,) = probe.record.traffic().unanswered
    assert seen.lost.reason == "broken off"
    assert CANARY not in repr(seen)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Response(200), Outcome.SETTLED),
        (Response(202), Outcome.SETTLED),
        (Response(400), Outcome.RELEASED),
        (Response(401), Outcome.RELEASED),
        (Response(402), Outcome.RELEASED),
        (Response(429), Outcome.RELEASED),
        (Response(408), Outcome.UNKNOWN),
        (Response(499), Outcome.UNKNOWN),
        (Response(101), Outcome.UNKNOWN),
        (Response(307), Outcome.UNKNOWN),
        (Response(500), Outcome.UNKNOWN),
        (Response(503), Outcome.UNKNOWN),
        (Lost("late"), Outcome.UNKNOWN),
        (Lost("refused", unsent=True), Outcome.RELEASED),
    ],
)
def test_only_a_clear_yes_and_a_clear_no_are_certain(answer: Response | Lost, outcome: Outcome) -> None:
    guard = Counter()
    probe_of(Wall(answer), guard).ask(submit(), cost=Cost.PAID)
    assert guard.outcomes == [outcome] == [outcome_of(answer)]


def test_a_refusal_of_the_guard_comes_before_a_byte_is_sent() -> None:
    target = Wall()
    probe = probe_of(target, Counter(refuses=True))
    with pytest.raises(OverBudget):
        probe.ask(submit(), cost=Cost.PAID)
    assert (target.asked, probe.record.traffic().seen) == ([], 0)


def test_what_breaks_while_it_is_sent_counts_as_unknown() -> None:
    @dataclass
    class Broken(Wall):
        def send(self, request: Request) -> Response | Lost:  # noqa: ARG002  # as it is asked
            raise KeyboardInterrupt

    guard = Counter()
    with pytest.raises(KeyboardInterrupt):
        probe_of(Broken(), guard).ask(submit(), cost=Cost.PAID)
    assert guard.outcomes == [Outcome.UNKNOWN]


@pytest.mark.parametrize(
    ("key", "owner", "keyed", "cost"),
    [
        (None, "", True, Cost.PAID),  # the run's own key
        (OTHER, "second", True, Cost.PAID),  # a key of somebody who can be charged
        (CANARY, WRONG_KEY, True, Cost.PAID),  # said to be wrong, and is the run's own
        (OTHER, WRONG_KEY, True, Cost.FREE),
        (None, "", False, Cost.FREE),
    ],
)
def test_a_submit_with_a_valid_key_is_paid_whatever_is_said(
    key: str | None, owner: str, keyed: bool, cost: Cost
) -> None:
    guard = Counter()
    probe_of(Wall(), guard).ask(submit(), cost=Cost.FREE, key=Key(key) if key else None, owner=owner, keyed=keyed)
    assert guard.asked == [(SUBMIT.key, cost)]


@pytest.mark.parametrize(("status", "unasked"), [(200, [SUBMIT.key]), (401, []), (500, [])])
def test_a_submit_that_nobody_should_have_taken_is_counted(status: int, unasked: list[str]) -> None:
    guard = Counter()
    probe = probe_of(Wall(Response(status)), guard)
    probe.ask(submit(), cost=Cost.FREE, keyed=False)
    probe.ask(poll(), cost=Cost.FREE)
    probe.ask(Request("PUT", "/no/such/path"), cost=Cost.FREE, keyed=False)
    assert guard.unasked == unasked


def test_a_submit_that_nobody_should_have_taken_is_written_down_before_the_run_ends() -> None:
    probe = probe_of(Wall(), Counter(full=True))
    with pytest.raises(OverBudget):
        probe.ask(submit(), cost=Cost.FREE, key=Key(OTHER), owner=WRONG_KEY)
    assert probe.record.traffic().seen == 1


def test_a_key_that_stands_in_the_request_already_is_seen() -> None:
    guard, target = Counter(), Wall()
    probe_of(target).ask(submit(), cost=Cost.PAID)
    probe_of(Wall(), guard).ask(target.asked[0], cost=Cost.FREE, keyed=False)
    assert guard.asked == [(SUBMIT.key, Cost.PAID)]


def test_looks_are_free_and_what_the_reading_does_not_tell_is_not() -> None:
    def costs(method: str, path: str) -> bool:
        request = Request(method, path)
        return may_make(APIFRAME, request, APIFRAME.route(request).operation)

    assert APIFRAME.reading is not None
    looks = {part.operation for each in APIFRAME.reading.tasks.values() for part in each.fetch}
    looks |= {part.operation for each in APIFRAME.reading.tasks.values() for part in each.fetch_many}
    assert "POST" in {look.partition(" ")[0] for look in looks}
    assert not any(costs(*look.split(" ", 1)) for look in looks)
    assert costs("POST", "/no-such-path")
    assert not costs("GET", "/no-such-path")


def test_without_a_reading_everything_but_a_read_may_cost() -> None:
    bare = replace(CONTRACT, reading=None)
    assert may_make(bare, submit(), SUBMIT)
    assert not may_make(bare, poll(), FETCH)


ECHOES = st.sampled_from(
    [
        lambda key: Response(200, (("X-Echo", key), ("Set-Cookie", f"s={key}")), b"{}"),
        lambda key: Response(200, (("Content-Type", "application/json"),), json.dumps({"you sent": key}).encode()),
        lambda key: Response(401, (), f"Bearer {key} is not known".encode()),
        lambda key: Response(302, (("Location", f"http://x.test/?k={key}"),), b"\0" + key.encode()),
        lambda key: Lost(f"{key} was refused", head=Response(200, (("Via", key),), key.encode())),
    ]
)


@given(
    asked=st.lists(st.tuples(ECHOES, st.sampled_from([CANARY, OTHER]), st.sampled_from([CANARY, OTHER])), max_size=5)
)
def test_no_key_is_ever_written_down(asked: list[tuple[object, str, str]]) -> None:
    target = Wall()
    probe = probe_of(target)
    probe.ask(poll(), cost=Cost.FREE, key=Key(OTHER))
    for echo, key, back in asked:
        target.answer = echo(back)  # type: ignore[operator]
        request = replace(submit(), path=f"{SUBMIT.path}/{key}", query=f"q={key}", body=key.encode())
        probe.ask(request, cost=Cost.PAID, key=Key(key))
    shown = repr(probe.record.traffic()) + repr(probe) + repr(probe.spent())
    assert CANARY not in shown
    assert OTHER not in shown
    assert probe.record.traffic().seen == len(asked) + 1
