"""Which of the offered media types a client takes: `Accept` by RFC 9110, section 12.5.1.

What is malformed in the header asks for nothing; a header that asks for nothing accepts everything. Knows no contract.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

ANY = "*/*"
_SHORT = 200  # longer headers are not remembered

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]++"
_ELEMENT = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*+")++')
_RANGE = re.compile(rf"[ \t]*(?:({_WORD})/({_WORD})|\*)[ \t]*")  # a lone star is what some old clients say
_PARAMETER = re.compile(rf';[ \t]*(?:({_WORD})=(?:({_WORD})|"((?:[^"\\]|\\.)*+)")[ \t]*)?')
_WEIGHT = re.compile(r"0?\.[0-9]{1,9}|0\.?|1(?:\.0{0,9})?")


class Media(NamedTuple):
    """A media type or range with its parameters; `weight` is how much it is wanted, from 0 to 1."""

    type: str
    subtype: str
    parameters: Mapping[str, str]
    weight: float = 1.0

    def covers(self, other: Media) -> bool:
        """True where everything of the other one is meant by this one."""
        if self.type not in ("*", other.type) or self.subtype not in ("*", other.subtype):
            return False
        return all(_given(other, name, value) == value for name, value in self.parameters.items())

    def meets(self, offered: Media) -> bool:
        """True where something is meant by both: what is offered may be a range, too."""
        return self.covers(offered) or (offered.subtype == "*" and offered.covers(self))

    @property
    def closeness(self) -> tuple[bool, bool, int]:
        """How closely it describes: the closest range decides."""
        return self.type != "*", self.subtype != "*", len(self.parameters)


def choose(offered: Collection[str], accept: str | None) -> str | None:
    """The offered type that is wanted most, the first of several; None where none is acceptable."""
    if accept is None or accept == ANY:
        return next(iter(offered), None)
    if accept in offered:
        return accept
    weigh = _remembered if len(accept) <= _SHORT else _most_wanted
    return weigh(tuple(offered), accept)


def concrete(chosen: str, accept: str | None, fallback: str) -> str:
    """A type that can be sent, where the one that was chosen is a range."""
    meant = _media(chosen)
    if meant is None or "*" not in (meant.type, meant.subtype):
        return chosen
    wanted = (each for each in _ranges(accept or "") if each.weight > 0 and meant.covers(each) and each.subtype != "*")
    best = max(wanted, key=lambda each: each.weight, default=None)
    return f"{best.type}/{best.subtype}" if best else fallback


def _most_wanted(offered: tuple[str, ...], accept: str) -> str | None:
    ranges = tuple(_ranges(accept))
    if not ranges:
        return next(iter(offered), None)
    weights = {each: _weight(each, ranges) for each in offered}
    best = max(weights, key=weights.__getitem__, default=None)
    return best if best is not None and weights[best] > 0 else None


_remembered = functools.lru_cache(maxsize=512)(_most_wanted)  # clients say the same thing again and again


def _weight(offered: str, ranges: tuple[Media, ...]) -> float:
    media = _media(offered)
    covering = [each for each in ranges if media and each.meets(media)]
    return max(covering, key=lambda each: each.closeness).weight if covering else 0.0


def _ranges(accept: str) -> Iterator[Media]:
    for element in _ELEMENT.findall(accept):
        media = _media(element)
        if media is not None:
            yield media


def _media(text: str) -> Media | None:
    """A type or range with its parameters; None where it is malformed."""
    found = _RANGE.match(text)
    if found is None:
        return None
    main, sub = (found[1] or "*").lower(), (found[2] or "*").lower()
    if main == "*" != sub:
        return None
    parameters, at = dict[str, str](), found.end()
    while at < len(text):
        part = _PARAMETER.match(text, at)
        if part is None:
            return None
        at = part.end()
        if part[1] and "q" not in parameters:  # what stands behind the weight is no part of the range
            name, value = part[1].lower(), _plain(part)
            parameters[name] = value.lower() if name == "charset" else value
    weight = parameters.pop("q", "1")
    if not _WEIGHT.fullmatch(weight):
        return None
    return Media(main, sub, parameters, float(weight))


def _plain(part: re.Match[str]) -> str:
    return part[2] if part[2] is not None else re.sub(r"\\(.)", r"\1", part[3])


def _given(media: Media, name: str, wanted: str) -> str:
    """The value of a parameter; a type that does not name its charset is taken to have the one that is wanted."""
    return media.parameters.get(name, wanted if name == "charset" else "")
