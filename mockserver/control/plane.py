"""The control plane: a request under `/__admin` is admitted, routed and judged by our own document, and handled.

The document is compiled when the first request comes, by the same machinery as the providers'. Does not know sockets,
and is not on the way of a request for a provider.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lumakit.errors import LumakitError
from lumakit.model import Request, Response, Severity
from mockserver.control import pages
from mockserver.control.declined import Declined
from mockserver.control.lock import Lock, check_content_type
from mockserver.control.office import Asked, Office
from mockserver.control.replies import strict
from mockserver.defaults import ADMIN
from mockserver.door.beside import Here, Streamed
from mockserver.events import Events
from mockserver.problems import Refused
from mockserver.server import MockServer
from mockserver.stores import RETRY, Down
from mockserver.taking import Take, at_once

if TYPE_CHECKING:
    from lumakit.contract.compile import Contract, Match
    from lumakit.contract.operation import Operation
    from mockserver.control.stream import Pace, Streams

Answer = Response | Streamed
Handler = Callable[[Office, Asked], Response]
MAX_BODY = 1024 * 1024
_OWN_CODES = {"putClock": "clock_range"}  # what a value is called that the document does not let pass


class Control:
    """The control plane of one server."""

    def __init__(
        self,
        server: MockServer,
        lock: Lock | None = None,
        events: Events | None = None,
        ticks: Callable[[], float] = time.monotonic,
        pace: Pace | None = None,
        take: Take = at_once,
    ) -> None:
        self._lock = lock or Lock()
        self._pace = pace
        self._take = take
        began = ticks()
        clock = next(iter(server.providers.values())).clock
        shared = events or Events()
        for each in server.providers.values():
            each.events = shared
        self._office = Office(server, clock, shared, lambda: ticks() - began, self._lock.needs_token)

    def __call__(self, request: Request, here: Here) -> Answer:
        """Answer one request that arrived at a place."""
        return self._answered(request, here, self._served)

    def too_large(self, request: Request, here: Here) -> Answer:
        """Answer a request whose body is too large to be taken."""
        return self._answered(request, here, _refuse_size)

    def begin(self) -> None:
        """The server starts."""
        self._streams.begin()

    def hurry(self) -> None:
        """The server stops: end every stream. Called on its loop."""
        self._streams.hurry()

    def _answered(self, request: Request, here: Here, serve: Callable[[Request], Answer]) -> Answer:
        try:
            self._lock.admit(request, here)
            path = request.path.removeprefix(ADMIN)
            if pages.is_page(path):
                return _strict(pages.page(path, request, self._media(request.origin)))
            self._lock.check_token(request)
            return _strict(serve(request))
        except Declined as no:
            return _strict(no.response())
        except Refused as no:
            return _strict(Declined.like(no).response())
        except LumakitError as error:
            return _strict(Declined.by(error).response())
        except Down as down:
            return _strict(Declined(503, "store_unavailable", str(down), (RETRY,)).response())

    def _media(self, origin: str) -> Collection[str]:
        """Where, beside here, the files of tasks are."""
        places = {urlsplit(self._office.files(each, origin)) for each in self._office.providers.values()}
        return {f"{place.scheme}://{place.netloc}" for place in places} - {origin}

    # by the document

    @cached_property
    def contract(self) -> Contract:
        """Our own document, compiled."""
        from mockserver.control.document import contract

        for clock in self._office.clocks():
            follow = getattr(clock, "follow", None)
            if follow:
                follow(self._clock_moved)
        return contract()

    def _clock_moved(self) -> None:
        if self._office.events.awake:
            self._office.events.say("clock")

    @cached_property
    def _streams(self) -> Streams:
        from mockserver.control.stream import Pace, Streams

        return Streams(self._office, self._pace or Pace(), self._take)

    def _served(self, request: Request) -> Answer:
        from mockserver import admission
        from mockserver.control.document import HANDLERS, written

        match = admission.routed(self.contract, request)
        if match.operation is None:
            if request.method == "OPTIONS" and match.allow:
                return Response(204, (("Allow", admission.allowed(match)),))
            raise admission.undocumented(self.contract, request, match)
        check_content_type(request)
        asked = Asked(_values(match.operation, request, match), request.origin)
        if match.operation.id == "getDocument":
            return written(self.contract)
        if match.operation.id == "getEvents":
            return self._followed(request)
        return HANDLERS[match.operation.id](self._office, asked)

    def _followed(self, request: Request) -> Answer:
        """The stream of events; of HEAD only the head."""
        if request.method == "HEAD":
            return Response(200, (("Content-Type", "text/event-stream"),))
        return self._streams.follow(request.header("last-event-id"), request.origin)


def _values(operation: Operation, request: Request, match: Match) -> dict[str, Any]:
    """Everything that a request says, by name, once it keeps the document."""
    from lumakit.contract.parameters import MISSING, Texts

    if len(request.body) > MAX_BODY:
        _refuse_size(request)
    texts = Texts(request, match.path_values)
    known = {each.name for each in operation.parameters if each.location == "query"}
    if strange := sorted({name for name, _ in texts.query} - known):
        words = f"one of {', '.join(sorted(known))}" if known else "none is taken"
        raise Declined(422, "unknown_parameter", f"there is no parameter {strange[0][:100]!r}: {words}")
    taken = operation.take(request, match.path_values)
    wrong = [each for each in taken.findings if each.severity is Severity.ERROR]
    if wrong:
        unreadable = any(each.code == "X205" for each in wrong)
        code = "unreadable" if unreadable else _OWN_CODES.get(operation.id, "invalid")
        raise Declined.found(400 if unreadable else 422, code, wrong)
    read = {each.name: each.read(texts) for each in operation.parameters}
    given = {name: value for name, value in read.items() if value is not MISSING}
    return {**given, **(taken.body if isinstance(taken.body, dict) else {})}


def _refuse_size(_: Request) -> Answer:
    raise Declined(413, "too_large", f"the body has more than {MAX_BODY} bytes", (("Connection", "close"),))


def _strict(answer: Answer) -> Answer:
    """The answer with the headers that every answer has."""
    head = answer.head if isinstance(answer, Streamed) else answer
    head = Response(head.status, strict(head.headers), head.body)
    return Streamed(head, answer.pieces, answer.close) if isinstance(answer, Streamed) else head
