"""The bureau de change: our requests and responses, and httpx's. The one room that names httpx.

What the client sent is carried over as it stands on the wire, and an answer that is held back longer than the client
waits is none. Knows no contract, and opens no connection.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from lumakit.clock import Clock, SystemClock
from lumakit.errors import SurroundingsError
from lumakit.model import Request, Response

if TYPE_CHECKING:
    import httpx

Handler = Callable[[Request], Response]


def _nothing() -> None:
    """What happens before an answer that goes behind something, where nobody says more."""


def transport(handler: Handler, clock: Clock, ahead: Callable[[], None] = _nothing) -> httpx.MockTransport:
    """A transport for `httpx.Client` and `httpx.AsyncClient` alike, which asks a handler instead of a network."""
    _need_httpx()
    import httpx

    class Transport(httpx.MockTransport):
        """One that holds an answer back without holding up the event loop."""

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await request.aread()
            response = handler(received(request))
            await _pause(clock, _held_s(response, request))
            if response.ahead:
                ahead()
            return _given(response, request)

    return Transport(answering(handler, clock, ahead))


def answering(
    handler: Handler, clock: Clock, ahead: Callable[[], None] = _nothing
) -> Callable[[httpx.Request], httpx.Response]:
    """A handler as httpx wants it: for its mock transport, and for the side effect of a respx route."""
    _need_httpx()

    def answer(request: httpx.Request) -> httpx.Response:
        response = handler(received(request))
        if held_s := _held_s(response, request):
            clock.sleep(held_s)
        if response.ahead:
            ahead()
        return _given(response, request)

    return answer


def received(request: httpx.Request) -> Request:
    """A request as a server would have received it."""
    path, _, query = request.url.raw_path.partition(b"?")
    origin = f"{request.url.scheme}://{request.url.netloc.decode('latin-1')}"
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
    return Request(request.method, path.decode("latin-1"), query.decode("latin-1"), headers, request.read(), origin)


async def _pause(clock: Clock, seconds: float) -> None:
    """Wait on a clock inside an event loop."""
    import asyncio  # where this is called, it has been imported; elsewhere nobody waits for it

    if isinstance(clock, SystemClock):
        await asyncio.sleep(seconds)
    elif seconds:
        clock.sleep(seconds)


def _patience_s(request: httpx.Request) -> float:
    """How long the client waits for an answer."""
    read_s = request.extensions.get("timeout", {}).get("read")
    return math.inf if read_s is None else read_s


def _held_s(response: Response, request: httpx.Request) -> float:
    """How long the client waits in vain."""
    return min(response.delay_s, _patience_s(request))


def _given(response: Response, request: httpx.Request) -> httpx.Response:
    """The answer as a client gets it; none where it comes too late."""
    import httpx

    if response.delay_s > _patience_s(request):
        raise httpx.ReadTimeout(f"the answer is held back for {response.delay_s:g} s", request=request)
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    return httpx.Response(response.status, headers=headers, content=response.body, request=request)


def _need_httpx() -> None:
    if find_spec("httpx") is None:
        raise SurroundingsError("httpx is not installed", code="extra_missing", hint="pip install 'lumakit[httpx]'")
