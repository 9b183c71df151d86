"""A receiver of webhooks that remembers and answers as it is told, and a mock with a user who wants to be told."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable
from typing import Any

from lumakit.clock import VirtualClock
from lumakit.contract.compile import Contract
from lumakit.contract.reading import Task as Kind
from lumakit.egress import Failed
from lumakit.model import Headers, Request, Response
from mockserver import MockProvider, habits
from mockserver.stores import Store
from mockserver.webhooks.delivery import Delivery
from tests.contract.builders import OK, api, compiled
from tests.mockserver.story import User
from tests.mockserver.world import EDITIONS

HOOK = "http://127.0.0.1:8081/done"
END_S = 100_000.0  # every plan has ended by then
CHAINHUB, APIFRAME = EDITIONS["chainhub", "corrected"], EDITIONS["apiframe", "corrected"]  # type: ignore[index]  # an Edition is its text
KINDS = [
    (contract, kind)
    for contract in EDITIONS.values()
    for kind in (contract.reading.tasks.values() if contract.reading else ())
]
NAMED_KINDS = {f"{contract.name}-{contract.edition}-{kind.kind}": (contract, kind) for contract, kind in KINDS}


class Receiver:
    """Answers with one outcome after the other - a status, an answer or an error -, and with 200 when they are over."""

    def __init__(self, outcomes: Iterable[int | Response | Exception] = ()) -> None:
        self.heard: list[Request] = []
        self._outcomes = itertools.chain(outcomes, itertools.repeat(200))

    def __call__(self, request: Request) -> Response:
        self.heard.append(request)
        outcome = next(self._outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome if isinstance(outcome, Response) else Response(outcome)

    @property
    def bodies(self) -> list[Any]:
        """What it was told."""
        return [json.loads(each.body) for each in self.heard]


def refused() -> Failed:
    """What a sender says of a receiver that is not there."""
    return Failed("refused", "nobody listens there")


class Post:
    """A mock on a clock that is moved by hand, its receiver, and a user of it."""

    def __init__(
        self,
        contract: Contract = CHAINHUB,
        receiver: Callable[[Request], Response] | None = None,
        policy: str = "",
        store: Store | None = None,
        signing: dict[str, Any] | None = None,
        **choices: Any,
    ) -> None:
        self.clock = choices.pop("clock", None) or VirtualClock()
        self.receiver = receiver or Receiver()
        habit = habits(policy, receiver=self.receiver, **(signing or {}))
        self.mock = MockProvider(contract, clock=self.clock, store=store, webhooks=habit, **choices)
        self.user = User(contract, self.mock)
        self.kind = next(iter(contract.reading.tasks.values())) if contract.reading else None

    def submit(self, url: Any = HOOK, kind: Kind | None = None, prefer: str = "", **more: Any) -> str:
        """Make a task that is to be told of; its id."""
        made = kind or self.kind
        assert made is not None
        assert made.webhook is not None
        body = {made.webhook.url.name[1:]: url, **more}
        headers: Headers = (("Prefer", prefer),) if prefer else ()
        if made.submit:
            answer = self.user.submit(made, headers, **body)
        else:
            part = made.extend[0]
            parent = self.user.finished(self.user.reading.tasks[part.of[0]])
            whole = {**self.user.example(part.operation), part.parent.name[1:]: parent, **body}
            answer = self.user.ask(part.operation, None, whole, headers)
        assert answer.status == 200, answer
        return str(self.user.read(answer)["id"])

    def pass_by(self, seconds: float = END_S) -> list[Delivery]:
        """Let time pass, and send what has fallen due."""
        self.clock.advance(seconds)
        return self.mock.webhooks.deliver_due()

    def drain(self, seconds: float = END_S, times: int = 100) -> None:
        """Let time pass until nothing more is to be sent."""
        for _ in range(times):
            self.pass_by(seconds)

    def states(self) -> list[str]:
        """What became of every delivery, the oldest first."""
        return [each.state for each in self.mock.webhooks][::-1]

    @property
    def heard(self) -> list[Request]:
        """What the receiver was sent."""
        assert isinstance(self.receiver, Receiver)
        return self.receiver.heard


def calling(*callbacks: tuple[str, dict[str, Any]], **more: Any) -> Contract:
    """A document of one operation with callbacks: for each, its expression and its path item."""
    named = {f"call{number}": {expression: item} for number, (expression, item) in enumerate(callbacks)}
    schema = more.pop("schema", {"type": "object"})
    said = {
        "requestBody": {"content": {more.pop("takes", "application/json"): {"schema": schema}}},
        "responses": more.pop("responses", OK),
        "callbacks": named,
    }
    return compiled(api({"/things": {"post": {**said, **more}}}))


def answered(content: Any = None, media_type: str = "application/json", method: str = "post") -> dict[str, Any]:
    """The path item of a callback that sends this content, as an example."""
    body = {} if content is None else {"requestBody": {"content": {media_type: content}}}
    return {method: {**body, "responses": OK}}
