"""The bureau de change: our requests and responses, and httpx's. Beside egress the one room that names httpx.

What the client sent is carried over as it stands on the wire, and an answer that is held back longer than the client
waits is none. Knows no contract, and opens no connection.
"""

from __future__ import annotations

import math
import sys
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from lumakit.clock import Clock, VirtualClock
from lumakit.errors import SurroundingsError
from lumakit.model import Break, Ending, Headers, Request, Response

if TYPE_CHECKING:
    import ssl

    import httpx

_NAMED = {"User-Agent": "lumakit"}
Handler = Callable[[Request], Response]


def _nothing() -> None:
    """What happens before an answer that goes behind something, where nobody says more."""


def transport(handler: Handler, clock: Clock, ahead: Callable[[], None] = _nothing) -> httpx.MockTransport:
    """A transport for `httpx.Client` and `httpx.AsyncClient` alike, which asks a handler instead of a network."""
    need_httpx()
    import httpx

    async def sent() -> None:
        ahead()

    answer = answering_async(handler, clock, sent)

    class Transport(httpx.MockTransport):
        """One that holds an answer back without holding up the event loop."""

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return await answer(request)

    return Transport(answering(handler, clock, ahead))


def answering(
    handler: Handler, clock: Clock, ahead: Callable[[], None] = _nothing
) -> Callable[[httpx.Request], httpx.Response]:
    """A handler as httpx wants it: for its mock transport, and for the side effect of a respx route."""
    need_httpx()

    def answer(request: httpx.Request) -> httpx.Response:
        response = handler(received(request))
        if held_s := _held_s(response, request):
            clock.sleep(held_s)
        if response.ahead:
            ahead()
        return _given(response, request, clock)

    return answer


def answering_async(
    handler: Handler, clock: Clock, ahead: Callable[[], Awaitable[object]]
) -> Callable[[httpx.Request], Awaitable[httpx.Response]]:
    """The same for who awaits the answer, and what goes ahead of it."""
    need_httpx()

    async def answer(request: httpx.Request) -> httpx.Response:
        await request.aread()
        response = handler(received(request))
        await pause(clock, _held_s(response, request))
        if response.ahead:
            await ahead()
        return _given(response, request, clock)

    return answer


def trusted() -> ssl.SSLContext:
    """Who is believed when he says who he is: made once for all clients that belong together, for it takes a while."""
    need_httpx()
    import httpx

    return httpx.create_ssl_context()


def client(transport: Any, timeout_s: float, trust: ssl.SSLContext | bool = True) -> httpx.Client:
    """A client that follows no redirect."""
    need_httpx()
    import httpx

    return httpx.Client(transport=transport, timeout=timeout_s, headers=_NAMED, verify=trust)


def async_client(transport: Any, timeout_s: float, trust: ssl.SSLContext | bool = True) -> httpx.AsyncClient:
    """The same for an event loop."""
    need_httpx()
    import httpx

    return httpx.AsyncClient(transport=transport, timeout=timeout_s, headers=_NAMED, verify=trust)


def received(request: httpx.Request) -> Request:
    """A request as a server would have received it."""
    path, _, query = request.url.raw_path.partition(b"?")
    origin = f"{request.url.scheme}://{request.url.netloc.decode('latin-1')}"
    headers = _texts(tuple(request.headers.raw))
    return Request(request.method, path.decode("latin-1"), query.decode("latin-1"), headers, request.read(), origin)


@lru_cache(maxsize=256)
def _texts(raw: tuple[tuple[bytes, bytes], ...]) -> Headers:
    """Headers as texts. Remembered, because a client says the same again and again."""
    return tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw])


async def pause(clock: Clock, seconds: float) -> None:
    """Wait on a clock inside an event loop: whoever waits gives others a turn, however short it is."""
    import asyncio  # where this is called, it has been imported; elsewhere nobody waits for it

    await _turn(asyncio)
    if isinstance(clock, VirtualClock):
        await clock.pause(seconds)
    elif seconds:
        await asyncio.sleep(seconds)


