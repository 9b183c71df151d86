"""Broken answers: what a client meets on a real port, in process, and behind a server that has no guard of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import uvicorn

from lumakit import wire
from lumakit.clock import VirtualClock
from lumakit.model import Break, Ending, Request, Response
from mockserver.door.asgi import Door
from mockserver.door.listener import listen, url_of
from mockserver.live import LiveServer
from tests.mockserver.wires import GET, Client, Wire, on_a_still_clock

BODY = b"hello, this is a body"
BREAKS = {
    "whole": None,
    "reset": Break(Ending.RESET),
    "reset-0": Break(Ending.RESET, 0),
    "reset-5": Break(Ending.RESET, 5),
    "closed-0": Break(Ending.CLOSED, 0),
    "closed-5": Break(Ending.CLOSED, 5),
    "drip": Break(bytes_per_s=1000.0),
    "drip-closed": Break(Ending.CLOSED, 12, 1000.0),
    "slow": Break(bytes_per_s=0.01),
}
PATIENCE_S = 0.2
Met = tuple[int, bytes, str, str]
"""What a client has met: the status, what it read, and the name of its error, with its words where they are alike."""


def breaking(request: Request) -> Response:
    """An answer that is broken as its path says."""
    body = b"" if request.query == "empty" else BODY
    headers = (("X-Mine", "y"), ("Content-Length", str(len(body))))
    return Response(200, headers, b"" if request.method == "HEAD" else body, breaks=BREAKS[request.path[1:]])


def met(client: httpx.Client, method: str, url: str) -> Met:
    status, read = 0, b""
    try:
        with client.stream(method, url) as answer:
            status = answer.status_code
            for piece in answer.iter_bytes():
                read += piece
    except httpx.TransportError as error:
        return status, read, type(error).__name__, _alike(error)
    return status, read, "", answer.headers["content-length"]


async def met_on_a_loop(client: httpx.AsyncClient, method: str, url: str) -> Met:
    status, read = 0, b""
    try:
        async with client.stream(method, url) as answer:
            status = answer.status_code
            async for piece in answer.aiter_bytes():
                read += piece
    except httpx.TransportError as error:
        return status, read, type(error).__name__, _alike(error)
    return status, read, "", answer.headers["content-length"]


def _alike(error: httpx.TransportError) -> str:
    """What is said of it, where httpx says it in words of its own and not of the system."""
    assert error.request.url.path != ""
    return str(error) if isinstance(error, httpx.RemoteProtocolError) else ""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with LiveServer(Door(breaking)) as server:
        yield server.url


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("name", BREAKS)
def test_a_client_meets_the_same_in_process_and_on_a_port(url: str, name: str, method: str) -> None:
    with httpx.Client(timeout=PATIENCE_S) as client:
        live = met(client, method, f"{url}/{name}")
    with httpx.Client(timeout=PATIENCE_S, transport=wire.transport(breaking, VirtualClock())) as client:
        assert met(client, method, f"http://mock.test/{name}") == live


@pytest.mark.parametrize("name", BREAKS)
def test_a_client_on_a_loop_meets_the_same(url: str, name: str) -> None:
    async def talk(base: str, **choices: Any) -> Met:
        async with httpx.AsyncClient(timeout=PATIENCE_S, **choices) as client:
            return await met_on_a_loop(client, "GET", f"{base}/{name}")

    live = asyncio.run(talk(url))
    assert asyncio.run(talk("http://mock.test", transport=wire.transport(breaking, VirtualClock()))) == live


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("reset", httpx.ReadError),
        ("reset-5", httpx.ReadError),
        ("closed-5", httpx.RemoteProtocolError),
        ("slow", httpx.ReadTimeout),
    ],
)
def test_what_a_client_meets_has_a_name(url: str, name: str, error: type[Exception]) -> None:
    transports: list[httpx.BaseTransport | None] = [None, wire.transport(breaking, VirtualClock())]
    for transport in transports:
        with httpx.Client(timeout=PATIENCE_S, transport=transport) as client, pytest.raises(error):
            client.get(f"{url}/{name}")


def test_an_empty_answer_can_only_be_reset_before_it_begins(url: str) -> None:
    for name in ("closed-5", "reset-0", "drip"):
        assert httpx.get(f"{url}/{name}?empty").status_code == 200
    with pytest.raises(httpx.ReadError):
        httpx.get(f"{url}/reset?empty")


def test_time_passes_while_a_body_drips() -> None:
    clock = VirtualClock()
    before_ms = clock.now()
    slow = wire.transport(lambda _: Response(200, (), BODY, breaks=Break(bytes_per_s=2)), clock)
    with httpx.Client(transport=slow) as client:
        assert client.get("http://mock.test/").content == BODY
    assert clock.now() - before_ms == len(BODY) * 500


def test_a_client_that_loses_patience_has_waited_as_long_as_it_would() -> None:
    clock = VirtualClock()
    before_ms = clock.now()
    with httpx.Client(transport=wire.transport(breaking, clock), timeout=3) as client:
        assert met(client, "GET", "http://mock.test/slow") == (200, b"", "ReadTimeout", "")
    assert clock.now() - before_ms == 3000


# the wire itself


def test_other_connections_go_on_while_one_is_reset(url: str) -> None:
    with Client(url) as other, Client(url) as struck:
        struck.send(GET.replace(b"/ ", b"/reset ", 1))
        with pytest.raises(ConnectionResetError):
            struck.socket.recv(1)
        other.send(GET.replace(b"/ ", b"/whole ", 1))
        assert [answer.body for answer in other.answers(1)] == [BODY]


def test_an_answer_in_line_before_the_broken_one_is_whole(url: str) -> None:
    with Client(url) as client:
        client.send(GET.replace(b"/ ", b"/whole ", 1) + GET.replace(b"/ ", b"/closed-5 ", 1) + GET)
        said = b"".join(iter(client.piece, b""))
    first, _, second = said.partition(BODY)
    assert first.startswith(b"HTTP/1.1 200")
    assert second.endswith(b"\r\n\r\nhello")
    assert second.count(b"HTTP/1.1") == 1


def test_a_large_part_arrives_whole_before_the_end() -> None:
    half = Response(200, (), b"x" * 5_000_000, breaks=Break(Ending.CLOSED, 3_000_000))
    with LiveServer(Door(lambda _: half)) as server, httpx.Client() as client:
        status, read, error, _ = met(client, "GET", server.url)
    assert (status, len(read), error) == (200, 3_000_000, "RemoteProtocolError")


@on_a_still_clock
async def test_a_body_drips_in_pieces_and_the_last_one_ends_it() -> None:
    wire = Wire(Door(lambda _: Response(200, (), b"abcdef", breaks=Break(bytes_per_s=20))))
    await wire.send(GET)
    dripped = []
    for _ in range(4):
        dripped.append(wire.line.said.partition(b"\r\n\r\n")[2])
        await wire.pass_time(0.1)
    assert dripped == [b"", b"ab", b"abcd", b"abcdef"]
    assert wire.statuses() == [200]
    assert not wire.closed()


@on_a_still_clock
async def test_nothing_drips_to_a_client_that_has_left() -> None:
    wire = Wire(Door(lambda _: Response(200, (), b"abcdef", breaks=Break(bytes_per_s=20))))
    await wire.send(GET)
    await wire.pass_time(0.1)
    wire.line.abort()
    await wire.pass_time(10)
    assert wire.line.said.endswith(b"\r\n\r\nab")
    assert not wire.state.tasks


@on_a_still_clock
async def test_a_server_that_stops_waits_for_no_drip() -> None:
    door = Door(lambda _: Response(200, (), b"abcdef", breaks=Break(bytes_per_s=1)))
    wire = Wire(door)
    await wire.send(GET)
    door.hurry()
    await wire.settle()
    assert wire.line.said.endswith(b"abcdef")


@pytest.mark.parametrize("ending", Ending)
@on_a_still_clock
async def test_an_ended_connection_leaves_nothing_behind(ending: Ending, caplog: pytest.LogCaptureFixture) -> None:
    wire = Wire(Door(lambda _: Response(200, (), b"abcdef", breaks=Break(ending, 3))))
    await wire.send(GET + GET)
    assert wire.closed()
    assert wire.line.said.endswith(b"\r\n\r\nabc")
    assert (wire.state.tasks, wire.state.connections, caplog.records) == (set(), set(), [])


# a server without our guard


@pytest.mark.parametrize("name", ["reset", "reset-5", "closed-5"])
def test_a_server_of_elsewhere_ends_inside_the_answer(name: str) -> None:
    async def talk() -> Met:
        with listen("127.0.0.1", 0) as listening:
            server = uvicorn.Server(uvicorn.Config(Door(breaking), lifespan="off", log_config=None, ws="none"))
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            async with httpx.AsyncClient() as client:
                found = await met_on_a_loop(client, "GET", f"{url_of(listening)}/{name}")
            server.should_exit = True
            await serving
            return found

    read = b"hello" if name.endswith("5") else b""
    status, got, error, _ = asyncio.run(talk())
    assert (status, got, error) == (200, read, "RemoteProtocolError")


@pytest.mark.parametrize(("name", "read"), [("drip", BODY), ("closed-5", b"hello")])
def test_an_application_without_any_server_says_what_it_can(name: str, read: bytes) -> None:
    async def talk() -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            await asyncio.Event().wait()

        headers = [(b"host", b"a")]
        scope = {"type": "http", "method": "GET", "scheme": "http", "path": f"/{name}", "query_string": b""}
        await Door(breaking)({**scope, "headers": headers}, receive, send)
        return sent

    first, *rest = asyncio.run(talk())
    assert dict(first["headers"])[b"content-length"] == b"21"
    assert b"".join(each["body"] for each in rest) == read
    assert rest[-1].get("more_body", False) is (name != "drip")
