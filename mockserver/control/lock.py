"""Who may ask the control plane: under which name, from which page, with which token.

A browser is everybody's: a page of elsewhere, or a name that somebody has pointed at this machine, gets nothing. Reads
a request and the place it arrived at; keeps no state and tells no secret.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Collection

from lumakit.model import Request
from mockserver.control.declined import Declined
from mockserver.defaults import LOOPBACK
from mockserver.door.beside import Here

_READING = ("GET", "HEAD", "OPTIONS")
_ALIEN_SITES = ("cross-site", "same-site")
_PORTS = {"http": 80, "https": 443}


class Lock:
    """What is asked of a request before anybody looks at what it wants.

    `hosts` are more names it may be called by, `*` is any: only behind a token. Without a token only this machine may
    ask.
    """

    def __init__(self, token: str = "", hosts: Collection[str] = (), origins: Collection[str] = ()) -> None:
        self._token = token.encode()
        self._any = "*" in hosts and bool(token)
        self._origins = frozenset(origins)  # of our own pages, as a proxy before us shows them
        self._hosts = frozenset(host.lower() for host in hosts) - {"*", *LOOPBACK}  # those come with our own port

    @property
    def needs_token(self) -> bool:
        """True where nothing is told without a token."""
        return bool(self._token)

    def admit(self, request: Request, here: Here) -> None:
        """Refuse who reaches us under a strange name, from elsewhere, or from a page of another origin."""
        if not self._token and not is_of_this_machine(here[0]):
            raise Declined(403, "forbidden", "without a token only this machine may ask: --admin-token-file sets one")
        self._check_host(request, here)
        origins, sites = request.header_values("origin"), request.header_values("sec-fetch-site")
        if any(origin != request.origin and origin not in self._origins for origin in origins):
            raise Declined(403, "forbidden", "a page of another origin may not ask")
        if any(site.strip().lower() in _ALIEN_SITES for site in sites):
            raise Declined(403, "forbidden", "a page of another site may not ask")

    def check_token(self, request: Request) -> None:
        """Refuse who does not show the token; all the time it takes tells nothing."""
        if not self._token:
            return
        shown = request.header_values("authorization")
        word, _, token = (shown[0] if len(shown) == 1 else "").partition(" ")
        given = token.strip().encode(errors="surrogatepass")
        if not hmac.compare_digest(given, self._token) or word.lower() != "bearer":
            asked = (("WWW-Authenticate", 'Bearer realm="lumakit control API"'),)
            raise Declined(401, "unauthenticated", "the token is needed: `Authorization: Bearer TOKEN`", asked)

    def _check_host(self, request: Request, here: Here) -> None:
        if self._any:
            return
        hosts = request.header_values("host")
        name, port = _split(hosts[0].strip().lower()) if len(hosts) == 1 else ("", None)
        if name in self._hosts:
            return
        scheme = request.origin.partition(":")[0]
        fits = here[1] is None or (port or str(_PORTS.get(scheme))) == str(here[1])
        if name not in LOOPBACK or not fits:
            raise Declined(
                403, "host_not_allowed", "the control API is not called by this name; --allowed-host adds one"
            )


def check_content_type(request: Request) -> None:
    """Refuse a change that is not sent as JSON: no page can send that elsewhere without being asked first."""
    if request.method in (*_READING, "DELETE"):
        return
    sent = request.header_values("content-type")
    if len(sent) != 1 or sent[0].partition(";")[0].strip().lower() != "application/json":
        raise Declined(415, "unsupported_media", "what changes something is sent as `Content-Type: application/json`")


def is_of_this_machine(host: str) -> bool:
    """True for an address that only this machine reaches."""
    try:
        return host in LOOPBACK or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _split(host: str) -> tuple[str, str | None]:
    """The name and the port of a Host header; an address of IPv6 without its brackets."""
    if host.startswith("["):
        name, bracket, rest = host[1:].partition("]")
        return (name, rest.removeprefix(":") or None) if bracket and rest[:1] in ("", ":") else ("", None)
    name, _, port = host.partition(":")
    return name, port or None
