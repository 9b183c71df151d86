"""The log of events: numbered, bounded, silent while nobody listens; and what is missed is never passed over."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.errors import UsageError
from mockserver.events import Event, Events, Missed


def deaf() -> None:
    """Somebody who listens and does nothing."""


def test_nothing_is_noted_while_nobody_listens() -> None:
    events = Events()
    assert not events.awake
    events.say("task", "acme", "1")
    assert events.last == 0
    assert events.since(0) == []


def test_whoever_listens_is_woken_and_finds_what_happened() -> None:
    events, woken = Events(first=40), []
    events.listen(lambda: woken.append(events.last))
    events.say("task", "acme", "a")
    events.say("clock")
    assert woken == [41, 42]
    assert events.since(40) == [Event(41, "task", "acme", "a"), Event(42, "clock")]
    assert events.since(41) == [Event(42, "clock")]
    assert events.since(40, limit=1) == [Event(41, "task", "acme", "a")]


def test_whoever_left_is_not_woken_and_may_come_again() -> None:
    events, woken = Events(), []
    leave = events.listen(lambda: woken.append(1))
    leave()
    leave()
    events.say("task")
    assert woken == []
    assert [each.number for each in events.since(0)] == [1]
    assert events.listeners == 0


def test_what_happened_long_after_the_last_has_left_is_a_gap() -> None:
    events = Events(kept=3)
    events.listen(deaf)()
    for _ in range(10):
        events.say("task")
    assert not events.awake
    assert events.last == 4
    events.listen(deaf)
    with pytest.raises(Missed) as caught:
        events.since(3)
    assert caught.value.number == 4
    assert events.since(4) == []


@pytest.mark.parametrize("number", [-1, 0, 12, 10**20])
def test_what_is_not_kept_any_more_or_was_never_told_is_a_gap(number: int) -> None:
    events = Events(first=1, kept=4)
    events.listen(deaf)
    for _ in range(10):
        events.say("task")
    with pytest.raises(Missed) as caught:
        events.since(number)
    assert caught.value.number == events.last == 11


def test_too_many_may_not_listen() -> None:
    events = Events(listeners=2)
    leave, _ = events.listen(deaf), events.listen(deaf)
    with pytest.raises(UsageError) as caught:
        events.listen(deaf)
    assert caught.value.code == "too_many_listeners"
    leave()
    events.listen(deaf)


def test_who_may_have_missed_something_is_woken_and_told_of_a_gap_and_goes_on() -> None:
    events, woken = Events(), []
    events.skip()
    assert events.last == 0
    events.listen(lambda: woken.append(events.last))
    events.say("task")
    events.skip()
    assert woken == [1, 2]
    for number in (0, 1):
        with pytest.raises(Missed):
            events.since(number)
    events.say("clock")
    assert [each.kind for each in events.since(2)] == ["clock"]


def test_only_the_first_who_listens_is_said_to_others() -> None:
    events, begun = Events(), []
    events.spread(lambda *_: None, lambda: begun.append(events.listeners))
    leave = events.listen(deaf)
    events.listen(deaf)()
    assert begun == [1]
    leave()
    events.listen(deaf)
    assert begun == [1, 1]


@given(st.integers(1, 8), st.lists(st.sampled_from(["say", "listen", "leave", "read"]), max_size=60))
def test_a_reader_sees_every_event_in_order_or_is_told_of_a_gap(kept: int, orders: list[str]) -> None:
    events, at, said = Events(kept=kept), 0, 0
    leaving: list[Callable[[], None]] = []
    for order in orders:
        if order == "say":
            events.say("task", key=str(said))
            said += 1
        elif order == "listen" and not leaving:
            leaving.append(events.listen(deaf))
        elif order == "leave" and leaving:
            leaving.pop()()
        elif order == "read" and leaving:
            try:
                new = events.since(at)
            except Missed as missed:
                at = missed.number
                continue
            assert [each.number for each in new] == list(range(at + 1, events.last + 1))
            at = events.last
