"""What flows and drivers say to each other: requests and pauses one way, what came of them the other.

Values only. A driver sends, sleeps and tells the time; a flow does none of that.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from lumakit.flow.asking import Ask
from lumakit.model import Lost, Request, Response

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Pause:
    """So many seconds without anything."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Download:
    """A request for a file, to be asked without a key; what comes is written from byte `have` on, where it is that."""

    request: Request
    have: int = 0


class Heard(NamedTuple):
    """What came of a step, and when: nothing of a pause; of a download an answer without its body."""

    now_ms: int
    answer: Response | Lost | None = None


Step = Ask | Pause | Download
Flow = Generator[Step, Heard, Result]
