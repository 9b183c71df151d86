"""Keys of idempotency, where a document has them: however often a request comes, one task is made, on every store."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from lumakit.clock import VirtualClock
from lumakit.contract.compile import Contract
from lumakit.model import Headers, Request, Response
from mockserver import LiveServer, MockProvider
from mockserver.app import Choices, create_app
from mockserver.stores.backend import Backend, opened
from mockserver.stores.memory import MemoryStore
from tests.contract.builders import api, compiled, written
from tests.mockserver.stores import everywhere

TEXT = {"type": "string"}
AT_ONCE = 64
READING = {
    "lumakit": 1,
    "words": {"new": "waiting", "busy": "running", "done": "succeeded"},
    "moves": ["new > busy", "busy > done"],
    "starts": "new",
    "facts": {"id": {"at": {"/id": "text"}}, "status": {"at": {"/status": "word"}}},
    "account": {"fetch": "GET /account", "credits": "/left"},
    "tasks": {
        "film": {
            "submit": ["POST /films", "POST /clips"],
            "fetch": {"GET /films/{id}": {"id": {"path": "id"}}},
            "extend": {"POST /films/{id}/more": {"parent": {"path": "id"}, "of": ["film"]}},
            "asks": {"prompt": {"body": "/prompt"}},
            "cost": 1,
        }
    },
}
"""Films whose makers take a key, and clips whose makers do not."""


def told(schema: dict[str, Any]) -> dict[str, Any]:
    return {"200": {"description": "d", "content": {"application/json": {"schema": schema}}}}


def document(key: dict[str, Any] | None = None) -> dict[str, Any]:
    task = {"type": "object", "properties": {"id": TEXT, "status": TEXT}, "required": ["id", "status"]}
    body = {"type": "object", "properties": {"prompt": TEXT}, "required": ["prompt"]}
    asks = {"requestBody": {"content": {"application/json": {"schema": body}}}, "responses": told(task)}
    keyed = {"parameters": [key or {"name": "Idempotency-Key", "in": "header", "schema": TEXT}]}
    at = {"parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}]}
    left = {"type": "object", "properties": {"left": {"type": "integer"}}}
    example = {"left": 1000}
    account = {"200": {"description": "d", "content": {"application/json": {"schema": left, "example": example}}}}
    return api(
        {
            "/films": {"post": {**asks, **keyed}},
            "/clips": {"post": asks},
            "/films/{id}": {**at, "get": {"responses": told(task)}},
            "/films/{id}/more": {**at, "post": {**asks, **keyed}},
            "/account": {"get": {"responses": account}},
        },
        servers=[{"url": "https://films.example"}],
    )


def films(key: dict[str, Any] | None = None) -> Contract:
    return compiled(document(key), lifecycle=written(READING, "lifecycle.yaml"))


FILMS = films()


class Cast:
    """A mock of films, and somebody who asks it with a key."""

    def __init__(self, contract: Contract = FILMS, **choices: Any) -> None:
        self.clock = VirtualClock()
        self.mock = MockProvider(contract, clock=self.clock, **choices)

    def ask(self, key: str | None, prompt: str = "a cat", path: str = "/films", *more: tuple[str, str]) -> Response:
        named: Headers = (("idempotency-key", key),) if key is not None else ()
        headers = (("Content-Type", "application/json"), *named, *more)
        return self.mock(Request("POST", path, "", headers, json.dumps({"prompt": prompt}).encode()))

    def id(self, key: str | None, prompt: str = "a cat", path: str = "/films") -> str:
        answer = self.ask(key, prompt, path)
        assert answer.status == 200, answer
        return str(json.loads(answer.body)["id"])

    @property
    def left(self) -> int:
        return int(json.loads(self.mock(Request("GET", "/account")).body)["left"])


def test_the_same_request_makes_one_task_and_is_told_the_same() -> None:
    cast = Cast()
    first, again = cast.ask("k"), cast.ask("k")
    assert (first.status, first.body) == (again.status, again.body)
    assert again.header("mock-reason") == "this key has made this task before"
    assert (len(cast.mock.tasks), cast.left) == (1, 999)
    assert [each.tasks for each in cast.mock.requests()][:2] == [(json.loads(first.body)["id"],)] * 2


def test_another_key_and_no_key_and_an_empty_one_make_another() -> None:
    cast = Cast()
    made = [cast.id(key) for key in ("a", "b", None, None, "", "")]
    assert len({*made}) == 6
    assert cast.left == 994


def test_another_request_with_the_same_key_is_refused_and_costs_nothing() -> None:
    cast = Cast()
    key = cast.id("k")
    for refused in (cast.ask("k", "a dog"), cast.ask("k", "a cat ")):
        assert refused.status == 409
        assert "with another request" in (refused.header("mock-reason") or "")
    assert ([each.id for each in cast.mock.tasks], cast.left) == ([key], 999)


def test_bodies_that_say_the_same_are_the_same() -> None:
    cast = Cast()
    spelled = b'{ "prompt" : "a \\u0063at" }'
    head: Headers = (("Content-Type", "application/json; charset=utf-8"), ("Idempotency-Key", "k"))
    assert cast.id("k") == json.loads(cast.mock(Request("POST", "/films", "", head, spelled)).body)["id"]


@pytest.mark.parametrize("progress", ["time", "looks"])
def test_the_answer_stays_what_it_was_whatever_the_task_does(progress: str) -> None:
    cast = Cast(progress=progress)
    first = cast.ask("k")
    key = json.loads(first.body)["id"]
    cast.mock(Request("GET", f"/films/{key}"))
    cast.mock.tasks.complete(key)
    assert (cast.ask("k").body, json.loads(first.body)["status"]) == (first.body, "new")
    cast.clock.advance(9999)
    assert cast.ask("k").body == first.body
    assert cast.mock.tasks[key].status == "done"


def test_a_wish_of_the_first_request_is_told_again() -> None:
    cast = Cast()
    first = cast.ask("k", "a cat", "/films", ("Prefer", "status=done"))
    assert json.loads(first.body)["status"] == "done"
    assert cast.ask("k").body == first.body


def test_operations_and_accounts_have_keys_of_their_own() -> None:
    secured = {**document(), "components": {"securitySchemes": {"b": {"type": "http", "scheme": "bearer"}}}}
    contract = compiled({**secured, "security": [{"b": []}]}, lifecycle=written(READING, "lifecycle.yaml"))
    cast = Cast(contract)
    answers = [cast.ask("k", "a cat", "/films", ("Authorization", f"Bearer {who}")) for who in ("a", "b", "a")]
    made = [json.loads(each.body)["id"] for each in answers]
    assert made[0] == made[2] != made[1]
    cast.mock.tasks.complete(made[0])
    more = cast.ask("k", "a cat", f"/films/{made[0]}/more", ("Authorization", "Bearer a"))
    assert json.loads(more.body)["id"] not in made
    assert cast.ask("k", "a cat", f"/films/{made[0]}/more", ("Authorization", "Bearer a")).body == more.body
    assert len(cast.mock.tasks) == 3


def test_where_no_key_is_documented_it_means_nothing() -> None:
    cast = Cast()
    assert cast.id("k", path="/clips") != cast.id("k", path="/clips")
    other = Cast(films({"name": "X-Key", "in": "header", "schema": TEXT}))
    assert other.id("k") != other.id("k")
    query = Cast(films({"name": "Idempotency-Key", "in": "query", "schema": TEXT}))
    assert query.id("k") != query.id("k")


def test_a_key_is_known_as_long_as_its_task_is_kept() -> None:
    cast = Cast(max_tasks=1)
    first = cast.id("k")
    cast.mock.tasks.complete(first)
    other = cast.id("other")
    cast.mock.tasks.complete(other)
    assert [each.id for each in cast.mock.tasks] == [other]
    cast.id("k", "a dog")
    assert cast.left == 997
    cast.mock.reset()
    assert (cast.id("k") != first, cast.left) == (True, 999)


def test_a_callback_is_asked_for_once() -> None:
    asked = document()
    told_at = {"post": {"responses": {"200": {"description": "d"}}}}
    asked["paths"]["/films"]["post"]["callbacks"] = {"made": {"http://127.0.0.1:9/{$request.body#/prompt}": told_at}}
    cast = Cast(compiled(asked, lifecycle=written(READING, "lifecycle.yaml")))
    assert cast.id("k", "x") == cast.id("k", "x")
    assert len(list(cast.mock.webhooks.rows(10))) == 1


def test_a_request_that_was_refused_has_made_nothing_and_may_come_again() -> None:
    cast = Cast(credits_given=0)
    assert cast.ask("k").status == 402
    assert len(cast.mock.tasks) == 0
    assert Cast(credits_given=1).id("k") == Cast(credits_given=1).id("k")
    last = Cast(credits_given=1)
    assert last.id("k") == last.id("k")
    assert last.ask("other").status == 402


class Meeting(MemoryStore):
    """A store in which somebody else keeps something just before the next document."""

    def __init__(self) -> None:
        super().__init__()
        self.before: list[Callable[[], Any]] = []

    def add(self, *given: Any) -> bool:
        """Keep a document, after somebody else has."""
        if self.before:
            self.before.pop()()
        return super().add(*given)


@pytest.mark.parametrize(("prompt", "status"), [("a cat", 200), ("a dog", 409)])
def test_of_two_servers_that_take_a_request_at_once_one_makes_the_task(prompt: str, status: int) -> None:
    store = Meeting()
    cast, other = Cast(store=store), Cast(store=store, seed=2)
    theirs: list[Response] = []
    store.before.append(lambda: theirs.append(other.ask("k")))
    ours = cast.ask("k", prompt)
    assert ours.status == status
    assert (ours.body == theirs[0].body) is (status == 200)
    assert (len(cast.mock.tasks), cast.left) == (1, 999)


# on every store, all at once


@pytest.fixture(params=everywhere.KINDS)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    with everywhere.backend(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    """Films as a folder of documents."""
    folder = tmp_path / "specs" / "films"
    folder.mkdir(parents=True)
    (folder / "openapi.yaml").write_text(json.dumps(document()), encoding="utf-8")
    (folder / "lifecycle.yaml").write_text(json.dumps(READING), encoding="utf-8")
    return folder


def test_sixty_four_at_once_make_one_task(backend: Backend, specs: Path) -> None:
    app = create_app(str(specs), choices=Choices(backend=backend, clock=VirtualClock()))
    with LiveServer(app) as live, httpx.Client(base_url=live.url, timeout=60) as client:

        def ask(n: int) -> httpx.Response:
            body = {"prompt": "a cat" if n % 8 else "a dog"}
            return client.post("/films", json=body, headers={"Idempotency-Key": "k"})

        first = client.post("/films", json={"prompt": "a cat"}, headers={"Idempotency-Key": "k"})
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(ask, range(AT_ONCE)))
        counted = Counter(each.status_code for each in answers)
        assert counted == {200: AT_ONCE * 7 // 8, 409: AT_ONCE // 8}
        assert {each.content for each in answers if each.status_code == 200} == {first.content}
        assert client.get("/__admin/tasks").json()["total"] == 1
        assert client.get("/account").json()["left"] == 999


def test_sixty_four_at_once_without_a_first_one_make_one_task(backend: Backend, specs: Path) -> None:
    app = create_app(str(specs), choices=Choices(backend=backend, clock=VirtualClock()))
    with LiveServer(app) as live, httpx.Client(base_url=live.url, timeout=60) as client:

        def ask(_: int) -> httpx.Response:
            return client.post("/films", json={"prompt": "a cat"}, headers={"Idempotency-Key": "new"})

        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(ask, range(AT_ONCE)))
        assert {(each.status_code, each.content) for each in answers} == {(200, answers[0].content)}
        assert client.get("/__admin/tasks").json()["total"] == 1
        assert client.get("/account").json()["left"] == 999


def test_a_key_outlives_the_process_and_its_seed(tmp_path: Path) -> None:
    made = []
    for seed in (1, 2):
        backend = opened(f"sqlite:///{tmp_path / 'mock.db'}")
        cast = Cast(store=backend.store("films", 100), seed=seed)
        made.append(cast.id("k"))
        assert len(cast.mock.tasks) == 1
        backend.close()
    assert made[0] == made[1]
