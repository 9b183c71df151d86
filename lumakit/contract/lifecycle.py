"""The lifecycle as one table: a provider's words, the phase each stands for, and the moves that are legal.

The table answers questions and draws itself. It knows no operation, no body and no clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from lumakit.model import Phase


class Impossible(ValueError):
    """A table that no task could live by; `key` is the part of it that is wrong."""

    def __init__(self, what: str, key: str) -> None:
        super().__init__(what)
        self.key = key


@dataclass(frozen=True)
class Lifecycle:
    """Words with their phases, moves between words, and the word a task starts with."""

    words: Mapping[str, Phase]
    moves: tuple[tuple[str, str], ...]
    starts: str

    def __post_init__(self) -> None:
        if self.starts not in self.words:
            raise Impossible(f"{self.starts!r} is not one of the words", "starts")
        for index, (source, target) in enumerate(self.moves):
            self._check_move(index, source, target)
        for word in self.words:
            if not any(self.words[reached].terminal for reached in self._reach(word)):
                raise Impossible(f"no way leads from {word!r} to an end", "moves")

    def _check_move(self, index: int, source: str, target: str) -> None:
        for word in (source, target):
            if word not in self.words:
                raise Impossible(f"{word!r} is not one of the words", f"moves/{index}")
        if self.words[source].terminal:
            raise Impossible(f"{source!r} is an end: nothing leads out of it", f"moves/{index}")

    @cached_property
    def _next(self) -> dict[str, tuple[str, ...]]:
        return {word: tuple(target for source, target in self.moves if source == word) for word in self.words}

    def phase(self, word: str) -> Phase | None:
        """The phase a word stands for; None for a word that is not in the table."""
        return self.words.get(word)

    def ends(self) -> tuple[str, ...]:
        """The words in which a task can only stay."""
        return tuple(word for word, phase in self.words.items() if phase.terminal)

    def legal(self, before: str, after: str) -> bool:
        """True where somebody who looks twice may see these two words one after the other."""
        return before == after or after in self._reach(before)

    def path(self, word: str, goal: str) -> tuple[str, ...] | None:
        """The shortest legal way from one word to another, without the first; None where there is none."""
        return self._reach(word).get(goal)

    def _reach(self, word: str) -> dict[str, tuple[str, ...]]:
        """Every word that can come after a word, itself included, with the shortest way there."""
        ways: dict[str, tuple[str, ...]] = {word: ()}
        waiting = deque((word,))
        while waiting:
            here = waiting.popleft()
            for target in self._next.get(here, ()):
                if target not in ways:
                    ways[target] = (*ways[here], target)
                    waiting.append(target)
        return ways

    def mermaid(self) -> str:
        """The table as a Mermaid state diagram."""
        names = {word: f"s{index}" for index, word in enumerate(self.words)}
        lines = ["stateDiagram-v2", *(f'    state "{_quoted(word)}" as {name}' for word, name in names.items())]
        lines.append(f"    [*] --> {names[self.starts]}")
        lines += [f"    {names[source]} --> {names[target]}" for source, target in self.moves]
        lines += [f"    {names[word]} --> [*]" for word in self.ends()]
        return "\n".join(lines)

    def text(self) -> str:
        """The table as lines of text: word, phase, and where it may go."""
        width = max(map(len, self.words))
        return "\n".join(
            f"{'>' if word == self.starts else ' '} {word:<{width}}  {phase.value:<9}  {self._onward(word)}"
            for word, phase in self.words.items()
        )

    def _onward(self, word: str) -> str:
        return "-> " + ", ".join(self._next[word]) if self._next[word] else "(end)"


def _quoted(word: str) -> str:
    return " ".join(word.replace('"', "#quot;").split())
