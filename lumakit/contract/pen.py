"""Writes one value of a schema: members in their order, items, alternatives; and takes note of every place it wrote.

Every place is written on a level: with the values the document gives, then plainly, then only with what must be there,
then drawn. Being told that a place was tried before, it goes on to the next alternative, then to the next level. Does
not judge what it wrote.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Any, TypeAlias

from lumakit.contract import pointer as pointers
from lumakit.contract import scalars
from lumakit.contract.asked import Asked, Contradiction, TooLarge, both
from lumakit.contract.frozen import thaw
from lumakit.contract.pattern_sample import pattern_sample
from lumakit.contract.pattern_tree import Unsupported
from lumakit.draws import Draw

Asking: TypeAlias = Callable[[], Asked]

TOLD, PLAIN, BARE, DRAWN = range(4)

_EFFORT = 10_000  # schemas that are looked at for one value
_ROOM = 400  # values inside a value, where they may as well be missing
_MOST = 1_000  # items or members
_DEEP, _DEEPEST = 6, 24  # where what may be missing is left out; where no value goes on
_WAYS = 12  # alternatives that are tried at once
_DIFFERENT = 16  # how often an item or a name is written that must differ from the others
_KINDS = ("string", "object", "number", "integer", "array", "boolean", "null")


class Exhausted(Exception):
    """A value asks for more work than it is worth."""


@dataclass(slots=True)
class Effort:
    """How much work is left."""

    left: int = _EFFORT

    def spend(self, amount: int) -> None:
        """Take some of it."""
        self.left -= amount
        if self.left < 0:
            raise Exhausted


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value stands, what it stands in, and whether anybody would miss it."""

    level: int
    at: str = ""
    depth: int = 0
    room: int = _ROOM
    inside: frozenset[str] = frozenset()
    rounds: int = 0
    spare: bool = False

    @property
    def is_free(self) -> bool:
        """True where more may be written than must be."""
        return self.level != BARE and self.depth < _DEEP

    def below(self, name: str | int, room: int, *, spare: bool) -> Spot:
        """The spot of a member or an item."""
        return replace(self, at=self.at + pointers.join(name), depth=self.depth + 1, room=room, spare=spare)


