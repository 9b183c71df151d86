"""How many requests were taken in a window of time: fixed, or sliding. Bounded: who was not seen longest is forgotten.

Every time is given. Knows no request; whoever asks holds a lock.
"""

from __future__ import annotations

from collections import OrderedDict, deque

from mockserver.stores import Taken

MAX_TIMES = 200_000  # that are remembered in all windows together
Name = tuple[str, str]


class Windows:
    """The windows of all faults, by the fault and whose they are."""

    def __init__(self, max_times: int = MAX_TIMES) -> None:
        self._max_times = max_times
        self._times: OrderedDict[Name, deque[int]] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        """How many times are remembered."""
        return self._size

    def take(self, name: Name, count: int, window_ms: int, now_ms: int, *, sliding: bool) -> Taken:
        """Take one request, unless that would be more than `count` in a window."""
        begun_ms = now_ms - window_ms if sliding else now_ms - now_ms % window_ms - 1
        times = self._at(name)
        while times and times[0] <= begun_ms:
            times.popleft()
            self._size -= 1
        allowed = len(times) < count
        if allowed:
            times.append(now_ms)
            self._size += 1
            self._make_room(name)
        free_ms = times[0] + window_ms if sliding else now_ms - now_ms % window_ms + window_ms
        return Taken(allowed, count - len(times), max(1, free_ms - now_ms))

    def forget(self, fault: str) -> None:
        """Forget the windows of one fault."""
        for name in [name for name in self._times if name[0] == fault]:
            self._size -= len(self._times.pop(name))

    def clear(self) -> None:
        """Forget every window."""
        self._times.clear()
        self._size = 0

    def _at(self, name: Name) -> deque[int]:
        times = self._times.setdefault(name, deque())
        self._times.move_to_end(name)
        return times

    def _make_room(self, name: Name) -> None:
        """Windows go as a whole, the one that was not asked for longest first; never the one that is asked for now."""
        while self._size + len(self._times) > self._max_times and next(iter(self._times)) != name:
            self._size -= len(self._times.popitem(last=False)[1])
