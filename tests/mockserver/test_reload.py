"""Documents that are read again while they are served, by order: over the control API, and in Python.

Whatever is wrong with them is told with its place, the old ones go on being served, and no task is harmed. What is
read again because a file has changed stands in `test_app.py`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import lumakit
from lumakit.clock import VirtualClock
from lumakit.errors import DocumentError, InputError, UsageError
from mockserver import LiveServer, MockProvider
from mockserver.app import Choices, create_app
from mockserver.control.document import contract
from tests.mockserver.story import User

SPECS = Path(__file__).resolve().parents[2] / "specs"
BROKEN = {
    "no YAML": ("openapi.yaml", "openapi: 3", "openapi: [3", "openapi.yaml:"),
    "no OpenAPI": ("openapi.yaml", "openapi: 3.", "openapi: 9.", "openapi.yaml:"),
    "a key twice": ("lifecycle.yaml", "lumakit: 1", "lumakit: 1\nlumakit: 1", "lifecycle.yaml:"),
    "no lifecycle": ("lifecycle.yaml", "lumakit: 1", "lumakit: [1", "lifecycle.yaml:"),
}


class Shelf:
    """A folder of documents that may be changed, and back again."""

    def __init__(self, folder: Path) -> None:
        shutil.copytree(SPECS / "chainhub", folder / "acme")
        self.folder = folder / "acme"

    def change(self, name: str, was: str, now: str) -> None:
        file = self.folder / name
        text = file.read_text(encoding="utf-8")
        assert was in text
        file.write_text(text.replace(was, now, 1), encoding="utf-8")


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


@pytest.fixture
def mock(shelf: Shelf) -> MockProvider:
    return MockProvider(shelf.folder, clock=VirtualClock())


def made(mock: MockProvider) -> str:
    """The id of a task that a client has made."""
    user = User(mock.contract, mock)
    kind = next(iter(user.reading.tasks.values()))
    return str(user.read(user.submit(kind))["id"])


@pytest.mark.parametrize("case", BROKEN)
def test_python_reads_again_and_keeps_what_it_had_where_it_cannot(mock: MockProvider, shelf: Shelf, case: str) -> None:
    name, was, now, place = BROKEN[case]
    key, before = made(mock), mock.contract
    shelf.change(name, was, now)
    with pytest.raises(DocumentError) as caught:
        mock.reload()
    assert place in caught.value.where
    assert mock.contract is before
    assert mock.tasks[key].status == "pending"
    shelf.change(name, now, was)
    mock.reload()
    assert mock.contract is not before
    assert mock.tasks.complete(key).status == "completed"


def test_a_mock_of_a_contract_has_no_documents_to_read() -> None:
    with pytest.raises(UsageError) as caught:
        MockProvider(lumakit.load("chainhub")).reload()
    assert caught.value.code == "nothing_to_read"


# over HTTP

Order = Callable[..., httpx.Response]


class Live:
    """A server on a port whose documents may change, and somebody who gives orders."""

    def __init__(self, shelf: Shelf, url: str) -> None:
        self.shelf = shelf
        self.admin = httpx.Client(base_url=f"{url}/__admin", timeout=30)

    def order(self, name: str = "acme", body: Any = None) -> httpx.Response:
        """Have the documents read again; the answer keeps our own document."""
        answer = self.admin.post(f"/providers/{name}/reload", json={} if body is None else body)
        operation = contract().operations["POST /providers/{provider}/reload"]
        told = lumakit.model.Response(answer.status_code, tuple(answer.headers.multi_items()), answer.content)
        assert operation.check_response(told) == ()
        return answer

    def word(self, key: str) -> Any:
        return self.admin.get(f"/tasks/{key}").json()["status"]


@pytest.fixture
def live(shelf: Shelf) -> Iterator[Live]:
    app = create_app(str(shelf.folder), choices=Choices(clock=VirtualClock()))
    with LiveServer(app) as server:
        told = Live(shelf, server.url)
        with told.admin:
            yield told


def test_what_has_changed_is_served_when_it_is_ordered(live: Live) -> None:
    key = live.admin.post("/tasks", json={"kind": "generation"}).json()["id"]
    title = live.admin.get("/settings").json()["providers"][0]["title"]
    live.shelf.change("corrections.overlay.yaml", title, f"{title}, mended")
    answer = live.order()
    assert (answer.status_code, answer.json()["title"]) == (200, f"{title}, mended")
    assert live.word(key) == "pending"


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_broken_is_refused_with_its_place_and_the_tasks_live_on(live: Live, case: str) -> None:
    name, was, now, place = BROKEN[case]
    key = live.admin.post("/tasks", json={"kind": "generation"}).json()["id"]
    before = live.admin.get("/settings").json()
    live.shelf.change(name, was, now)
    refused = live.order()
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    told = refused.json()
    ((found,),) = (told["validation"],)
    assert place in found["location"]
    assert found["message"] in told["detail"]
    assert found["code"] == told["code"]
    assert live.admin.get("/settings").json() == before
    assert live.admin.post(f"/tasks/{key}/complete", json={}).json()["status"] == "completed"
    live.shelf.change(name, now, was)
    assert live.order().status_code == 200
    assert live.word(key) == "completed"


FORGETS = (
    ("processing: running, ", ""),
    ("pending > processing, ", "pending > completed, "),
    (", processing > completed, processing > failed", ""),
    ("processing: processing, ", ""),
    (", processing: 20..190", ""),
)


def test_a_word_that_a_task_says_is_not_forgotten(live: Live) -> None:
    key = live.admin.post("/tasks", json={"kind": "generation"}).json()["id"]
    for was, now in FORGETS:
        live.shelf.change("lifecycle.yaml", was, now)
    refused = live.order()
    assert (refused.status_code, refused.json()["code"]) == (409, "reload_refused")
    assert "'processing'" in refused.json()["detail"]
    assert live.admin.post(f"/tasks/{key}/advance", json={}).json()["status"] == "processing"
    live.admin.post("/reset", json={})
    assert live.order().status_code == 200


def test_a_folder_that_is_gone_is_told_and_served_on(live: Live) -> None:
    shutil.rmtree(live.shelf.folder)
    assert live.order().status_code == 422
    assert live.admin.post("/tasks", json={"kind": "generation"}).status_code == 201


@pytest.mark.parametrize(("name", "body", "status"), [("zebra", {}, 404), ("acme", {"x": 1}, 422), ("acme", [], 422)])
def test_an_order_that_cannot_be_is_refused(live: Live, name: str, body: Any, status: int) -> None:
    assert live.order(name, body).status_code == status


def test_every_error_of_reading_is_one_that_people_can_mend(mock: MockProvider, shelf: Shelf) -> None:
    (shelf.folder / "openapi.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError):
        mock.reload()
