"""An answer that is broken on purpose on its way: sent slowly, cut short, or never.

Knows ASGI and a `Break`. Does not know the wire: what ends a connection is handed over by the guard, in the state of a
request. A server without our guard gets the nearest it can do, an answer that stops before its end.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from lumakit.model import Break, Ending

CUT = "mock.cut"
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Wait = Callable[[float], Awaitable[bool]]
Cut = Callable[[Send, Ending], None]


async def send_broken(breaks: Break, start: Message, body: bytes, send: Send, cut: Cut | None, wait: Wait) -> None:
    """Send an answer as it is to be broken; `wait` tells whether the client is still there."""
    if breaks.answers or cut is None:
        await send(start)
        if not await _drip(breaks, breaks.sent(body), send, wait):
            return
    if breaks.ending is None or (breaks.answers and not body):
        await send({"type": "http.response.body", "body": b""})
    elif cut is not None:
        cut(send, breaks.ending)


async def _drip(breaks: Break, body: bytes, send: Send, wait: Wait) -> bool:
    """True when everything has left, False when the client did not wait for it."""
    for begin in range(0, len(body), breaks.piece_bytes):
        if breaks.gap_s and not await wait(breaks.gap_s):
            return False
        await _piece(send, body[begin : begin + breaks.piece_bytes])
    await _piece(send, b"")  # it waits until what was sent before has left
    return True


async def _piece(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})
