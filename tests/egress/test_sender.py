"""What goes out, to whom, and what comes back: over real sockets, and the interpreter tells what is dialled."""

from __future__ import annotations

import asyncio
import errno
import gzip
import os
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterable
from importlib import import_module
from importlib.util import find_spec

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lumakit.egress
from lumakit.egress import Blocked, Egress, Failed, Limits, Policy, exchange, request_to
from lumakit.egress.target import target_of
from lumakit.errors import SurroundingsError
from lumakit.model import Headers, Request, Response
from tests.egress.receiver import (
    CERTIFICATE,
    OK,
    PATIENCE_S,
    Receiver,
    Talk,
    answers,
    hangs_up,
    notes,
    tls_server,
    witness,
)
from tests.egress.test_policy import HOSTS

QUICK = Limits(total_s=0.2, connect_s=0.1)
Resolver = Callable[[str, int], Iterable[str]]
Run = Callable[[Coroutine[None, None, bool]], bool]
RUNS: list[Run] = [asyncio.run]  # the loops of this machine: the server's own is another one than Python's
if find_spec("uvloop"):
    RUNS.append(import_module("uvloop").run)


def sent(
    receiver: Receiver,
    path: str = "/hook",
    *,
    limits: Limits | None = None,
    headers: Headers = (),
    body: bytes = b"{}",
) -> Response:
    """The answer of a receiver on loopback."""
    return Egress(limits=limits).send_now(request_to(receiver.url + path, headers=headers, body=body))


def failure(receiver: Receiver, *, limits: Limits | None = None, url: str = "") -> Failed:
    """Why there is no answer."""
    with pytest.raises(Failed) as caught:
        Egress(limits=limits).send_now(request_to(url or f"{receiver.url}/canary?canary"))
    assert "canary" not in str(caught.value)
    assert caught.value.reason
    return caught.value


def found(*said: list[str]) -> Resolver:
    """A resolver that says another thing each time it is asked, and the last one ever after."""
    answers = iter(said)
    return lambda _name, _port: next(answers, said[-1])


def blocked(egress: Egress, url: str) -> str:
    """The code under which it is blocked, where nothing at all was dialled."""
    with witness() as dialled, pytest.raises(Blocked) as caught:
        egress.send_now(request_to(url))
    assert dialled == []
    return caught.value.code


# what goes out


def test_a_request_goes_out_as_it_stands() -> None:
    heard: list[bytes] = []

    def script(talk: Talk) -> None:
        heard.append(talk.hear())
        talk.say(b"HTTP/1.1 202 Accepted\r\nX-Two: 1\r\nx-two: 2\r\nContent-Length: 2\r\n\r\nhi")

    with Receiver(script) as receiver:
        answer = sent(
            receiver, "/a%2Fb//../c?x=%20&y", headers=(("X-Name", "\u00e9"), ("x-name", "2")), body=b"\x00\xff"
        )
    head, _, body = heard[0].partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    assert (first, body) == (b"POST /a%2Fb//../c?x=%20&y HTTP/1.1", b"\x00\xff")
    assert {b"Host: 127.0.0.1:%d" % receiver.port, b"X-Name: \xe9", b"x-name: 2", b"Accept-Encoding: identity"} < {
        *lines
    }
    assert (answer.status, answer.header_values("X-Two"), answer.body) == (202, ("1", "2"), b"hi")


def test_nothing_is_added_that_nobody_asked_for() -> None:
    heard: list[bytes] = []
    with Receiver(notes(heard)) as receiver:
        sent(receiver)
    names = {line.partition(b":")[0].lower() for line in heard[0].split(b"\r\n\r\n")[0].split(b"\r\n")[1:]}
    assert names == {b"host", b"accept-encoding", b"connection", b"content-length"}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "0177.0.0.1", "[::ffff:127.0.0.1]"])
