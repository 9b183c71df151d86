"""The shape of a schema: the JSON types it admits, which is what it takes to read a text as a value.

Does not judge the value; where a text can be read in two ways it asks which of them fits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Fits = Callable[[str, Any], bool]  # whether the schema at a pointer has nothing against a value
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,308})(?:\.[0-9]{1,308})?(?:[eE][-+]?[0-9]{1,3})?")
_KINDS: Mapping[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
    list: "array",
    tuple: "array",
}
_IMPLIED = {"properties": "object", "additionalProperties": "object", "items": "array"}


@dataclass(frozen=True, slots=True)
class Shape:
    """The JSON types a schema admits, those of its items and of its properties: enough to read a text as a value."""

    types: frozenset[str] = frozenset()
    item: Shape | None = None
    members: Mapping[str, Shape] | None = None
    rest: Shape | None = None  # of the members that are not named
    pointer: str = ""

    def member(self, name: str) -> Shape | None:
        """The shape of a property."""
        return (self.members or {}).get(name, self.rest)

    @property
    def is_array(self) -> bool:
        """True where only a list will do."""
        return "array" in self.types and "string" not in self.types

    @property
    def is_object(self) -> bool:
        """True where only a mapping will do."""
        return "object" in self.types and not self.types & {"string", "array"}

    @property
    def is_structured(self) -> bool:
        """True where a text will not do."""
        return bool(self.types) and "string" not in self.types


def types_of(schema: Mapping[str, Any]) -> frozenset[str]:
    """The JSON types a schema names itself, or lets be seen by its values or the parts it speaks of."""
    types = schema.get("type")
    if isinstance(types, (str, list, tuple)):
        return frozenset([types] if isinstance(types, str) else map(str, types))
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if isinstance(values, (list, tuple)):
        return frozenset(_KINDS.get(type(value), "object") for value in values)
    return frozenset(kind for key, kind in _IMPLIED.items() if key in schema)


def anything(_pointer: str, _value: Any) -> bool:
    """Every value fits: for those who do not ask."""
    return True


def typed(text: str, shape: Shape | None, fits: Fits = anything) -> Any:
    """A text as the JSON value its schema means; where that may be a text or something else, the first that fits."""
    other = _read(text, shape.types) if shape else text
    if shape is None or "string" not in shape.types or other is text:
        return other
    return other if not fits(shape.pointer, text) and fits(shape.pointer, other) else text


def _read(text: str, types: frozenset[str]) -> Any:
    """A text as a number, a truth value or null where one of these is admitted, else the text itself."""
    if types & {"integer", "number"} and _NUMBER.fullmatch(text):
        return int(text) if text.lstrip("-").isdigit() else float(text)
    if "boolean" in types and text in ("true", "false"):
        return text == "true"
    return None if "null" in types and text in ("", "null") else text
