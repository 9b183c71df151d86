"""The public face as its users have it: what every call gives back, held by mypy, by pyright and by running it.

A wrong use that a type checker has to refuse carries an ignore, and an ignore that nobody needs is an error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_type

import pytest

import lumakit
from lumakit import AsyncClient, CallError, Client, Edition, Finding, Phase, Request, Response, Task, Video, webhooks
from mockserver import Fault, LiveServer, MockProvider, MockServer, VirtualClock

if TYPE_CHECKING:
    import httpx

KEY = "a-key-of-nobody"


def mocked() -> tuple[MockProvider, VirtualClock]:
    clock = VirtualClock()
    return MockProvider("chainhub", clock=clock), clock


def test_a_client_gives_tasks_and_paths(tmp_path: Path) -> None:
    mock, clock = mocked()
    shown: list[float | None] = []
    with Client("chainhub", api_key=KEY, transport=mock.transport(), clock=clock) as client:
        assert_type(client, Client)
        task = assert_type(client.submit(prompt="a lighthouse"), Task[Path])
        assert_type(client.fetch(task.id), Task[Path])
        assert_type(client.fetch_many([task, task.id]), dict[str, Task[Path]])
        done = client.wait(task, budget_s=900, on_progress=lambda each: shown.append(each.progress))
        assert_type(done, Task[Path])
        assert_type(done.video, Video[Path])
        assert_type(done.videos, tuple[Video[Path], ...])
        assert_type(done.save(tmp_path / "a.mp4", overwrite=True), Path)
        assert_type(client.save(done.video.url, str(tmp_path / "b.mp4")), Path)
        assert_type(client.run(prompt="a storm", every_s=1), Task[Path])
        assert_type(client.extend(done, prompt="it passes"), Task[Path])
        assert_type(client.findings, tuple[Finding, ...])
    assert shown


def test_a_task_tells_what_it_is() -> None:
    mock, clock = mocked()
    with Client("chainhub", api_key=KEY, edition="corrected", transport=mock.transport(), clock=clock) as client:
        task = client.run(prompt="a lighthouse")
    assert_type(task.id, str)
    assert_type(task.phase, Phase | None)
    assert_type(task.status, str | None)
    assert_type(task.progress, float | None)
    assert_type(task.results, tuple[str, ...])
    assert_type(task.error, str | None)
    assert_type(task.done, bool)
    assert task.done


def test_an_asynchronous_client_gives_what_is_awaited(tmp_path: Path) -> None:
    mock, clock = mocked()

    async def story() -> Path:
        async with AsyncClient("chainhub", api_key=KEY, transport=mock.transport(), clock=clock) as client:
            assert_type(client, AsyncClient)
            task = assert_type(await client.run(prompt="a lighthouse"), Task[Awaitable[Path]])
            many = await client.fetch_many([task])
            assert_type(many, dict[str, Task[Awaitable[Path]]])
            assert_type(await task.save(tmp_path / "a.mp4"), Path)
            return await client.save(task.video, tmp_path / "b.mp4")

    assert asyncio.run(story()) == tmp_path / "b.mp4"


def test_errors_say_what_they_carry() -> None:
    mock, clock = mocked()
    mock.faults.add("429 retry-after 7 on POST /luma/generations")
    with Client("chainhub", api_key=KEY, transport=mock.transport(), clock=clock) as client:
        with pytest.raises(lumakit.Busy) as busy:
            client.submit(prompt="a lighthouse")
        carried(assert_type(busy.value, lumakit.Busy))
        with pytest.raises(lumakit.InvalidRequest) as wrong:
            client.submit(promt="a lighthouse")
        assert_type(wrong.value.parameter, str)


def carried(error: CallError) -> None:
    assert_type(error.request, Request | None)
    assert_type(error.response, Response | None)
    assert_type(error.status, int | None)
    assert_type(error.operation, str)
    assert_type(error.findings, tuple[Finding, ...])
    assert_type(error.retry_after_s, float | None)
    assert_type(error.task, Task[Any] | None)


def test_a_receiver_gives_deliveries() -> None:
    receiver = webhooks.Receiver("apiframe", secret=["one", "another"], edition=Edition.CORRECTED)
    body = b'{"task_id": "t-1", "task_type": "luma", "status": "processing"}'
    for headers in ({"x-webhook-secret": "one"}, [("x-webhook-secret", "one")], [(b"x-webhook-secret", b"one")]):
        delivery = assert_type(receiver.read(headers, body, now_s=0), webhooks.Delivery)
        assert_type(delivery.snapshot.phase, Phase | None)
        assert_type(delivery.snapshot.done, bool)
        assert_type(delivery.findings, tuple[Finding, ...])
    with pytest.raises(webhooks.Refused) as refused:
        receiver.read({}, body, now_s=0)
    assert_type(refused.value.status, int)
    assert_type(refused.value.reason, str)


def test_a_mock_is_asked_about_its_tasks() -> None:
    mock, clock = mocked()
    assert_type(mock.clock.now(), int)
    assert_type(MockServer({"chainhub": mock}).providers, dict[str, MockProvider])
    assert_type(LiveServer(mock), LiveServer)
    mock.faults.add("503 on GET /luma/generations/* first 1")
    assert_type(mock.faults.add("429"), Fault)
    task = mock.tasks.seed("generation")
    clock.advance(600)
    assert_type(mock.tasks[task.id].done, bool)
    assert mock.tasks[task.id].phase is Phase.SUCCEEDED


def test_contracts_are_loaded_and_looked_at() -> None:
    contract = assert_type(lumakit.load("kkiai", Edition.PUBLISHED), lumakit.Contract)
    assert_type(lumakit.lint("kkiai"), tuple[Finding, ...])
    assert_type(contract.edition, Edition)


async def what_is_refused(client: Client, loop: AsyncClient, task: Task[Path]) -> None:
    """Never called: each of these lines is wrong, and a type checker says so."""
    await client.submit(prompt="a lighthouse")  # type: ignore[misc]  # a client without an event loop
    _ = loop.run(prompt="a lighthouse").phase  # type: ignore[attr-defined]  # not awaited
    await loop.fetch(task)  # type: ignore[arg-type]  # a task of the other client
    Client("chainhub", key=KEY)  # type: ignore[call-arg]  # api_key
    client.wait(task, budget="60")  # type: ignore[call-arg]  # budget_s
    webhooks.Receiver("apiframe").read({}, "text", now_s=0)  # type: ignore[arg-type]  # bytes


def of_ones_own(http: httpx.Client, looping: httpx.AsyncClient) -> tuple[Client, AsyncClient]:
    """Clients of httpx that a user gives."""
    return Client("chainhub", http=http), AsyncClient("chainhub", http=looping)
