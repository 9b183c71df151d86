"""Plain JSON values made immutable, and back. Knows nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

_LEAVES = (str, int, float, type(None))  # asked first: most values are one, and asking for a Mapping is slow
_MAPPINGS = (dict, Mapping)


def freeze(value: Any) -> Any:
    """The same value with read-only mappings and tuples."""
    if isinstance(value, _LEAVES):
        return value
    if isinstance(value, (list, tuple)):
        return tuple(map(freeze, value))
    if isinstance(value, _MAPPINGS):
        return MappingProxyType({key: freeze(item) for key, item in value.items()})
    return value


def thaw(value: Any) -> Any:
    """A fresh copy made of dicts and lists, which is what libraries want."""
    if isinstance(value, _LEAVES):
        return value
    if isinstance(value, (list, tuple)):
        return list(map(thaw, value))
    return {key: thaw(item) for key, item in value.items()} if isinstance(value, _MAPPINGS) else value
