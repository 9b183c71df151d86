"""Traffic as rules see it: every exchange with what it is for and what it carries, every task with what is told of it.

Puts together what the messages tell, and makes the findings of the rules. Judges nothing, and knows no rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol
from urllib.parse import urlsplit

from lumakit import catalogue
from lumakit.check.packing import is_unread
from lumakit.check.teller import Teller
from lumakit.check.telling import Heard, Seen, Tale, Telling
from lumakit.check.traffic import Traffic
from lumakit.check.verdict import Judged, Story, Via
from lumakit.contract.compile import Contract, Match
from lumakit.contract.lens import Lens
from lumakit.contract.operation import Taken
from lumakit.contract.parameters import MISSING
from lumakit.contract.reading import Reading, Webhook
from lumakit.model import Basis, Exchange, Finding, Request, Response, Severity

_UNREAD = ("X205", "X213")
_SURE = tuple(Basis)  # the most certain first


class Opinion(Protocol):
    """Another judge of single messages."""

    def request(self, request: Request) -> tuple[str, ...]:
        """What it has against a request."""
        ...

    def response(self, request: Request, response: Response) -> tuple[str, ...]:
        """What it has against the answer to a request."""
        ...


@dataclass(frozen=True)
class Scene:
    """All that was seen of one endpoint, by one contract.

    `probing` says that we asked, and broke the contract on purpose here and there; `base` is the path in front of every
    documented one, and `second` another judge, where one is asked.
    """

    contract: Contract
    traffic: Traffic
    probing: bool = False
    base: str = ""
    second: Opinion | None = None

    @property
    def reading(self) -> Reading | None:
        """How the contract is read."""
        return self.contract.reading

    @cached_property
    def seen(self) -> tuple[Seen, ...]:
        """Every exchange."""
        return tuple(map(self._seen, self.traffic.exchanges))

    def _seen(self, exchange: Exchange) -> Seen:
        match = self.route(exchange.request, exchange.operation)
        if match.operation is None:
            return Seen(exchange, match, Taken(MISSING, ()), Taken(MISSING, ()))
        asked = match.operation.take(exchange.request, match.path_values)
        told = match.operation.receive(exchange.response)
        request, response = exchange.request, exchange.response
        return Seen(exchange, match, _whole(asked, request.body), _whole(told, response.body))

    @cached_property
    def shows_keys(self) -> bool:
        """True where credentials are seen at all: some recorders leave them out of everything."""
        return any(seen.keyed and seen.operation and seen.operation.security.schemes for seen in self.seen)

    def route(self, request: Request, operation: str = "") -> Match:
        """What a request is for. Where it was noted which operation that is, anything may stand before its path."""
        return routed(self.contract, self.plain(request), operation)

    def plain(self, request: Request) -> Request:
        """A request as if the documented paths began at the root."""
        return replace(request, path=request.path.removeprefix(self.base)) if self.base else request

    @cached_property
    def tellings(self) -> tuple[Telling, ...]:
        """Everything that was told of a task, in order."""
        teller = self.teller
        told = [each for seen in self.seen for each in teller.told(seen)] if teller else []
        told += [each.telling for each in self.heard]
        return tuple(sorted(told, key=lambda each: each.number))

    @cached_property
    def tales(self) -> tuple[Tale, ...]:
        """Every task that was seen, in the order in which they were."""
        found: dict[str, list[Telling]] = {}
        for each in self.tellings:
            if each.task:
                found.setdefault(each.task, []).append(each)
        return tuple(Tale(_story(key, tellings), tuple(tellings)) for key, tellings in found.items())

    @cached_property
    def by_task(self) -> Mapping[str, Tale]:
        """The same by their ids."""
        return {tale.story.id: tale for tale in self.tales}

    @cached_property
    def heard(self) -> tuple[Heard, ...]:
        """Every webhook that arrived."""
        return tuple(map(self.teller.heard, self.traffic.arrivals)) if self.teller else ()

    @cached_property
    def teller(self) -> Teller | None:
        """What reads tasks; None where the contract knows none."""
        return Teller(self.contract, self.reading) if self.reading else None

    @cached_property
    def addresses(self) -> frozenset[str]:
        """Every address that an answer or a webhook told, without its query."""
        bodies = (*(seen.told.body for seen in self.seen), *(each.telling.body for each in self.heard))
        return frozenset(plain(text) for body in bodies for text in _texts(body) if text.startswith("http"))

    @cached_property
    def calls(self) -> Mapping[str, tuple[Heard, ...]]:
        """The webhooks that came for each task."""
        found: dict[str, list[Heard]] = {}
        for each in self.heard:
            found.setdefault(each.telling.task, []).append(each)
        return {key: tuple(several) for key, several in found.items()}

    @cached_property
    def answered(self) -> frozenset[str]:
        """The ids of all tasks that an answer has named, or was asked for and told."""
        return frozenset(each.task for each in self.tellings if each.via is not Via.WEBHOOK)

    @cached_property
    def nameless(self) -> int:
        """How many tasks may have been made without a name: the answer was lost, tells of trouble, or names none."""
        makers = {key for task in (self.reading.tasks.values() if self.reading else ()) for key in task.makers}
        lost = (each.request for each in self.traffic.unanswered if not each.lost.unsent)
        named = {each.number for each in self.tellings if each.task}
        seen = (each for each in self.seen if each.operation and not 400 <= each.exchange.response.status < 500)
        keys = [each.operation.key for each in seen if each.operation and each.exchange.number not in named]
        keys += [found.key for found in (self.route(each).operation for each in lost) if found]
        return sum(key in makers for key in keys)

    @cached_property
    def strangers(self) -> frozenset[str]:
        """The ids that webhooks tell and no answer does."""
        return frozenset(each.telling.told for each in self.heard if each.telling.told) - self.answered

    @cached_property
    def given(self) -> frozenset[str]:
        """The ids that somebody was given: by an answer that made a task or lists some, or by a webhook."""
        return frozenset(each.task for each in self.tellings if each.via is not Via.FETCH)

    @cached_property
    def files(self) -> Mapping[str, tuple[Exchange, ...]]:
        """Who asked for an address that is no operation's."""
        found: dict[str, list[Exchange]] = {}
        for seen in self.seen:
            if seen.operation is None and seen.exchange.request.method in ("GET", "HEAD"):
                found.setdefault(address_of(seen.exchange.request), []).append(seen.exchange)
        return {address: tuple(several) for address, several in found.items()}

    @cached_property
    def last_ms(self) -> int:
        """When something was last seen."""
        traffic = self.traffic
        times = [
            each.at_ms for several in (traffic.exchanges, traffic.unanswered, traffic.arrivals) for each in several
        ]
        return max(times, default=0)

    def webhook(self, kind: str) -> Webhook | None:
        """What is documented of the webhooks of a kind; of any where the kind is not known."""
        tasks = self.reading.tasks if self.reading else {}
        told = [tasks[kind]] if kind in tasks else list(tasks.values())
        return next((task.webhook for task in told if task.webhook), None)

    # findings

    def judged(  # noqa: PLR0913  # what a finding says has so many parts, and each is named
        self,
        code: str,
        told: Telling,
        message: str,
        *,
        subject: str,
        fact: str = "",
        basis: Basis | None = None,
        earlier: Iterable[Telling] = (),
        severity: Severity | None = None,
    ) -> Judged:
        """A finding about a task; it rests on the place of the document that shows the fact, unless told otherwise."""
        where = told.operation.key if told.operation and told.via is not Via.WEBHOOK else "webhook"
        places = (told.operation.pointer,) if told.operation else ()
        found = self.finding(code, where, message, subject, self.pointer_of(fact, told), places, basis)
        numbers = tuple(dict.fromkeys((*(each.number for each in earlier), told.number)))
        side = "request" if told.via is Via.WEBHOOK else "response"
        return Judged(found.but(severity=severity) if severity else found, numbers, side, told.task)

    def finding(  # as above
        self,
        code: str,
        where: str,
        message: str,
        subject: str,
        pointer: str = "",
        places: Iterable[str] = (),
        basis: Basis | None = None,
    ) -> Finding:
        """A finding that weighs what its entry says, as certain as the least certain of the places it rests on."""
        actions = [action for action in map(self.contract.origin, places) if action]
        weakest = max(actions, key=lambda each: _SURE.index(each.basis), default=None)
        return catalogue.finding(
            code,
            where=where,
            message=message,
            pointer=pointer,
            subject=subject,
            edition=self.contract.edition,
            basis=basis or (weakest.basis if weakest else Basis.DOCUMENTED),
            evidence=weakest.evidence if weakest and not basis else (),
        )

    def pointer_of(self, fact: str, told: Telling) -> str:
        """Where a fact stands in the message that tells it; the part of the message where it stands nowhere."""
        for each in self.reading.lens.facts if self.reading and fact else ():
            place = Lens((each,)).place(each, told.body) if each.name == fact else None
            if place:
                return told.at + place[0]
        return told.at


