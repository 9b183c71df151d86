"""Sends requests by a client of httpx, or of a library of the same shape, and says what came of it as a value.

No redirect is followed, no answer is read beyond a bound, and a key is put in at the last moment and no earlier. Knows
no contract. Names no library: it asks the client that it is given.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from lumakit.clock import Clock
from lumakit.errors import UsageError
from lumakit.model import Lost, Request, Response
from lumakit.secret import Shown
from lumakit.unpacking import ACCEPTED, unpacker

MAX_ANSWER_BYTES = 16 * 2**20
MAX_ANSWER_S = 300.0
_PLAINLY: dict[str, Any] = {"stream": True, "auth": None, "follow_redirects": False}
_UNSENT = ("ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol")
_SAID = {
    "ConnectError": "no connection could be made: the address is wrong, or nobody listens there",
    "ConnectTimeout": "no connection could be made in time",
    "PoolTimeout": "every connection was in use for too long",
    "ReadTimeout": "the answer did not come in time",
    "WriteTimeout": "the request could not be sent in time",
    "ReadError": "the connection was broken off",
    "WriteError": "the connection was broken off",
    "RemoteProtocolError": "the connection was closed before the answer was whole",
    "DecodingError": "the answer cannot be unpacked",
    "CannotUnpack": "the answer cannot be unpacked",
    "_TooLong": f"the answer has more than {MAX_ANSWER_BYTES} bytes",
    "_TooSlow": f"the answer had not ended after {MAX_ANSWER_S:g} s",
}
_ACCEPTED = ("Accept-Encoding", ACCEPTED)
Sink = Callable[[bytes], None]
Begin = Callable[[Response], Sink | None]  # given a head: where its body goes, None for nowhere


class Post:
    """Sends requests by one client, and asks for files by the same, or by another one."""

    def __init__(self, client: Any, clock: Clock, files: Any = None) -> None:
        self._client = client
        self._files = client if files is None else files
        self._clock = clock
        self._library = library_of(client)
        self._troubles = (self._library.HTTPError, OSError)
        self._url = lru_cache(maxsize=256)(self._library.URL)  # a task is looked at again and again
        self._unsent = tuple(getattr(self._library, name) for name in _UNSENT)

    def send(self, request: Request, shown: Iterable[Shown] = ()) -> Response | Lost:
        """Send a request, with keys where they are to be shown."""
        try:
            answer = self._client.send(self._asked(request, shown), **_PLAINLY)
            try:
                collected = _Collected(self._clock, answer)
                for piece in answer.iter_raw() if collected.unread else answer.iter_bytes():
                    collected.add(piece)
            finally:
                answer.close()
            return collected.response(answer)
        except self._troubles as error:
            return self._lost(error)

    async def send_async(self, request: Request, shown: Iterable[Shown] = ()) -> Response | Lost:
        """The same inside an event loop."""
        try:
            answer = await self._client.send(self._asked(request, shown), **_PLAINLY)
            try:
                collected = _Collected(self._clock, answer)
                async for piece in answer.aiter_raw() if collected.unread else answer.aiter_bytes():
                    collected.add(piece)
            finally:
                await answer.aclose()
            return collected.response(answer)
        except self._troubles as error:
            return self._lost(error)

    def download(self, request: Request, begin: Begin) -> Response | Lost:
        """Send a request without a key, and have its body go where its head says."""
        head = None
        try:
            answer = self._files.send(self._bare(request), **_PLAINLY)
            try:
                head = _head(answer)
                if sink := begin(head):
                    file = _Unpacked(answer, sink)
                    for piece in answer.iter_raw() if file.unread else answer.iter_bytes():
                        file.add(piece)
                    file.end()
            finally:
                answer.close()
        except self._troubles as error:
            return self._lost(error, head)
        return head

    async def download_async(self, request: Request, begin: Begin) -> Response | Lost:
        """The same inside an event loop."""
        head = None
        try:
            answer = await self._files.send(self._bare(request), **_PLAINLY)
            try:
                head = _head(answer)
                if sink := begin(head):
                    file = _Unpacked(answer, sink)
                    async for piece in answer.aiter_raw() if file.unread else answer.aiter_bytes():
                        file.add(piece)
                    file.end()
            finally:
                await answer.aclose()
        except self._troubles as error:
            return self._lost(error, head)
        return head

    def _asked(self, request: Request, shown: Iterable[Shown]) -> Any:
        """The request as the library has it, with the keys in it, and with what the client adds to each request."""
        headers, query = [*request.headers, _ACCEPTED], request.query
        for each in shown:
            if each.location == "query":
                query = f"{query}&{each.name}={quote(each.reveal(), safe='')}".lstrip("&")
            elif each.location == "cookie":
                headers.append(("Cookie", f"{each.name}={each.reveal()}"))
            else:
                headers.append((each.name, each.reveal()))
        url = f"{request.origin}{request.path}{'?' if query else ''}{query}"
        if not query:  # which may hold a key, and that is not remembered
            url = self._url(url)
        return self._client.build_request(request.method, url, headers=headers, content=request.body or None)

    def _bare(self, request: Request) -> Any:
        """The request alone: what the client adds to each request may be a key, and this one goes elsewhere."""
        url = f"{request.origin}{request.path}{'?' if request.query else ''}{request.query}"
        timeout = self._client.timeout.as_dict()
        return self._library.Request(
            request.method, url, headers=list(request.headers), extensions={"timeout": timeout}
        )

    def _lost(self, error: Exception, head: Response | None = None) -> Lost:
        """What went wrong, in words of ours: a library's own may quote what was sent."""
        named = next((each.__name__ for each in type(error).__mro__ if each.__name__ in _SAID), "")
        reason = _SAID.get(named, f"the connection failed ({type(error).__name__})")
        return Lost(reason, unsent=isinstance(error, self._unsent), head=head)


