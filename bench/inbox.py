"""A receiver of webhooks that is not always well: now and then it answers 500, or hangs up without an answer.

Tells apart what came again because the receiver had failed, what came again because its sender was killed before it
could note that it was taken, and what came again for no such reason. Every server signs with a secret of its own: so it
is known who has sent what. Whatever comes again must be the same to the byte, under the same id. Knows sockets and
signatures; no mock.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from lumakit.model import Headers
from lumakit.signing import ID, TIMESTAMP, Signing, verify

FAILS, HANGS_UP = 0.02, 0.02
MOST = 2  # so often in a row a webhook is refused


def secret(number: int) -> str:
    """What a server signs with."""
    return "whsec_" + base64.b64encode(f"of the server with the number {number}".encode()).decode()


@dataclass(slots=True)
class _Known:
    """What is known of the webhook of one id: by whom, and in which of its lives, it was sent when it was taken."""

    body: bytes
    refused: int = 0
    taken_from: tuple[int, int] | None = None


@dataclass
class Inbox:
    """What has arrived."""

    seed: str
    lives: list[int]  # how often each server has died
    taken: set[str] = field(default_factory=set)  # the tasks that were told of
    arrivals: int = 0
    refused: int = 0
    after_a_kill: int = 0
    twice: int = 0
    differing: int = 0
    unsigned: int = 0
    _known: dict[str, _Known] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._signings: Sequence[Signing] = [Signing.parse("standard", secret(n)) for n in range(len(self.lives))]

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[str]:
        """Receive; the address to send to."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"

    async def until_quiet(self, quiet_s: float) -> None:
        """Wait until nothing has arrived for so long."""
        before = -1
        while before < self.arrivals:
            before = self.arrivals
            await asyncio.sleep(quiet_s)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError), contextlib.closing(writer):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                headers = _headers(head)
                status = self.receive(headers, await reader.readexactly(int(dict(headers)["content-length"])))
                if not status:
                    writer.transport.abort()
                    return
                writer.write(b"HTTP/1.1 %d said\r\nContent-Length: 0\r\n\r\n" % status)

    def receive(self, headers: Headers, body: bytes) -> int:
        """A webhook arrives: the status to answer, or 0 to hang up."""
        key, sender = dict(headers)[ID], self._sender(headers, body)
        known = self._known.setdefault(key, _Known(_digest(body)))
        self.arrivals += 1
        self.differing += known.body != _digest(body)
        if known.taken_from is not None:
            number, life = known.taken_from
            is_dead = self.lives[number] > life
            self.after_a_kill += is_dead
            self.twice += not is_dead
        status = self._mood(key, known)
        if status == 200:
            known.taken_from = (sender, self.lives[sender])
            self.taken.add(json.loads(body)["id"])
        else:
            self.refused += 1
            known.refused += 1
        return status

    def _sender(self, headers: Headers, body: bytes) -> int:
        """Who has signed it."""
        now_s = int(dict(headers)[TIMESTAMP])
        for number, signing in enumerate(self._signings):
            if not verify(signing, headers, body, now_s=now_s):
                return number
        self.unsigned += 1
        return 0

    def _mood(self, key: str, known: _Known) -> int:
        """A seed decides, so that a run can be had again."""
        drawn = random.Random(f"{self.seed}/{key}/{known.refused}").random()  # noqa: S311  # as said
        if known.taken_from or known.refused >= MOST or drawn >= FAILS + HANGS_UP:
            return 200
        return 500 if drawn < FAILS else 0


def _headers(head: bytes) -> Headers:
    lines = (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:] if line)
    return tuple((name.strip().lower(), value.strip()) for name, _, value in lines)


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()
