"""A phase as a value, and what one is given: how the user wants to be served, the probe, and a place for notes.

Knows what all phases share and no phase.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import NamedTuple

from lumakit.check.mailbox import Mailbox
from lumakit.check.plan import Planned
from lumakit.check.probe import Probe
from lumakit.check.requests import Maker
from lumakit.check.target import Cost, Player
from lumakit.check.traffic import Traffic
from lumakit.check.verdict import Judged, Open
from lumakit.contract.compile import Contract
from lumakit.contract.folder import Sources
from lumakit.model import Request
from lumakit.secret import Key

WAIT_S = 900.0
EXAMPLES = 12
OWN, SECOND = "own key", "second key"


@dataclass(frozen=True)
class Choices:
    """How a run is to be.

    `own` says that anything may be asked, `careful` that every request is somebody's money: one task of the cheapest
    kind then. `sources` are the documents to lint, `wrong_key` is nobody's, `second_key` somebody else's. `player` can
    have tasks fare otherwise, which only a mock can.
    """

    seed: str = "0"
    own: bool = False
    careful: bool = False
    wrong_key: Key = field(default_factory=lambda: Key("lumakit-nobody-has-this-key"))
    second_key: Key | None = None
    sources: Sources | None = None
    mailbox: Mailbox | None = None
    wait_s: float = WAIT_S
    every_s: float | None = None
    examples: int = EXAMPLES
    picked: frozenset[str] = frozenset()  # phases that were asked for by name
    player: Player | None = None

    @property
    def plays(self) -> tuple[str, ...]:
        """The ways to fare that tasks are made for besides the usual one."""
        return self.player.plays if self.player and not self.careful else ()

    def playing(self, name: str) -> AbstractContextManager[None]:
        """Until the end of this, every new task fares so."""
        return self.player.play(name) if self.player else nullcontext()


@dataclass
class Notes:
    """What phases note besides the traffic: findings of other judges, tasks that were followed, and what stays open."""

    judged: list[Judged] = field(default_factory=list)
    followed: set[str] = field(default_factory=set)
    said: list[str] = field(default_factory=list)
    opens: list[Open] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Something that a reader should know of this phase, once."""
        if text not in self.said:
            self.said.append(text)

    def leave_open(self, what: str, why: str) -> None:
        """A question that this phase was there to decide and could not, once."""
        question = Open(what, why)
        if question not in self.opens:
            self.opens.append(question)


@dataclass(frozen=True)
class Bench:
    """What a phase works with."""

    probe: Probe
    maker: Maker
    choices: Choices
    notes: Notes
    judge: Callable[[Traffic], tuple[Judged, ...]] = lambda _traffic: ()  # what is wrong with traffic seen alone

    @property
    def contract(self) -> Contract:
        """The contract that is checked."""
        return self.probe.contract


@dataclass(frozen=True)
class Phase:
    """One phase. `idle` says why there is nothing to ask; empty where there is something."""

    name: str
    about: str
    costs: bool
    plan: Callable[[Maker, Choices], Iterable[Planned]]
    run: Callable[[Bench], None]
    idle: Callable[[Contract, Choices], str] = lambda _contract, _choices: ""


class Step(NamedTuple):
    """One request of a phase that asks a list of them."""

    operation: str
    request: Request
    cost: Cost = Cost.FREE
    keyed: bool = True
    key: Key | None = None
    owner: str = OWN


Steps = Callable[[Maker, Choices], Iterator[Step | str]]  # a text says what could not be asked


def listed(name: str, about: str, *, costs: bool, steps: Steps) -> Phase:
    """A phase that asks a list of requests, each for itself."""

    def plan(maker: Maker, choices: Choices) -> Iterable[Planned]:
        asked = [step for step in steps(maker, choices) if isinstance(step, Step)]
        counts = Counter(step.operation for step in asked)
        paid = Counter(step.operation for step in asked if step.cost is Cost.PAID)
        return [Planned(name, operation, count, paid[operation], about) for operation, count in counts.items()]

    def run(bench: Bench) -> None:
        for step in steps(bench.maker, bench.choices):
            if isinstance(step, str):
                bench.notes.say(step)
            else:
                bench.probe.ask(step.request, cost=step.cost, keyed=step.keyed, key=step.key, owner=step.owner)

    return Phase(name, about, costs, plan, run)
