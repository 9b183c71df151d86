"""A text that should match a regular expression, between two lengths: a plain one, or one drawn.

Whether it does match is the validators' to say. Knows no schema.
"""

from __future__ import annotations

from lumakit.contract.pattern_tree import Fork, Letter, Node, Repeat, Row, Unsupported, read
from lumakit.draws import Draw

MAX_TEXT = 4096
_MAX_STEPS = 10_000
_OFTEN = 6  # how many times more than it must a part is repeated
_PLAINLY = 2


def pattern_sample(pattern: str, draw: Draw | None = None, low: int = 0, high: int = MAX_TEXT) -> str:
    """A text that should match; without a draw a plain one. Raises Unsupported where none can be made."""
    tree = read(pattern)
    if max(tree.least, low) > MAX_TEXT:
        raise Unsupported(f"it needs a text of more than {MAX_TEXT} characters")
    needed, spare = low - tree.least, min(high, MAX_TEXT) - max(tree.least, low)
    text = ""
    for generous in (False, True):
        text = _Writer(draw, needed, spare, generous=generous).write(tree)
        if len(text) >= low:
            return text
    filler = "a" * (low - len(text))  # a pattern may say nothing of what stands around
    return filler + text if pattern.endswith("$") else text + filler


class _Writer:
    """Writes a tree `needed` characters longer than it must be, rather more than fewer if generous; `spare` may be."""

    def __init__(self, draw: Draw | None, needed: int, spare: int, *, generous: bool) -> None:
        self._draw = draw
        self._needed = needed
        self._spare = spare
        self._generous = generous
        self._steps = 0
        self._letters = 0

    def write(self, node: Node) -> str:
        self._steps += 1
        if self._steps > _MAX_STEPS:
            raise Unsupported("it repeats too much")
        match node:
            case Letter():
                return node.choices if len(node.choices) == 1 else self._letter(node.choices)
            case Row():
                return "".join(map(self.write, node.parts))
            case Fork():
                return self.write(self._draw.pick(self._steps, node.branches) if self._draw else node.branches[0])
        return "".join(self.write(node.inner) for _ in range(self._times(node)))

    def _letter(self, choices: str) -> str:
        if self._draw:
            return self._draw.pick(self._steps, choices)
        self._letters += 1
        return choices[(self._letters - 1) % len(choices)]

    def _times(self, node: Repeat) -> int:
        """How many times a part is written; one that may be empty is as well there already."""
        low, size = (node.low, node.inner.least) if node.inner.least else (0, 1)
        wanted = -(-self._needed // size) if self._generous else self._needed // size
        forced = max(0, min(node.high - low, wanted))
        loose = max(0, min(node.high - low - forced, self._spare // size, _OFTEN))
        if self._draw:
            freely = self._draw.integer(self._steps, 0, loose)
        else:
            freely = _PLAINLY if loose >= _PLAINLY and not forced else 0
        self._needed -= forced * size
        self._spare -= freely * size
        return low + forced + freely
