"""The store in memory: the fastest, bounded, gone with the process."""

from __future__ import annotations

import heapq
import threading
from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Mapping

from mockserver.stores import NEVER_MS, Change, Document, Entry, Full, Kept
from mockserver.stores.packing import numbered, pack, unpack

_NUMBER_BITS = 40
_NUMBER = (1 << _NUMBER_BITS) - 1
_SLACK = 1024  # what is stale may pile up to as much as is kept, and this
_AT_ONCE = 10_000  # so many documents are forgotten without anybody noticing
_LEAST_ROOM = 256 * 1024 * 1024  # bytes for documents, and more where many may be kept
_USUAL = 2048


class MemoryStore:
    """Documents, counters and a log in memory, behind one lock."""

    def __init__(
        self,
        max_documents: int = 100_000,
        max_notes: int = 10_000,
        max_note_bytes: int = 64 * 1024 * 1024,
        max_counters: int = 1_000_000,
        max_document_bytes: int | None = None,
    ) -> None:
        self._max_documents = max_documents
        self._max_bytes = max_document_bytes or max(_LEAST_ROOM, _USUAL * max_documents)
        self._max_notes = max_notes
        self._max_note_bytes = max_note_bytes
        self._max_counters = max_counters
        self._lock = threading.Lock()
        self._epoch = 0
        self._discarded: list[_Shelf] = []
        self._begin()

    def _begin(self) -> None:
        self._shelf = _Shelf()
        self._counters: dict[str, int] = {}
        self._log: deque[tuple[Entry, int]] = deque()
        self._log_bytes = 0
        self._noted = 0

    @property
    def epoch(self) -> int:
        """How often the store was reset."""
        return self._epoch

    def reset(self) -> None:
        """Forget everything; a large store is taken apart later, a little with every document that comes."""
        with self._lock:
            if len(self._shelf.rows) > _AT_ONCE:
                self._discarded.append(self._shelf)
            self._begin()
            self._epoch += 1

    # documents

    def __len__(self) -> int:
        return len(self._shelf.rows)

    def get(self, key: str) -> Document | None:
        """The document with this key."""
        row = self._shelf.rows.get(key)  # one step for the interpreter: no lock is needed
        if row is None:
            return None
        document: Document = unpack(row)[1]
        return document

    def add(self, key: str, document: Document, settles_ms: int, now_ms: int) -> bool:
        """Keep a new document; False where the key is taken, Full where nothing may go for it."""
        packed = pack(document)
        with self._lock:
            if self._discarded and self._discarded[-1].take_apart():
                self._discarded.pop()
            shelf = self._shelf
            if key in shelf.rows:
                return False
            while self._is_full(len(packed)):
                if shelf.drop_settled(now_ms):
                    continue
                raise Full(f"all {len(shelf.rows)} documents kept are unfinished", shelf.until_ms())
            shelf.append(key, packed, settles_ms)
            return True

    def _is_full(self, size: int) -> bool:
        rows = self._shelf.rows
        return len(rows) >= self._max_documents or (bool(rows) and self._shelf.size + size > self._max_bytes)

    def update(self, key: str, change: Change) -> Document | None:
        """Change a document in one step; the document as it now stands."""
        with self._lock:
            row = self._shelf.rows.get(key)
            if row is None:
                return None
            number, document = unpack(row)
            changed = change(document)
            if changed is not None:
                row = self._shelf.replace(key, number, pack(changed[0]), changed[1])
                document = unpack(row)[1]
            return document  # type: ignore[no-any-return]  # rows hold what documents were packed into

    def newest(self, limit: int, before: int | None = None) -> list[Kept]:
        """A page of documents, the last added first."""
        with self._lock:
            page = self._shelf.page(limit, before)
        return [Kept(number, key, unpack(row)[1]) for number, key, row in page]

    # counters

    def count(self, name: str, by: int = 1) -> int:
        """Add to a counter and tell its new value."""
        with self._lock:
            return self._add(name, by)

    def spend(self, name: str, amount: int, limit: int) -> bool:
        """Add to a counter only where it stays within the limit."""
        with self._lock:
            within = self._counters.get(name, 0) + amount <= limit
            if within:
                self._add(name, amount)
            return within

    def counters(self) -> Mapping[str, int]:
        """Every counter that was ever added to."""
        with self._lock:
            return dict(self._counters)

    def _add(self, name: str, by: int) -> int:
        value = self._counters.get(name, 0) + by
        if by:
            if name not in self._counters and len(self._counters) >= self._max_counters:
                raise Full(f"{len(self._counters)} counters are kept, and a counter is never dropped")
            self._counters[name] = value
        return value

    # the log

    @property
    def noted(self) -> int:
        """How many entries were ever noted: the number of the last one."""
        return self._noted

    def note(self, entry: Entry, size: int) -> int:
        """Write an entry into the log; the oldest go where there are too many, or too large ones."""
        with self._lock:
            log = self._log
            log.append((entry, size))
            self._log_bytes += size
            while len(log) > self._max_notes or self._log_bytes > self._max_note_bytes:
                self._log_bytes -= log.popleft()[1]
            self._noted += 1
            return self._noted

    def notes(self, after: int = 0, limit: int = 1000) -> list[tuple[int, Entry]]:
        """The first entries that are still kept and stand after a number, the oldest first."""
        with self._lock:
            gone = self._noted - len(self._log)
            first = max(after - gone, 0)
            last = min(first + limit, len(self._log))
            return [(gone + place + 1, self._log[place][0]) for place in range(first, last)]


