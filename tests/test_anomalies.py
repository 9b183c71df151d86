"""Many who ask a mock at once while this and that fails see nothing that cannot be: a short run of `make torture`."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from bench import anomalies
from bench.anomalies import CONTRACT, Figures
from bench.history import History
from tests.mockserver.stores import real_redis

OPERATIONS = 1500


def on_redis() -> Figures:
    with real_redis.private("--appendonly", "no") as server:
        return anomalies.on_redis(OPERATIONS, "1", server.url)


RUNS: dict[str, Callable[[], Figures]] = {
    "memory": lambda: anomalies.in_memory(OPERATIONS, "1"),
    "SQLite": lambda: anomalies.on_sqlite(OPERATIONS, "1"),
    "Redis": on_redis,
}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_nobody_sees_what_cannot_be(run: Callable[[], Figures]) -> None:
    figures = run()
    assert figures.anomalies == 0, figures
    assert figures.operations == OPERATIONS + figures.tasks
    assert min(figures.tasks, figures.polls, figures.webhooks, figures.faults_met) > 20, figures


# what cannot be would be told


def history() -> History:
    assert CONTRACT.reading is not None
    made = History(CONTRACT.reading.lifecycle)
    made.made("a", "pending")
    return made


def webhook(state: str) -> bytes:
    return json.dumps({"id": "a", "state": state}).encode()


def again(told: History) -> None:
    told.saw("a", "processing", "pending")


def absorbed(told: History) -> None:
    told.saw("a", "pending", "completed")
    told.saw("a", "pending", "failed")


def lost(told: History) -> None:
    told.missed("a", "a look found nothing")


def given_twice(told: History) -> None:
    told.made("a", "pending")


def told_otherwise(told: History) -> None:
    told.told("a", "completed", webhook("completed"))
    told.told("a", "completed", webhook("completed") + b" ")


def told_too_early(told: History) -> None:
    told.saw("a", "pending", "failed")
    told.told("a", "completed", webhook("completed"))


def never_told(told: History) -> None:
    told.ended("a", "completed", webhook("completed"))


def told_without_an_end(told: History) -> None:
    told.told("a", "pending", webhook("pending"))
    told.ended("a", "processing", webhook("processing"))


@pytest.mark.parametrize(
    "wrong",
    [again, absorbed, lost, given_twice, told_otherwise, told_too_early, never_told, told_without_an_end],
    ids=lambda each: each.__name__,
)
def test_what_cannot_be_is_told(wrong: Callable[[History], None]) -> None:
    told = history()
    wrong(told)
    assert told.anomalies == 1, told.shown
    assert len(told.shown) == 1


def test_what_may_be_is_no_anomaly() -> None:
    told = history()
    told.told("b", "completed", webhook("completed"))  # before anybody has been acknowledged
    told.made("b", "pending")
    told.saw("a", "pending", "processing")
    told.saw("a", "pending", "pending")  # a look that began before the other one was over
    told.told("a", "failed", webhook("failed"))
    told.told("a", "failed", webhook("failed"))
    told.ended("a", "failed", webhook("failed"))
    told.ended("b", "completed", webhook("completed"))
    assert told.anomalies == 0, told.shown
    assert (list(told), len(told)) == (["a", "b"], 2)
