"""Events as a stream (server-sent events): resumed where it broke off, never more than a client takes, ended cleanly.

Every listener is a place in the one bounded log: a slow one falls behind, is told of a gap and goes on with what is
new. What an event is about is looked up when it is sent. Knows the event loop; does not know the door.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from lumakit import strictjson
from lumakit.errors import LumakitError, UsageError
from lumakit.model import Response
from mockserver.control import about_faults, steering, told
from mockserver.control.mover import Mover
from mockserver.control.office import Asked, Office
from mockserver.door.beside import Streamed
from mockserver.events import Event, Missed
from mockserver.stores import Down
from mockserver.taking import Take, at_once

MAX_STREAMS = 32
AT_ONCE = 100  # events in one piece
RETRY_MS = 1000
_NUMBER = re.compile(r"[0-9]{1,18}")
_HEADERS = (("Content-Type", "text/event-stream"), ("X-Accel-Buffering", "no"))


@dataclass(frozen=True)
class Pace:
    """How often a stream says something, in seconds: when nothing happens, between pieces, and after a gap."""

    heartbeat_s: float = 15.0
    pause_s: float = 0.03
    gap_s: float = 1.0


class Streams:
    """Every stream of one server."""

    def __init__(self, office: Office, pace: Pace, take: Take = at_once) -> None:
        self._office = office
        self._ids = _Ids(next(iter(office.providers.values())).store.mark)
        self._take = take
        self._loop: asyncio.AbstractEventLoop | None = None  # where the server runs, for who asks beside it
        self._pace = pace
        self._open: set[_Stream] = set()
        self._mover: asyncio.Task[None] | None = None
        self._ended = False

    def follow(self, last_seen: str | None, origin: str) -> Response | Streamed:
        """A stream of what comes after an id; where no loop runs, or the server stops, only of what is there."""
        events = self._office.events
        if len(self._open) >= MAX_STREAMS:
            hint = "close another page or stream first"
            raise UsageError(f"{MAX_STREAMS} streams are open already", code="too_many_listeners", hint=hint)
        at = events.last if last_seen is None else self._ids.number(last_seen)
        telling = _Telling(self._office, origin, self._ids)
        loop = _running() or self._loop
        stream = _Stream(telling, at, self._pace, self._take)
        if self._ended or loop is None:
            return Response(200, _HEADERS, stream.opening())
        leave = events.listen(stream.waker(loop))
        self._open.add(stream)
        if self._mover is None:  # it says what moves from here on, whenever the loop comes to it
            loop.call_soon_threadsafe(self._move, Mover(self._office, self._take))
        return Streamed(Response(200, _HEADERS), stream.pieces(), lambda: self._close(stream, leave))

    def _move(self, mover: Mover) -> None:
        if self._open and self._mover is None:
            self._mover = asyncio.get_running_loop().create_task(mover.run())

    def hurry(self) -> None:
        """End every stream: the server stops. Called on its loop."""
        self._ended, self._loop = True, None
        for stream in self._open:
            stream.end()

    def begin(self) -> None:
        """Take streams again: the server starts."""
        self._ended, self._loop = False, _running()

    def _close(self, stream: _Stream, leave: Callable[[], None]) -> None:
        leave()
        stream.end()
        self._open.discard(stream)
        if not self._open and self._mover is not None:
            self._mover.cancel()
            self._mover = None


class _Ids(NamedTuple):
    """How the numbers of events are spelled: as no other server on the same store does, or has done."""

    mark: str

    def spelled(self, number: int) -> str:
        """The id of a number."""
        return f"{self.mark}-{number}" if self.mark else str(number)

    def number(self, last_seen: str) -> int:
        """The number of an id; one that was never told here makes a gap."""
        number = last_seen.rpartition("-")[2]
        return int(number) if _NUMBER.fullmatch(number) and self.spelled(int(number)) == last_seen else -1


class _Stream:
    """One listener."""

    def __init__(self, telling: _Telling, at: int, pace: Pace, take: Take) -> None:
        self._telling = telling
        self._take = take
        self._at = at
        self._pace = pace
        self._pause_s = 0.0
        self._woken = asyncio.Event()
        self._ending = asyncio.Event()
        self._is_waiting = False

    def opening(self) -> bytes:
        """What every stream begins with: how soon to come again, and where it stands."""
        first = self._taken()
        return f"retry: {RETRY_MS}\nid: {self._telling.ids.spelled(self._at)}\n\n".encode() + first

    async def pieces(self) -> AsyncGenerator[bytes]:
        """Everything that happens, until somebody ends it."""
        yield await self._beside(self.opening)
        while not self._ending.is_set():
            self._woken.clear()
            self._is_waiting = True
            piece = await self._beside(self._taken)
            if piece:
                yield piece
                await self._rest(self._ending, self._pause_s)
            elif not await self._rest(self._woken, self._pace.heartbeat_s):
                yield b": still here\n\n"

    def waker(self, loop: asyncio.AbstractEventLoop) -> Callable[[], None]:
        """What wakes the stream, from any thread."""

        def wake() -> None:
            if self._is_waiting:
                self._is_waiting = False
                with contextlib.suppress(RuntimeError):  # the loop has ended
                    loop.call_soon_threadsafe(self._woken.set)

        return wake

    def end(self) -> None:
        """Say no more."""
        self._ending.set()
        self._woken.set()

    @staticmethod
    async def _rest(until: asyncio.Event, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await until.wait()
        except TimeoutError:
            return False

    def _taken(self) -> bytes:
        """The next events as text; nothing where there are none."""
        try:
            events = self._telling.since(self._at)
        except Missed as missed:
            self._at, self._pause_s = missed.number, self._pace.gap_s
            return self._telling.spelled("gap", self._at, {})
        self._pause_s = self._pace.pause_s
        if not events:
            return b""
        told = b"".join(self._telling.pieces(events))
        self._at = events[-1].number
        return told or b": nothing that is still there\n\n"

    async def _beside(self, work: Callable[[], bytes]) -> bytes:
        """What comes of work that may wait for the store; nothing yet while that is down."""
        try:
            return await self._take(work)
        except Down:
            return b""


class _Telling:
    """What is told of events to a client that reaches the server at an origin."""

    def __init__(self, office: Office, origin: str, ids: _Ids) -> None:
        self._office = office
        self._origin = origin
        self.ids = ids

    def since(self, number: int) -> list[Event]:
        """The next events after a number."""
        return self._office.events.since(number, AT_ONCE)

    def pieces(self, events: Iterable[Event]) -> list[bytes]:
        """Events as text; of several about one task only the last, for each tells the task as it is now."""
        last = {(each.kind, each.provider, each.key): each for each in events}
        told_of = sorted(last.values())
        values = ((each, self._value(each)) for each in told_of)
        return [self.spelled(each.kind, each.number, value) for each, value in values if value is not None]

    def spelled(self, kind: str, number: int, value: Any) -> bytes:
        """An event as text."""
        return f"event: {kind}\nid: {self.ids.spelled(number)}\ndata: ".encode() + strictjson.dumps(value) + b"\n\n"

    def _value(self, event: Event) -> Any:
        """What is told of an event; nothing of what has gone since."""
        mock = self._office.providers.get(event.provider)
        try:
            if event.kind == "task" and mock:
                return told.task(event.provider, mock.tasks.seen(event.key, self._office.files(mock, self._origin)))
            if event.kind == "webhook" and mock:
                return told.delivery(mock, mock.webhooks[event.key])
            if event.kind == "request":
                diary = mock.journal if mock else self._office.server.elsewhere
                return told.exchange(event.provider, diary[int(event.key)])
        except LumakitError:  # it was forgotten meanwhile
            return None
        return self._of_all(event.kind)

    def _of_all(self, kind: str) -> Any:
        if kind == "clock":
            return told.clock(self._office.clock)
        if kind == "faults":
            return about_faults.what_goes_wrong(self._office, Asked({}))
        return steering.what_becomes(self._office) if kind == "scenario" else steering.how_it_is(self._office)


def _running() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
