"""A task: what is told of it at any time, and what may be done to it; seen later it never leaves its end."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumakit
from lumakit.contract.reading import Reading
from lumakit.draws import Draw
from lumakit.model import Phase
from mockserver import engine, scenario
from mockserver.engine import Hook, Illegal, Task
from mockserver.plan import NEVER

NOW = 1_700_000_000_000


def reading_of(name: str) -> Reading:
    reading = lumakit.load(name).reading
    assert reading is not None
    return reading


APIFRAME, CHAINHUB = reading_of("apiframe"), reading_of("chainhub")


def task(reading: Reading = CHAINHUB, chosen: str = "success", **changes: object) -> Task:
    kind = next(iter(reading.tasks.values()))
    plan = scenario.plan(scenario.outline(reading, kind, scenario.named(chosen)), Draw("seed"))
    return Task(**{"id": "t1", "kind": kind.kind, "owner": "me", "made_ms": NOW, "plan": plan, "asked": {}, **changes})  # type: ignore[arg-type]


def test_the_facts_of_a_task_change_at_its_moments() -> None:
    made = task(APIFRAME, asked={"prompt": "a cat"})
    first, later = engine.facts(made, APIFRAME, NOW), engine.facts(made, APIFRAME, NOW + 60_000)
    assert (first["status"], first["progress"], first["prompt"], first["kind"]) == ("pending", 0, "a cat", "luma")
    assert later["status"] == "processing"
    assert 0 < later["progress"] < 100
    assert first["created_at"] == later["created_at"] == first["updated_at"] == NOW
    assert NOW < later["updated_at"] <= NOW + 60_000
    assert engine.facts(made, APIFRAME, NOW - 5000)["status"] == "pending"


@pytest.mark.parametrize(
    ("reason", "said"),
    [("", "Prompt processing failed"), ("moderation", "Frame moderation failed"), ("no luck", "no luck")],
)
def test_a_failed_task_says_why_in_the_words_of_the_provider(reason: str, said: str) -> None:
    failed = task(chosen="fail", reason=reason)
    assert engine.facts(failed, CHAINHUB, NOW + 10**6)["error"] == said
    assert "error" not in engine.facts(failed, CHAINHUB, NOW)


def test_forcing_walks_the_shortest_legal_way() -> None:
    forced = engine.force(task(), CHAINHUB.lifecycle, NOW + 10, "completed")
    assert [moment.word for moment in forced.plan.moments] == ["pending", "processing", "completed"]
    assert engine.phase(forced, CHAINHUB.lifecycle, NOW + 10) is Phase.SUCCEEDED
    assert engine.force(forced, CHAINHUB.lifecycle, NOW + 20, "completed") == forced


def test_a_task_that_was_forced_stays_until_somebody_moves_it_on() -> None:
    for word in ("pending", "processing"):
        forced = engine.force(task(), CHAINHUB.lifecycle, NOW, word)
        assert engine.moment(forced, NOW + 10**9).word == word
        assert forced.settles_ms > NOW + 10**12
    held = engine.hold(task(), NOW)
    assert engine.force(held, CHAINHUB.lifecycle, NOW, "pending").plan.held is None


@pytest.mark.parametrize(("word", "reason"), [("done", "not a word"), ("pending", "no legal way")])
def test_what_is_no_legal_move_is_refused(word: str, reason: str) -> None:
    ended = engine.force(task(), CHAINHUB.lifecycle, NOW, "failed")
    with pytest.raises(Illegal, match=reason):
        engine.force(ended, CHAINHUB.lifecycle, NOW, word)


def test_a_task_is_ended_once_and_only_as_its_provider_can() -> None:
    failed = engine.end(task(), CHAINHUB.lifecycle, NOW, Phase.FAILED, "moderation")
    assert engine.facts(failed, CHAINHUB, NOW)["error"] == "Frame moderation failed"
    with pytest.raises(Illegal, match="already"):
        engine.end(failed, CHAINHUB.lifecycle, NOW, Phase.FAILED)
    with pytest.raises(Illegal, match="cannot become"):
        engine.end(failed, CHAINHUB.lifecycle, NOW, Phase.SUCCEEDED)
    with pytest.raises(Illegal, match="no word for 'cancelled'"):
        engine.end(task(), CHAINHUB.lifecycle, NOW, Phase.CANCELLED)


def test_the_addresses_of_results_may_stop_working() -> None:
    made = engine.force(task(expires_s=60.0), CHAINHUB.lifecycle, NOW, "completed")
    assert not engine.expired(made, NOW + 59_999)
    assert engine.expired(made, NOW + 60_000)
    assert not engine.expired(task(), NOW + 10**12)


VERBS = st.sampled_from(["look", "hold", "release", "advance", "completed", "failed", "processing"])


@given(st.lists(st.tuples(VERBS, st.integers(0, 200_000)), max_size=15), st.sampled_from(list(scenario.SCENARIOS)))
def test_seen_later_a_task_never_leaves_its_end_and_its_progress_never_falls(
    steps: list[tuple[str, int]], chosen: str
) -> None:
    made, now = task(APIFRAME, chosen), NOW
    before = engine.facts(made, APIFRAME, now)
    for verb, later in steps:
        now += later
        if verb in ("hold", "release", "advance"):
            made = getattr(engine, verb)(made, now)
        elif verb in APIFRAME.lifecycle.words:
            here = engine.moment(made, now).word
            made = engine.force(made, APIFRAME.lifecycle, now, verb) if APIFRAME.lifecycle.legal(here, verb) else made
        seen = engine.facts(made, APIFRAME, now)
        assert APIFRAME.lifecycle.legal(before["status"], seen["status"])
        assert seen["progress"] >= before["progress"]
        assert Task.from_json(made.to_json()) == made
        before = seen


# what webhooks need of it

HOOK = Hook("http://127.0.0.1/done?token=canary-1", "canary-2", "http://here/__media/", "late")


def test_a_task_with_a_hook_is_due_at_its_moments_and_settles_when_all_is_told() -> None:
    made = task(hook=HOOK)
    times = [NOW + moment.at_ms for moment in made.plan.moments]
    assert (made.due_ms, made.settles_ms) == (NOW, NEVER)
    some = replace(made, plan=made.plan.tell(made.since(times[1]))[0])
    assert (some.due_ms, some.settles_ms) == (times[2], NEVER)
    every = replace(made, plan=made.plan.tell(made.since(times[-1]))[0])
    assert (every.due_ms, every.settles_ms) == (NEVER, times[-1])


def test_a_task_without_a_hook_is_never_due() -> None:
    made = task()
    assert (made.due_ms, made.settles_ms) == (NEVER, NOW + made.plan.moments[-1].at_ms)
    assert task(chosen="stuck").settles_ms >= NEVER


def test_a_task_that_is_held_is_due_for_what_had_come_only() -> None:
    held = engine.hold(task(hook=HOOK), NOW + 10)
    assert held.due_ms == NOW
    assert replace(held, plan=held.plan.tell(10**9)[0]).due_ms == NEVER


@pytest.mark.parametrize("hook", [None, HOOK, Hook("http://a/")])
def test_a_task_is_kept_with_its_hook(hook: Hook | None) -> None:
    made = task(hook=hook, reason="moderation", expires_s=60.0)
    kept = Task.from_json(json.loads(json.dumps(made.to_json())))
    assert kept == made


def test_a_hook_does_not_show_its_secret() -> None:
    assert "canary-2" not in repr(task(hook=HOOK))
