"""Requests go out by a client that is given, and what came of them is a value."""

from __future__ import annotations

import asyncio
import gzip
import sys
import tracemalloc
import types
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from lumakit.clock import VirtualClock
from lumakit.errors import UsageError
from lumakit.model import Lost, Request, Response
from lumakit.post import Post, library_of

ASKED = Request("GET", "/a", "", (), b"", "https://a.example")


class Drip(httpx.SyncByteStream):
    """A body without end."""

    def __init__(self, clock: VirtualClock, piece: bytes, seconds: float) -> None:
        self.clock, self.piece, self.seconds = clock, piece, seconds

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.clock.advance(self.seconds)
            yield self.piece


@pytest.mark.parametrize(("piece", "seconds"), [(b"x", 1.0), (b"x" * 2**20, 0.0)])
def test_an_answer_without_end_is_lost(piece: bytes, seconds: float) -> None:
    clock = VirtualClock()
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Drip(clock, piece, seconds)))
    with httpx.Client(transport=transport) as http:
        answer = Post(http, clock).send(ASKED)
    assert isinstance(answer, Lost)
    assert not answer.unsent


def test_a_redirect_is_an_answer() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(302, headers={"Location": "https://b.example"}))
    with httpx.Client(transport=transport, follow_redirects=True) as http:
        answer = Post(http, VirtualClock()).send(ASKED)
    assert isinstance(answer, Response)
    assert answer.status == 302


def test_a_library_of_the_same_shape_will_do() -> None:
    other = types.ModuleType("of_the_same_shape")
    vars(other).update({name: getattr(httpx, name) for name in httpx.__all__})
    client = type("Client", (), {"__module__": "of_the_same_shape._client"})
    sys.modules["of_the_same_shape"] = other
    try:
        assert library_of(client()) is other
    finally:
        del sys.modules["of_the_same_shape"]
    with pytest.raises(UsageError, match="no client of httpx"):
        library_of(client())


class Packed(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body in pieces."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def __iter__(self) -> Iterator[bytes]:
        for at in range(0, len(self.body), 1000):
            yield self.body[at : at + 1000]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece


BOMB = gzip.compress(b"0" * 2**27, mtime=0)
ONCE, TWICE = "more than 16777216 bytes", "cannot be unpacked"


def packed(body: bytes, encoding: str) -> httpx.MockTransport:
    headers = {"Content-Encoding": encoding}
    return httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, stream=Packed(body)))


@pytest.mark.parametrize(
    ("body", "encoding", "reason"),
    [(BOMB, "gzip", ONCE), (gzip.compress(BOMB, mtime=0), "gzip, gzip", TWICE), (b"x", "br", TWICE)],
)
def test_a_body_that_swells_is_lost_before_it_fills_the_memory(body: bytes, encoding: str, reason: str) -> None:
    with httpx.Client(transport=packed(body, encoding)) as http:
        tracemalloc.start()
        answer = Post(http, VirtualClock()).send(ASKED)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert isinstance(answer, Lost)
    assert reason in answer.reason
    assert peak < 64 * 2**20


def test_a_packed_answer_is_unpacked_also_where_a_hook_has_read_it() -> None:
    body = gzip.compress(b'{"a": 1}' * 1000)
    for hooks in ({}, {"response": [lambda answer: answer.read()]}):
        with httpx.Client(transport=packed(body, "gzip"), event_hooks=hooks) as http:
            answer = Post(http, VirtualClock()).send(ASKED)
        assert isinstance(answer, Response)
        assert answer.body == b'{"a": 1}' * 1000


def test_a_packed_file_comes_down_in_short_pieces() -> None:
    pieces: list[int] = []

    async def story() -> object:
        async with httpx.AsyncClient(transport=packed(BOMB, "gzip")) as http:
            return await Post(http, VirtualClock()).download_async(
                ASKED, lambda _: lambda each: pieces.append(len(each))
            )

    assert isinstance(asyncio.run(story()), Response)
    with httpx.Client(transport=packed(BOMB, "gzip")) as http:
        Post(http, VirtualClock()).download(ASKED, lambda _: lambda each: pieces.append(len(each)))
    assert (sum(pieces), max(pieces)) == (2 * 2**27, 64 * 1024)


def test_only_what_can_be_unpacked_is_asked_for() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["accept-encoding"])
        return httpx.Response(200)

    with httpx.Client(transport=httpx.MockTransport(answer), headers={"Accept-Encoding": "br, zstd"}) as http:
        Post(http, VirtualClock()).send(ASKED)
    assert asked == ["gzip, deflate"]
