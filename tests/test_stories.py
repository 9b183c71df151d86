"""More than a thousand whole lives of tasks: client and mock leave no finding, and over a fault no second task.

Every provider, edition and kind of task, every scenario and every fault of the mock, both clients.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lumakit.model import Edition
from mockserver.faults.kinds import KINDS as FAULTS
from mockserver.faults.text import parse
from mockserver.scenario import SCENARIOS
from tests.stories import KINDS, WAYS, Story, Told

ENDS = dict.fromkeys(SCENARIOS, "succeeded") | {"fail": "failed", "stuck": "WaitTimeout"}
FEW = {provider: (provider, edition, kind) for provider, edition, kind in KINDS}.values()  # one of each provider
LONGEST_S = 3700

# What a story comes to when each submit, each fetch, or each request for a file meets a fault.
TABLE = {
    "latency 2": ("succeeded", "succeeded", "succeeded"),
    "latency 90": ("Uncertain", "Unavailable", "Unavailable"),
    "latency lognormal 1 0.5": ("succeeded", "succeeded", "succeeded"),
    "503": ("Unavailable", "Unavailable", "Unavailable"),
    "500": ("Uncertain", "Unavailable", "Unavailable"),
    "429 retry-after 7": ("Busy", "Busy", "Unavailable"),
    "404": ("RequestRefused", "UnknownTask", "ResultGone"),
    "409": ("NotReady", "Busy", "ContractBroken"),
    "rate 1/60s": ("succeeded", "succeeded", "succeeded"),
    "rate 1/5000s": ("succeeded", "WaitTimeout", "succeeded"),
    "at most 0 running": ("Busy", "Busy", "Unavailable"),
    "out of credits": ("OutOfCredits", "OutOfCredits", "ContractBroken"),
    "reset": ("Uncertain", "Unavailable", "Unavailable"),
    "reset after 20": ("Uncertain", "Unavailable", "Unavailable"),
    "lost": ("Uncertain", "Unavailable", "Unavailable"),
    "truncate 20": ("Uncertain", "Unavailable", "Unavailable"),
    "truncate": ("Uncertain", "Unavailable", "Unavailable"),
    "drip 100/s": ("succeeded", "succeeded", "succeeded"),
    "malformed": ("Uncertain", "ContractBroken", "succeeded"),
    "wrong-type": ("succeeded", "succeeded", "succeeded"),
    "wrong-type application/json": ("succeeded", "succeeded", "succeeded"),
    "break-schema": ("succeeded or Uncertain", "succeeded or ContractBroken or WaitTimeout or UsageError", "succeeded"),
}
PLACES = ("submit", "fetch", "media")
STRUCK = [(fault, place) for fault in TABLE for place in PLACES]


def struck(fault: str, place: str) -> list[tuple[Story, str]]:
    """The stories in which a fault strikes at a place, each with who lives through it."""
    told = [(kind, "sync") for kind in (FEW if place == "media" else KINDS)] + [(kind, "async") for kind in FEW]
    return [
        (Story(*kind, fault=fault, place=place, judge="warn", seed=number), way)
        for number, (kind, way) in enumerate(told)
    ]


def held(told: Told, outcomes: str) -> None:
    """What holds for every story: it ends, as it should, and nothing was asked for twice that costs."""
    assert told.outcome in outcomes.split(" or ")
    assert told.submits == 1
    assert told.made <= 1
    assert told.passed_s <= LONGEST_S


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize(("provider", "edition", "kind"), KINDS)
def test_a_life_without_a_fault_ends_as_told_and_leaves_no_finding(
    provider: str, edition: Edition, kind: str, scenario: str, way: str, tmp_path: Path
) -> None:
    told = Story(provider, edition, kind, scenario).lived(way, tmp_path)
    held(told, ENDS[scenario])
    assert (told.made, told.findings) == (1, ())


@pytest.mark.parametrize(("fault", "place"), STRUCK)
def test_a_fault_is_outlived_or_is_the_right_error_and_never_a_second_task(
    fault: str, place: str, tmp_path: Path
) -> None:
    for story, way in struck(fault, place):
        held(story.lived(way, tmp_path), TABLE[fault][PLACES.index(place)])


def test_there_are_more_than_a_thousand_with_every_kind_of_fault() -> None:
    assert {parse(fault).does.kind for fault in TABLE} == set(FAULTS)
    lived = len(KINDS) * len(SCENARIOS) * len(WAYS) + sum(len(struck(*each)) for each in STRUCK)
    assert lived > 1000
