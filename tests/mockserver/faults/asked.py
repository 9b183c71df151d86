"""A provider with faults, asked in short: a submit, a fetch, a file."""

from __future__ import annotations

from typing import Any

from lumakit import load, strictjson
from lumakit.clock import VirtualClock
from lumakit.model import Headers, Request, Response
from mockserver import MockProvider
from mockserver.faults.listed import Given

CHAINHUB = load("chainhub")
SUBMIT = "POST /luma/generations"
JSON: Headers = (("Content-Type", "application/json"),)


def mocked(*faults: Given, **choices: Any) -> MockProvider:
    """A mock with faults, on a clock of its own."""
    return MockProvider(CHAINHUB, **{"clock": VirtualClock(), **choices}, faults=faults)


def key(name: str = "abc") -> Headers:
    """The header that shows a key."""
    return (("Authorization", f"Bearer {name}"),) if name else ()


def submit(mock: MockProvider, name: str = "abc", **more: str) -> Response:
    """A submit that keeps the contract."""
    wished = tuple(more.items())
    return mock(Request("POST", "/luma/generations", "", (*key(name), *JSON, *wished), b'{"user_prompt": "x"}'))


def fetch(mock: MockProvider, task: str, name: str = "abc", method: str = "GET") -> Response:
    """A look at a task."""
    return mock(Request(method, f"/luma/generations/{task}", "", key(name)))


def finished(mock: MockProvider) -> str:
    """The id of a task that has succeeded."""
    task: str = strictjson.loads(submit(mock, Prefer="status=completed").body)["id"]
    return task


def file(mock: MockProvider, task: str, method: str = "GET") -> Response:
    """A look at the film of a task."""
    return mock(Request(method, f"/__media/{task}/video.mp4"))


def said(response: Response) -> str:
    """Why it went as it did."""
    return response.header("mock-reason") or ""
