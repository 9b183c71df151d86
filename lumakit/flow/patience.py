"""How long to wait: between tries, between looks at a task, and what `Retry-After` and its like say: arithmetic."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from lumakit.contract.reading import Reading, Task
from lumakit.draws import Draw
from lumakit.model import Response

_SECONDS = re.compile(r"\d{1,9}(?:\.\d{1,3})?", re.ASCII)
# What providers say beside `Retry-After` or in its place: `retry-after-ms`, `x-poll-after`, `some-poll-after-ms`.
_HINTS = ("retry-after", "retry-after-ms", "poll-after", "poll-after-ms")
EASIEST_S, SLOWEST_S, UNKNOWN_S = 1.0, 5.0, 3.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a call is tried that may be, and how a task is waited for.

    Between tries passes a random part of a time that doubles, from `first_s` up to `longest_s`; a `Retry-After` is
    kept, and one above `longest_retry_after_s` ends the tries. Looks begin `every_s` apart and slow down by
    `slower` each, up to `slowest_s`.
    """

    tries: int = 4
    first_s: float = 0.5
    longest_s: float = 8.0
    longest_retry_after_s: float = 60.0
    slower: float = 1.2
    slowest_s: float = 15.0
    lost_looks: int = 10
    unknown_words: int = 10

    def before_try(self, tried: int, told_s: float | None, draw: Draw) -> float | None:
        """How long before the next try; None for no more."""
        if tried >= self.tries or (told_s or 0.0) > self.longest_retry_after_s:
            return None
        return max(self.jittered(tried, draw), told_s or 0.0)

    def jittered(self, tried: int, draw: Draw) -> float:
        """A random part of a time that doubles with each try."""
        return draw.fraction(f"try {tried}") * min(self.longest_s, self.first_s * 2.0 ** (tried - 1))

    def before_look(self, looks: int, every_s: float, draw: Draw) -> float:
        """How long before the next look at a task, a tenth more or less."""
        grown = every_s * min(self.slower**looks, 1e6)
        return min(grown, max(every_s, self.slowest_s)) * (0.9 + 0.2 * draw.fraction(f"look {looks}"))


def habit_s(reading: Reading, kinds: Iterable[Task]) -> float:
    """How often a task is looked at where nobody says: ten times in the shortest life that the reading knows."""
    lives = [life for kind in kinds if (life := _shortest_s(reading, kind)) > 0]
    return min(max(min(lives) / 10, EASIEST_S), SLOWEST_S) if lives else UNKNOWN_S


def _shortest_s(reading: Reading, kind: Task) -> float:
    table = reading.lifecycle
    ways = (table.path(table.starts, end) for end in table.ends() if table.words[end].value == "succeeded")
    way = min(filter(None, ways), key=len, default=())
    return math.fsum(kind.timing[word][0] for word in (table.starts, *way) if word in kind.timing)


def retry_after_s(response: Response | None, now_ms: int) -> float | None:
    """How long an answer asks to be left alone, by the longest of its hints; None where none can be read."""
    longest_s = None
    for name, value in response.headers if response else ():
        lower = name.lower()
        if lower.endswith(_HINTS):
            told_s = _told_s(value.strip(), lower.endswith("-ms"), now_ms)
            longest_s = told_s if longest_s is None or (told_s or 0.0) > longest_s else longest_s
    return longest_s


def _told_s(text: str, in_ms: bool, now_ms: int) -> float | None:
    """The seconds that a hint names: a number, or a date."""
    if _SECONDS.fullmatch(text):
        return float(text) / (1000 if in_ms else 1)
    if not text or in_ms:
        return None
    try:
        then = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return max(0.0, then.replace(tzinfo=then.tzinfo or UTC).timestamp() - now_ms / 1000)
