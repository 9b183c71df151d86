"""What faults count is counted in the store: a killed process takes nothing along, what begins anew begins at one."""

from __future__ import annotations

from pathlib import Path

import pytest

from lumakit.clock import VirtualClock
from mockserver import MockProvider
from mockserver.faults.strike import is_counted
from mockserver.faults.text import parse
from mockserver.stores.backend import opened
from mockserver.stores.memory import MemoryStore
from tests.mockserver.faults.asked import CHAINHUB, mocked, said, submit


def statuses(mock: MockProvider, count: int) -> list[int]:
    return [submit(mock).status for _ in range(count)]


def test_counts_go_on_after_a_process_that_was_killed(tmp_path: Path) -> None:
    found, clock = [], VirtualClock()
    for _ in range(6):
        backend = opened(f"sqlite:///{tmp_path}/mock.db")
        store = backend.store("chainhub", 100)
        found += statuses(MockProvider(CHAINHUB, clock=clock, store=store, faults=["503 every 3rd", "429 first 1"]), 2)
        backend.close()  # the file is closed, and nobody has told the mock
    assert found == [429, 200, 503] + [200, 200, 503] * 3


def test_faults_of_another_start_begin_anew(tmp_path: Path) -> None:
    found = []
    for fault in ("503 first 2", "429 first 2", "503 first 2"):
        backend = opened(f"sqlite:///{tmp_path}/mock.db")
        store = backend.store("chainhub", 100)
        found += statuses(MockProvider(CHAINHUB, clock=VirtualClock(), store=store, faults=[fault]), 3)
        backend.close()
    assert found == [503, 503, 200, 429, 429, 200, 503, 503, 200]


def test_faults_that_an_older_lumakit_has_kept_count_anew_and_each_by_itself() -> None:
    mock = mocked("503 first 2", "429 first 2 on POST /luma/generations")
    assert statuses(mock, 1) == [503]
    mock.faults.restore([{key: row[key] for key in ("fault", "added_ms")} for row in mock.faults.kept()])
    assert statuses(mock, 3) == [503, 503, 200]


@pytest.mark.parametrize("begin", ["reset", "replace", "add"])
def test_a_fault_that_begins_anew_has_counted_nothing(begin: str) -> None:
    mock = mocked("503 first 2")
    assert statuses(mock, 3) == [503, 503, 200]
    if begin == "reset":
        mock.faults.reset()
    elif begin == "replace":
        mock.faults.replace(["503 first 2"])
    else:
        mock.faults.remove("1")
        mock.faults.add("503 first 2")
    assert statuses(mock, 3) == [503, 503, 200]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("503", False),
        ("rate 10/60s", False),
        ("at most 3 running", False),
        ("reset on media", False),
        ("503 every 3rd", True),
        ("503 the 3rd", True),
        ("503 first 3", True),
        ("rate 10/60s 5%", True),
        ("latency 1..3", True),
        ("truncate", True),
    ],
)
def test_only_what_asks_for_a_count_is_counted(text: str, expected: bool) -> None:
    fault = parse(text)
    assert is_counted(fault) is expected
    mock = mocked(fault)
    submit(mock)
    assert mock.store.counters().get("fault/1", 0) == int(expected)


def test_a_store_without_room_for_a_count_refuses_and_says_why() -> None:
    mock = mocked("503 first 2", store=MemoryStore(max_counters=1))
    refused = submit(mock)
    assert refused.status == 503
    assert "no fault can be counted: 1 counters are kept" in said(refused)
