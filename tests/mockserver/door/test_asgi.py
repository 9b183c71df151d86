"""The ASGI door, asked the way a server asks it."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest

from lumakit.errors import SurroundingsError
from lumakit.model import Request, Response
from mockserver.door.asgi import Door
from mockserver.door.limits import Limits
from mockserver.door.receiving import Message
from tests.mockserver.wires import Clock, Listener, echo, on_a_still_clock

GONE: Message = {"type": "http.disconnect"}
HOST = (b"host", b"a.example")


def piece(body: bytes = b"", *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def scope(method: str = "POST", *headers: tuple[bytes, bytes], **more: Any) -> Message:
    """A request as uvicorn announces it."""
    return {
        "type": "http",
        "method": method,
        "scheme": "http",
        "path": "/a b",
        "raw_path": b"/a%20b",
        "query_string": b"c=%64",
        "headers": [HOST, *headers],
        "server": ("127.0.0.1", 80),
        **more,
    }


async def asked(door: Door, asking: Message, *messages: Message) -> list[Message]:
    """What the door sends; a server that has no more messages waits for ever."""
    waiting, sent = list(messages), []

    async def receive() -> Message:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    await door(asking, receive, send)
    return sent


def ask(door: Door, asking: Message, *messages: Message) -> list[Message]:
    return asyncio.run(asyncio.wait_for(asked(door, asking, *messages), 10))


def heads(sent: list[Message]) -> dict[bytes, bytes]:
    headers: list[tuple[bytes, bytes]] = sent[0]["headers"]
    assert len(dict(headers)) == len(headers)
    return dict(headers)


def answering(status: int, body: bytes = b"", *headers: tuple[str, str]) -> Door:
    return Door(lambda _: Response(status, headers, body))


def test_a_request_stands_as_it_was_on_the_wire() -> None:
    listener = Listener()
    ask(Door(listener), scope("PUT", (b"x-one", b" \t1\xe4 "), (b"x-one", b"2")), piece(b"hello"))
    headers = (("host", "a.example"), ("x-one", "1\xe4"), ("x-one", "2"))
    assert listener.asked == [Request("PUT", "/a%20b", "c=%64", headers, b"hello", "http://a.example")]


@pytest.mark.parametrize(
    ("server", "origin"),
    [
        (("127.0.0.1", 80), "http://127.0.0.1:80"),
        (("::1", 80), "http://[::1]:80"),
        (("/run/socket", None), "http:///run/socket"),
        (None, "http://localhost"),
    ],
)
def test_without_a_host_the_origin_is_where_the_server_is(server: Any, origin: str) -> None:
    listener = Listener()
    ask(Door(listener), scope("GET", headers=[], server=server))
    assert listener.asked[0].origin == origin


def test_an_origin_that_is_given_is_the_origin() -> None:
    listener = Listener()
    ask(Door(listener, origin="https://mock.example"), scope("GET"))
    assert listener.asked[0].origin == "https://mock.example"


@pytest.mark.parametrize("missing", [{"raw_path": None}, {"raw_path": b""}])
def test_a_server_without_raw_paths_gets_a_quoted_one(missing: dict[str, Any]) -> None:
    listener = Listener()
    ask(Door(listener), scope("GET", **missing))
    assert listener.asked[0].path == "/a%20b"


def test_the_door_says_how_long_a_body_is_and_how_it_is_sent() -> None:
    door = answering(201, b"hello", ("Content-Length", "99"), ("Transfer-Encoding", "chunked"), ("X-Mine", "y"))
    sent = ask(door, scope("GET"))
    assert sent[0]["status"] == 201
    assert heads(sent) == {b"x-mine": b"y", b"content-length": b"5"}
    assert sent[1:] == [{"type": "http.response.body", "body": b"hello"}]


@pytest.mark.parametrize(
    ("body", "given", "said"),
    [(b"hello", (), b"5"), (b"", (("Content-Length", "7"),), b"7"), (b"", (), None)],
)
def test_head_keeps_the_headers_and_drops_the_body(body: bytes, given: tuple[Any, ...], said: bytes | None) -> None:
    sent = ask(answering(200, body, ("X-Mine", "y"), *given), scope("HEAD"))
    assert heads(sent).get(b"content-length") == said
    assert heads(sent)[b"x-mine"] == b"y"
    assert sent[1]["body"] == b""


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_may_have_no_body_has_none(status: int) -> None:
    sent = ask(answering(status, b"hello", ("Content-Length", "5")), scope("GET"))
    assert heads(sent) == {}
    assert sent[1]["body"] == b""


def test_a_body_in_pieces_is_one_body() -> None:
    sent = ask(Door(echo), scope(), piece(b"hel", more=True), piece(b"", more=True), piece(b"lo"))
    assert sent[1]["body"] == b"hello"


def test_a_get_may_have_a_body() -> None:
    sent = ask(Door(echo), scope("GET", (b"content-length", b"5")), piece(b"hello"))
    assert sent[1]["body"] == b"hello"


@pytest.mark.parametrize(
    ("length", "messages"),
    [
        (b"6", []),
        (b"99999999999999999999999999", []),
        (b"00000000000000000000000000000000006", [piece(b"hello!")]),
        (b"no number", [piece(b"hello!")]),
        (None, [piece(b"hello!")]),
        (None, [piece(b"hel", more=True), piece(b"lo!", more=True)]),
        (None, [piece(b"hel", more=True), piece(b"lo!")]),
    ],
)
def test_a_body_past_the_cap_is_refused_in_the_providers_words(length: bytes | None, messages: list[Message]) -> None:
    listener = Listener()
    door = Door(listener, too_large=lambda asked: Response(413, (), asked.path.encode()), limits=Limits(body_bytes=5))
    sent = ask(door, scope("POST", *([(b"content-length", length)] if length else [])), *messages)
    assert (sent[0]["status"], sent[1]["body"]) == (413, b"/a%20b")
    assert heads(sent)[b"connection"] == b"close"
    assert listener.asked == []


def test_a_body_at_the_cap_is_served() -> None:
    door = Door(echo, limits=Limits(body_bytes=5))
    assert ask(door, scope("POST", (b"content-length", b"5")), piece(b"hello"))[0]["status"] == 200
    assert ask(door, scope("POST"), piece(b"hel", more=True), piece(b"lo"))[0]["status"] == 200


def test_a_refusal_nobody_words_is_a_problem() -> None:
    sent = ask(Door(echo, limits=Limits(body_bytes=5)), scope("POST", (b"content-length", b"6")))
    assert json.loads(sent[1]["body"])["status"] == 413
    assert heads(sent)[b"mock-reason"] == b"the body of this POST is larger than this server takes"


@pytest.mark.parametrize("messages", [[GONE], [piece(b"hel", more=True), GONE]])
def test_a_client_that_leaves_before_its_request_is_complete_reaches_nobody(messages: list[Message]) -> None:
    listener = Listener()
    assert ask(Door(listener), scope(), *messages) == []
    assert listener.asked == []


def test_a_handler_that_fails_is_our_bug_and_not_the_clients(caplog: pytest.LogCaptureFixture) -> None:
    def broken(request: Request) -> Response:
        raise ValueError(f"\x1b[31m\u202e{request.path}")

    sent = ask(Door(broken), scope("GET", raw_path=b"/\x1b"))
    assert sent[0]["status"] == 500
    assert b"ValueError" not in sent[1]["body"]
    assert heads(sent)[b"content-type"] == b"application/problem+json"
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "GET /\\x1b failed" in record.getMessage()
    assert "Traceback" in record.getMessage()
    assert "ValueError: \\x1b[31m\\u202e" in record.getMessage()
    assert record.getMessage().replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("status", "header"),
    [
        (199, ("X", "y")),
        (600, ("X", "y")),
        (200, ("X", "a\r\nb")),
        (200, ("X Y", "z")),
        (200, ("", "z")),
        (200, ("X", "\u20ac")),
    ],
)
@pytest.mark.usefixtures("caplog")
def test_an_answer_that_cannot_be_sent_never_reaches_the_wire(status: int, header: tuple[str, str]) -> None:
    sent = ask(answering(status, b"hello", header), scope("GET"))
    assert sent[0]["status"] == 500
    assert b"x" not in heads(sent)


@on_a_still_clock
async def test_an_answer_is_held_back_as_long_as_it_says() -> None:
    clock = still_clock()
    answer = asyncio.create_task(asked(Door(echo), scope("GET", query_string=b"delay=2")))
    await moments()
    clock.now_s = 1.9
    await moments()
    assert not answer.done()
    clock.now_s = 2.1
    await moments()
    assert answer.result()[0]["status"] == 200


@on_a_still_clock
async def test_a_client_that_does_not_wait_gets_nothing() -> None:
    assert await asked(Door(echo), scope("GET", query_string=b"delay=2"), piece(), GONE) == []


@on_a_still_clock
async def test_a_server_that_stops_holds_nothing_back() -> None:
    door = Door(echo)
    held = asyncio.create_task(asked(door, scope("GET", query_string=b"delay=60")))
    await moments()
    door.hurry()
    later = asyncio.create_task(asked(door, scope("GET", query_string=b"delay=60")))
    await moments()
    assert held.result()[0]["status"] == later.result()[0]["status"] == 200


def test_the_door_follows_the_life_of_the_server() -> None:
    life: list[str] = []

    async def start() -> None:
        life.append("start")

    async def stop() -> None:
        life.append("stop")

    door = Door(echo, on_start=start, on_stop=stop)
    startup, shutdown = {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}
    sent = ask(door, {"type": "lifespan"}, startup, shutdown)
    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert life == ["start", "stop"]


def test_a_start_that_fails_says_why() -> None:
    async def start() -> None:
        raise SurroundingsError("no \x1b disk", code="disk_full")

    door = Door(echo, on_start=start)
    sent = ask(door, {"type": "lifespan"}, {"type": "lifespan.startup"})
    assert sent == [{"type": "lifespan.startup.failed", "message": "'no \\x1b disk' [disk_full]"}]
    assert door.failure is not None
    assert door.failure.code == "disk_full"


def test_a_websocket_is_turned_away_politely() -> None:
    sent = ask(Door(echo), {"type": "websocket"}, {"type": "websocket.connect"})
    assert sent == [{"type": "websocket.close", "code": 1000}]


def test_a_scope_of_another_kind_is_not_served() -> None:
    with pytest.raises(NotImplementedError):
        ask(Door(echo), {"type": "smtp"})


def still_clock() -> Clock:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, Clock)
    return loop


async def moments() -> None:
    for _ in range(6):
        await asyncio.sleep(0)
