"""Rates and tasks at once: what a client of a mock is told, on a clock that is moved by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from lumakit import load
from lumakit.clock import SystemClock, VirtualClock
from lumakit.model import Response
from mockserver import MockProvider
from tests.mockserver.faults.asked import CHAINHUB, SUBMIT, fetch, finished, mocked, said, submit
from tests.mockserver.story import User

JOBS = Path(__file__).parents[2] / "data" / "jobs.yaml"


def limits(answer: Response) -> tuple[str | None, ...]:
    names = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after")
    return tuple(answer.header(name) for name in names)


def test_a_rate_counts_down_refuses_in_the_providers_form_and_says_when_to_come_again() -> None:
    mock = mocked("rate 2/60s", clock=(clock := VirtualClock()))
    clock.advance(15)
    assert limits(submit(mock)) == ("2", "1", "45", None)
    assert limits(submit(mock)) == ("2", "0", "45", None)
    refused = submit(mock)
    assert (refused.status, limits(refused)) == (429, ("2", "0", "45", "45"))
    assert CHAINHUB.operations[SUBMIT].check_response(refused) == ()
    assert said(refused) == "fault 1: rate 2/60s: 2 requests of this key in 60 s are taken"
    clock.advance(45)
    assert limits(submit(mock)) == ("2", "1", "60", None)


def test_a_sliding_rate_opens_again_one_by_one() -> None:
    mock = mocked("rate sliding 2/60s", clock=(clock := VirtualClock()))
    submit(mock)
    clock.advance(50)
    submit(mock)
    assert limits(submit(mock))[3] == "10"
    clock.advance(10)
    assert submit(mock).status == 200
    assert limits(submit(mock))[3] == "50"


def test_a_rate_is_for_each_key_or_for_all() -> None:
    own, shared = mocked("rate 1/60s"), mocked("rate 1/60s in all")
    assert [submit(own, name).status for name in ("a", "b", "a")] == [200, 200, 429]
    assert [submit(shared, name).status for name in ("a", "b", "a")] == [200, 429, 429]
    assert "requests of all keys" in said(submit(shared))


def test_the_time_to_come_again_is_the_clients_own() -> None:
    mock = mocked("rate 1/60s", clock=SystemClock(10, wall=lambda: 1200.0, ticks=lambda: 0.0))
    submit(mock)
    assert limits(submit(mock)) == ("1", "0", "6", "6")


def test_a_rate_may_be_for_one_place() -> None:
    mock = mocked()
    task = finished(mock)
    mock.faults.add("rate 1/60s on getGeneration")
    assert [fetch(mock, task).status for _ in range(2)] == [200, 429]
    assert limits(submit(mock)) == (None,) * 4


def test_a_rate_that_is_taken_away_forgets_what_it_counted() -> None:
    mock = mocked("rate 1/60s")
    assert [submit(mock).status for _ in range(2)] == [200, 429]
    mock.faults.remove("1")
    assert limits(submit(mock)) == (None,) * 4
    mock.faults.replace(["rate 1/60s"])
    assert [submit(mock).status for _ in range(2)] == [200, 429]


def test_a_request_that_a_fault_has_answered_is_not_counted_by_the_rates_behind_it() -> None:
    mock = mocked("503 first 3", "rate 1/60s")
    assert [submit(mock).status for _ in range(5)] == [503, 503, 503, 200, 429]


# tasks at once


def test_so_many_tasks_of_a_key_may_be_unfinished() -> None:
    mock = mocked("at most 2 running", clock=(clock := VirtualClock()))
    assert [submit(mock).status for _ in range(3)] == [200, 200, 429]
    assert said(submit(mock)) == "fault 1: at most 2 running: 2 tasks of this key are unfinished"
    assert submit(mock, "other").status == 200
    clock.advance(600)
    assert submit(mock).status == 200


def test_so_many_tasks_of_all_keys_may_be_unfinished() -> None:
    mock = mocked("at most 1 running in all")
    assert [submit(mock, name).status for name in ("a", "b")] == [200, 429]
    mock.tasks.complete(next(iter(mock.tasks)).id)
    assert submit(mock, "b").status == 200


def test_a_task_is_looked_at_however_many_are_unfinished() -> None:
    mock = mocked()
    task = finished(mock)
    mock.faults.add("at most 0 running")
    assert (submit(mock).status, fetch(mock, task).status) == (429, 200)
    mock.faults.replace(["at most 0 running on getGeneration"])
    assert (submit(mock).status, fetch(mock, task).status) == (200, 429)


@pytest.mark.parametrize("name", ["apiframe", "kkiai"])
def test_an_extension_is_a_task_too(name: str) -> None:
    mock = MockProvider(name, clock=VirtualClock())
    user = User(load(name), mock)
    kind = next(kind for kind in user.reading.tasks.values() if kind.extend)
    parent = user.finished(user.reading.tasks[kind.extend[0].of[0]])
    mock.faults.add("at most 0 running")
    assert user.extend(kind, parent).status == 429


def test_where_no_task_is_known_of_none_is_running() -> None:
    mock = MockProvider(JOBS, clock=VirtualClock(), faults=["at most 1 running"])
    assert mock.tasks.unfinished(None, 5) == 0
