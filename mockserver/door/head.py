"""What the head of a request must look like, beyond what the parser refuses by itself (RFC 9112 sections 2, 3, 6, 7).

Pure: looks at what was parsed and says no by raising a Refusal. Does not know connections, clocks or ASGI.
"""

from __future__ import annotations

import re
from functools import lru_cache

from mockserver.door.limits import Limits
from mockserver.refusal import Refusal

Fields = list[tuple[bytes, bytes]]

_VERSIONS = ("1.1", "1.0")
_AUTHORITY = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")
_ABSOLUTE = re.compile(rb"(?i:https?)://([^/?#]*)([^#]*)")
_METHOD = re.compile(rb"[\r\n]*([!#$%&'*+.^_`|~0-9A-Za-z-]+) [^ \r\n]+ HTTP/1\.")


def check(version: str, url: bytes, fields: Fields) -> None:
    """Refuse a head that another reader could understand otherwise, or that names no host."""
    if version not in _VERSIONS:
        raise Refusal(505, f"HTTP/{version} is not spoken here, HTTP/1.1 is")
    if b"#" in url:
        raise Refusal(400, "a request target has no fragment: `#` must be sent as %23")
    host = None
    for name, value in fields:
        if name == b"host":
            if host is not None:
                raise Refusal(400, "there is more than one Host header")
            host = value
        elif name == b"transfer-encoding":
            _check_coding(version, fields)
    if host is None or not _is_authority(host.strip()):
        _check_no_host(version, host)


def check_size(url: bytes, fields: Fields, limits: Limits) -> None:
    """Refuse a head that is too large, be it complete or not."""
    if len(url) > limits.uri_bytes:
        raise Refusal(414, f"the request target is longer than {limits.uri_bytes} bytes")
    if len(fields) > limits.header_fields:
        raise Refusal(431, f"there are more than {limits.header_fields} header fields")
    if sum(len(name) + len(value) + 4 for name, value in fields) > limits.header_bytes:
        raise Refusal(431, f"the header fields are larger than {limits.header_bytes} bytes together")


def check_start(version: str, url: bytes, arrived: bytes) -> None:
    """Refuse the shortest request there ever was, `GET /` and no more: what could still come is no head."""
    if url and version in ("0.0", "0.9") and arrived.endswith(b"\n"):
        raise Refusal(505, "HTTP/0.9 is not spoken here, HTTP/1.1 is")


def origin_form(method: bytes, url: bytes, fields: Fields) -> bytes:
    """The target as a path. An address in full names its host itself, and then the Host header does not count."""
    if url == b"*" and method == b"OPTIONS":
        return url
    absolute = _ABSOLUTE.fullmatch(url)
    if not absolute or not _is_authority(absolute[1]):
        raise Refusal(400, "the request target is neither a path nor an http address")
    fields[:] = [*(field for field in fields if field[0] != b"host"), (b"host", absolute[1])]
    return absolute[2] if absolute[2].startswith(b"/") else b"/" + absolute[2]


def without_upgrade(method: bytes, url: bytes, version: str, fields: Fields) -> bytes:
    """The same head, once more as bytes, without the wish to change the protocol."""
    if method == b"CONNECT":
        raise Refusal(501, "this is no proxy: CONNECT is not known here")
    kept = [name + b": " + value for name, value in fields if name not in (b"upgrade", b"http2-settings")]
    return b"\r\n".join([b"%b %b HTTP/%b" % (method, url, version.encode()), *kept, b"\r\n"])


def unreadable(complaint: str, opening: bytes) -> Refusal:
    """What the parser could not read, in words; `opening` is how the message began, where that is known."""
    if opening.startswith(b"\x16\x03"):
        return Refusal(400, "this is a TLS handshake, and the mock server speaks plain HTTP: use http://")
    if opening.startswith(b"PRI * HTTP/2") or complaint.startswith("Pause on PRI"):
        return Refusal(505, "HTTP/2 is not spoken here, HTTP/1.1 is")
    if complaint.startswith("Invalid HTTP version"):
        return Refusal(505, "this version of HTTP is not spoken here, HTTP/1.1 is")
    if complaint.startswith("Invalid method") and (known := _METHOD.match(opening)):
        return Refusal(501, f"the method {known[1].decode()[:40]} is not known here")
    return Refusal(400, f"the request cannot be read: {complaint}")


@lru_cache(maxsize=256)
def _is_authority(host: bytes) -> bool:
    return _AUTHORITY.fullmatch(host) is not None


def _check_no_host(version: str, host: bytes | None) -> None:
    if host is not None:
        raise Refusal(400, "the Host header is not `name` or `name:port`")
    if version == "1.1":
        raise Refusal(400, "there is no Host header")


def _check_coding(version: str, fields: Fields) -> None:
    coding = b",".join(value for name, value in fields if name == b"transfer-encoding")
    if version == "1.0":
        raise Refusal(400, "Transfer-Encoding has no meaning in HTTP/1.0")
    *others, last = [each.strip().lower() for each in coding.split(b",")]
    if last != b"chunked":
        raise Refusal(400, "the last Transfer-Encoding of a request must be `chunked`")
    if others:
        raise Refusal(501, "no Transfer-Encoding but `chunked` is understood here")
