"""A client and a mock live through whole tasks, on a clock that nobody waits for."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

import lumakit
from lumakit import Client, Edition, Phase, Task
from lumakit.client import AsyncClient
from mockserver import MockProvider
from tests.calling import EDITIONS, KEY, PROVIDERS, Stage, client_of, example, in_a_loop, kinds, making, stage
from tests.contract.builders import OK, api, compiled, written

SUBMIT = "POST /luma/generations"
ENDINGS = {"success": Phase.SUCCEEDED, "slow": Phase.SUCCEEDED, "fast": Phase.SUCCEEDED, "flaky": Phase.SUCCEEDED}
ENDINGS |= {"expire": Phase.SUCCEEDED, "fail": Phase.FAILED, "fail:moderation": Phase.FAILED}


KINDS = [
    pytest.param(provider, edition, kind, id=f"{provider}-{edition}-{kind}")
    for (provider, edition), contract in EDITIONS.items()
    for kind in (contract.reading.tasks if contract.reading else ())
]


def made(at: Stage, name: str, scenario: str = "success") -> Task[Path]:
    """A task of a kind that a scenario happens to; of a parent that has succeeded, where it takes one."""
    assert at.contract.reading is not None
    kind = at.contract.reading.tasks[name]
    if kind.submit:
        at.mock.scenario = scenario
        operation, values = making(at.client, kind)
        return at.client.submit(operation, **values)
    (extend,) = kind.extend
    parent = at.client.wait(made(at, extend.of[0]))
    at.mock.scenario = scenario
    values = example(at.contract, extend.operation)
    del values[extend.parent.name.strip("/")]
    return at.client.extend(parent, extend.operation, **values)


def ended(client: Client, task: Task[Path]) -> Task[Any]:
    """A task at its end, whatever that is."""
    try:
        return client.wait(task, budget_s=None)
    except lumakit.TaskFailed as failed:
        return failed.task or task


@pytest.mark.parametrize("scenario", sorted(ENDINGS))
@pytest.mark.parametrize(("provider", "edition", "kind"), KINDS)
def test_every_story_ends_as_it_should_and_leaves_no_finding(
    provider: str, edition: Edition, kind: str, scenario: str
) -> None:
    at = stage(provider, edition, judge="raise")
    task = made(at, kind, scenario)
    assert (task.phase, task.kind, task.done) == (Phase.WAITING, kind, False)
    task = ended(at.client, task)
    assert (task.phase, at.client.findings) == (ENDINGS[scenario], ())
    assert bool(task.results) is (task.phase is Phase.SUCCEEDED)


@pytest.mark.parametrize("edition", list(Edition))
@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_event_loop_makes_no_difference(provider: str, edition: Edition, tmp_path: Path) -> None:
    at = stage(provider, edition)

    async def story(client: AsyncClient) -> None:
        name, kind = next(iter(kinds(client).items()))
        operation, values = making(client, kind)
        task = await client.run(operation, **values)
        assert (task.phase, task.kind) == (Phase.SUCCEEDED, name)
        assert (await client.fetch(task)).phase is Phase.SUCCEEDED
        assert (await client.fetch(task.id)).results == task.results
        assert (await task.save(tmp_path / "a.mp4")).read_bytes()[4:8] == b"ftyp"
        assert client.findings == ()

    in_a_loop(at.mock, story)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_task_that_never_ends_ends_the_budget_and_can_be_waited_for_again(provider: str) -> None:
    at = stage(provider, scenario="stuck")
    _, kind = next(iter(kinds(at.client).items()))
    operation, values = making(at.client, kind)
    began = at.clock.now()
    with pytest.raises(lumakit.WaitTimeout) as told:
        at.client.run(operation, budget_s=120, **values)
    assert 119_000 <= at.clock.now() - began <= 121_000
    assert told.value.task is not None
    at.mock.tasks.complete(told.value.task.id)
    assert at.client.wait(told.value.task).phase is Phase.SUCCEEDED
    assert at.submitted() == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_names_that_all_providers_share_find_their_places(provider: str) -> None:
    at = stage(provider)
    kind = next(iter(kinds(at.client)))
    hook = "https://client.example.com/hook"
    task = at.client.submit(kind, prompt="a lighthouse", image="https://images.example.com/a.jpg", webhook=hook)
    sent = at.mock.journal.entries()[-1].request.body.decode()
    assert hook in sent
    assert "https://images.example.com/a.jpg" in sent
    child = at.client.extend(at.client.wait(task), prompt="go on")
    assert (child.parent, at.client.wait(child).phase) == (task.id, Phase.SUCCEEDED)


def test_the_call_of_the_surface_works_by_the_name_of_its_path() -> None:
    at = stage("apiframe")
    parent = at.client.run("luma", prompt="a man walks")
    video = at.client.run("luma-extend", parent_task_id=parent.id, prompt="keep walking")
    assert (video.kind, video.parent, video.phase) == ("luma-ext", parent.id, Phase.SUCCEEDED)


def test_several_tasks_are_looked_at_at_once() -> None:
    at = stage("apiframe")
    first, second = at.client.submit("luma", prompt="a"), at.client.submit("luma", prompt="b")
    seen = at.client.fetch_many([first, second.id])
    assert list(seen) == [first.id, second.id]
    assert {task.kind for task in seen.values()} == {"luma"}


def test_anything_documented_can_be_called() -> None:
    at = stage("apiframe")
    assert at.client.call("GET /account")["credits"] == at.client.call("getAccount")["credits"]
    made = at.client.call("lumaImagine", prompt="a lighthouse")
    assert at.client.call("fetch", task_id=made["task_id"])["task_id"] == made["task_id"]


@pytest.mark.parametrize(
    ("values", "parameter", "allowed"),
    [
        ({"prompt": 7}, "prompt", "string"),
        ({"prompt": "a", "duration": "7s"}, "duration", '"5s"'),
        ({"promt": "a"}, "promt", "did you mean prompt?"),
        ({}, "prompt", "string"),
        ({"prompt": "a", "aspect_ratio": "16:9"}, "aspect_ratio", "it takes"),
        ({"prompt": {1, 2}}, "body", "texts"),
        ({"prompt": "a", "webhook_secret": "abc123"}, "webhook_secret", "it takes"),
    ],
)
def test_a_wrong_call_is_not_sent_and_says_what_is_allowed(
    values: dict[str, Any], parameter: str, allowed: str
) -> None:
    at = stage("chainhub")
    with pytest.raises(lumakit.InvalidRequest) as told:
        at.client.submit(**values)
    assert told.value.parameter == parameter
    assert allowed in str(told.value)
    assert at.mock.journal.entries() == []


def test_what_is_not_documented_is_sent_when_it_is_said_to_be_extra() -> None:
    at = stage("chainhub")
    at.client.submit(prompt="a", extra={"aspect_ratio": "1:1"})
    assert b"1:1" in at.mock.journal.entries()[-1].request.body


def test_kinds_are_asked_for_where_there_are_several() -> None:
    at = stage("apiframe")
    with pytest.raises(lumakit.InvalidRequest, match="luma, imagine-video"):
        at.client.submit(prompt="a")
    with pytest.raises(lumakit.InvalidRequest, match="did you mean luma"):
        at.client.submit("lumma", prompt="a")
    with pytest.raises(lumakit.InvalidRequest, match="no kind of task"):
        at.client.fetch("some-id", "film")


def test_progress_is_told_when_something_has_changed() -> None:
    at = stage("apiframe")
    seen: list[Task[Any]] = []
    at.client.run("luma", prompt="a", on_progress=seen.append)
    assert seen[0].status is None
    assert seen[-1].progress == 1.0
    told = [each.progress for each in seen[1:]]
    assert told == sorted(told, key=lambda each: each or 0)
    assert len({(each.status, each.progress) for each in seen}) == len(seen)


def test_a_video_of_an_unfinished_task_is_wrong_usage() -> None:
    at = stage("chainhub")
    with pytest.raises(lumakit.UsageError, match="no video"):
        at.client.submit(prompt="a").save("nowhere.mp4")
    with pytest.raises(lumakit.UsageError, match="belongs to no client"):
        lumakit.Video("https://a.example/b.mp4").save("nowhere.mp4")


def test_a_client_of_ones_own_is_used_and_left_open() -> None:
    mock = MockProvider("chainhub")
    with httpx.Client(transport=mock.transport(), headers={"X-Team": "film"}, auth=("user", "password")) as http:
        with client_of(mock, http=http, transport=None) as client:
            client.submit(prompt="a")
        assert not http.is_closed
    sent = mock.journal.entries()[-1].request
    assert sent.header("x-team") == "film"
    assert (sent.header("authorization") or "").startswith("Bearer")


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        ({"judge": "guess"}, "judge_not_found"),
        ({"api_key": ""}, "key_form"),
        ({"api_key": "a\r\nHost: b"}, "key_form"),
        ({"base_url": "ftp://a.example"}, "base_url"),
        ({"base_url": "https://user:word@a.example"}, "base_url"),
        ({"base_url": "http://[::1"}, "base_url"),
        ({"http": httpx.AsyncClient()}, "http_client"),
        ({"http": open}, "http_client"),
    ],
)
def test_a_client_that_cannot_work_is_not_made(chosen: dict[str, Any], code: str) -> None:
    given: dict[str, Any] = {"api_key": KEY, **chosen}
    with pytest.raises(lumakit.UsageError) as told:
        Client("chainhub", **given)
    assert told.value.code == code


def test_a_transport_and_a_client_are_one_too_many() -> None:
    mock = MockProvider("chainhub")
    with httpx.Client() as http, pytest.raises(lumakit.UsageError, match="already has a transport"):
        client_of(mock, http=http)


def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APIFRAME_API_KEY", KEY)
    mock = MockProvider("apiframe", api_keys=(KEY,))
    with Client("apiframe", transport=mock.transport()) as client:
        assert client.submit("luma", prompt="a").id
    monkeypatch.delenv("APIFRAME_API_KEY")
    with pytest.raises(lumakit.UsageError, match="APIFRAME_API_KEY"):
        Client("apiframe")


def test_a_call_that_is_sent_elsewhere_is_not_followed() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(307, headers={"Location": "https://elsewhere.example"}))
    with Client("chainhub", api_key=KEY, transport=transport) as client:
        for operation, values in (
            ("GET /luma/generations/{task_id}", {"task_id": "a"}),
            (SUBMIT, {"user_prompt": "a"}),
        ):
            with pytest.raises(lumakit.RequestRefused, match="base_url") as told:
                client.call(operation, **values)
            assert (told.value.code, told.value.status) == ("moved", 307)


@pytest.mark.parametrize("body", [{"tasks": []}, "none", None])
def test_an_answer_that_lists_no_tasks_breaks_the_contract(body: Any) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=body))
    with (
        Client("chainhub", api_key=KEY, transport=transport, judge="ignore") as client,
        pytest.raises(lumakit.ContractBroken, match="lists no tasks"),
    ):
        client.fetch_many(["t-1"])


def test_a_task_that_has_ended_is_not_looked_at_again() -> None:
    at = stage("chainhub")
    task = at.client.run(prompt="a lighthouse")
    asked = len(at.mock.journal.entries())
    assert at.client.wait(task) is task
    assert len(at.mock.journal.entries()) == asked


def test_a_body_is_given_whole_or_by_its_members() -> None:
    at = stage("chainhub")
    for values in ({"body": {"user_prompt": "a", "duration": "5s"}}, {"user_prompt": "a", "duration": "5s"}):
        at.client.call(SUBMIT, **values)
    first, second = at.mock.journal.entries()[-2:]
    assert first.request.body == second.request.body


def test_extends_of_an_event_loop_name_their_parents() -> None:
    at = stage("chainhub")

    async def story(client: AsyncClient) -> None:
        parent = await client.run(prompt="a lighthouse")
        child = await client.wait(await client.extend(parent, prompt="go on"))
        assert (child.parent, child.phase) == (parent.id, Phase.SUCCEEDED)
        assert sorted(await client.fetch_many([parent, child])) == sorted([parent.id, child.id])
        assert (await client.call("getGeneration", task_id=child.id))["id"] == child.id

    in_a_loop(at.mock, story)


def test_a_client_of_ones_own_inside_an_event_loop_is_left_open() -> None:
    mock = MockProvider("chainhub")

    async def story() -> bool:
        async with httpx.AsyncClient(transport=mock.transport()) as http:
            async with AsyncClient("chainhub", api_key=KEY, http=http) as client:
                await client.submit(prompt="a")
            return http.is_closed

    assert asyncio.run(story()) is False


def test_a_kind_of_task_that_nothing_tells_of_is_said_so() -> None:
    films = {"lumakit": 1, "words": {"new": "waiting", "done": "succeeded"}, "moves": ["new > done"], "starts": "new"}
    films |= {"facts": {"id": {"at": {"/id": "text"}}}, "tasks": {"film": {"submit": ["POST /films"]}}}
    document = api({"/films": {"post": {"responses": OK}}}, servers=[{"url": "https://films.example"}])
    with Client(compiled(document, lifecycle=written(films, "lifecycle.yaml"))) as client:
        for look in (lambda: client.fetch("a"), lambda: client.fetch_many(["a"])):
            with pytest.raises(lumakit.InvalidRequest, match="use client"):
                look()


def test_a_task_whose_first_answer_breaks_the_contract_is_not_lost() -> None:
    at = stage("chainhub", judge="raise", faults=["break-schema on POST /luma/generations the 1st"])
    with pytest.raises(lumakit.ContractBroken) as told:
        at.client.submit(prompt="a lighthouse")
    assert told.value.task is not None
    assert at.client.wait(told.value.task).phase is Phase.SUCCEEDED
    assert at.submitted() == 1