def plain(address: str) -> str:
    """An address without its query and fragment: what is signed anew with every look."""
    return address.partition("#")[0].partition("?")[0]


def address_of(request: Request) -> str:
    """The address that a request was made for, without its query."""
    return f"{request.origin}{request.path}"


def is_address(text: str) -> bool:
    """True for an absolute address of HTTP."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme.lower() in ("http", "https") and bool(parts.hostname)


def routed(contract: Contract, request: Request, operation: str = "") -> Match:
    """What a request is for; where it was noted which operation that is, anything may stand before its path."""
    found = contract.route(request)
    path = request.path
    while found.operation is None and operation in contract.operations and path.count("/") > 1:
        path = path[path.index("/", 1) :]
        behind = contract.route(replace(request, path=path))
        found = behind if behind.operation and behind.operation.key == operation else found
    return found


def _story(key: str, tellings: list[Telling]) -> Story:
    first = next((each for each in tellings if each.via in (Via.SUBMIT, Via.EXTEND)), tellings[0])
    kinds = (each.kind or (each.snapshot.kind if each.snapshot else "") for each in (first, *tellings))
    owners = (each.owner for each in (first, *tellings))
    parent = next((each.parent for each in tellings if each.parent), "")
    looks = tuple(each.look for each in tellings)
    return Story(key, next(filter(None, kinds), ""), next(filter(None, owners), ""), parent, looks)


def _whole(taken: Taken, body: bytes) -> Taken:
    """What a message carries; of a body that is not there as it was it is not said that it cannot be read."""
    if not is_unread(body):
        return taken
    return Taken(taken.body, tuple(each for each in taken.findings if each.code not in _UNREAD))


def _texts(body: Any) -> Iterator[str]:
    waiting = [body]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            waiting.extend(value.values())
        elif isinstance(value, (list, tuple)):
            waiting.extend(value)
