"""The values that a schema lists one by one: where in a body each list holds, and what stands there in a real body.

Knows schemas as plain data, and places as JSON pointers in which `*` stands for every element. Judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lumakit.contract import pointer as pointers
from lumakit.contract.references import target_of

_PUT_TOGETHER = ("allOf", "anyOf", "oneOf")
_DEEPEST = 24
EVERY = "*"


def listed(document: Mapping[str, Any], schema: str) -> dict[str, tuple[Any, ...]]:
    """Each place of a body with the values that the schema at a pointer lists for it, in order, each once."""
    found: dict[str, list[Any]] = {}
    for place, values in _walk(document, schema, "", frozenset()):
        known = found.setdefault(place, [])
        for value in values:
            if not _among(value, known):
                known.append(value)
    return {place: tuple(values) for place, values in found.items()}


def _walk(
    document: Mapping[str, Any], schema: str, place: str, above: frozenset[str]
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    node = pointers.look(document, schema, None)
    if not isinstance(node, Mapping) or schema in above or len(above) > _DEEPEST:
        return
    above |= {schema}
    if isinstance(node.get("$ref"), str):
        yield from _walk(document, target_of(node["$ref"]), place, above)
        return
    if isinstance(node.get("enum"), (list, tuple)):
        yield place, tuple(node["enum"])
    elif "const" in node:
        yield place, (node["const"],)
    for inner, where in _inside(node):
        yield from _walk(document, schema + inner, place + where, above)


def _inside(node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Where the schemas inside a schema stand, and which part of the value each speaks of."""
    properties = node.get("properties")
    for name in properties if isinstance(properties, Mapping) else ():
        yield f"/properties{pointers.join(name)}", pointers.join(name)
    for key in _PUT_TOGETHER:
        parts = node.get(key)
        for number in range(len(parts) if isinstance(parts, (list, tuple)) else 0):
            yield f"/{key}/{number}", ""
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), Mapping):
            yield f"/{key}", f"/{EVERY}"


def _among(value: Any, values: Iterable[Any]) -> bool:
    """True where a value is one of several, by JSON's book: 1 is not true."""
    return any(type(value) is type(each) and value == each for each in values)


def values_at(body: Any, place: str) -> Iterator[Any]:
    """What stands at a place of a body."""
    yield from _follow(body, pointers.split(place))


def _follow(value: Any, steps: tuple[str, ...]) -> Iterator[Any]:
    if not steps:
        yield value
        return
    step, rest = steps[0], steps[1:]
    inner: Iterable[Any]
    if isinstance(value, Mapping):
        inner = value.values() if step == EVERY else ([value[step]] if step in value else [])
    else:
        inner = value if step == EVERY and isinstance(value, (list, tuple)) else []
    for each in inner:
        yield from _follow(each, rest)
