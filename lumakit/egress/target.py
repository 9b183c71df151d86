"""From the text of an address to what would be dialled, with no second way to read it.

Where readers of URLs differ - a backslash, a user, a control character, letters outside ASCII in a name - the address
is refused instead of guessed at. Pure: looks up no names.
"""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import quote

from lumakit.egress.address import IPAddress, number_as_address, plain
from lumakit.egress.outcome import Blocked
from lumakit.model import Headers, Request

MAX_URL = 8192
MAX_HEADERS = 100

_URL = re.compile(
    r"(?P<origin>(?P<scheme>(?i:https?))://(?P<authority>[^/?#]*))(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?"
)
_VISIBLE = re.compile(r"[\x21-\x7e]*")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{0,30}):", re.ASCII | re.IGNORECASE)
_LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)*{_LABEL}")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}")
_VALUE = re.compile(r"(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?")
_ASCII = "".join(map(chr, range(0x80)))  # stays as it is, and is judged as it stands
_PORTS = {"http": 80, "https": 443}

# What a browser does not dial (https://fetch.spec.whatwg.org/#bad-port): another protocol would read our lines as its
# own. And two stores of keys and values that take any line for a command.
BAD_PORTS = frozenset(
    int(port)
    for port in """
    0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 119 123 135
    137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 989 990 993 995 1719
    1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080 6379 11211
    """.split()
)
_TUNNELS = frozenset({"CONNECT", "TRACE", "TRACK"})  # they open a way through, or say our own headers to others
# The sender writes these itself: two lengths, or two hosts, are two readings of one request.
_OURS = frozenset(
    "accept-encoding connection content-length expect host keep-alive te trailer transfer-encoding upgrade".split()
)


class Target(NamedTuple):
    """Whom a request is for: a name to look up, or the address itself; `path` is as it stands in the request line."""

    scheme: str
    authority: str
    host: str
    port: int
    address: IPAddress | None
    path: str

    @property
    def secure(self) -> bool:
        """True where it goes through TLS."""
        return self.scheme == "https"


def request_to(url: str, *, method: str = "POST", headers: Headers = (), body: bytes = b"") -> Request:
    """A request to an address as somebody wrote it; an address that nobody could dial is `Blocked`."""
    if len(url) > MAX_URL:
        raise Blocked("bad_url", f"the address is longer than {MAX_URL} characters")
    match = _URL.fullmatch(url)
    if match is None:
        raise Blocked("bad_url", _no_url(url), "https://host/path")
    path, query = (quote(match[part] or "", safe=_ASCII, errors="surrogatepass") for part in ("path", "query"))
    request = Request(method, path or "/", query, headers, body, match["origin"])
    target_of(request)
    return request


def target_of(request: Request) -> Target:
    """Read a request's address, and look at what would go over the wire with it."""
    path = (request.path or "/") + (f"?{request.query}" if request.query else "")
    match = _URL.fullmatch(request.origin)
    if match is None or match["origin"] != request.origin:
        raise Blocked("bad_url", _no_url(request.origin), "https://host/path")
    if len(request.origin) + len(path) > MAX_URL:
        raise Blocked("bad_url", f"the address is longer than {MAX_URL} characters")
    if not path.startswith("/") or not _VISIBLE.fullmatch(path) or "#" in path:
        raise Blocked("bad_url", "the address has characters in it that no address may have", "percent-encode them")
    _check_headers(request)
    return _target(match["scheme"].lower(), match["authority"], path)


def _target(scheme: str, authority: str, path: str) -> Target:
    if not _VISIBLE.fullmatch(authority) or "\\" in authority:
        raise Blocked("bad_host", "the host is not written in plain ASCII", "a name of other letters begins with xn--")
    if "@" in authority:
        raise Blocked("userinfo", "the address has a user in it, and we send none", "leave out what stands before @")
    authority = authority.lower()
    host, port = _split(authority)
    number = int(port or _PORTS[scheme])
    if number in BAD_PORTS:
        raise Blocked("bad_port", f"port {number} belongs to another protocol than HTTP")
    name, address = _host(host)
    return Target(scheme, authority.removesuffix(":"), name, number, address, path)


def _split(authority: str) -> tuple[str, str]:
    """Host and port; the port is empty where there is none."""
    match = re.fullmatch(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::([0-9]{0,5}))?", authority)
    if match is None or int(match[2] or 0) > 65535:
        raise Blocked("bad_host", "what stands behind // is no host with a port", "host, host:8080 or [::1]:8080")
    if not match[1]:
        raise Blocked("bad_host", "the address has no host")
    return match[1], match[2] or ""


def _host(host: str) -> tuple[str, IPAddress | None]:
    """The name to look up; with the address where it is one already, however it is spelled."""
    try:
        address = ipaddress.IPv6Address(host[1:-1]) if host.startswith("[") else number_as_address(host)
    except ValueError:
        raise Blocked("bad_host", "the host looks like an address and is none") from None
    if address is not None:
        if isinstance(address, ipaddress.IPv6Address) and address.scope_id:
            raise Blocked("bad_host", "the address names a zone, which only a link-local one has")
        return str(plain(address)), plain(address)
    name = host.removesuffix(".")
    if not _NAME.fullmatch(name):
        raise Blocked("bad_host", "the host is no name that could be looked up")
    return name, None


def _check_headers(request: Request) -> None:
    if not _TOKEN.fullmatch(request.method) or request.method.upper() in _TUNNELS:
        raise Blocked("bad_method", "the method is none that a receiver of requests knows", "POST")
    if len(request.headers) > MAX_HEADERS:
        raise Blocked("bad_header", f"there are more than {MAX_HEADERS} headers")
    for name, value in request.headers:
        if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise Blocked("bad_header", "a header has characters in it that no header may have")
        if name.lower() in _OURS:
            raise Blocked("bad_header", f"{name} is written by the sender itself", "leave it out")


def _no_url(url: str) -> str:
    scheme = _SCHEME.match(url)
    if scheme and scheme[1].lower() not in _PORTS:
        return f"{scheme[1].lower()} is not HTTP"
    return "this is no address that begins with http:// or https://"
