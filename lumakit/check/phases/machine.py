"""Random stories on a mock: a state machine makes tasks, looks at them every way there is, and lets time pass.

Each story is judged by itself. Of one that breaks the contract the shortest that still does is kept, of those tried on
the way to it none. hypothesis is imported when it is needed; its machine is in `machine_rules`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.util import find_spec

from lumakit.check.phases.phase import Bench, Notes
from lumakit.check.phases.stage import Broken, Halted, Stage, Unsteady
from lumakit.check.plan import Planned
from lumakit.check.requests import Maker
from lumakit.check.traffic import Arrival, Record, Traffic, Unanswered
from lumakit.errors import OverBudget
from lumakit.model import Exchange

STORIES, STEPS = 12, 14
Seen = Exchange | Unanswered | Arrival


def planned(maker: Maker) -> Iterator[Planned]:
    """At the most; to shorten a story that breaks the contract takes more, which cost nothing either."""
    if maker.tasks:
        yield Planned("lifecycle", "any operation", STORIES * STEPS * 2, 0, "random stories, on a mock only")


def run(bench: Bench) -> None:
    """Tell so many stories, always the same ones for a seed."""
    if find_spec("hypothesis") is None:
        bench.notes.say("no random stories: hypothesis is not installed (pip install 'lumakit[check]')")
        return
    from lumakit.check.phases import machine_rules

    whole = bench.probe.record
    stage = Stage(replace(bench, notes=Notes()))  # its tasks may be left unfinished, and refusals are part of it
    halted: OverBudget | None = None
    try:
        machine_rules.tell(stage, bench.choices.seed, STORIES, STEPS)
    except Broken:
        pass
    except Unsteady:
        bench.notes.say("the random stories ended early: one went otherwise when it was told again")
    except Halted as end:
        halted = end.reason
    finally:
        stage.write_to(whole)
        bench.probe.target.reset()
    _write_down(whole, [*stage.kept, stage.broken])
    if halted is not None:
        raise halted


def _write_down(whole: Record, told: Iterable[Traffic]) -> None:
    """Put stories behind what was seen before them, each with numbers of its own."""
    for traffic in told:
        seen: list[Seen] = [*traffic.exchanges, *traffic.unanswered, *traffic.arrivals]
        for each in sorted(seen, key=lambda each: each.number):
            whole.add(replace(each, number=whole.number()))
