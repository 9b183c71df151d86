"""The corrections of a contract as thoughts that can be tried: which actions make one, and which of them show.

Knows overlays and where things stand in an OpenAPI document. Has seen no traffic.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

from lumakit.contract import pointer as pointers
from lumakit.contract.compile import Contract
from lumakit.contract.overlay import Action
from lumakit.contract.references import references, target_of
from lumakit.errors import LumakitError

_SAID = frozenset("description summary title example examples externalDocs tags deprecated default".split())
_NAMED = frozenset("properties headers schemas responses parameters examples paths callbacks links content".split())
_ABOUT = ("/info", "/tags", "/externalDocs", "/servers", "/components/examples")
_IGNORED = frozenset(("accept", "content-type", "authorization"))
_ALTERNATIVES = re.compile(r"/(?:anyOf|oneOf)(?=/|$)")

Side = tuple[str, str]  # the key of an operation, and `request`, `response` or `webhook`


@dataclass(frozen=True, slots=True)
class Thought:
    """Actions that make one correction: what one takes away, another writes anew in its place."""

    actions: tuple[Action, ...]
    decidable: tuple[str, ...]

    @property
    def silent(self) -> str:
        """Why no traffic can tell; empty where some can."""
        return "" if self.decidable else "it changes only what is told to readers, or what OpenAPI ignores"


class Editions:
    """A published edition and a corrected one: what lies between them, and contracts that have only a part of it.

    Each of those is compiled when it is first asked for, and once.
    """

    def __init__(self, published: Contract, corrected: Contract) -> None:
        self.published = published
        self.corrected = corrected
        self.thoughts: tuple[Thought, ...] = thoughts(published, corrected)
        self._tried: dict[tuple[int, ...], Contract | None] = {}

    def without(self, thought: Thought) -> Contract | None:
        """The corrected edition but for one thought; None where the others cannot stand without it."""
        return self._but_for(thought.actions)

    def alone(self, thought: Thought) -> Contract | None:
        """The published edition with one thought; None where it cannot stand alone."""
        others = (other.actions for other in self.thoughts if other.actions != thought.actions)
        return self._but_for(tuple(chain.from_iterable(others)))

    def _but_for(self, actions: tuple[Action, ...]) -> Contract | None:
        key = tuple(map(id, actions))
        if key not in self._tried:
            try:
                self._tried[key] = self.corrected.without(actions)
            except LumakitError:
                self._tried[key] = None
        return self._tried[key]

    def concerned(self, thought: Thought) -> frozenset[Side]:
        """The messages that a thought may change the judgement of; all of them, where none is known."""
        found = frozenset(
            side
            for side, targets in self._reached.items()
            if any(self._is_of(place, side, targets) for place in thought.decidable)
        )
        return found or frozenset(self._reached)

    def _is_of(self, place: str, side: Side, targets: frozenset[str]) -> bool:
        key, which = side
        pointer = self.corrected.operations[key].pointer
        if place == pointer or any(f"{place}/".startswith(f"{target}/") for target in targets):
            return True
        inside = pointers.split(place.removeprefix(pointer)) if place.startswith(f"{pointer}/") else ()
        return bool(inside) and _side_of(inside[0]) == which

    @cached_property
    def _reached(self) -> Mapping[Side, frozenset[str]]:
        """The places outside of an operation that its references lead to, for each side of it."""
        document = self.corrected.bundled()
        found: dict[Side, frozenset[str]] = {}
        for key, operation in self.corrected.operations.items():
            node = pointers.look(document, operation.pointer, {})
            for which in ("request", "response", "webhook"):
                said = {name: value for name, value in node.items() if _side_of(name) == which}
                found[key, which] = _reach(document, said)
        return found


def _side_of(name: str) -> str:
    """Which messages are judged by a member of an operation."""
    return {"responses": "response", "callbacks": "webhook"}.get(name, "request")


def _reach(document: Mapping[str, Any], node: Any) -> frozenset[str]:
    found: set[str] = set()
    waiting = [node]
    while waiting:
        for _, ref in references(waiting.pop()):
            if (target := target_of(ref)) not in found:
                found.add(target)
                waiting.append(pointers.look(document, target, None))
    return frozenset(found)


def thoughts(published: Contract, corrected: Contract) -> tuple[Thought, ...]:
    """The actions that only the corrected edition has, those put together that write to the same place."""
    known = {(each.overlay, each.pointer) for each in published.actions}
    own = [each for each in corrected.actions if (each.overlay, each.pointer) not in known]
    groups: list[tuple[list[Action], list[str]]] = []
    for action in own:
        places = [place for place in action.touched if not _silent(place, published.document)]
        joined = [group for group in groups if _overlap(group[1], places)]
        actions = [each for group in joined for each in group[0]] + [action]
        merged = [place for group in joined for place in group[1]] + places
        groups = [group for group in groups if group not in joined] + [(actions, merged)]
    return tuple(Thought(tuple(actions), tuple(dict.fromkeys(places))) for actions, places in groups)


def _silent(place: str, published: Mapping[str, Any]) -> bool:
    """True for a place that no request and no response depends on."""
    parts = pointers.split(place)
    if any(place == each or place.startswith(f"{each}/") for each in _ABOUT):
        return True
    told = (part in _SAID and (not at or parts[at - 1] not in _NAMED) for at, part in enumerate(parts))
    return any(told) or _is_ignored(place, published)


def _is_ignored(place: str, published: Mapping[str, Any]) -> bool:
    """True for a header that OpenAPI ignores where a parameter names it, and for a list of nothing else."""
    node = pointers.look(published, place, None)
    held = node if isinstance(node, Sequence) and not isinstance(node, str) else [node]
    return bool(held) and all(
        isinstance(each, Mapping) and each.get("in") == "header" and str(each.get("name")).lower() in _IGNORED
        for each in held
    )


def _overlap(one: Iterable[str], other: Sequence[str]) -> bool:
    """True where a place of the one holds a place of the other; `anyOf` and `oneOf` are one place."""
    there = [f"{_ALTERNATIVES.sub('/anyOf', place)}/" for place in other]
    here = [f"{_ALTERNATIVES.sub('/anyOf', place)}/" for place in one]
    return any(a.startswith(b) or b.startswith(a) for a in here for b in there)
