"""Memory that a crowd took goes back to the system when the crowd has left.

Python and the C library keep what was freed for who comes next, which after ten thousand connections is most of what a
server has. Knows how many connections there are, and how each of the two is asked. Does not know connections.
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable

CROWD = 1000  # fewer are not worth it
RARELY = 1000  # looks at what is young for one at everything
_LEFT = 10  # a tenth of them: the garbage collector looks at those that are still here


class Tidy:
    """Is told now and then how many connections there are, and tidies up once after each crowd."""

    def __init__(self, tidy: Callable[[], object]) -> None:
        self._tidy = tidy
        self._most = 0
        self._gone = False

    def look(self, connections: int) -> None:
        """So many are there now; what a connection had is free only a moment after it has gone."""
        self._most = max(self._most, connections)
        before, self._gone = self._gone, self._most >= CROWD and connections * _LEFT <= self._most
        if before and self._gone:
            self._most, self._gone = connections, False
            self._tidy()


def leave_alone() -> None:
    """All that is here now stays: contracts and modules need not be looked through again and again.

    All that came later is looked through in full a hundred times less often than Python would, for with thousands of
    connections that takes a tenth of a second, in which nobody is answered. What is young is looked at as ever.
    """
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, RARELY)


def nothing() -> None:
    """What is done where the process, and its memory, are somebody else's."""


def give_back() -> None:
    """Give the system what nobody needs."""
    gc.collect()
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # it is glibc's own: elsewhere what was freed is kept
        return
    trim(0)
