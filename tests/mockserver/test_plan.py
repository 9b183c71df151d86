"""A plan: what a look sees, and what forcing, holding, releasing and advancing make of what is left."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mockserver.plan import NEVER, Moment, Plan

PLAN = Plan(
    (Moment(0, "pending", 0), Moment(2000, "running", 0), Moment(5000, "running", 50), Moment(9000, "done", 100))
)


def words(plan: Plan) -> list[str]:
    return [moment.word for moment in plan.moments]


def test_a_look_sees_the_last_moment_that_has_come() -> None:
    assert [PLAN.look(at).word for at in (0, 1999, 2000, 8999, 9000, NEVER)] == [
        "pending", "pending", "running", "running", "done", "done",
    ]  # fmt: skip
    assert PLAN.look(-5).word == "pending"
    assert [PLAN.look(at).progress for at in (4999, 5000)] == [0, 50]
    assert PLAN.settles_ms == 9000


def test_a_plan_that_is_held_stands_still_and_goes_on_later() -> None:
    held = PLAN.hold(3000)
    assert held.look(100_000).word == "running"
    assert held.settles_ms == NEVER
    assert held.hold(4000) is held
    released = held.release(13_000)
    assert [moment.at_ms for moment in released.moments] == [0, 2000, 15_000, 19_000]
    assert released.settles_ms == 19_000
    assert released.release(14_000) is released


def test_forcing_keeps_what_was_reached_and_forgets_the_rest() -> None:
    forced = PLAN.force(6000, ("failed",), (0,), ends=True)
    assert words(forced) == ["pending", "running", "running", "failed"]
    assert forced.look(6000) == Moment(6000, "failed", 50)
    assert PLAN.hold(1000).force(6000, ("running", "done"), (0, 100), ends=True).look(6000).word == "done"


def test_advancing_brings_the_next_word_to_now_and_the_rest_closer() -> None:
    advanced = PLAN.advance(500)
    assert [(moment.at_ms, moment.word) for moment in advanced.moments] == [
        (0, "pending"), (500, "running"), (3500, "running"), (7500, "done"),
    ]  # fmt: skip
    assert [moment.word for moment in advanced.advance(600).moments] == ["pending", "running", "done"]
    assert PLAN.advance(9000) is PLAN


def test_what_never_comes_comes_when_it_is_asked_for() -> None:
    waiting = Plan((Moment(0, "pending", 0), Moment(NEVER, "running", 0), Moment(NEVER, "done", 100)))
    assert waiting.look(10**12).word == "pending"
    once = waiting.advance(700)
    assert once.look(700).word == "running"
    assert once.look(10**12).word == "running"
    assert once.advance(900).look(900).word == "done"
    assert waiting.hold(10).release(50).moments == waiting.moments


def test_a_plan_that_is_held_can_be_advanced() -> None:
    advanced = PLAN.hold(1000).advance(50_000)
    assert advanced.look(60_000).word == "running"
    assert advanced.held == 1000


VERBS = st.sampled_from(["look", "hold", "release", "advance", "force"])
STEPS = st.lists(st.tuples(VERBS, st.integers(0, 4000)), max_size=12)


@given(STEPS)
def test_whatever_is_done_to_a_plan_its_progress_never_falls_and_what_was_seen_stays_seen(
    steps: list[tuple[str, int]],
) -> None:
    plan, now, seen = PLAN, 0, PLAN.look(0)
    for verb, later in steps:
        now += later
        reached = plan.moments[: plan.index(now) + 1]
        if verb == "force":
            plan = plan.force(now, ("running",), (0,), ends=False) if plan.look(now).word != "done" else plan
        elif verb != "look":
            plan = getattr(plan, verb)(now)
        assert plan.moments[: len(reached)] == reached
        assert plan.look(now).progress >= seen.progress
        assert seen.word != "done" or plan.look(now).word == "done"
        assert sorted(moment.at_ms for moment in plan.moments) == [moment.at_ms for moment in plan.moments]
        assert Plan.from_json(plan.to_json()) == plan
        seen = plan.look(now)


# what webhooks tell


def test_what_has_come_is_told_once() -> None:
    told, numbers = PLAN.tell(5000)
    assert (list(numbers), told.told, told.due_ms) == ([0, 1, 2], 3, 9000)
    assert told.tell(5000) == (told, range(3, 3))
    assert list(told.tell(NEVER)[1]) == [3]
    assert told.tell(NEVER)[0].due_ms == NEVER


def test_what_is_held_back_is_not_told_and_what_had_come_before_is() -> None:
    held = PLAN.hold(3000)
    assert held.due_ms == 0
    assert list(held.tell(100_000)[1]) == [0, 1]
    assert held.tell(100_000)[0].due_ms == NEVER
    assert held.tell(100_000)[0].release(13_000).due_ms == 15_000


def test_what_was_told_has_come_for_whoever_still_looks_by_an_older_time() -> None:
    told, _ = PLAN.tell(2500)
    assert told.look(100).word == "running"
    assert told.hold(100).look(NEVER) == Moment(2000, "running", 0)
    assert told.hold(100).held == 2000
    assert [moment.at_ms for moment in told.advance(100).moments] == [0, 2000, 2000]
    failed = told.force(100, ("failed",), (0,), ends=True)
    assert [(moment.at_ms, moment.word) for moment in failed.moments] == [
        (0, "pending"), (2000, "running"), (2000, "failed"),
    ]  # fmt: skip
    assert list(failed.tell(2500)[1]) == [2]


def test_what_was_forgotten_is_never_told() -> None:
    forced = PLAN.tell(2500)[0].force(6000, ("failed",), (0,), ends=True)
    assert [forced.moments[number].word for number in forced.tell(6000)[1]] == ["running", "failed"]
    assert PLAN.tell(0)[0].advance(500).due_ms == 500


@given(STEPS, st.lists(st.booleans(), min_size=12, max_size=12))
def test_every_moment_that_comes_is_told_once_and_in_order(steps: list[tuple[str, int]], tells: list[bool]) -> None:
    plan, now, told = PLAN, 0, list[Moment]()
    for (verb, later), tell in zip(steps, tells, strict=False):
        now += later
        if verb == "force" and plan.look(now).word != "done":
            plan = plan.force(now, ("running",), (0,), ends=False)
        elif verb in ("hold", "release", "advance"):
            plan = getattr(plan, verb)(now)
        if tell:
            plan, numbers = plan.tell(now)
            told += [plan.moments[number] for number in numbers]
        assert (plan.due_ms <= now) == (plan.told <= plan.index(now))
        assert plan.moments[: plan.told] == tuple(told)
    plan, numbers = plan.tell(now)
    told += [plan.moments[number] for number in numbers]
    assert tuple(told) == plan.moments[: plan.index(now) + 1]


def test_what_was_told_stays_said_when_the_time_has_gone_back() -> None:
    told, _ = PLAN.tell(5000)
    assert told.look(0) == told.look(5000) != PLAN.look(0)
    advanced = told.advance(0)
    assert [each.at_ms for each in advanced.moments] == sorted(each.at_ms for each in advanced.moments)
    assert advanced.look(5000).word != told.look(5000).word
