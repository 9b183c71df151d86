"""Scenarios: what is to become of a task, as values; mixtures of them; and the plan that one draws up.

A scenario names phases, never a provider's words: the words come from the lifecycle it is played on. Chance enters as a
`Draw`. Knows no clock and no store.
"""

from __future__ import annotations

import contextlib
import difflib
import itertools
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

from lumakit.contract.lifecycle import Lifecycle
from lumakit.contract.reading import Reading, Task
from lumakit.draws import Draw
from lumakit.errors import UsageError
from lumakit.model import Phase
from mockserver.plan import NEVER, Moment, Plan

PROGRESS = (20, 40, 60, 80)  # told on the way, where a provider tells progress at all
MAX_MAGIC = 100  # what stands between brackets further on is only text
_UNTIMED = {Phase.WAITING: (1.0, 4.0), Phase.RUNNING: (20.0, 60.0)}
_SHARE = re.compile(r"\s*(?P<share>[0-9]+(?:\.[0-9]+)?)\s*%\s*(?P<name>\S.*)")
_MAGIC = re.compile(r"\[\[([^\[\]]{1,80})\]\]")


@dataclass(frozen=True, slots=True)
class Scenario:
    """What becomes of a task: how it ends (never, where `ends` is None), how fast, and with which detours.

    `mishap` is what befalls its webhooks.
    """

    name: str
    ends: Phase | None = Phase.SUCCEEDED
    reason: str = ""
    pace: float = 1.0
    retries: int = 0
    expires_s: float | None = None
    mishap: str = ""


LOST, LATE, TWICE, SHUFFLED, EARLY = "lost", "late", "twice", "shuffled", "early"
SCENARIOS: Mapping[str, tuple[Scenario, str]] = {
    "success": (Scenario("success"), "the task succeeds"),
    "fail": (Scenario("fail", ends=Phase.FAILED), "the task fails; `fail:REASON` says why"),
    "stuck": (Scenario("stuck", ends=None), "the task never ends"),
    "slow": (Scenario("slow", pace=5.0), "everything takes five times as long"),
    "fast": (Scenario("fast", pace=0.1), "everything takes a tenth of the time"),
    "flaky": (Scenario("flaky", retries=2), "the task is retried twice, where the provider has a word for that"),
    "expire": (Scenario("expire", expires_s=60.0), "the addresses of the results stop working after a minute"),
    LOST: (Scenario(LOST, mishap=LOST), "webhooks get lost"),
    LATE: (Scenario(LATE, mishap=LATE), "webhooks come half a minute late"),
    TWICE: (Scenario(TWICE, mishap=TWICE), "every webhook comes twice"),
    SHUFFLED: (Scenario(SHUFFLED, mishap=SHUFFLED), "webhooks overtake each other"),
    EARLY: (Scenario(EARLY, pace=0.02, mishap=EARLY), "the first webhook comes before the answer to the submit"),
}
_ALIASES = {"retry": "flaky"}  # the word that fits into a prompt
_PLUS = re.compile(rf"\s*\+\s*(?=(?:{'|'.join((*SCENARIOS, *_ALIASES))})\b)")


@dataclass(frozen=True, slots=True)
class Mixture:
    """Scenarios with the share of tasks that each gets."""

    shares: tuple[tuple[float, Scenario], ...]

    def pick(self, draw: Draw) -> Scenario:
        """The scenario of one task."""
        if len(self.shares) == 1:
            return self.shares[0][1]
        *sums, total = itertools.accumulate(share for share, _ in self.shares)
        return self.shares[bisect_right(sums, draw.fraction("scenario") * total)][1]

    def __str__(self) -> str:
        if len(self.shares) == 1:
            return self.shares[0][1].name
        return ", ".join(f"{share:g}% {scenario.name}" for share, scenario in self.shares)


