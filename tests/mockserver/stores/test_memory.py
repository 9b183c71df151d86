"""The store in memory: everything a store does, and what only this one promises."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mockserver.stores import NEVER_MS, Changed, Full, Store
from mockserver.stores.memory import MemoryStore
from tests.mockserver.stores import suite

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("behaviour", suite.behaviours, ids=lambda each: each.__name__)
def test_the_store_in_memory_does_what_stores_do(behaviour: Callable[[suite.Make], None]) -> None:
    behaviour(MemoryStore)


TestAgainstADict = suite.machine(MemoryStore, max_examples=200, stateful_step_count=40)


def filled(documents: int, max_documents: int = 100_000) -> MemoryStore:
    store = MemoryStore(max_documents)
    for n in range(documents):
        store.add(f"key-{n}", {"n": n}, n, now_ms=n)
    return store


def test_it_is_a_store() -> None:
    store: Store = MemoryStore()
    assert store.epoch == 0


def test_a_large_store_is_forgotten_at_once_and_freed_little_by_little() -> None:
    store = filled(20_000)
    store.reset()
    assert (len(store), store.get("key-1"), len(store._discarded)) == (0, None, 1)
    for n in range(1250):
        store.add(f"key-{n}", {"n": n}, 0, 0)
    assert (len(store), store._discarded) == (1250, [])
    assert store.get("key-7") == {"n": 7}


def test_many_resets_of_large_stores_do_not_pile_up_for_ever() -> None:
    store = filled(10_001)
    store.reset()
    for n in range(10_001):
        store.add(f"key-{n}", {}, 0, 0)
    store.reset()
    assert len(store._discarded) == 1


def test_what_is_stale_does_not_pile_up() -> None:
    store = filled(50_000, max_documents=100)
    store.add("stuck", {}, NEVER_MS, 50_000)
    for n in range(50_000):
        store.update("stuck", suite.to({}, NEVER_MS - n))
    rows = store.rows
    assert len(store) == 100
    for kept in (rows._stamps, rows._keys, rows._numbers, rows._settles):
        assert len(kept) <= 2 * 100 + 1024 + 1


def test_times_at_which_nothing_is_due_any_more_do_not_pile_up() -> None:
    store = filled(10)
    for n in range(5000):
        store.update("key-1", suite.to({}, 0, 10_000 - n))
    assert (len(store.rows._due_stamps) <= 1100, store.due_ms()) == (True, 5001)


def test_documents_are_no_work_for_the_garbage_collector() -> None:
    store = filled(1000)
    gc.collect()
    assert not gc.is_tracked(store.rows.rows)


MEASURED = """
import resource, uuid
from pathlib import Path
from mockserver.stores.memory import MemoryStore

def bytes_used():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

def task(number):
    key = str(uuid.UUID(int=number << 64))
    moments = [[0, "pending", 0], [1886, "processing", 0], [162437, "completed", 100]]
    return key, {"id": key, "kind": "generation", "owner": "0123456789abcdef", "nth": number, "created": 1760000000000,
                 "moments": moments, "held": None, "told": 0, "facts": {"user_prompt": "p" * 184}}

store = MemoryStore()
store.add(*task(0), 0, 0)
before = bytes_used()
for number in range(1, 50_001):
    store.add(*task(number), 1760000000000 + number, 0)
print((bytes_used() - before) // 50_000)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the memory in use")
def test_a_task_takes_at_most_700_bytes_beside_its_own_request() -> None:
    told = subprocess.run([sys.executable, "-c", MEASURED], capture_output=True, text=True, check=True, cwd=ROOT)
    assert 300 < int(told.stdout) - 200 <= 700


def test_large_documents_make_room_for_each_other_or_are_refused() -> None:
    store = MemoryStore(max_document_bytes=3000)
    large = {"prompt": "x" * 1000}
    assert [store.add(key, large, settles, 0) for key, settles in (("a", 5), ("b", 9))] == [True, True]
    with pytest.raises(Full) as full:
        store.add("c", large, 9, 1)
    assert full.value.until_ms == 5
    assert store.add("c", large, 9, 5)
    assert [store.get(key) is not None for key in "abc"] == [False, True, True]
    store.update("b", lambda _: Changed({}, 9))
    assert store.add("d", large, 9, 5)
    assert MemoryStore(max_document_bytes=10).add("a", large, 5, 0)
