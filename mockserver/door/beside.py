"""What may stand beside a door's handler under a path of its own, and answers that go on until somebody ends them.

Knows ASGI's messages. Does not know what stands there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol

from lumakit.model import Request, Response

Here = tuple[str, int | None]  # the address at which a request arrived, and its port where one is known


@dataclass(frozen=True)
class Streamed:
    """An answer that goes on: its head, its pieces until either side ends it, and what to call when it has ended."""

    head: Response
    pieces: AsyncGenerator[bytes]
    close: Callable[[], None]


class Beside(Protocol):
    """What answers beside the handler, under a path of its own: it is told the address a request arrived at."""

    def __call__(self, request: Request, here: Here) -> Response | Streamed:
        """Answer one request."""
        ...

    def too_large(self, request: Request, here: Here) -> Response | Streamed:
        """Answer a request whose body is too large to be taken."""
        ...

    def begin(self) -> None:
        """The server starts."""
        ...

    def hurry(self) -> None:
        """The server stops: end what goes on."""
        ...


Ask = Callable[[Request, Here], Response | Streamed]


async def send_pieces(
    answer: Streamed,
    head: list[tuple[bytes, bytes]],
    receive: Callable[[], Awaitable[Any]],
    send: Callable[[Any], Awaitable[None]],
) -> None:
    """Send an answer piece by piece until it ends, or the client leaves."""

    async def leaving() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        answer.close()

    watching = asyncio.create_task(leaving())
    try:
        await send({"type": "http.response.start", "status": answer.head.status, "headers": head})
        async with aclosing(answer.pieces) as pieces:
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        watching.cancel()
        answer.close()
