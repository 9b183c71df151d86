"""What servers on one store tell each other of events: nobody who listens loses one without being told of a gap."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import pytest

import lumakit
from lumakit.clock import VirtualClock
from mockserver import MockProvider, MockServer
from mockserver.events import Event, Missed
from mockserver.lasting import OneClock
from mockserver.stores.backend import Memory
from mockserver.together import PATIENCE, Together

CHAINHUB = lumakit.load("chainhub")
Words = tuple[str, ...]


class Air:
    """Carries news between servers, when it is told to, and loses them when it is broken."""

    def __init__(self) -> None:
        self.seats: list[Seat] = []

    def settle(self) -> None:
        """Have everything arrive, and what is answered to it."""
        while any(seat.waiting for seat in self.seats):
            for seat in self.seats:
                while seat.waiting:
                    seat.heard(seat.waiting.popleft())

    def pass_by(self, times: int = PATIENCE + 1) -> None:
        """Let time pass in which nobody has news."""
        for _ in range(times):
            for seat in self.seats:
                seat.waiting.append(("still",))
            self.settle()


class Seat:
    """Where one server hears and tells."""

    def __init__(self, air: Air) -> None:
        self.air = air
        self.waiting: deque[Words] = deque()
        self.heard: Callable[[Words], None] = lambda _: None
        self.is_broken = False
        self.told: list[Words] = []
        air.seats.append(self)

    def hear(self, heard: Callable[[Words], None]) -> None:
        self.heard = heard
        self.waiting.append(())

    def tell(self, *words: str) -> bool:
        if self.is_broken:
            return False
        self.told.append(words)
        for each in self.air.seats:
            if each is not self:
                each.waiting.append(words)
        return True


class Replica:
    """A server, and somebody who listens to its events."""

    def __init__(self, air: Air) -> None:
        self.seat = Seat(air)
        self.mock = MockProvider(CHAINHUB, clock=VirtualClock())
        self.events = self.mock.events
        Together(MockServer({"chainhub": self.mock}), OneClock(Memory(), self.mock.clock), self.seat)
        self.at = 0
        self.leave: Callable[[], None] = lambda: None

    def listen(self) -> None:
        self.at = self.events.last
        self.leave = self.events.listen(lambda: None)

    def say(self, key: str) -> None:
        self.mock._say("task", key)

    def seen(self) -> list[str]:
        """The keys of what happened since it was asked last; `gap` where something may be missing."""
        try:
            found: list[Event] = self.events.since(self.at)
        except Missed as missed:
            self.at = missed.number
            return ["gap"]
        self.at = self.events.last
        return [each.key for each in found if each.kind == "task"]


@pytest.fixture
def three() -> tuple[Air, list[Replica]]:
    air = Air()
    made = [Replica(air) for _ in range(3)]
    air.settle()
    return air, made


def test_who_begins_to_listen_is_told_of_a_gap_and_then_of_everything(three: tuple[Air, list[Replica]]) -> None:
    air, (one, two, other) = three
    two.listen()
    one.say("before it was known that anybody listens")
    air.settle()
    assert two.seen() == ["gap"]
    one.say("a")
    two.say("b")
    other.say("c")
    air.settle()
    assert sorted(two.seen()) == ["a", "b", "c"]


def test_nothing_is_told_while_nobody_listens_and_soon_after_the_last_has_left(
    three: tuple[Air, list[Replica]],
) -> None:
    air, (one, two, _) = three
    one.say("a")
    assert one.seat.told == []
    two.listen()
    air.settle()
    two.leave()
    air.pass_by()
    told = len(one.seat.told)
    one.say("b")
    assert one.seat.told[told:] == []
    two.listen()
    air.settle()
    assert two.seen() == ["gap"]


def test_who_goes_on_listening_is_told_on_and_of_no_gap(three: tuple[Air, list[Replica]]) -> None:
    air, (one, two, _) = three
    two.listen()
    air.settle()
    two.seen()
    air.pass_by(10)
    one.say("a")
    air.settle()
    assert two.seen() == ["a"]


def test_what_could_not_be_told_is_a_gap_once_the_way_is_free(three: tuple[Air, list[Replica]]) -> None:
    air, (one, two, _) = three
    two.listen()
    air.settle()
    two.seen()
    one.seat.is_broken = True
    one.say("lost")
    one.seat.is_broken = False
    air.pass_by()
    assert two.seen() == ["gap"]
    one.say("a")
    air.settle()
    assert two.seen() == ["a"]


def test_who_could_not_hear_for_a_while_has_a_gap(three: tuple[Air, list[Replica]]) -> None:
    air, (_, two, __) = three
    two.listen()
    air.settle()
    two.seen()
    two.seat.waiting.append(())
    air.settle()
    assert two.seen() == ["gap"]