def test_the_address_that_was_judged_is_the_one_dialled(host: str) -> None:
    heard: list[bytes] = []
    with Receiver(notes(heard)) as receiver, witness() as dialled:
        Egress().send_now(request_to(f"http://{host}:{receiver.port}/"))
    assert dialled == [("127.0.0.1", receiver.port)]
    assert f"Host: {host}:{receiver.port}\r\n".encode() in heard[0]


LETTERS = st.characters(max_codepoint=255)
NAMES = st.text("abcXYZ019!#$%&'*+.^_`|~-", min_size=1, max_size=20).map(lambda name: f"X-{name}")


@settings(max_examples=40)
@given(
    st.lists(st.tuples(NAMES, st.text(LETTERS, max_size=20)), max_size=5), st.text(LETTERS, max_size=20), st.binary()
)
def test_what_is_not_refused_arrives_as_it_was(headers: list[tuple[str, str]], path: str, body: bytes) -> None:
    heard: list[bytes] = []
    with Receiver(notes(heard)) as receiver:
        try:
            request = request_to(f"{receiver.url}/{path}", headers=tuple(headers), body=body)
        except Blocked:
            return
        assert Egress().send_now(request).status == 200
    head, _, arrived = heard[0].partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    assert (lines[0].split(" ")[1], arrived) == (request.path + (request.query and f"?{request.query}"), body)
    assert [line for line in lines if line.startswith("X-")] == [f"{name}: {value}" for name, value in headers]


def test_it_is_sent_beside_other_work() -> None:
    async def talk(url: str) -> list[Response]:
        egress = Egress()
        return await asyncio.gather(*(egress.send(request_to(url)) for _ in range(20)))

    with Receiver(answers(OK)) as receiver:
        assert [answer.status for answer in asyncio.run(talk(receiver.url))] == [200] * 20
    assert receiver.visits == 20


def test_it_is_sent_from_a_thread_whose_event_loop_runs() -> None:
    async def talk(url: str) -> tuple[Response, str]:
        egress = Egress()
        answer = egress.send_now(request_to(url))
        with pytest.raises(Blocked) as caught:
            egress.send_now(request_to("http://10.0.0.1/"))
        return answer, caught.value.code

    with Receiver(answers(OK)) as receiver:
        answer, code = asyncio.run(talk(receiver.url))
    assert (answer.body, code) == (b"ok", "not_allowed")


@pytest.mark.parametrize("run", RUNS)
def test_it_is_sent_from_any_event_loop(run: Run) -> None:
    async def code(url: str, total_s: float) -> str:
        try:
            return str((await Egress().send(request_to(url), total_s=total_s)).status)
        except (Failed, Blocked) as error:
            return error.code

    async def talk(good: str, gone: str, slow: str) -> bool:
        asked = code(good, 9), code(gone, 9), code(slow, 0.2), code("http://10.0.0.1", 9)
        return list(await asyncio.gather(*asked)) == ["200", "reset", "timeout", "not_allowed"]

    with Receiver(answers(OK)) as good, Receiver(hangs_up) as gone, Receiver(lambda talk: talk.drip(OK * 99)) as slow:
        assert run(talk(good.url, gone.url, slow.url))


def test_so_many_go_to_one_host_at_once() -> None:
    gate, most = threading.Semaphore(0), threading.Semaphore(3)
    crowded: list[bool] = []

    def script(talk: Talk) -> None:
        talk.hear()
        crowded.append(not most.acquire(blocking=False))
        gate.acquire(timeout=PATIENCE_S)
        most.release()
        talk.say(OK)

    async def talk(url: str) -> None:
        egress = Egress(limits=Limits(per_host=3))
        waiting = [asyncio.create_task(egress.send(request_to(url))) for _ in range(10)]
        gate.release(10)
        await asyncio.gather(*waiting)

    with Receiver(script) as receiver:
        asyncio.run(talk(receiver.url))
    assert crowded == [False] * 10


# where it does not go


