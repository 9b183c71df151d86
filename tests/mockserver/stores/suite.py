"""What every store does, as plain functions that take a maker of stores, and a machine that compares one with a dict.

A backend's tests call `behaviours` and `machine` with their own maker; nothing here knows which one it is.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Protocol

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mockserver.stores import NEVER_MS, Change, Changed, Document, Entry, Full, Posted, Shelf, Store, every


class Make(Protocol):
    """Makes an empty store with these bounds."""

    def __call__(
        self,
        max_documents: int = ...,
        max_notes: int = ...,
        max_note_bytes: int = ...,
        max_counters: int = ...,
        *,
        max_posted: int = ...,
    ) -> Store: ...


behaviours: list[Callable[[Make], None]] = []


def behaviour(check: Callable[[Make], None]) -> Callable[[Make], None]:
    behaviours.append(check)
    return check


def to(document: Document, settles_ms: int = 0, due_ms: int = NEVER_MS, *posted: Posted) -> Change:
    """A change that puts this document in the place of any."""
    return lambda _: Changed(document, settles_ms, due_ms, posted)


def keys(shelf: Shelf) -> list[str]:
    return [each.key for each in shelf.newest(100)]


def claimed(shelf: Shelf, now_ms: int, until_ms: int = NEVER_MS, limit: int = 100) -> list[str]:
    return [each.key for each in shelf.claim(now_ms, until_ms, limit)]


# documents


@behaviour
def a_document_is_found_again(make: Make) -> None:
    store = make()
    assert store.add("a", {"n": 1, "word": "Zürich 漢字 \0 \U0001f600"}, 5, 0)
    assert store.get("a") == {"n": 1, "word": "Zürich 漢字 \0 \U0001f600"}
    assert store.get("b") is None
    assert len(store) == 1


@behaviour
def a_taken_key_is_left_alone(make: Make) -> None:
    store = make(max_documents=1)
    assert store.add("a", {"n": 1}, NEVER_MS, 0)
    assert not store.add("a", {"n": 2}, 0, 0)
    assert store.get("a") == {"n": 1}
    assert len(store) == 1


@behaviour
def what_went_in_and_what_came_out_are_nobodys_objects(make: Make) -> None:
    store, document = make(), {"inner": {"n": 1}}
    store.add("a", document, 5, 0)
    document["inner"]["n"] = 2
    for came_out in (store.get("a"), store.update("a", lambda _: None), store.newest(1)[0].document):
        assert came_out == {"inner": {"n": 1}}
        came_out["inner"]["n"] = 3
    put = {"inner": {"n": 4}}
    changed = store.update("a", to(put))
    put["inner"]["n"] = 5
    assert changed == {"inner": {"n": 4}}
    changed["inner"]["n"] = 6
    assert store.get("a") == {"inner": {"n": 4}}


@behaviour
def numbers_of_any_size_come_back(make: Make) -> None:
    store = make()
    document = {"big": 2**70, "small": -(2**200), "float": 0.1, "list": [2**64, None, True], "word": "é"}
    store.add("a", document, 5, 0)
    assert store.get("a") == document
    assert store.update("a", lambda each: Changed({**each, "big": 2**71}, 5)) == {**document, "big": 2**71}
    assert store.get("a") == {**document, "big": 2**71}


@behaviour
def what_is_no_json_is_refused_and_changes_nothing(make: Make) -> None:
    store = make()
    store.add("a", {"n": 1}, 5, 0)
    with pytest.raises((TypeError, ValueError)):
        store.add("b", {"n": {1, 2}}, 5, 0)
    with pytest.raises((TypeError, ValueError)):
        store.update("a", to({"n": object()}))
    assert (keys(store), store.get("a")) == (["a"], {"n": 1})


@behaviour
def an_update_tells_the_document_as_it_now_stands(make: Make) -> None:
    store = make()
    store.add("a", {"n": 1}, 5, 0)
    assert store.update("a", lambda each: Changed({"n": each["n"] + 1}, 5)) == {"n": 2}
    assert store.update("a", lambda _: None) == {"n": 2}
    assert store.update("b", to({"n": 9})) is None
    assert (store.get("a"), store.get("b")) == ({"n": 2}, None)


@behaviour
def a_change_that_fails_changes_nothing(make: Make) -> None:
    store = make()
    store.add("a", {"n": 1}, 5, 0)

    def fails(document: Document) -> Changed:
        document["n"] = 2
        raise LookupError

    with pytest.raises(LookupError):
        store.update("a", fails)
    assert store.get("a") == {"n": 1}
    assert store.update("a", to({"n": 3})) == {"n": 3}


@behaviour
def the_one_that_settled_longest_ago_goes_first(make: Make) -> None:
    store = make(max_documents=3)
    for key, settles_ms in [("late", 30), ("early", 10), ("middle", 20)]:
        store.add(key, {}, settles_ms, 0)
    assert store.add("x", {}, NEVER_MS, now_ms=20)
    assert store.add("y", {}, NEVER_MS, now_ms=20)
    assert keys(store) == ["y", "x", "late"]


@behaviour
def the_oldest_goes_first_where_they_settled_together(make: Make) -> None:
    store = make(max_documents=2)
    for key in ("c", "a", "b"):
        store.add(key, {}, 10, 10)
    assert keys(store) == ["b", "a"]


@behaviour
def nothing_unfinished_goes(make: Make) -> None:
    store = make(max_documents=2)
    store.add("a", {}, NEVER_MS, 0)
    store.add("b", {}, 100, 0)
    with pytest.raises(Full, match="unfinished"):
        store.add("c", {}, 0, now_ms=99)
    assert keys(store) == ["b", "a"]
    assert store.add("c", {}, 0, now_ms=100)
    assert keys(store) == ["c", "a"]


@behaviour
def an_update_moves_the_time_a_document_settles(make: Make) -> None:
    store = make(max_documents=2)
    store.add("a", {}, 10, 0)
    store.add("b", {}, 20, 0)
    store.update("a", to({}, NEVER_MS))
    store.add("c", {}, 5, now_ms=50)
    assert keys(store) == ["c", "a"]
    store.update("a", to({}, 1))
    store.add("d", {}, 5, now_ms=50)
    assert keys(store) == ["d", "c"]


@behaviour
def a_document_that_is_never_finished_outlives_many(make: Make) -> None:
    store = make(max_documents=3)
    store.add("stuck", {"n": 0}, NEVER_MS, 0)
    for n in range(5000):
        store.add(f"key-{n}", {"n": n}, n, now_ms=n)
        store.update("stuck", to({"n": n}, NEVER_MS + n))
    assert keys(store) == ["key-4999", "key-4998", "stuck"]
    assert store.get("stuck") == {"n": 4999}
    assert len(store) == 3


@behaviour
def a_key_comes_back_as_a_new_document(make: Make) -> None:
    store = make(max_documents=1)
    store.add("a", {"n": 1}, 0, 0)
    store.add("b", {}, 0, 0)
    assert store.add("a", {"n": 2}, 5, 0)
    assert [(each.key, each.document) for each in store.newest(9)] == [("a", {"n": 2})]


@behaviour
def a_listing_has_pages_and_the_newest_stands_first(make: Make) -> None:
    store = make()
    for n in range(5):
        store.add(str(n), {"n": n}, 0, 0)
    first = store.newest(2)
    second = store.newest(2, before=first[-1].number)
    assert [each.key for each in (*first, *second)] == ["4", "3", "2", "1"]
    assert [each.key for each in store.newest(9, before=second[-1].number)] == ["0"]
    assert store.newest(9, before=store.newest(9)[-1].number) == []
    assert store.newest(0) == []


@behaviour
def every_document_is_seen_once(make: Make) -> None:
    store = make()
    for n in range(7):
        store.add(str(n), {"n": n}, 0, 0)
    seen = every(store, page=3)
    assert next(seen).key == "6"
    store.add("later", {}, 0, 0)
    assert [each.document["n"] for each in seen] == [5, 4, 3, 2, 1, 0]


# counters


@behaviour
def a_counter_counts(make: Make) -> None:
    store = make()
    assert store.count("a", 0) == 0
    assert store.counters() == {}
    assert [store.count("a"), store.count("a", 5), store.count("a", -2), store.count("a", 0)] == [1, 6, 4, 4]
    assert store.counters() == {"a": 4}


@behaviour
def counters_survive_the_documents(make: Make) -> None:
    store = make(max_documents=1)
    for n in range(4):
        store.count("submitted")
        store.add(str(n), {}, 0, 0)
    assert (len(store), store.counters()) == (1, {"submitted": 4})


@behaviour
def nothing_is_spent_beyond_the_limit(make: Make) -> None:
    store = make()
    assert [store.spend("a", 3, 10) for _ in range(5)] == [True, True, True, False, False]
    assert store.spend("a", 1, 10)
    assert not store.spend("a", 1, 10)
    assert not store.spend("b", 11, 10)
    assert store.counters() == {"a": 10}


@behaviour
def counters_are_bounded_and_never_dropped(make: Make) -> None:
    store = make(max_counters=2)
    store.count("a")
    store.count("b")
    with pytest.raises(Full, match="counter"):
        store.count("c")
    with pytest.raises(Full, match="counter"):
        store.spend("c", 1, 5)
    assert store.count("a") == 2
    assert store.counters() == {"a": 2, "b": 1}


@behaviour
def the_counters_that_are_told_are_a_copy(make: Make) -> None:
    store = make()
    store.count("a")
    told = store.counters()
    store.count("a")
    assert told == {"a": 1}


# the log


@behaviour
def the_log_tells_what_was_noted_in_order(make: Make) -> None:
    store = make()
    entries: list[Entry] = [("a", 1, None), ("b", ("c", 2.5), ()), ("é\0",)]
    assert [store.note(entry, 10) for entry in entries] == [1, 2, 3]
    assert store.notes() == [(1, entries[0]), (2, entries[1]), (3, entries[2])]
    assert store.notes(after=1, limit=1) == [(2, entries[1])]
    assert store.notes(after=3) == []
    assert store.noted == 3


@behaviour
def the_oldest_entries_go_and_numbers_go_on(make: Make) -> None:
    store = make(max_notes=2)
    for n in range(5):
        store.note((n,), 1)
    assert store.notes() == [(4, (3,)), (5, (4,))]
    assert store.notes(after=1, limit=1) == [(4, (3,))]
    assert store.noted == 5


@behaviour
def the_log_is_bounded_in_bytes(make: Make) -> None:
    store = make(max_note_bytes=100)
    for n, size in enumerate((40, 40, 40, 101, 60)):
        store.note((n,), size)
        expected = [[0], [0, 1], [1, 2], [], [4]][n]
        assert [entry[0] for _, entry in store.notes()] == expected
    assert store.noted == 5


# what falls due


@behaviour
def what_is_due_is_claimed_in_its_order_by_one_and_is_due_again_when_the_claim_ends(make: Make) -> None:
    store = make()
    for key, due_ms in [("late", 30), ("early", 10), ("middle", 20), ("never", NEVER_MS)]:
        store.add(key, {}, NEVER_MS, 0, due_ms)
    assert (store.due_ms(), claimed(store, 9)) == (10, [])
    assert claimed(store, 25, until_ms=40) == ["early", "middle"]
    assert (store.due_ms(), claimed(store, 25)) == (30, [])
    assert claimed(store, 40, until_ms=50, limit=2) == ["late", "early"]
    assert claimed(store, 40) == ["middle"]


@behaviour
def a_claim_never_ends_at_once(make: Make) -> None:
    store = make()
    store.add("a", {}, NEVER_MS, 0, 10)
    assert (claimed(store, 10, until_ms=0), claimed(store, 10), store.due_ms()) == (["a"], [], 11)


@behaviour
def a_change_says_anew_when_a_document_is_due(make: Make) -> None:
    store = make()
    store.add("a", {"n": 1}, NEVER_MS, 0, 10)
    store.update("a", to({"n": 2}, NEVER_MS, 30))
    assert (claimed(store, 29), store.claim(30, 99)[0].document) == ([], {"n": 2})
    store.update("a", to({"n": 3}))
    assert store.due_ms() == NEVER_MS


@behaviour
def a_change_posts_in_the_same_step_and_once(make: Make) -> None:
    store = make()
    store.add("task", {"told": 0}, NEVER_MS, 0, 10)
    for told in (1, 2):
        store.update("task", to({"told": told}, NEVER_MS, 20, Posted("task-0", {"n": told}, NEVER_MS, 5, 5)))
    assert (store.get("task"), store.outbox.get("task-0"), len(store.outbox)) == ({"told": 2}, {"n": 1}, 1)
    assert (claimed(store.outbox, 5), store.due_ms(), store.get("task-0")) == (["task-0"], 20, None)
    assert store.outbox.update("task-0", to({"n": 9}, 0)) == {"n": 9}


@behaviour
def what_cannot_be_posted_is_not_changed_either(make: Make) -> None:
    store = make(max_posted=1)
    store.add("task", {"told": 0}, NEVER_MS, 0, 10)
    store.outbox.add("other", {}, 50, 0, 40)
    post = to({"told": 1}, NEVER_MS, NEVER_MS, Posted("task-0", {}, NEVER_MS, 10, 10))
    with pytest.raises(Full) as full:
        store.update("task", post)
    assert (full.value.until_ms, store.get("task"), store.due_ms()) == (50, {"told": 0}, 10)
    settled = to({"told": 1}, NEVER_MS, NEVER_MS, Posted("task-0", {}, NEVER_MS, 50, 50))
    assert (store.update("task", settled), keys(store.outbox)) == ({"told": 1}, ["task-0"])


@behaviour
def an_outbox_posts_nothing_further(make: Make) -> None:
    store = make()
    store.outbox.add("a", {}, 0, 0)
    with pytest.raises(ValueError, match="outbox"):
        store.outbox.update("a", to({}, 0, 0, Posted("b", {}, 0, 0, 0)))


@behaviour
def who_listens_hears_what_is_due_earlier_than_all_there_was(make: Make) -> None:
    store = make()
    heard: list[int] = []
    store.listen(lambda: heard.append(min(store.due_ms(), store.outbox.due_ms())))
    store.add("a", {}, NEVER_MS, 0)
    store.add("b", {}, NEVER_MS, 0, 30)
    store.add("c", {}, NEVER_MS, 0, 40)
    store.update("c", to({}, NEVER_MS, 20))
    store.update("b", to({}, NEVER_MS, 25))
    store.update("a", to({}, NEVER_MS, NEVER_MS, Posted("a-0", {}, NEVER_MS, 10, 10)))
    store.outbox.add("x", {}, NEVER_MS, 0, 5)
    assert heard == [30, 20, 10, 5]


# everything


@behaviour
def a_reset_forgets_everything_and_counts_itself(make: Make) -> None:
    store = make()
    store.add("a", {}, 0, 0)
    store.count("n")
    store.note(("x",), 1)
    store.outbox.add("a", {}, 0, 0, 5)
    assert store.epoch == 0
    store.reset()
    assert (len(store.outbox), store.outbox.due_ms()) == (0, NEVER_MS)
    assert (len(store), store.get("a"), keys(store), store.counters()) == (0, None, [], {})
    assert (store.notes(), store.noted, store.epoch) == ([], 0, 1)
    assert store.add("a", {"n": 2}, 0, 0)
    assert store.newest(1)[0].number == 1
    store.reset()
    assert store.epoch == 2


@behaviour
def nothing_is_lost_between_threads(make: Make) -> None:
    store = make(max_notes=100)
    store.add("a", {"n": 0}, 0, 0)

    def work(n: int) -> bool:
        store.update("a", lambda each: Changed({"n": each["n"] + 1}, n))
        store.add(f"key-{n % 50}", {}, n, n)
        store.count("work")
        store.note((n,), 1)
        return store.spend("money", 3, 500)

    with ThreadPoolExecutor(8) as pool:
        spent = sum(pool.map(work, range(400)))
    assert (store.get("a"), store.count("work", 0), store.noted, len(store)) == ({"n": 400}, 400, 400, 51)
    assert (spent, store.count("money", 0)) == (166, 498)
    assert [number for number, _ in store.notes()] == list(range(301, 401))


# law 7: any sequence of operations gives what a dict would give

KEYS = st.sampled_from("abcdefgh")
TIMES = st.integers(0, 20) | st.just(NEVER_MS)
DOCUMENTS = st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=3) | st.lists(st.none()), max_size=2)
MAX_DOCUMENTS, MAX_NOTES, MAX_NOTE_BYTES = 4, 3, 50


class Against(RuleBasedStateMachine):
    """A store beside a model of dicts and lists."""

    make: ClassVar[Make]

    def __init__(self) -> None:
        super().__init__()
        self.store = type(self).make(max_documents=MAX_DOCUMENTS, max_notes=MAX_NOTES, max_note_bytes=MAX_NOTE_BYTES)
        self.epoch = 0
        self.forget()

    def forget(self) -> None:
        self.documents: dict[str, Document] = {}  # in the order in which they were added
        self.settles: dict[str, int] = {}
        self.added: dict[str, int] = {}
        self.due: dict[str, int] = {}
        self.counters: dict[str, int] = {}
        self.log: list[tuple[int, Entry, int]] = []
        self.numbers = self.noted = 0

    @rule(key=KEYS, document=DOCUMENTS, settles_ms=TIMES, now_ms=st.integers(0, 20), due_ms=TIMES)
    def add(self, key: str, document: Document, settles_ms: int, now_ms: int, due_ms: int) -> None:
        if key in self.documents:
            assert self.store.add(key, document, settles_ms, now_ms, due_ms) is False
            return
        if len(self.documents) == MAX_DOCUMENTS:
            first = min(self.documents, key=lambda each: (self.settles[each], self.added[each]))
            if self.settles[first] > now_ms:
                with pytest.raises(Full):
                    self.store.add(key, document, settles_ms, now_ms)
                return
            del self.documents[first], self.due[first]
        assert self.store.add(key, document, settles_ms, now_ms, due_ms) is True
        self.numbers += 1
        self.due[key] = due_ms
        self.documents[key], self.settles[key], self.added[key] = document, settles_ms, self.numbers

    @rule(key=KEYS)
    def get(self, key: str) -> None:
        assert self.store.get(key) == self.documents.get(key)

    @rule(key=KEYS, document=DOCUMENTS, settles_ms=TIMES, due_ms=TIMES)
    def update(self, key: str, document: Document, settles_ms: int, due_ms: int) -> None:
        changed = self.store.update(key, lambda each: Changed({**each, **document}, settles_ms, due_ms))
        if key in self.documents:
            self.due[key] = due_ms
            self.documents[key] = {**self.documents[key], **document}
            self.settles[key] = settles_ms
        assert changed == self.documents.get(key)

    @rule(key=KEYS)
    def leave(self, key: str) -> None:
        assert self.store.update(key, lambda _: None) == self.documents.get(key)

    @rule(limit=st.integers(0, 5), before=st.none() | st.integers(0, 30))
    def newest(self, limit: int, before: int | None) -> None:
        expected = [(self.added[key], key, document) for key, document in reversed(self.documents.items())]
        page = [each for each in expected if before is None or each[0] < before][:limit]
        assert self.store.newest(limit, before) == page

    @rule(now_ms=st.integers(0, 20), lease_ms=st.integers(0, 5), limit=st.integers(0, 3))
    def claim(self, now_ms: int, lease_ms: int, limit: int) -> None:
        order = sorted(self.documents, key=lambda each: (self.due[each], self.added[each]))
        expected = [key for key in order if self.due[key] <= now_ms][:limit]
        assert claimed(self.store, now_ms, now_ms + lease_ms, limit) == expected
        self.due.update(dict.fromkeys(expected, now_ms + max(lease_ms, 1)))

    @rule(name=st.sampled_from("xy"), by=st.integers(-3, 3))
    def count(self, name: str, by: int) -> None:
        value = self.counters.get(name, 0) + by
        if by:
            self.counters[name] = value
        assert self.store.count(name, by) == value

    @rule(name=st.sampled_from("xy"), amount=st.integers(1, 4), limit=st.integers(0, 12))
    def spend(self, name: str, amount: int, limit: int) -> None:
        value = self.counters.get(name, 0) + amount
        assert self.store.spend(name, amount, limit) is (value <= limit)
        if value <= limit:
            self.counters[name] = value

    @rule(entry=st.tuples(st.text(max_size=3), st.tuples(st.integers(0, 9))), size=st.integers(0, 60))
    def note(self, entry: Entry, size: int) -> None:
        self.noted += 1
        self.log.append((self.noted, entry, size))
        while len(self.log) > MAX_NOTES or sum(each[2] for each in self.log) > MAX_NOTE_BYTES:
            del self.log[0]
        assert self.store.note(entry, size) == self.noted

    @rule(after=st.integers(0, 10), limit=st.integers(0, 4))
    def notes(self, after: int, limit: int) -> None:
        expected = [(number, entry) for number, entry, _ in self.log if number > after]
        assert self.store.notes(after, limit) == expected[:limit]

    @precondition(lambda self: self.documents or self.counters or self.log)
    @rule()
    def reset(self) -> None:
        self.store.reset()
        self.forget()
        self.epoch += 1

    @invariant()
    def stands_where_the_model_stands(self) -> None:
        assert (len(self.store), self.store.noted, self.store.epoch) == (len(self.documents), self.noted, self.epoch)
        assert self.store.counters() == self.counters
        assert self.store.due_ms() == min(self.due.values(), default=NEVER_MS)


def machine(make: Make, **chosen: Any) -> type[Any]:
    """A test case that lets hypothesis drive the stores of a maker."""
    driven: Any = type("Driven", (Against,), {"make": staticmethod(make)})
    case: type[Any] = driven.TestCase
    case.settings = settings(deadline=None, **chosen)
    return case
