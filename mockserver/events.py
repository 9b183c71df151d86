"""What happens in a mock, as it happens: a bounded, numbered log that costs nothing while nobody listens.

An event names what changed, not what became of it: who tells it looks that up. Whoever asks for what is no longer kept,
or happened while nobody listened, is told of a gap. Knows no tasks, no clock, no door; any thread may say and listen.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from lumakit.errors import UsageError

MAX_EVENTS = 2000  # kept for those who come again, or are slow
MAX_LISTENERS = 32


class Event(NamedTuple):
    """Something that happened: its number, its kind, and what it was about."""

    number: int
    kind: str
    provider: str = ""
    key: str = ""


class Missed(Exception):
    """What was asked for is not kept any more; the log goes on after `number`."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Events:
    """The log of one server. `awake` is true while somebody listens, and a while longer: only then say anything.

    `first` is where the numbers begin: later than those of the process before, so that none means two things.
    """

    def __init__(self, first: int = 0, kept: int = MAX_EVENTS, listeners: int = MAX_LISTENERS) -> None:
        self.awake: bool = False
        self.others: bool = False  # somebody listens at another server
        self._spread: Callable[[str, str, str], None] | None = None
        self._begun: Callable[[], object] | None = None
        self._log: deque[Event] = deque(maxlen=kept)
        self._kept = kept
        self._first = self._last = first  # after which number everything is kept, and the newest
        self._most = listeners
        self._listeners: dict[object, Callable[[], None]] = {}
        self._unheard = 0  # events since the last listener left
        self._lock = threading.Lock()

    @property
    def last(self) -> int:
        """The number of the newest event."""
        return self._last

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._listeners)

    def say(self, kind: str, provider: str = "", key: str = "", *, here: bool = False) -> None:
        """Note that something happened, and wake who listens; elsewhere too, unless they know it by themselves."""
        if self._spread is not None and self.others and not here:
            self._spread(kind, provider, key)
        with self._lock:
            if not self.awake:
                return
            if not self._listeners and not self.others and self._heard_by_nobody():
                return
            self._last += 1
            if len(self._log) == self._kept:
                self._first = self._log[0].number
            self._log.append(Event(self._last, kind, provider, key))
            told = tuple(self._listeners.values())
        for wake in told:
            wake()

    def since(self, number: int, limit: int = MAX_EVENTS) -> list[Event]:
        """The events after a number, the oldest first; raises Missed where some of them are not kept."""
        with self._lock:
            if not self._first <= number <= self._last:
                raise Missed(self._last)
            skipped = len(self._log) - (self._last - number)
            return [self._log[place] for place in range(skipped, min(len(self._log), skipped + limit))]

    def skip(self) -> None:
        """Have everybody who listens told of a gap: something may have happened that nobody has said here."""
        with self._lock:
            if self.awake:
                self._leave_hole()
            told = tuple(self._listeners.values())
        for wake in told:
            wake()

    def listen(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Be woken by every event, in the thread of whoever says it; the answer ends that."""
        token = object()
        with self._lock:
            is_first = not self._listeners
            if len(self._listeners) >= self._most:
                hint = "close another page or stream first"
                raise UsageError(f"{self._most} listen already", code="too_many_listeners", hint=hint)
            self._listeners[token] = wake
            self.awake, self._unheard = True, 0

        def leave() -> None:
            with self._lock:
                self._listeners.pop(token, None)

        if is_first and self._begun is not None:
            self._begun()
        return leave

    def spread(self, told: Callable[[str, str, str], None], begun: Callable[[], object]) -> None:
        """Have what happens here told to other servers, while `hear_others` says that somebody listens there.

        `begun` is called where nobody has listened here, and somebody does.
        """
        self._spread, self._begun = told, begun

    def hear_others(self, listen: bool) -> None:
        """Know whether somebody listens at another server."""
        self.others = listen
        self.awake = self.awake or listen

    def _heard_by_nobody(self) -> bool:
        """Count what nobody hears; after a while fall asleep, with a hole behind what was told."""
        self._unheard += 1
        if self._unheard <= self._kept:
            return False
        self.awake = False
        self._leave_hole()
        return True

    def _leave_hole(self) -> None:
        """Nothing is kept any more, and everybody is behind."""
        self._log.clear()
        self._last += 1
        self._first = self._last
