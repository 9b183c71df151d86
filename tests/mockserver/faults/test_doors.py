"""Every kind of fault through httpx: what a client meets is the same in process and on a port."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from lumakit.clock import SystemClock, VirtualClock
from mockserver import LiveServer, MockProvider
from mockserver.app import Choices, build, door
from tests.mockserver.faults.asked import CHAINHUB

DOORS = ("date", "connection", "content-length")  # said by the door, each in its way
TEXTS = [
    "latency 0.01",
    "latency lognormal 0.01 0.5",
    "503 retry-after 7",
    "418",
    "rate 1/60s",
    "rate sliding 1/60s in all",
    "at most 0 running",
    "out of credits",
    "reset",
    "reset every 2nd",
    "reset after 30",
    "lost",
    "truncate 20",
    "malformed",
    "drip 100000/s",
    "drip 0.1/s",
    "wrong-type",
    "break-schema",
    "media 404",
    "media 403",
    "truncate 1000 on media",
    "drip 10000000/s on media",
]
Met = tuple[int | str, Any, bytes]


def ask(client: httpx.Client, method: str, path: str, **more: Any) -> Met:
    """The status, the headers and the body; or the name of the error."""
    try:
        answer = client.request(method, path, **more)
    except httpx.TransportError as error:
        return type(error).__name__, "", b""
    told = {name: value for name, value in answer.headers.items() if name not in DOORS}
    return answer.status_code, told, answer.content


def story(client: httpx.Client, film: str) -> Iterator[Met]:
    """Two submits, a film, and the head of one."""
    for _ in range(2):
        yield ask(client, "POST", "/luma/generations", json={"user_prompt": "x"})
    yield ask(client, "GET", film)
    yield ask(client, "HEAD", film)


def begun(text: str, client: httpx.Client, mock: MockProvider) -> list[Met]:
    """The story of a mock that knows one finished task before the fault begins."""
    client.headers["Authorization"] = "Bearer abc"
    prefer = {"Prefer": "status=completed"}
    made = client.post("/luma/generations", json={"user_prompt": "x"}, headers=prefer).json()
    mock.faults.add(text)
    return list(story(client, urlsplit(made["video"]["url"]).path))


@pytest.mark.parametrize("text", TEXTS)
def test_a_client_meets_the_same_fault_at_both_doors(text: str) -> None:
    clock = SystemClock(0, wall=lambda: 1e9, wait=lambda _: None)  # nobody waits in process, and the mock's time stands
    near, far = (MockProvider(CHAINHUB, clock=clock, public_url="http://mock.test") for _ in range(2))
    patience_s = 0.2 if text == "drip 0.1/s" else 10
    with httpx.Client(base_url="http://mock.test", timeout=patience_s, transport=near.transport()) as client:
        told = begun(text, client, near)
    with LiveServer(door(far)) as server, httpx.Client(base_url=server.url, timeout=patience_s) as client:
        assert begun(text, client, far) == told
    assert [each.reason for each in far.journal.entries()] == [each.reason for each in near.journal.entries()]
    assert near.journal.entries()[1:], "every exchange stands in the diary, also where no answer came"


def test_a_fault_is_met_through_a_server_of_several_providers_and_by_a_page() -> None:
    server = build(Choices(clock=VirtualClock(), faults=("reset on submitGeneration", "rate 1/60s on getAccount")))
    page = {"Origin": "http://localhost:3000", "Authorization": "abc"}
    with LiveServer(door(server)) as live, httpx.Client(base_url=live.url, headers=page) as client:
        with pytest.raises(httpx.ReadError):
            client.post("/kkiai/luma/generations", json={})
        answers = [client.get("/apiframe/account") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert "X-RateLimit-Remaining" in answers[0].headers["access-control-expose-headers"]
