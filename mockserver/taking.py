"""How what may have to wait for a store is done from an event loop: here, where nobody waits, or beside the loop.

Knows no loop and no thread: who imports it wakes neither.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Take(Protocol):
    """Has work done, and tells what came of it."""

    async def __call__(self, work: Callable[[], T]) -> T:
        """What came of the work; what it raises is raised here."""
        ...


async def at_once(work: Callable[[], T]) -> T:
    """Do work here: what it asks never waits."""
    return work()
