"""Texts and numbers that do what is asked of them: plain ones always the same, or drawn ones.

Knows the formats and what each looks like. Does not judge.
"""

from __future__ import annotations

import base64
import datetime
import math
from collections.abc import Callable, Mapping
from fractions import Fraction

from lumakit.contract.asked import Asked, Contradiction, TooLarge
from lumakit.contract.pattern_sample import MAX_TEXT, pattern_sample
from lumakit.contract.pattern_tree import Unsupported
from lumakit.draws import Draw

_LARGEST = 10**300
_SHARES = 9973
_FAR = 1000  # how far from its bound a number is drawn where there is no other bound
_WORDS = "amber birch cedar delta ember fjord grove haven inlet juniper kettle lagoon maple north ocean pine".split()
_EPOCH = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)

# Before and behind the place where a text may be made longer; a short one where room is scarce.
_PLAIN: Mapping[str, tuple[tuple[str, str], ...]] = {
    "uuid": (("3fa85f64-5717-4562-b3fc-2c963f66afa6", ""),),
    "date-time": (("2024-01-15T09:30:00Z", ""),),
    "date": (("2024-01-15", ""),),
    "time": (("09:30:00Z", ""),),
    "duration": (("PT5M", ""), ("P1D", "")),
    "email": (("user", "@example.com"), ("a", "@b.co")),
    "idn-email": (("user", "@example.com"), ("a", "@b.co")),
    "hostname": (("", "example.com"), ("a", "")),
    "idn-hostname": (("", "example.com"), ("a", "")),
    "ipv4": (("192.0.2.1", ""), ("1.1.1.1", "")),
    "ipv6": (("2001:db8::1", ""), ("::1", "")),
    "uri": (("https://example.com/", ""), ("a:b", "")),
    "uri-reference": (("https://example.com/", ""), ("a", "")),
    "iri": (("https://example.com/", ""), ("a:b", "")),
    "iri-reference": (("https://example.com/", ""), ("a", "")),
    "url": (("https://example.com/", ""), ("a:b", "")),
    "uri-template": (("https://example.com/{id}", ""), ("{a}", "")),
    "json-pointer": (("/name", ""), ("", "")),
    "relative-json-pointer": (("0/name", ""), ("0", "")),
    "regex": (("^[a-z]+$", ""), ("a", "")),
    "byte": (("c3RyaW5n", ""), ("YQ==", "")),
}
_DRAWN: Mapping[str, Callable[[Draw], str]] = {
    "uuid": lambda draw: _uuid(draw.digest("uuid").hex()),
    "date-time": lambda draw: f"{_moment(draw):%Y-%m-%dT%H:%M:%SZ}",
    "date": lambda draw: f"{_moment(draw):%Y-%m-%d}",
    "time": lambda draw: f"{_moment(draw):%H:%M:%SZ}",
    "duration": lambda draw: f"PT{draw.integer('minutes', 1, 59)}M",
    "email": lambda draw: f"{_word(draw)}{draw.integer('number', 1, 999)}@example.com",
    "hostname": lambda draw: f"{_word(draw)}{draw.integer('number', 1, 999)}.example.com",
    "ipv4": lambda draw: f"192.0.2.{draw.integer('host', 1, 254)}",
    "ipv6": lambda draw: f"2001:db8::{draw.integer('host', 1, 0xFFFF):x}",
    "uri": lambda draw: f"https://example.com/{_word(draw)}/{draw.integer('number', 1, 9999)}",
    "byte": lambda draw: base64.b64encode(draw.digest("byte")[: draw.integer("size", 3, 12)]).decode(),
}
_ALIKE = {
    "idn-email": "email",
    "idn-hostname": "hostname",
    **dict.fromkeys(("url", "iri", "uri-reference", "iri-reference"), "uri"),
}


