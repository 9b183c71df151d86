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


# several at once


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fail + late", Scenario("fail + late", ends=Phase.FAILED, mishap="late")),
        ("late+fail", Scenario("late+fail", ends=Phase.FAILED, mishap="late")),
        ("fail:no luck + twice", Scenario("fail:no luck + twice", ends=Phase.FAILED, reason="no luck", mishap="twice")),
        ("stuck +lost", Scenario("stuck +lost", ends=None, mishap="lost")),
        ("slow + expire + shuffled", Scenario("slow + expire + shuffled", pace=5.0, expires_s=60.0, mishap="shuffled")),
        ("early + retry", Scenario("early + retry", pace=0.02, retries=2, mishap="early")),
        ("success + late", Scenario("success + late", mishap="late")),
        ("late + success", Scenario("late + success", mishap="late")),
        ("fail:1 + 1", Scenario("fail:1 + 1", ends=Phase.FAILED, reason="1 + 1")),
        ("fail:a +lately", Scenario("fail:a +lately", ends=Phase.FAILED, reason="a +lately")),
    ],
)
def test_scenarios_may_be_joined_and_each_does_its_part(text: str, expected: Scenario) -> None:
    assert scenario.named(text) == expected
    assert scenario.magic(f"a cat [[{text}]]") == expected
    assert str(scenario.parse(text)) == text


def test_joined_scenarios_have_shares_of_a_mixture() -> None:
    mixture = scenario.parse("50% fail:moderation + late, 50% success")
    assert {mixture.pick(Draw(str(n))).name for n in range(100)} == {"fail:moderation + late", "success"}


@pytest.mark.parametrize("text", ["fail + ", "+ late", "fail + zzz", "fail ++ late", "stuck:x + late", "fail + late:x"])
def test_what_cannot_be_joined_is_refused_and_in_a_prompt_only_text(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        scenario.named(text)
    assert refused.value.code == "scenario_invalid"
    assert scenario.magic(f"[[{text}]]") is None


@pytest.mark.parametrize("text", ["late + twice", "lost + fail + early"])
def test_two_things_cannot_befall_webhooks_at_once(text: str) -> None:
    with pytest.raises(UsageError, match="at once"):
        scenario.named(text)
    assert scenario.magic(f"[[{text}]]") is None


@given(st.lists(st.sampled_from([*scenario.SCENARIOS, "retry", "fail:why", "odd", ""]), min_size=1, max_size=4))
def test_whatever_is_joined_is_a_scenario_or_refused_and_a_prompt_agrees(names: list[str]) -> None:
    text = " + ".join(names).strip()
    found = scenario.magic(f"[[{text}]]")
    try:
        made = scenario.named(text)
    except UsageError:
        assert found is None
        return
    assert found == made
    assert made.name == ("flaky" if text == "retry" else text)
