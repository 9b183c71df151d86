"""Regular expressions read into trees, as far as they are ordinary: classes, groups, branches, repeats, anchors.

What looks around, or at the borders of words, is passed over; what refers back is refused. Does not match anything.
"""

from __future__ import annotations

import functools
import re
import string
from dataclasses import dataclass
from typing import TypeAlias

_DEEPEST = 40
_OPEN = 10**9  # more often than any text is long
_Ranges: TypeAlias = list[tuple[int, int]]

_LOWER, _UPPER, _DIGITS = (97, 122), (65, 90), (48, 57)
_KINDS: dict[str, _Ranges] = {"d": [_DIGITS], "w": [_LOWER, _UPPER, _DIGITS, (95, 95)], "s": [(32, 32), (9, 13)]}
_PROPERTIES = {"L": [_LOWER, _UPPER], "Ll": [_LOWER], "Lu": [_UPPER], "N": [_DIGITS], "Nd": [_DIGITS]}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}
_FAMILIAR = string.ascii_letters + string.digits + string.punctuation + " "
_REPEAT = re.compile(r"(?:([*+?])|\{([0-9]{1,9})(?:(,)([0-9]{0,9}))?\})[?+]?")
_GROUP = re.compile(r"\?(?::|P?<[A-Za-z_]\w*>|(<?[=!]))")
_CODE = re.compile(r"x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,5})\}")
_PROPERTY = re.compile(r"[pP](?:\{(\w+)\}|([A-Z]))")


class Unsupported(ValueError):
    """A pattern says something that no text is made for here."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One of some characters."""

    choices: str
    least: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One part after the other."""

    parts: tuple[Node, ...]
    least: int


@dataclass(frozen=True, slots=True)
class Fork:
    """One of several branches."""

    branches: tuple[Node, ...]
    least: int


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part several times."""

    inner: Node
    low: int
    high: int
    least: int


Node: TypeAlias = Letter | Row | Fork | Repeat  # `least`: how many characters it has at least
_NOTHING = Row((), 0)


@functools.lru_cache(maxsize=256)
def read(pattern: str) -> Node:
    """The tree of a pattern."""
    return _Reader(pattern).whole()


class _Reader:
    def __init__(self, pattern: str) -> None:
        self._text = pattern
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        tree = self._fork()
        if self._at < len(self._text):
            raise Unsupported("a bracket is closed that was not opened")
        return tree

    def _fork(self) -> Node:
        branches = [self._row()]
        while self._take("|"):
            branches.append(self._row())
        return branches[0] if len(branches) == 1 else Fork(tuple(branches), min(each.least for each in branches))

    def _row(self) -> Node:
        parts: list[Node] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            parts.append(self._repeated(self._atom()))
        return Row(tuple(parts), sum(each.least for each in parts))

    def _repeated(self, inner: Node) -> Node:
        found = _REPEAT.match(self._text, self._at)
        if found is None:
            return inner
        self._at = found.end()
        sign, least, comma, most = found.groups()
        low = int(least) if least else int(sign == "+")
        high = 1 if sign == "?" else int(most) if most else _OPEN if sign or comma else low
        return Repeat(inner, low, high, low * inner.least)

    def _atom(self) -> Node:
        mark = self._next()
        if mark in "^$":
            return _NOTHING
        if mark == "(":
            return self._group()
        if mark == "[":
            return self._class()
        if mark == "\\":
            return self._escape()
        if mark in "*+?":
            raise Unsupported(f"{mark} repeats nothing")
        return Letter(_FAMILIAR if mark == "." else mark)

    def _group(self) -> Node:
        self._depth += 1
        found = _GROUP.match(self._text, self._at)
        if self._depth > _DEEPEST or (found is None and self._text.startswith("?", self._at)):
            raise Unsupported("a group is of a kind or a depth that is not read")
        self._at = found.end() if found else self._at
        inner = self._fork()
        if not self._take(")"):
            raise Unsupported("a bracket is not closed")
        self._depth -= 1
        return _NOTHING if found and found[1] else inner

    def _escape(self) -> Node:
        if self._text[self._at : self._at + 1] in ("b", "B", "A", "z", "Z"):
            self._at += 1
            return _NOTHING
        return Letter(_choices(self._escaped()))

    def _escaped(self) -> _Ranges:
        """What stands behind a backslash."""
        for form, meaning in ((_CODE, _by_code), (_PROPERTY, _by_property)):
            if found := form.match(self._text, self._at):
                self._at = found.end()
                return meaning(found)
        mark = self._next()
        if mark.lower() in _KINDS:
            return _KINDS[mark] if mark in _KINDS else _others(_KINDS[mark.lower()])
        if mark in "123456789kc":
            raise Unsupported(f"\\{mark} refers to something that is not known here")
        return _only(_CONTROLS.get(mark, mark))

    def _class(self) -> Node:
        negated, ranges = self._take("^"), _Ranges()
        while not self._take("]"):
            member = self._member()
            if len(member) == 1 and self._take_dash():
                member = [(member[0][0], self._member()[0][1])]
            ranges += member
        return Letter(_choices(_others(ranges) if negated else ranges))

    def _member(self) -> _Ranges:
        mark = self._next()
        return self._escaped() if mark == "\\" else _only(mark)

    def _take_dash(self) -> bool:
        """True before the end of a range, not before the end of the class."""
        return not self._text.startswith("-]", self._at) and self._take("-")

    def _take(self, mark: str) -> bool:
        taken = self._text.startswith(mark, self._at)
        self._at += len(mark) if taken else 0
        return taken

    def _next(self) -> str:
        if self._at >= len(self._text):
            raise Unsupported("it ends too early")
        self._at += 1
        return self._text[self._at - 1]


def _only(character: str) -> _Ranges:
    return [(ord(character), ord(character))]


def _by_code(found: re.Match[str]) -> _Ranges:
    return _only(chr(int(found[1] or found[2] or found[3], 16)))


def _by_property(found: re.Match[str]) -> _Ranges:
    ranges = _PROPERTIES.get(found[1] or found[2])
    if ranges is None:
        raise Unsupported(f"\\{found[0]} is a kind of character that is not known here")
    return _others(ranges) if found[0].startswith("P") else ranges


def _others(ranges: _Ranges) -> _Ranges:
    """The familiar characters that are in none of the ranges."""
    outside = (each for each in _FAMILIAR if not any(low <= ord(each) <= high for low, high in ranges))
    return [each for character in outside for each in _only(character)]


def _choices(ranges: _Ranges) -> str:
    """Some characters of the ranges, in their order; familiar ones where there are any."""
    codes = (code for low, high in ranges for code in range(low, min(high, low + 127) + 1))
    near = [chr(code) for code in codes if not 0xD800 <= code < 0xE000]
    choices = "".join(dict.fromkeys(each for each in near if each in _FAMILIAR)) or "".join(near)
    if not choices:
        raise Unsupported("a class has no characters")
    return choices