def parse(text: str) -> Mixture:
    """Read `fail`, `fail:moderation` or `95% success, 5% fail`."""
    parts = text.split(",")
    found = [_SHARE.fullmatch(part) for part in parts]
    if not any(found):
        return Mixture(((100.0, named(text.strip())),))
    if not all(found):
        raise _wrong(f"{text!r} is no mixture of scenarios", "write `95% success, 5% fail`")
    shares = tuple((float(each["share"]), named(each["name"].strip())) for each in found if each)
    if abs(sum(share for share, _ in shares) - 100) > 0.01:
        raise _wrong(f"the shares of {text!r} do not make 100%", "write `95% success, 5% fail`")
    return Mixture(shares)


def named(text: str) -> Scenario:
    """One scenario by its name, or several at once: `fail:moderation + late`."""
    name, *others = _PLUS.split(text)
    scenario = _single(name)
    for other in map(_single, others):
        scenario = _joined(scenario, other)
    return replace(scenario, name=text) if others else scenario


def _joined(one: Scenario, other: Scenario) -> Scenario:
    """Both at once: of each what it does besides succeeding."""
    if one.mishap and other.mishap:
        hint = "join one of them with another scenario, such as `fail + late`"
        raise _wrong(f"webhooks cannot be {one.mishap} and {other.mishap} at once", hint)
    plain = SCENARIOS["success"][0]
    told = {field.name: getattr(other, field.name) for field in fields(Scenario)}
    return replace(one, **{name: value for name, value in told.items() if value != getattr(plain, name)})


def _single(text: str) -> Scenario:
    name, colon, reason = text.partition(":")
    known = SCENARIOS.get(_ALIASES.get(name, name))
    if known is None:
        near = difflib.get_close_matches(name, SCENARIOS, n=1)
        raise _wrong(
            f"there is no scenario {name!r}", f"did you mean {near[0]}?" if near else f"one of {', '.join(SCENARIOS)}"
        )
    scenario = known[0]
    if colon and (scenario.ends is not Phase.FAILED or not reason):
        raise _wrong(f"{text!r} is no scenario", "only `fail` takes a reason: `fail:moderation`")
    return replace(scenario, name=text, reason=reason) if reason else scenario


def magic(prompt: str) -> Scenario | None:
    """The scenario that a prompt asks for between double square brackets; text that names none is only text."""
    for found in itertools.islice(_MAGIC.finditer(prompt), MAX_MAGIC):
        words = found[1].strip()
        if all(map(_is_known, _PLUS.split(words))):
            with contextlib.suppress(UsageError):  # two that do not go together
                return named(words)
    return None


def _is_known(text: str) -> bool:
    name, colon, reason = text.partition(":")
    known = SCENARIOS.get(_ALIASES.get(name, name))
    return known is not None and bool(colon) == bool(reason and known[0].ends is Phase.FAILED)


def _wrong(what: str, hint: str) -> UsageError:
    return UsageError(what, code="scenario_invalid", hint=hint)


# --- plans ------------------------------------------------------------------------------------------------------------


class Stage(NamedTuple):
    """One word of a plan to be: how long it lasts at least and at most, and the progress told at shares of that."""

    word: str
    low_ms: float
    span_ms: float
    is_end: bool = False
    ends_at: int | None = None
    ticks: tuple[tuple[float, int], ...] = ()


def outline(reading: Reading, task: Task, scenario: Scenario) -> tuple[Stage, ...]:
    """What a scenario means for one kind of task: its words in order. The same for every such task."""
    words = story(reading.lifecycle, scenario)
    tells = any(fact.name == "progress" for fact in reading.lens.facts)
    ticks = _ticks(reading.lifecycle, words) if tells else {}
    return tuple(_stage(task, reading.lifecycle, word, ticks.get(n, ()), scenario) for n, word in enumerate(words))


def story(lifecycle: Lifecycle, scenario: Scenario) -> tuple[str, ...]:
    """The words that a task of this scenario says, by legal moves."""
    words = (lifecycle.starts, *_way(lifecycle, lifecycle.starts, Phase.SUCCEEDED))
    if lifecycle.words[words[-1]] is not Phase.SUCCEEDED:  # a lifecycle that knows no success: to any end
        words = (lifecycle.starts, *_way(lifecycle, lifecycle.starts, None))
    for _ in range(scenario.retries):
        words = _with_detour(lifecycle, words)
    if scenario.ends is None:
        return tuple(word for word in words if not lifecycle.words[word].terminal)
    return _failing(lifecycle, words) if scenario.ends is Phase.FAILED else words