class Pen:
    """Writes one value. `tries` says how often a place was wrong before, `left_out` which places to leave out."""

    def __init__(
        self, asking: Asking, draw: Draw, effort: Effort, tries: Mapping[str, int], left_out: Collection[str]
    ) -> None:
        self._asking = asking
        self._draw = draw
        self._effort = effort
        self._tries = tries
        self._left_out = left_out
        self.written: set[str] = set()

    def value(self, schema: Any, spot: Spot) -> Any:
        """A value for a spot; raises Contradiction where there is none."""
        if spot.depth > _DEEPEST:
            raise Contradiction("values stand too deep in one another")
        self.written.add(spot.at)
        asked, turn = self._asked(schema), self._tries.get(spot.at, 0)
        given = [*(asked.called if asked.values is None else ()), *(asked.hints if spot.level == TOLD else ())]
        if turn < len(given):
            return thaw(given[turn])
        turn -= len(given)
        last = turn + min(_WAYS, prod(map(len, asked.ways))) - 1
        while turn < last:
            try:
                return self._by_turn(schema, spot, turn)
            except Contradiction:
                turn += 1
        return self._by_turn(schema, spot, last)

    def _asked(self, schema: Any) -> Asked:
        asked = self._asking().add(schema)
        self._effort.spend(asked.size)
        return asked

    def _by_turn(self, schema: Any, spot: Spot, turn: int) -> Any:
        """The value of one choice of alternatives; turns beyond them raise the level."""
        asked = self._asked(schema)
        own, taken = len(asked.hints), 0
        rounds = spot.rounds + bool(asked.entered & spot.inside)  # each time round goes another way: one leads out
        while taken < len(asked.ways):
            options = asked.ways[taken]
            turn, place = divmod(turn, len(options))
            asked.add(options[self._drawn(place + rounds, len(options), spot, taken)])
            self._effort.spend(len(options))
            taken += 1
        if spot.spare and asked.entered & spot.inside:
            raise Contradiction("the schemas lead round in a circle")
        hints = asked.hints[: len(asked.hints) - own]
        spot = replace(spot, level=spot.level + turn, inside=spot.inside | asked.entered, rounds=rounds)
        return thaw(hints[0]) if hints and spot.level == TOLD else self._written(asked, spot)

    def _drawn(self, place: int, count: int, spot: Spot, name: object) -> int:
        """A place in a list: on the drawn level each one begins elsewhere."""
        start = self._draw.under(spot.at).integer(name, 0, count - 1) if spot.level >= DRAWN else 0
        return (start + place) % count

    # by kind

    def _written(self, asked: Asked, spot: Spot) -> Any:
        kind = None if asked.values is not None else self._kind(asked, spot)
        draw = self._draw.under(spot.at).under(spot.level) if spot.level >= DRAWN else None
        match kind:
            case None:
                return self._listed(asked.values or [], spot)
            case "object":
                return self._object(asked, spot, draw)
            case "array":
                return self._array(asked, spot, draw)
            case "string":
                text = scalars.text(asked, draw, spot.level)
                self._effort.spend((len(text) + sum(map(len, asked.patterns))) // 16)
                return text
            case "number" | "integer":
                return scalars.number(asked, draw, whole=kind == "integer")
            case "boolean":
                return draw is None or draw.pick("flag", (True, False))
        return None

    def _listed(self, values: list[Any], spot: Spot) -> Any:
        ordered = sorted(values, key=lambda value: value is None)
        if not ordered:
            raise Contradiction("no value is in every list of values")
        place = self._drawn(spot.level - DRAWN, len(ordered), spot, "value") if spot.level >= DRAWN else 0
        return thaw(ordered[place])

    def _kind(self, asked: Asked, spot: Spot) -> str:
        kinds = [kind for kind in _KINDS if kind in (asked.types or asked.implied or _KINDS)]
        kinds.sort(key=lambda kind: kind == "null" or (bool(asked.implied) and kind not in asked.implied))
        return kinds[self._drawn(spot.level - DRAWN, len(kinds), spot, "kind") if spot.level >= DRAWN else 0]

    # objects

    def _object(self, asked: Asked, spot: Spot, draw: Draw | None) -> dict[str, Any]:
        wanted = self._wanted(asked, spot, draw)
        room = spot.room // max(1, len(wanted)) - 1
        members: dict[str, Any] = {}
        for name, schema in wanted.items():
            self._put(members, name, schema, spot.below(name, room, spare=name not in asked.required))
        self._fill(members, asked, spot)
        return members

    def _put(self, members: dict[str, Any], name: str, schema: Any, spot: Spot) -> None:
        try:
            members[name] = self.value(schema, spot)
        except Contradiction:
            if not spot.spare:
                raise

    def _wanted(self, asked: Asked, spot: Spot, draw: Draw | None) -> dict[str, Any]:
        """The members to write, those of the document first and in its order."""
        left = min(spot.room, asked.most.get("Properties", _MOST)) - len(asked.required)
        wanted = {}
        for name, schema in asked.members.items():
            if name in asked.required:
                wanted[name] = schema
            elif left > 0 and self._welcome(name, asked, spot, draw):
                wanted[name], left = schema, left - 1
        unnamed = next(iter(asked.named_like.values()), asked.rest)
        return {**wanted, **{name: unnamed for name in asked.required if name not in wanted}}

    def _welcome(self, name: str, asked: Asked, spot: Spot, draw: Draw | None) -> bool:
        """Whether a member that may be missing is written."""
        refused = asked.only is not None and name not in asked.only
        if refused or not spot.is_free or asked.one_way(name):
            return False
        return spot.at + pointers.join(name) not in self._left_out and (draw is None or draw.integer(name, 0, 3) > 0)

    def _fill(self, members: dict[str, Any], asked: Asked, spot: Spot) -> None:
        """Add members that have no name of their own: as many as are asked for, and one where all are like that."""
        least = asked.least.get("Properties", 0)
        if least > _MOST:
            raise TooLarge(f"more than {_MOST} members are asked for")
        if asked.only is not None:
            return
        all_alike = spot.is_free and not asked.members and (asked.named_like or isinstance(asked.rest, Mapping))
        goal = min(max(least, 1 if all_alike else 0), asked.most.get("Properties", _MOST))
        for turn in range(2 * goal + _DIFFERENT):
            if len(members) < goal:
                name, schema = self._unnamed(turn, asked, spot)
                below = spot.below(name, spot.room // (goal + 1) - 1, spare=len(members) >= least)
                if name not in members and below.at not in self._left_out:
                    self._put(members, name, schema, below)

    def _unnamed(self, turn: int, asked: Asked, spot: Spot) -> tuple[str, Any]:
        """A name that the document does not give, and the schema of what it names."""
        draw = self._draw.under(f"{spot.at} name {turn} {spot.level}") if turn or spot.level >= DRAWN else None
        for pattern, schema in asked.named_like.items():
            self._effort.spend(len(pattern) // 16)
            with contextlib.suppress(Unsupported):
                return pattern_sample(pattern, draw), schema
        if asked.names is True:
            return f"key{turn + 1 if turn else ''}", asked.rest
        level = max(spot.level, DRAWN + turn) if turn else spot.level
        named = both(asked.names, {"type": "string"})
        name = self.value(named, replace(spot.below("", 0, spare=False), level=level))
        if not isinstance(name, str):
            raise Contradiction("the name of a member can only be a text")
        return name, asked.rest

    # arrays

    def _array(self, asked: Asked, spot: Spot, draw: Draw | None) -> list[Any]:
        contained = 0 if asked.contains is None else asked.least.get("Contains", 1)
        least = max(asked.least.get("Items", 0), contained)
        if least > _MOST:
            raise TooLarge(f"more than {_MOST} items are asked for")
        count = self._count(asked, spot, draw, least)
        room = spot.room // max(1, count) - 1
        items: list[Any] = []
        for index in range(count):
            schema = asked.first[index] if index < len(asked.first) else asked.items
            schema = both(schema, asked.contains) if index < contained else schema
            below = spot.below(index, room, spare=index >= least)
            if below.at in self._left_out and below.spare:
                break
            try:
                items.append(self._other_than(items, schema, below) if asked.unique else self.value(schema, below))
            except Contradiction:
                if not below.spare:
                    raise
                break
        return items

    def _count(self, asked: Asked, spot: Spot, draw: Draw | None, least: int) -> int:
        if not spot.is_free or spot.room < 1:
            return least
        wanted = least + draw.integer("items", 0, 2) if draw else max(1, len(asked.first))
        most = len(asked.first) if asked.items is False else asked.most.get("Items", _MOST)
        return max(least, min(wanted, most))

    def _other_than(self, items: list[Any], schema: Any, spot: Spot) -> Any:
        """An item that is not among the others."""
        spelled = {json.dumps(each, sort_keys=True) for each in items}
        for more in range(_DIFFERENT):
            item = self.value(schema, replace(spot, level=spot.level + more))
            if json.dumps(item, sort_keys=True) not in spelled:
                return item
        raise Contradiction("there are not enough different items")