class _TooLong(OSError):
    """A body without an end, or nearly."""


class _TooSlow(OSError):
    """A body that comes too slowly."""


class _Unpacked:
    """A body as it comes, unpacked here: what the library unpacks at once may be more than there is memory.

    `unread` is False where somebody has read the answer before us, a hook of the client: then it stands unpacked there.
    """

    def __init__(self, answer: Any, sink: Sink) -> None:
        self.unread: bool = not answer.is_stream_consumed
        self._unpacker = unpacker(answer.headers.get("content-encoding", "")) if self.unread else None
        self._sink = sink

    def add(self, piece: bytes) -> None:
        """One piece more, as it came."""
        if self._unpacker is None:
            self._sink(piece)
            return
        for part in self._unpacker.unpack(piece):
            self._sink(part)

    def end(self) -> None:
        """That was all of it."""
        if self._unpacker is not None:
            self._unpacker.end()


class _Collected:
    """A body as it comes, within bounds."""

    def __init__(self, clock: Clock, answer: Any) -> None:
        self._clock = clock
        self._pieces: list[bytes] = []
        self._bytes = 0
        self._end_ms: float | None = None
        self._body = _Unpacked(answer, self._keep)
        self.unread: bool = self._body.unread

    def add(self, piece: bytes) -> None:
        """One piece more."""
        self._body.add(piece)
        if len(self._pieces) > 1:  # most answers come in one: they ask no clock
            now_ms = self._clock.now()
            self._end_ms = self._end_ms or now_ms + MAX_ANSWER_S * 1000
            if now_ms > self._end_ms:
                raise _TooSlow

    def _keep(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._bytes += len(piece)
        if self._bytes > MAX_ANSWER_BYTES:
            raise _TooLong

    def response(self, answer: Any) -> Response:
        """The answer, whole."""
        self._body.end()
        return Response(answer.status_code, _headers(answer), b"".join(self._pieces))


def _head(answer: Any) -> Response:
    return Response(answer.status_code, _headers(answer))


def _headers(answer: Any) -> tuple[tuple[str, str], ...]:
    return tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers.raw])


def library_of(client: Any) -> Any:
    """The library that a client is of: the one that has its errors."""
    for each in type(client).__mro__:
        library = sys.modules.get(each.__module__.partition(".")[0])
        if all(hasattr(library, name) for name in ("HTTPError", "Request", "URL", *_UNSENT)):
            return library
    what = f"{type(client).__name__} is no client of httpx, or of a library of the same shape"
    raise UsageError(what, code="http_client", hint="http=httpx.Client(...), or leave it out")
