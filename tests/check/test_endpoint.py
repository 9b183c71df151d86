"""An address as a target: over real sockets on loopback, with each failure said to be sent or not."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from lumakit.check.consent import Consent, consent
from lumakit.check.endpoint import ANSWER_BYTES, HttpTarget
from lumakit.clock import VirtualClock
from lumakit.egress import Egress, Limits, Policy
from lumakit.model import Lost, Request, Response
from tests.egress.receiver import OK, Receiver, Talk, answers, hangs_up, notes, tls_server, witness

QUICK = Limits(connect_s=0.5, total_s=0.5, answer_bytes=ANSWER_BYTES + 1)


def target(url: str, *, egress: Egress | None = None) -> HttpTarget:
    return HttpTarget(consent(url), VirtualClock(), egress=egress or Egress(limits=QUICK))


def asked(url: str, **changes: str) -> Request:
    return Request("POST", changes.get("path", "/submit"), "", (("X-Mine", "1"), ("Content-Length", "2")), b"{}", url)


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_an_answer_comes_as_it_is_and_the_sender_says_who_it_is() -> None:
    notebook: list[bytes] = []
    with Receiver(notes(notebook)) as receiver:
        answer = target(receiver.url).send(asked(receiver.url))
    assert isinstance(answer, Response)
    assert (answer.status, answer.body) == (200, b"ok")
    heard = notebook[0].lower()
    assert b"user-agent: lumakit/" in heard
    assert b"x-mine: 1" in heard
    assert heard.count(b"content-length") == 1


def test_a_redirect_is_an_answer_and_nobody_goes_there() -> None:
    away = b"HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:1/x\r\nContent-Length: 0\r\n\r\n"
    with Receiver(answers(away)) as receiver, witness() as dialled:
        answer = target(receiver.url).send(asked(receiver.url))
        assert isinstance(answer, Response)
        assert answer.status == 307
        assert {port for _, port in dialled} == {int(receiver.url.rpartition(":")[2])}


def test_what_is_for_another_machine_is_not_sent() -> None:
    with witness() as dialled:
        answer = target("http://127.0.0.1:4010").send(asked("http://127.0.0.1:4011"))
        assert isinstance(answer, Lost)
        assert (answer.unsent, dialled) == (True, [])


def test_a_closed_door_was_sent_nothing() -> None:
    url = f"http://127.0.0.1:{closed_port()}"
    answer = target(url).send(asked(url))
    assert isinstance(answer, Lost)
    assert answer.unsent


def test_a_name_without_an_address_was_sent_nothing() -> None:
    allowed = Consent("http://nowhere.invalid", "", "nowhere.invalid", live=True, policy=Policy.parse("public"))

    def nobody(name: str, port: int) -> list[str]:
        raise OSError(f"{name} {port}")

    egress = Egress(allowed.policy, resolver=nobody, limits=QUICK)
    answer = HttpTarget(allowed, VirtualClock(), egress=egress).send(asked(allowed.origin))
    assert isinstance(answer, Lost)
    assert answer.unsent


def test_a_name_that_leads_elsewhere_is_not_dialled() -> None:
    url = "http://localhost:4010"
    egress = Egress(consent(url).policy, resolver=lambda *_: ["93.184.216.34"], limits=QUICK)
    with witness() as dialled:
        answer = target(url, egress=egress).send(asked(url))
        assert isinstance(answer, Lost)
        assert (answer.unsent, dialled) == (True, [])


def test_a_certificate_that_nobody_trusts_is_seen_before_anything_is_sent() -> None:
    with Receiver(answers(OK), tls=tls_server([])) as receiver:
        url = receiver.url.replace("http:", "https:")
        answer = target(url).send(asked(url))
    assert isinstance(answer, Lost)
    assert answer.unsent


def silent(talk: Talk) -> None:
    talk.hear()
    talk.wire.settimeout(5)
    talk.wire.recv(1)


def cut(talk: Talk) -> None:
    talk.hear()
    talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")


def reset(talk: Talk) -> None:
    talk.hear()
    talk.reset()


@pytest.mark.parametrize("script", [hangs_up, silent, cut, reset])
def test_what_may_have_arrived_is_never_said_to_be_unsent(script: Callable[[Talk], None]) -> None:
    with Receiver(script) as receiver:
        answer = target(receiver.url).send(asked(receiver.url))
    assert isinstance(answer, Lost)
    assert not answer.unsent


def endless(talk: Talk) -> None:
    talk.hear()
    talk.say(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    for _ in range(17):
        talk.say(b"x" * 2**20)


def test_an_answer_without_end_is_lost_and_not_judged() -> None:
    with Receiver(endless) as receiver:
        roomy = Egress(limits=Limits(total_s=20, answer_bytes=ANSWER_BYTES + 1))
        answer = target(receiver.url, egress=roomy).send(asked(receiver.url))
    assert isinstance(answer, Lost)
    assert answer.head is not None
    assert not answer.unsent


def test_what_stands_at_an_address_is_not_ours_to_forget() -> None:
    with witness() as dialled:
        target("http://127.0.0.1:4010").reset()
        assert dialled == []


def test_a_request_that_cannot_be_sent_is_said_to_be_unsent() -> None:
    url = f"http://127.0.0.1:{closed_port()}"
    answer = target(url).send(asked(url, path="/a b"))
    assert isinstance(answer, Lost)
    assert answer.unsent
