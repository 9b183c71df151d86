"""What was seen lately, so that nothing is handled twice. Knows ids and one lock; not what they stand for."""

from __future__ import annotations

import threading

from lumakit.errors import UsageError

MOST = 10_000


class Seen:
    """The ids of the latest deliveries, for who does not want to handle one twice; safe among threads.

    Remembers the newest `most` of them in this process. Where there are several processes, the database is the place.
    """

    def __init__(self, most: int = MOST) -> None:
        if most < 1:
            raise UsageError(f"{most} ids cannot be remembered", code="bad_seen", hint="at least 1")
        self._most = most
        self._ids: dict[str, None] = {}
        self._lock = threading.Lock()

    def add(self, id: str) -> bool:  # noqa: A002  # it is the delivery's
        """Remember an id; True where it is new."""
        with self._lock:
            if id in self._ids:
                return False
            self._ids[id] = None
            if len(self._ids) > self._most:
                del self._ids[next(iter(self._ids))]
            return True

    def forget(self, id: str) -> None:  # noqa: A002
        """Take an id back: what it brought could not be handled, and may come again."""
        with self._lock:
            self._ids.pop(id, None)

    def __contains__(self, id: object) -> bool:  # noqa: A002
        return id in self._ids

    def __len__(self) -> int:
        return len(self._ids)
