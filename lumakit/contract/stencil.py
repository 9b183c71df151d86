"""A template whose places were found once, so that bodies are made from it quickly.

Gives what `Lens.write` gives, and fills more places than a lens reads, for a file of a finished task may be named in
several. Does not know what a task is, nor where the template comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from lumakit.contract import pointer as pointers
from lumakit.contract.frozen import thaw
from lumakit.contract.lens import Lens, speller

Spot = tuple[str, str, str]  # a pointer, the name of the fact that stands there, its codec


class _Write(NamedTuple):
    """One place to fill: the container it is in (by number), its key there, and how it is spelled there."""

    holder: int
    key: Any
    fact: str
    spelled: Callable[[Any], Any]


class Stencil:
    """A template, ready to be filled."""

    def __init__(self, template: Any, lens: Lens, more: Iterable[Spot] = ()) -> None:
        self._body = thaw(template)
        self._copies: list[tuple[int, Any]] = []  # the containers on the way to a place: inside which one, at which key
        self._numbers: dict[str, int] = {"": 0}
        spots = [*self._spots(lens), *(spot for spot in more if self._stands(spot[0]))]
        self._writes = tuple(self._write(*spot) for spot in spots if spot[0])
        self.facts: frozenset[str] = frozenset(fact for _, fact, _ in spots)
        self.counts: dict[str, int] = {
            fact: self._count(pointer) for pointer, fact, codec in spots if codec in ("one", "list")
        }

    def fill(self, facts: Mapping[str, Any]) -> Any:
        """A body with the facts that are given and have a place; what has none is not told. It is for reading only."""
        if not self._writes:
            return self._body
        body = self._body.copy()
        holders = [body]
        for outer, key in self._copies:
            inner = holders[outer][key].copy()
            holders[outer][key] = inner
            holders.append(inner)
        for holder, key, fact, spelled in self._writes:
            if fact in facts:
                holders[holder][key] = spelled(facts[fact])
        return body

    def _spots(self, lens: Lens) -> Iterable[Spot]:
        for fact in lens.facts:
            place = lens.place(fact, self._body)
            if place is not None:
                yield place[0], fact.name, place[1]

    def _stands(self, pointer: str) -> bool:
        return pointers.look(self._body, pointer, None) is not None

    def _write(self, pointer: str, fact: str, codec: str) -> _Write:
        holder = self._holder(pointers.parent(pointer))
        return _Write(holder, self._key(pointer), fact, speller(codec, pointers.look(self._body, pointer)))

    def _holder(self, pointer: str) -> int:
        """The number of the container at a pointer, which is copied before it is written into."""
        if pointer not in self._numbers:
            outer = self._holder(pointers.parent(pointer))
            self._copies.append((outer, self._key(pointer)))
            self._numbers[pointer] = len(self._copies)
        return self._numbers[pointer]

    def _key(self, pointer: str) -> Any:
        """The last step of a pointer: a key, or an index where the container is a list."""
        last = pointers.split(pointer)[-1]
        return int(last) if isinstance(pointers.look(self._body, pointers.parent(pointer)), list) else last

    def _count(self, pointer: str) -> int:
        """How many addresses the template has at a place."""
        value = pointers.look(self._body, pointer)
        return len(value) if isinstance(value, list) else 1
