"""One holder of a file at a time, among the threads and the processes of a machine; the system lets go with a holder
that dies.

The one room that names the two ways in which systems lock files.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

if sys.platform == "win32":
    import msvcrt

    _FAR = 2**40  # a byte behind every end: what is locked there can still be read by others

    def _take(file: int) -> None:
        import os

        os.lseek(file, _FAR, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

    def _leave(file: int) -> None:
        import os

        os.lseek(file, _FAR, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _leave(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)


TRIES = 1000
EVERY_S = 0.01


class Busy(Exception):
    """Somebody else has held it for too long."""


@contextmanager
def held(file: int, wait: Callable[[float], object], tries: int = TRIES) -> Iterator[None]:
    """Hold an open file; Busy where it is not to be had."""
    for _ in range(tries):
        try:
            _take(file)
            break
        except OSError as error:
            if not isinstance(error, (BlockingIOError, PermissionError)):
                raise
            wait(EVERY_S)
    else:
        raise Busy
    try:
        yield
    finally:
        _leave(file)
