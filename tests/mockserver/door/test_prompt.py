"""What arrives in one piece is answered at once, in one write; everything else waits as ever."""

from __future__ import annotations

from typing import Any

import pytest

from lumakit.model import Request, Response
from mockserver.door.asgi import Door
from mockserver.door.limits import Limits
from tests.mockserver.wires import GET, Listener, Wire, on_a_still_clock

POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"


@pytest.mark.parametrize("request_bytes", [GET, POST, CHUNKED], ids=["GET", "POST", "in chunks"])
@on_a_still_clock
async def test_what_is_complete_is_answered_before_the_loop_goes_on(request_bytes: bytes) -> None:
    listener = Listener()
    wire = Wire(Door(listener))
    wire.guard.data_received(request_bytes)
    assert wire.statuses() == [200]
    assert listener.asked[0].body in (b"", b"hello")
    assert (wire.state.total_requests, wire.state.tasks) == (1, set())


@pytest.mark.parametrize("at", range(1, len(POST)))
@on_a_still_clock
async def test_what_comes_in_pieces_is_answered_the_same(at: int) -> None:
    listener = Listener()
    wire, other = Wire(Door(listener)), Wire(Door(listener))
    await wire.send(POST)
    await other.send(POST[:at], POST[at:])
    assert other.line.said == wire.line.said
    assert listener.asked[0] == listener.asked[1]


@pytest.mark.parametrize(
    ("method", "status", "more", "ends"),
    [
        (b"HEAD", 200, b"", b"content-length: 4\r\n\r\n"),
        (b"GET", 204, b"", b"content-type: a\r\n\r\n"),
        (b"GET", 200, b"Connection: close\r\n", b"connection: close\r\n\r\nbody"),
        (b"GET", 200, b"", b"content-length: 4\r\n\r\nbody"),
    ],
)
@on_a_still_clock
async def test_an_answer_looks_as_on_the_usual_way(method: bytes, status: int, more: bytes, ends: bytes) -> None:
    request = method + b" /?a=b?c HTTP/1.1\r\nHost: a\r\n" + more + b"\r\n"
    door = Door(lambda _: Response(status, (("Content-Type", "a"), ("Keep-Alive", "no")), b"body"))

    async def asked_nothing_else(scope: Any, receive: Any, send: Any) -> None:
        await door(scope, receive, send)

    wire, usual = Wire(door), Wire(asked_nothing_else)
    await wire.send(request)
    await usual.send(request)
    assert wire.line.said == usual.line.said
    assert wire.line.said.endswith(ends)


@on_a_still_clock
async def test_the_others_have_their_turn_after_one_answer() -> None:
    wire = Wire()
    wire.guard.data_received(GET * 3)
    assert wire.statuses() == [200]
    await wire.settle()
    assert wire.statuses() == [200] * 3


@on_a_still_clock
async def test_an_answer_that_is_held_back_is_asked_for_once_and_keeps_its_place() -> None:
    listener = Listener()
    wire = Wire(Door(listener))
    await wire.send(POST.replace(b" / ", b" /?delay=2 "))
    await wire.send(GET)
    assert (wire.statuses(), len(listener.asked)) == ([], 1)
    await wire.pass_time(3)
    assert (wire.statuses(), len(listener.asked)) == ([200, 200], 2)


@on_a_still_clock
async def test_a_body_that_is_too_large_is_refused_and_the_connection_ends() -> None:
    wire = Wire(Door(lambda _: Response(200), limits=Limits(body_bytes=4)))
    await wire.send(POST)
    assert wire.statuses() == [413]
    assert wire.closed()


@on_a_still_clock
async def test_a_client_that_reads_slowly_waits_for_its_next_answer() -> None:
    wire = Wire()
    wire.guard.pause_writing()
    await wire.send(GET)
    assert wire.statuses() == []
    wire.guard.resume_writing()
    await wire.settle()
    assert wire.statuses() == [200]


@on_a_still_clock
async def test_a_handler_that_fails_is_answered_for() -> None:
    def failing(_: Request) -> Response:
        raise ValueError("no")

    wire = Wire(Door(failing))
    await wire.send(GET, GET)
    assert wire.statuses() == [500, 500]
