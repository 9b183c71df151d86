"""A run: the phases in their order, each by the probe; what was skipped and why; and the verdict on all that was seen.

Over budget, the rest is not covered, never passed; what costs nothing is still asked then. Ctrl-C ends the asking, and
what was seen is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from lumakit.check.doubts import doubts
from lumakit.check.judge import judge, merged
from lumakit.check.phases.documents import DOCUMENTS
from lumakit.check.phases.examples import EXAMPLES
from lumakit.check.phases.explore import EXPLORE
from lumakit.check.phases.free import FREE
from lumakit.check.phases.invalid import INVALID
from lumakit.check.phases.lifecycle import LIFECYCLE
from lumakit.check.phases.phase import Bench, Choices, Notes, Phase
from lumakit.check.phases.webhooks import WEBHOOKS
from lumakit.check.plan import Planned
from lumakit.check.probe import Probe
from lumakit.check.requests import NOWHERE, Maker
from lumakit.check.scene import Scene
from lumakit.check.traffic import Traffic
from lumakit.check.verdict import Judged, Open, Spent, Verdict
from lumakit.check.whole import whole
from lumakit.clock import VirtualClock
from lumakit.contract.compile import Contract
from lumakit.draws import Draw
from lumakit.errors import OverBudget

PHASES: Mapping[str, Phase] = {
    each.name: each for each in (DOCUMENTS, FREE, INVALID, EXAMPLES, EXPLORE, LIFECYCLE, WEBHOOKS)
}
# Where a budget may run out: what is worth most first, and what costs nothing before what does.
THRIFTY = ("documents", "free", "lifecycle", "webhooks", "explore", "examples", "invalid")


INTERRUPTED = "the run was interrupted"


def _to_nobody(_: str, __: str) -> None:
    """Who is told how far a run is, where nobody asks."""


@dataclass
class Run:
    """One run against one target."""

    probe: Probe
    choices: Choices
    phases: tuple[Phase, ...]
    withheld: Mapping[str, str] = field(default_factory=dict)  # phases that may not run, and why
    beside: Contract | None = None
    second_opinion: bool = False
    say: Callable[[str, str], None] = _to_nobody  # a phase begins, and then with what came of it
    told: dict[str, str] = field(default_factory=dict)
    opens: list[Open] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)  # phases that were kept from asking everything, and by what
    interrupted: bool = False

    def __post_init__(self) -> None:
        self.notes: Notes = Notes()
        target = self.probe.target
        mailbox = self.choices.mailbox
        nowhere = mailbox.box("nobody").hook.url if mailbox else NOWHERE
        self.maker: Maker = Maker(self.probe.contract, target.origin, target.base, Draw(self.choices.seed), nowhere)

    def planned(self) -> tuple[Planned, ...]:
        """What would be asked, at the most."""
        asking = (phase for phase in self.phases if not self._why_not(phase))
        return tuple(each for phase in asking for each in phase.plan(self.maker, self.choices))

    def verdict(self) -> Verdict:
        """Ask everything, and judge what was seen."""
        stopped = ""
        for phase in self.phases:
            why = stopped or self._why_not(phase)
            if why:
                self._skip(phase, why, safety=bool(stopped) or phase.name in self.withheld)
            else:
                self.say(phase.name, "")
                stopped = self._asked(phase)
            self.say(phase.name, self.told[phase.name])
        if self.choices.mailbox is not None:
            self.choices.mailbox.hand_over()
        return self._judged()

    def _why_not(self, phase: Phase) -> str:
        return self.withheld.get(phase.name) or phase.idle(self.probe.contract, self.choices)

    def _skip(self, phase: Phase, why: str, *, safety: bool) -> None:
        self.told[phase.name] = f"skipped: {why}"
        if safety:
            self.kept[phase.name] = why
            self.opens.append(Open(f"the phase {phase.name}", why, safety=True))

    def _asked(self, phase: Phase) -> str:
        """Run one phase; why nothing more is to be asked, where the user has ended it."""
        before, self.notes.said = self.probe.spent().requests, []
        cut = ""
        try:
            phase.run(Bench(self.probe, self.maker, self.choices, self.notes, self._alone))
        except OverBudget as error:  # the guard lets nothing out that is too much, whoever asks next
            cut = error.what
            self.opens.append(Open(f"the rest of the phase {phase.name}", cut, safety=True))
        except KeyboardInterrupt:
            cut, self.interrupted = INTERRUPTED, True
            self.opens.append(Open(f"the rest of the phase {phase.name}", cut))
        count = self.probe.spent().requests - before
        words = [f"{count} request{'' if count == 1 else 's'}"] if count else []
        if cut:
            self.kept[phase.name] = cut
            words.append(f"cut short: {cut}")
        self.told[phase.name] = "; ".join([*words, *self.notes.said]) or "asks nobody"
        return cut if self.interrupted else ""

    def _alone(self, traffic: Traffic) -> tuple[Judged, ...]:
        """What is wrong with traffic that is seen alone."""
        return self._by(self.probe.contract, traffic).judged

    def _by(self, contract: Contract, traffic: Traffic, *, second_opinion: bool = False) -> Verdict:
        """What traffic comes to by one contract."""
        target = self.probe.target
        return judge(
            contract,
            traffic,
            second_opinion=second_opinion,
            target=target.name,
            own=target.own,
            probing=True,
            base=self.maker.base,
        )

    def _judged(self) -> Verdict:
        contract, traffic = self.probe.contract, self.probe.record.traffic()
        verdict = self._by(contract, traffic, second_opinion=self.second_opinion)
        aside = self._by(self.beside, traffic).judged if self.beside else ()
        left = (each for each in verdict.opens if not each.task or each.task in self.notes.followed)
        verdict = replace(
            verdict,
            judged=(*verdict.judged, *merged(self.notes.judged)),
            beside=aside,
            opens=(*left, *self.notes.opens, *self.opens, *self._doubts(traffic)),
            phases=self.told,
            spent=self._spent(),
        )
        return whole(verdict, contract, self.beside, base=self.maker.base, unreachable=self._out_of_reach())

    def _spent(self) -> Spent:
        """What was spent, and by whose clock."""
        spent = self.probe.spent()
        return replace(spent, virtual=spent.requests > 0 and isinstance(self.probe.target.clock, VirtualClock))

    def _doubts(self, traffic: Traffic) -> tuple[Open, ...]:
        """Why what was seen may say nothing; an interrupted run says so already."""
        scene = Scene(self.probe.contract, traffic, probing=True, base=self.maker.base)
        return () if self.interrupted else tuple(doubts(scene, self.maker))

    def _out_of_reach(self) -> dict[str, str]:
        """What could not be met, and why: what makes tasks where nothing may cost, and webhooks that nobody hears."""
        told = {
            name: what.removeprefix("skipped: ") for name, what in self.told.items() if what.startswith("skipped: ")
        }
        reach = {"webhook": told["webhooks"]} if "webhooks" in told and not self.probe.record.listened else {}
        reach |= {"webhook": self.kept["webhooks"]} if "webhooks" in self.kept else {}
        if "lifecycle" in self.kept:
            why = self.kept["lifecycle"]
            makers = (each for each in self.probe.contract.operations.values() if not self.maker.looks(each))
            reach |= {each.key: why for each in makers} | {"state": why}
        return reach


def chosen(picked: Iterable[str], skipped: Iterable[str], *, thrifty: bool = False) -> tuple[Phase, ...]:
    """The phases that are meant, in their order; `thrifty` where a budget may run out before the last of them."""
    wanted = (set(picked) or set(PHASES)) - set(skipped)
    return tuple(PHASES[name] for name in (THRIFTY if thrifty else PHASES) if name in wanted)
