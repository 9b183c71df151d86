"""A mock that is asked to stop under load answers what it was asked, and sends later what it could not send yet."""

from __future__ import annotations

import json
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from bench.victims import SUBMIT, Server, free_ports
from lumakit.model import Request, Response
from mockserver.door.asgi import Door
from mockserver.live import LiveServer
from mockserver.stores.backend import Sqlite
from mockserver.webhooks.delivery import WAITING
from tests.mockserver.wires import PATIENCE_S

UNDER_WAY = 40


def until(server: Server, tasks: int) -> None:
    """Wait until so many have been taken."""
    end = time.monotonic() + PATIENCE_S
    while len(server.ask("GET", "/__admin/tasks?limit=500")[1]["tasks"]) < tasks:
        assert time.monotonic() < end


def stopped(server: Server) -> tuple[int | None, float]:
    """The exit code, and how long it took to end."""
    began = time.monotonic()
    server.kill(signal.SIGTERM)
    return server._process.returncode, time.monotonic() - began


def test_what_is_under_way_is_answered_and_what_waits_to_be_sent_goes_on_waiting(tmp_path: Path) -> None:
    server = Server(
        f"sqlite:///{tmp_path}/mock.db", free_ports(1)[0], ("--fault", "latency 60 on POST /luma/generations")
    )
    with ExitStack() as stack:
        hanging = stack.enter_context(socket.create_server(("127.0.0.1", 0)))  # takes calls and says nothing
        port = hanging.getsockname()[1]
        body = {"user_prompt": "a gust of wind", "notify_hook": f"http://127.0.0.1:{port}/hook"}
        crowd = stack.enter_context(ThreadPoolExecutor(UNDER_WAY))
        asked = [crowd.submit(server.ask, "POST", SUBMIT, body) for _ in range(UNDER_WAY)]
        until(server, UNDER_WAY)
        server.ask("PUT", "/__admin/clock", {"advance_s": 3600})
        hanging.settimeout(PATIENCE_S)
        stack.enter_context(hanging.accept()[0])  # the first webhook is on its way
        code, took_s = stopped(server)
        answers = [each.result() for each in asked]
    assert (code, {status for status, _ in answers}) == (0, {200})
    assert took_s < 10
    waits_to_be_sent(tmp_path / "mock.db")
    arrives_in_the_end(server, port, {told["id"] for _, told in answers})


def waits_to_be_sent(path: Path) -> None:
    backend = Sqlite(str(path))
    rows = [each.document for each in backend.store("chainhub", 1000).outbox.newest(1000)]
    backend.close()
    assert rows
    assert {(each["state"], len(each["attempts"])) for each in rows} == {(WAITING, 0)}


def arrives_in_the_end(server: Server, port: int, tasks: set[str]) -> None:
    told: set[str] = set()
    all_told = threading.Event()

    def receive(request: Request) -> Response:
        told.add(json.loads(request.body)["id"])
        if told == tasks:
            all_told.set()
        return Response(200)

    with LiveServer(Door(receive), port=port):
        server.start()
        server.ask("PUT", "/__admin/clock", {"advance_s": 3 * 3600})
        assert all_told.wait(PATIENCE_S), f"{len(told)} of {len(tasks)}"
        server.kill()
