"""The ASGI door: bytes of a server become a Request, the handler is asked, its Response becomes bytes.

Hand-written and one straight line, because every request passes here. Knows ASGI 3. Does not know sockets, HTTP's
grammar (that is the guard's), providers or tasks.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import quote

from lumakit.errors import LumakitError
from lumakit.model import Request, Response
from mockserver.defaults import ADMIN
from mockserver.door import fields
from mockserver.door.beside import Ask, Beside, Streamed, send_pieces
from mockserver.door.broken import CUT, send_broken
from mockserver.door.fields import Fields
from mockserver.door.limits import Limits
from mockserver.door.receiving import Gone, Message, Receive, TooLarge, received
from mockserver.refusal import problem
from mockserver.stores import RETRY, Down
from mockserver.taking import Take

Handler = Callable[[Request], Response]
Hook = Callable[[], Awaitable[None]]
Ahead = Callable[[str], Awaitable[None]]  # has the webhooks of a task sent, before the answer that names it
Unavailable = Callable[[Request, Down], Response]
Send = Callable[[Message], Awaitable[None]]
Later = Callable[[Message, Receive, Send], Awaitable[None]]
Answered = tuple[int, Fields, bytes, Later | None]  # status, head and body; or what gives them when their time has come

_log = logging.getLogger(__name__)
_CLOSE = (b"connection", b"close")


async def nobody(_: str) -> None:
    """Who is told before an answer when nobody says otherwise."""


async def nothing() -> None:
    """What a door does at start and at stop when nobody says otherwise."""


def _too_large(request: Request) -> Response:
    return problem(413, f"the body of this {request.method} is larger than this server takes")


def _unavailable(_: Request, down: Down) -> Response:
    refused = problem(503, str(down), code="store_unavailable")
    return Response(refused.status, (*refused.headers, RETRY), refused.body)


class Door:
    """An ASGI application made of one callable, Request -> Response; and of a control plane beside it."""

    def __init__(  # noqa: PLR0913  # what stands beside the handler has a name and a default each
        self,
        handler: Handler,
        *,
        too_large: Handler = _too_large,
        limits: Limits = Limits(),  # noqa: B008  # frozen: nobody can spoil the shared default
        origin: str | None = None,
        on_start: Hook = nothing,
        on_stop: Hook = nothing,
        ahead: Ahead = nobody,
        control: Beside | None = None,
        take: Take | None = None,
        unavailable: Unavailable = _unavailable,
    ) -> None:
        self.limits = limits
        self.dated = True
        self.failure: LumakitError | None = None
        self._handler = handler
        self._too_large = too_large
        self._origin = origin
        self._on_start = on_start
        self._on_stop = on_stop
        self._ahead = ahead
        self._control = control
        self._take = take  # for a handler that may have to wait
        self._unavailable = unavailable
        self._delays: set[asyncio.Timeout] = set()
        self._hurried = False

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the life of the server."""
        if scope["type"] != "http":
            await self._beside_http(scope, receive, send)
            return
        try:
            body = await received(scope["method"], dict(scope["headers"]), receive, self.limits.body_bytes)
        except Gone:
            return
        except TooLarge:
            request = self._request(scope, b"")
            if request.path.startswith(ADMIN) and (control := self._beside(request)) is not None:
                await self._controlled(control.too_large, request, scope, receive, send)
                return
            answer, head = await self._asked(self._too_large, request)
            head.append(_CLOSE)
        else:
            request = self._request(scope, body)
            if request.path.startswith(ADMIN) and (control := self._beside(request)) is not None:
                await self._controlled(control, request, scope, receive, send)
                return
            answer, head = await self._asked(self._handler, request)
        await self._give(answer, head, scope, receive, send)

    def at_once(self, scope: Message, body: bytes) -> Answered | None:
        """The answer to a request that has arrived completely, for a server that wants to do without ASGI's messages.

        None where the request must be brought to the door in the usual way, and `later` where the answer must be
        carried away so: whatever is more than a head and a body that go out now.
        """
        if len(body) > self.limits.body_bytes or self._take is not None:
            return None
        request = self._request(scope, body)
        if request.path.startswith(ADMIN) and self._beside(request) is not None:
            return None
        answer, head = self._answer(self._handler, request)
        plain = answer.delay_s <= 0 and not answer.ahead and answer.breaks is None
        later = None if plain else partial(self._give, answer, head)
        silent = scope["method"] == "HEAD" or answer.status in fields.BODILESS
        return answer.status, head, b"" if silent else answer.body, later

    async def _give(self, answer: Response, head: Fields, scope: Message, receive: Receive, send: Send) -> None:
        """Give an answer, when its time has come."""
        if answer.delay_s > 0 and not await self._waited(answer.delay_s, receive):
            return
        if answer.ahead:
            await self._ahead(answer.ahead)
        start = {"type": "http.response.start", "status": answer.status, "headers": head}
        body = b"" if scope["method"] == "HEAD" or answer.status in fields.BODILESS else answer.body
        if answer.breaks is not None:
            cut = scope.get("state", {}).get(CUT)
            await send_broken(answer.breaks, start, body, send, cut, lambda gap_s: self._waited(gap_s, receive))
            return
        await send(start)
        await send({"type": "http.response.body", "body": body})

    def hurry(self) -> None:
        """Give the answers that are held back now: the server is about to stop. Called on the server's loop."""
        self._hurried = True
        for delay in self._delays:
            delay.reschedule(0)
        if self._control is not None:
            self._control.hurry()

    def _request(self, scope: Message, body: bytes) -> Request:
        headers, host = fields.told(tuple(scope["headers"]))
        path = (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1")
        root = scope.get("root_path", "")  # where this application stands inside another
        return Request(
            scope["method"],
            path.removeprefix(root) or "/",
            scope["query_string"].decode("latin-1"),
            headers,
            body,
            self._origin or f"{scope['scheme']}://{host or _listening(scope)}{root}",
        )

    def _beside(self, request: Request) -> Beside | None:
        """The control plane, where a request is for it: a path may begin alike."""
        return self._control if request.path[len(ADMIN) : len(ADMIN) + 1] in ("", "/") else None

    async def _controlled(self, ask: Ask, request: Request, scope: Message, receive: Receive, send: Send) -> None:
        """Have the control plane answer."""
        going_on: list[Streamed] = []

        def answered(request: Request) -> Response:
            answer = ask(request, tuple(scope.get("server") or ("", None)))
            if not isinstance(answer, Streamed):
                return answer
            going_on.append(answer)
            return answer.head

        answer, head = await self._asked(answered, request, _unavailable)
        if going_on:
            endless = [field for field in head if field[0] != b"content-length"]
            await send_pieces(going_on[0], endless, receive, send)
            return
        await send({"type": "http.response.start", "status": answer.status, "headers": head})
        silent = request.method == "HEAD" or answer.status in fields.BODILESS
        await send({"type": "http.response.body", "body": b"" if silent else answer.body})

    async def _asked(
        self, handler: Handler, request: Request, unavailable: Unavailable | None = None
    ) -> tuple[Response, Fields]:
        """The answer, here or, where it may be waited for, beside the loop."""
        if self._take is None:
            return self._answer(handler, request)
        try:
            return await self._take(partial(self._answer, handler, request))
        except Down as down:  # it was answered, and what was answered could not be kept
            answer, kept = unavailable or self._unavailable, down
            return self._answer(lambda asked: answer(asked, kept), request)

    def _answer(self, handler: Handler, request: Request) -> tuple[Response, Fields]:
        try:
            response = handler(request)
            return response, fields.head(request, response)
        except Exception as error:  # noqa: BLE001  # the last net: whatever it is, the client gets an answer
            _confess(request, error)
            response = problem(500, "the mock server itself failed; what it was stands in its log")
            return response, fields.head(request, response)

    async def _waited(self, delay_s: float, receive: Receive) -> bool:
        """True when the time has passed, False when the client did not wait for it."""
        delay = asyncio.timeout(0 if self._hurried else delay_s)
        try:
            async with delay:
                self._delays.add(delay)
                while (await receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            return True
        finally:
            self._delays.discard(delay)
        return False

    async def _beside_http(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
        else:
            raise NotImplementedError(f"ASGI scope {scope['type']!r}")

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        self._hurried, self.failure = False, None
        if self._control is not None:
            self._control.begin()
        await receive()
        try:
            await self._on_start()
        except LumakitError as error:
            self.failure = error
            await send({"type": "lifespan.startup.failed", "message": f"{error.what!a} [{error.code}]"})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._on_stop()
        await send({"type": "lifespan.shutdown.complete"})


def _listening(scope: Message) -> str:
    host, port = scope.get("server") or ("localhost", None)
    name = f"[{host}]" if ":" in host else host
    return f"{name}:{port}" if port else name


def _confess(request: Request, error: Exception) -> None:
    """One line that says what failed, and the traceback, with nothing in it that could steer a terminal."""
    from lumakit.report import printable

    lines = "".join(traceback.format_exception(error)).splitlines()
    told = "\n".join(map(printable, lines))
    _log.error("%s %s failed: a bug of the mock server\n%s", request.method, printable(request.path), told)
