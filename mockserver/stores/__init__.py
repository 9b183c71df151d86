"""What a store promises: documents with the times they settle, counters that outlive them, and a capped log.

A store is dumb on purpose: it knows no tasks, no clock and no contract, and every time is given to it. One store holds
the space of one provider. Which backends there are is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol, TypeAlias

Document: TypeAlias = dict[str, Any]
"""A JSON object. What comes out is never what went in, and changing it changes nothing in the store."""

Change: TypeAlias = Callable[[Document], tuple[Document, int] | None]
"""From a document to its successor and when that settles, or to None for "leave it"; pure, and may run again."""

Entry: TypeAlias = "tuple[str | int | float | Entry | None, ...]"
"""An entry of the log: tuples all the way down, so that nobody can change what was noted."""

NEVER_MS = 2**53
"""The time at which something settles that never will."""


class Full(Exception):
    """No room, and nothing that may go before `until_ms`; None where nothing will ever go by itself."""

    def __init__(self, what: str, until_ms: int | None = None) -> None:
        super().__init__(what)
        self.until_ms = until_ms


class Kept(NamedTuple):
    """A document in a listing, and its number: the later it was added, the higher."""

    number: int
    key: str
    document: Document


class Store(Protocol):
    """Where the mock keeps what it must not forget. Every operation is atomic, whoever else is at work."""

    @property
    def epoch(self) -> int:
        """How often the store was reset."""
        ...

    def reset(self) -> None:
        """Forget everything, counters and numbers too, at once, however much there was."""
        ...

    # documents

    def __len__(self) -> int:
        """How many documents are kept."""
        ...

    def get(self, key: str) -> Document | None:
        """The document with this key."""
        ...

    def add(self, key: str, document: Document, settles_ms: int, now_ms: int) -> bool:
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


def every(store: Store, page: int = 500) -> Iterator[Kept]:
    """Every document of a store, the last added first; what is added meanwhile is not seen."""
    before = None
    while kept := store.newest(page, before):
        yield from kept
        before = kept[-1].number
