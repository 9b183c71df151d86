"""JSON pointers by RFC 6901: how a place inside a document is spelled.

Knows the spelling and how to follow it through mappings and lists. Does not know documents, files or URI fragments: a
pointer here begins with a slash or is empty, which is the whole document.
"""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Mapping
from typing import Any, Final

_INDEX = re.compile(r"0|[1-9][0-9]{0,17}")
_STRAY_TILDE = re.compile(r"~(?![01])")


class Missing(enum.Enum):
    """The type of MISSING, so that a value that is None can be told from no value."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


@functools.lru_cache(maxsize=4096)
def join(*parts: str | int) -> str:
    """Spell the pointer that leads through these keys and indexes."""
    if len(parts) == 1:  # by far the most frequent call, made for every step into a document
        return "/" + str(parts[0]).replace("~", "~0").replace("/", "~1")
    return "".join(map(join, parts))


@functools.lru_cache(maxsize=4096)  # the same places are looked at in every request
def split(pointer: str) -> tuple[str, ...]:
    """Take a pointer apart into the keys and indexes it leads through."""
    if not _check(pointer):
        return ()
    parts = pointer[1:].split("/")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts) if "~" in pointer else tuple(parts)


def look(document: Any, pointer: str, default: Any = MISSING) -> Any:
    """The value at a pointer, or the default where the pointer leads nowhere."""
    value = document
    for part in split(pointer):
        if type(value) is dict or isinstance(value, Mapping):
            if part not in value:
                return default
            value = value[part]
        elif isinstance(value, (list, tuple)) and _INDEX.fullmatch(part) and int(part) < len(value):
            value = value[int(part)]
        else:
            return default
    return value


def parent(pointer: str) -> str:
    """The pointer of what holds the value; the whole document is held by nothing."""
    if not _check(pointer):
        raise ValueError("the whole document has no parent")
    return pointer[: pointer.rindex("/")]


def _check(pointer: str) -> str:
    if pointer and not pointer.startswith("/"):
        raise ValueError(f"a JSON pointer begins with a slash: {pointer!r}")
    if _STRAY_TILDE.search(pointer):
        raise ValueError(f"in a JSON pointer ~ is written ~0 and / inside a key is written ~1: {pointer!r}")
    return pointer
