"""A fault read from a mapping, the form that JSON has: `{"kind": "status", "status": 503, "every": 3}`.

A mapping that has no kind says everything in its `text`. Whether the values can be meant, they say themselves.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from typing import Any

from mockserver.faults import text
from mockserver.faults.fault import Fault, When
from mockserver.faults.kinds import KINDS
from mockserver.faults.numbers import wrong
from mockserver.gate import owner_of

_CONDITIONS = tuple(each.name for each in fields(When))
_ANY = ("id", "provider", "text", "kind", "key", *_CONDITIONS)  # what the control API says of a fault may come back


def read(given: Fault | str | Mapping[str, Any]) -> Fault:
    """A fault, however it is given."""
    if isinstance(given, Fault):
        return given
    return text.parse(given) if isinstance(given, str) else from_json(given)


def from_json(given: object) -> Fault:
    """The fault that a JSON object holds."""
    if not isinstance(given, Mapping):
        raise wrong("a fault is a text or an object", '"503 every 3rd", or {"kind": "status", "status": 503}')
    if "kind" not in given:
        return _told(given)
    kind = given["kind"]
    made = KINDS.get(kind) if isinstance(kind, str) else None
    if made is None:
        raise wrong(f"no fault is of the kind {kind!a:.60}", _near(str(kind), KINDS))
    own = {each.name: each for each in fields(made)}
    _refuse_strangers(given, (*_ANY, *own))
    for each in own.values():
        if each.name not in given and each.default is MISSING:
            raise wrong(f"a fault of the kind {kind!r} needs {each.name!r}", f"it has {', '.join(own)}")
    return Fault(made(**{name: given[name] for name in own if name in given}), _when(given), _id(given))


def _told(given: Mapping[str, Any]) -> Fault:
    """A fault that is told in its text only."""
    _refuse_strangers(given, _ANY)
    said = given.get("text")
    if not isinstance(said, str):
        raise wrong("a fault needs a `kind`, or a `text`", f"a kind is one of {', '.join(KINDS)}")
    if beside := sorted({"key", *_CONDITIONS} & given.keys()):
        raise wrong(f"{beside[0]!r} stands beside a `text`", "say it in the text, or give a `kind`")
    fault = text.parse(said)
    return Fault(fault.does, fault.when, _id(given))


def _when(given: Mapping[str, Any]) -> When:
    conditions = {name: given[name] for name in _CONDITIONS if name in given}
    if "key" in given:
        if not isinstance(given["key"], str) or not given["key"] or "owner" in conditions:
            raise wrong("`key` is the text of a key, and stands alone", "give either `key` or `owner`")
        conditions["owner"] = owner_of(given["key"])
    return When(**conditions)


def _id(given: Mapping[str, Any]) -> str:
    return str(given.get("id", ""))[:20]


def _refuse_strangers(given: Mapping[str, Any], known: Iterable[str]) -> None:
    known = tuple(dict.fromkeys(known))
    for name in given:
        if name not in known:
            raise wrong(f"a fault has no {name!a:.60}", _near(str(name), known))


def _near(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"one of {', '.join(known)}"
