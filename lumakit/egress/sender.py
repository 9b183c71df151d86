"""The straight line out: read the address, look it up, judge every answer, dial one that was judged.

A request is looked up once, and what is dialled is what was looked at, so no name can mean one address to the judge
and another to the wire. Knows nothing of what it sends.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from lumakit.egress import errand
from lumakit.egress import own as home
from lumakit.egress.address import IPAddress, place
from lumakit.egress.exchange import Line, Unreachable, exchange, load_httpx, nobody, trusted
from lumakit.egress.lanes import Lanes
from lumakit.egress.lookup import Resolver, addresses, system_resolver
from lumakit.egress.outcome import Blocked, Failed
from lumakit.egress.policy import Policy
from lumakit.egress.target import Target, target_of
from lumakit.model import Request, Response

MAX_DIALLED = 4  # of the addresses of one name


@dataclass(frozen=True, slots=True)
class Limits:
    """How long, how much and how many: `total_s` holds from the lookup to the last byte of the answer."""

    connect_s: float = 5.0
    total_s: float = 15.0
    answer_bytes: int = 16 * 1024
    per_host: int = 8
    total: int = 64


class Egress:
    """What lets requests out under a policy. It keeps no connection, so there is nothing to close."""

    def __init__(
        self,
        policy: Policy | None = None,
        *,
        own: home.Doors | Callable[[], home.Doors] = (),
        resolver: Resolver = system_resolver,
        limits: Limits | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self.policy: Policy = policy or Policy()
        self.limits: Limits = limits or Limits()
        self._own = own
        self._resolver = resolver
        self._lanes = Lanes(self.limits.per_host, self.limits.total)
        self._trust = trust

    async def send(self, request: Request, *, total_s: float | None = None) -> Response:
        """The answer, whatever its status: a redirect is one, and is not followed. Else `Blocked` or `Failed`."""
        await load_httpx()
        target = target_of(request)
        patience_s = self.limits.total_s if total_s is None else total_s
        async with self._lanes.lane(target.host):
            try:
                async with asyncio.timeout(patience_s):
                    return await self._dial(request, target, await self._judged(target))
            except TimeoutError:
                raise Failed("timeout", f"no whole answer of {target.host} within {patience_s:g} s") from None

    def send_now(self, request: Request, *, total_s: float | None = None) -> Response:
        """The same, for callers that await nothing; a running event loop of theirs stands still meanwhile."""
        return errand.run(lambda: self.send(request, total_s=total_s))

    async def check(self, request: Request) -> None:
        """Nothing where the request may go out now; `Blocked` where not, `Failed` where its host is not found."""
        target = target_of(request)
        try:
            async with asyncio.timeout(self.limits.total_s):
                await self._judged(target)
        except TimeoutError:
            raise Failed("timeout", f"{target.host} was not found within {self.limits.total_s:g} s") from None

    async def _judged(self, target: Target) -> list[IPAddress]:
        """The addresses of a target, when every one of them may be dialled."""
        if target.address is not None:
            found = [target.address]
        else:
            found = await self._found(target)
        doors = home.read(self._own)
        for address in found:
            self.policy.check(target, place(address))
            if home.leads_home(doors, target.host, address, target.port):
                raise Blocked("own_admin", f"{target.host} port {target.port} is this server itself")
        return found

    async def _found(self, target: Target) -> list[IPAddress]:
        """The addresses of a name; where it has none, and could only have been let out with one that is allowed, it is
        as little allowed as any other."""
        try:
            return await addresses(self._resolver, target.host, target.port)
        except Failed as error:
            if self.policy.mode in ("public", "any"):
                raise
            raise self.policy.unknown(target, error) from None

    async def _dial(self, request: Request, target: Target, found: list[IPAddress]) -> Response:
        tried = found[:MAX_DIALLED]
        unreachable = Failed("unknown_host", f"{target.host} has no address", unsent=True)
        for address in tried:
            line = Line(self.limits.connect_s / len(tried), self.limits.answer_bytes, self._believed(target))
            try:
                return await exchange(request, target, address, line)
            except Unreachable as error:
                unreachable = error
        raise unreachable

    def _believed(self, target: Target) -> ssl.SSLContext:
        if not target.secure:
            return nobody()
        if self._trust is None:
            self._trust = trusted()
        return self._trust
