"""The proxy's own room: requests go on to one upstream and its answers come back, piece by piece, and are listened to.

How it is made: an ASGI application stands where a door stands, behind the guard that every server of ours has. It joins
its upstream's path and the path that came as texts, and hands head and pieces to `egress.passing`, which judges and
dials. Beside the stream a bounded `Capture` keeps what can be judged; when the last byte has passed, the exchange goes
to a listener (`Heard`), which never holds up who waits for bytes.

Untouched means: method, path, query, body, status and every header that is for the other end, packed bodies as they
are, repeated headers in their order. Not passed on are headers for the next hop, the Host (it is the upstream's), the
words behind a status, provisional answers (1xx), trailers, and the Content-Length of an answer that has no body (304).
A request is sent once. Where no answer comes the client gets 502 or 504 and why, as problem+json, in `Lumakit-Reason`.

Knows ASGI 3. Knows no contract, and judges nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote

from lumakit import strictjson
from lumakit.check.capture import Capture, Room, end_to_end
from lumakit.clock import Clock
from lumakit.egress.exchange import Unreachable
from lumakit.egress.outcome import Blocked, NoAnswer
from lumakit.egress.passing import Passage, Passed
from lumakit.errors import LumakitError
from lumakit.model import Ending, Headers, Lost, Request, Response

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
BODILESS = (204, 304)


class Heard(NamedTuple):
    """What passed: its number in the order of answers, when, and how long the bodies were."""

    number: int
    at_ms: int
    request: Request
    request_bytes: int
    answer: Response | Lost
    response_bytes: int


class Listener(Protocol):
    """Who is told of all that passes, and holds nobody up."""

    def number(self) -> int:
        """The next number."""
        ...

    def hear(self, heard: Heard) -> None:
        """What passed."""
        ...


class _Gone(Exception):
    """The client left."""


class Relay:
    """An ASGI application that passes on what it is asked."""

    def __init__(  # what stands around it has a name each
        self, passage: Passage, origin: str, base: str, listener: Listener, clock: Clock, *, limits: Any, cut: str = ""
    ) -> None:
        self.limits = limits
        self.dated = False  # the upstream's answers have a date
        self.failure: LumakitError | None = None
        self._passage = passage
        self._origin = origin
        self._base = base
        self._listener = listener
        self._clock = clock
        self._cut = cut
        self._room = Room()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass on one request, or follow the life of the server."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await _Passing(self, scope, receive, send).run()
        else:
            raise NotImplementedError(f"ASGI scope {scope['type']!r}")

    def hurry(self) -> None:
        """The server stops: what is under way may end, and the server sees to it that it does."""

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._passage.close()
        await send({"type": "lifespan.shutdown.complete"})

    def head(self, scope: Message) -> Request:
        """The request as it goes on, without its body."""
        path = (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1")
        headers = end_to_end(
            (name.decode("latin-1"), value.strip().decode("latin-1")) for name, value in scope["headers"]
        )
        kept = tuple(each for each in headers if each[0].lower() not in ("host", "content-length"))
        query = scope["query_string"].decode("latin-1")
        return Request(
            scope["method"], f"{self._base}{path}", query, (*kept, *_framing(scope["headers"])), b"", self._origin
        )

    def capture(self, headers: Headers) -> Capture:
        """What keeps a body that passes by."""
        return Capture(self._room, headers)

    def passage(self) -> Passage:
        """The way to the upstream."""
        return self._passage

    def moment(self) -> tuple[int, int]:
        """A number and a time, for what begins to be answered now."""
        return self._listener.number(), self._clock.now()

    def told(  # an exchange has so many parts
        self, number: int, at_ms: int, head: Request, sent: Capture, answer: Response | Lost, came: int
    ) -> None:
        """Tell whoever listens."""
        headers = tuple(each for each in head.headers if each[0].lower() != "transfer-encoding")
        size = sent.size
        request = Request(head.method, head.path, head.query, headers, sent.taken(), head.origin)
        self._listener.hear(Heard(number, at_ms, request, size, answer, came))

    def end(self, scope: Message, send: Send) -> None:
        """Break off an answer that has begun and cannot be ended: the client must not take it for whole."""
        cut = scope.get("state", {}).get(self._cut)
        if cut is None:
            raise ConnectionError("the upstream broke its answer off")  # the server closes the connection then
        cut(send, Ending.CLOSED)


class _Passing:
    """One request on its way."""

    def __init__(self, relay: Relay, scope: Message, receive: Receive, send: Send) -> None:
        self._relay, self._scope, self._receive, self._send = relay, scope, receive, send
        self._head = relay.head(scope)
        self._sent = relay.capture(self._head.headers)
        self._moment: tuple[int, int] | None = None
        self._begun: Response | None = None  # the head of an answer, once it has gone out
        self._came: Capture | None = None

    async def run(self) -> None:
        """Pass it on, and say what came of it."""
        body = self._body() if _framing(self._scope["headers"]) else None
        try:
            async with self._relay.passage().passed(self._head, body) as answer:
                self._moment = self._relay.moment()
                await self._answer(answer)
        except NoAnswer as no:
            await self._none(no)
        except _Gone:
            self._tell(Lost("the client left before the answer was whole", head=self._begun))
        except asyncio.CancelledError:
            self._tell(Lost("the proxy ended before the answer was whole", head=self._begun))
            raise

    async def _body(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise _Gone
            piece, more = message.get("body", b""), message.get("more_body", False)
            self._sent.add(piece)
            if piece:
                yield piece

    async def _answer(self, answer: Passed) -> None:
        """Give the answer piece by piece, unless the client leaves."""
        giving = asyncio.ensure_future(self._give(answer))
        leaving = asyncio.ensure_future(self._left())
        try:
            await asyncio.wait((giving, leaving), return_when=asyncio.FIRST_COMPLETED)
            if not giving.done():
                raise _Gone
            await giving
        finally:
            for each in (giving, leaving):
                each.cancel()
                with suppress(asyncio.CancelledError, NoAnswer):
                    await each

    async def _left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _give(self, answer: Passed) -> None:
        headers = end_to_end(answer.headers)
        silent = answer.status in BODILESS or self._head.method == "HEAD"
        if answer.status in BODILESS:
            headers = tuple(each for each in headers if each[0].lower() != "content-length")
        self._came = came = self._relay.capture(answer.headers)
        lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await self._send({"type": "http.response.start", "status": answer.status, "headers": lines})
        self._begun = Response(answer.status, headers)
        async for piece in answer.pieces:
            came.add(piece)
            if not silent:
                await self._send({"type": "http.response.body", "body": piece, "more_body": True})
        size = came.size
        self._tell(Response(answer.status, headers, came.taken()), size)
        await self._send({"type": "http.response.body", "body": b""})

    async def _none(self, no: NoAnswer) -> None:
        unsent = isinstance(no, (Blocked, Unreachable)) or no.code == "unknown_host"
        self._tell(Lost(no.reason, unsent, blocked=no.code if isinstance(no, Blocked) else "", head=self._begun))
        if self._begun is not None:
            self._relay.end(self._scope, self._send)
            return
        status = 400 if isinstance(no, Blocked) and no.code in _ASKED_WRONG else 504 if no.code == "timeout" else 502
        reason = no.reason.encode("ascii", "backslashreplace").decode()
        told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": reason}
        body = strictjson.dumps({**told, "code": no.code})
        headers = [
            (b"content-type", b"application/problem+json"),
            (b"lumakit-reason", reason.encode()),
            (b"content-length", str(len(body)).encode()),
        ]
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": b"" if self._head.method == "HEAD" else body})

    def _tell(self, answer: Response | Lost, came: int = 0) -> None:
        if self._came is not None and isinstance(answer, Lost):
            self._came.taken()
        number, at_ms = self._moment or self._relay.moment()
        self._relay.told(number, at_ms, self._head, self._sent, answer, came)


_ASKED_WRONG = ("bad_url", "bad_method", "bad_header")


def _framing(fields: list[tuple[bytes, bytes]]) -> Headers:
    """How the body of a request is framed on its way on: as it came; nothing where there is none."""
    named = dict(fields)
    if b"transfer-encoding" in named:
        return (("Transfer-Encoding", "chunked"),)
    length = named.get(b"content-length", b"").decode("latin-1")
    return (("Content-Length", length),) if length else ()
