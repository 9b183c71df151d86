"""One clock for processes that come after each other, or run side by side, however the machine's own clock is moved."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lumakit.clock import SystemClock, VirtualClock
from mockserver.lasting import OneClock
from mockserver.stores.backend import Memory

START_S = 1_790_000_000.0


class Machine:
    """What a clock reads of a machine: both are moved by hand."""

    def __init__(self) -> None:
        self.wall = START_S
        self.ticks = 0.0

    def clock(self, speed: float = 10.0) -> SystemClock:
        return SystemClock(speed, lambda: self.wall, lambda: self.ticks)

    def pass_by(self, seconds: float) -> None:
        self.wall += seconds
        self.ticks += seconds

    def start(self, memory: Memory, speed: float = 10.0) -> tuple[SystemClock, OneClock]:
        """A process that begins: its ticks are its own."""
        clock = self.clock(speed)
        return clock, OneClock(memory, clock)


def test_time_between_two_processes_has_passed_at_the_clocks_speed() -> None:
    machine, memory = Machine(), Memory()
    first, _ = machine.start(memory)
    machine.pass_by(5)
    began = first.now()
    machine.pass_by(3)
    second, _ = machine.start(memory)
    assert second.now() - began == 30_000


def test_a_clock_that_was_frozen_stands_where_it_stood_and_resumes_at_its_pace() -> None:
    machine, memory = Machine(), Memory()
    first, _ = machine.start(memory)
    first.advance(100)
    first.freeze()
    machine.pass_by(1000)
    second, _ = machine.start(memory)
    assert (second.now(), second.speed) == (first.now(), 0)
    second.resume()
    assert second.speed == 10


def test_a_speed_that_is_chosen_anew_is_run_at_from_where_the_clock_stood() -> None:
    machine, memory = Machine(), Memory()
    first, _ = machine.start(memory)
    first.run(50)
    machine.pass_by(2)
    second, _ = machine.start(memory, speed=3)
    assert (second.now(), second.speed) == (first.now(), 3)


@given(st.lists(st.floats(-4e7, 4e7), max_size=5))
def test_a_wall_clock_that_jumps_while_nobody_runs_never_takes_the_clock_back(jumps: list[float]) -> None:
    machine, memory, stood = Machine(), Memory(), 0
    for jump in (0.0, *jumps):
        machine.wall += jump
        clock, _ = machine.start(memory)
        assert clock.now() >= stood
        clock.advance(1)
        stood = clock.now()


def test_a_clock_that_only_somebody_moves_is_not_remembered() -> None:
    memory = Memory()
    one = OneClock(memory, VirtualClock())
    one.join()
    assert memory.recall("clock") is None


# side by side


class Sides:
    """Two processes on one memory: what one remembers the other hears of, when it is told."""

    def __init__(self) -> None:
        self.machine, self.memory = Machine(), Memory()
        (self.left, self.one), (self.right, self.two) = (self.machine.start(self.memory) for _ in range(2))

    def settle(self) -> None:
        for _ in range(3):
            self.one.join()
            self.two.join()


def test_what_one_is_told_the_other_does() -> None:
    sides = Sides()
    sides.left.advance(500)
    sides.settle()
    assert sides.right.now() == sides.left.now()
    sides.right.run(100)
    sides.settle()
    sides.machine.pass_by(2)
    assert (sides.left.speed, sides.left.now()) == (100, sides.right.now())


def test_of_two_that_stand_still_both_stand_where_the_further_one_had_come() -> None:
    sides = Sides()
    sides.left.freeze()
    sides.machine.pass_by(0.01)  # what the news take to travel
    ahead = sides.right.now()
    sides.two.join()
    assert sides.right.now() == ahead
    sides.settle()
    assert sides.left.now() == sides.right.now() == ahead


@given(
    st.lists(st.tuples(st.sampled_from("lr"), st.sampled_from(("advance", "run", "join", "wait")), st.floats(0, 50)))
)
def test_neither_ever_goes_back_and_in_the_end_they_agree(moves: list[tuple[str, str, float]]) -> None:
    sides, seen = Sides(), [0, 0]
    for side, move, much in moves:
        clock: Any = sides.left if side == "l" else sides.right
        if move == "wait":
            sides.machine.pass_by(much)
        elif move == "join":
            (sides.one if side == "l" else sides.two).join()
        else:
            getattr(clock, move)(much)
        now = [sides.left.now(), sides.right.now()]
        assert all(after >= before for after, before in zip(now, seen, strict=True))
        seen = now
    sides.left.freeze()
    sides.settle()
    assert sides.left.now() == sides.right.now()
