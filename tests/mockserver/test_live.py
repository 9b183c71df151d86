"""The door on a real port: start, stop, signals, slow clients among quick ones."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import pytest

from lumakit.errors import LumakitError, SurroundingsError
from lumakit.model import Request, Response
from mockserver import MockProvider, MockServer
from mockserver.door.asgi import Door
from mockserver.door.doorkeeper import Doorkeeper
from mockserver.door.limits import Limits
from mockserver.door.listener import listen
from mockserver.live import LiveServer, serve
from tests.mockserver.wires import GET, PATIENCE_S, Client, Listener, echo

ROOT = Path(__file__).resolve().parents[2]
IDLE, SLOW = 500, 200


def films(_: Request) -> Response:
    return Response(200, (), b"x" * 40_000_000)


def get(url: str) -> int:
    with Client(url) as client:
        client.send(GET)
        return client.answers(1)[0].status


def accepts(url: str) -> bool:
    try:
        return get(url) == 200
    except (ConnectionError, IndexError):
        return False


def until(true: Callable[[], bool]) -> None:
    """Ask again and again, but not for ever."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < PATIENCE_S


def test_a_live_server_answers_while_it_is_open_and_may_be_opened_again() -> None:
    server = LiveServer(Door(echo))
    assert (server.url, server.port) == ("", 0)
    for _ in range(3):
        with server as open_server:
            assert open_server.url == f"http://127.0.0.1:{server.port}"
            assert get(server.url) == 200
        assert not accepts(server.url)


def test_to_start_twice_is_to_start_once() -> None:
    with LiveServer(Door(echo)) as server:
        url = server.url
        assert server.start().url == url
    server.stop()


def test_two_servers_do_not_meet() -> None:
    here, there = Listener(), Listener()
    with LiveServer(Door(here)) as one, LiveServer(Door(there)) as other:
        assert one.port != other.port
        get(one.url)
    assert (len(here.asked), len(there.asked)) == (1, 0)


def test_a_port_in_use_is_raised_where_the_server_is_started() -> None:
    with LiveServer(Door(echo)) as first, pytest.raises(SurroundingsError) as caught:
        LiveServer(Door(echo), port=first.port).start()
    assert (caught.value.code, caught.value.exit_code) == ("bind_failed", 3)


def test_the_first_answer_has_a_date_and_nobody_boasts() -> None:
    with LiveServer(Door(echo)) as server, Client(server.url) as client:
        client.send(GET)
        (answer,) = client.answers(1)
    assert "date" in answer.headers
    assert "server" not in answer.headers


def test_a_start_that_fails_is_raised_and_frees_the_port() -> None:
    async def fail() -> None:
        raise SurroundingsError("no disk", code="disk_full")

    server = LiveServer(Door(echo, on_start=fail))
    with pytest.raises(SurroundingsError) as caught:
        server.start()
    assert caught.value.code == "disk_full"
    with LiveServer(Door(echo), port=server.port) as next_one:
        assert get(next_one.url) == 200


def test_a_start_that_breaks_is_told_with_where_to_look() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(SurroundingsError) as caught:
        LiveServer(Door(echo, on_start=fail)).start()
    assert caught.value.code == "start_failed"


def test_what_was_started_is_stopped() -> None:
    life: list[str] = []

    async def start() -> None:
        life.append("start")

    async def stop() -> None:
        life.append("stop")

    with LiveServer(Door(echo, on_start=start, on_stop=stop)) as server:
        assert life == ["start"]
        get(server.url)
    assert life == ["start", "stop"]


@pytest.mark.parametrize(
    ("request_", "window"),
    [
        (GET, 0),  # idle and kept alive
        (b"GET / HT", 0),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel", 0),
        (b"GET /?delay=60 HTTP/1.1\r\nHost: a\r\n\r\n", 0),
        (b"GET /film HTTP/1.1\r\nHost: a\r\n\r\n", 4096),  # reads nothing
    ],
)
def test_no_client_keeps_a_server_from_stopping(request_: bytes, window: int) -> None:
    listener = Listener()
    door = Door(lambda asked: films(asked) if asked.path == "/film" else listener(asked))
    with LiveServer(door) as server, Client(server.url, window=window) as client:
        client.send(request_)
        assert get(server.url) == 200
        begun = time.monotonic()
        server.stop()
        assert time.monotonic() - begun < 2


