"""What a store promises: documents with the times they settle and fall due, an outbox, counters, and a capped log.

A store is dumb on purpose: it knows no tasks, no clock and no contract, and every time is given to it. One store holds
the space of one provider. Which backends there are is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol, TypeAlias

Document: TypeAlias = dict[str, Any]
"""A JSON object. What comes out is never what went in, and changing it changes nothing in the store."""

Entry: TypeAlias = "tuple[str | int | float | Entry | None, ...]"
"""An entry of the log: tuples all the way down, so that nobody can change what was noted."""

NEVER_MS = 2**53
"""The time at which something settles, or falls due, that never will."""


class Posted(NamedTuple):
    """A document for the outbox, as it is added there; one whose key is taken is there already."""

    key: str
    document: Document
    settles_ms: int
    now_ms: int
    due_ms: int


class Changed(NamedTuple):
    """The successor of a document, when it settles and falls due, and what goes into the outbox in the same step."""

    document: Document
    settles_ms: int
    due_ms: int = NEVER_MS
    posted: tuple[Posted, ...] = ()


Change: TypeAlias = Callable[[Document], Changed | None]
"""From a document to its successor, or to None for "leave it"; pure, and may run again."""


class Full(Exception):
    """No room, and nothing that may go before `until_ms`; None where nothing will ever go by itself."""

    def __init__(self, what: str, until_ms: int | None = None) -> None:
        super().__init__(what)
        self.until_ms = until_ms


class Down(Exception):
    """The store cannot be asked now: nothing was changed, or at least nobody was told that it was."""


RETRY = ("Retry-After", "5")
"""What a client is told while a store is down."""


class Kept(NamedTuple):
    """A document in a listing, and its number: the later it was added, the higher."""

    number: int
    key: str
    document: Document


class Taken(NamedTuple):
    """Whether a request is taken, how many more would be, and in how many ms that changes for the better."""

    allowed: bool
    left: int
    wait_ms: int


class Rates(Protocol):
    """How many requests were taken in a window of time, by whose rule it is and whose requests they are."""

    def take(self, name: tuple[str, str], count: int, window_ms: int, now_ms: int, *, sliding: bool) -> Taken:
        """Take one request, unless that would be more than `count` in a window."""
        ...

    def forget(self, rule: str) -> None:
        """Forget the windows of one rule."""
        ...

    def clear(self) -> None:
        """Forget every window."""
        ...


class Shelf(Protocol):
    """Documents by key. Every operation is atomic, whoever else is at work."""

    def __len__(self) -> int:
        """How many documents are kept."""
        ...

    def get(self, key: str) -> Document | None:
        """The document with this key."""
        ...

    def add(self, key: str, document: Document, settles_ms: int, now_ms: int, due_ms: int = NEVER_MS) -> bool:
        """Keep a new document; False where the key is taken.

        At the bound, the one that settled longest ago goes first; Full where everything kept settles after `now_ms`.
        """
        ...

    def update(self, key: str, change: Change) -> Document | None:
        """Change a document in one step; the document as it now stands, None where there is none."""
        ...

    def newest(self, limit: int, before: int | None = None) -> list[Kept]:
        """A page of documents, the last added first; the next page stands before the number of its last one."""
        ...

    # what is to be done with a document at a time

    def claim(self, now_ms: int, until_ms: int, limit: int = 100) -> list[Kept]:
        """Documents that are due, the longest due first; each is nobody else's until `until_ms`, and then due again."""
        ...

    def due_ms(self) -> int:
        """When the next document falls due."""
        ...


class Store(Shelf, Protocol):
    """Where the mock keeps what it must not forget."""

    @property
    def outbox(self) -> Shelf:
        """What is to be sent; a change of a document posts here in the same step. Here nothing is posted further."""
        ...

    @property
    def mark(self) -> str:
        """What tells this process from all others that use what is kept here, or have; empty where there are none."""
        ...

    @property
    def epoch(self) -> int:
        """How often the store was reset."""
        ...

    def reset(self) -> None:
        """Forget everything, counters and numbers too, at once, however much there was."""
        ...

    @property
    def rates(self) -> Rates | None:
        """The windows of rates that several servers share; None where nobody shares any."""
        ...

    def listen(self, heard: Callable[[], None]) -> None:
        """Have somebody told whenever something falls due earlier than all there was."""
        ...

    # what the server itself must not forget: a reset leaves it alone

    def recall(self, name: str) -> Document | None:
        """What was last remembered under a name."""
        ...

    def remember(self, name: str, document: Document) -> None:
        """Keep something under a name, in the place of what was there."""
        ...

    # counters: they survive the documents they count

    def count(self, name: str, by: int = 1) -> int:
        """Add to a counter and tell its new value; 0 only reads it."""
        ...

    def spend(self, name: str, amount: int, limit: int) -> bool:
        """Add to a counter only where it stays within the limit."""
        ...

    def counters(self) -> Mapping[str, int]:
        """Every counter that was ever added to."""
        ...

    # the log: the oldest entries go first

    @property
    def noted(self) -> int:
        """How many entries were ever noted: the number of the last one."""
        ...

    def note(self, entry: Entry, size: int) -> int:
        """Write an entry of about this many bytes into the log; its number."""
        ...

    def notes(self, after: int = 0, limit: int = 1000) -> list[tuple[int, Entry]]:
        """The first entries that are still kept and stand after a number, the oldest first."""
        ...


def every(store: Shelf, page: int = 500) -> Iterator[Kept]:
    """Every document of a shelf, the last added first; what is added meanwhile is not seen."""
    before = None
    while kept := store.newest(page, before):
        yield from kept
        before = kept[-1].number
