"""Where a contract documents a key of idempotency, a client makes one for each task, and may ask twice."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

import lumakit
from lumakit import Client, Task
from lumakit.client import AsyncClient
from lumakit.clock import VirtualClock
from lumakit.contract.compile import Contract
from tests.calling import KEY
from tests.contract.builders import api, compiled, written

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TEXT = {"type": "string"}
READING = {
    "lumakit": 1,
    "words": {"new": "waiting", "done": "succeeded"},
    "moves": ["new > done"],
    "starts": "new",
    "facts": {"id": {"at": {"/id": "text"}}, "status": {"at": {"/status": "word"}}},
    "tasks": {"film": {"submit": ["POST /films"], "asks": {"prompt": {"body": "/prompt"}}}},
}


def contract(schema: dict[str, Any] | None, name: str = "Idempotency-Key", **more: Any) -> Contract:
    """A contract of films whose submit documents such a key, or none."""
    body = {"type": "object", "properties": {"prompt": TEXT}, "required": ["prompt"]}
    told = {"type": "object", "properties": {"id": TEXT, "status": TEXT}}
    keyed = [{"name": name, "in": "header", "schema": schema, **more}] if schema else []
    films = {
        "parameters": keyed,
        "requestBody": {"content": {"application/json": {"schema": body}}},
        "responses": {"200": {"description": "made", "content": {"application/json": {"schema": told}}}},
    }
    document = api({"/films": {"post": films}}, servers=[{"url": "https://films.example"}])
    return compiled(document, lifecycle=written(READING, "lifecycle.yaml"))


class Films(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A provider that makes one film for a key, however often it is asked, and whose answers meet with mishaps."""

    def __init__(self, *mishaps: Callable[[], httpx.Response]) -> None:
        self.mishaps: Iterator[Callable[[], httpx.Response]] = iter(mishaps)
        self.keys: list[str | None] = []
        self.made: dict[str | None, str] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        key = request.headers.get("idempotency-key")
        self.keys.append(key)
        name = self.made.setdefault(key, f"film-{len(self.made)}")
        mishap = next(self.mishaps, None)
        return mishap() if mishap else httpx.Response(200, json={"id": name, "status": "new"})

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)


def lost() -> httpx.Response:
    raise httpx.ReadError("gone")


def broken() -> httpx.Response:
    return httpx.Response(500)


def busy() -> httpx.Response:
    return httpx.Response(429)


def client_of(films: Films, told: Contract) -> Client:
    return Client(told, api_key=KEY, transport=films, clock=VirtualClock(), judge="ignore")


@pytest.mark.parametrize("mishap", [lost, broken, busy])
def test_one_key_for_each_task_over_all_its_tries(mishap: Callable[[], httpx.Response]) -> None:
    films = Films(mishap, mishap)
    client = client_of(films, contract(TEXT))
    first, second = client.submit(prompt="a"), client.submit(prompt="a")
    assert (first.id, second.id, len(films.made)) == ("film-0", "film-1", 2)
    assert films.keys == [films.keys[0]] * 3 + [films.keys[3]]
    assert films.keys[0] != films.keys[3]
    assert all(UUID.fullmatch(key or "") for key in films.keys)


def test_an_event_loop_makes_no_difference() -> None:
    films = Films(lost)

    async def story() -> Task[Any]:
        async with AsyncClient(contract(TEXT), api_key=KEY, transport=films, clock=VirtualClock()) as client:
            return await client.submit(prompt="a")

    assert (asyncio.run(story()).id, len(films.keys), len(set(films.keys))) == ("film-0", 2, 1)


@pytest.mark.parametrize("last", [lost, broken, busy])
def test_a_submit_that_may_have_arrived_stays_uncertain_and_says_its_key(last: Callable[[], httpx.Response]) -> None:
    films = Films(lost, *[last] * 9)
    client = client_of(films, contract(TEXT))
    with pytest.raises(lumakit.Uncertain) as told:
        client.submit(prompt="a")
    (said,) = re.findall(r"idempotency_key='([^']+)'", str(told.value))
    assert films.keys == [said] * 4
    films.mishaps = iter(())
    assert client.submit(prompt="a", idempotency_key=said).id == "film-0"


def test_what_was_refused_at_the_door_made_nothing() -> None:
    with pytest.raises(lumakit.Busy):
        client_of(Films(*[busy] * 9), contract(TEXT)).submit(prompt="a")


@pytest.mark.parametrize(
    "told",
    [
        contract(None),
        contract(TEXT, "X-Request-Id"),
        contract({"type": "string", "maxLength": 8}),
        contract({"type": "integer"}),
    ],
)
def test_without_a_documented_key_that_can_be_made_nothing_is_sent_twice(told: Contract) -> None:
    films = Films(lost)
    with pytest.raises(lumakit.Uncertain, match="look at the account"):
        client_of(films, told).submit(prompt="a")
    assert films.keys == [None]


@pytest.mark.parametrize(
    ("schema", "form"),
    [
        ({"type": "string", "maxLength": 32}, r"[0-9a-f]{32}"),
        ({"type": "string", "pattern": "^[a-z0-9]+$"}, r"[0-9a-f]{32}"),
        ({"type": "string", "format": "uuid"}, UUID.pattern),
    ],
)
def test_a_key_is_spelled_as_documented(schema: dict[str, Any], form: str) -> None:
    films = Films()
    client_of(films, contract(schema, "idempotency-key", required=True)).submit(prompt="a")
    assert re.fullmatch(form, films.keys[0] or "")


def test_a_key_of_ones_own_is_the_one_that_is_sent() -> None:
    for name in ("idempotency_key", "Idempotency-Key"):
        films = Films(lost)
        client_of(films, contract(TEXT)).submit(prompt="a", **{name: "mine"})
        assert films.keys == ["mine", "mine"]


def test_a_call_by_its_operation_is_given_a_key_too() -> None:
    films = Films(lost)
    assert client_of(films, contract(TEXT)).call("POST /films", prompt="a")["id"] == "film-0"
    assert (len(films.keys), len(films.made)) == (2, 1)
