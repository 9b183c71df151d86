"""What a sentence says about a value: which ones it can take, and which one stands where none is given.

Reads the first words of a text as tokens, in one pass, because the texts are other people's. Knows no document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_READ = 2000  # characters; what a text says about the value stands early
_TOKEN = re.compile(r"`[^`\s]{1,60}`|\"[^\"\s]{1,60}\"|'[^'\s]{1,60}'|\d{1,3}(?:,\d{3})+|\w+(?:[.:%+/-]+\w+)*|[^\w\s]")
_STANDARD = re.compile(r"[A-Z][A-Za-z]*-?\d")  # IPv4, UTF-8, MP4: names of standards, not values
_PLAIN = frozenset(
    "low medium high true false on off auto yes no small large fast slow portrait landscape square".split()
)
_LEADS = (("can", "be"), ("must", "be"), ("one", "of"), ("either",), ("accepts",), ("only", "supports"))
_FILLERS = frozenset((":", "either", "one", "of", "the", "following", "values"))
_BETWEEN = frozenset((",", "or", "and", "|"))
_ENDS = frozenset(".,;()")
_NO_VALUE = frozenset(("none", "null", "empty"))


def choices(text: str) -> str:
    """The values a text lists as the only ones, in words; empty where it lists none."""
    tokens = _tokens(text)
    return next(_choices(tokens), "")


def _choices(tokens: list[str]) -> Iterator[str]:
    yield from _alone(tokens, 0, 2)
    for at in range(len(tokens)):
        for lead in _LEADS:
            if _follows(tokens, at, lead):
                yield from _alone(tokens, _skip(tokens, at + len(lead), _FILLERS), 1 if lead[0] == "only" else 2)


def _alone(tokens: list[str], at: int, least: int) -> Iterator[str]:
    """The list at a place, if nothing follows that would make it something else, as in `2 or 3 words`."""
    values, end = _list(tokens, at)
    if _follows(tokens, end, ("by", "default")):
        values, end = values[:-1], len(tokens)
    if len(values) >= least and (end >= len(tokens) or tokens[end] in _ENDS):
        yield _spoken(values)


def default(text: str) -> str:
    """The value a text says is taken where none is given; empty where it says nothing."""
    tokens = _tokens(text)
    return next(_defaults(tokens), "")


def _defaults(tokens: list[str]) -> Iterator[str]:
    for at, token in enumerate(tokens):
        if token.lower() in ("default", "defaults"):
            after = _skip(tokens, at + 1, frozenset(("to", "is", ":", "value", "=")))
            before = at - 2 if at > 1 and tokens[at - 1].lower() == "by" else None
            for place in (before, after):
                value = _value(tokens[place]) if place is not None and place < len(tokens) else None
                if value is not None and value.lower() not in _NO_VALUE:
                    yield value


def _tokens(text: str) -> list[str]:
    return [match.group() for match in _TOKEN.finditer(text[:_READ])]


def _value(token: str) -> str | None:
    """The value a token stands for: what is quoted, what holds a digit, and a few plain words."""
    if token[0] in "`\"'":
        return token[1:-1] or None
    has_digit = any(letter.isdigit() for letter in token)
    return token if token.lower() in _PLAIN or (has_digit and not _STANDARD.match(token)) else None


def _list(tokens: list[str], at: int) -> tuple[list[str], int]:
    """The values that begin at a place, and where they end."""
    values: list[str] = []
    end = at
    while at < len(tokens) and (value := _value(tokens[at])) is not None:
        values.append(value)
        end = at + 1
        at = _skip(tokens, end, _BETWEEN)
        if at == end:
            break
    return values, end


def _skip(tokens: list[str], at: int, words: frozenset[str]) -> int:
    while at < len(tokens) and tokens[at].lower() in words:
        at += 1
    return at


def _follows(tokens: list[str], at: int, words: tuple[str, ...]) -> bool:
    return tuple(token.lower() for token in tokens[at : at + len(words)]) == words


def _spoken(values: list[str]) -> str:
    return " or ".join([", ".join(values[:-1]), values[-1]] if len(values) > 1 else values)
