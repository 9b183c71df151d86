"""One story through every door: a plain call, httpx, respx, ASGI and a real port tell the same, byte for byte."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest
import respx

import lumakit
from lumakit import wire
from lumakit.clock import VirtualClock
from lumakit.contract.compile import Contract
from lumakit.model import Headers, Request, Response
from mockserver import LiveServer, MockProvider, MockServer, habits
from mockserver.app import Choices, build, door
from mockserver.webhooks.pump import Pump
from tests.mockserver.story import User

Answer = Callable[[Request], Response]
Mock = MockProvider | MockServer
Opened = Callable[[Mock, VirtualClock], contextlib.AbstractContextManager[Answer]]
HOST = "mock.test"
BASE = f"http://{HOST}"
CONTRACTS = {name: lumakit.load(name) for name in ("apiframe", "chainhub")}
NOT_OURS = ("connection", "content-length", "date")  # the door's own; the length is looked at apart


def one(clock: VirtualClock) -> MockProvider:
    """A provider at the root."""
    return MockProvider(CONTRACTS["chainhub"], clock=clock)


def every(clock: VirtualClock) -> MockServer:
    """All providers under their names."""
    return build(Choices(clock=clock))


class Mocked(NamedTuple):
    """How a mock is made, and where which provider is to be found in it."""

    make: Callable[[VirtualClock], Mock]
    name: str
    prefix: str


MOCKS = [
    pytest.param(Mocked(one, "chainhub", ""), id="one"),
    pytest.param(Mocked(every, "apiframe", "/apiframe"), id="every"),
]


# the story


def story(user: User, prefix: str, clock: VirtualClock) -> Iterator[Response]:
    """A task is made, looked at, finished and played; then come some requests that go wrong."""
    kind = next(kind for kind in user.reading.tasks.values() if kind.submit)
    made = user.submit(kind)
    key = str(user.read(made)["id"])
    yield made
    yield user.fetch(kind, key)
    clock.advance(300)
    finished = user.fetch(kind, key)
    yield finished
    address = str(user.read(finished)["results"][0])
    assert address.startswith(f"{BASE}{prefix}/__media/{key}/")
    video = urlsplit(address).path.removeprefix(prefix)
    yield user.answer(Request("GET", video))
    yield user.answer(Request("GET", video, headers=(("Range", "bytes=0-3"),)))
    yield user.answer(Request("HEAD", video))
    yield user.ask(kind.submit[0], body={"prompt": 7})
    yield user.answer(Request("HEAD", "/no/such/path", "a=%20"))
    yield user.answer(Request("DELETE", user.reading.tasks[kind.kind].submit[0].partition(" ")[2]))
    yield user.answer(Request("OPTIONS", kind.submit[0].partition(" ")[2]))


def told(mocked: Mocked, way: Opened) -> list[Response]:
    """The story of a new mock, through a door."""
    clock = VirtualClock()
    with way(mocked.make(clock), clock) as answer:

        def placed(request: Request) -> Response:
            headers = (("Host", HOST), *request.headers)
            path = mocked.prefix + request.path
            return answer(Request(request.method, path, request.query, headers, request.body, BASE))

        return list(map(ours, story(User(CONTRACTS[mocked.name], placed), mocked.prefix, clock)))


def ours(response: Response) -> Response:
    """An answer without what every door says in its own way."""
    headers = [(name.lower(), value) for name, value in response.headers]
    return Response(response.status, tuple(sorted(each for each in headers if each[0] not in NOT_OURS)), response.body)


# the doors


@contextlib.contextmanager
def plain(mock: Mock, _: VirtualClock) -> Iterator[Answer]:
    yield mock


@contextlib.contextmanager
def client(mock: Mock, clock: VirtualClock) -> Iterator[Answer]:
    with httpx.Client(transport=transport(mock, clock)) as client:
        yield lambda request: given(client.send(sent(client, request)))


@contextlib.contextmanager
def async_client(mock: Mock, clock: VirtualClock) -> Iterator[Answer]:
    with asked_on_a_loop(httpx.AsyncClient(transport=transport(mock, clock))) as answer:
        yield answer


@contextlib.contextmanager
def routed(mock: Mock, clock: VirtualClock) -> Iterator[Answer]:
    with respx.mock(base_url=BASE) as router, httpx.Client() as client:
        router.route().mock(side_effect=answering(mock, clock))
        yield lambda request: given(client.send(sent(client, request)))


@contextlib.contextmanager
def asgi(mock: Mock, _: VirtualClock) -> Iterator[Answer]:
    with asked_on_a_loop(httpx.AsyncClient(transport=httpx.ASGITransport(door(mock)))) as answer:
        yield answer


@contextlib.contextmanager
def live(mock: Mock, _: VirtualClock) -> Iterator[Answer]:
    with LiveServer(door(mock)) as server, httpx.Client() as client:
        yield lambda request: given(client.send(sent(client, request, server.url)))


@contextlib.contextmanager
def by_hand(mock: Mock, _: VirtualClock) -> Iterator[Answer]:
    with LiveServer(door(mock)) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)

        def ask(request: Request) -> Response:
            target = f"{request.path}?{request.query}" if request.query else request.path
            connection.request(request.method, target, request.body or None, dict(request.headers))
            answer = connection.getresponse()
            return judged(request.method, Response(answer.status, tuple(answer.getheaders()), answer.read()))

        with contextlib.closing(connection):
            yield ask


def transport(mock: Mock, clock: VirtualClock) -> httpx.MockTransport:
    return mock.transport() if isinstance(mock, MockProvider) else wire.transport(mock, clock)


def answering(mock: Mock, clock: VirtualClock) -> Callable[[httpx.Request], httpx.Response]:
    return mock.answering() if isinstance(mock, MockProvider) else wire.answering(mock, clock)


@contextlib.contextmanager
def asked_on_a_loop(client: httpx.AsyncClient) -> Iterator[Answer]:
    with asyncio.Runner() as runner:
        yield lambda request: given(runner.run(client.send(sent(client, request))))
        runner.run(client.aclose())


def sent(client: httpx.Client | httpx.AsyncClient, request: Request, base: str = BASE) -> httpx.Request:
    url = f"{base}{request.path}" + (f"?{request.query}" if request.query else "")
    return client.build_request(request.method, url, headers=list(request.headers), content=request.body or None)


def given(response: httpx.Response) -> Response:
    headers: Headers = tuple(response.headers.multi_items())
    return judged(response.request.method, Response(response.status_code, headers, response.content))


def judged(method: str, response: Response) -> Response:
    """An answer whose length is what it says."""
    length = response.header("content-length")
    if response.status == 204:
        assert length is None
    elif method == "HEAD":
        assert int(str(length)) > 0
    else:
        assert length == str(len(response.body))
    return response


@pytest.mark.parametrize("mocked", MOCKS)
def test_the_story_goes_as_it_should(mocked: Mocked) -> None:
    answers = told(mocked, plain)
    made, looked, finished, video, part, head, wrong, nowhere, deleted, options = answers
    assert [each.status for each in answers] == [200, 200, 200, 200, 206, 200, 400, 404, 405, 204]
    assert User(CONTRACTS[mocked.name], one(VirtualClock())).read(looked)["status"] == "pending"
    assert made.body != finished.body
    assert (video.header("content-type"), video.body[4:8], part.body) == ("video/mp4", b"ftyp", video.body[:4])
    assert (head.body, nowhere.body) == (b"", b"")
    assert all(each.header("mock-reason") for each in (wrong, nowhere, deleted))
    assert deleted.header("allow") == options.header("allow") == "OPTIONS, POST"
    assert len({each.header("x-request-id") for each in answers}) == len(answers)


@pytest.mark.parametrize("mocked", MOCKS)
@pytest.mark.parametrize("way", [client, async_client, routed, asgi, live, by_hand])
def test_every_door_tells_the_same(mocked: Mocked, way: Opened) -> None:
    assert told(mocked, way) == told(mocked, plain)


@pytest.mark.parametrize("mocked", MOCKS)
@pytest.mark.parametrize("way", [client, async_client, routed])
def test_an_answer_that_is_held_back_moves_a_virtual_clock_and_nobody_waits(mocked: Mocked, way: Opened) -> None:
    clock = VirtualClock()
    before_ms = clock.now()
    with way(mocked.make(clock), clock) as answer:
        given = answer(Request("GET", f"{mocked.prefix}/zzz", headers=(("Prefer", "delay=2"),)))
    assert (given.status, clock.now() - before_ms) == (404, 2000)


# webhooks that come before the answer


def told_early(way: Opened, contract: Contract, scenario: str = "early") -> tuple[list[str], Response]:
    """What happens in which order when a task is submitted through a door, and the answer."""
    clock, order = VirtualClock(), list[str]()

    def receiver(request: Request) -> Response:
        order.append("webhook")
        return Response(200 if request.body else 500)

    mock = MockProvider(contract, clock=clock, scenario=scenario, webhooks=habits(receiver=receiver))
    with way(mock, clock) as answer:
        user = User(contract, lambda request: answer(replace(request, headers=(("Host", HOST), *request.headers))))
        kind = next(iter(user.reading.tasks.values()))
        assert kind.webhook
        response = user.submit(kind, (), **{kind.webhook.url.name[1:]: "http://127.0.0.1:8081/told"})
        order.append("answer")
    return order, response


@contextlib.contextmanager
def pumped(mock: Mock, _: VirtualClock) -> Iterator[Answer]:
    assert isinstance(mock, MockProvider)
    with asked_on_a_loop(httpx.AsyncClient(transport=httpx.ASGITransport(door(mock, Pump(lambda: [mock]))))) as answer:
        yield answer


@contextlib.contextmanager
def served(mock: Mock, _: VirtualClock) -> Iterator[Answer]:
    assert isinstance(mock, MockProvider)
    with LiveServer(door(mock, Pump(lambda: [mock]))) as server, httpx.Client() as client:
        yield lambda request: given(client.send(sent(client, request, server.url)))


@pytest.mark.parametrize("way", [client, async_client, routed, pumped, served])
def test_what_is_early_comes_before_the_answer_through_every_door(way: Opened) -> None:
    order, response = told_early(way, CONTRACTS["apiframe"])
    assert order == ["webhook", "answer"]
    assert response.status == 200


@pytest.mark.parametrize("way", [client, async_client, routed])
@pytest.mark.parametrize("scenario", ["early", "early + fail", "fail:moderation + early", "flaky + early"])
def test_where_time_must_pass_first_the_answer_is_held_back_until_then(way: Opened, scenario: str) -> None:
    order, response = told_early(way, CONTRACTS["chainhub"], scenario)
    assert order == ["webhook", "answer"]
    assert json.loads(response.body)["state"] == "pending"


@pytest.mark.parametrize("scenario", ["early + stuck", "lost", "late"])
def test_what_does_not_come_is_not_waited_for(scenario: str) -> None:
    order, _ = told_early(client, CONTRACTS["chainhub"], scenario)
    assert order == ["answer"]


def test_a_plain_call_says_what_a_door_would_have_to_do() -> None:
    order, response = told_early(plain, CONTRACTS["chainhub"])
    assert order == ["answer"]
    assert response.ahead
    assert 0.4 < response.delay_s < 4
    assert not told_early(plain, CONTRACTS["chainhub"], "success")[1].ahead


def test_without_a_hook_nothing_goes_ahead() -> None:
    mock = MockProvider(CONTRACTS["chainhub"], clock=VirtualClock(), scenario="early")
    user = User(CONTRACTS["chainhub"], mock)
    assert not user.submit(user.reading.tasks["generation"]).ahead


def test_a_receiver_may_fetch_the_task_before_its_submit_was_answered() -> None:
    clock, seen = VirtualClock(), list[str]()

    def receiver(request: Request) -> Response:
        seen.append(mock.tasks[json.loads(request.body)["id"]].status or "")
        return Response(500)

    mock = MockProvider(
        CONTRACTS["chainhub"], clock=clock, scenario="early", webhooks=habits("once", receiver=receiver)
    )
    with client(mock, clock) as answer:
        user = User(CONTRACTS["chainhub"], answer)
        made = user.submit(user.reading.tasks["generation"], notify_hook="http://127.0.0.1:8081/told")
    assert (made.status, seen) == (200, ["completed"])
    assert [each.state for each in mock.webhooks] == ["exhausted"]