@pytest.mark.parametrize("mode", ["loopback", "10.0.0.0/8", "public", "any"])
def test_nothing_forbidden_is_dialled_however_it_is_spelled(mode: str) -> None:
    egress = Egress(Policy.parse(mode))
    codes = {blocked(egress, f"http://{host}:8080/") for host, modes in HOSTS.items() if mode not in modes.split()}
    assert {"metadata", "link_local", "nobody"} <= codes <= {"metadata", "link_local", "nobody", "not_allowed"}


@pytest.mark.parametrize(
    ("mode", "addresses", "code"),
    [
        ("loopback", ["127.0.0.1", "10.0.0.1"], "not_allowed"),
        ("loopback", ["10.0.0.1", "127.0.0.1"], "not_allowed"),
        ("public", ["8.8.8.8", "127.0.0.1"], "not_allowed"),
        ("public", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:169.254.169.254"], "metadata"),
        ("any", ["127.0.0.1", "fe80::1%1"], "link_local"),
        ("mixed.test", ["127.0.0.1", "169.254.169.254"], "metadata"),
        ("loopback", ["127.0.0.1", "10.1"], "bad_host"),
        ("loopback", ["127.0.0.1", "localhost"], "bad_host"),
        ("loopback", [f"127.0.0.{number}" for number in range(65)], "bad_host"),
    ],
)
def test_one_bad_address_blocks_the_whole_name(mode: str, addresses: list[str], code: str) -> None:
    egress = Egress(Policy.parse(mode), resolver=found(addresses))
    assert blocked(egress, "http://mixed.test/") == code


def test_a_name_that_changes_its_mind_is_asked_once() -> None:
    resolver = found(["127.0.0.1"], ["169.254.169.254"])
    with Receiver(answers(OK)) as receiver, witness() as dialled:
        egress = Egress(resolver=resolver)
        url = f"http://rebound.test:{receiver.port}/"
        assert egress.send_now(request_to(url)).status == 200
        with pytest.raises(Blocked):
            egress.send_now(request_to(url))
    assert dialled == [("127.0.0.1", receiver.port)]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_its_target_is_never_visited(status: int) -> None:
    with Receiver(answers(OK)) as target:
        location = b"Location: %s/stolen\r\nRefresh: 0; url=%s\r\n" % (target.url.encode(), target.url.encode())
        with Receiver(answers(b"HTTP/1.1 %d Moved\r\n%sContent-Length: 0\r\n\r\n" % (status, location))) as receiver:
            assert sent(receiver).status == status
        assert target.visits == 0


def test_the_environment_names_no_proxy() -> None:
    with Receiver(answers(OK)) as proxy, Receiver(answers(OK)) as receiver:
        code = f"from lumakit.egress import *; print(Egress().send_now(request_to({receiver.url!r})).status)"
        named = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"), proxy.url)
        run = subprocess.run([sys.executable, "-c", code], env=os.environ | named, capture_output=True, check=True)
        assert (run.stdout.strip(), proxy.visits, receiver.visits) == (b"200", 0, 1)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "localhost", "[::1]", "127.0.0.2"])
@pytest.mark.parametrize("door", ["127.0.0.1", "::1", "0.0.0.0", "::", "localhost"])  # noqa: S104 - nobody binds it
def test_our_own_port_is_not_dialled(host: str, door: str) -> None:
    egress = Egress(own=lambda: [("192.0.2.7", 4010), (door, 4010)], resolver=found(["127.0.0.1"]))
    assert blocked(egress, f"http://{host}:4010/__admin/reset") == "own_admin"


def test_other_ports_of_this_machine_are_dialled() -> None:
    with Receiver(answers(OK)) as receiver:
        egress = Egress(own=[("127.0.0.1", receiver.port + 1), ("192.0.2.7", receiver.port)])
        assert egress.send_now(request_to(receiver.url)).status == 200


def test_a_door_on_every_address_is_ours_only_at_ours() -> None:
    egress = Egress(Policy.parse("any"), own=[("::", 4010)], resolver=found(["192.0.2.1"]))
    asyncio.run(egress.check(request_to("http://elsewhere.test:4010/")))


