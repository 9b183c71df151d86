"""A control plane in process, and somebody of this machine who asks it."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import lumakit
from lumakit.clock import Clock, VirtualClock
from lumakit.model import Headers, Request, Response
from mockserver import MockProvider, MockServer
from mockserver.control.lock import Lock
from mockserver.control.plane import Control
from mockserver.control.stream import Pace

HERE = ("127.0.0.1", 4010)
NAME = "127.0.0.1:4010"
TOKEN = "canary-of-the-token-0123"
JSON = ("Content-Type", "application/json")
CONTRACTS = {name: lumakit.load(name) for name in ("apiframe", "chainhub", "kkiai")}


@dataclass
class Told:
    """What was answered."""

    response: Response

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def json(self) -> Any:
        return json.loads(self.response.body)

    @property
    def code(self) -> str:
        return str(self.json["code"])


class Desk:
    """A control plane over some providers."""

    def __init__(
        self,
        *names: str,
        clock: Clock | None = None,
        token: str = "",
        hosts: Collection[str] = (),
        pace: Pace | None = None,
    ) -> None:
        self.clock = clock or VirtualClock()
        chosen = names or ("chainhub",)
        mocks = {name: MockProvider(CONTRACTS[name], clock=self.clock) for name in chosen}
        self.server = MockServer(mocks)
        self.mock = mocks[chosen[0]]
        self.control = Control(self.server, Lock(token, hosts), ticks=lambda: 0.0, pace=pace)

    def __call__(self, request: Request) -> Response:
        """As a door would ask, on this machine."""
        answer = self.control(request, HERE)
        assert isinstance(answer, Response)
        return answer

    def ask(self, method: str, path: str, body: Any = None, *more: tuple[str, str], token: str = "") -> Told:
        """Ask something of the API."""
        raw = b"" if body is None else json.dumps(body).encode()
        shown: Headers = (("Authorization", f"Bearer {token}"),) if token else ()
        headers = (("Host", NAME), *([JSON] if raw else []), *shown, *more)
        place, _, query = path.partition("?")
        return Told(self(Request(method, f"/__admin{place}", query, headers, raw, f"http://{NAME}")))

    def get(self, path: str) -> Any:
        """What is told, where all is well."""
        told = self.ask("GET", path)
        assert told.status == 200, told
        return told.json

    def seed(self, **parts: Any) -> Any:
        """A task made by hand."""
        told = self.ask("POST", "/tasks", {"kind": "generation", **parts})
        assert told.status == 201, told
        return told.json
