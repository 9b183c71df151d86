"""A rule as a value: the codes it speaks in, what it looks at, and the function that does. Knows no traffic."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from lumakit.check.scene import Scene
from lumakit.check.verdict import Judged


class Over(enum.StrEnum):
    """What a rule looks at, one after the other."""

    EXCHANGE = "exchange"  # a Seen
    STORY = "story"  # a Tale
    WEBHOOK = "webhook"  # a Heard
    ALL = "all"  # the Scene itself


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `judge` is given the scene, and the one thing it looks at; it tells what is wrong with that."""

    codes: tuple[str, ...]
    over: Over
    judge: Callable[[Scene, Any], Iterable[Judged]]
