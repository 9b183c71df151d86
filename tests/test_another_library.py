"""A client of a library of the same shape drops in: a copy of httpx by another name, and httpx2 where there is one."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

import lumakit
from lumakit import AsyncClient, Client, Phase
from lumakit.clock import VirtualClock
from mockserver import LiveServer, MockProvider
from tests.calling import KEY

COPY = "httpx_under_another_name"
NAMES = [COPY, *(["httpx2"] if importlib.util.find_spec("httpx2") else [])]


def copied() -> ModuleType:
    """All of httpx once more, with classes of its own."""
    spec = importlib.util.spec_from_file_location(COPY, httpx.__file__, submodule_search_locations=[*httpx.__path__])
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[COPY] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in module.__all__:
        if isinstance(each := getattr(module, name), type):
            each.__module__ = COPY  # as httpx does it with its own name
    return module


@pytest.fixture(params=NAMES)
def library(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param != COPY:
        yield importlib.import_module(request.param)
        return
    yield copied()
    for name in [name for name in sys.modules if name.partition(".")[0] == COPY]:
        del sys.modules[name]


@pytest.fixture
def served() -> Iterator[tuple[MockProvider, str]]:
    mock = MockProvider("chainhub", clock=VirtualClock())
    with LiveServer(mock) as server:
        yield mock, server.url


def test_a_whole_life_by_another_library(library: Any, served: tuple[MockProvider, str], tmp_path: Path) -> None:
    mock, url = served
    mock.faults.add("reset on GET /luma/generations/* first 2")
    with library.Client() as http, Client("chainhub", api_key=KEY, http=http, base_url=url, clock=mock.clock) as client:
        assert not isinstance(http, httpx.Client)
        task = client.run(prompt="a lighthouse")
        assert task.save(tmp_path / "a.mp4").read_bytes()[4:8] == b"ftyp"
    assert task.phase is Phase.SUCCEEDED


def test_and_inside_an_event_loop(library: Any, served: tuple[MockProvider, str], tmp_path: Path) -> None:
    mock, url = served

    async def story() -> bytes:
        async with library.AsyncClient() as http:
            client = AsyncClient("chainhub", api_key=KEY, http=http, base_url=url, clock=mock.clock)
            task = await client.run(prompt="a lighthouse")
            return (await task.save(tmp_path / "a.mp4")).read_bytes()

    assert asyncio.run(story())[4:8] == b"ftyp"


def test_errors_of_another_library_are_understood(library: Any) -> None:
    def fails(error: str) -> Any:
        def answer(_: Any) -> Any:
            raise getattr(library, error)("no")

        return library.MockTransport(answer)

    for error, kind in {"ConnectError": lumakit.Unreachable, "ReadError": lumakit.Uncertain}.items():
        with library.Client(transport=fails(error)) as http, pytest.raises(kind):
            Client("chainhub", api_key=KEY, http=http, clock=VirtualClock()).submit(prompt="a")


def test_a_client_of_one_kind_is_not_taken_for_the_other(library: Any) -> None:
    with library.Client() as http, pytest.raises(lumakit.UsageError) as told:
        AsyncClient("chainhub", api_key=KEY, http=http)
    assert told.value.code == "http_client"
