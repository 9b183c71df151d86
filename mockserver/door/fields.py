"""Header fields, from bytes to texts and back. What a client says again and again is read once."""

from __future__ import annotations

import re
from functools import lru_cache

from lumakit.model import Headers, Request, Response

Fields = list[tuple[bytes, bytes]]

BODILESS = (204, 304)
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_FRAMING = (
    b"content-length",
    b"transfer-encoding",
    b"keep-alive",
)  # the door's to say, whatever a document's example has


@lru_cache(maxsize=256)
def told(fields: tuple[tuple[bytes, bytes], ...]) -> tuple[Headers, str]:
    """Header fields as texts, and the host they name. Remembered, because a client says the same again and again."""
    headers = tuple([(name.decode("latin-1"), value.strip().decode("latin-1")) for name, value in fields])
    return headers, dict(headers).get("host", "")


def head(request: Request, response: Response) -> Fields:
    """The head of an answer, with the length of its body."""
    if not 200 <= response.status <= 599:
        raise ValueError(f"{response.status} is no status a server may give")
    fields = []
    for name, value in response.headers:
        wire = _name(name)
        # What can be printed and is ASCII holds no control character: that is a quicker question, and nearly always so.
        if wire is None or (not (value.isascii() and value.isprintable()) and _CONTROL.search(value)):
            raise ValueError(f"header {(name, value)!a} cannot be sent")
        if wire:
            fields.append((wire, value.encode("latin-1")))
    if response.status in BODILESS:
        return fields
    length = str(len(response.body))
    if request.method == "HEAD":
        length = response.header("content-length") or (length if response.body else "")
    if length:
        fields.append((b"content-length", length.encode()))
    return fields


@lru_cache(maxsize=512)
def _name(name: str) -> bytes | None:
    """The name of a header as bytes; empty where the door says it itself, None where it is none."""
    wire = name.lower().encode("latin-1")
    if not _NAME.fullmatch(wire):
        return None
    return b"" if wire in _FRAMING else wire
