"""Files whose addresses somebody else chose: where they may come from, and transports that dial only there.

A name is looked up once, every address of it is judged, and one that was judged is dialled. Redirects are followed by
nobody here. Knows no contract and no key.
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lumakit.egress.address import IPAddress, Kind, place
from lumakit.egress.lookup import Resolver, addresses, addresses_now, system_resolver
from lumakit.egress.outcome import Blocked, Failed
from lumakit.egress.policy import Policy
from lumakit.egress.target import Target, target_of
from lumakit.model import Request

if TYPE_CHECKING:
    import httpx

MAX_DIALLED = 4  # of the addresses of one name
_LOOPBACK = ipaddress.IPv4Address(0x7F000001)


def usual(origin: str) -> Policy:
    """Where files come from when nobody says: public addresses, and where the provider itself is called."""
    try:
        target = target_of(Request("GET", "/", origin=origin))
    except Blocked:  # an address that is called all the same: nothing more is allowed for it
        return Policy.parse("public")
    kind = _kind(target)
    if kind is Kind.LOOPBACK:
        return Policy.parse(["public", "loopback"])
    if kind is not None and kind not in (Kind.PRIVATE, Kind.RESERVED):
        return Policy.parse("public")
    host = f"[{target.host}]" if ":" in target.host else target.host
    return Policy.parse(["public", f"{host}:{target.port}"])


def chosen(given: str | Iterable[str] | Policy | None, origin: str) -> Policy:
    """The policy that a user chose, or the usual one."""
    if given is None:
        return usual(origin)
    return given if isinstance(given, Policy) else Policy.parse(given)


def check(policy: Policy, request: Request) -> None:
    """Nothing where an address, as it is written, may be asked for a file; `Blocked` where not. Looks up no names."""
    target = target_of(Request("GET", "/", origin=request.origin))
    if target.address is not None:
        policy.check(target, place(target.address))
    elif _kind(target) is Kind.LOOPBACK:
        policy.check(target, place(_LOOPBACK))


def transport(
    policy: Policy, trust: ssl.SSLContext | bool = True, resolver: Resolver = system_resolver
) -> httpx.BaseTransport:
    """A transport that lets through what the policy does."""
    import httpx

    class Files(httpx.HTTPTransport):
        """Dials addresses that were judged."""

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            target = _target(request)
            try:
                found = [target.address] if target.address else addresses_now(resolver, target.host, target.port)
            except Failed as error:
                raise httpx.ConnectError(error.reason, request=request) from None
            *others, last = _judged(policy, target, found)
            for address in others:
                try:
                    return super().handle_request(_to(address, target, request))
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    continue
            return super().handle_request(_to(last, target, request))

    return Files(verify=trust, trust_env=False, limits=_limits())


def async_transport(
    policy: Policy, trust: ssl.SSLContext | bool = True, resolver: Resolver = system_resolver
) -> httpx.AsyncBaseTransport:
    """The same for an event loop."""
    import httpx

    class Files(httpx.AsyncHTTPTransport):
        """Dials addresses that were judged."""

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            target = _target(request)
            try:
                found = [target.address] if target.address else await addresses(resolver, target.host, target.port)
            except Failed as error:
                raise httpx.ConnectError(error.reason, request=request) from None
            *others, last = _judged(policy, target, found)
            for address in others:
                try:
                    return await super().handle_async_request(_to(address, target, request))
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    continue
            return await super().handle_async_request(_to(last, target, request))

    return Files(verify=trust, trust_env=False, limits=_limits())


def _kind(target: Target) -> Kind | None:
    """What the host of a target is, as far as its text tells: a name may be anything but for that of this machine."""
    if target.address is not None:
        return place(target.address).kind
    return Kind.LOOPBACK if target.host == "localhost" or target.host.endswith(".localhost") else None


def _limits() -> httpx.Limits:
    """No connection is kept: one to the same address may have been made for another host."""
    import httpx

    return httpx.Limits(max_keepalive_connections=0)


def _target(request: httpx.Request) -> Target:
    """Whom the library would dial."""
    origin = f"{request.url.scheme}://{request.url.netloc.decode('ascii')}"
    return target_of(Request("GET", "/", origin=origin))


def _judged(policy: Policy, target: Target, found: list[IPAddress]) -> list[IPAddress]:
    """The addresses that are dialled one after the other, when every one that was found may be."""
    for address in found:
        policy.check(target, place(address))
    return found[:MAX_DIALLED]


def _to(address: IPAddress, target: Target, request: httpx.Request) -> httpx.Request:
    """The same request, to this very address, and still for the same host."""
    import httpx

    return httpx.Request(
        request.method,
        request.url.copy_with(host=str(address)),
        headers=request.headers,  # the Host header is among them
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": target.host},
    )
