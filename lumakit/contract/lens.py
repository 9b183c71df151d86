"""The lens: one table that says where each fact stands in a body and how it is spelled, for reading and for writing.

A fact is written at the first of its places that holds a value in the template, spelled like that value; a fact
without a place there is not told. It is read from the first place that holds a value; null is absence. Does not know
what a task is.
"""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lumakit.contract import pointer as pointers
from lumakit.contract.frozen import thaw

_GO_ZERO_TIME = re.compile(r"0001-01-01T00:00:00(?:\.0+)?(?:Z|\+00:00)")
_UTC = datetime.UTC
_CANONICAL = re.compile(r"0|-?[1-9][0-9]{0,17}")
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=_UTC)


class Misspelled(ValueError):
    """A place holds a value that its codec cannot read."""


@dataclass(frozen=True, slots=True)
class Codec:
    """How a fact is spelled: `write` is given the value that stands in the template, to spell alike."""

    read: Callable[[Any], Any]
    write: Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: its places in order, and the words that the mere presence of a field stands for."""

    name: str
    places: tuple[tuple[str, str], ...]
    present: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Lens:
    """Facts out of a body, facts into a body."""

    facts: tuple[Fact, ...]

    def read(self, body: Any) -> dict[str, Any]:
        """The facts a body tells; raises Misspelled where a value cannot be read."""
        told = {}
        for fact in self.facts:  # a plain loop: every look at a task comes by here
            value = _read(fact, body)
            if value is not None:
                told[fact.name] = value
        return told

    def write(self, template: Any, facts: Mapping[str, Any]) -> Any:
        """A fresh body: the template with the facts written into it."""
        body = thaw(template)
        for fact in self.facts:
            if fact.name in facts:
                body = _write(fact, body, facts[fact.name])
        return body

    def place(self, fact: Fact, template: Any) -> tuple[str, str, Any] | None:
        """Where a fact is written in a template, with its codec and the value that stands there; None for nowhere."""
        return _place(fact, template)

    def places_in(self, template: Any) -> frozenset[str]:
        """The names of the facts that a template has a place for."""
        return frozenset(fact.name for fact in self.facts if _place(fact, template) is not None)


def _place(fact: Fact, body: Any) -> tuple[str, str, Any] | None:
    for pointer, codec in fact.places:
        value = _look(body, pointer)
        if value is not None:
            return pointer, codec, value
    return None


def _look(body: Any, pointer: str) -> Any:
    """The value at a place; None where nothing stands there, and where the zero time of Go says so."""
    value = pointers.look(body, pointer, None)
    is_nothing = isinstance(value, str) and value.startswith("0001-") and _GO_ZERO_TIME.fullmatch(value)
    return None if is_nothing else value


def _read(fact: Fact, body: Any) -> Any:
    for pointer, codec in fact.places:
        value = _look(body, pointer)
        if value is None:
            continue
        try:
            return CODECS[codec].read(value)
        except (ValueError, TypeError, OverflowError):
            raise Misspelled(f"{fact.name} at {pointer or '/'} is not spelled as {codec}") from None
    if not fact.present:
        return None
    return next((word for pointer, word in fact.present if _look(body, pointer) is not None), None)


def _write(fact: Fact, body: Any, value: Any) -> Any:
    place = _place(fact, body)
    if place is None:
        return body
    pointer, codec, like = place
    spelled = CODECS[codec].write(value, like)
    if not pointer:
        return spelled
    holder, last = pointers.look(body, pointers.parent(pointer)), pointers.split(pointer)[-1]
    holder[int(last) if isinstance(holder, list) else last] = spelled
    return body


# --- codecs ---------------------------------------------------------------------------------------------------------


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise TypeError(value)
    return str(value)


def _like_text(value: str, like: Any) -> Any:
    return int(value) if _is_integer(like) and _CANONICAL.fullmatch(value) else value


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _text(value)


def _like_word(value: str, like: Any) -> Any:
    if isinstance(like, bool) and value in ("true", "false"):
        return value == "true"
    return _like_text(value, like)


def _integer(value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise TypeError(value)
    return int(value)


def _like_integer(value: int, like: Any) -> Any:
    return str(value) if isinstance(like, str) else value


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError(value)
    return float(value)


def _like_number(value: float, like: Any) -> Any:
    if isinstance(like, float):
        return float(value)
    whole = int(value) if float(value).is_integer() else value
    return str(whole) if isinstance(like, str) else whole


_ISO = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII)


def _iso(value: Any) -> int:
    match = _ISO.fullmatch(value)
    if match is None:
        raise ValueError(value)
    moment = datetime.datetime.fromisoformat(match[1] + match[3].replace("Z", "+00:00"))
    fraction = int((match[2] or "0").ljust(3, "0")[:3])
    return (moment - _EPOCH) // datetime.timedelta(milliseconds=1) + fraction


def _like_iso(value: int, like: Any) -> str:
    return _iso_like(value, *_iso_form(like) if isinstance(like, str) else (3, "Z"))


def _iso_like(value: int, digits: int, zone: str) -> str:
    seconds, rest = divmod(value, 1000)
    fraction = f".{rest:03}000000"[: digits + 1] if digits else ""
    return _iso_seconds(seconds, zone) + fraction + zone


@functools.lru_cache(maxsize=256)
def _iso_form(like: str) -> tuple[int, str]:
    """How many digits behind the point a time has, and its zone."""
    match = _ISO.fullmatch(like)
    return (len(match[2] or ""), match[3]) if match else (3, "Z")


@functools.lru_cache(maxsize=256)
def _iso_seconds(seconds: int, zone: str) -> str:
    moment = _EPOCH + datetime.timedelta(seconds=seconds)
    if zone != "Z":
        moment = moment.astimezone(datetime.datetime.fromisoformat(f"2000-01-01T00:00:00{zone}").tzinfo)
    return moment.isoformat()[:19]


def _unix(unit_ms: int) -> Codec:
    def read(value: Any) -> int:
        return round(value * unit_ms) if isinstance(value, float) else _integer(value) * unit_ms

    def write(value: int, like: Any) -> Any:
        return value / unit_ms if isinstance(like, float) else _like_integer(value // unit_ms, like)

    return Codec(read, write)


def _percent(value: Any) -> int:
    if isinstance(value, bool):
        raise TypeError(value)
    number = float(value.removesuffix("%")) if isinstance(value, str) else float(value)
    return round(number)


def _like_percent(value: int, like: Any) -> Any:
    if isinstance(like, str):
        return f"{value}%" if like.endswith("%") else str(value)
    return float(value) if isinstance(like, float) else value


def _fraction(value: Any) -> int:
    if isinstance(value, bool):
        raise TypeError(value)
    return round(float(value) * 100)


def _like_fraction(value: int, like: Any) -> Any:
    return str(value / 100) if isinstance(like, str) else value / 100


def _one(value: Any) -> tuple[str, ...]:
    return (_address(value),)


def _many(value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise TypeError(value)
    return tuple(map(_address, value))


def _address(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


CODECS: Mapping[str, Codec] = {
    "text": Codec(_text, _like_text),
    "word": Codec(_word, _like_word),
    "integer": Codec(_integer, _like_integer),
    "number": Codec(_number, _like_number),
    "iso": Codec(_iso, _like_iso),
    "unix-s": _unix(1000),
    "unix-ms": _unix(1),
    "percent": Codec(_percent, _like_percent),
    "fraction": Codec(_fraction, _like_fraction),
    "one": Codec(_one, lambda value, _: value[0] if value else None),
    "list": Codec(_many, lambda value, _: list(value)),
}


def speller(codec: str, like: Any) -> Callable[[Any], Any]:
    """How a codec spells facts where this value stands: what hangs on the value alone is done now."""
    if codec in ("text", "word") and isinstance(like, str):
        return _as_it_is
    if codec == "iso" and isinstance(like, str):
        digits, zone = _iso_form(like)
        return functools.partial(_iso_like, digits=digits, zone=zone)
    write = CODECS[codec].write
    if codec == "number":  # what files measure: there are few of them
        return functools.lru_cache(maxsize=256)(lambda value: write(value, like))
    return lambda value: write(value, like)


def _as_it_is(value: Any) -> Any:
    return value
