"""Clocks: running, standing, moved, and never going back."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.clock import FIRST_DAY_MS, LAST_MS, Clock, SystemClock, VirtualClock
from lumakit.errors import UsageError

NOON_S = 1_800_000_000.0
OUT_OF_RANGE = [-0.001, -math.inf, math.inf, math.nan, 1e300]


class Machine:
    """The two sources of time of a machine, and a wait that is only written down."""

    def __init__(self) -> None:
        self.wall_s = NOON_S
        self.ticks_s = 77.0
        self.waited: list[float] = []

    def clock(self, speed: float = 1.0) -> SystemClock:
        return SystemClock(speed, lambda: self.wall_s, lambda: self.ticks_s, self.waited.append)


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_a_clock_starts_at_the_wall_clock_and_runs_with_the_ticks(machine: Machine) -> None:
    clock = machine.clock()
    assert clock.now() == NOON_S * 1000
    machine.ticks_s += 1.5
    assert clock.now() == NOON_S * 1000 + 1500
    assert clock.speed == 1.0


def test_the_machine_itself_is_the_default() -> None:
    before = int(time.time() * 1000)
    clock = SystemClock()
    clock.sleep(0)
    assert before <= clock.now() <= time.time() * 1000 + 1000


def test_the_wall_clock_is_read_once(machine: Machine) -> None:
    clock = machine.clock()
    machine.wall_s -= 3600
    assert clock.now() == NOON_S * 1000


def test_a_faster_clock_goes_on_from_where_it_was(machine: Machine) -> None:
    clock = machine.clock(speed=10)
    machine.ticks_s += 2
    clock.run(100)
    machine.ticks_s += 1
    assert clock.now() == NOON_S * 1000 + 20_000 + 100_000
    assert clock.speed == 100


def test_a_frozen_clock_stands_until_it_is_moved_or_runs_again(machine: Machine) -> None:
    clock = machine.clock()
    clock.freeze()
    machine.ticks_s += 5
    assert (clock.now(), clock.speed) == (NOON_S * 1000, 0.0)
    clock.advance(0.25)
    clock.run(1)
    machine.ticks_s += 1
    assert clock.now() == NOON_S * 1000 + 1250


@pytest.mark.parametrize("speed", [0, 1, 1000])
def test_sleeping_takes_the_callers_own_time(machine: Machine, speed: float) -> None:
    clock = machine.clock(speed)
    clock.sleep(3)
    assert machine.waited == [3]
    assert clock.now() == NOON_S * 1000


def test_a_clock_that_runs_stops_at_the_end_of_the_calendar(machine: Machine) -> None:
    clock = machine.clock(speed=1e9)
    machine.ticks_s += 1e9
    assert clock.now() == LAST_MS
    clock.run(1)
    assert clock.now() == LAST_MS


def test_sleeping_on_a_virtual_clock_is_advancing() -> None:
    clock = VirtualClock()
    assert clock.now() == FIRST_DAY_MS
    clock.sleep(1.001)
    clock.advance(60)
    assert clock.now() == FIRST_DAY_MS + 61_001


@pytest.mark.parametrize("clock", [VirtualClock(0), SystemClock(0, lambda: 0.0)])
def test_small_steps_add_up(clock: VirtualClock | SystemClock) -> None:
    for _ in range(10_000):
        clock.advance(0.0001)
    assert clock.now() == 1000


def refused(call: Callable[[Any], object], argument: Any) -> bool:
    with pytest.raises(UsageError) as error:
        call(argument)
    return error.value.code == "clock_range" and bool(error.value.hint)


@pytest.mark.parametrize("number", OUT_OF_RANGE)
def test_what_no_clock_can_do_is_refused_and_changes_nothing(machine: Machine, number: float) -> None:
    clock, virtual = machine.clock(), VirtualClock()
    assert refused(clock.advance, number)
    assert refused(clock.run, number)
    assert refused(virtual.advance, number)
    assert refused(virtual.sleep, number)
    assert (clock.now(), clock.speed, virtual.now()) == (NOON_S * 1000, 1.0, FIRST_DAY_MS)


@pytest.mark.parametrize("number", [-1.0, math.nan, math.inf])
def test_a_wait_without_end_is_refused(machine: Machine, number: float) -> None:
    assert refused(machine.clock().sleep, number)
    assert machine.waited == []


@pytest.mark.parametrize("clock", [SystemClock(), VirtualClock()])
def test_no_clock_is_moved_beyond_the_calendar(clock: SystemClock | VirtualClock) -> None:
    assert refused(clock.advance, 300_000_000_000)
    assert refused(clock.advance, LAST_MS / 1000)
    assert clock.now() < LAST_MS


@pytest.mark.parametrize("moment_ms", [-1, LAST_MS + 1])
def test_no_clock_starts_outside_the_calendar(moment_ms: int) -> None:
    assert refused(VirtualClock, moment_ms)
    assert refused(lambda wall_s: SystemClock(wall=lambda: wall_s), float(moment_ms))


def test_moves_from_many_threads_all_count() -> None:
    clock = VirtualClock(0)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(clock.advance, [0.001] * 4000))
    assert clock.now() == 4000


STEPS = st.floats(0, 1e7, allow_nan=False)
MOVES = st.lists(
    st.tuples(st.just("wall"), st.floats(-4e7, 4e7))
    | st.tuples(st.just("ticks"), STEPS)
    | st.tuples(st.just("run"), st.floats(0, 1e9))
    | st.tuples(st.just("advance"), STEPS)
    | st.tuples(st.just("freeze"), st.just(0.0)),
    max_size=30,
)


def readings(machine: Machine, clock: SystemClock, moves: list[tuple[str, float]]) -> Iterator[int]:
    yield clock.now()
    for name, number in moves:
        if name in {"wall", "ticks"}:
            setattr(machine, f"{name}_s", getattr(machine, f"{name}_s") + number)
        elif name == "freeze":
            clock.freeze()
        else:
            with contextlib.suppress(UsageError):  # at the end of the calendar
                getattr(clock, name)(number)
        yield clock.now()


@given(MOVES)
def test_no_clock_ever_goes_back(moves: list[tuple[str, float]]) -> None:
    machine = Machine()
    seen = list(readings(machine, machine.clock(), moves))
    assert seen == sorted(seen)
    assert seen[-1] <= LAST_MS


@given(st.lists(STEPS))
def test_a_virtual_clock_is_where_its_moves_lead(steps: list[float]) -> None:
    clock: Clock = VirtualClock(0)
    for step in steps:
        clock.sleep(step)
    assert abs(clock.now() - sum(steps) * 1000) <= 1 + len(steps) / 1000