def test_it_can_be_asked_without_sending() -> None:
    egress = Egress(resolver=found(["127.0.0.1"], ["10.0.0.1"]))
    with witness() as dialled:
        asyncio.run(egress.check(request_to("http://a.test/")))
        with pytest.raises(Blocked):
            asyncio.run(egress.check(request_to("http://a.test/")))
    assert dialled == []


# names


@pytest.mark.parametrize("error", [OSError("no such name"), UnicodeError("label too long")])
def test_a_name_that_is_not_found_has_failed(error: Exception) -> None:
    def resolver(_name: str, _port: int) -> list[str]:
        raise error

    for policy in ("public", "nowhere.test", "nowhere.test:80, loopback"):
        with pytest.raises(Failed) as caught:
            Egress(Policy.parse(policy), resolver=resolver).send_now(request_to("http://nowhere.test/"))
        assert (caught.value.code, "nowhere.test" in caught.value.reason) == ("unknown_host", True)


@pytest.mark.parametrize("policy", ["loopback", "other.test", "10.0.0.0/8"])
def test_a_name_that_is_not_found_and_that_nobody_has_listed_is_blocked(policy: str) -> None:
    with pytest.raises(Blocked) as caught:
        Egress(Policy.parse(policy), resolver=found([])).send_now(request_to("http://nowhere.test/"))
    assert (caught.value.code, "nowhere.test has no address" in caught.value.reason) == ("not_allowed", True)


def test_a_name_without_an_address_has_failed() -> None:
    with pytest.raises(Failed) as caught:
        Egress(Policy.parse("any"), resolver=found([])).send_now(request_to("http://nowhere.test/"))
    assert caught.value.code == "unknown_host"


def test_a_resolver_that_breaks_is_seen() -> None:
    def resolver(_name: str, _port: int) -> list[str]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Egress(resolver=resolver).send_now(request_to("http://nowhere.test/"))


@pytest.mark.parametrize("ask", [Egress.send_now, lambda egress, request: asyncio.run(egress.check(request))])
def test_a_resolver_that_hangs_holds_up_nobody(ask: Callable[[Egress, Request], object]) -> None:
    over = threading.Event()

    def resolver(_name: str, _port: int) -> list[str]:
        over.wait(PATIENCE_S)
        return ["127.0.0.1"]

    before_s = time.monotonic()
    with pytest.raises(Failed) as caught:
        ask(Egress(resolver=resolver, limits=QUICK), request_to("http://slow.test/"))
    over.set()
    assert (caught.value.code, time.monotonic() - before_s < PATIENCE_S / 2) == ("timeout", True)


def test_the_system_knows_localhost() -> None:
    with Receiver(answers(OK)) as receiver:
        assert Egress().send_now(request_to(f"http://localhost:{receiver.port}/")).status == 200


def test_the_next_address_is_tried_where_nobody_listens() -> None:
    with Receiver(answers(OK)) as receiver, witness() as dialled:
        egress = Egress(resolver=found(["127.0.0.9", "127.0.0.1", "127.0.0.1"]))
        assert egress.send_now(request_to(f"http://two.test:{receiver.port}/")).status == 200
    assert dialled == [("127.0.0.9", receiver.port), ("127.0.0.1", receiver.port)]


def test_what_was_sent_once_is_not_sent_again_elsewhere() -> None:
    with Receiver(hangs_up) as receiver, witness() as dialled:
        egress = Egress(resolver=found(["127.0.0.1", "127.0.0.9"]))
        with pytest.raises(Failed):
            egress.send_now(request_to(f"http://two.test:{receiver.port}/"))
    assert dialled == [("127.0.0.1", receiver.port)]


# receivers as they are


