"""What passes the proxy: untouched and piece by piece, and why where it does not."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest

from lumakit.check import packing
from lumakit.egress.passing import Patience
from lumakit.model import Headers
from tests.check.between import Between, between
from tests.egress.receiver import OK, PATIENCE_S, Receiver, Script, Talk, answers, hangs_up, notes, tls_server

CANARY = "canary-4fe1-of-the-user"


def asked(script: Script, method: str = "GET", path: str = "/x", **given: object) -> tuple[httpx.Response, Between]:
    """What a client gets that asks once."""
    with Receiver(script) as receiver, between(receiver.url) as proxy:
        return httpx.request(method, proxy.url + path, **given), proxy  # type: ignore[arg-type]  # as httpx takes them


def unread(proxy: Between) -> tuple[httpx.Response, bytes]:
    """An answer, and its body as it came over the wire."""
    with httpx.stream("POST", f"{proxy.url}/fetch") as answer:
        return answer, b"".join(answer.iter_raw())


def broken(proxy: Between) -> None:
    """A client sees that an answer is not whole."""
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(proxy.url)


def by_hand(url: str, request: bytes) -> bytes:
    """What comes back where bytes are sent that no client would send."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), PATIENCE_S) as wire:
        wire.sendall(request)
        return wire.makefile("rb").read()


def test_no_path_is_read_or_mended() -> None:
    heard: list[bytes] = []
    lines = b"GET /a%2Fb//../c?x=%20&&y HTTP/1.1", b"Host: api.test", b"Connection: close", b"", b""
    with Receiver(notes(heard)) as receiver, between(f"{receiver.url}/v1/") as proxy:
        assert by_hand(proxy.url, b"\r\n".join(lines)).startswith(b"HTTP/1.1 200 OK")
        assert by_hand(proxy.url, b"\r\n".join([b"GET http://evil.test//evil HTTP/1.1", *lines[1:]]))
    assert [each.partition(b"\r\n")[0] for each in heard] == [
        b"GET /v1/a%2Fb//../c?x=%20&&y HTTP/1.1",
        b"GET /v1//evil HTTP/1.1",
    ]


def test_a_request_goes_on_as_it_came() -> None:
    heard: list[bytes] = []
    headers = [
        ("X-Two", "1"),
        ("x-two", "2"),
        ("Accept-Encoding", "zstd"),
        ("Range", "bytes=0-3"),
        ("User-Agent", "me"),
    ]
    asked(notes(heard), "POST", "/a%2Fb/c?x=%20&y", headers=headers, content=b"\x00\xff")
    head, _, body = heard[0].partition(b"\r\n\r\n")
    first, *lines = head.lower().split(b"\r\n")
    assert (first, body) == (b"post /a%2fb/c?x=%20&y http/1.1", b"\x00\xff")
    host = next(line for line in lines if line.startswith(b"host: "))
    assert [line for line in lines if line != host] == [
        b"accept: */*", b"x-two: 1", b"x-two: 2", b"accept-encoding: zstd", b"range: bytes=0-3", b"user-agent: me",
        b"content-length: 2",
    ]  # fmt: skip


def test_what_is_for_the_next_hop_ends_here() -> None:
    heard: list[bytes] = []
    headers = {
        "Connection": "close, X-Hop",
        "X-Hop": "1",
        "TE": "trailers",
        "Proxy-Authorization": CANARY,
        "X-End": "2",
    }
    asked(notes(heard), headers=headers)
    lower = heard[0].lower()
    assert b"x-end: 2" in lower
    assert [word for word in (b"x-hop", b"te:", b"proxy-", b"connection:") if word in lower] == []


def test_an_answer_comes_back_as_it_was_said() -> None:
    packed = gzip.compress(b'{"a": 1}')
    said = b"HTTP/1.1 206 Odd\r\nX-Two: 1\r\nX-Two: 2\r\nContent-Encoding: gzip\r\nDate: never\r\nServer: them\r\n"
    head = b"HTTP/1.1 103 Early\r\nLink: <x>\r\n\r\n" + said + b"Connection: X-Hop\r\nX-Hop: 1\r\n"
    length = b"Content-Length: %d\r\n\r\n" % len(packed)
    with Receiver(answers(head, length, packed)) as receiver, between(receiver.url) as proxy:
        answer, raw = unread(proxy)
    assert (answer.status_code, raw) == (206, packed)
    assert answer.headers.multi_items() == [
        ("x-two", "1"), ("x-two", "2"), ("content-encoding", "gzip"), ("date", "never"), ("server", "them"),
        ("content-length", str(len(packed))),
    ]  # fmt: skip
    (seen,) = proxy.traffic.exchanges
    assert seen.response.body == b'{"a": 1}'


@pytest.mark.parametrize(
    ("method", "said", "status", "length"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n", 200, "1234"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nETag: x\r\nContent-Length: 1234\r\n\r\n", 304, None),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n", 204, None),
        ("GET", b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", 302, "0"),
    ],
)
def test_an_answer_without_a_body_has_none(method: str, said: bytes, status: int, length: str | None) -> None:
    answer, _ = asked(answers(said), method)
    assert (answer.status_code, answer.headers.get("content-length"), answer.content) == (status, length, b"")


def test_an_answer_is_passed_piece_by_piece() -> None:
    arrived = threading.Event()

    def script(talk: Talk) -> None:
        talk.hear()
        talk.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        assert arrived.wait(PATIENCE_S)
        talk.say(b"4\r\nlast\r\n0\r\n\r\n")

    with Receiver(script) as receiver, between(receiver.url) as proxy, httpx.stream("GET", proxy.url) as answer:
        pieces = answer.iter_raw()
        assert next(pieces) == b"first"
        arrived.set()
        assert b"".join(pieces) == b"last"