def text(asked: Asked, draw: Draw | None, turn: int = 0) -> str:
    """A text; where several patterns are asked for, each turn tries another one."""
    low, high = asked.least.get("Length", 0), asked.most.get("Length", MAX_TEXT)
    if low > MAX_TEXT:
        raise TooLarge(f"a text of more than {MAX_TEXT} characters is asked for")
    if low > high:
        raise Contradiction("a text cannot be shorter than its least length")
    if asked.patterns:
        try:
            return pattern_sample(asked.patterns[turn % len(asked.patterns)], draw, low, high)
        except Unsupported:
            pass  # another text may still fit; the validators will say
    formatted = _formatted(asked.format, draw, low, high)
    return _words(draw, low, high) if formatted is None else formatted


def _formatted(name: str, draw: Draw | None, low: int, high: int) -> str | None:
    drawn = _DRAWN.get(_ALIKE.get(name, name))
    if draw and drawn and low <= len(made := drawn(draw)) <= high:
        return made
    for before, behind in _PLAIN.get(name, ()):
        if len(before + behind) <= high:
            return before + "a" * (low - len(before + behind)) + behind
    return None


def _words(draw: Draw | None, low: int, high: int) -> str:
    if draw is None:
        words = "string"
    else:
        words = " ".join(draw.pick(turn, _WORDS) for turn in range(draw.integer("words", 1, 3)))
    return (words * (low // len(words) + 1))[: max(low, min(high, len(words)))]


def _word(draw: Draw) -> str:
    return draw.pick("word", _WORDS)


def _uuid(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"


def _moment(draw: Draw) -> datetime.datetime:
    return _EPOCH + datetime.timedelta(seconds=draw.integer("second", 0, 5 * 365 * 86400))


# --- numbers ----------------------------------------------------------------------------------------------------------


def number(asked: Asked, draw: Draw | None, *, whole: bool) -> int | float:
    """A number between its bounds, a multiple where one is asked for."""
    step = asked.step
    if whole:
        step = Fraction(1) if step is None else Fraction(step.numerator)
    found = _between(asked, draw) if step is None else step * _times(asked, step, draw)
    if abs(found) > _LARGEST:
        raise TooLarge("a number is asked for that is larger than any that is sent")
    return found.numerator if found.denominator == 1 else float(found)


def _times(asked: Asked, step: Fraction, draw: Draw | None) -> int:
    """How many steps from zero."""
    low = high = None
    if asked.low:
        low = math.floor(asked.low[0] / step) + 1 if asked.low[1] else math.ceil(asked.low[0] / step)
    if asked.high:
        high = math.ceil(asked.high[0] / step) - 1 if asked.high[1] else math.floor(asked.high[0] / step)
    if low is not None and high is not None and low > high:
        raise Contradiction("no number lies between the bounds")
    if draw is None:
        return _clamped(math.ceil(1 / step), low, high)
    start = low if low is not None else 0 if high is None else min(0, high - _FAR)
    return draw.integer("number", start, high if high is not None else start + _FAR)


def _clamped(wanted: int, low: int | None, high: int | None) -> int:
    raised = wanted if low is None else max(wanted, low)
    return raised if high is None else min(raised, high)


def _between(asked: Asked, draw: Draw | None) -> Fraction:
    """Any number between the bounds."""
    low, high = _ends(asked)
    if low > high:
        raise Contradiction("no number lies between the bounds")
    if draw is None:
        return _plain(asked, low, high)
    drawn = low + (high - low) * Fraction(draw.integer("share", 1, _SHARES - 1), _SHARES)
    rounded = Fraction(round(drawn * 100), 100)
    return rounded if low < rounded < high else drawn


def _ends(asked: Asked) -> tuple[Fraction, Fraction]:
    """Two numbers to choose between, also where a bound is not asked for."""
    if asked.low:
        return asked.low[0], asked.high[0] if asked.high else asked.low[0] + _FAR
    high = asked.high[0] if asked.high else Fraction(_FAR)
    return min(Fraction(0), high - _FAR), high


def _plain(asked: Asked, low: Fraction, high: Fraction) -> Fraction:
    """One where it is between the bounds, else a bound or its neighbour, else the middle."""
    ends = [bound[0] for bound in (asked.low, asked.high) if bound and not bound[1]]
    likely = (Fraction(1), *ends, low + 1 if asked.low else high - 1)
    return next((each for each in likely if low < each < high or each in ends), (low + high) / 2)