async def _turn(asyncio: Any) -> None:
    """Let others go on, on the loop that there is; whatever stands in the place of a library's own sleep."""
    if (trio := _running_trio()) is not None:
        await trio.lowlevel.checkpoint()
    elif asyncio._get_running_loop() is not None:  # noqa: SLF001  # the documented function raises where there is none
        await _yielded()


def _running_trio() -> Any:
    """trio, where it is what runs this task."""
    trio = sys.modules.get("trio")
    try:
        return trio and trio.lowlevel.current_task() and trio
    except RuntimeError:  # which says that it does not
        return None


@types.coroutine
def _yielded() -> Generator[None, None, None]:
    yield


def _patience_s(request: httpx.Request) -> float:
    """How long the client waits for an answer."""
    read_s = request.extensions.get("timeout", {}).get("read")
    return math.inf if read_s is None else read_s


def _held_s(response: Response, request: httpx.Request) -> float:
    """How long the client waits in vain."""
    return min(response.delay_s, _patience_s(request))


def _given(response: Response, request: httpx.Request, clock: Clock) -> httpx.Response:
    """The answer as a client gets it; none where it comes too late."""
    import httpx

    if response.delay_s > _patience_s(request):
        raise httpx.ReadTimeout(f"the answer is held back for {response.delay_s:g} s", request=request)
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    if response.breaks is None:
        if response.body and response.header("content-length") is None:
            headers.append((b"Content-Length", str(len(response.body)).encode()))
        return httpx.Response(response.status, headers=headers, stream=httpx.ByteStream(response.body), request=request)
    if not response.breaks.answers:
        raise httpx.ReadError("Connection reset by peer", request=request)
    if request.method == "HEAD" or not response.body:
        return httpx.Response(response.status, headers=headers, request=request)
    return _broken(response, response.breaks, headers, request, clock)


def _broken(
    response: Response, breaks: Break, headers: list[tuple[bytes, bytes]], request: httpx.Request, clock: Clock
) -> httpx.Response:
    """An answer whose head has come, and whose body comes slowly, or not to its end."""
    import httpx

    class Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
        """The body, as it is read."""

        def __iter__(self) -> Iterator[bytes]:
            for gap_s, piece in _steps(breaks, response.body, _patience_s(request)):
                if gap_s:
                    clock.sleep(gap_s)
                yield piece

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for gap_s, piece in _steps(breaks, response.body, _patience_s(request)):
                if gap_s:
                    await pause(clock, gap_s)
                yield piece

    framed = [each for each in headers if each[0].lower() != b"content-length"]
    framed.append((b"Content-Length", str(len(response.body)).encode()))
    return httpx.Response(response.status, headers=framed, stream=Stream(), request=request)


def _steps(breaks: Break, body: bytes, patience_s: float) -> Iterator[tuple[float, bytes]]:
    """Each piece of a body, and how long it is waited for; raises what a client meets where no more comes."""
    import httpx

    sent = breaks.sent(body)
    for begin in range(0, len(sent), breaks.piece_bytes):
        if breaks.gap_s > patience_s:
            yield patience_s, b""
            raise httpx.ReadTimeout(f"the body comes with gaps of {breaks.gap_s:g} s")
        yield breaks.gap_s, sent[begin : begin + breaks.piece_bytes]
    if breaks.ending is Ending.RESET:
        raise httpx.ReadError("Connection reset by peer")
    if breaks.ending is Ending.CLOSED:
        counts = f"received {len(sent)} bytes, expected {len(body)}"
        raise httpx.RemoteProtocolError(f"peer closed connection without sending complete message body ({counts})")


def need_httpx() -> None:
    """A sentence where the library is missing that all this stands on."""
    if find_spec("httpx") is None:
        raise SurroundingsError("httpx is not installed", code="extra_missing", hint="pip install 'lumakit[httpx]'")