def test_a_request_is_passed_piece_by_piece() -> None:
    arrived = threading.Event()
    heard: list[bytes] = []

    def script(talk: Talk) -> None:
        heard.append(talk.wire.recv(65536))
        while b"first" not in heard[-1]:
            heard.append(talk.wire.recv(65536))
        arrived.set()
        while b"0\r\n\r\n" not in heard[-1]:
            heard.append(talk.wire.recv(65536))
        talk.say(OK)

    def pieces() -> Iterator[bytes]:
        yield b"first"
        assert arrived.wait(PATIENCE_S)
        yield b"last"

    answer, proxy = asked(script, "PUT", content=pieces())
    assert answer.status_code == 200
    assert b"transfer-encoding: chunked" in b"".join(heard).lower()
    assert proxy.traffic.exchanges[0].request.body == b"firstlast"


@pytest.mark.parametrize(
    ("script", "status", "said"),
    [
        (hangs_up, 502, "broke the connection off"),
        (answers(b"SSH-2.0-OpenSSH\r\n\r\n"), 502, "what is not HTTP"),
        (answers(b"HTTP/1.1 999 Odd\r\n\r\n"), 502, "the status 999"),
        (answers(b""), 502, "without an answer"),
    ],
)
def test_where_no_answer_comes_the_client_is_told_why(script: Script, status: int, said: str) -> None:
    answer, proxy = asked(script, headers={"Authorization": CANARY})
    told = json.loads(answer.content)
    assert (answer.status_code, told["status"], answer.headers["content-type"]) == (
        status,
        status,
        "application/problem+json",
    )
    assert said in told["detail"] == answer.headers["lumakit-reason"]
    (lost,) = proxy.traffic.unanswered
    assert (said in lost.lost.reason, lost.lost.unsent) == (True, False)


def test_an_upstream_that_says_nothing_is_a_timeout() -> None:
    def silent(talk: Talk) -> None:
        talk.hear()
        talk.wire.recv(1)

    with Receiver(silent) as receiver, between(receiver.url, patience=Patience(piece_s=0.1)) as proxy:
        answer = httpx.get(proxy.url)
    assert (answer.status_code, answer.json()["code"]) == (504, "timeout")


def test_nobody_there_is_told_and_was_sent_nothing() -> None:
    with Receiver(hangs_up) as receiver:
        url = receiver.url
    with between(url) as proxy:
        answer = httpx.get(proxy.url)
    assert (answer.status_code, answer.json()["code"]) == (502, "refused")
    assert proxy.traffic.unanswered[0].lost.unsent


@pytest.mark.parametrize(
    "cut",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ],
)
def test_an_answer_that_is_broken_off_is_not_taken_for_whole(cut: bytes) -> None:
    with Receiver(answers(cut)) as receiver, between(receiver.url) as proxy:
        broken(proxy)
    (lost,) = proxy.traffic.unanswered
    assert lost.lost.head is not None
    assert (lost.lost.head.status, proxy.traffic.exchanges) == (200, ())


def test_a_client_that_leaves_ends_it() -> None:
    left = threading.Event()

    def endless(talk: Talk) -> None:
        talk.hear()
        talk.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
        assert talk.wire.recv(1) == b""
        left.set()

    with Receiver(endless) as receiver, between(receiver.url) as proxy:
        with httpx.stream("GET", proxy.url) as answer:
            assert next(answer.iter_raw()) == b"half"
        assert left.wait(PATIENCE_S)
    assert [each.lost.reason for each in proxy.traffic.unanswered] == ["the client left before the answer was whole"]


@pytest.mark.parametrize(("method", "headers"), [("TRACE", ()), ("GET", (("X-Odd", "\x01"),))])
def test_what_nobody_should_be_sent_is_not_passed_on(method: str, headers: Headers) -> None:
    heard: list[bytes] = []
    answer, _ = asked(notes(heard), method, headers=list(headers))
    assert (answer.status_code, heard) == (400, [])


def test_a_certificate_is_verified() -> None:
    receiver = Receiver(answers(OK), tls=tls_server([]))
    with receiver, between(f"https://127.0.0.1:{receiver.port}") as proxy:
        answer = httpx.get(proxy.url, headers={"Authorization": CANARY})
    assert (answer.status_code, answer.json()["code"]) == (502, "bad_tls")


def test_connections_are_kept() -> None:
    def twice(talk: Talk) -> None:
        for _ in range(2):
            talk.hear()
            talk.say(OK)

    with Receiver(twice) as receiver, between(receiver.url) as proxy:
        assert [httpx.get(proxy.url).text for _ in range(2)] == ["ok", "ok"]
    assert receiver.visits == 1


def test_a_bomb_passes_and_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(packing.FLOOR_BYTES * 16), 9)
    said = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    with Receiver(answers(said % len(bomb), bomb)) as receiver, between(receiver.url) as proxy:
        assert unread(proxy)[1] == bomb
    (seen,) = proxy.traffic.exchanges
    assert seen.response.body.startswith(b"<hidden: ")
    assert {"X213", "X228"}.isdisjoint(judged.finding.code for _, judged in proxy.told)


def test_a_film_passes_and_is_not_kept() -> None:
    film = bytes(300_000)
    said = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: %d\r\n\r\n" % len(film)
    answer, proxy = asked(answers(said, film))
    assert answer.content == film
    (seen,) = proxy.traffic.exchanges
    assert (seen.response.body, seen.response_bytes) == (b"<hidden: 300000 bytes that could not be read>", 300_000)
