"""The rows of a shelf in memory, bounded, and the orders they stand in. Knows no lock."""

from __future__ import annotations

import heapq
from array import array
from bisect import bisect_left

from mockserver.stores import NEVER_MS, Full
from mockserver.stores.packing import numbered

_NUMBER_BITS = 40
_NUMBER = (1 << _NUMBER_BITS) - 1
_SLACK = 1024  # what is stale may pile up to as much as is kept, and this


class Rows:
    """Numbers and documents, packed, by key, by age, by the time they settle and by the time they fall due.

    The place of a document is where its number stands. A stamp is a time and a number in one integer: stamps sort by
    time, then by age. A stamp in a heap whose document is gone, or has another time now, is stale and is passed over.
    """

    def __init__(self, max_documents: int, max_bytes: int) -> None:
        self._max_documents = max_documents
        self._max_bytes = max_bytes
        self.rows: dict[str, bytes] = {}  # texts and bytes only: the garbage collector never looks inside
        self._stamps: list[int] = []
        self._numbers = array("q")
        self._settles = array("q")
        self._keys: list[str | None] = []  # None where the document is gone
        self._dues: dict[int, int] = {}  # by number, of the few that fall due at all
        self._due_stamps: list[int] = []
        self._last = 0
        self.size: int = 0  # bytes of all rows

    def add(self, key: str, packed: bytes, settles_ms: int, now_ms: int, due_ms: int) -> bool:
        """Put a new document behind all others; False where the key is taken, Full where nothing may go for it."""
        if key in self.rows:
            return False
        while self._is_full(len(packed)):
            if not self._drop_settled(now_ms):
                raise Full(f"all {len(self.rows)} documents kept are unfinished", self._until_ms())
        self._append(key, packed, settles_ms, due_ms)
        return True

    def _is_full(self, size: int) -> bool:
        return len(self.rows) >= self._max_documents or (bool(self.rows) and self.size + size > self._max_bytes)

    def _append(self, key: str, packed: bytes, settles_ms: int, due_ms: int) -> None:
        self._settles.append(settles_ms)
        self._last += 1
        self._numbers.append(self._last)
        self._keys.append(key)
        row = self.rows[key] = numbered(self._last, packed)
        self.size += len(row)
        heapq.heappush(self._stamps, _stamp(settles_ms, self._last))
        if due_ms < NEVER_MS:
            self.set_due(self._last, due_ms)

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

    # what falls due

    def set_due(self, number: int, due_ms: int) -> None:
        """Say when a document falls due."""
        if due_ms == self._dues.get(number, NEVER_MS):
            return
        if due_ms >= NEVER_MS:
            del self._dues[number]
            return
        self._dues[number] = due_ms
        heapq.heappush(self._due_stamps, _stamp(due_ms, number))
        if len(self._due_stamps) > 2 * len(self._dues) + _SLACK:
            self._due_stamps = [_stamp(due, each) for each, due in self._dues.items()]
            heapq.heapify(self._due_stamps)

    def due_ms(self) -> int:
        """When the next document falls due."""
        while self._due_stamps:
            due_ms, number = self._due_stamps[0] >> _NUMBER_BITS, self._due_stamps[0] & _NUMBER
            if self._dues.get(number) == due_ms:
                return due_ms
            heapq.heappop(self._due_stamps)
        return NEVER_MS

    def claim(self, now_ms: int, until_ms: int) -> tuple[int, str, bytes] | None:
        """The number, the key and the row that has been due longest; it is due again later."""
        if self.due_ms() > now_ms:
            return None
        number = self._due_stamps[0] & _NUMBER
        self.set_due(number, until_ms)
        key = self._keys[bisect_left(self._numbers, number)]
        return None if key is None else (number, key, self.rows[key])

    # what goes

    def _drop_settled(self, now_ms: int) -> bool:
        """Let the document go that settled longest ago; False where none has settled."""
        while self._stamps and self._stamps[0] >> _NUMBER_BITS <= now_ms:
            stamp = heapq.heappop(self._stamps)
            place = bisect_left(self._numbers, stamp & _NUMBER)
            key = self._keys[place] if place < len(self._keys) else None
            if key is not None and _stamp(self._settles[place], self._numbers[place]) == stamp:
                self.size -= len(self.rows.pop(key))
                self._keys[place] = None
                self._dues.pop(self._numbers[place], None)
                if len(self._keys) > 2 * len(self.rows) + _SLACK:
                    self._tidy()
                return True
        return False

    def _until_ms(self) -> int | None:
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
