"""Requests that are caught on their way to the network: by whatever client, and whatever else stands there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest
import respx

from lumakit.clock import VirtualClock
from lumakit.pytest import Choices, Inbox, Mocks
from lumakit.pytest.mocks import Stage

URL = "https://api.chainhub.tech/luma/generations"
ASKED = {"headers": {"Authorization": "Bearer key-1"}, "json": {"user_prompt": "a gust of wind"}}


@pytest.fixture
def mocks() -> Iterator[Mocks]:
    clock = VirtualClock()
    with Mocks(Choices("chainhub"), Stage(clock, Inbox(clock, lambda: ()), "test", __file__)).catching() as caught:
        yield caught


def test_the_time_that_an_answer_took_is_told_as_by_the_network(mocks: Mocks) -> None:
    assert httpx.post(URL, **ASKED).elapsed.total_seconds() >= 0  # type: ignore[arg-type]  # httpx says what fits
    assert len(mocks.tasks) == 1


def test_a_body_can_be_read_as_it_comes(mocks: Mocks) -> None:
    with httpx.stream("POST", URL, **ASKED) as answer:  # type: ignore[arg-type]
        assert not answer.is_stream_consumed
        assert b"".join(answer.iter_bytes()).startswith(b'{"id"')
    assert mocks.provider.journal.last == 1


def test_a_body_without_a_length_is_read_once_and_sent_whole(mocks: Mocks) -> None:
    pieces = iter((b'{"user_prompt":', b'"a gust of wind"}'))
    headers = {"Authorization": "Bearer key-1", "Content-Type": "application/json"}
    assert httpx.post(URL, headers=headers, content=pieces).status_code == 200
    assert [each.request.body for each in mocks.requests()] == [b'{"user_prompt":"a gust of wind"}']


@pytest.mark.parametrize("transport", [httpx.HTTPTransport(retries=2), httpx.HTTPTransport(proxy="http://127.0.0.1:9")])
def test_a_client_with_a_transport_of_httpx_is_caught(mocks: Mocks, transport: httpx.HTTPTransport) -> None:
    with httpx.Client(transport=transport) as client:
        assert client.post(URL, **ASKED).status_code == 200  # type: ignore[arg-type]
    assert len(mocks.tasks) == 1


def test_an_async_client_is_caught(mocks: Mocks) -> None:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient() as client:
            return await client.post(URL, **ASKED)  # type: ignore[arg-type]

    assert asyncio.run(ask()).elapsed.total_seconds() >= 0
    assert len(mocks.tasks) == 1


def test_a_transport_of_somebody_else_is_left_to_them(mocks: Mocks) -> None:
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(418))) as client:
        assert client.post(URL, **ASKED).status_code == 418  # type: ignore[arg-type]
    assert mocks.provider.journal.last == 0


def test_who_mocked_the_same_address_before_is_asked_first() -> None:
    clock = VirtualClock()
    made = Mocks(Choices("chainhub"), Stage(clock, Inbox(clock, lambda: ()), "test", __file__))
    with respx.mock(assert_all_called=False) as router:
        router.post(URL).respond(418)
        with made.catching():
            assert httpx.post(URL, **ASKED).status_code == 418  # type: ignore[arg-type]
            missing = httpx.get(f"{URL}/unknown", headers={"Authorization": "Bearer key-1"})
            assert missing.headers["x-request-id"].startswith("mock-")
        assert router.calls.call_count == 1


def test_what_is_mocked_beside_is_answered_there(mocks: Mocks) -> None:
    with respx.mock as router:
        route = router.get("https://elsewhere.example/").respond(204)
        assert httpx.get("https://elsewhere.example/").status_code == 204
        assert httpx.post(URL, **ASKED).status_code == 200  # type: ignore[arg-type]
        assert route.call_count == 1
    assert len(mocks.tasks) == 1
    assert mocks.strays == []


def test_the_error_of_a_stray_tells_of_nothing_but_the_stray(mocks: Mocks) -> None:
    async def ask() -> None:
        async with httpx.AsyncClient() as client:
            await client.get("https://nobody.example/")

    for asking in (lambda: httpx.get("https://nobody.example/"), lambda: asyncio.run(ask())):
        with pytest.raises(AssertionError, match="is nobody's") as stray:
            asking()
        assert (stray.value.__context__, stray.value.__cause__) == (None, None)
    assert len(mocks.strays) == 2


def test_what_passes_is_passed_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[bytes] = []

    def pieces() -> Iterator[bytes]:
        read.append(b"one")
        yield read[-1]

    def handle(_: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        return httpx.Response(204 if not read else 500, request=request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle)
    clock = VirtualClock()
    with Mocks(Choices("chainhub"), Stage(clock, Inbox(clock, lambda: ()), "test", __file__)).catching():
        assert httpx.post("https://nobody.example/", content=pieces()).status_code == 204
        assert httpx.post(URL, **ASKED).status_code == 200  # type: ignore[arg-type]


def test_others_on_the_loop_come_by_while_an_answer_is_on_its_way(mocks: Mocks) -> None:
    made: list[str] = []

    async def order(client: httpx.AsyncClient) -> None:
        if not made:  # that is the mistake
            await client.post(URL, **ASKED)  # type: ignore[arg-type]
            made.append("a")

    async def both() -> None:
        async with httpx.AsyncClient() as client:
            await asyncio.gather(order(client), order(client))

    asyncio.run(both())
    assert len(mocks.tasks) == 2
