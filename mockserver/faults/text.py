"""A fault read from a text: `503 on POST /luma/generations every 3rd`. What it does comes first, conditions follow.

Knows the words and their order. Whether the numbers can be meant, the values say themselves. A key that is named is
kept as its owner only.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mockserver.faults.fault import MEDIA_FILES, Fault, When
from mockserver.faults.kinds import (
    BreakSchema,
    Does,
    Drip,
    Latency,
    LogNormal,
    Lost,
    Malformed,
    OutOfCredits,
    Rate,
    Reset,
    Running,
    Status,
    Truncate,
    WrongType,
)
from mockserver.faults.numbers import wrong
from mockserver.gate import owner_of

MAX_TEXT = 2000
_WORD = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*+)"|([^\s"]+))(?=\s|$)')
_NUMBER = r"[0-9]{1,20}(?:\.[0-9]{1,20})?(?:e-?[0-9]{1,3})?"
_UNITS = {"": 1.0, "s": 1.0, "ms": 0.001, "m": 60.0, "min": 60.0, "h": 3600.0}
_TIME = re.compile(rf"({_NUMBER})(ms|s|min|m|h|)")
_SPAN = re.compile(rf"({_NUMBER})\.\.({_NUMBER})(?:s|)")
_RATE = re.compile(rf"([0-9]{{1,12}})/({_NUMBER}(?:ms|s|min|m|h|))")
_DRIP = re.compile(rf"({_NUMBER})/s")
_SHARE = re.compile(rf"({_NUMBER})%")
_ORDINAL = re.compile(r"([0-9]{1,12})(?:st|nd|rd|th)?")


class _Words:
    """The words of a text, taken one after the other."""

    def __init__(self, text: str) -> None:
        self._words: list[str] = []
        at = 0
        while text[at:].strip():
            found = _WORD.match(text, at)
            if found is None:
                raise wrong("a text in quotes has no end", 'write `as "two words"`')
            self._words.append(re.sub(r"\\(.)", r"\1", found[1]) if found[1] is not None else found[2])
            at = found.end()

    def __bool__(self) -> bool:
        return bool(self._words)

    def peek(self, place: int = 0) -> str:
        """A word that is still to come; empty where there is none."""
        return self._words[place] if place < len(self._words) else ""

    def next(self, wanted: str) -> str:
        """The next word; `wanted` says what it should be."""
        if not self._words:
            raise wrong(f"{wanted} is missing at the end", "`lumakit mock --help` shows how a fault is written")
        return self._words.pop(0)

    def take(self, *words: str) -> bool:
        """Take these words where they come next."""
        if tuple(each.lower() for each in self._words[: len(words)]) != words:
            return False
        del self._words[: len(words)]
        return True

    def must(self, *words: str) -> None:
        """Take these words, which have to come next."""
        for word in words:
            said = self.next(f"`{word}`")
            if said.lower() != word:
                raise wrong(f"{_shown(said)} stands where `{word}` should be", f"`{_FORMS[word]}`")

    def fitting(self, pattern: re.Pattern[str], wanted: str) -> re.Match[str]:
        """The next word, which has to have a form."""
        said = self.next(wanted)
        found = pattern.fullmatch(said.lower())
        if found is None:
            raise wrong(f"{_shown(said)} is not {wanted}", f"write {wanted}")
        return found


_FORMS = {"most": "at most 2 running", "running": "at most 2 running", "of": "out of credits"}
_FORMS["credits"] = _FORMS["of"]


def parse(text: str) -> Fault:
    """Read one fault."""
    if len(text) > MAX_TEXT:
        raise wrong(f"a fault of {len(text)} characters is too long", f"at most {MAX_TEXT}")
    words = _Words(text)
    given: dict[str, Any] = {}
    does = _does(words, given)
    while words:
        name, value = _condition(words)
        if name in given:
            raise wrong(f"it is said twice {_SAID[name]}", "say it once, or make two faults of it")
        given[name] = value
    return Fault(does, When(**given))


# --- what it does -----------------------------------------------------------------------------------------------------


def _does(words: _Words, given: dict[str, Any]) -> Does:
    head = words.next("what the fault does").lower()
    if head == "media":
        given["on"], head = MEDIA_FILES, words.next("a status").lower()
    if re.fullmatch(r"[0-9]{1,6}", head):
        return _status(int(head), words)
    read = _HEADS.get(head)
    if read is None:
        raise wrong(f"no fault is called {_shown(head)}", _near(head, [*_SHOWN], "a status such as 503, or one of"))
    return read(words)


def _status(status: int, words: _Words) -> Status:
    example, again = "", None
    while True:
        if not example and words.take("as"):
            example = words.next("the name of an example")
        elif again is None and words.take("retry-after"):
            again = int(words.fitting(re.compile(r"([0-9]{1,12})s?"), "a number of seconds such as `7`")[1])
        else:
            return Status(status, example, again)


def _latency(words: _Words) -> Latency | LogNormal:
    if words.take("lognormal"):
        return LogNormal(_time(words, "a median in seconds"), _time(words, "a sigma such as `0.5`"))
    if span := _SPAN.fullmatch(words.peek().lower()):
        words.next("a span")
        return Latency(float(span[1]), float(span[2]))
    fixed_s = _time(words, "a time such as `2`, `300ms` or `0.5..3`")
    return Latency(fixed_s, fixed_s)


def _rate(words: _Words) -> Rate:
    sliding = words.take("sliding")
    found = words.fitting(_RATE, "a count and a window such as `10/60s`")
    return Rate(int(found[1]), _seconds(found[2]), sliding, _in_all(words))


def _running(words: _Words) -> Running:
    words.must("most")
    count = int(words.fitting(re.compile(r"([0-9]{1,12})"), "a whole number such as `2`")[1])
    words.must("running")
    return Running(count, _in_all(words))


def _in_all(words: _Words) -> bool:
    return not words.take("per", "key") and words.take("in", "all")


def _credits(words: _Words) -> OutOfCredits:
    words.must("of", "credits")
    return OutOfCredits()


def _reset(words: _Words) -> Reset:
    return Reset(_bytes(words)) if words.take("after") else Reset()


def _truncate(words: _Words) -> Truncate:
    words.take("after")
    return Truncate(_bytes(words) if re.fullmatch(r"[0-9]+", words.peek()) else None)


def _bytes(words: _Words) -> int:
    return int(words.fitting(re.compile(r"([0-9]{1,12})"), "a number of bytes such as `20`")[1])


def _drip(words: _Words) -> Drip:
    return Drip(float(words.fitting(_DRIP, "bytes a second such as `100/s`")[1]))


def _wrong_type(words: _Words) -> WrongType:
    return WrongType(words.next("a content type")) if "/" in words.peek()[1:] else WrongType()


_HEADS: Mapping[str, Callable[[_Words], Does]] = {
    "latency": _latency,
    "rate": _rate,
    "at": _running,
    "out": _credits,
    "reset": _reset,
    "lost": lambda _: Lost(),
    "truncate": _truncate,
    "malformed": lambda _: Malformed(),
    "drip": _drip,
    "wrong-type": _wrong_type,
    "break-schema": lambda _: BreakSchema(),
}
_SHOWN = ("at most", "out of credits", "media", *(each for each in _HEADS if each not in ("at", "out")))


# --- when it applies --------------------------------------------------------------------------------------------------

_SAID = {
    "on": "where",
    "owner": "for whom",
    "nth": "which one (`the 3rd`)",
    "every": "how often (`every 3rd`)",
    "first": "how many (`first 3`)",
    "percent": "how likely",
    "for_s": "for how long",
}
_CONDITIONS = ("on", "for", "every", "the", "first", "5%")


def _condition(words: _Words) -> tuple[str, Any]:
    word = words.next("a condition").lower()
    if share := _SHARE.fullmatch(word):
        return "percent", float(share[1])
    if word == "on":
        return "on", _place(words)
    if word == "for":
        return _for(words)
    if word in ("every", "the", "first"):
        name = "nth" if word == "the" else word
        number = int(words.fitting(_ORDINAL, "a number such as `3` or `3rd`")[1])
        if not number:
            raise wrong(f"`{word} 0` is no request", f"`{word} 1` is the least")
        return name, number
    raise wrong(f"{_shown(word)} is no condition of a fault", _near(word, _CONDITIONS, "one of"))


def _place(words: _Words) -> str:
    place = words.next("a place such as `POST /path`")
    if re.fullmatch(r"[A-Za-z]{1,20}", place) and words.peek()[:1] in ("/", "*") and words.peek():
        return f"{place.upper()} {words.next('a path')}"
    return place


def _for(words: _Words) -> tuple[str, Any]:
    if words.take("key"):
        return "owner", owner_of(words.next("a key"))
    if words.take("owner"):
        return "owner", words.next("an owner")
    return "for_s", _time(words, "`key KEY`, `owner OWNER`, or a time such as `60s`")


def _time(words: _Words, wanted: str) -> float:
    return _seconds(words.fitting(_TIME, wanted)[0])


def _seconds(text: str) -> float:
    found = _TIME.fullmatch(text)
    assert found is not None  # noqa: S101  # whoever asks has looked
    factor = _UNITS[found[2]]
    return float(found[1]) if factor == 1 else float(found[1]) * factor


def _near(word: str, known: Iterable[str], otherwise: str) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"did you mean `{near[0]}`?" if near else f"{otherwise} {', '.join(f'`{each}`' for each in known)}"


def _shown(word: str) -> str:
    return ascii(word if len(word) <= 40 else f"{word[:40]}...")
