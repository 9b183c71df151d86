"""Requests of others passed on to one origin, and its answers passed back, piece by piece in both directions.

The same look at every address as for what we send ourselves: looked up, judged by a policy, and exactly that address is
dialled. What differs: the origin is one, its connections are kept, and a body of any size goes through. Nothing is sent
twice, no redirect is followed. Knows HTTP's framing as far as a sender must; does not know what is passed on.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from lumakit.egress import own as home
from lumakit.egress.address import IPAddress, place
from lumakit.egress.exchange import Unreachable, failed, load_httpx, nobody, trusted
from lumakit.egress.lookup import Resolver, addresses, system_resolver
from lumakit.egress.outcome import Blocked, Failed
from lumakit.egress.policy import Policy
from lumakit.egress.target import Target, target_of
from lumakit.model import Headers, Request

if TYPE_CHECKING:
    import httpx

KEPT_S = 4.0  # a connection that is not used longer may be closed by the other side at the very moment it is used
MAX_DIALLED = 4  # of the addresses of one name
_LOOKED_UP_S = 30.0
_FRAMING = ("content-length", "transfer-encoding")
_AS_THEY_CAME = ("accept-encoding",)  # the sender of our own requests says this itself; what is passed on says its own


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited for a connection, and for each piece of an answer."""

    connect_s: float = 10.0
    piece_s: float = 300.0


@dataclass(frozen=True)
class Passed:
    """An answer whose head has come; its body comes as it is read."""

    status: int
    headers: Headers
    pieces: AsyncGenerator[bytes]


class Passage:
    """The way to one origin, in one event loop."""

    def __init__(
        self,
        origin: str,
        policy: Policy | None = None,
        *,
        own: home.Doors | Callable[[], home.Doors] = (),
        resolver: Resolver = system_resolver,
        trust: ssl.SSLContext | None = None,
        patience: Patience = Patience(),  # frozen: nobody can spoil the shared default
    ) -> None:
        self._origin = origin
        self._policy = policy or Policy()
        self._own = own
        self._resolver = resolver
        self._trust = trust
        self._patience = patience
        self._pool: httpx.AsyncHTTPTransport | None = None
        self._found: list[IPAddress] = []
        self._found_s = 0.0

    @asynccontextmanager
    async def passed(self, head: Request, body: AsyncIterator[bytes] | None) -> AsyncIterator[Passed]:
        """Pass a request on, whose body comes as it is sent; `Blocked` or `Failed` where no answer comes."""
        await load_httpx()
        target = _target(replace(head, origin=self._origin))
        answer = await self._answered(head, target, body)
        try:
            headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers.raw)
            if not 200 <= answer.status_code <= 599:
                raise Failed("bad_answer", f"{target.host} answered with the status {answer.status_code}")
            async with aclosing(self._pieces(answer, target)) as pieces:
                yield Passed(answer.status_code, headers, pieces)
        finally:
            await answer.aclose()

    async def close(self) -> None:
        """Close the connections that were kept."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.aclose()

    async def _answered(self, head: Request, target: Target, body: AsyncIterator[bytes] | None) -> httpx.Response:
        import httpx

        unreachable = Failed("unknown_host", f"{target.host} has no address")
        found = await self._judged(target)
        for address in found[:MAX_DIALLED]:
            try:
                answer = await self._opened(target).handle_async_request(self._wire(head, target, address, body))
            except httpx.ReadTimeout:
                raise Failed("timeout", f"no answer of {target.host} within {self._patience.piece_s:g} s") from None
            except (httpx.HTTPError, OSError) as error:
                unreachable = failed(error, target)
                if not isinstance(unreachable, Unreachable):
                    raise unreachable from error  # else nothing was sent: the next address may do
            else:
                self._found = sorted(found, key=lambda each: each != address)
                return answer
        self._found = []
        raise unreachable

    async def _judged(self, target: Target) -> list[IPAddress]:
        """The addresses of the origin, when each of them may be dialled; looked up again after a while."""
        now_s = asyncio.get_running_loop().time()
        if not self._found or now_s - self._found_s > _LOOKED_UP_S:
            known = target.address
            found = [known] if known is not None else await addresses(self._resolver, target.host, target.port)
            doors = home.read(self._own)
            for address in found:
                self._policy.check(target, place(address))
                if home.leads_home(doors, target.host, address, target.port):
                    raise Blocked("own_door", f"{target.host} port {target.port} is this proxy itself")
            self._found, self._found_s = found, now_s
        return self._found

    def _opened(self, target: Target) -> httpx.AsyncHTTPTransport:
        import httpx

        if self._pool is None:
            trust = (self._trust or trusted()) if target.secure else nobody()
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=KEPT_S)
            self._pool = httpx.AsyncHTTPTransport(verify=trust, trust_env=False, limits=limits)
        return self._pool

    def _wire(
        self, head: Request, target: Target, address: IPAddress, body: AsyncIterator[bytes] | None
    ) -> httpx.Request:
        import httpx

        host = f"[{address}]" if address.version == 6 else str(address)
        lines = [("Host", target.authority), *head.headers]
        timeout: dict[str, Any] = {"connect": self._patience.connect_s, "read": self._patience.piece_s}
        return httpx.Request(
            head.method,
            f"{target.scheme}://{host}:{target.port}/",
            headers=[(name.encode("latin-1"), value.encode("latin-1")) for name, value in lines],
            stream=_stream(body),
            extensions={"timeout": timeout, "sni_hostname": target.host, "target": target.path.encode("ascii")},
        )

    async def _pieces(self, answer: httpx.Response, target: Target) -> AsyncGenerator[bytes]:
        import httpx

        raw = cast("AsyncGenerator[bytes, None]", answer.aiter_raw())  # what is packed stays packed
        try:
            async with aclosing(raw):
                async for piece in raw:
                    yield piece
        except httpx.ReadTimeout:
            raise Failed("timeout", f"{target.host} said no more for {self._patience.piece_s:g} s") from None
        except (httpx.HTTPError, OSError) as error:
            raise failed(error, target) from error


def _target(head: Request) -> Target:
    """Whom a request goes to; the framing that came with it is checked by who received it, the rest is checked here."""
    apart = (*_FRAMING, *_AS_THEY_CAME)
    return target_of(replace(head, headers=tuple(each for each in head.headers if each[0].lower() not in apart)))


def _stream(body: AsyncIterator[bytes] | None) -> httpx.AsyncByteStream:
    import httpx

    class Stream(httpx.AsyncByteStream):
        """A body as it comes."""

        async def __aiter__(self) -> AsyncIterator[bytes]:
            if body is not None:
                async for piece in body:
                    yield piece

    return Stream()
