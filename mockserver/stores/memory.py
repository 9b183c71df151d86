"""The store in memory: the fastest, bounded, gone with the process."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping

from mockserver.stores import NEVER_MS, Change, Document, Entry, Full, Kept, Posted
from mockserver.stores.memos import MemoryNotebook, Remembering
from mockserver.stores.packing import pack, unpack
from mockserver.stores.rows import Rows

_AT_ONCE = 10_000  # so many documents are forgotten without anybody noticing
_LEAST_ROOM = 256 * 1024 * 1024  # bytes for documents, and more where many may be kept
_USUAL = 2048


def _nobody() -> None:
    """Who is told of what falls due, until somebody listens."""


class MemoryShelf:
    """Documents in memory, behind a lock that it may share with other shelves."""

    def __init__(self, max_documents: int, max_bytes: int | None, lock: threading.Lock) -> None:
        self._bounds = (max_documents, max_bytes or max(_LEAST_ROOM, _USUAL * max_documents))
        self._lock = lock
        self._discarded: list[Rows] = []
        self.rows: Rows = Rows(*self._bounds)
        self.heard: Callable[[], None] = _nobody

    def __len__(self) -> int:
        return len(self.rows.rows)

    def get(self, key: str) -> Document | None:
        """The document with this key."""
        row = self.rows.rows.get(key)  # one step for the interpreter: no lock is needed
        if row is None:
            return None
        document: Document = unpack(row)[1]
        return document

    def add(self, key: str, document: Document, settles_ms: int, now_ms: int, due_ms: int = NEVER_MS) -> bool:
        """Keep a new document; False where the key is taken, Full where nothing may go for it."""
        packed = pack(document)
        with self._lock:
            if self._discarded and self._discarded[-1].take_apart():
                self._discarded.pop()
            sooner = due_ms < NEVER_MS and due_ms < self.rows.due_ms()
            added = self.rows.add(key, packed, settles_ms, now_ms, due_ms)
        if added and sooner:
            self.heard()
        return added

    def update(self, key: str, change: Change) -> Document | None:
        """Change a document in one step; the document as it now stands."""
        with self._lock:
            due_ms = self._due_ms()
            row = self.rows.rows.get(key)
            if row is None:
                return None
            number, document = unpack(row)
            changed = change(document)
            if changed is not None:
                packed = pack(changed.document)
                self._post(changed.posted)
                row = self.rows.replace(key, number, packed, changed.settles_ms)
                self.rows.set_due(number, changed.due_ms)
                document = unpack(row)[1]
            sooner = changed is not None and self._due_ms() < due_ms
        if sooner:
            self.heard()
        return document  # type: ignore[no-any-return]  # rows hold what documents were packed into

    def _due_ms(self) -> int:
        return self.rows.due_ms()

    def _post(self, posted: tuple[Posted, ...]) -> None:
        """Put documents into the outbox; from there nothing is posted further."""
        if posted:
            raise ValueError("an outbox posts nothing")

    def newest(self, limit: int, before: int | None = None) -> list[Kept]:
        """A page of documents, the last added first."""
        with self._lock:
            page = self.rows.page(limit, before)
        return [Kept(number, key, unpack(row)[1]) for number, key, row in page]

    def claim(self, now_ms: int, until_ms: int, limit: int = 100) -> list[Kept]:
        """Documents that are due, the longest due first; each is due again at `until_ms`."""
        with self._lock:
            found: list[tuple[int, str, bytes]] = []
            while len(found) < limit and (claimed := self.rows.claim(now_ms, max(until_ms, now_ms + 1))):
                found.append(claimed)
        return [Kept(number, key, unpack(row)[1]) for number, key, row in found]

    def due_ms(self) -> int:
        """When the next document falls due."""
        with self._lock:
            return self.rows.due_ms()

    def clear(self) -> None:
        """Forget everything; what is large is taken apart later, a little with every document that comes."""
        if len(self.rows.rows) > _AT_ONCE:
            self._discarded.append(self.rows)
        self.rows = Rows(*self._bounds)


class MemoryStore(Remembering, MemoryShelf):
    """Documents, an outbox, counters and a log in memory, behind one lock."""

    mark = ""

    def __init__(
        self,
        max_documents: int = 100_000,
        max_notes: int = 10_000,
        max_note_bytes: int = 64 * 1024 * 1024,
        max_counters: int = 1_000_000,
        max_document_bytes: int | None = None,
        max_posted: int = 100_000,
    ) -> None:
        super().__init__(max_documents, max_document_bytes, threading.Lock())
        self._outbox = MemoryShelf(max_posted, None, self._lock)
        self._max_notes = max_notes
        self._max_note_bytes = max_note_bytes
        self._max_counters = max_counters
        self._epoch = 0
        self._notebook = MemoryNotebook()
        self._forget()

    def _forget(self) -> None:
        self._counters: dict[str, int] = {}
        self._log: deque[tuple[Entry, int]] = deque()
        self._log_bytes = 0
        self._noted = 0

    @property
    def outbox(self) -> MemoryShelf:
        """What is to be sent."""
        return self._outbox

    @property
    def epoch(self) -> int:
        """How often the store was reset."""
        return self._epoch

    def reset(self) -> None:
        """Forget everything."""
        with self._lock:
            self.clear()
            self._outbox.clear()
            self._forget()
            self._epoch += 1

    @property
    def rates(self) -> None:
        """Nobody shares any."""
        return None

    def listen(self, heard: Callable[[], None]) -> None:
        """Have somebody told whenever something falls due earlier than all there was."""
        self.heard = self._outbox.heard = heard

    def _due_ms(self) -> int:
        return min(self.rows.due_ms(), self._outbox.rows.due_ms())

    def _post(self, posted: tuple[Posted, ...]) -> None:
        for each in posted:
            self._outbox.rows.add(each.key, pack(each.document), each.settles_ms, each.now_ms, each.due_ms)

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
