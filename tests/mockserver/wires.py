"""Two wires to a guarded door: a real socket, and one inside the process whose clock is moved by hand."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import re
import socket
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, ParamSpec
from urllib.parse import urlsplit

from uvicorn.config import Config
from uvicorn.server import ServerState

from lumakit.model import Request, Response
from mockserver.door.asgi import Door
from mockserver.door.guard import Guard, guarded
from mockserver.door.limits import Limits

P = ParamSpec("P")
PATIENCE_S = 10.0  # a test that waits longer has failed
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def echo(request: Request) -> Response:
    """Answer with what was asked; `?delay=2` holds the answer back."""
    saw = f"{request.method} {request.path}?{request.query} {request.header('host')}"
    delay = re.fullmatch(r"delay=([\d.]+)", request.query)
    return Response(200, (("X-Saw", saw),), request.body, float(delay[1]) if delay else 0.0)


class Listener:
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.asked.append(request)
        return echo(request)


@dataclass(frozen=True)
class Answer:
    """One answer as it stood on the wire."""

    status: int
    headers: dict[str, str]
    body: bytes


def parse(said: bytes, *, headless: bool = False) -> tuple[list[Answer], bytes]:
    """The complete answers, and what is left; `headless` when they answer HEAD."""
    answers = []
    while b"\r\n\r\n" in said:
        head, _, rest = said.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = 0 if headless else int(headers.get("content-length", 0))
        if len(rest) < length:
            break
        if not first.startswith("HTTP/1.1 1"):
            answers.append(Answer(int(first.split()[1]), headers, rest[:length]))
        said = rest[length:]
    return answers, said


class Client:
    """A client that writes bytes as they are."""

    def __init__(self, url: str, *, window: int = 0) -> None:
        place = urlsplit(url)
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE_S)
        if window:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        try:
            self.socket.connect((place.hostname, place.port))
        except OSError:
            self.socket.close()
            raise
        self._said = b""

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Write; a server that hung up while we wrote is not our concern."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.socket.sendall(data)

    def answers(self, count: int, *, headless: bool = False) -> list[Answer]:
        """The next answers; fewer when the connection is closed before."""
        found: list[Answer] = []
        while len(found) < count:
            received = self.piece()
            more, self._said = parse(self._said + received, headless=headless)
            found += more
            if not received:
                break
        return found

    def closed(self) -> bool:
        """Wait until the server says no more; anything it still says is an error."""
        return self.piece() == b""

    def piece(self) -> bytes:
        """Some bytes; none when there are no more."""
        try:
            return self.socket.recv(1 << 20)
        except ConnectionResetError:
            return b""


class Line(asyncio.Transport):
    """The server's end of a wire that is only a buffer."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.said = b""
        self.ended = False  # our side said its last word
        self.paused = False  # our side does not listen
        self.stuck = 0  # bytes the client does not take
        self.guard: Guard | None = None
        self._loop = loop
        self._closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.ended
        self.said += bytes(data)

    def write_eof(self) -> None:
        self.ended = True

    def close(self) -> None:
        self.ended = True
        if not self.stuck:
            self.abort()
        self._closing = True

    def abort(self) -> None:
        if self.guard is not None:
            self._loop.call_soon(self.guard.connection_lost, None)
        self.ended, self._closing, self.guard = True, True, None

    def is_closing(self) -> bool:
        return self._closing

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def get_write_buffer_size(self) -> int:
        return self.stuck

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        assert (high, low) == (None, 0)


class Clock(asyncio.SelectorEventLoop):
    """An event loop whose time stands still until it is moved."""

    now_s = 0.0

    def time(self) -> float:
        return self.now_s


class Wire:
    """A connection inside the process; make it inside `on_a_still_clock`."""

    def __init__(self, door: Any = None, *, limits: Limits | None = None, kind: type[Guard] | None = None) -> None:
        self.loop = asyncio.get_running_loop()
        self.state = ServerState()
        app: Any = door or Door(echo, limits=limits or Limits())
        self._config = Config(app, ws="none", lifespan="off", log_config=None, access_log=False, proxy_headers=False)
        self._kind = kind or guarded(limits or Limits())
        self.line, self.guard = self.connect()

    def connect(self) -> tuple[Line, Guard]:
        """One more connection to the same server."""
        line = Line(self.loop)
        guard = line.guard = self._kind(self._config, self.state, {}, self.loop)
        guard.connection_made(line)
        return line, guard

    async def send(self, *pieces: bytes) -> None:
        """Let bytes arrive, each piece by itself."""
        for piece in pieces:
            if not self.line.is_closing():
                self.guard.data_received(piece)
            await self.settle()

    async def settle(self) -> None:
        """Let everything happen that can happen now."""
        for _ in range(12):
            await asyncio.sleep(0)

    async def pass_time(self, seconds: float) -> None:
        """Move the clock."""
        assert isinstance(self.loop, Clock)
        self.loop.now_s += seconds
        await self.settle()

    async def end(self) -> None:
        """Let the client say its last word, as a transport would."""
        if not self.guard.eof_received():
            self.line.close()
        await self.settle()

    def ended(self) -> bool:
        """Whether the server said its last word."""
        return self.line.ended

    def paused(self) -> bool:
        """Whether the server does not listen now."""
        return self.line.paused

    def closed(self) -> bool:
        """Whether the connection is no more."""
        return self.line.is_closing()

    def statuses(self) -> list[int]:
        """What was answered so far."""
        return [answer.status for answer in parse(self.line.said)[0]]

    def reason(self) -> str:
        """Why the last request was refused."""
        return parse(self.line.said)[0][-1].headers["mock-reason"]


def on_a_still_clock(story: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run a test on a loop whose clock stands still."""

    @functools.wraps(story)
    def test(*arguments: P.args, **named: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=Clock) as runner:
            runner.run(story(*arguments, **named))

    return test
