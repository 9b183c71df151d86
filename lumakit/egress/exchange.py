"""One request to one address, and its whole answer: one of the two rooms that make connections by httpx.

It is given an address that was looked at, and dials that one: no name, no proxy, no redirect, no second try. What
comes back is bounded in bytes here, and in time by whoever waits.
"""

from __future__ import annotations

import asyncio
import errno
import importlib
import ssl
import sys
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol, cast

from lumakit.egress.address import IPAddress
from lumakit.egress.outcome import Blocked, Failed
from lumakit.egress.target import Target
from lumakit.model import Headers, Request, Response

if TYPE_CHECKING:
    import httpx

MAX_HEADERS = 100
MAX_HEADER_BYTES = 32 * 1024


class Unreachable(Failed):
    """Nobody answers at this address, and nothing was sent: another address of the same host may do."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code, reason, unsent=True)


@dataclass(frozen=True, slots=True)
class Line:
    """What an exchange needs besides its request: how long to wait, how much to read, whom to trust."""

    connect_s: float
    answer_bytes: int
    trust: ssl.SSLContext


def nobody() -> ssl.SSLContext:
    """Who is believed where nobody needs to be: making this one takes no time."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def trusted() -> ssl.SSLContext:
    """Who is believed when he says who he is: the authorities that httpx trusts."""
    need_httpx()
    import httpx

    return httpx.create_ssl_context(trust_env=False)


async def load_httpx() -> None:
    """Have httpx loaded beside the event loop: that takes long enough for others to notice."""
    need_httpx()
    if "httpx" not in sys.modules:
        await asyncio.to_thread(importlib.import_module, "httpx")


def need_httpx() -> None:
    """A sentence where the library is missing that requests go out by."""
    if find_spec("httpx") is None:
        raise Blocked("extra_missing", "httpx is not installed", "pip install 'lumakit[server]'")


async def exchange(request: Request, target: Target, address: IPAddress, line: Line) -> Response:
    """Send it to this address, as the host that it is for; `Failed` where no answer comes."""
    import httpx

    opened = _Opened()
    wire = _wire_request(request, target, address, line.connect_s, opened)
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=0)
    try:
        async with opened, httpx.AsyncHTTPTransport(verify=line.trust, trust_env=False, limits=limits) as transport:
            answer = await transport.handle_async_request(wire)
            try:
                return await _read(answer, line.answer_bytes)
            finally:
                await answer.aclose()
    except (httpx.HTTPError, OSError) as error:
        raise failed(error, target) from error


class _Opened:
    """The connections that an exchange opened, closed with it: the library forgets one that is cut in its handshake."""

    def __init__(self) -> None:
        self._connections: list[_Connection] = []

    async def note(self, event: str, told: Mapping[str, Any]) -> None:
        """What the library tells of its steps."""
        if event == "connection.connect_tcp.complete":
            self._connections.append(told["return_value"])

    async def __aenter__(self) -> _Opened:
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in self._connections:
            await connection.aclose()


class _Connection(Protocol):
    async def aclose(self) -> None: ...


def _wire_request(
    request: Request, target: Target, address: IPAddress, connect_s: float, opened: _Opened
) -> httpx.Request:
    import httpx

    host = f"[{address}]" if address.version == 6 else str(address)
    headers = [("Host", target.authority), ("Accept-Encoding", "identity"), ("Connection", "close")]
    lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in (*headers, *request.headers)]
    return httpx.Request(
        request.method,
        f"{target.scheme}://{host}:{target.port}/",
        headers=lines,
        content=request.body,
        extensions={
            "timeout": {"connect": connect_s},
            "sni_hostname": target.host,
            "target": target.path.encode("ascii"),
            "trace": opened.note,
        },
    )


async def _read(answer: httpx.Response, most: int) -> Response:
    raw = answer.headers.raw
    if len(raw) > MAX_HEADERS or sum(len(name) + len(value) for name, value in raw) > MAX_HEADER_BYTES:
        raise Failed(
            "bad_answer", f"the answer has more than {MAX_HEADERS} headers, or {MAX_HEADER_BYTES} bytes of them"
        )
    headers: Headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw)
    body = bytearray()
    pieces = cast("AsyncGenerator[bytes, None]", answer.aiter_raw())  # raw: what is packed stays packed
    async with aclosing(pieces):
        async for piece in pieces:
            body += piece
            if len(body) >= most:
                break
    return Response(answer.status_code, headers, bytes(body[:most]))


def failed(error: Exception, target: Target) -> Failed:
    """What went wrong, in words of ours: a library's own may quote what was sent."""
    import httpx

    causes = list(_causes(error))
    tls = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    host = f"{target.host} port {target.port}"
    if tls is not None:
        return Failed("bad_tls", f"{host} {_tls_words(tls)}", unsent=isinstance(error, httpx.ConnectError))
    if isinstance(error, httpx.ConnectTimeout):
        return Unreachable("timeout", f"{host} did not take the connection in time")
    if isinstance(error, httpx.ConnectError):
        return Unreachable("refused", f"{host} {_connect_words(causes)}")
    if isinstance(error, httpx.RemoteProtocolError):
        if str(error).startswith("Server disconnected"):
            return Failed("no_answer", f"{host} closed the connection without an answer")
        return Failed("bad_answer", f"{host} answered with what is not HTTP, or broke off in the middle")
    return Failed("reset", f"{host} broke the connection off")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _tls_words(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"showed a certificate that we do not trust: {error.verify_message}"
    return f"does not speak TLS as we do ({(error.reason or 'broken off').replace('_', ' ').lower()})"


def _connect_words(causes: list[BaseException]) -> str:
    numbers = {cause.errno for cause in causes if isinstance(cause, OSError)}
    if errno.ECONNREFUSED in numbers:
        return "refuses connections: nobody listens there"
    if numbers & {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL}:
        return "cannot be reached from this machine"
    return "did not take the connection"
