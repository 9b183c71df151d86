"""Everything a schema asks of one value, drawn together: its own keywords, those behind `$ref` and those in `allOf`.

Both dialects are read alike. What stands in `oneOf` and `anyOf` is only collected: which of them to take is for the
caller to say. Keywords of a wrong kind ask nothing here. Judges no value.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from lumakit.contract.dialect import Direction
from lumakit.contract.references import target_of
from lumakit.contract.schema import Schemas

Bound: TypeAlias = tuple[Fraction, bool]  # a number, and whether it is left out itself

DEEPEST = 60
_LARGEST = 10**300
_LISTS = (list, tuple)
_CALLED = "x-lumakit-called"  # stands in no document: it is put beside an alternative
_IMPLIED = {
    "object": ("properties", "required", "additionalProperties", "minProperties", "patternProperties", "propertyNames"),
    "array": ("items", "prefixItems", "minItems", "contains", "uniqueItems"),
    "string": ("pattern", "minLength", "maxLength", "format"),
    "number": ("minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"),
}


class Contradiction(ValueError):
    """No value can do what is asked."""


class TooLarge(Contradiction):
    """A value could do what is asked, but nobody would want to have it."""


class Asked:
    """What is asked of one value. It grows with every schema that is added."""

    def __init__(self, direction: Direction, schemas: Schemas) -> None:
        self._direction = direction
        self._schemas = schemas
        self.entered: set[str] = set()  # the places that references led to
        self.size: int = 0
        self.hints: list[Any] = []
        self.called: list[Any] = []  # what a discriminator wants to read here
        self.ways: list[Sequence[Any]] = []
        self.types: frozenset[str] | None = None
        self.implied: dict[str, None] = {}
        self.values: list[Any] | None = None
        self.low: Bound | None = None
        self.high: Bound | None = None
        self.step: Fraction | None = None
        self.least: dict[str, int] = {}
        self.most: dict[str, int] = {}
        self.patterns: list[str] = []
        self.format: str = ""
        self.unique: bool = False
        self.members: dict[str, Any] = {}
        self.required: dict[str, None] = {}
        self.only: frozenset[str] | None = None  # the names that are not refused
        self.rest: Any = True
        self.named_like: dict[str, Any] = {}
        self.names: Any = True
        self.first: list[Any] = []
        self.items: Any = True
        self.contains: Any = None

    def add(self, schema: Any, depth: int = 0) -> Asked:
        """Ask what a schema asks, too."""
        self.size += 1
        if schema is False or depth > DEEPEST:
            raise Contradiction("no value is allowed" if schema is False else "schemas lie too deep in one another")
        if isinstance(schema, Mapping):
            for part in self._parts(schema):
                self.add(part, depth + 1)
            self.ways += _ways(schema)
            self._add_scalars(schema)
            self._add_object(schema)
            self._add_array(schema)
            self.hints[:0] = _hints(schema)
            self.called += _list(schema, _CALLED)
        return self

    def _parts(self, schema: Mapping[str, Any]) -> Iterable[Any]:
        ref = schema.get("$ref")
        target = self._schemas.resolved_pointer(target_of(ref)) if isinstance(ref, str) else None
        if target is not None and target not in self.entered:
            self.entered.add(target)
            yield self._schemas.resolve(target)
        yield from _list(schema, "allOf")

    def _add_scalars(self, schema: Mapping[str, Any]) -> None:
        self._add_types(schema)
        self._add_values([schema["const"]] if "const" in schema else schema.get("enum"))
        self.low = max(filter(None, (self.low, *_bounds(schema, "minimum", "exclusiveMinimum"))), default=None)
        highs = filter(None, (self.high, *_bounds(schema, "maximum", "exclusiveMaximum")))
        self.high = min(highs, key=lambda bound: (bound[0], not bound[1]), default=None)
        step = _fraction(schema.get("multipleOf"))
        if step is not None and step > 0:
            self.step = step if self.step is None else _together(self.step, step)
        for key in ("Length", "Items", "Properties", "Contains"):
            self._add_count(key, schema)
        if isinstance(schema.get("pattern"), str):
            self.patterns.append(schema["pattern"])
        if isinstance(schema.get("format"), str):
            self.format = schema["format"]

    def _add_types(self, schema: Mapping[str, Any]) -> None:
        self.implied.update(
            (kind, None) for kind, keywords in _IMPLIED.items() if any(keyword in schema for keyword in keywords)
        )
        named = schema.get("type")
        kinds = frozenset(map(str, named)) if isinstance(named, _LISTS) else frozenset([named] if named else [])
        if not kinds:
            return
        if schema.get("nullable") is True:
            kinds |= {"null"}
        self.types = kinds if self.types is None else _common(self.types, kinds)
        if not self.types:
            raise Contradiction("no type is allowed")

    def _add_values(self, values: Any) -> None:
        if isinstance(values, _LISTS):
            self.values = [each for each in values if self.values is None or each in self.values]

    def _add_count(self, key: str, schema: Mapping[str, Any]) -> None:
        least, most = _fraction(schema.get(f"min{key}")), _fraction(schema.get(f"max{key}"))
        if least is not None:
            self.least[key] = max(self.least.get(key, 0), int(least))
        if most is not None:
            self.most[key] = min(self.most.get(key, int(most)), int(most))

    def _add_object(self, schema: Mapping[str, Any]) -> None:
        members, like, rest = _map(schema, "properties"), _map(schema, "patternProperties"), True
        for name, inner in members.items():
            self.members[name] = both(self.members.get(name, True), inner)
        for pattern, inner in like.items():
            self.named_like[pattern] = both(self.named_like.get(pattern, True), inner)
        rest = schema.get("additionalProperties", True)
        self.rest = both(self.rest, rest)
        if rest is False and not like:
            self.only = frozenset(members) if self.only is None else self.only & frozenset(members)
        self.names = both(self.names, schema.get("propertyNames", True))
        excused = {name for name, inner in members.items() if _flag(inner, self._direction)}
        asked = (name for name in _list(schema, "required") if isinstance(name, str) and name not in excused)
        self.required.update(dict.fromkeys(asked))

    def _add_array(self, schema: Mapping[str, Any]) -> None:
        first = _list(schema, "prefixItems")
        rest = schema.get("items", True)
        if "prefixItems" in schema or self.first:
            count = max(len(first), len(self.first))
            mine = [*first, *[rest] * (count - len(first))]
            known = [*self.first, *[self.items] * (count - len(self.first))]
            self.first = [both(*pair) for pair in zip(known, mine, strict=True)]
        self.items = both(self.items, rest)
        self.unique = self.unique or schema.get("uniqueItems") is True
        if "contains" in schema:
            self.contains = schema["contains"]

    def one_way(self, name: str) -> bool:
        """True for a member that only the other side sends."""
        waiting, looked = [self.members[name]], 0
        while waiting and looked < DEEPEST:
            node, looked = waiting.pop(), looked + 1
            if _flag(node, self._direction):
                return True
            if isinstance(node, Mapping):
                waiting += _list(node, "allOf")
                ref = node.get("$ref")
                waiting += [self._schemas.resolve(target_of(ref))] if isinstance(ref, str) else []
        return False


def both(one: Any, other: Any) -> Any:
    """A schema that asks what two schemas ask."""
    if one is True or other is False:
        return other
    return one if other is True or one is False else {"allOf": [one, other]}


# --- single keywords --------------------------------------------------------------------------------------------------


def _list(schema: Mapping[str, Any], key: str) -> Sequence[Any]:
    found = schema.get(key)
    return found if isinstance(found, _LISTS) else ()


def _map(schema: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = schema.get(key)
    return found if isinstance(found, Mapping) else {}


def _flag(schema: Any, direction: Direction) -> bool:
    return isinstance(schema, Mapping) and schema.get(direction.value) is True


def _hints(schema: Mapping[str, Any]) -> list[Any]:
    """The values that the document itself gives, the likeliest first; null is given where nobody knew one."""
    given = [schema.get("example"), *_list(schema, "examples"), schema.get("default")]
    return [value for value in given if value is not None]


def _fraction(number: Any) -> Fraction | None:
    """A number exactly as it is written; None for what is none, or is larger than any that is sent."""
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        return None
    if not math.isfinite(number) if isinstance(number, float) else abs(number) > _LARGEST:
        return None
    return Fraction(repr(number)) if isinstance(number, float) else Fraction(number)


def _bounds(schema: Mapping[str, Any], plain: str, exclusive: str) -> Iterable[Bound]:
    """The bounds of one side: in 3.0 the exclusive keyword is a flag, in 3.1 a number."""
    number, other = _fraction(schema.get(plain)), _fraction(schema.get(exclusive))
    if number is not None:
        yield number, schema.get(exclusive) is True
    if other is not None:
        yield other, True


def _together(one: Fraction, other: Fraction) -> Fraction:
    """The smallest number that is a multiple of both."""
    return Fraction(math.lcm(one.numerator, other.numerator), math.gcd(one.denominator, other.denominator))


def _common(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """The types that both allow; every integer is a number."""
    mixed = ("number" in one and "integer" in other) or ("integer" in one and "number" in other)
    return (one & other) | ({"integer"} if mixed else set())


def _ways(schema: Mapping[str, Any]) -> Iterable[Sequence[Any]]:
    """The alternatives of a schema, those that are null last."""
    for key in ("oneOf", "anyOf"):
        if options := _list(schema, key):
            named = [_named(option, schema.get("discriminator")) for option in options]
            yield sorted(named, key=_is_null)
    if "if" in schema:
        yield (both(schema["if"], schema.get("then", True)), schema.get("else", True))


def _named(option: Any, discriminator: Any) -> Any:
    """An alternative that says its own name where a discriminator wants to read it."""
    if not isinstance(discriminator, Mapping) or not isinstance(option, Mapping):
        return option
    ref, key = option.get("$ref"), discriminator.get("propertyName")
    if not isinstance(ref, str) or not isinstance(key, str):
        return option
    names = (name for name, target in _map(discriminator, "mapping").items() if target == ref)
    name = next(names, ref.rpartition("/")[2])
    return {"allOf": [option, {"properties": {key: {_CALLED: [name]}}}]}


def _is_null(option: Any) -> bool:
    return isinstance(option, Mapping) and option.get("type") == "null"
