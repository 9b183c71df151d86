"""Which operation a request is for: three answers - none, wrong method, full.

Literal segments win over templates, segments are split before they are percent-decoded, and a template takes exactly
one segment or part of one. Knows paths and methods only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Generic, NamedTuple, TypeVar
from urllib.parse import unquote

Target = TypeVar("Target")
_WHOLE = ("", "")  # the pieces of a segment that is one template
_TEMPLATE = re.compile(r"\{([^{}/]+)\}")


class Ambiguous(ValueError):
    """Two path templates that match the same requests."""


class Route(NamedTuple, Generic[Target]):
    """What a path leads to: its template, the values taken from the path, and a target for each method it has."""

    template: str
    values: Mapping[str, str]
    methods: Mapping[str, Target]
    allow: tuple[str, ...]


@dataclass(slots=True)
class _End(Generic[Target]):
    template: str
    names: tuple[str, ...]
    methods: Mapping[str, Target] = field(default_factory=dict)
    allow: tuple[str, ...] = ()

    def add(self, method: str, target: Target) -> None:
        """One more method of this path."""
        self.methods = MappingProxyType({**self.methods, method: target})
        self.allow = tuple(sorted(self.methods))

    def route(self, values: tuple[str, ...]) -> Route[Target]:
        """The route to this end, with the values from a path."""
        taken = MappingProxyType(dict(zip(self.names, values, strict=True)))
        return Route(self.template, taken, self.methods, self.allow)


@dataclass(slots=True)
class _Node(Generic[Target]):
    literal: dict[str, _Node[Target]] = field(default_factory=dict)
    shaped: dict[tuple[str, ...], _Node[Target]] = field(default_factory=dict)
    end: _End[Target] | None = None


def names_in(template: str) -> tuple[str, ...]:
    """The names of the parameters a path template has."""
    return tuple(_TEMPLATE.findall(template))


class Router(Generic[Target]):
    """A tree of path segments."""

    def __init__(self, targets: Iterable[tuple[str, str, Target]]) -> None:
        self._root: _Node[Target] = _Node()
        self._exact: dict[str, Route[Target]] = {}
        for template, method, target in targets:
            end = self._plant(template)
            end.add(method, target)
            if not end.names:
                self._exact[template] = end.route(())

    def _plant(self, template: str) -> _End[Target]:
        node = self._root
        for segment in template.split("/")[1:]:
            node = _child(node, segment)
        if node.end is None:
            node.end = _End(template, names_in(template))
        elif node.end.template != template:
            raise Ambiguous(f"{node.end.template} and {template} match the same requests")
        return node.end

    def find(self, path: str) -> Route[Target] | None:
        """What a path leads to, still percent-encoded as it came; None where it leads nowhere."""
        exact = self._exact.get(path)
        if exact is not None:
            return exact
        if not path.startswith("/"):
            return None
        segments = path.split("/")[1:]
        if "%" in path:
            segments = list(map(unquote, segments))
        found = _straight(self._root, segments) or _walk(self._root, segments)
        return found[0].route(found[1]) if found else None


def _child(node: _Node[Target], segment: str) -> _Node[Target]:
    pieces = tuple(unquote(piece) for piece in _TEMPLATE.split(segment)[::2])
    if len(pieces) == 1:
        return node.literal.setdefault(pieces[0], _Node())
    if pieces not in node.shaped:
        node.shaped[pieces] = _Node()
        node.shaped = dict(sorted(node.shaped.items(), key=lambda each: -sum(map(len, each[0]))))
    return node.shaped[pieces]


def _straight(root: _Node[Target], segments: list[str]) -> tuple[_End[Target], tuple[str, ...]] | None:
    """Follow the segments where at each of them there is one way only, as in nearly every document; None elsewhere."""
    node, values = root, []
    for segment in segments:
        literal = node.literal.get(segment)
        if literal is None:
            whole = node.shaped.get(_WHOLE)
            if whole is None or len(node.shaped) > 1 or not segment:
                return None
            values.append(segment)
            node = whole
        elif node.shaped:
            return None
        else:
            node = literal
    return (node.end, tuple(values)) if node.end is not None else None


def _walk(root: _Node[Target], segments: list[str]) -> tuple[_End[Target], tuple[str, ...]] | None:
    """Follow the segments, the nearest way first; no recursion, for a path may have any number of segments."""
    waiting: list[tuple[_Node[Target], int, tuple[str, ...]]] = [(root, 0, ())]
    while waiting:
        node, depth, values = waiting.pop()
        if depth == len(segments):
            if node.end is not None:
                return node.end, values
            continue
        head = segments[depth]
        for pieces, child in reversed(node.shaped.items()):
            taken = _take(pieces, head)
            if taken:
                waiting.append((child, depth + 1, values + taken))
        if head in node.literal:
            waiting.append((node.literal[head], depth + 1, values))
    return None


def _take(pieces: tuple[str, ...], segment: str) -> tuple[str, ...] | None:
    """The values between the literal pieces of a segment, each as short as can be; linear in the segment."""
    first, *middle, last = pieces
    if not segment.startswith(first):
        return None
    values, at = [], len(first)
    for piece in middle:
        end = segment.find(piece, at + 1)
        if end < 0:
            return None
        values.append(segment[at:end])
        at = end + len(piece)
    end = len(segment) - len(last)
    return (*values, segment[at:end]) if end > at and segment.endswith(last) else None
