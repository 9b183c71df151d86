"""Windows of time: never more than the rate in any of them, whatever the times; and a bound on what is remembered."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mockserver.faults.windows import Windows
from mockserver.stores import Taken

FAULT = ("1", "owner")
steps = st.lists(st.integers(0, 400), max_size=80)
counts = st.integers(1, 5)


def taken_at(steps_ms: list[int], count: int, *, sliding: bool) -> list[tuple[int, Taken]]:
    """When requests came, with what was said to each."""
    windows, now_ms, told = Windows(), 0, []
    for step_ms in steps_ms:
        now_ms += step_ms
        told.append((now_ms, windows.take(FAULT, count, 1000, now_ms, sliding=sliding)))
    return told


@given(steps, counts)
def test_no_sliding_window_holds_more_than_the_rate(steps_ms: list[int], count: int) -> None:
    times = [at for at, taken in taken_at(steps_ms, count, sliding=True) if taken.allowed]
    assert all(later - earlier >= 1000 for earlier, later in zip(times, times[count:], strict=False))


@given(steps, counts)
def test_no_fixed_window_holds_more_than_the_rate(steps_ms: list[int], count: int) -> None:
    times = [at // 1000 for at, taken in taken_at(steps_ms, count, sliding=False) if taken.allowed]
    assert all(times.count(window) <= count for window in times)


@given(steps, counts, st.booleans())
def test_who_is_refused_and_comes_when_told_is_taken(steps_ms: list[int], count: int, sliding: bool) -> None:
    windows, now_ms = Windows(), 0
    for step_ms in steps_ms:
        now_ms += step_ms
        told = windows.take(FAULT, count, 1000, now_ms, sliding=sliding)
        if not told.allowed:
            now_ms += told.wait_ms
            assert windows.take(FAULT, count, 1000, now_ms, sliding=sliding).allowed


@given(steps, counts, st.booleans())
def test_what_is_left_goes_down_by_one_with_each_that_is_taken(steps_ms: list[int], count: int, sliding: bool) -> None:
    told = taken_at(steps_ms, count, sliding=sliding)
    assert all(0 <= taken.left < count or (not taken.allowed and taken.left == 0) for _, taken in told)
    for (_, before), (_, after) in pairwise(told):
        assert after.left >= before.left - 1


@given(st.integers(1, 400))
def test_a_request_that_is_refused_takes_nothing(more_ms: int) -> None:
    windows = Windows()
    assert windows.take(FAULT, 1, 1000, 0, sliding=True).allowed
    for at_ms in range(0, 1000, more_ms):
        assert windows.take(FAULT, 1, 1000, at_ms, sliding=True).wait_ms == 1000 - at_ms
    assert windows.take(FAULT, 1, 1000, 1000, sliding=True).allowed


def test_owners_have_windows_of_their_own_and_a_fault_can_be_forgotten() -> None:
    windows = Windows()
    for fault, owner in (("1", "a"), ("1", "b"), ("2", "a")):
        assert windows.take((fault, owner), 1, 1000, 0, sliding=True).allowed
    windows.forget("1")
    assert len(windows) == 1
    assert windows.take(("1", "a"), 1, 1000, 0, sliding=True).allowed
    assert not windows.take(("2", "a"), 1, 1000, 0, sliding=True).allowed


def test_what_is_remembered_is_bounded_and_who_was_not_seen_longest_goes_first() -> None:
    windows = Windows(max_times=100)
    for number in range(1000):
        assert windows.take(("1", str(number)), 3, 10**9, number, sliding=True).allowed
        windows.take(("1", "kept"), 2, 10**9, number, sliding=True)
    assert len(windows) <= 100
    assert not windows.take(("1", "kept"), 2, 10**9, 1000, sliding=True).allowed