def _way(lifecycle: Lifecycle, start: str, goal: Phase | None) -> tuple[str, ...]:
    """The shortest way to a word of a phase, or to any end; no way where there is none."""
    goals = (word for word in lifecycle.ends() if goal is None or lifecycle.words[word] is goal)
    ways = [way for word in goals if (way := lifecycle.path(start, word)) is not None]
    return min(ways, key=len, default=())


def _failing(lifecycle: Lifecycle, words: tuple[str, ...]) -> tuple[str, ...]:
    """The same story up to the last word from which it can fail at once."""
    for number in range(len(words) - 1, -1, -1):
        way = _way(lifecycle, words[number], Phase.FAILED)
        if len(way) == 1:
            return (*words[: number + 1], *way)
    return words[:1] + _way(lifecycle, words[0], Phase.FAILED)


def _with_detour(lifecycle: Lifecycle, words: tuple[str, ...]) -> tuple[str, ...]:
    """The story with one way back: from its last running word to a word of waiting, and to that running word again."""
    running = [n for n, word in enumerate(words) if lifecycle.words[word] is Phase.RUNNING]
    for number in reversed(running):
        here = words[number]
        for back in (target for source, target in lifecycle.moves if source == here):
            again = lifecycle.path(back, here)
            if lifecycle.words[back] is Phase.WAITING and again is not None:
                return (*words[: number + 1], back, *again, *words[number + 1 :])
    return words


def _ticks(lifecycle: Lifecycle, words: tuple[str, ...]) -> dict[int, tuple[int, ...]]:
    """The progress told at each place of a story: all of it while the last running word is said, however often."""
    running = [n for n, word in enumerate(words) if lifecycle.words[word] is Phase.RUNNING]
    visits = [n for n in running if words[n] == words[running[-1]]]
    share = len(PROGRESS) // len(visits) if visits else 0
    parts = {n: PROGRESS[i * share : (i + 1) * share] for i, n in enumerate(visits)}
    return {**parts, visits[-1]: PROGRESS[(len(visits) - 1) * share :]} if visits else {}


def _stage(task: Task, lifecycle: Lifecycle, word: str, progress: tuple[int, ...], scenario: Scenario) -> Stage:
    phase = lifecycle.words[word]
    low, high = task.timing.get(word) or _UNTIMED.get(phase, (0.0, 0.0))
    ticks = tuple((number / (len(progress) + 1), done) for number, done in enumerate(progress, start=1))
    factor = 1000 * scenario.pace
    done = 100 if phase is Phase.SUCCEEDED else None
    return Stage(word, low * factor, (high - low) * factor, phase.terminal, done, ticks)


def plan(stages: Sequence[Stage], draw: Draw) -> Plan:
    """Draw up one task's plan on a clock."""
    moments: list[Moment] = []
    at, done = 0.0, 0
    for (word, low_ms, span_ms, _, ends_at, ticks), chance in zip(
        stages, draw.middling("plan", len(stages)), strict=True
    ):
        moments.append(Moment(round(at), word, ends_at or done))
        lasts = low_ms + span_ms * chance
        for share, done in ticks:  # the last one holds for the next word
            moments.append(Moment(round(at + lasts * share), word, done))
        at += lasts
    return Plan(tuple(moments), ends=stages[-1].is_end)


def plan_for_looks(stages: Sequence[Stage]) -> Plan:
    """Draw up a plan that no clock moves: each word waits until somebody has looked at the one before."""
    moments: list[Moment] = []
    done = 0
    for stage in stages:
        done = stage.ticks[len(stage.ticks) // 2][1] if stage.ticks else stage.ends_at or done
        moments.append(Moment(NEVER if moments else 0, stage.word, done))
    return Plan(tuple(moments), ends=stages[-1].is_end)
