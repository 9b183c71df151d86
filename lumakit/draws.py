"""Chance that can be repeated: a draw is a hash of a seed and a name, so its outcome hangs on no order and no machine.

Knows nothing of what is drawn.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

Choice = TypeVar("Choice")
_SIXTEEN = struct.Struct(">16H")


@dataclass(frozen=True, slots=True)
class Draw:
    """A seed from which any number of named draws can be made."""

    seed: str

    def under(self, name: object) -> Draw:
        """The draws of a part, independent of those of every other part."""
        return Draw(f"{self.seed}/{name}")

    def digest(self, name: object) -> bytes:
        """32 bytes."""
        return hashlib.blake2b(f"{self.seed}/{name}".encode("utf-8", "surrogatepass"), digest_size=32).digest()

    def fraction(self, name: object) -> float:
        """A number from 0 up to, and without, 1."""
        return int.from_bytes(self.digest(name)[:8]) // 2**11 / 2**53

    def middling(self, name: object, count: int) -> list[float]:
        """Numbers from 0 to 1, more often from the middle than from the edges: each is the mean of four."""
        words = _SIXTEEN.unpack(self.digest(name))
        for part in range(1, (count + 3) // 4):
            words += _SIXTEEN.unpack(self.digest(f"{name}/{part}"))
        return [
            (words[at] + words[at + 1] + words[at + 2] + words[at + 3]) / (4 * 0xFFFF) for at in range(0, 4 * count, 4)
        ]

    def integer(self, name: object, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int.from_bytes(self.digest(name)) % (high - low + 1)

    def pick(self, name: object, choices: Sequence[Choice]) -> Choice:
        """One of several."""
        return choices[self.integer(name, 0, len(choices) - 1)]