@pytest.mark.parametrize(
    ("said", "status", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 200, b""),
        (b"HTTP/1.1 204 \r\n\r\n", 204, b""),
        (b"HTTP/1.0 200 OK\r\n\r\nto the end", 200, b"to the end"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200, b"ok"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + OK, 200, b"ok"),
        (b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", 410, b""),
        (b"HTTP/1.1 429 Slow Down\r\nRetry-After: -1\r\nContent-Length: 0\r\n\r\n", 429, b""),
        (b"HTTP/1.1 500 \xff\xfe\r\nContent-Length: 0\r\n\r\n", 500, b""),
        (b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n", 999, b""),
    ],
)
def test_any_answer_in_http_is_an_answer(said: bytes, status: int, body: bytes) -> None:
    with Receiver(answers(said)) as receiver:
        answer = sent(receiver)
    assert (answer.status, answer.body) == (status, body)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"", "no_answer"),
        (b"hello\r\n\r\n", "bad_answer"),
        (b"\x00\xff" * 50, "bad_answer"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "bad_answer"),
        (b"HTTP/1.1 20 OK\r\n\r\n", "bad_answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "bad_answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok", "bad_answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbroken", "bad_answer"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "bad_answer"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000, "bad_answer"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 40_000 + b"\r\nContent-Length: 0\r\n\r\n", "bad_answer"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 200 + b"Content-Length: 0\r\n\r\n", "bad_answer"),
    ],
)
def test_what_is_no_answer_in_http_has_failed(said: bytes, code: str) -> None:
    with Receiver(answers(said)) as receiver:
        assert failure(receiver).code == code


def test_a_body_without_an_end_is_read_so_far() -> None:
    def script(talk: Talk) -> None:
        talk.hear()
        talk.say(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            talk.say(b"x" * 65536)

    with Receiver(script) as receiver:
        answer = sent(receiver)
    assert (answer.status, answer.body) == (200, b"x" * 16384)


def test_what_is_packed_stays_packed() -> None:
    bomb = gzip.compress(gzip.compress(bytes(50_000_000), 9), 9)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    with Receiver(answers(head, bomb)) as receiver:
        assert sent(receiver).body == bomb[:16384]


@pytest.mark.parametrize(
    "said", [b"HTTP/1.1 200 OK\r\nX-Slow: 1\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b""]
)
def test_a_receiver_that_drips_is_cut_at_the_deadline(said: bytes) -> None:
    def script(talk: Talk) -> None:
        talk.hear()
        talk.say(said)
        talk.drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 100 if said.endswith(b"Continue\r\n\r\n") else b"x" * 1000)

    before_s = time.monotonic()
    with Receiver(script) as receiver:
        assert failure(receiver, limits=QUICK).code == "timeout"
        assert time.monotonic() - before_s < PATIENCE_S / 2


def test_one_request_may_have_a_patience_of_its_own() -> None:
    with Receiver(lambda talk: talk.drip(b"x" * 1000)) as receiver, pytest.raises(Failed, match=r"within 0\.05 s"):
        Egress().send_now(request_to(receiver.url), total_s=0.05)


def test_a_receiver_that_does_not_listen_to_the_end_is_cut() -> None:
    with Receiver(lambda talk: talk.drip(b"x" * 1000)) as receiver, pytest.raises(Failed) as caught:
        Egress(limits=QUICK).send_now(request_to(receiver.url, body=bytes(50_000_000)))
    assert caught.value.code == "timeout"


def test_a_receiver_that_hangs_up_has_failed() -> None:
    with Receiver(hangs_up) as receiver:
        assert failure(receiver).code in ("reset", "no_answer")


def test_an_answer_that_breaks_off_has_failed() -> None:
    def script(talk: Talk) -> None:
        talk.hear()
        talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
        talk.reset()

    with Receiver(script) as receiver:
        assert failure(receiver).code in ("reset", "bad_answer")


def test_a_port_where_nobody_listens_has_failed() -> None:
    with Receiver(answers(OK)) as receiver:
        pass
    refused = failure(receiver)
    assert (refused.code, "nobody listens" in refused.reason) == ("refused", True)


def test_a_connection_that_takes_too_long_has_failed() -> None:
    with Receiver(answers(OK)) as receiver:
        assert failure(receiver, limits=Limits(connect_s=0)).code == "timeout"


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.EHOSTUNREACH, "cannot be reached"), (errno.ENETUNREACH, "cannot be reached"), (errno.EIO, "did not take")],
)
def test_a_host_beyond_reach_is_told_from_one_that_refuses(number: int, words: str) -> None:
    error = httpx.ConnectError("All connection attempts failed: canary")
    error.__cause__ = OSError(number, "canary")
    found = exchange.failed(error, target_of(request_to("http://10.0.0.1/canary")))
    assert (found.code, words in found.reason, "canary" in found.reason) == ("refused", True, False)


