"""A store that cannot be asked: every door says so in its own shape, nothing is acknowledged, and all goes on after."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest

from lumakit.clock import SystemClock, VirtualClock
from lumakit.errors import SurroundingsError
from lumakit.model import Request, Response
from mockserver import LiveServer
from mockserver.app import Choices, build, create_app
from mockserver.door.asgi import Door
from mockserver.stores.backend import Sqlite
from tests.mockserver.stores.test_sqlite import cure, fill

KEY = ("Authorization", "Bearer any")
JSON = ("Content-Type", "application/json")
BODY = json.dumps({"user_prompt": "a gust of wind" * 2000}).encode()
SUBMIT = "/luma/generations"


class Mock:
    """A provider whose store is a file, with room or without."""

    def __init__(self, path: Path, **choices: Any) -> None:
        self.clock = VirtualClock()
        self.backend = Sqlite(str(path))
        self.choices = Choices(("chainhub",), clock=self.clock, backend=self.backend, **choices)
        self.server = build(self.choices)
        self.mock = self.server.providers["chainhub"]

    def ask(self, method: str = "POST", path: str = SUBMIT, body: bytes = BODY) -> Response:
        return self.server(Request(method, path, "", (("Host", "localhost"), KEY, JSON), body, "http://localhost"))


@pytest.fixture
def mock(tmp_path: Path) -> Iterator[Mock]:
    made = Mock(tmp_path / "mock.db")
    yield made
    made.backend.close()


def test_a_submit_is_refused_in_the_providers_shape_and_what_is_there_is_told(mock: Mock) -> None:
    kept = json.loads(mock.ask().body)["id"]
    fill(mock.backend._file)
    refused = mock.ask()
    assert (refused.status, refused.header("retry-after")) == (503, "5")
    assert "mock.db cannot be used" in str(refused.header("mock-reason"))
    assert (mock.ask("GET", f"{SUBMIT}/{kept}", b"").status, len(mock.mock.tasks)) == (200, 1)
    cure(mock.backend._file)
    assert (mock.ask().status, len(mock.mock.tasks)) == (200, 2)


def test_a_request_that_is_too_large_is_refused_whoever_may_note_it(mock: Mock) -> None:
    fill(mock.backend._file)
    mock.backend._file._connection.execute("PRAGMA query_only = ON")
    assert mock.server.too_large(Request("POST", SUBMIT, "", (KEY,), b"")).status == 413


@pytest.fixture
def live(mock: Mock) -> Iterator[httpx.Client]:
    with LiveServer(create_app(choices=mock.choices)) as server, httpx.Client(base_url=server.url) as client:
        client.headers["Authorization"] = KEY[1]
        yield client


def read_only(mock: Mock, on: bool) -> None:
    mock.backend._file._connection.execute(f"PRAGMA query_only = {int(on)}")


def test_on_a_port_the_control_plane_says_so_too_and_that_it_is_alive(mock: Mock, live: httpx.Client) -> None:
    healthy = live.get("/__admin/health").json()
    read_only(mock, on=True)
    refused = live.post(SUBMIT, content=BODY, headers=dict([JSON]))
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    health = live.get("/__admin/health").json()
    assert (health["status"], health["ready"], health["durable"]) == ("store_unavailable", False, "yes")
    made = live.post("/__admin/tasks", json={"kind": "generation"})
    assert (made.status_code, made.json()["code"], made.headers["retry-after"]) == (503, "store_unavailable", "5")
    read_only(mock, on=False)
    assert live.post(SUBMIT, content=BODY, headers=dict([JSON])).status_code == 200
    assert (healthy["status"], live.get("/__admin/health").json()["ready"]) == ("ok", True)


def test_what_could_not_be_committed_is_refused_after_it_was_answered(mock: Mock, live: httpx.Client) -> None:
    with mock.backend._file.reading() as database:  # what a commit finds and no statement before it
        database.execute("CREATE TABLE parents (n INTEGER PRIMARY KEY)")
        database.execute("CREATE TABLE children (n REFERENCES parents DEFERRABLE INITIALLY DEFERRED)")
        database.execute("CREATE TRIGGER broken AFTER INSERT ON documents BEGIN INSERT INTO children VALUES (1); END")
        database.execute("PRAGMA foreign_keys = ON")
    refused = live.post(SUBMIT, content=BODY, headers=dict([JSON]))
    assert (refused.status_code, "FOREIGN KEY" in refused.headers["mock-reason"]) == (503, True)
    admin = live.post("/__admin/tasks", json={"kind": "generation"})
    assert (admin.status_code, admin.json()["code"]) == (503, "store_unavailable")
    mock.backend._file._connection.execute("DROP TRIGGER broken")
    assert live.get("/__admin/tasks").json()["tasks"] == []
    assert live.post(SUBMIT, content=BODY, headers=dict([JSON])).status_code == 200


def test_what_happens_is_told_beside_the_loop(live: httpx.Client) -> None:
    with live.stream("GET", "/__admin/events") as events:
        lines = events.iter_lines()
        assert next(lines).startswith("retry: ")
        live.post("/__admin/tasks", json={"kind": "generation", "id": "one"})
        assert any(line == "event: task" for line in lines)


def test_a_document_that_changes_meanwhile_is_not_served_and_said_so(mock: Mock) -> None:
    mock.ask()
    mock.backend._file._connection.execute("ALTER TABLE documents RENAME TO elsewhere")
    with pytest.raises(SurroundingsError) as error:
        mock.server.reload(mock.mock.contract)
    assert (error.value.code, error.value.where) == ("store_failed", "chainhub")
    mock.backend._file._connection.execute("ALTER TABLE elsewhere RENAME TO documents")
    mock.server.reload(mock.mock.contract)
    assert mock.ask().status == 200


# webhooks


class Receiver:
    """Counts what arrives; the store may break between that and what is noted of it."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def __call__(self, request: Request) -> Response:
        self.bodies.append(request.body)
        return Response(200)


