"""Bodies that were packed on the wire, unpacked to be judged: within bounds, by the standard library alone.

Knows codings and bounds. Does not know what is in a body.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Any, TypeVar

from lumakit.model import Headers, Request, Response

MAX_BYTES = 64 * 1024 * 1024
MAX_RATIO = 100  # beyond the floor: what is packed more tightly was made to be
FLOOR_BYTES = 1024 * 1024
_GZIP = b"\x1f\x8b"
_PLAIN = ("", "identity")
_NO_JSON = b" bytes that are no json>"
_LONGEST_MARK = 100
Message = TypeVar("Message", Request, Response)


def unpacked(message: Message) -> Message:
    """The same message with its body as it was before it was packed.

    A body that cannot be unpacked is replaced by words that say so, and is not to be judged.
    """
    coding = ",".join(message.header_values("content-encoding")).strip().lower()
    if coding in _PLAIN:
        return message
    headers: Headers = tuple(each for each in message.headers if each[0].lower() != "content-encoding")
    body = _opened(message.body, coding)
    return replace(message, headers=headers, body=hidden(len(message.body)) if body is None else body)


def hidden(size: int) -> bytes:
    """What stands in place of a body that cannot be judged, as the diary has it too; never as long as the body was."""
    return _mark(size, b" bytes that could not be read>")


def spoilt(size: int) -> bytes:
    """What stands in place of a body that was there as a whole, is not shown, and was not JSON."""
    return _mark(size, _NO_JSON)


def is_unread(body: bytes) -> bool:
    """True for a body of which nobody can say whether it was right."""
    return is_hidden(body) and not (len(body) < _LONGEST_MARK and body.rstrip().endswith(_NO_JSON))


def _mark(size: int, what: bytes) -> bytes:
    mark = b"<hidden: %d%s" % (size, what)
    return mark if len(mark) != size else mark + b" "


def is_hidden(body: bytes) -> bool:
    """True for a body that is not there to be judged, or not as a whole."""
    return body.startswith(b"<hidden: ") or (body.endswith(b" are kept>") and b"<cut: " in body[-60:])


def _opened(body: bytes, coding: str) -> bytes | None:
    if not body:
        return body
    if coding in ("gzip", "x-gzip"):
        # Most recorders unpack a body, and leave the header that says it is packed.
        return _inflated(body, 31) if body.startswith(_GZIP) else body
    if coding == "deflate":
        packed = body[0] & 0x0F == 8 and len(body) > 1 and int.from_bytes(body[:2], "big") % 31 == 0
        return _inflated(body, 15) if packed else _either(body)
    return body if _is_text(body) else None


def _either(body: bytes) -> bytes | None:
    """Deflated without a head, as some servers do; or already unpacked."""
    return body if _is_text(body) else _inflated(body, -15)


def _is_text(body: bytes) -> bool:
    try:
        return body.decode().lstrip()[:1] in ("{", "[", '"', "<")
    except UnicodeDecodeError:
        return False


def _inflated(body: bytes, window: int) -> bytes | None:
    """The body unpacked; None where it is not whole, goes on behind its end, or is too much."""
    most = min(MAX_BYTES, max(FLOOR_BYTES, len(body) * MAX_RATIO))
    opening: Any = zlib.decompressobj(window)
    try:
        found: bytes = opening.decompress(body, most + 1)
    except zlib.error:
        return None
    return found if opening.eof and not opening.unused_data and len(found) <= most else None
