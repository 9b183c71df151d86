"""A server whose wall clock libfaketime sets while it runs: nothing that it tells goes back, nothing is sent twice."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from pathlib import Path

import pytest

from bench.victims import SPEED, SUBMIT, Server, free_ports
from lumakit.model import Request, Response
from mockserver.door.asgi import Door
from mockserver.live import LiveServer
from tests.mockserver.wires import PATIENCE_S

WORDS = ("pending", "processing", "completed")
PLACES = ("/usr/lib", "/usr/local/lib", "/opt/homebrew/lib")
LIBRARY = next((str(each) for place in PLACES for each in Path(place).glob("**/libfaketime.so.1")), "")
SLACK_MS = 30_000 * SPEED  # what a busy machine may need for a few requests, on the mock's clock
pytestmark = pytest.mark.skipif(not LIBRARY, reason="libfaketime is not installed (Debian: apt-get install faketime)")


class Watch:
    """Tasks of a server, and what was told of them."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.last: dict[str, str] = {}
        self.arrived: Counter[str] = Counter()
        self.lock = threading.Lock()

    def receive(self, request: Request) -> Response:
        body = json.loads(request.body)
        with self.lock:
            self.arrived[f"{body['id']} {body['state']}"] += 1
        return Response(200)

    def look(self) -> None:
        """Every task says what it said, or more."""
        for key, before in self.last.items():
            status, body = self.server.ask("GET", f"{SUBMIT}/{key}")
            assert status == 200
            assert WORDS.index(body["state"]) >= WORDS.index(before)
            self.last[key] = body["state"]

    def now_ms(self) -> int:
        return int(self.server.ask("GET", "/__admin/clock")[1]["now"])

    def year(self) -> int:
        """The year on the machine's own clock: what a Date header says."""
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE_S)
        connection.request("GET", "/")
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return parsedate_to_datetime(answer.headers["date"]).year


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, "it did not come"


@pytest.fixture
def jump(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    stamp = tmp_path / "stamp"

    def to(offset: str) -> None:
        stamp.with_suffix(".new").write_text(offset, encoding="ascii")
        stamp.with_suffix(".new").replace(stamp)

    to("+0")
    monkeypatch.setenv("LD_PRELOAD", LIBRARY)
    monkeypatch.setenv("FAKETIME_TIMESTAMP_FILE", str(stamp))
    monkeypatch.setenv("FAKETIME_NO_CACHE", "1")
    for name in ("DONT_FAKE_MONOTONIC", "FAKETIME_DONT_FAKE_MONOTONIC"):
        monkeypatch.setenv(name, "1")
    return to


def test_the_wall_clock_of_a_server_jumps_and_only_labels_change(tmp_path: Path, jump: Callable[[str], None]) -> None:
    server = Server(f"sqlite:///{tmp_path}/mock.db", free_ports(1)[0])
    watch = Watch(server)
    with LiveServer(Door(watch.receive)) as receiver:
        try:
            play(watch, jump, f"{receiver.url}/hook")
        finally:
            server.kill()


def play(watch: Watch, jump: Callable[[str], None], hook: str) -> None:
    server, year, now_ms = watch.server, watch.year(), watch.now_ms()
    for offset, years in (("+366d", 1), ("-366d", -1), ("+0", 0)):
        _, made = server.ask("POST", SUBMIT, {"user_prompt": "a gust of wind", "notify_hook": hook})
        watch.last[made["id"]] = made["state"]
        jump(offset)
        until(lambda years=years: watch.year() == year + years)  # type: ignore[misc]  # the server has seen it
        watch.look()
        before, now_ms = now_ms, watch.now_ms()
        assert before <= now_ms < before + SLACK_MS
    server.ask("PUT", "/__admin/clock", {"advance_s": 3600})
    watch.look()
    assert set(watch.last.values()) == {"completed"}
    until(lambda: all(f"{key} completed" in watch.arrived for key in watch.last))
    until(lambda: {each["state"] for each in server.ask("GET", "/__admin/webhooks")[1]["deliveries"]} == {"delivered"})
    server.kill()
    jump("-366d")
    server.start()
    assert watch.year() == year - 1
    watch.look()
    server.ask("PUT", "/__admin/clock", {"advance_s": 3600})
    watch.look()
    assert set(watch.arrived.values()) == {1}, "sent again, although it was noted as taken"