def test_an_answer_that_is_held_back_is_given_when_the_server_stops() -> None:
    with LiveServer(Door(echo)) as server, Client(server.url) as client:
        client.send(b"GET /?delay=60 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert get(server.url) == 200  # so the first one has arrived
        server.stop()
        assert [answer.status for answer in client.answers(1)] == [200]


def test_a_client_reads_why_its_upload_was_refused() -> None:
    with LiveServer(Door(echo)) as server, Client(server.url) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n" + b"x" * 20_000_000)
        assert [answer.status for answer in client.answers(1)] == [413]
        assert client.closed()


def test_a_client_that_reads_nothing_is_cut_on_a_real_wire() -> None:
    limits = Limits(write_s=0.05)
    with LiveServer(Door(films, limits=limits)) as server, Client(server.url, window=4096) as client:
        client.send(GET)
        assert sum(map(len, iter(client.piece, b""))) < 40_000_000


def test_deadlines_hold_on_a_real_wire() -> None:
    limits = Limits(head_s=0.5, body_s=0.5, keep_alive_s=0.5)
    upload = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel"
    sent: dict[bytes, list[int]] = {b"": [], b"GET / HT": [408], upload: [408], GET: [200]}
    with ExitStack() as stack, LiveServer(Door(echo, limits=limits)) as server:
        clients = {each: stack.enter_context(Client(server.url)) for each in sent}
        for each, client in clients.items():
            client.send(each)
        for each, client in clients.items():
            assert [answer.status for answer in client.answers(len(sent[each]))] == sent[each]
            assert client.closed()


@pytest.fixture
def many_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * (IDLE + SLOW) + 200
    if 0 <= hard < wanted:
        pytest.skip(f"this machine allows {hard} open files, {wanted} are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if soft < wanted else soft, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
def test_slow_clients_do_not_hold_up_the_others_and_are_gone_after_their_deadline() -> None:
    limits = Limits(head_s=1.0, keep_alive_s=60)
    with ExitStack() as stack, LiveServer(Door(echo, limits=limits)) as server:
        idle = [asking(stack, server.url, GET) for _ in range(IDLE)]
        assert {answer.status for client in idle for answer in client.answers(1)} == {200}
        slow = [asking(stack, server.url, b"GET / HTTP/1.1\r\nHos") for _ in range(SLOW)]
        took = [seconds_for(idle[number]) for number in range(100)]
        assert sorted(took)[98] < 0.5
        assert {answer.status for client in slow for answer in client.answers(1)} == {408}
        assert all(client.closed() for client in slow)
        assert max(map(seconds_for, idle)) < PATIENCE_S  # they are all still there


def asking(stack: ExitStack, url: str, request: bytes) -> Client:
    client = stack.enter_context(Client(url))
    client.send(request)
    return client


def seconds_for(client: Client) -> float:
    begun = time.monotonic()
    client.send(GET)
    assert [answer.status for answer in client.answers(1)] == [200]
    return time.monotonic() - begun


class Foreground:
    """`serve` in a process of its own."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-W", "error", "-m", "tests.mockserver.foreground", *arguments]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.url = self._out().readline().strip()

    def __enter__(self) -> Foreground:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def _out(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout

    def ends(self) -> tuple[int, str, str, float]:
        """Exit code, what it printed, what it complained of, and how long it took."""
        begun = time.monotonic()
        out, complaints = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out.strip(), complaints, time.monotonic() - begun


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_an_ordinary_end(sent: signal.Signals) -> None:
    with Foreground() as server, Client(server.url) as client:
        client.send(b"GET /?delay=60 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert get(server.url) == 200
        server.process.send_signal(sent)
        assert [answer.status for answer in client.answers(1)] == [200]
        code, said, complaints, took_s = server.ends()
    assert (code, said, complaints) == (0, sent.name, "")
    assert took_s < 2


def test_a_second_signal_waits_for_nobody() -> None:
    with Foreground() as server, Client(server.url) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel")
        assert get(server.url) == 200
        server.process.send_signal(signal.SIGTERM)
        until(lambda: not accepts(server.url))  # the first signal has arrived
        assert server.process.poll() is None
        server.process.send_signal(signal.SIGTERM)
        code, said, complaints, took_s = server.ends()
    assert (code, said, complaints) == (0, "SIGTERM", "")
    assert took_s < 1


def test_a_process_with_few_files_turns_the_rest_away_and_recovers() -> None:
    with Foreground("72") as server:
        with ExitStack() as stack:
            crowd = [stack.enter_context(Client(server.url)) for _ in range(60)]
            for client in crowd:
                client.send(GET)
            statuses = [answer.status for client in crowd for answer in client.answers(1)]
        assert statuses.count(200) == 32
        assert set(statuses) == {200, 503}
        until(lambda: accepts(server.url))  # the crowd has left


@pytest.mark.parametrize("times", [1, 2])
def test_a_foreground_server_serves_until_a_signal_and_names_it(times: int) -> None:
    def interrupt(_: str) -> None:
        for _number in range(times):
            os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    assert serve(Door(echo), on_ready=interrupt) is signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_server_asked_to_stop_before_it_starts_does_both() -> None:
    life: list[str] = []
    door = Door(echo)
    keeper = Doorkeeper(door, door.limits, 1.0, lambda: life.append("open"))
    keeper.ask_to_stop()
    with listen("127.0.0.1", 0) as listening:
        keeper.run(sockets=[listening])
    keeper.ask_to_stop()
    assert life == ["open"]


def test_a_foreground_server_that_cannot_start_says_why() -> None:
    async def fail() -> None:
        raise SurroundingsError("no disk", code="disk_full")

    with pytest.raises(LumakitError) as caught:
        serve(Door(echo, on_start=fail), on_ready=lambda _: None)
    assert caught.value.code == "disk_full"


def test_a_missing_library_is_told_with_the_extra_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "mockserver.door.doorkeeper", raising=False)
    monkeypatch.setitem(sys.modules, "uvicorn", None)  # what an import finds where nothing is installed
    with pytest.raises(SurroundingsError, match=r"pip install 'lumakit\[server\]'") as caught:
        LiveServer(Door(echo)).start()
    assert caught.value.code == "extra_missing"


def test_without_uvloop_it_runs_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    with LiveServer(Door(echo)) as server:
        assert get(server.url) == 200


def test_a_server_may_stand_on_ipv6() -> None:
    with LiveServer(Door(echo), host="::1") as server, socket.create_connection(("::1", server.port)) as wire:
        wire.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert wire.recv(12) == b"HTTP/1.1 200"


@pytest.mark.parametrize("several", [False, True])
def test_a_mock_that_there_is_already_is_served_with_all_that_a_server_has(several: bool) -> None:
    mock = MockProvider("chainhub")
    with LiveServer(MockServer({"chainhub": mock, "kkiai": MockProvider("kkiai")}) if several else mock) as live:
        mock.tasks.seed("generation", id="one")
        with urllib.request.urlopen(f"{live.url}/__admin/tasks?provider=chainhub") as answer:  # noqa: S310  # our own server
            assert json.loads(answer.read())["tasks"][0]["id"] == "one"
