"""How tasks live on a server, as its user has chosen: by which chance, which scenario for whom, moved by what.

A value; to choose otherwise is to make another one. Knows no task and no store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lumakit.errors import UsageError
from mockserver import scenario
from mockserver.gate import owner_of
from mockserver.scenario import Mixture

MAX_OWN = 10_000  # keys with a scenario of their own
SUCCESS = scenario.parse("success")


@dataclass(frozen=True, slots=True)
class Rules:
    """What was chosen. `seconds_until` tells how long a client must wait for a time on the mock's clock."""

    seed: str = "0"
    mixture: Mixture = SUCCESS
    by_owner: Mapping[str, Mixture] = field(default_factory=dict)
    by_looks: bool = False
    credits_given: int | None = None
    seconds_until: Callable[[int], float | None] = lambda _: None

    def mixture_of(self, owner: str) -> Mixture:
        """What becomes of the tasks of a key for which nothing nearer decides."""
        return self.by_owner.get(owner, self.mixture)

    def to_json(self) -> dict[str, object]:
        """Which scenario is played for whom, as it is remembered."""
        return {"all": str(self.mixture), "own": {owner: str(each) for owner, each in self.by_owner.items()}}

    def as_in(self, kept: Mapping[str, Any]) -> Rules:
        """The same with the scenarios that were remembered."""
        own = {owner: scenario.parse(each) for owner, each in kept["own"].items()}
        return replace(self, mixture=scenario.parse(kept["all"]), by_owner=own)

    def playing(self, text: str, owner: str = "") -> Rules:
        """The same with another scenario: for all keys, or for one; the empty text takes that one's back."""
        if not owner:
            return replace(self, mixture=scenario.parse(text))
        others = {each: mixture for each, mixture in self.by_owner.items() if each != owner}
        if text and len(others) >= MAX_OWN:
            hint = "take one back with an empty scenario"
            raise UsageError(f"{MAX_OWN} keys have a scenario of their own already", code="scenario_full", hint=hint)
        return replace(self, by_owner=others | ({owner: scenario.parse(text)} if text else {}))


def rules(seed: str, mixture: str, by_key: Mapping[str, str], progress: str) -> Rules:
    """Read them from texts; keys are kept by the names of their owners only."""
    if progress not in ("time", "looks"):
        hint = "`time`: a clock moves tasks; `looks`: each look moves the task it looked at"
        raise UsageError(f"there is no progression {progress!r}", code="progress_invalid", hint=hint)
    by_owner = {owner_of(key): scenario.parse(each) for key, each in by_key.items()}
    return Rules(seed, scenario.parse(mixture), by_owner, progress == "looks")
