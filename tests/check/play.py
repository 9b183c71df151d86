"""A play: somebody asks a mock everything that there is to ask, and writes down what was seen of it.

`spoil` stands between the two and may put another answer in the place of one; `astray` does it to webhooks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lumakit.check.judge import judge
from lumakit.check.traffic import WRONG_KEY, Arrival, Record, Traffic
from lumakit.check.verdict import Verdict
from lumakit.clock import VirtualClock
from lumakit.contract import pointer as pointers
from lumakit.contract import reader
from lumakit.contract.compile import Contract, compile_contract
from lumakit.contract.document import parse
from lumakit.contract.folder import Sources
from lumakit.contract.reading import Task as Kind
from lumakit.model import Exchange, Headers, Request, Response
from lumakit.redaction import Redactor
from lumakit.webhooks import NotVerified, Receiver, Unreadable
from mockserver import MockProvider, habits
from tests.mockserver.story import User

HERE = Path(__file__).parent
ORIGIN = "http://mock.example"
KEY, SECOND, NOBODYS = "key-of-the-first", "key-of-the-second", "key-of-nobody"
SECRET = "secret-of-the-webhooks"
OWNERS = {KEY: "first", SECOND: "second", NOBODYS: WRONG_KEY}
STEP_S = 15.0
MOST_LOOKS = 120
Spoil = Callable[[Request, Response], Response]
Astray = Callable[[Arrival], Iterable[Arrival]]


@cache
def clips(lifecycle: str = "clips.lifecycle.yaml") -> Contract:
    """The contract of the clips."""
    entry, reading = (parse((HERE / name).read_bytes(), name) for name in ("clips.yaml", lifecycle))
    return compile_contract(Sources(name="clips", entry=entry, lifecycle=reading))


def unspoiled(_: Request, response: Response) -> Response:
    """The answer as it is."""
    return response


def straight(arrival: Arrival) -> Iterable[Arrival]:
    """The webhook as it is."""
    return (arrival,)


@dataclass
class Play:
    """Who asks, what is asked, and what was seen."""

    contract: Contract
    spoil: Spoil = unspoiled
    astray: Astray = straight
    scenario: str = "success"
    status: int = 200  # what the receiver answers
    hooked: bool = True  # webhooks are asked for
    secret: str = SECRET  # what they are to show
    also: tuple[Request, ...] = ()  # what is asked besides, as it stands here
    noted: Callable[[Request], Request] = lambda request: request  # what is written down of a request
    act: Callable[[Play], None] | None = None  # what is done instead of everything
    faults: tuple[str, ...] = ()  # of the mock

    def __post_init__(self) -> None:
        self.clock = VirtualClock()
        self.record = Record(listened=True, source="a play")
        self.mock = MockProvider(
            self.contract,
            clock=self.clock,
            api_keys=[KEY, SECOND],
            scenario=self.scenario,
            webhooks=habits(receiver=self._arrive),
            credits_given=1000,
            faults=self.faults,
        )
        self.users = {key: User(self.contract, self._as(key), key) for key in OWNERS}
        self.user = self.users[KEY]
        self.tasks: dict[str, str] = {}  # by the path that it is told at
        self._hide = Redactor(secrets=frozenset((*OWNERS, SECRET, self.secret)))
        secret = SECRET if any(kind.webhook and kind.webhook.secret for kind in self.kinds) else None
        self._receiver = Receiver(self.contract, secret=secret) if self.kinds[0].webhook else None

    @property
    def kinds(self) -> list[Kind]:
        return list(self.user.reading.tasks.values())

    # asking

    def _as(self, key: str) -> Callable[[Request], Response]:
        return lambda request: self.ask(request, OWNERS[key])

    def ask(self, request: Request, owner: str = "") -> Response:
        """Ask, and write down what came of it."""
        asked = replace(request, origin=ORIGIN)
        answer = self.spoil(asked, self.mock(asked))
        self.clock.advance(answer.delay_s)
        if answer.ahead:
            self.mock.webhooks.deliver_due()  # as a door does, before it answers
        self.record.add(self._exchange(self.noted(asked), answer, owner))
        return answer

    def _exchange(self, request: Request, response: Response, owner: str) -> Exchange:
        number, at_ms = self.record.number(), self.clock.now()
        sizes = len(request.body), len(response.body)
        shown = self._hide.request(request), self._hide.response(response)
        return Exchange(number, at_ms, *shown, owner=owner, request_bytes=sizes[0], response_bytes=sizes[1])

    def _arrive(self, request: Request) -> Response:
        refused = ""
        try:
            if self._receiver:
                self._receiver.read(request.headers, request.body, now_s=self.clock.now() / 1000)
        except NotVerified as no:
            refused = no.reason
        except Unreadable:
            refused = ""
        number, at_ms = self.record.number(), self.clock.now()
        came = Arrival(number, at_ms, self._hide.request(request), self.status, request.path, bool(SECRET), refused)
        self.record.add(*self.astray(came))
        return Response(self.status)

    # the acts

    def whole(self) -> Traffic:
        """Everything that there is to ask, and what was seen."""
        (self.act or Play.everything)(self)
        for request in self.also:
            self.ask(request, OWNERS[KEY])
        return self.traffic()

    def everything(self) -> None:
        """Live with a task of each kind, and ask what must be refused."""
        for kind in self.kinds:
            self.live(kind)
            if kind.submit and kind.extend:
                self.live(replace(kind, submit=()))
        self.strangers(next(iter(self.tasks.values()), "none"))

    def live(self, kind: Kind) -> str:
        """Make a task of a kind, look at it to its end and beyond, and fetch what came of it."""
        key = self.made(kind)
        if not key:
            return key
        told = self.look(kind, key)
        for _ in range(MOST_LOOKS):
            if told.done:
                break
            self.clock.advance(STEP_S)
            self.mock.webhooks.deliver_due()
            told = self.look(kind, key)
        self.look(kind, key)
        for address in told.results if told.done else ():
            self.film(address)
        self.clock.advance(120)
        self.mock.webhooks.deliver_due()
        return key

    def made(self, kind: Kind) -> str:
        """The id of a new task that is to be told of; empty where none is named."""
        path = f"/hooks/{len(self.tasks) + 1}"
        hook = f"http://127.0.0.1:8081{path}"
        if kind.submit:
            answer = self.user.ask(kind.submit[0], None, self._asking(kind, kind.submit[0], hook))
        else:
            part = kind.extend[0]
            parent = next(
                key for key in self.tasks.values() if key in self.mock.tasks and self.mock.tasks[key].kind in part.of
            )
            body = self._asking(kind, part.operation, hook)
            if part.parent.location == "path":
                answer = self.user.ask(part.operation, {part.parent.name: parent}, body)
            else:
                answer = self.user.ask(part.operation, None, body | {pointers.split(part.parent.name)[0]: parent})
        told = reader.facts_of(self.user.reading, _decoded(answer)) if answer.status == 200 else {}
        self.tasks[path] = str(told.get("id", ""))
        return self.tasks[path]

    def _asking(self, kind: Kind, operation: str, hook: str) -> Any:
        body = self.user.example(operation)
        if kind.webhook and self.hooked:
            body |= {pointers.split(kind.webhook.url.name)[0]: hook}
            if kind.webhook.secret:
                body |= {pointers.split(kind.webhook.secret.name)[0]: self.secret}
        return body

    def look(self, kind: Kind, key: str) -> Any:
        """Look at a task alone and in a list; the snapshot."""
        answer = self.user.fetch(kind, key)
        if kind.fetch_many:
            self.user.fetch_many(kind, [key])
        told = reader.snapshot(self.user.reading, _decoded(answer), about=key) if answer.status == 200 else None
        return told if told and told.status else self.mock.tasks[key]

    def film(self, address: str) -> None:
        """Ask for a film, as a browser does."""
        parts = urlsplit(address)
        more: tuple[tuple[str, Headers], ...] = (("HEAD", ()), ("GET", (("Range", "bytes=0-15"),)), ("GET", ()))
        for method, headers in more:
            self.ask(Request(method, parts.path, parts.query, headers), "first")

    def strangers(self, key: str) -> None:
        """What must be refused."""
        for kind in self.kinds[:1]:
            self.users[SECOND].fetch(kind, key)
            self.users[NOBODYS].fetch(kind, key)
            keyless = User(self.contract, lambda request: self.ask(replace(request, headers=_without_key(request))))
            keyless.fetch(kind, key)
            self.user.fetch(kind, "00000000-0000-4000-8000-000000000000")
            if kind.submit:
                self.user.ask(kind.submit[0], None, {})
        self.ask(Request("GET", "/no/such/path"), "")
        self.ask(Request("DELETE", next(iter(self.contract.operations.values())).path), "")

    def traffic(self) -> Traffic:
        """What was seen."""
        seen = self.record.traffic()
        known = tuple(replace(each, task=self.tasks.get(each.task, each.task)) for each in seen.arrivals)
        return replace(seen, arrivals=known)

    def verdict(self, **choices: Any) -> Verdict:
        """What it comes to."""
        return judge(self.contract, self.whole(), **{"probing": True, "own": True, **choices})


def _decoded(answer: Response) -> Any:
    """The body of an answer; None where it is no JSON."""
    try:
        return json.loads(answer.body)
    except ValueError:
        return None


def _without_key(request: Request) -> Headers:
    return tuple((name, value) for name, value in request.headers if name.lower() != "authorization")
