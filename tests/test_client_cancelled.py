"""A wait that is called off: in a pause, in a request, in a download; nothing stays behind but the task."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import GeneratorType
from typing import Any

import httpx
import pytest

from lumakit import Edition, Phase, Task
from lumakit.client import AsyncClient, Client
from lumakit.clock import SystemClock, VirtualClock
from mockserver import LiveServer, MockProvider
from tests.calling import EDITIONS, KEY, stage
from tests.egress.receiver import PATIENCE_S, Receiver, Script, Talk

CONTRACT = EDITIONS["chainhub", Edition.CORRECTED]
FETCH = "GET /luma/generations/*"


def alive() -> list[str]:
    """The flows that have begun and have not ended."""
    running = (each for each in gc.get_objects() if isinstance(each, GeneratorType) and each.gi_frame is not None)
    return [each.gi_code.co_qualname for each in running if "lumakit/flow/" in each.gi_code.co_filename]


async def called_off(doing: Coroutine[Any, Any, object], reached: Callable[[], bool]) -> None:
    """Let something go on until it has reached a place, and a little further; then cancel it."""
    task = asyncio.ensure_future(doing)
    async with asyncio.timeout(PATIENCE_S):
        while not reached():  # noqa: ASYNC110  # what is reached is told by threads of servers too
            await asyncio.sleep(0.001)
        for _ in range(20):
            await asyncio.sleep(0)
    assert not task.done()
    assert alive()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_in_a_pause() -> None:
    mock = MockProvider(CONTRACT)

    async def story() -> Task[Any]:
        async with AsyncClient(CONTRACT, api_key=KEY, transport=mock.transport(), clock=SystemClock()) as client:
            made = await client.submit(prompt="a lighthouse")
            await called_off(client.wait(made.id, every_s=3600), lambda: len(mock.journal.entries()) == 2)
            assert (alive(), len(asyncio.all_tasks())) == ([], 1)
            mock.tasks.complete(made.id)
            return await client.wait(made.id)

    assert asyncio.run(story()).phase is Phase.SUCCEEDED
    assert len(list(mock.tasks)) == 1


def test_in_a_request() -> None:
    mock = MockProvider(CONTRACT, clock=SystemClock())

    async def story(url: str) -> Task[Any]:
        async with AsyncClient(CONTRACT, api_key=KEY, base_url=url) as client:
            made = await client.submit(prompt="a lighthouse")
            mock.faults.add(f"latency 300 on {FETCH}")
            await called_off(client.wait(made.id), lambda: len(mock.journal.entries()) == 2)
            assert (alive(), len(asyncio.all_tasks())) == ([], 1)
            mock.faults.clear()
            mock.tasks.complete(made.id)
            return await client.wait(made)

    with LiveServer(mock) as served:
        assert asyncio.run(story(served.url)).phase is Phase.SUCCEEDED
    assert len(list(mock.tasks)) == 1


class Silence:
    """A server that says something, and no more; `left` once the other side has gone."""

    def __init__(self, said: bytes) -> None:
        self.said = said
        self.heard, self.left = threading.Event(), threading.Event()

    @property
    def script(self) -> Script:
        def script(talk: Talk) -> None:
            talk.hear()
            talk.say(self.said)
            self.heard.set()
            if talk.wire.recv(1) == b"":
                self.left.set()

        return script


HALF = b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: 1000\r\n\r\n' + b"x" * 500


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\n", HALF])
def test_the_connection_of_a_request_is_closed(said: bytes) -> None:
    silence = Silence(said)

    async def story(url: str) -> bool:
        async with AsyncClient(CONTRACT, api_key=KEY, base_url=url) as client:
            await called_off(client.fetch("t-1"), silence.heard.is_set)
            return await asyncio.to_thread(silence.left.wait, PATIENCE_S)

    with Receiver(silence.script) as server:
        assert asyncio.run(story(server.url))
    assert alive() == []


@pytest.mark.parametrize("said", [b"", HALF])
def test_in_a_download(said: bytes, tmp_path: Path) -> None:
    silence, seen = Silence(said), list[int]()

    async def story(url: str) -> bool:
        async with AsyncClient(CONTRACT, api_key=KEY, base_url=url) as client:
            saved = client.save(f"{url}/a.mp4", tmp_path / "a.mp4", on_progress=lambda have, _: seen.append(have))
            await called_off(saved, lambda: bool(seen) if said else silence.heard.is_set())
            assert os.listdir(tmp_path) == []
            return await asyncio.to_thread(silence.left.wait, PATIENCE_S)

    with Receiver(silence.script) as server:
        assert asyncio.run(story(server.url))
    assert (alive(), seen[-1:]) == ([], [500] if said else [])


class Interrupted(VirtualClock):
    """A clock on which somebody presses Ctrl-C in the middle of a pause."""

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        raise KeyboardInterrupt


def test_ctrl_c_in_a_pause_leaves_a_task_that_can_be_waited_for() -> None:
    at = stage("chainhub")
    with Client(CONTRACT, api_key=KEY, transport=at.mock.transport(), clock=Interrupted()) as client:
        made = client.submit(prompt="a lighthouse")
        with pytest.raises(KeyboardInterrupt):
            client.wait(made)
        assert alive() == []
    assert at.client.wait(made.id).phase is Phase.SUCCEEDED
    assert at.submitted() == 1


def test_ctrl_c_in_a_request_closes_the_answer() -> None:
    closed: list[bool] = []

    class Stream(httpx.SyncByteStream):
        """A body during which somebody presses Ctrl-C."""

        def __iter__(self) -> Any:
            raise KeyboardInterrupt

        def close(self) -> None:
            closed.append(True)

    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Stream()))
    with Client(CONTRACT, api_key=KEY, transport=transport) as client, pytest.raises(KeyboardInterrupt):
        client.fetch("t-1")
    assert (closed, alive()) == ([True], [])
