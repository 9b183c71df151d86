"""Documents as bytes: small, out of the garbage collector's sight, and nobody's object. Knows no backend."""

from __future__ import annotations

from typing import Any

import orjson

from lumakit import strictjson
from mockserver.stores import Down

_MAX_DEPTH = 512
_BY_THE_LETTER = b" "  # stands before what the fast reader would read wrongly


def pack(value: Any) -> bytes:
    """Spell a JSON value; a number of more than 64 bits, which orjson does not know, is spelled by the letter.

    Not to be kept as it is: orjson gives bytes that hold four kilobytes of memory, however short they are.
    """
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return _BY_THE_LETTER + strictjson.dumps(value)


def unpack(packed: bytes) -> Any:
    """A fresh value from what was packed."""
    if packed.startswith(_BY_THE_LETTER):
        return strictjson.loads(packed, max_depth=_MAX_DEPTH)
    return orjson.loads(packed)


def reread(packed: bytes) -> Any:
    """The same from a place that others can spoil, such as a disk; Down where it has been."""
    try:
        return unpack(packed)
    except (ValueError, RecursionError) as error:
        raise Down("what is kept is damaged: put a copy back, or begin anew") from error


def numbered(number: int, packed: bytes) -> bytes:
    """What was packed, and a number before it: `[number,value]`, in no more memory than it needs."""
    opening = b" [%d," if packed.startswith(_BY_THE_LETTER) else b"[%d,"
    return b"".join((opening % number, packed, b"]"))
