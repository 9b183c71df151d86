"""Many clients of one way in one process, driven by one loop over their sockets. Knows no server, counts no figures."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

PER_S = 2000  # how many come in a second


class Way(NamedTuple):
    """How the clients of a crowd behave: what each says first, what again and again, how long they stay, what one may
    cost."""

    name: str
    first: bytes
    again: bytes
    pace_s: float
    stay_s: float
    deadline_s: float | None  # since it came
    most_kib: float


class Wire:
    """One client's end of a connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex(("127.0.0.1", port))
        self.came_s = time.monotonic()
        self.went_s = 0.0

    def say(self, words: bytes) -> None:
        """Send a few bytes; that nobody listens any more is seen by who reads."""
        with contextlib.suppress(OSError):
            self.socket.send(words)

    def heard(self) -> bytes | None:
        """What has come; None where nothing ever will."""
        try:
            return self.socket.recv(65536) or None
        except BlockingIOError:
            return b""
        except OSError:
            return None

    def leave(self) -> None:
        """Close it."""
        self.went_s = time.monotonic()
        self.socket.close()


@dataclass
class Crowd:
    """Many clients of one way, driven by one loop."""

    port: int
    way: Way
    wires: list[Wire] = field(default_factory=list)
    answers: int = 0

    def __post_init__(self) -> None:
        self._poll = select.epoll()
        self._here: dict[int, Wire] = {}
        self._due: deque[tuple[float, Wire]] = deque()

    def __len__(self) -> int:
        return len(self._here)

    def gather(self, count: int) -> None:
        """Come, one after the other."""
        begun = time.monotonic()
        while len(self.wires) < count:
            for _ in range(min(count, int((time.monotonic() - begun) * PER_S)) - len(self.wires)):
                self._come()
            self._turn(0.005)

    def live(self, until_s: float) -> None:
        """Go on until then, or until all were sent away."""
        while self._here and time.monotonic() < until_s:
            self._turn(0.02)

    def leave(self) -> None:
        """Go, all at once."""
        for wire in self._here.values():
            wire.socket.close()
        self._here.clear()
        self._poll.close()

    def _come(self) -> None:
        wire = Wire(self.port)
        self.wires.append(wire)
        self._here[wire.socket.fileno()] = wire
        self._poll.register(wire.socket, select.EPOLLOUT)

    def _turn(self, wait_s: float) -> None:
        for number, events in self._poll.poll(wait_s):
            wire = self._here[number]
            if events == select.EPOLLOUT:
                self._begin(wire)
                continue
            heard = wire.heard()
            if heard is None:
                self._poll.unregister(number)
                del self._here[number]
                wire.leave()
            else:
                self.answers += heard.count(b"HTTP/1.1 200")
        self._go_on(time.monotonic())

    def _begin(self, wire: Wire) -> None:
        self._poll.modify(wire.socket, select.EPOLLIN)
        wire.say(self.way.first)
        self._due.append((time.monotonic() + self.way.pace_s, wire))

    def _go_on(self, now: float) -> None:
        while self._due and self._due[0][0] <= now:
            due_s, wire = self._due.popleft()
            if not wire.went_s:
                wire.say(self.way.again)
                self._due.append((due_s + self.way.pace_s, wire))  # each keeps its own time: no lump of all grows
