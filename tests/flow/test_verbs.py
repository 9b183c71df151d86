"""Flows driven by hand: no client, no wire, no clock. The bugs that clients of such providers were seen to have."""

from __future__ import annotations

import json
from typing import Any

import pytest

import lumakit
from lumakit.draws import Draw
from lumakit.flow.hearing import Ear
from lumakit.flow.patience import Patience, retry_after_s
from lumakit.flow.steps import Flow, Heard, Pause
from lumakit.flow.verbs import Verbs
from lumakit.model import Phase, Response
from lumakit.redaction import Redactor
from tests.calling import EDITIONS
from tests.contract.builders import OK, api, compiled, written

NOW_MS = 1_767_225_600_000
JSON = (("Content-Type", "application/json"),)


def verbs(provider: str = "apiframe", edition: str = "corrected", judge: str = "ignore") -> Verbs[Any]:
    contract = EDITIONS[provider, lumakit.Edition(edition)]
    ear: Ear[Any] = Ear(contract, judge, lambda _: None, Redactor)
    return Verbs(contract, "https://a.example", "", ear, Patience(), lambda: Draw("test"))


def driven(flow: Flow[Any], *bodies: Any, headers: Any = ()) -> tuple[Any, list[float]]:
    """What a flow returns when it is answered these bodies in turn, the last one for ever; and how long it paused."""
    now_ms, pauses, left = NOW_MS, list[float](), list(bodies)
    try:
        step = next(flow)
        while True:
            if isinstance(step, Pause):
                pauses.append(step.seconds)
                now_ms += round(step.seconds * 1000)
                step = flow.send(Heard(now_ms))
            else:
                body = left.pop(0) if len(left) > 1 else left[0]
                step = flow.send(Heard(now_ms, Response(200, (*JSON, *headers), json.dumps(body).encode())))
    except StopIteration as done:
        return done.value, pauses


def said(word: str | None, **more: Any) -> dict[str, Any]:
    return {"task_id": "t", "task_type": "luma", **({"status": word} if word else {}), **more}


@pytest.mark.parametrize("edition", list(lumakit.Edition))
def test_a_finished_task_without_a_status_has_finished(edition: str) -> None:
    done = {"task_id": "t", "task_type": "luma", "video_url": "https://a.example/a.mp4"}
    task, _ = driven(verbs(edition=edition).wait("t", "", NOW_MS), said("processing", percentage="40"), done)
    assert (task.phase, task.status, task.progress, task.results) == (
        Phase.SUCCEEDED, "finished", 1.0, ("https://a.example/a.mp4",)
    )  # fmt: skip


@pytest.mark.parametrize(("provider", "word"), [("apiframe", "failed"), ("chainhub", "failed"), ("kkiai", "failed")])
def test_a_failed_task_is_polled_no_more(provider: str, word: str) -> None:
    body: dict[str, Any] = said(word) if provider == "apiframe" else {"id": "t", "state": word}
    with pytest.raises(lumakit.TaskFailed) as told:
        driven(verbs(provider).wait("t", "", NOW_MS, budget_s=None), body)
    assert told.value.task is not None
    assert told.value.task.phase is Phase.FAILED


def test_a_task_that_is_retried_goes_on() -> None:
    words = ["pending", "processing", "retrying", "starting", "retry", "processing"]
    looks = [said(word) for word in words] + [said("finished", video_url="https://a.example/a.mp4")]
    task, pauses = driven(verbs().wait("t", "", NOW_MS), *looks)
    assert (task.phase, len(pauses)) == (Phase.SUCCEEDED, len(words))


@pytest.mark.parametrize("word", ["completed", None])
def test_a_word_that_is_not_known_ends_the_wait_in_time(word: str | None) -> None:
    with pytest.raises(lumakit.ContractBroken, match="10 times") as told:
        driven(verbs().wait("t", "", NOW_MS, budget_s=None), said(word))
    assert told.value.task is not None
    assert told.value.task.phase is None


def test_a_percentage_is_a_number_whatever_its_spelling() -> None:
    for spelled, progress in (("40", 0.4), (40, 0.4), ("140", 1.0), ("soon", None)):
        task, _ = driven(verbs().fetch("t"), said("processing", percentage=spelled))
        assert (task.progress, task.phase) == (progress, Phase.RUNNING)


