"""What lies ahead of a task: the verbs that are offered work, and the next word comes when it is said to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumakit
from lumakit.clock import VirtualClock
from lumakit.errors import UsageError
from mockserver import MockProvider
from mockserver.outlook import VERBS

CONTRACTS = {name: lumakit.load(name) for name in ("apiframe", "chainhub", "kkiai")}
KINDS = {name: next(iter(each.reading.tasks)) for name, each in CONTRACTS.items() if each.reading}
STEPS = st.lists(st.one_of(st.sampled_from(VERBS), st.floats(0, 200)), max_size=8)


def tried(mock: MockProvider, verb: str, key: str) -> bool:
    """True where a verb changed a task."""
    before = mock.tasks[key], mock.tasks.outlook(key)
    try:
        getattr(mock.tasks, verb)(key)
    except UsageError:
        return False
    return (mock.tasks[key], mock.tasks.outlook(key)) != before


@pytest.mark.parametrize("name", CONTRACTS)
@given(steps=STEPS, verb=st.sampled_from(VERBS), scenario=st.sampled_from(["success", "fail", "stuck", "flaky"]))
def test_a_verb_is_offered_where_it_works(name: str, steps: list[str | float], verb: str, scenario: str) -> None:
    clock = VirtualClock()
    mock = MockProvider(CONTRACTS[name], clock=clock, scenario=scenario)
    key = mock.tasks.seed(KINDS[name]).id
    for step in steps:
        if isinstance(step, float):
            clock.advance(step)
        elif step in mock.tasks.outlook(key).verbs:
            getattr(mock.tasks, step)(key)
    offered = verb in mock.tasks.outlook(key).verbs
    before = mock.tasks[key]
    worked = tried(mock, verb, key)
    assert offered == worked or (before.done and verb in ("hold", "release")), (verb, before.status)


@pytest.mark.parametrize("name", CONTRACTS)
@given(elapsed_s=st.floats(0, 300))
def test_the_next_word_comes_when_it_is_said_to(name: str, elapsed_s: float) -> None:
    clock = VirtualClock()
    mock = MockProvider(CONTRACTS[name], clock=clock)
    key = mock.tasks.seed(KINDS[name]).id
    clock.advance(elapsed_s)
    outlook = mock.tasks.outlook(key)
    if outlook.next_ms is None:
        assert mock.tasks[key].done
        return
    clock.advance((outlook.next_ms - clock.now() - 1) / 1000)
    assert mock.tasks[key].status != outlook.next_word
    clock.advance(0.001)
    assert mock.tasks[key].status == outlook.next_word


def test_a_task_that_is_held_or_stuck_has_no_next_word() -> None:
    mock = MockProvider(CONTRACTS["chainhub"], clock=VirtualClock())
    held = mock.tasks.seed("generation").id
    mock.tasks.hold(held)
    assert mock.tasks.outlook(held).held
    assert mock.tasks.outlook(held).next_ms is None
    assert mock.tasks.changes_ms(held, 0) is None
    assert mock.tasks.changes_ms("nobody", 0) is None


def test_where_looks_move_tasks_no_moment_has_a_time() -> None:
    mock = MockProvider(CONTRACTS["chainhub"], clock=VirtualClock(), progress="looks")
    outlook = mock.tasks.outlook(mock.tasks.seed("generation").id)
    assert [at for at, _, _ in outlook.moments][1:] == [None, None]
    assert outlook.next_ms is None
    assert "advance" in outlook.verbs
