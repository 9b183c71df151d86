"""Somebody who sends a mock whatever they like, and judges every answer: sound, told in the diary, without secrets."""

from __future__ import annotations

import json
from typing import Any

import lumakit
from lumakit.clock import VirtualClock
from lumakit.contract.compile import Contract
from lumakit.model import Edition, Exchange, Headers, Request, Response
from mockserver import MockProvider
from tests.mockserver.story import User

CANARY = "canary-7c1e9a02b5"
JSON = ("Content-Type", "application/json")
EDITIONS = {f"{name}-{e}": lumakit.load(name, e) for name in ("apiframe", "chainhub", "kkiai") for e in Edition}
CONTRACTS = {each.name: each for each in EDITIONS.values() if each.edition is Edition.CORRECTED}
BY_PATH = {name: contract for name, contract in CONTRACTS.items() if "{task_id}" in " ".join(contract.operations)}


class Sender:
    """Somebody with a canary for a key; whatever is answered to them is sound, or the test ends here."""

    def __init__(self, contract: Contract, **choices: Any) -> None:
        self.mock = MockProvider(contract, clock=VirtualClock(), **choices)
        self.user = User(contract, self, CANARY)
        self.kind = next(iter(self.user.reading.tasks.values()))
        self.operation = contract.operations[self.kind.submit[0]]
        self.field = self.kind.asks["prompt"].name[1:]

    def __call__(self, request: Request) -> Response:
        before = self.mock.store.noted
        response = self.mock(request)
        assert self.mock.store.noted == before + 1
        noted = self.mock.journal.entries(limit=1)[0]
        self.sound(request, response, noted)
        return response

    def sound(self, request: Request, response: Response, noted: Exchange) -> None:
        assert 200 <= response.status < 500, response
        assert all(f"{name}{value}".isascii() and f"{name}{value}".isprintable() for name, value in response.headers)
        assert b"Traceback" not in response.body
        assert CANARY not in f"{response}{noted}"
        assert noted.response.status == response.status
        if response.status >= 400:
            assert response.header("mock-reason")
            assert noted.reason
        operation = self.mock.contract.route(request).operation
        if operation and response.header("content-type") != "application/problem+json":
            assert operation.check_response(response) == (), response

    @property
    def example(self) -> dict[str, Any]:
        example: dict[str, Any] = self.user.example(self.operation.key)
        return example

    @property
    def credential(self) -> tuple[str, str]:
        scheme = self.operation.security.schemes[0]
        return scheme.name, f"{scheme.word.title()} {CANARY}".strip()

    def post(
        self, body: bytes, *more: tuple[str, str], kind: tuple[str, str] | None = JSON, query: str = ""
    ) -> Request:
        headers: Headers = (self.credential, *([kind] if kind else []), *more)
        return Request("POST", self.operation.path, query, headers, body)

    def whole(self, **changes: Any) -> bytes:
        return json.dumps({**self.example, **changes}).encode()

    def get(self, path: str, query: str = "", method: str = "GET") -> Request:
        return Request(method, path, query, (self.credential,))

    def refused(self, request: Request, status: int, words: str) -> Response:
        """Ask, and be refused with this status and one of these words; and nothing has come of it."""
        before = len(self.mock.tasks)
        response = self(request)
        assert response.status == status, response
        assert any(word in str(response.header("mock-reason")) for word in words.split(" | ")), response
        assert len(self.mock.tasks) == before
        return response

    def accepted(self, request: Request, prompt: str) -> str:
        """Ask, and find the task again with its prompt as it was sent."""
        response = self(request)
        assert response.status == 200, response
        task = str(self.user.read(response)["id"])
        assert self.mock.tasks[task].prompt == prompt
        return task