def test_webhooks_wait_until_the_store_is_back_and_no_bug_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = Receiver()
    mock = Mock(tmp_path / "mock.db")
    with LiveServer(Door(receiver)) as there, LiveServer(create_app(choices=mock.choices)) as server:
        body = {"user_prompt": "a gust of wind", "notify_hook": f"{there.url}/hook"}
        with httpx.Client(base_url=server.url, headers=dict([KEY])) as client:
            assert client.post(SUBMIT, json=body).status_code == 200
            read_only(mock, on=True)
            mock.clock.advance(3600)
            wait_for(client, lambda: "no webhook is sent" in caplog.text)
            assert receiver.bodies == []
            read_only(mock, on=False)
            wait_for(client, lambda: set(states(client)) == {"delivered"})
    assert [json.loads(each)["state"] for each in receiver.bodies][-1] == "completed"
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR]


def states(client: httpx.Client) -> list[str]:
    return [each["state"] for each in client.get("/__admin/webhooks").json()["deliveries"]]


def wait_for(client: httpx.Client, came: Callable[[], bool], patience_s: float = 20.0) -> None:
    """Look again and again, with a request between two looks."""
    until = monotonic() + patience_s
    while not came():
        assert monotonic() < until, "it did not come"
        client.get("/")


# at the start


def test_a_store_that_fails_at_the_start_is_told_as_what_it_is(tmp_path: Path) -> None:
    backend = Sqlite(str(tmp_path / "mock.db"))
    backend._file._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(SurroundingsError) as error:
        build(Choices(("chainhub",), clock=SystemClock(), backend=backend))
    assert (error.value.code, error.value.where) == ("store_failed", f"sqlite:///{tmp_path}/mock.db")
    backend.close()


def test_what_was_counted_is_remembered_at_the_stop(tmp_path: Path) -> None:
    first = Mock(tmp_path / "mock.db", faults=("503 every 3rd",))
    with (
        LiveServer(create_app(choices=first.choices)) as server,
        httpx.Client(base_url=server.url, headers=dict([KEY])) as client,
    ):
        found = [client.post(SUBMIT, json={"user_prompt": "x"}).status_code for _ in range(2)]
    first.backend.close()
    again = Mock(tmp_path / "mock.db", faults=("503 every 3rd",))
    assert (found, again.ask().status, again.ask().status) == ([200, 200], 503, 200)
    again.backend.close()
