"""The body of a request, received piece by piece, up to a cap. Knows ASGI's messages; judges nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


class Gone(Exception):
    """The client left before its request was complete."""


class TooLarge(Exception):
    """A body passed the cap."""


async def received(method: str, fields: dict[bytes, bytes], receive: Receive, cap: int) -> bytes:
    """The body of a request; Gone where the client left, TooLarge where it passes the cap."""
    declared = fields.get(b"content-length")
    if declared is None and method in ("GET", "HEAD") and b"transfer-encoding" not in fields:
        return b""
    if declared is not None and declared.strip().isdigit() and int(declared[:20]) > cap:
        raise TooLarge
    message = await _piece(receive)
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        return await _rest(body, cap, receive)
    if len(body) > cap:
        raise TooLarge
    return body


async def _piece(receive: Receive) -> Message:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Gone
    return message


async def _rest(body: bytes, cap: int, receive: Receive) -> bytes:
    received = bytearray(body)
    more = True
    while more:
        if len(received) > cap:
            raise TooLarge
        message = await _piece(receive)
        received += message.get("body", b"")
        more = message.get("more_body", False)
    if len(received) > cap:
        raise TooLarge
    return bytes(received)
