"""The way to one origin: every address is looked at as for our own requests, and none is dialled that may not be."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable

import pytest

from lumakit.egress.lookup import Resolver
from lumakit.egress.outcome import Blocked, Failed
from lumakit.egress.passing import Passage
from lumakit.egress.policy import Policy
from lumakit.model import Request
from tests.egress.receiver import CERTIFICATE, LAST, OK, Receiver, answers, notes, tls_server, witness

ASKED = Request("GET", "/x", "", (("Accept-Encoding", "br"),))


async def _asked(passage: Passage, times: int) -> list[bytes]:
    try:
        found = []
        for _ in range(times):
            async with passage.passed(ASKED, None) as answer:
                found.append(b"".join([piece async for piece in answer.pieces]))
        return found
    finally:
        await passage.close()


def asked(passage: Passage, times: int = 1) -> list[bytes]:
    """The bodies that come back."""
    return asyncio.run(_asked(passage, times))


def resolver(*found: str, looks: list[str] | None = None) -> Resolver:
    def look(name: str, _: int) -> Iterable[str]:
        if looks is not None:
            looks.append(name)
        return found

    return look


def test_a_name_is_looked_up_once_in_a_while() -> None:
    looks: list[str] = []
    with Receiver(answers(LAST)) as receiver:
        way = Passage(f"http://mock.test:{receiver.port}", resolver=resolver("127.0.0.1", looks=looks))
        assert asked(way, 3) == [b"ok"] * 3
    assert looks == ["mock.test"]


def test_the_next_address_of_a_name_is_dialled_where_nobody_is_at_the_first() -> None:
    heard: list[bytes] = []
    with Receiver(notes(heard)) as receiver:
        way = Passage(f"http://mock.test:{receiver.port}", resolver=resolver("127.0.0.2", "127.0.0.1"))
        with witness() as dialled:
            assert asked(way, 2) == [b"ok"] * 2
    assert [host for host, _ in dialled] == ["127.0.0.2", "127.0.0.1", "127.0.0.1"]
    assert b"Host: mock.test:" in heard[0]


@pytest.mark.parametrize(
    ("origin", "found", "code"),
    [
        ("http://mock.test", ("127.0.0.1", "93.184.216.34"), "not_allowed"),
        ("http://93.184.216.34", (), "not_allowed"),
        ("http://mock.test", ("169.254.169.254",), "metadata"),
        ("http://me@mock.test", ("127.0.0.1",), "userinfo"),
        ("http://127.0.0.1:25", (), "bad_port"),
    ],
)
def test_where_nobody_may_go_nobody_goes(origin: str, found: tuple[str, ...], code: str) -> None:
    with witness() as dialled, pytest.raises(Blocked) as caught:
        asked(Passage(origin, resolver=resolver(*found)))
    assert (caught.value.code, dialled) == (code, [])


def test_a_listed_host_is_asked_and_no_other() -> None:
    policy = Policy.parse(["mock.test:80"])
    with witness() as dialled, pytest.raises(Blocked):
        asked(Passage("http://other.test", policy, resolver=resolver("127.0.0.1")))
    assert dialled == []


def test_no_door_of_ours_is_asked() -> None:
    with Receiver(answers(OK)) as receiver, pytest.raises(Blocked) as caught:
        asked(Passage(receiver.url, own=[("127.0.0.1", receiver.port)]))
    assert (caught.value.code, receiver.visits) == ("own_door", 0)


def test_a_name_that_nobody_knows_has_failed() -> None:
    with pytest.raises(Failed) as caught:
        asked(Passage("http://mock.test", resolver=resolver()))
    assert caught.value.code == "unknown_host"


def test_tls_is_spoken_with_the_name_and_nobody_is_trusted_unasked() -> None:
    names: list[str] = []
    trust = ssl.create_default_context(cafile=str(CERTIFICATE))
    with Receiver(answers(OK), tls=tls_server(names)) as receiver:
        origin = f"https://receiver.test:{receiver.port}"
        assert asked(Passage(origin, resolver=resolver("127.0.0.1"), trust=trust)) == [b"ok"]
        with pytest.raises(Failed) as caught:
            asked(Passage(origin, resolver=resolver("127.0.0.1")))
    assert caught.value.code == "bad_tls"
    assert names[0] == "receiver.test"
