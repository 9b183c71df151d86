"""From where in the application, and in the test, a request was sent.

Looks at the stack of the thread that sends; knows no request. A request that is sent from another task or thread than
the test has no line in the test.
"""

from __future__ import annotations

import sys
import sysconfig
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import FrameType

_HOME = str(Path(__file__).resolve().parent.parent)
_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})


@dataclass(frozen=True, slots=True)
class Origin:
    """The line of the application that sent a request, and the line of the test it was called from; '' for none."""

    application: str = ""
    test: str = ""


def origin(test_file: str, frame: FrameType | None = None) -> Origin:
    """Where the request that is being sent comes from."""
    here = frame or sys._getframe(1)  # noqa: SLF001  # the documented way to look at a stack without its cost
    application = ""
    at: FrameType | None = here
    while at is not None:
        file = at.f_code.co_filename
        if file == test_file:
            line = _line(at)
            return Origin(application or line, line)
        if not application and is_theirs(file):
            application = _line(at)
        at = at.f_back
    return Origin(application, "")


@lru_cache(maxsize=1024)
def is_theirs(file: str) -> bool:
    """True for a file of the application or its tests; libraries, and ourselves, are not theirs."""
    return not (file.startswith((_HOME, "<")) or "site-packages" in file or file.startswith(_LIBRARIES))


def _line(frame: FrameType) -> str:
    return f"{shown(frame.f_code.co_filename)}:{frame.f_lineno}"


@lru_cache(maxsize=1024)  # asked for with every request
def shown(file: str) -> str:
    """A file as people name it: from where they stand, where it is below."""
    try:
        return str(Path(file).relative_to(Path.cwd()))
    except ValueError:
        return file