def test_an_answer_about_another_task_is_not_taken_for_this_one() -> None:
    with pytest.raises(lumakit.ContractBroken, match="another task"):
        driven(verbs().fetch("other"), said("processing"))
    nothings: list[Any] = [[], "finished", None]
    for body in nothings:
        with pytest.raises(lumakit.ContractBroken, match="no task"):
            driven(verbs().fetch("t"), body)
    with pytest.raises(lumakit.Uncertain, match="names no task"):
        driven(verbs().submit("luma", {"prompt": "a"}), {})


def test_looks_slow_down_to_a_bound_and_keep_a_retry_after() -> None:
    looks = [said("processing")] * 30 + [said("finished", video_url="https://a.example/a.mp4")]
    _, pauses = driven(verbs().wait("t", "", NOW_MS, every_s=1, budget_s=None), *looks)
    assert pauses[0] < 1.2
    assert 13 < pauses[-1] < 17
    _, pauses = driven(verbs().wait("t", "", NOW_MS, budget_s=None), *looks, headers=(("Retry-After", "20"),))
    assert pauses == [20.0] * 30


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7", 7.0), ("1.5", 1.5), ("Thu, 01 Jan 2026 00:01:00 GMT", 60.0), ("Wed, 31 Dec 2025 00:00:00 GMT", 0.0),
     ("soon", None), ("-1", None), ("", None), ("nan", None)],
)  # fmt: skip
def test_a_retry_after_is_read_as_a_number_or_a_date(text: str, seconds: float | None) -> None:
    assert retry_after_s(Response(429, (("Retry-After", text),)), NOW_MS) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ((("retry-after-ms", "1500"),), 1.5),
        ((("Some-Poll-After-Ms", "2500"),), 2.5),
        ((("X-Poll-After", "4"),), 4.0),
        ((("Retry-After", "2"), ("Retry-After-Ms", "1500")), 2.0),
        ((("Retry-After", "soon"), ("Poll-After", "3")), 3.0),
        ((("Poll-After-Ms", "Thu, 01 Jan 2026 00:01:00 GMT"),), None),
        ((("Content-Type", "7"),), None),
    ],
)
def test_hints_of_providers_are_read_like_a_retry_after(headers: Any, seconds: float | None) -> None:
    assert retry_after_s(Response(200, headers), NOW_MS) == seconds
    done = said("finished", video_url="https://a.example/a.mp4")
    flow = verbs().wait("t", "", NOW_MS, every_s=1, budget_s=None)
    _, pauses = driven(flow, said("processing"), said("processing"), done, headers=headers)
    assert all(pause >= (seconds or 0.9) for pause in pauses)


@pytest.mark.parametrize(("word", "verb"), [("stopped", "was cancelled"), ("broken", "has failed")])
def test_every_end_of_a_task_ends_the_wait(word: str, verb: str) -> None:
    words = {"new": "waiting", "done": "succeeded", "stopped": "cancelled", "broken": "failed"}
    facts = {"id": {"at": {"/id": "text"}}, "status": {"at": {"/status": "word"}}, "error": {"at": {"/why": "text"}}}
    film = {"submit": ["POST /films"], "fetch": {"GET /films/{id}": {"id": {"path": "id"}}}}
    reading = {"lumakit": 1, "words": words, "moves": [f"new > {end}" for end in (*words,)[1:]], "starts": "new"}
    key = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    paths = {"/films": {"post": {"responses": OK}}, "/films/{id}": {"get": {"parameters": [key], "responses": OK}}}
    contract = compiled(api(paths), lifecycle=written({**reading, "facts": facts, "tasks": {"film": film}}))
    ear: Ear[Any] = Ear(contract, "ignore", lambda _: None, Redactor)
    made = Verbs(contract, "https://a.example", "", ear, Patience(), lambda: Draw("test"))
    with pytest.raises(lumakit.TaskFailed, match=f"{verb}: it rained") as told:
        driven(
            made.wait("t", "", NOW_MS), {"id": "t", "status": "new"}, {"id": "t", "status": word, "why": "it rained"}
        )
    assert told.value.task is not None
    assert told.value.task.done


def test_ids_stay_in_their_segment_of_a_path() -> None:
    flow = verbs("chainhub").fetch("../account?x=1")
    step: Any = next(flow)
    assert (step.request.path, step.request.query) == ("/luma/generations/..%2Faccount%3Fx%3D1", "")
    for key in ("", ".", ".."):
        with pytest.raises(lumakit.InvalidRequest):
            next(verbs("chainhub").fetch(key))


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_span_that_is_none_is_refused(seconds: float) -> None:
    with pytest.raises(lumakit.InvalidRequest, match="above 0"):
        next(verbs().wait("t", "", NOW_MS, every_s=seconds))
