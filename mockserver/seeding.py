"""A task made by hand: of any kind, under a given id, at any word that legal moves lead to.

A function of what is wanted, of the rules of the server and of now. Knows no store, no clock and no HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lumakit.contract.reading import Reading
from lumakit.contract.reading import Task as Kind
from lumakit.draws import Draw
from lumakit.errors import UsageError
from mockserver import engine, ids, scenario
from mockserver.engine import Task
from mockserver.rules import Rules
from mockserver.scenario import Scenario

MAX_ID = 200


@dataclass(frozen=True, slots=True)
class Seed:
    """What a task made by hand is to be; what is empty is chosen as for any other task."""

    kind: str
    id: str = ""
    status: str = ""
    owner: str = ""
    scenario: str = ""
    prompt: str | None = None


def sown(seed: Seed, reading: Reading, rules: Rules, id_shown: str, draw: Draw, now_ms: int) -> Task:
    """The task of a seed."""
    kind, chosen = _kind(seed, reading), _scenario(seed, rules, draw)
    stages = scenario.outline(reading, kind, chosen)
    asked: Mapping[str, Any] = {} if seed.prompt is None else {"prompt": seed.prompt}
    task = Task(
        id=_checked(seed.id) if seed.id else ids.like(id_shown, draw),
        kind=kind.kind,
        owner=seed.owner,
        made_ms=now_ms,
        plan=scenario.plan_for_looks(stages) if rules.by_looks else scenario.plan(stages, draw),
        asked=asked,
        scenario=chosen.name,
        reason=chosen.reason,
        expires_s=chosen.expires_s,
    )
    return engine.force(task, reading.lifecycle, now_ms, seed.status) if seed.status else task


def _kind(seed: Seed, reading: Reading) -> Kind:
    if seed.kind not in reading.tasks:
        hint = f"one of {', '.join(reading.tasks)}"
        raise UsageError(f"there is no kind of task {seed.kind!r}", code="kind_not_found", hint=hint)
    return reading.tasks[seed.kind]


def _scenario(seed: Seed, rules: Rules, draw: Draw) -> Scenario:
    if seed.scenario:
        return scenario.parse(seed.scenario).pick(draw)
    said = scenario.magic(seed.prompt) if seed.prompt else None
    return said or rules.mixture_of(seed.owner).pick(draw)


def _checked(key: str) -> str:
    if len(key) > MAX_ID or not key.isprintable() or key in (".", ".."):
        hint = "a client must be able to put it into an address"
        what = f"an id has at most {MAX_ID} characters, none that cannot be printed, and is no step of a path"
        raise UsageError(what, code="id_invalid", hint=hint)
    return key
