"""The two dialects of OpenAPI's schemas (3.0 and 3.1), brought into the JSON Schema drafts they are compiled as.

Knows what they mean differently (`nullable`, what stands beside `$ref`), what a client or a server is not asked for,
and where schemas stand inside schemas. Does not validate.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lumakit.contract import patterns
from lumakit.contract import pointer as pointers


class Dialect(enum.Enum):
    """Which JSON Schema an OpenAPI version speaks."""

    V30 = "3.0"
    V31 = "3.1"


class Direction(enum.Enum):
    """Who sends the value: `readOnly` properties are not asked of a client, `writeOnly` ones not of a server."""

    REQUEST = "readOnly"
    RESPONSE = "writeOnly"


_ONE = (
    "not",
    "additionalProperties",
    "items",
    "contains",
    "propertyNames",
    "if",
    "then",
    "else",
    "unevaluatedItems",
    "unevaluatedProperties",
)
_MANY = ("allOf", "anyOf", "oneOf", "prefixItems")
_NAMED = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_SAYS_NOTHING = frozenset(
    ("example", "examples", "discriminator", "xml", "externalDocs", "nullable", "default", "title", "description")
)
_BOUNDS = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}


def normalise(schema: Any, dialect: Dialect, direction: Direction) -> Any:
    """A schema in the JSON Schema draft its dialect is compiled as, without annotations."""
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema and dialect is Dialect.V30:
        return {"$ref": schema["$ref"]}
    plain = {key: value for key, value in schema.items() if key not in _SAYS_NOTHING and not key.startswith("x-")}
    if dialect is Dialect.V30 and schema.get("nullable") is True:
        _admit_null(plain)
    _add_bounds(plain)
    _drop_patterns(plain)
    _drop_required(plain, direction)
    if plain.get("required") == []:
        del plain["required"]
    return _inside(plain, lambda inner: normalise(inner, dialect, direction))


def _admit_null(plain: dict[str, Any]) -> None:
    if isinstance(plain.get("type"), str):
        plain["type"] = [plain["type"], "null"]


def _add_bounds(plain: dict[str, Any]) -> None:
    """Spell the bounds that an integer format stands for."""
    kind, name = plain.get("type"), plain.get("format")
    if isinstance(name, str) and name in _BOUNDS and "integer" in (kind if isinstance(kind, list) else [kind]):
        low, high = _BOUNDS[name]
        plain["allOf"] = [*plain.get("allOf", ()), {"minimum": low, "maximum": high}]


def _drop_patterns(plain: dict[str, Any]) -> None:
    """Leave out patterns that no engine of ours reads; what they would have named can then not be called additional."""
    if _unreadable(plain.get("pattern")):
        del plain["pattern"]
    named = plain.get("patternProperties")
    if isinstance(named, Mapping) and any(map(_unreadable, named)):
        plain["patternProperties"] = {name: inner for name, inner in named.items() if not _unreadable(name)}
        plain.pop("additionalProperties", None)
        plain.pop("unevaluatedProperties", None)


def _unreadable(pattern: Any) -> bool:
    return isinstance(pattern, str) and patterns.judge(pattern) is patterns.Verdict.UNSUPPORTED


def _drop_required(plain: dict[str, Any], direction: Direction) -> None:
    properties = plain.get("properties")
    if not isinstance(properties, Mapping) or not isinstance(plain.get("required"), list):
        return
    excused = {
        name for name, inner in properties.items() if isinstance(inner, Mapping) and inner.get(direction.value) is True
    }
    if excused:
        plain["required"] = [name for name in plain["required"] if name not in excused]


def _inside(plain: dict[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    for key, value in plain.items():
        if key in _ONE:
            plain[key] = [change(inner) for inner in value] if isinstance(value, list) else change(value)
        elif key in _MANY and isinstance(value, list):
            plain[key] = [change(inner) for inner in value]
        elif key in _NAMED and isinstance(value, Mapping):
            plain[key] = {name: change(inner) for name, inner in value.items()}
    return plain


def schemas_inside(schema: Any, pointer: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """A schema and every schema written inside it, with their pointers; references are not followed."""
    if not isinstance(schema, Mapping):
        return
    yield pointer, schema
    for key, value in schema.items():
        for at, inner in _parts(key, value):
            yield from schemas_inside(inner, f"{pointer}{pointers.join(key)}{at}")


def _parts(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    if key in _NAMED and isinstance(value, Mapping):
        yield from ((pointers.join(name), inner) for name, inner in value.items())
    elif key in _MANY and isinstance(value, list):
        yield from ((f"/{index}", inner) for index, inner in enumerate(value))
    elif key in _ONE:
        yield "", value
