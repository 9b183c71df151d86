"""A fault as a value: what it does, and when it applies. It can say itself as a text and as a mapping.

Every way in ends here, so here is judged what can be meant. Knows no request and no contract.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any

from mockserver.faults.kinds import MAX_TIME_S, Does
from mockserver.faults.numbers import MAX_NUMBER, is_text, number, ordinal, said, shown, whole, wrong

MEDIA_FILES = "media"
_PLACE = re.compile(r"(?:[A-Z]{1,20} )?[/*][!#-~]{0,300}|[A-Za-z_][A-Za-z0-9_.-]{0,100}", re.ASCII)
_OWNER = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class When:
    """When a fault applies; everything that is given must hold.

    `on` is a place: `POST /path`, `/path/*`, the id of an operation, `media` for the files of tasks. Requests that fit
    place, owner and time are counted; `nth`, `every` and `first` speak of that count, and `percent` is by chance.
    """

    on: str = ""
    owner: str = ""
    nth: int = 0
    every: int = 0
    first: int = 0
    percent: float = 100.0
    for_s: float | None = None

    def __post_init__(self) -> None:
        if self.on != "" and not is_text(self.on, _PLACE):
            raise wrong(f"{shown(self.on)} is no place", "`POST /path`, `/path/*`, the id of an operation, or `media`")
        if self.owner != "" and not is_text(self.owner, _OWNER):
            raise wrong("an owner is 16 hexadecimal digits", "`for key KEY` says it by the key")
        for count, what in ((self.nth, "`the`"), (self.every, "`every`"), (self.first, "`first`")):
            whole(count, 0, MAX_NUMBER, f"the number of {what}")
        number(self.percent, 0, 100, "a share", "percent")
        if self.for_s is not None:
            number(self.for_s, 0.001, MAX_TIME_S, "the time a fault lasts", "seconds")

    def __str__(self) -> str:
        parts = (
            f"on {self.on}" if self.on else "",
            f"for owner {self.owner}" if self.owner else "",
            f"the {ordinal(self.nth)}" if self.nth else "",
            f"every {ordinal(self.every)}" if self.every else "",
            f"first {self.first}" if self.first else "",
            f"{said(self.percent)}%" if self.percent != 100 else "",
            f"for {said(self.for_s)}s" if self.for_s is not None else "",
        )
        return " ".join(filter(None, parts))

    def counts(self, nth: int) -> bool:
        """True where the nth request that fits is one that is meant."""
        return self.nth in (0, nth) and not (self.every and nth % self.every) and (not self.first or nth <= self.first)


ALWAYS = When()


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong on purpose. `id` is its name among the faults of a mock."""

    does: Does
    when: When = ALWAYS
    id: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (str(self.does), str(self.when))))

    def to_json(self) -> dict[str, Any]:
        """The fault as a JSON object; what is as usual is left out."""
        named = {"id": self.id} if self.id else {}
        return {**named, "text": str(self), "kind": self.does.kind, **_unusual(self.does), **_unusual(self.when)}


def _unusual(value: Any) -> dict[str, Any]:
    told = ((each.name, getattr(value, each.name), each.default) for each in fields(value))
    return {name: given for name, given, default in told if given != default}
