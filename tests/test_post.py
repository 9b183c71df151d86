"""Requests go out by a client that is given, and what came of them is a value."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator

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
