"""The guard: every strictness case on a real socket and in pieces, every deadline on a clock moved by hand."""

from __future__ import annotations

import json
import logging
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.door.asgi import Door
from mockserver.door.guard import Guard
from mockserver.door.limits import Limits
from mockserver.live import LiveServer
from tests.mockserver.wires import GET, Client, Listener, Wire, echo, on_a_still_clock, parse

CASES = tomllib.loads((Path(__file__).parent / "strictness" / "cases.toml").read_text(encoding="utf-8"))["case"]
CHUNKS = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
PARTIAL_HEAD = b"GET / HTTP/1.1\r\nHost"
PARTIAL_BODY = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel"


def wire_bytes(written: str) -> bytes:
    """The request of a case; <X*9> is nine times X."""
    return re.sub(r"<([^<>]+)\*(\d+)>", lambda found: found[1] * int(found[2]), written).encode("latin-1")


def named(case: dict[str, Any]) -> str:
    return f"{case['group']}: {case['name']}"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with LiveServer(Door(echo)) as server:
        yield server.url


def test_the_table_is_as_long_as_it_says() -> None:
    groups = [case["group"] for case in CASES]
    assert (groups.count("basic"), groups.count("strict")) == (33, 38)
    assert len({case["name"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_strict_server_says_so(url: str, case: dict[str, Any]) -> None:
    request = wire_bytes(case["request"])
    with Client(url) as client:
        client.send(request)
        *before, last = client.answers(case.get("answers", 1), headless=request.startswith(b"HEAD"))
        assert [answer.status for answer in before] == [200] * (case.get("answers", 1) - 1)
        assert last.status in case["status"]
        assert last.headers.get("x-saw") == case.get("saw", last.headers.get("x-saw"))
        assert last.body.decode() == case.get("body", last.body.decode())
        if case["closes"]:
            assert client.closed()
        else:
            client.send(GET)
            assert [answer.status for answer in client.answers(1)] == [200]


@pytest.mark.parametrize("case", [case for case in CASES if len(wire_bytes(case["request"])) < 1000], ids=named)
@on_a_still_clock
async def test_bytes_that_come_one_by_one_get_the_same_answer(case: dict[str, Any]) -> None:
    wire = Wire()
    await wire.send(*(bytes([byte]) for byte in wire_bytes(case["request"])))
    *before, last = wire.statuses()
    assert before == [200] * (case.get("answers", 1) - 1)
    assert last in case["status"]
    assert wire.ended() is case["closes"]


def test_a_refusal_says_why_in_its_body_and_in_a_header(url: str) -> None:
    with Client(url) as client:
        client.send(b"GET / HTTP/1.1\r\n\r\n")
        (answer,) = client.answers(1)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["mock-reason"] == "there is no Host header"
    assert answer.headers["connection"] == "close"
    assert "date" in answer.headers
    problem = json.loads(answer.body)
    assert problem == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "there is no Host header",
    }


@pytest.mark.parametrize(
    ("opening", "words"),
    [
        (b"\x16\x03\x01\x02\x00", "plain HTTP: use http://"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/2 is not spoken here"),
        (b"BREW / HTTP/1.1\r\n", "the method BREW is not known here"),
        (b"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", "Missing expected CR after header value"),
        (b"GET / HTTP/7.3\r\n", "this version of HTTP"),
    ],
)
@on_a_still_clock
async def test_a_stranger_is_told_what_it_did(opening: bytes, words: str) -> None:
    wire = Wire()
    await wire.send(opening)
    assert words in wire.reason()


@on_a_still_clock
async def test_what_is_logged_can_steer_no_terminal(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        await Wire().send(b"GET / HTTP/1.1\r\nHost: a\r\nX: \x1b[31m\r\n\r\n")
        await Wire().send(b"\x1b]0;owned\x07 / HTTP/1.1\r\n")
    assert len(caplog.messages) == 2
    assert all(message.isprintable() for message in caplog.messages)


@pytest.mark.parametrize(
    ("arrived", "deadline_s", "statuses"),
    [(b"", 10, []), (b"\r\n", 10, []), (PARTIAL_HEAD, 10, [408]), (PARTIAL_BODY, 30, [408])],
)
@on_a_still_clock
async def test_what_does_not_arrive_in_time_is_given_up(arrived: bytes, deadline_s: float, statuses: list[int]) -> None:
    wire = Wire()
    await wire.send(arrived)
    await wire.pass_time(deadline_s - 0.1)
    assert not wire.ended()
    await wire.pass_time(0.2)
    assert wire.ended()
    assert wire.statuses() == statuses


@pytest.mark.parametrize(("beginning", "byte", "deadline_s"), [(b"GET /", b"a", 10), (CHUNKS, b"1\r\na\r\n", 30)])
@on_a_still_clock
async def test_a_trickle_does_not_move_the_deadline(beginning: bytes, byte: bytes, deadline_s: int) -> None:
    wire = Wire()
    await wire.send(beginning)
    for _ in range(deadline_s - 1):
        await wire.pass_time(1)
        await wire.send(byte)
        assert wire.statuses() == []
    await wire.pass_time(1.1)
    assert wire.statuses() == [408]


@on_a_still_clock
async def test_every_request_has_its_own_deadline() -> None:
    wire = Wire()
    await wire.send(PARTIAL_HEAD)
    await wire.pass_time(9)
    await wire.send(b": a\r\n\r\n" + PARTIAL_BODY)  # the end of one and the beginning of the next
    await wire.pass_time(29)
    await wire.send(b"lo" + PARTIAL_HEAD)
    await wire.pass_time(9)
    await wire.send(b": a\r\n\r\n")
    assert wire.statuses() == [200, 200, 200]


@on_a_still_clock
async def test_a_connection_nobody_uses_is_closed() -> None:
    wire = Wire()
    await wire.send(GET)
    await wire.pass_time(4)
    await wire.send(GET)
    await wire.pass_time(4)
    assert not wire.ended()
    await wire.pass_time(1.1)
    assert wire.ended()
    assert wire.state.connections == set()


@on_a_still_clock
async def test_a_connection_is_used_while_an_answer_is_held_back_or_a_request_arrives() -> None:
    wire = Wire()
    await wire.send(GET, b"GET /?delay=60 HTTP/1.1\r\nHost: a\r\n\r\n")
    await wire.pass_time(59)
    assert not wire.ended()
    await wire.pass_time(1)
    await wire.send(PARTIAL_HEAD)
    await wire.pass_time(6)
    assert not wire.ended()
    assert wire.statuses() == [200, 200]


@on_a_still_clock
async def test_a_client_that_reads_nothing_is_cut() -> None:
    wire = Wire(limits=Limits(head_s=100))
    wire.line.stuck = 100_000
    wire.guard.pause_writing()
    await wire.pass_time(29)
    assert not wire.closed()
    await wire.pass_time(1.1)
    assert wire.closed()


@on_a_still_clock
async def test_a_client_that_reads_in_time_is_not() -> None:
    wire = Wire(limits=Limits(head_s=100))
    wire.guard.resume_writing()
    wire.line.stuck = 100_000
    wire.guard.pause_writing()
    await wire.pass_time(29)
    wire.line.stuck = 0
    wire.guard.resume_writing()
    await wire.pass_time(29)
    assert not wire.closed()


@pytest.mark.parametrize("last", [b"", b"Connection: close\r\n"])
@on_a_still_clock
async def test_a_closed_connection_does_not_wait_for_ever_for_its_reader(last: bytes) -> None:
    wire = Wire()
    wire.line.stuck = 10
    await wire.send(b"GET / HTTP/1.1\r\nHost: a\r\n" + last + b"\r\n")
    await wire.pass_time(5.1)
    assert wire.closed()
    assert wire.guard in wire.state.connections
    await wire.pass_time(30)
    assert wire.state.connections == set()


@on_a_still_clock
async def test_one_connection_too_many_is_told_so() -> None:
    wire = Wire(limits=Limits(connections=1))
    crowded, _ = wire.connect()
    assert [answer.status for answer in parse(crowded.said)[0]] == [503]
    crowded.abort()
    wire.line.abort()
    await wire.settle()
    free, _ = wire.connect()
    assert free.said == b""


@on_a_still_clock
async def test_a_refused_client_is_listened_to_a_moment_so_that_it_reads_why() -> None:
    wire = Wire()
    await wire.send(b"GET / HTTP/1.1\r\n\r\n")
    await wire.send(GET, b"\x00" * 100)
    assert wire.statuses() == [400]
    assert wire.ended()
    assert not wire.closed()
    await wire.pass_time(1.1)
    assert wire.closed()
    assert wire.state.connections == set()


@on_a_still_clock
async def test_a_body_that_is_too_large_is_refused_while_it_arrives() -> None:
    wire = Wire(limits=Limits(body_bytes=10))
    await wire.send(CHUNKS, b"5\r\nhello\r\n", b"6\r\n world\r\n", b"5\r\nagain\r\n")
    assert wire.statuses() == [413]
    assert wire.ended()
    assert not wire.closed()
    await wire.pass_time(1.1)
    assert wire.closed()


@pytest.mark.parametrize(("last", "closes"), [(b"", False), (b"Connection: close\r\n", True)])
@on_a_still_clock
async def test_a_body_in_pieces_is_one_body(last: bytes, closes: bool) -> None:
    wire = Wire()
    await wire.send(CHUNKS[:-2] + last + b"\r\n", *[b"8000\r\n" + b"x" * 0x8000 + b"\r\n"] * 4, b"0\r\n\r\n")
    (answer,) = parse(wire.line.said)[0]
    assert (answer.status, len(answer.body)) == (200, 4 * 0x8000)
    assert wire.line.ended is closes


@on_a_still_clock
async def test_a_client_that_leaves_inside_its_request_reaches_nobody() -> None:
    listener = Listener()
    wire = Wire(Door(listener))
    await wire.send(PARTIAL_BODY)
    await wire.end()
    assert listener.asked == []
    assert wire.statuses() == [400]


@pytest.mark.parametrize(("delay_s", "statuses"), [(0.5, [200]), (20, [])])
@on_a_still_clock
async def test_a_client_that_has_asked_and_says_no_more_is_answered_if_that_is_soon(
    delay_s: float, statuses: list[int]
) -> None:
    wire = Wire()
    await wire.send(f"GET /?delay={delay_s} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    await wire.end()
    await wire.pass_time(0.6)
    await wire.pass_time(0.6)
    assert wire.statuses() == statuses
    assert wire.closed()
    assert wire.state.tasks == set()


@on_a_still_clock
async def test_a_client_that_left_is_not_waited_for() -> None:
    wire = Wire()
    await wire.send(b"GET /?delay=60 HTTP/1.1\r\nHost: a\r\n\r\n" + PARTIAL_HEAD)
    await wire.end()
    assert not wire.closed()
    await wire.pass_time(1.1)
    assert wire.closed()
    assert wire.state.tasks == set()


@on_a_still_clock
async def test_a_client_that_leaves_between_requests_is_gone() -> None:
    wire = Wire()
    await wire.send(GET)
    await wire.end()
    assert wire.closed()
    wire = Wire()
    await wire.send(b"BREW")
    await wire.end()
    assert wire.closed()


@pytest.mark.parametrize("bad", [b"\x00", b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"])
@on_a_still_clock
async def test_a_refusal_waits_for_the_answers_before_it(bad: bytes) -> None:
    wire = Wire()
    await wire.send(b"GET /?delay=2 HTTP/1.1\r\nHost: a\r\n\r\n" + GET + bad)
    await wire.pass_time(1)
    assert wire.statuses() == []
    await wire.pass_time(1)
    assert wire.statuses() == [200, 200, 400]
    assert wire.ended()


@on_a_still_clock
async def test_a_request_that_breaks_inside_its_body_reaches_nobody() -> None:
    listener = Listener()
    wire = Wire(Door(listener))
    await wire.send(CHUNKS, b"5\r\nhello\r\n", b"no size\r\n")
    assert listener.asked == []
    assert wire.statuses() == [400]


@on_a_still_clock
async def test_a_client_we_do_not_listen_to_is_not_late() -> None:
    wire = Wire()
    half = b"x" * 100_000
    await wire.send(b"GET /?delay=40 HTTP/1.1\r\nHost: a\r\n\r\n")
    await wire.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n" + half)
    assert wire.paused()
    await wire.pass_time(31)
    await wire.pass_time(9)
    assert wire.statuses() == [200]
    assert not wire.paused()
    await wire.send(half)
    assert wire.statuses() == [200, 200]


@on_a_still_clock
async def test_a_server_that_is_closing_says_nothing_to_the_late() -> None:
    wire = Wire()
    await wire.send(PARTIAL_HEAD)
    wire.line.stuck = 10
    wire.guard.shutdown()
    await wire.pass_time(11)
    assert wire.line.said == b""
    wire.guard.hang_up()
    assert wire.closed()


@on_a_still_clock
async def test_an_address_in_full_needs_no_host_in_http_1_0() -> None:
    wire = Wire()
    await wire.send(b"GET http://b:1/c HTTP/1.0\r\n\r\n")
    assert parse(wire.line.said)[0][0].headers["x-saw"] == "GET /c? b:1"


@on_a_still_clock
async def test_a_bug_of_ours_is_logged_and_told_without_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Guard):
        def on_message_begin(self) -> None:
            raise ZeroDivisionError

    wire = Wire(kind=Broken)
    await wire.send(GET)
    assert wire.statuses() == [500]
    assert b"ZeroDivision" not in wire.line.said
    assert "ZeroDivisionError" in caplog.text


@on_a_still_clock
async def test_many_requests_in_one_piece_are_all_answered() -> None:
    wire = Wire()
    await wire.send(GET * 50)
    for _ in range(50):
        await wire.settle()
    assert wire.statuses() == [200] * 50
    assert wire.state.total_requests == 50


pieces = st.one_of(
    st.sampled_from([wire_bytes(case["request"]) for case in CASES if len(case["request"]) < 1000]),
    st.sampled_from([GET, CHUNKS, PARTIAL_BODY, b"5\r\nhello\r\n", b"0\r\n\r\n", b"\r\n", b"Host: a\r\n"]),
    st.binary(max_size=8),
)


@settings(max_examples=200)
@given(st.lists(pieces, max_size=6), st.data())
def test_whatever_arrives_nothing_breaks_and_nothing_stays(pieces: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=4)))
    spans = zip([0, *cuts], [*cuts, len(whole)], strict=True)
    outlived([whole[start:end] for start, end in spans])


@on_a_still_clock
async def outlived(pieces: list[bytes]) -> None:
    wire = Wire()
    await wire.send(*pieces)
    for _ in range(9):
        await wire.pass_time(10)
    assert 500 not in wire.statuses()
    assert wire.closed()
    assert wire.state.connections == set()
    assert wire.state.tasks == set()
