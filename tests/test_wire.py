"""The bureau de change: requests and responses go over without loss, and waiting holds up nobody else."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace

import httpx
import pytest

from lumakit import wire
from lumakit.clock import SystemClock, VirtualClock
from lumakit.errors import SurroundingsError
from lumakit.model import Request, Response
from tests.mockserver.wires import Clock

PATIENCE = httpx.Timeout(None)
URL = "http://mock.test/a%2Fb/%C3%A9?x=%20&y=1&y=2#fragment"


def echo(request: Request) -> Response:
    """Answer with the body; what `delay` says is the time that the answer is held back."""
    return Response(200, (("X-Query", request.query),), request.body, float(request.header("delay") or 0))


def never(_: Request) -> Response:
    raise AssertionError("nobody should have asked")


# what is said


def test_a_request_is_as_it_stands_on_the_wire() -> None:
    sent = httpx.Request("POST", URL, headers=[("X-Two", "1"), ("x-two", "2")], content=b"\x00\xff")
    got = wire.received(sent)
    assert (got.method, got.path, got.query) == ("POST", "/a%2Fb/%C3%A9", "x=%20&y=1&y=2")
    assert (got.origin, got.body) == ("http://mock.test", b"\x00\xff")
    assert got.header_values("X-TWO") == ("1", "2")
    assert got.header("host") == "mock.test"


@pytest.mark.parametrize(
    ("url", "origin"),
    [("https://mock.test:443/", "https://mock.test"), ("http://[::1]:4010/", "http://[::1]:4010")],
)
def test_the_origin_is_what_a_browser_would_say(url: str, origin: str) -> None:
    assert wire.received(httpx.Request("GET", url)).origin == origin


def test_an_answer_keeps_every_header_and_the_length_it_says() -> None:
    headers = (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Name", "\u00e9"), ("Content-Length", "9"))
    with httpx.Client(transport=wire.transport(lambda _: Response(200, headers), VirtualClock())) as client:
        answer = client.head(URL)
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert (answer.headers["x-name"], answer.headers.get_list("content-length")) == ("\u00e9", ["9"])
    assert answer.request.method == "HEAD"


# bodies in pieces


def pieces() -> Iterator[bytes]:
    yield from (b"one ", b"two")


async def async_pieces() -> AsyncIterator[bytes]:
    for piece in pieces():
        yield piece


def test_a_body_in_pieces_comes_whole_and_is_given_in_pieces() -> None:
    transport = wire.transport(echo, VirtualClock())
    with httpx.Client(transport=transport) as client, client.stream("POST", URL, content=pieces()) as answer:
        assert list(answer.iter_bytes(4)) == [b"one ", b"two"]


def test_a_body_in_pieces_comes_whole_on_a_loop_too() -> None:
    async def talk() -> list[bytes]:
        transport = wire.transport(echo, VirtualClock())
        client = httpx.AsyncClient(transport=transport)
        async with client, client.stream("POST", URL, content=async_pieces()) as answer:
            return [piece async for piece in answer.aiter_bytes(4)]

    assert asyncio.run(talk()) == [b"one ", b"two"]


# waiting


def test_a_client_waits_by_the_clock_of_the_mock() -> None:
    waits: list[float] = []
    with httpx.Client(transport=wire.transport(echo, SystemClock(wait=waits.append))) as client:
        client.get(URL)
        client.get(URL, headers={"delay": "2"})
    assert waits == [2.0]


def test_a_client_on_a_loop_holds_up_nobody_else() -> None:
    loop = Clock()

    async def talk() -> list[str]:
        ended: list[str] = []
        transport = wire.transport(echo, SystemClock(wait=lambda _: pytest.fail("the loop stood still")))
        async with httpx.AsyncClient(transport=transport, timeout=PATIENCE) as client:

            async def ask(delay: str) -> None:
                await client.get(URL, headers={"delay": delay})
                ended.append(delay)

            async with asyncio.TaskGroup() as all_of_them:
                all_of_them.create_task(ask("60"))
                await all_of_them.create_task(ask("0"))
                loop.now_s += 59.9
                await ask("0")
                loop.now_s += 0.2
        return ended

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        assert runner.run(talk()) == ["0", "0", "60"]


def test_a_virtual_clock_moves_and_no_loop_waits() -> None:
    clock = VirtualClock()
    before_ms = clock.now()

    async def talk() -> int:
        async with httpx.AsyncClient(transport=wire.transport(echo, clock), timeout=PATIENCE) as client:
            return (await client.get(URL, headers={"delay": "3600"})).status_code

    assert asyncio.run(talk()) == 200
    assert clock.now() - before_ms == 3_600_000


@pytest.mark.parametrize("patience_s", [None, 2.0, 3.0])
def test_a_client_waits_as_long_as_it_must(patience_s: float | None) -> None:
    clock = VirtualClock()
    before_ms = clock.now()
    with httpx.Client(transport=wire.transport(echo, clock), timeout=patience_s) as client:
        assert client.get(URL, headers={"delay": "2"}).status_code == 200
    assert clock.now() - before_ms == 2000


def test_a_client_waits_no_longer_than_it_wants_to() -> None:
    clock = VirtualClock()
    before_ms = clock.now()
    client = httpx.Client(transport=wire.transport(echo, clock), timeout=1.5)
    with client, pytest.raises(httpx.ReadTimeout, match="held back for 2 s") as late:
        client.get(URL, headers={"delay": "2"})
    assert late.value.request.headers["delay"] == "2"
    assert clock.now() - before_ms == 1500


def test_a_client_on_a_loop_waits_no_longer_than_it_wants_to() -> None:
    clock = VirtualClock()
    before_ms = clock.now()

    async def talk() -> None:
        async with httpx.AsyncClient(transport=wire.transport(echo, clock), timeout=0.5) as client:
            await client.get(URL, headers={"delay": "2"})

    with pytest.raises(httpx.ReadTimeout, match="held back for 2 s"):
        asyncio.run(talk())
    assert clock.now() - before_ms == 500


# what goes wrong


def test_what_breaks_behind_the_transport_is_seen() -> None:
    client = httpx.Client(transport=wire.transport(never, VirtualClock()))
    with client, pytest.raises(AssertionError, match="nobody should have asked"):
        client.get(URL)


def test_without_httpx_it_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)  # what an import finds where nothing is installed
    for way in (wire.transport, wire.answering):
        with pytest.raises(SurroundingsError, match=r"pip install 'lumakit\[httpx\]'") as caught:
            way(never, VirtualClock())
        assert caught.value.code == "extra_missing"


# others on the loop


def test_others_get_a_turn_while_an_answer_is_on_its_way() -> None:
    made: list[str] = []

    async def order(client: httpx.AsyncClient, text: str) -> None:
        if text not in made:  # that is the mistake: between the look and the note others come by
            await client.post(URL)
            made.append(text)

    async def both() -> None:
        async with httpx.AsyncClient(transport=wire.transport(echo, VirtualClock())) as client:
            await asyncio.gather(order(client, "a"), order(client, "a"))

    asyncio.run(both())
    assert made == ["a", "a"]


def test_what_waits_for_an_answer_can_be_called_off() -> None:
    async def talk() -> bool:
        async with httpx.AsyncClient(transport=wire.transport(echo, VirtualClock())) as client:
            asked = asyncio.create_task(client.post(URL))
            await asyncio.sleep(0)
            asked.cancel()
            await asyncio.wait([asked])
            return asked.cancelled()

    assert asyncio.run(talk())


def test_who_asks_on_and_on_is_stopped_by_a_deadline() -> None:
    async def poll() -> None:
        async with httpx.AsyncClient(transport=wire.transport(echo, VirtualClock())) as client:
            while True:
                await client.get(URL)

    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(poll(), 0.01))


def test_a_loop_that_is_not_of_asyncio_is_let_go_on_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[str] = []

    async def checkpoint() -> None:
        turns.append("trio")

    def current_task() -> str:
        if turns:
            raise RuntimeError("no task of trio runs")
        return "a task"

    lowlevel = SimpleNamespace(checkpoint=checkpoint, current_task=current_task)
    monkeypatch.setitem(sys.modules, "trio", SimpleNamespace(lowlevel=lowlevel))
    for _ in range(2):  # the second time nothing runs at all: nobody is there who could be given a turn
        with pytest.raises(StopIteration):
            wire.pause(VirtualClock(), 0).send(None)
    assert turns == ["trio"]
