"""Files of strangers: what is asked for by its text alone, and what is dialled once a name has an address."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

import httpx
import pytest

from lumakit.egress import Blocked, Policy, files
from lumakit.egress.lookup import Resolver
from lumakit.model import Request
from tests.egress.receiver import CERTIFICATE, OK, Receiver, answers, notes, tls_server, witness
from tests.egress.test_policy import HOSTS, MODES

PUBLIC = Policy.parse("public")
MACHINE = Policy.parse("loopback")


def nobody(_name: str, _port: int) -> list[str]:
    raise OSError


def says(*addresses: str) -> Resolver:
    return lambda _name, _port: addresses


def now(url: str, policy: Policy, resolver: Resolver = nobody, trust: ssl.SSLContext | bool = False) -> httpx.Response:
    with httpx.Client(transport=files.transport(policy, trust, resolver)) as client:
        return client.get(url)


def in_a_loop(
    url: str, policy: Policy, resolver: Resolver = nobody, trust: ssl.SSLContext | bool = False
) -> httpx.Response:
    async def asked() -> httpx.Response:
        async with httpx.AsyncClient(transport=files.async_transport(policy, trust, resolver)) as client:
            return await client.get(url)

    return asyncio.run(asked())


Ask = Callable[..., httpx.Response]
WAYS = pytest.mark.parametrize("ask", [now, in_a_loop])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("host", HOSTS)
def test_an_address_is_judged_by_its_text_however_it_is_spelled(host: str, mode: str) -> None:
    request = Request("GET", "/a.mp4", "sig=1", origin=f"https://{host}")
    if mode in HOSTS[host].split():
        files.check(Policy.parse(mode), request)
    else:
        with pytest.raises(Blocked):
            files.check(Policy.parse(mode), request)


def test_a_name_is_let_through_by_its_text_but_for_those_of_this_machine() -> None:
    files.check(PUBLIC, Request("GET", "/a.mp4", origin="https://files.example.com"))
    for name in ("localhost", "LOCALHOST.", "files.localhost", "localhost:8000"):
        files.check(MACHINE, Request("GET", "/a.mp4", origin=f"http://{name}"))
        with pytest.raises(Blocked, match="this machine"):
            files.check(PUBLIC, Request("GET", "/a.mp4", origin=f"http://{name}"))


@WAYS
@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("127.0.0.1", "not_allowed"),
        ("10.0.0.1", "not_allowed"),
        ("::1", "not_allowed"),
        ("::ffff:192.168.0.1", "not_allowed"),
        ("169.254.169.254", "metadata"),
        ("fd00:ec2::254", "metadata"),
        ("fe80::1", "link_local"),
        ("224.0.0.1", "nobody"),
    ],
)
def test_a_name_that_leads_inside_is_not_dialled(ask: Ask, address: str, code: str) -> None:
    for found in (says(address), says("93.184.216.34", address)):
        with witness() as dialled, pytest.raises(Blocked) as told:
            ask("https://files.example.com/a.mp4", PUBLIC, found)
        assert (told.value.code, dialled) == (code, [])


@WAYS
def test_the_address_that_was_judged_is_dialled_and_the_name_is_asked_for_once(ask: Ask) -> None:
    heard: list[bytes] = []
    asked: list[str] = []

    def found(name: str, _port: int) -> list[str]:
        asked.append(name)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    with Receiver(notes(heard)) as receiver, witness() as dialled:
        answer = ask(f"http://files.example.com:{receiver.port}/a%20b.mp4?sig=%2F", MACHINE, found)
    assert (answer.content, asked) == (b"ok", ["files.example.com"])
    assert dialled == [("127.0.0.1", receiver.port)]
    assert heard[0].startswith(b"GET /a%20b.mp4?sig=%2F HTTP/1.1\r\n")
    assert f"Host: files.example.com:{receiver.port}\r\n".encode() in heard[0]


@WAYS
def test_another_address_of_the_name_is_tried_where_nobody_listens(ask: Ask) -> None:
    with Receiver(answers(OK)) as receiver:
        found = says("127.0.0.2", "127.0.0.1")  # the receiver listens at the second one only
        assert ask(f"http://files.example.com:{receiver.port}/", MACHINE, found).status_code == 200


@WAYS
def test_a_name_without_an_address_is_a_connection_that_was_not_made(ask: Ask) -> None:
    for found in (nobody, says()):
        with pytest.raises(httpx.ConnectError, match="has no address"):
            ask("http://files.example.com/", PUBLIC, found)


@WAYS
def test_the_host_of_the_address_has_to_prove_itself(ask: Ask) -> None:
    trust = ssl.create_default_context(cafile=str(CERTIFICATE))
    names: list[str] = []
    with Receiver(answers(OK), tls=tls_server(names)) as receiver:
        url = f"https://receiver.test:{receiver.port}/"
        assert ask(url, MACHINE, says("127.0.0.1"), trust).content == b"ok"
        with pytest.raises(httpx.ConnectError):
            ask(url.replace("receiver.test", "another.test"), MACHINE, says("127.0.0.1"), trust)
    assert names == ["receiver.test", "another.test"]


def test_no_connection_of_one_host_serves_another() -> None:
    with Receiver(answers(OK)) as receiver:
        transport = files.transport(MACHINE, False, says("127.0.0.1"))
        with httpx.Client(transport=transport) as client:
            for name in ("a", "b", "a"):
                client.get(f"http://{name}.example.com:{receiver.port}/")
        assert receiver.visits == 3


@pytest.mark.parametrize(
    ("origin", "policy"),
    [
        ("https://93.184.216.34", "public"),
        ("https://api.example.com", "public, api.example.com:443"),
        ("http://127.0.0.1:4010", "loopback, public"),
        ("http://localhost:4010", "loopback, public"),
        ("http://[::1]:4010", "loopback, public"),
        ("http://10.1.2.3:8080", "public, 10.1.2.3:8080"),
        ("http://[fd12::1]:8080", "public, [fd12::1]:8080"),
        ("http://169.254.169.254", "public"),
        ("http://api.example.com:25", "public"),
    ],
)
def test_files_come_from_public_addresses_and_from_where_the_provider_is(origin: str, policy: str) -> None:
    assert str(files.usual(origin)) == policy
    assert str(files.chosen("any", origin)) == "any"
    assert files.chosen(MACHINE, origin) is MACHINE