# TLS


def secure(receiver: Receiver, name: str = "receiver.test", *, trust: ssl.SSLContext | None = None) -> Response:
    egress = Egress(resolver=found(["127.0.0.1"]), trust=trust)
    return egress.send_now(request_to(f"https://{name}:{receiver.port}/hook"))


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=CERTIFICATE)


def test_a_receiver_is_asked_for_by_its_name() -> None:
    names: list[str] = []
    heard: list[bytes] = []
    with Receiver(notes(heard), tls=tls_server(names)) as receiver:
        assert secure(receiver, trust=trusting()).status == 200
    assert names == ["receiver.test"]
    assert f"Host: receiver.test:{receiver.port}\r\n".encode() in heard[0]


@pytest.mark.parametrize(("name", "trusted"), [("receiver.test", False), ("other.test", True), ("127.0.0.1", True)])
def test_a_certificate_that_proves_nothing_is_not_believed(name: str, trusted: bool) -> None:
    with Receiver(answers(OK), tls=tls_server([])) as receiver, pytest.raises(Failed) as caught:
        secure(receiver, name, trust=trusting() if trusted else None)
    assert (caught.value.code, "certificate" in caught.value.reason) == ("bad_tls", True)


def test_tls_to_a_plain_port_has_failed() -> None:
    with Receiver(lambda talk: talk.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as receiver:
        assert failure(receiver, url=f"https://127.0.0.1:{receiver.port}/canary").code == "bad_tls"


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("called_off", [True, False])
def test_a_connection_that_is_cut_is_closed(run: Run, scheme: str, called_off: bool) -> None:
    called, left = threading.Event(), threading.Event()

    def script(talk: Talk) -> None:
        while talk.wire.recv(65536):
            called.set()
        left.set()

    async def talk(url: str) -> bool:
        sending = asyncio.create_task(Egress(limits=Limits(total_s=0.5)).send(request_to(url)))
        await asyncio.to_thread(called.wait, PATIENCE_S)
        if called_off:
            sending.cancel()
        outcome = await asyncio.gather(sending, return_exceptions=True)
        assert isinstance(outcome[0], Failed | asyncio.CancelledError)
        return await asyncio.to_thread(left.wait, PATIENCE_S)  # while the loop runs, and nothing else can close it

    with Receiver(script) as receiver:
        assert run(talk(f"{scheme}://127.0.0.1:{receiver.port}/"))


def test_a_plain_request_to_a_tls_port_has_failed() -> None:
    with Receiver(answers(OK), tls=tls_server([])) as receiver:
        assert failure(receiver).code in ("bad_answer", "no_answer", "reset")


# the library


def test_without_httpx_it_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)  # what an import finds where nothing is installed
    with pytest.raises(Blocked, match=r"pip install 'lumakit\[server\]'") as caught:
        Egress().send_now(request_to("http://127.0.0.1:4010/"))
    assert caught.value.code == "extra_missing"


def test_the_package_has_no_other_names() -> None:
    with pytest.raises(AttributeError):
        lumakit.egress.__getattr__("socket")


def test_an_error_is_one_of_the_house() -> None:
    assert issubclass(Blocked, SurroundingsError)
    assert issubclass(Failed, SurroundingsError)
    assert (Failed("reset", "gone").code, Failed("reset", "gone").reason) == ("reset", "gone")
