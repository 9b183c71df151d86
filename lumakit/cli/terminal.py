"""What a command speaks to: two streams, how wide they are, whether they take colour, and a clock.

Knows streams. Does not know what is said.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TextIO

from lumakit.clock import Clock, SystemClock

COLUMNS = 80  # of a terminal that does not say


@dataclass(frozen=True)
class Terminal:
    """Where results and complaints go. `seed` is what chance is drawn from, None for another one each time."""

    out: TextIO
    err: TextIO
    clock: Clock = field(default_factory=SystemClock)
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    columns: Callable[[], int] | None = None
    seed: str | None = None

    @property
    def draws(self) -> bool:
        """True where a line may be drawn again and again."""
        return self.err.isatty() and self.environment.get("TERM") != "dumb"

    @property
    def colours(self) -> bool:
        """True where what is complained of may have a colour."""
        return self.draws and not self.environment.get("NO_COLOR")

    @property
    def width(self) -> int:
        """How many letters a line takes, now."""
        if self.columns:
            return self.columns()
        with contextlib.suppress(OSError, ValueError):
            return os.get_terminal_size(self.err.fileno()).columns or COLUMNS
        return COLUMNS

    def tell(self, text: str) -> None:
        """Say what was asked for."""
        self.out.write(text)
        self.out.flush()

    def whisper(self, text: str) -> None:
        """Say what is said beside it; that nobody hears it is no reason to end."""
        with contextlib.suppress(OSError):
            self.err.write(text)
            self.err.flush()


def here() -> Terminal:
    """The terminal of this process; a stream that was closed before the start takes everything."""
    return Terminal(sys.stdout or io.StringIO(), sys.stderr or io.StringIO())
