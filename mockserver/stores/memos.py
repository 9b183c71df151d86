"""What is remembered under names: documents, by something that keeps bytes. Knows no backend."""

from __future__ import annotations

from typing import Protocol

from mockserver.stores import Document
from mockserver.stores.packing import pack, reread


class Notebook(Protocol):
    """What keeps bytes under names."""

    def recall(self, name: str) -> bytes | None:
        """What was last kept under a name."""
        ...

    def remember(self, name: str, body: bytes) -> None:
        """Keep something under a name."""
        ...


class Remembering:
    """What remembers, in a notebook that it may share: `_mine` stands before each of its names there."""

    _notebook: Notebook
    _mine: str = ""

    def recall(self, name: str) -> Document | None:
        """What was last remembered under a name."""
        memo = self._notebook.recall(self._mine + name)
        return None if memo is None else reread(memo)

    def remember(self, name: str, document: Document) -> None:
        """Keep something under a name, in the place of what was there."""
        self._notebook.remember(self._mine + name, pack(document))


class MemoryNotebook:
    """A notebook in memory."""

    def __init__(self) -> None:
        self._memos: dict[str, bytes] = {}

    def recall(self, name: str) -> bytes | None:
        """What was last kept under a name."""
        return self._memos.get(name)

    def remember(self, name: str, body: bytes) -> None:
        """Keep something under a name."""
        self._memos[name] = body