class _Shelf:
    """Rows - a number and a document, packed - by key, by age and by the time they settle.

    The place of a document is where its number stands. A stamp is the time a document settles and its number in one
    integer: stamps sort by time, then by age. A stamp in the heap whose document is gone, or settles at another time
    now, is stale and is passed over.
    """

    def __init__(self) -> None:
        self.rows: dict[str, bytes] = {}  # texts and bytes only: the garbage collector never looks inside
        self._stamps: list[int] = []
        self._numbers = array("q")
        self._settles = array("q")
        self._keys: list[str | None] = []  # None where the document is gone
        self._last = 0
        self.size = 0  # bytes of all rows

    def append(self, key: str, packed: bytes, settles_ms: int) -> None:
        """Put a new document behind all others."""
        self._settles.append(settles_ms)
        self._last += 1
        self._numbers.append(self._last)
        self._keys.append(key)
        row = self.rows[key] = numbered(self._last, packed)
        self.size += len(row)
        heapq.heappush(self._stamps, _stamp(settles_ms, self._last))

    def replace(self, key: str, number: int, packed: bytes, settles_ms: int) -> bytes:
        """Put a document in the place of another; its row."""
        place = bisect_left(self._numbers, number)
        moved, self._settles[place] = settles_ms != self._settles[place], settles_ms
        self.size -= len(self.rows[key])
        row = self.rows[key] = numbered(number, packed)
        self.size += len(row)
        if moved:
            heapq.heappush(self._stamps, _stamp(settles_ms, number))
            if len(self._stamps) > 2 * len(self.rows) + _SLACK:
                self._tidy()
        return row

    def drop_settled(self, now_ms: int) -> bool:
        """Let the document go that settled longest ago; False where none has settled."""
        while self._stamps and self._stamps[0] >> _NUMBER_BITS <= now_ms:
            stamp = heapq.heappop(self._stamps)
            place = bisect_left(self._numbers, stamp & _NUMBER)
            key = self._keys[place] if place < len(self._keys) else None
            if key is not None and _stamp(self._settles[place], self._numbers[place]) == stamp:
                self.size -= len(self.rows.pop(key))
                self._keys[place] = None
                if len(self._keys) > 2 * len(self.rows) + _SLACK:
                    self._tidy()
                return True
        return False

    def until_ms(self) -> int | None:
        """When the next document settles; None where none ever will."""
        first = self._stamps[0] >> _NUMBER_BITS if self._stamps else NEVER_MS
        return first if first < NEVER_MS else None

    def _tidy(self) -> None:
        """Forget everything that is stale."""
        kept = [place for place, key in enumerate(self._keys) if key is not None]
        self._keys = [self._keys[place] for place in kept]
        self._numbers = array("q", map(self._numbers.__getitem__, kept))
        self._settles = array("q", map(self._settles.__getitem__, kept))
        self._stamps = list(map(_stamp, self._settles, self._numbers))
        heapq.heapify(self._stamps)

    def page(self, limit: int, before: int | None) -> list[tuple[int, str, bytes]]:
        """Numbers, keys and rows, the last added first."""
        page: list[tuple[int, str, bytes]] = []
        place = len(self._keys) if before is None else bisect_left(self._numbers, before)
        while place > 0 and len(page) < limit:
            place -= 1
            key = self._keys[place]
            if key is not None:
                page.append((self._numbers[place], key, self.rows[key]))
        return page

    def take_apart(self, documents: int = 16) -> bool:
        """Free the memory of a few documents; True when nothing is left."""
        for _ in range(min(documents, len(self.rows))):
            self.rows.popitem()
        del self._stamps[-2 * documents :], self._keys[-2 * documents :]
        return not self.rows


def _stamp(settles_ms: int, number: int) -> int:
    return settles_ms << _NUMBER_BITS | number
