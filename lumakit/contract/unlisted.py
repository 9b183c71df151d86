"""What a value has that its schema does not list: members that are not declared, values of a vocabulary that is open.

Both are allowed; somebody should know all the same. Follows references and the schemas one is put together from.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from lumakit.contract import pointer as pointers
from lumakit.contract.schema import Schemas

_PUT_TOGETHER = ("allOf", "anyOf", "oneOf")
_OPEN = ("additionalProperties", "patternProperties", "unevaluatedProperties")
Part = tuple[str, Mapping[str, Any]]  # a schema, with its place
VOCABULARY = "x-extensible-enum"


class Unlisted(NamedTuple):
    """One of them: where it stands in the value, which place of the document does not list it, and whether it is a
    member or a value."""

    pointer: str
    place: str
    member: bool


def unlisted(schemas: Schemas, schema: str, value: Any) -> Iterator[Unlisted]:
    """Everything that the schema at a pointer does not list."""
    waiting = [("", [schema], value)]
    while waiting:
        at, places, here = waiting.pop()
        parts = [part for place in places for part in _parts(schemas, place)]
        if isinstance(here, Mapping):
            names = {
                name: [f"{p}/properties{pointers.join(name)}" for p, s in parts if name in _named(s)] for name in here
            }
            waiting += [(at + pointers.join(name), found, here[name]) for name, found in names.items() if found]
            naming = [place for place, schema in parts if _named(schema)]
            if naming and not any(key in schema for _, schema in parts for key in _OPEN):
                yield from (
                    Unlisted(at + pointers.join(name), naming[0], True) for name, found in names.items() if not found
                )
        elif isinstance(here, list):
            items = [f"{place}/items" for place, schema in parts if isinstance(schema.get("items"), Mapping)]
            waiting += [(f"{at}/{index}", items, each) for index, each in enumerate(here) if items]
        else:
            yield from _open_value(at, parts, here)


def _open_value(at: str, parts: list[Part], value: Any) -> Iterator[Unlisted]:
    listing = [
        (place, schema[VOCABULARY]) for place, schema in parts if isinstance(schema.get(VOCABULARY), (list, tuple))
    ]
    if listing and value is not None and not any(value in listed for _, listed in listing):
        yield Unlisted(at, f"{listing[0][0]}/{VOCABULARY}", False)


@functools.lru_cache(maxsize=1024)  # the same answers come again and again
def _parts(schemas: Schemas, pointer: str) -> tuple[Part, ...]:
    """A schema with all that it is put together from, each once and with its place."""
    waiting, known = [pointer], dict[str, Mapping[str, Any]]()
    while waiting:
        where = schemas.resolved_pointer(waiting.pop())
        if where not in known:
            known[where] = schema = schemas.resolve(where)
            for key in _PUT_TOGETHER:
                listed = schema.get(key)
                count = len(listed) if isinstance(listed, (list, tuple)) else 0
                waiting += [f"{where}/{key}/{number}" for number in range(count)]
    return tuple(known.items())


def _named(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    properties = schema.get("properties")
    return properties if isinstance(properties, Mapping) else {}
