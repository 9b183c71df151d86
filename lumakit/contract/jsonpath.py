"""JSONPath (RFC 9535) followed through a document: which places a target selects. The one room that names the library.

A plain path of names and indexes, which most targets are, is followed without it: importing it costs 50 ms.
"""

from __future__ import annotations

import functools
import itertools
import re
from typing import Any

from lumakit.contract import pointer as pointers

MAX_MATCHES = 100_000
MAX_RECURSION = 256  # twice as deep as a document may be

Location = tuple[str | int, ...]

_STEP = re.compile(
    r"""\.(?P<name>[A-Za-z_][A-Za-z0-9_]*)"""
    r"""|\['(?P<single>[^'\\\x00-\x1f]*)'\]"""
    r"""|\["(?P<double>[^"\\\x00-\x1f]*)"\]"""
    r"""|\[(?P<index>0|[1-9][0-9]{0,14})\]"""
)


class Unfollowable(ValueError):
    """A path that is no JSONPath, or that selects too much; the hint says what to try."""

    def __init__(self, what: str, code: str, hint: str) -> None:
        super().__init__(what)
        self.code = code
        self.hint = hint


def value_at(document: Any, location: Location) -> Any:
    """The value at a place that is there."""
    for part in location:
        document = document[part]
    return document


def locate(document: dict[str, Any], path: str) -> list[Location]:
    """Every place a path selects, once, in the order of RFC 9535."""
    plain = plain_location(path)
    if plain is not None:
        return [plain] if reach(document, plain) == len(plain) else []
    try:
        nodes = list(itertools.islice(_query(path).finditer(document), MAX_MATCHES + 1))
    except Exception as error:  # noqa: BLE001 - on odd paths the library also slips (OverflowError, IndexError, ...)
        what = f"the JSONPath {path} cannot be followed: {error}"
        raise Unfollowable(what, "overlay_path", "write it by RFC 9535, as in $.paths['/x'].get") from None
    if len(nodes) > MAX_MATCHES:
        raise Unfollowable(f"{path} selects more than {MAX_MATCHES} places", "overlay_size", "narrow the path")
    return list(dict.fromkeys(node.location for node in nodes))


@functools.cache
def _environment() -> Any:
    from jsonpath_rfc9535 import JSONPathEnvironment  # costs 50 ms, and plain paths do without it

    environment = JSONPathEnvironment()
    environment.max_recursion_depth = MAX_RECURSION
    return environment


@functools.lru_cache(maxsize=1024)  # one document is amended again and again: for each edition, and for each correction
def _query(path: str) -> Any:
    return _environment().compile(path)


@functools.lru_cache(maxsize=1024)
def plain_location(path: str) -> Location | None:
    """The one place a plain path can mean (`$.a['b'][0]`); None for every path that needs the library."""
    parts: list[str | int] = []
    at = 1
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            return None
        index, *names = match["index"], match["name"], match["single"], match["double"]
        parts.append(int(index) if index else next(filter(None, names), ""))
        at = match.end()
    return tuple(parts) if path[:1] == "$" else None


def reach(document: Any, location: Location) -> int:
    """How many parts of a location can be followed."""
    for count, part in enumerate(location):
        if isinstance(part, str):
            found = isinstance(document, dict) and part in document
        else:
            found = isinstance(document, list) and part < len(document)
        if not found:
            return count
        document = document[part]
    return len(location)


def as_far_as(document: Any, path: str) -> str:
    """Where a plain path that selects nothing breaks off, in words; nothing for other paths."""
    plain = plain_location(path)
    if not plain:
        return ""
    found = plain[: reach(document, plain)]
    return f", the path leads only as far as {pointers.join(*found) or 'the root'}"
