"""The names that a schema has members for, followed through references and the schemas it is put together from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lumakit.contract import pointer as pointers
from lumakit.contract.schema import Schemas

_PUT_TOGETHER = ("allOf", "anyOf", "oneOf")
_DEEPEST = 16


def members(schemas: Schemas, pointer: str, depth: int = 0) -> dict[str, Mapping[str, Any]]:
    """Each name with the schema of its member, the nearest first; empty where the schema names none."""
    where = schemas.resolved_pointer(pointer)
    schema = schemas.resolve(where)
    found = {
        name: schemas.resolve(f"{where}/properties{pointers.join(name)}") for name in _mapping(schema, "properties")
    }
    for key in _PUT_TOGETHER if depth < _DEEPEST else ():
        parts = schema.get(key)
        for number in range(len(parts) if isinstance(parts, (list, tuple)) else 0):
            for name, member in members(schemas, f"{where}/{key}/{number}", depth + 1).items():
                found.setdefault(name, member)
    return found


def _mapping(schema: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = schema.get(key)
    return value if isinstance(value, Mapping) else {}
