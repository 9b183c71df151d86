"""What must be true of the tasks of a mock, whoever asks at once and whatever fails: a history to hold against it.

A task that was acknowledged is found until everything is forgotten; its words follow each other as its lifecycle has
it; an end absorbs; whoever looks later never sees an earlier word; a webhook tells what a look tells, and always the
same. Knows tasks by their ids and words; no mock, no store.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from lumakit.contract.lifecycle import Lifecycle

SHOWN = 10


@dataclass(slots=True)
class Known:
    """What is known of a task: the furthest word that anybody has seen, and what a webhook has told."""

    word: str
    webhook: bytes = b""


@dataclass
class History:
    """What was told of tasks, by any number of threads, and what cannot be."""

    lifecycle: Lifecycle
    anomalies: int = 0
    shown: list[str] = field(default_factory=list)
    _known: dict[str, Known] = field(default_factory=dict)
    _unclaimed: dict[str, Known] = field(default_factory=dict)  # told of by webhooks; nobody was acknowledged yet
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __len__(self) -> int:
        return len(self._known)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._known))

    def word(self, key: str) -> str:
        """The furthest word that was seen: whoever looks from now on may not see an earlier one."""
        return self._known[key].word

    def made(self, key: str, word: str) -> None:
        """A task was acknowledged."""
        with self._lock:
            if key in self._known:
                self._wrong(f"{key} was given to two tasks")
            self._known[key] = self._unclaimed.pop(key) if key in self._unclaimed else Known(word)

    def saw(self, key: str, before: str, word: str) -> None:
        """A look that began when `before` was known has seen a word."""
        known = self._known[key]
        with self._lock:
            if not self.lifecycle.legal(before, word):
                self._wrong(f"{key} was {before!r}, and a later look saw {word!r}")
            self._further(key, known, word)

    def missed(self, key: str, how: str) -> None:
        """A task that was acknowledged was not found."""
        with self._lock:
            self._wrong(f"{key} was acknowledged, and is lost: {how}")

    def told(self, key: str, word: str, body: bytes) -> None:
        """A webhook has arrived, perhaps again."""
        with self._lock:
            known = self._known.get(key) or self._unclaimed.setdefault(key, Known(word))
            if known.webhook not in (b"", body):
                self._wrong(f"{key} was told of twice, and otherwise")
            known.webhook = body
            self._further(key, known, word)

    def ended(self, key: str, word: str, body: bytes) -> None:
        """The last look at a task, when nothing is on its way: a webhook has told the same, where there was an end."""
        self.saw(key, self.word(key), word)
        told = self._known[key].webhook
        with self._lock:
            if told != (body if self.lifecycle.words[word].terminal else b""):
                self._wrong(f"{key} is {word!r}, and its webhook said {told[:200]!r}")

    def forget(self) -> None:
        """Everything was reset."""
        self._known.clear()
        self._unclaimed.clear()

    def _further(self, key: str, known: Known, word: str) -> None:
        """Of two words that were seen, one leads to the other."""
        if self.lifecycle.legal(known.word, word):
            known.word = word
        elif not self.lifecycle.legal(word, known.word):
            self._wrong(f"{key} was seen as {known.word!r} and as {word!r}")

    def _wrong(self, what: str) -> None:
        self.anomalies += 1
        if len(self.shown) < SHOWN:
            self.shown.append(what)
