"""Scenarios: how they are written, what they become on every provider's lifecycle, and that every plan is legal."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumakit
from lumakit.contract.lifecycle import Lifecycle
from lumakit.contract.reading import Reading
from lumakit.draws import Draw
from lumakit.errors import UsageError
from lumakit.model import Phase
from mockserver import scenario
from mockserver.plan import NEVER, Plan
from mockserver.scenario import SCENARIOS, Scenario

READINGS = {name: lumakit.load(name).reading for name in ("apiframe", "chainhub", "kkiai")}
PLAYED = [
    pytest.param(reading, kind, known[0], id=f"{name}-{kind.kind}-{known[0].name}")
    for name, reading in READINGS.items()
    if reading
    for kind in reading.tasks.values()
    for known in SCENARIOS.values()
]


def drawn(reading: Reading, kind: object, chosen: Scenario, seed: str = "seed") -> Plan:
    return scenario.plan(scenario.outline(reading, kind, chosen), Draw(seed))  # type: ignore[arg-type]


@pytest.mark.parametrize(("reading", "kind", "chosen"), PLAYED)
def test_every_plan_walks_legal_moves_to_the_end_that_was_asked_for(
    reading: Reading, kind: object, chosen: Scenario
) -> None:
    for seed in "abc":
        plan = drawn(reading, kind, chosen, seed)
        for before, after in itertools.pairwise(plan.moments):
            assert before.word == after.word or (before.word, after.word) in reading.lifecycle.moves
            assert before.at_ms <= after.at_ms
            assert before.progress <= after.progress
        phase = reading.lifecycle.words[plan.moments[-1].word]
        assert phase is chosen.ends or (chosen.ends is None and not phase.terminal)
        assert (plan.moments[-1].progress == 100) == (phase is Phase.SUCCEEDED)


@pytest.mark.parametrize(("reading", "kind", "chosen"), PLAYED)
def test_the_plan_for_looks_has_the_same_words_and_no_clock_moves_it(
    reading: Reading, kind: object, chosen: Scenario
) -> None:
    plan = scenario.plan_for_looks(scenario.outline(reading, kind, chosen))  # type: ignore[arg-type]
    timed = [word for word, _ in itertools.groupby(moment.word for moment in drawn(reading, kind, chosen).moments)]
    assert [moment.word for moment in plan.moments] == timed
    assert {moment.at_ms for moment in plan.moments[1:]} <= {NEVER}
    assert plan.look(10**12) == plan.moments[0]


def test_pace_detours_and_timing_are_what_the_reading_says() -> None:
    reading = READINGS["apiframe"]
    assert reading is not None
    kind = reading.tasks["luma"]
    normal, slow = drawn(reading, kind, scenario.named("success")), drawn(reading, kind, scenario.named("slow"))
    assert slow.moments[-1].at_ms == pytest.approx(5 * normal.moments[-1].at_ms, rel=0.001)
    assert 62_000 <= normal.moments[-1].at_ms <= 196_000
    flaky = scenario.story(reading.lifecycle, scenario.named("flaky"))
    assert flaky == (
        "pending",
        "starting",
        "processing",
        "retrying",
        "processing",
        "retrying",
        "processing",
        "finished",
    )


def test_progress_is_told_only_where_the_provider_tells_it() -> None:
    with_progress, without = READINGS["apiframe"], READINGS["chainhub"]
    assert with_progress
    assert without
    told = drawn(with_progress, with_progress.tasks["luma"], scenario.named("success")).moments
    assert [moment.progress for moment in told if moment.word == "processing"] == [0, 20, 40, 60, 80]
    assert len(drawn(without, without.tasks["generation"], scenario.named("success")).moments) == 3


LIFECYCLES = {
    "no success": ("a=running b=failed", "a>b", "success", "a b"),
    "fails only early": ("a=waiting b=running c=succeeded d=failed", "a>b b>c a>d", "fail", "a d"),
    "fails on a longer way": ("a=waiting x=running c=succeeded d=failed", "a>c a>x x>d", "fail", "a x d"),
    "no way back": ("a=waiting b=running c=succeeded", "a>b b>c", "flaky", "a b c"),
    "over at once": ("a=succeeded", "", "success", "a"),
}


@pytest.mark.parametrize(("words", "moves", "name", "expected"), LIFECYCLES.values(), ids=LIFECYCLES)
def test_a_scenario_finds_its_way_through_an_odd_lifecycle(words: str, moves: str, name: str, expected: str) -> None:
    phases = {word: Phase(phase) for word, phase in (each.split("=") for each in words.split())}
    pairs = tuple((pair[0], pair[-1]) for pair in moves.split())
    lifecycle = Lifecycle(phases, pairs, "a")
    assert scenario.story(lifecycle, scenario.named(name)) == tuple(expected.split())


def test_a_mixture_gives_each_scenario_its_share() -> None:
    mixture = scenario.parse("90% success, 10% fail:moderation")
    picked = [mixture.pick(Draw(str(n))).name for n in range(1000)]
    assert 60 <= picked.count("fail:moderation") <= 140
    assert set(picked) == {"success", "fail:moderation"}
    assert str(mixture) == "90% success, 10% fail:moderation"
    assert str(scenario.parse(" stuck ")) == "stuck"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("sucess", "did you mean success"),
        ("zzz", "one of success, fail"),
        ("95% success, 6% fail", "95% success, 5% fail"),
        ("50% success, fail", "95% success, 5% fail"),
        ("fail:", "only `fail` takes a reason"),
        ("stuck:moderation", "only `fail` takes a reason"),
        ("", "one of"),
    ],
)
def test_what_is_no_scenario_is_refused_kindly(text: str, hint: str) -> None:
    with pytest.raises(UsageError, match=hint) as refused:
        scenario.parse(text)
    assert refused.value.code == "scenario_invalid"


def test_a_prompt_may_name_a_scenario() -> None:
    assert scenario.magic("a cat [[fail:moderation]]") == scenario.named("fail:moderation")
    assert scenario.magic("[[ retry ]]") == scenario.named("flaky")
    assert scenario.magic("[[wiki]] and [[stuck]]") == scenario.named("stuck")
    assert scenario.magic("a cat [[link]]") is None


def test_a_prompt_full_of_brackets_is_only_text_and_read_at_once() -> None:
    start = time.process_time()
    assert scenario.magic("[[fai]]" * 10**6) is None
    assert scenario.magic("[[x]]" * scenario.MAX_MAGIC + "[[fail]]") is None
    assert scenario.magic("[[stuck:why]] [[fail:]] [[fail]]") == scenario.named("fail")
    assert time.process_time() - start < 5


@given(st.text())
def test_no_prompt_is_an_error(prompt: str) -> None:
    found = scenario.magic(f"[[{prompt}]]")
    assert found is None or isinstance(found, Scenario)
