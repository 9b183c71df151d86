"""Clients of mock servers that may die at any moment: they submit, poll, and remember what they were told.

Every client keeps a connection to each server, on one event loop. Knows sockets and the states of a task; who kills
whom, and when, is not known here.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field

from bench.victims import HEADERS, PATIENCE_S, SUBMIT

ORDER = ("pending", "processing", "completed")
CLIENTS = 16
LOOKERS = 8
_HEAD = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
POLLS = 0.25  # of all requests


class Gone(Exception):
    """Nobody has answered."""


class Line:
    """A connection to a server, made when it is needed, and again where it broke."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """The status and the body of the answer."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._ask(method, path, body)
        except (OSError, EOFError, TimeoutError) as error:
            self.close()
            raise Gone from error

    async def _ask(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        self._open = self._open or await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._open
        start = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n{_HEAD}"
        writer.write(f"{start}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
        told = await reader.readexactly(length)
        if b"\r\nconnection: close" in head:
            self.close()
        return int(head.split(b" ", 2)[1]), told

    def close(self) -> None:
        """Hang up."""
        if self._open:
            self._open[1].transport.abort()
        self._open = None


@dataclass
class Told:
    """What the clients were told."""

    states: dict[str, int] = field(default_factory=dict)  # of every task that was accepted, the last one seen
    accepted: int = 0
    polls: int = 0
    refused: int = 0
    unanswered: int = 0
    lost: int = 0
    went_back: int = 0

    def seen(self, key: str, said: bytes) -> None:
        """A task says a word."""
        state = ORDER.index(json.loads(said)["state"])
        before = self.states.get(key, state)
        self.went_back += state < before
        self.states[key] = max(before, state)

    def accept(self, said: bytes) -> str:
        """A submit was answered with success: the id of its task."""
        key = str(json.loads(said)["id"])
        self.accepted += 1
        self.seen(key, said)
        return key

    def looked(self, key: str, status: int, said: bytes) -> None:
        """A task was looked for."""
        if status == 200:
            self.polls += 1
            self.seen(key, said)
        elif status == 404:
            self.lost += 1
        else:
            self.refused += 1


async def client(ports: Sequence[int], hook: str, told: Told, over: asyncio.Event, seed: str) -> None:
    """Submit and poll until it is over, whoever answers."""
    chance = random.Random(seed)  # noqa: S311  # a seed, so that a run can be had again
    mine: list[str] = []
    lines = [Line(port) for port in ports]
    body = json.dumps({"user_prompt": "a gust of wind", "notify_hook": hook}).encode()
    while not over.is_set():
        line = chance.choice(lines)
        try:
            if mine and chance.random() < POLLS:
                key = chance.choice(mine)
                told.looked(key, *await line.ask("GET", f"{SUBMIT}/{key}"))
                continue
            status, said = await line.ask("POST", SUBMIT, body)
        except Gone:
            told.unanswered += 1
            await asyncio.sleep(0.005)  # nobody is there for a moment
            continue
        if status == 200:
            mine.append(told.accept(said))
        else:
            told.refused += 1
    for line in lines:
        line.close()


@contextlib.asynccontextmanager
async def load(ports: Sequence[int], hook: str, told: Told, seed: str) -> AsyncIterator[None]:
    """Clients that submit and poll."""
    over = asyncio.Event()
    crowd = [asyncio.create_task(client(ports, hook, told, over, f"{seed}/{n}")) for n in range(CLIENTS)]
    try:
        yield
    finally:
        over.set()
        await asyncio.gather(*crowd)


async def look_for_all(ports: Sequence[int], told: Told) -> None:
    """Look for every task that was ever accepted; one that is not found, or not told, is lost."""
    keys = iter(list(told.states))  # shared: each is looked for once
    await asyncio.gather(*(_look(Line(ports[n % len(ports)]), keys, told) for n in range(LOOKERS)))


async def _look(line: Line, keys: Iterable[str], told: Told) -> None:
    for key in keys:
        status, said = await line.ask("GET", f"{SUBMIT}/{key}")
        told.lost += status not in (200, 404)  # `looked` counts the others
        told.looked(key, status, said)
    line.close()
