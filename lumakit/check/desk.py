"""Where what passes a proxy is taken down: one thread hides secrets, keeps and judges it, while bytes go on.

It works in the pauses, and a second later at the latest: whoever waits for bytes would wait for the judge too, because
threads of one process take turns. Knows what was heard and how much is kept. Does not know rules: who judges is handed
in.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from lumakit.check.packing import unpacked
from lumakit.check.recording import MAX_SEEN, Seen
from lumakit.check.relay import Heard
from lumakit.check.shares import Keys, inside
from lumakit.check.traffic import Record, Unanswered
from lumakit.check.verdict import Judged
from lumakit.contract.compile import Contract
from lumakit.model import Exchange, Lost

QUIET_S, LATEST_S = 0.05, 1.0  # how long nothing must have passed, and how long is waited for that
Judge = Callable[[Exchange], Iterable[Judged]]
Tell = Callable[[Exchange, Judged], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken down: so many things, so many bytes of bodies, and so many may wait for their turn."""

    seen: int = MAX_SEEN
    kept_bytes: int = 512 * 1024 * 1024
    waiting: int = 10_000


class Desk:
    """Listens to a relay, until it is closed."""

    def __init__(
        self, contract: Contract, base: str, source: str, judge: Judge, tell: Tell, limits: Limits = Limits()
    ) -> None:
        self.record: Record = Record(source=source)
        self.left_out: int = 0
        self.keys: Keys = Keys(contract)
        self.failure: Exception | None = None
        self._base = base
        self._judge = judge
        self._tell = tell
        self._limits = limits
        self._kept = 0
        self._seen = 0
        self._waiting: queue.SimpleQueue[tuple[Heard, float] | None] = queue.SimpleQueue()
        self._passed_s = 0.0  # when something passed last
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="lumakit-desk", daemon=True)

    def number(self) -> int:
        """The next number."""
        self._passed_s = time.monotonic()
        return self.record.number()

    def hear(self, heard: Heard) -> None:
        """Something passed."""
        self._passed_s = time.monotonic()
        if self._waiting.qsize() < self._limits.waiting:
            self._waiting.put((heard, self._passed_s))
        else:
            self.left_out += 1

    def __enter__(self) -> Desk:
        """Begin to work."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take down what still waits, and end."""
        self._closing.set()
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (next_ := self._waiting.get()) is not None:
            heard, came_s = next_
            self._pause(came_s)
            if self.failure is None:
                try:
                    self._take(heard)
                except Exception as error:  # noqa: BLE001  # raised again in the main thread, when all is over
                    self.failure = error

    def _pause(self, came_s: float) -> None:
        """Wait for a pause, unless it is late or the end."""
        until_s = came_s + LATEST_S
        while (left_s := min(self._passed_s + QUIET_S, until_s) - time.monotonic()) > 0:
            if self._closing.wait(left_s):
                return

    def _take(self, heard: Heard) -> None:
        seen: Any = self.keys.hidden(self.keys.labelled(_seen(heard, self._base)))
        size = len(seen.request.body) + (len(seen.response.body) if isinstance(seen, Exchange) else 0)
        if self._seen >= self._limits.seen or self._kept + size > self._limits.kept_bytes:
            self.left_out += 1
            return
        self._seen, self._kept = self._seen + 1, self._kept + size
        self.record.add(seen)
        if isinstance(seen, Exchange):
            for each in self._judge(seen):
                self._tell(seen, each)


def _seen(heard: Heard, base: str) -> Seen:
    request = unpacked(heard.request)
    seen: Seen
    if isinstance(heard.answer, Lost):
        seen = Unanswered(heard.number, heard.at_ms, request, heard.answer)
    else:
        seen = Exchange(
            heard.number,
            heard.at_ms,
            request,
            unpacked(heard.answer),
            request_bytes=heard.request_bytes,
            response_bytes=heard.response_bytes,
        )
    return inside(seen, base)
