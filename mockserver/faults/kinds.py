"""What a fault does, as values: one type for each kind, which can say itself and refuses what cannot be meant.

Knows no request and no contract.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from mockserver.faults.numbers import MAX_NUMBER, flags, is_text, number, quoted, said, shown, text, whole, wrong

MAX_WAIT_S = 600.0
MAX_TIME_S = 10.0**8  # three years: longer is for ever
MAX_RATE = 10_000
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100}")


@dataclass(frozen=True, slots=True)
class Latency:
    """The answer is held back: so many seconds, or any time between two."""

    kind: ClassVar[str] = "latency"
    low_s: float
    high_s: float

    def __post_init__(self) -> None:
        number(self.low_s, 0, MAX_WAIT_S, "a latency", "seconds")
        number(self.high_s, self.low_s, MAX_WAIT_S, "the upper end of a latency", "seconds")

    def __str__(self) -> str:
        return f"latency {said(self.low_s)}" + ("" if self.low_s == self.high_s else f"..{said(self.high_s)}")


@dataclass(frozen=True, slots=True)
class LogNormal:
    """The answer is held back as networks do it: half of the times below the median, and a long tail above."""

    kind: ClassVar[str] = "lognormal"
    median_s: float
    sigma: float

    def __post_init__(self) -> None:
        number(self.median_s, 0, MAX_WAIT_S, "the median of a latency", "seconds")
        number(self.sigma, 0, 5, "the sigma of a latency", "a number")

    def __str__(self) -> str:
        return f"latency lognormal {said(self.median_s)} {said(self.sigma)}"


@dataclass(frozen=True, slots=True)
class Status:
    """The answer is the provider's own for this status; `example` names one of several."""

    kind: ClassVar[str] = "status"
    status: int
    example: str = ""
    retry_after_s: int | None = None

    def __post_init__(self) -> None:
        whole(self.status, 400, 599, "the status of a fault")
        text(self.example, "the name of an example")
        if self.retry_after_s is not None:
            whole(self.retry_after_s, 0, MAX_NUMBER, "a Retry-After")

    def __str__(self) -> str:
        named = f" as {quoted(self.example)}" if self.example else ""
        again = "" if self.retry_after_s is None else f" retry-after {self.retry_after_s}"
        return f"{self.status}{named}{again}"


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in a window, for each key, or for all together; the next one is refused."""

    kind: ClassVar[str] = "rate"
    count: int
    window_s: float
    sliding: bool = False
    in_all: bool = False

    def __post_init__(self) -> None:
        whole(self.count, 1, MAX_RATE, "the count of a rate")
        number(self.window_s, 0.001, MAX_TIME_S, "the window of a rate", "seconds")
        flags(self.sliding, self.in_all)

    def __str__(self) -> str:
        window = f"{self.count}/{said(self.window_s)}s"
        return f"rate {'sliding ' if self.sliding else ''}{window}{' in all' if self.in_all else ''}"


@dataclass(frozen=True, slots=True)
class Running:
    """So many unfinished tasks, for each key, or for all together; no further one is taken."""

    kind: ClassVar[str] = "running"
    count: int
    in_all: bool = False

    def __post_init__(self) -> None:
        whole(self.count, 0, MAX_NUMBER, "the count of running tasks")
        flags(self.in_all)

    def __str__(self) -> str:
        return f"at most {self.count} running{' in all' if self.in_all else ''}"


@dataclass(frozen=True, slots=True)
class OutOfCredits:
    """The account is empty, whatever is on it."""

    kind: ClassVar[str] = "credits"

    def __str__(self) -> str:
        return "out of credits"


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset: before anything is done, or after the request was served and so many bytes were sent."""

    kind: ClassVar[str] = "reset"
    after: int | None = None

    def __post_init__(self) -> None:
        if self.after is not None:
            whole(self.after, 0, MAX_NUMBER, "the bytes before a reset")

    def __str__(self) -> str:
        return "reset" if self.after is None else f"reset after {self.after}"


@dataclass(frozen=True, slots=True)
class Lost:
    """The request is served, and its answer is lost: the connection is reset before the first byte of it."""

    kind: ClassVar[str] = "lost"

    def __str__(self) -> str:
        return "lost"


@dataclass(frozen=True, slots=True)
class Truncate:
    """The connection is closed after so many bytes of the body, half of them where nobody says; the head says more."""

    kind: ClassVar[str] = "truncate"
    after: int | None = None

    def __post_init__(self) -> None:
        if self.after is not None:
            whole(self.after, 0, MAX_NUMBER, "the bytes that are sent")

    def __str__(self) -> str:
        return "truncate" if self.after is None else f"truncate {self.after}"


@dataclass(frozen=True, slots=True)
class Malformed:
    """The body arrives whole and is no JSON."""

    kind: ClassVar[str] = "malformed"

    def __str__(self) -> str:
        return "malformed"


@dataclass(frozen=True, slots=True)
class Drip:
    """The body comes slowly."""

    kind: ClassVar[str] = "drip"
    bytes_per_s: float

    def __post_init__(self) -> None:
        number(self.bytes_per_s, 0.001, MAX_NUMBER, "the speed of a drip", "bytes a second")

    def __str__(self) -> str:
        return f"drip {said(self.bytes_per_s)}/s"


@dataclass(frozen=True, slots=True)
class WrongType:
    """The body is said to be of another type than it is."""

    kind: ClassVar[str] = "wrong-type"
    media_type: str = "text/html"

    def __post_init__(self) -> None:
        if not is_text(self.media_type, _MEDIA_TYPE):
            raise wrong(f"{shown(self.media_type)} is no content type", "`wrong-type`, or `wrong-type text/plain`")

    def __str__(self) -> str:
        return "wrong-type" if self.media_type == "text/html" else f"wrong-type {self.media_type}"


@dataclass(frozen=True, slots=True)
class BreakSchema:
    """The body is JSON that does not fit its own schema: a field is gone, or is of another type."""

    kind: ClassVar[str] = "break-schema"

    def __str__(self) -> str:
        return "break-schema"


Does: TypeAlias = (
    Latency
    | LogNormal
    | Status
    | Rate
    | Running
    | OutOfCredits
    | Reset
    | Lost
    | Truncate
    | Malformed
    | Drip
    | WrongType
    | BreakSchema
)
KINDS: dict[str, type[Does]] = {
    each.kind: each
    for each in (
        *(Latency, LogNormal, Status, Rate, Running, OutOfCredits, Reset, Lost),
        *(Truncate, Malformed, Drip, WrongType, BreakSchema),
    )
}
