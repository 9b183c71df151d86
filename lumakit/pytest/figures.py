"""How much of the contracts the tests of a session have met, and in how many requests.

Figures of workers can be added up: every row is told, also those that nobody met. Knows chapters; prints nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lumakit.check.coverage import AXES, coverage
from lumakit.check.reports.digest import plural
from lumakit.check.scene import Scene
from lumakit.check.traffic import Traffic
from lumakit.check.verdict import Story
from lumakit.contract.compile import Contract
from lumakit.pytest.chapters import Chapter
from lumakit.pytest.shelf import Target

_NAMES = {
    "operation": "operations",
    "status": "statuses",
    "state": "states",
    "enum": "members of enums",
    "webhook": "webhooks",
}
_SHOWN = 6


@dataclass
class Figures:
    """What was met of one contract: (axis, name) -> times, and how much was seen for it."""

    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    requests: int = 0
    tests: int = 0

    def add(self, other: Figures) -> None:
        """Add what others have met."""
        for key, times in other.rows.items():
            self.rows[key] += times  # also nought: a row that nobody met is a row
        self.requests += other.requests
        self.tests += other.tests


def counted(contract: Contract, chapters: Iterable[Chapter]) -> Figures:
    """The figures of some tests."""
    chosen = list(chapters)
    stories = [story for each in chosen for story in stories_of(contract, each.traffic)]
    exchanges = tuple(each for one in chosen for each in one.traffic.exchanges)
    rows = coverage(contract, Traffic(exchanges), stories, {})
    met = Counter({(each.axis, each.name): each.times for each in rows})
    return Figures(met, len(exchanges), len({each.test for each in chosen}))


def stories_of(contract: Contract, traffic: Traffic) -> Iterator[Story]:
    """The tasks that one test has seen: another test may see others under the same ids."""
    yield from (tale.story for tale in Scene(contract, traffic).tales)


def packed(figures: Mapping[Target, Figures]) -> list[Any]:
    """Figures as a worker hands them on: of plain values."""
    return [
        [list(target), [[*key, times] for key, times in each.rows.items()], each.requests, each.tests]
        for target, each in figures.items()
    ]


def unpacked(told: Iterable[Any]) -> Iterator[tuple[Target, Figures]]:
    """The figures that a worker has handed on."""
    for target, rows, requests, tests in told:
        met = Counter({(axis, name): times for axis, name, times in rows})
        yield Target(*target), Figures(met, requests, tests)


def lines(figures: Mapping[Target, Figures]) -> Iterator[str]:
    """What people read of them."""
    for target in sorted(figures):
        met = figures[target]
        edition = "" if target.edition == "corrected" else f" ({target.edition} edition)"
        yield f"{target.provider}{edition}: {plural(met.requests, 'request')} in {plural(met.tests, 'test')}"
        yield f"  met: {', '.join(_axes(met))}"
        if missed := [name for (axis, name), times in met.rows.items() if axis == "operation" and not times]:
            more = f" and {len(missed) - _SHOWN} more" if len(missed) > _SHOWN else ""
            yield f"  never called: {', '.join(missed[:_SHOWN])}{more}"


def _axes(met: Figures) -> Iterator[str]:
    for axis in AXES:
        times = [each for (kind, _), each in met.rows.items() if kind == axis]
        if times:
            yield f"{sum(map(bool, times))} of {len(times)} {_NAMES[axis]}"
