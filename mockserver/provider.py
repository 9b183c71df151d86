"""MockProvider: one provider, mocked, as one callable `Request -> Response`.

The way of a request is one straight line: route, check, wishes, act, render. Every "no" on the way becomes the
provider's own refusal. Knows no network: doors bring requests here and carry the responses away.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Unpack

from lumakit import wire
from lumakit.clock import Clock, SystemClock
from lumakit.contract.compile import Contract, Match
from lumakit.contract.entrance import load
from lumakit.draws import Draw
from lumakit.errors import UsageError
from lumakit.model import Edition, Exchange, Finding, Request, Response
from mockserver import admission, prefer
from mockserver.book import Book, Ground, opened
from mockserver.call import Done
from mockserver.defaults import MAX_TASKS, MEDIA
from mockserver.events import Events
from mockserver.faults.listed import Faults, Given
from mockserver.faults.strike import Hit, Visit
from mockserver.finish import finished
from mockserver.gate import owner_of
from mockserver.journal import Journal, Sought, Wanted
from mockserver.lasting import Remembered
from mockserver.problems import Refused
from mockserver.rules import rules
from mockserver.stores import RETRY, Down, Store
from mockserver.stores.memory import MemoryStore
from mockserver.tasks import Tasks
from mockserver.webhooks.habits import Habits, habits
from mockserver.webhooks.sending import Webhooks

if TYPE_CHECKING:
    from pathlib import Path

    import httpx


Read = Callable[[], Contract]
"""What reads the documents of a provider as they are now."""


def _unread() -> Contract:
    hint = "give `reload` the new contract, or make the mock from a name or a path"
    raise UsageError("this mock was made from a contract, not from documents", code="nothing_to_read", hint=hint)


class MockProvider:
    """A stateful mock of one provider, or of any OpenAPI document."""

    def __init__(  # noqa: PLR0913  # every choice has a name and a default; nobody gives them all
        self,
        target: Contract | str | Path,
        *,
        edition: Edition | str = Edition.CORRECTED,
        specs: str | Path | None = None,
        clock: Clock | None = None,
        store: Store | None = None,
        seed: int | str = 0,
        scenario: str = "success",
        scenarios: Mapping[str, str] | None = None,
        progress: str = "time",
        api_keys: Collection[str] = (),
        credits_given: int | None = None,
        max_tasks: int = MAX_TASKS,
        public_url: str = "",
        self_check: bool = False,
        webhooks: Habits | str = "",
        events: Events | None = None,
        faults: Iterable[Given] = (),
    ) -> None:
        self.clock: Clock = SystemClock() if clock is None else clock
        self.store: Store = MemoryStore(max_tasks) if store is None else store
        self.events: Events = Events() if events is None else events
        self.address = ""  # where this provider is served, once somebody serves it
        self._rules = replace(
            rules(str(seed), scenario, scenarios or {}, progress),
            credits_given=credits_given,
            seconds_until=self._seconds_until,
        )
        self._public_url = public_url.rstrip("/")
        self._ground = self._laid(
            webhooks, tuple(api_keys), frozenset((*api_keys, *(scenarios or {}))), self_check=self_check
        )
        self.read: Read = _unread if isinstance(target, Contract) else partial(load, target, edition, specs)
        contract = target if isinstance(target, Contract) else self.read()
        self._book = opened(contract, self._ground)
        # neither two providers of one server give the same request id, nor two servers on one store
        self._mark = "-".join(filter(None, ("mock", owner_of(contract.name)[:4], self.store.mark)))
        self._numbers = itertools.count(1)
        self.faults: Faults = Faults(
            faults, lambda: self.contract, self.clock.now, Draw(str(seed)), self._seconds_until, self.store
        )
        self._remembered = Remembered(self.store, self._rules, self.faults)
        self._rules = self._remembered.resumed(self._rules)
        self._remembered.begun()
        self.faults.follow(self._faults_changed)

    def _laid(
        self, webhooks: Habits | str, api_keys: tuple[str, ...], secrets: frozenset[str], *, self_check: bool
    ) -> Ground:
        """What every contract that is served here stands on."""
        return Ground(
            store=self.store,
            clock=self.clock,
            habits=habits(webhooks) if isinstance(webhooks, str) else webhooks,
            rules=lambda: self._rules,
            base=self._base,
            self_check=self_check,
            api_keys=api_keys,
            secrets=secrets,
            say=self._say,
        )

    @property
    def contract(self) -> Contract:
        """The contract that is served."""
        return self._book.contract

    @property
    def tasks(self) -> Tasks:
        """The tasks that live here, and the verbs that steer them."""
        return self._book.tasks

    @property
    def journal(self) -> Journal:
        """The diary of exchanges."""
        return self._book.journal

    @property
    def webhooks(self) -> Webhooks:
        """The deliveries of webhooks, and the pump that sends them."""
        return self._book.webhooks

    def _seconds_until(self, later_ms: int) -> float | None:
        """How long a client must wait for a time on this clock; None where the clock stands still."""
        speed = getattr(self.clock, "speed", 1.0)
        return later_ms / 1000 / speed if speed else None

    def requests(self, *, after: int = 0, limit: int = 1000, **wanted: Unpack[Sought]) -> list[Exchange]:
        """The newest exchanges that fit everything given, the newest last."""
        return self.journal.entries(Wanted(**wanted), after, limit)

    @property
    def progress(self) -> str:
        """What moves tasks: `time`, or `looks`."""
        return "looks" if self._rules.by_looks else "time"

    # scenarios

    @property
    def scenario(self) -> str:
        """What becomes of a task for which nothing nearer decides; to be set for those made from then on."""
        return str(self._rules.mixture)

    @scenario.setter
    def scenario(self, text: str) -> None:
        self.play(text)

    @property
    def scenarios(self) -> Mapping[str, str]:
        """What becomes of the tasks of some keys, by the name under which the tasks of a key are kept."""
        return {owner: str(mixture) for owner, mixture in self._rules.by_owner.items()}

    def play(self, text: str, *, api_key: str = "", owner: str = "") -> None:
        """Set what becomes of the tasks of one key, given itself or by its owner's name; `""` is as for all others."""
        self._rules = self._rules.playing(text, owner_of(api_key) or owner)
        self._remembered.rules(self._rules)
        self._say("scenario")

    def look_again(self) -> None:
        """Go on with the scenario and the faults that another server on the same store remembers."""
        self._rules = self._remembered.resumed(self._rules)

    def _faults_changed(self) -> None:
        self._remembered.faults()
        self._say("faults")

    def _say(self, kind: str, key: str = "") -> None:
        """Tell who listens that something has changed."""
        if self.events.awake:
            self.events.say(kind, self.contract.name, key)

    def reset(self) -> None:
        """Forget everything: tasks, counters, the diary, and the faults that were added since the start."""
        self.store.reset()
        self.faults.reset()
        self._say("reset")

    def reload(self, contract: Contract | None = None) -> None:
        """Serve another contract, or read the documents again, and keep the tasks.

        What cannot be read, or does not know a word that a task says, is refused, and the old contract stays.
        """
        contract = self.read() if contract is None else contract
        self.tasks.refuse_to_forget(contract)
        self._book = opened(contract, self._ground)

    # doors

    def transport(self) -> httpx.MockTransport:
        """A transport for `httpx.Client` and `httpx.AsyncClient`: no socket, no port."""
        return wire.transport(self, self.clock, self._send_ahead)

    def answering(self) -> Callable[[httpx.Request], httpx.Response]:
        """This mock as a function of httpx's values: the side effect of a respx route."""
        return wire.answering(self, self.clock, self._send_ahead)

    def _send_ahead(self) -> None:
        self.webhooks.deliver_due()

    # the way of a request

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        book, now_ms = self._book, self.clock.now()
        asked, wishes = prefer.read(request)
        match = admission.routed(book.contract, asked)
        hit: Hit | None = None
        findings: tuple[Finding, ...] = ()
        owner = ""
        try:
            if self.faults.rows:
                hit = self.faults.before(self._visit(book, asked, match, now_ms))
            owner = book.gate.owner(match.operation, asked)
            done = (hit and hit.done) or book.serving.done(asked, wishes, match, owner, now_ms)
        except Refused as no:
            findings = no.findings
            done = Done(book.problems.response(no, match.operation), reason=no.reason)
        except Down as down:
            return self.unavailable(request, down)
        if hit:
            done = hit.after(done)
        response = finished(done, wishes, request, self._request_id())
        key = match.operation.key if match.operation else ""
        with contextlib.suppress(Down):  # what was done is done, and the client is told of it
            number = book.journal.note(now_ms, request, response, key, done.reason, findings, done.tasks, owner)
            if self.events.awake:
                self._say("request", str(number))
        return response

    def unavailable(self, request: Request, down: Down) -> Response:
        """The answer where the store could not keep what a request was about; nothing can be noted then."""
        asked, wishes = prefer.read(request)
        refused = Refused("unavailable", str(down), (RETRY,))
        answer = self._book.problems.response(refused, admission.routed(self.contract, asked).operation)
        return finished(Done(answer, reason=refused.reason), wishes, request, self._request_id())

    def too_large(self, request: Request) -> Response:
        """Answer a request whose body was not read, because it is too large."""
        book, match = self._book, admission.routed(self.contract, request)
        refused = Refused("too_large", f"the body has more than {admission.BODY_BYTES} bytes")
        done = Done(book.problems.response(refused, match.operation), reason=refused.reason)
        response = finished(done, prefer.NONE, request, self._request_id())
        key = match.operation.key if match.operation else ""
        with contextlib.suppress(Down):  # it is refused, whoever may read of it
            number = book.journal.note(self.clock.now(), request, response, key, refused.reason)
            if self.events.awake:
                self._say("request", str(number))
        return response

    def _visit(self, book: Book, request: Request, match: Match, now_ms: int) -> Visit:
        """What faults are told of a request."""
        owner = book.gate.seen(match.operation, request)
        return Visit(request, match.operation, owner, now_ms, book.problems, book.tasks.unfinished)

    def files_at(self, origin: str) -> str:
        """Where the files of tasks are for somebody who reaches this provider at an origin."""
        return self._base(self.contract, self.address or origin)

    def _base(self, contract: Contract, origin: str) -> str:
        """Where the files of tasks are, as the client reaches this server, or as it is reached by anybody."""
        return (self._public_url or origin or self.address or next(iter(contract.servers), "http://localhost")) + MEDIA

    def _request_id(self) -> str:
        return f"{self._mark}-{next(self._numbers):08}"
