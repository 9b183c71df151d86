"""A door on a real port: in a thread (`LiveServer`), or in the foreground until a signal comes (`serve`).

Knows threads and how a server starts and ends. Does not know what is behind the door, nor uvicorn, which is imported
when a server starts.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from lumakit.errors import SurroundingsError
from mockserver.door.front import Front
from mockserver.door.limits import Limits
from mockserver.door.listener import listen, room_for, url_of
from mockserver.door.tidy import give_back, nothing

if TYPE_CHECKING:
    import socket

    from mockserver.door.doorkeeper import Doorkeeper
    from mockserver.provider import MockProvider
    from mockserver.server import MockServer

_THREAD_STOP_S = 1.0  # a test does not wait for a client that reads no more


class LiveServer:
    """A door, or a mock behind one, on a port of this machine while the `with` lasts; a thread serves it.

    It may be started again and again.
    """

    def __init__(self, door: Front | MockProvider | MockServer, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._door: Front = door if isinstance(door, Front) else _served(door)
        self._host = host
        self._wanted_port = port
        self._url = ""
        self._keeper: Doorkeeper | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end; empty before the first start."""
        return self._url

    @property
    def port(self) -> int:
        """The port, chosen by the system when none was given."""
        return int(self._url.rpartition(":")[2] or self._wanted_port)

    def start(self) -> Self:
        """Serve; what goes wrong is raised here."""
        if self._thread is not None:
            return self
        settled = threading.Event()
        self._keeper = keeper = _doorkeeper(self._door, self._door.limits, _THREAD_STOP_S, settled.set)
        listening = listen(self._host, self._wanted_port)
        self._url = url_of(listening)
        self._thread = threading.Thread(target=self._serve, args=(keeper, listening, settled), daemon=True)
        self._thread.start()
        settled.wait()
        if not keeper.started:
            self.stop()
            raise self._door.failure or _not_started()
        return self

    def stop(self) -> None:
        """Answer what was asked, close everything, free the port."""
        keeper, thread = self._keeper, self._thread
        self._keeper = self._thread = None
        if keeper is not None and thread is not None:
            keeper.ask_to_stop()
            thread.join()

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop."""
        self.stop()

    def _serve(self, keeper: Doorkeeper, listening: socket.socket, settled: threading.Event) -> None:
        try:
            with listening, contextlib.suppress(SystemExit):
                keeper.run(sockets=[listening])
        finally:
            settled.set()


def serve(door: Front, *, on_ready: Callable[[str], None], host: str = "127.0.0.1", port: int = 0) -> signal.Signals:
    """Serve in the main thread until a signal comes, and return it; `on_ready` is told the address."""
    limits = replace(door.limits, connections=room_for(door.limits.connections))
    keeper = _doorkeeper(door, limits, limits.stop_s, lambda: on_ready(url), give_back)
    with listen(host, port) as listening:
        url = url_of(listening)
        with contextlib.suppress(SystemExit):
            keeper.run(sockets=[listening])
    if not keeper.started:
        raise door.failure or _not_started()
    return keeper.ended_by or signal.SIGTERM


def _served(mock: MockProvider | MockServer) -> Front:
    from mockserver.app import served  # not at the top: that room knows how everything is put together

    return served(mock)


def _doorkeeper(
    door: Front, limits: Limits, stop_s: float, on_open: Callable[[], None], tidy: Callable[[], None] = nothing
) -> Doorkeeper:
    try:
        from mockserver.door.doorkeeper import Doorkeeper
    except ImportError as missing:
        raise SurroundingsError(
            f"serving on a port needs {missing.name}, which is not installed",
            code="extra_missing",
            hint="pip install 'lumakit[server]'",
        ) from None
    return Doorkeeper(door, limits, stop_s, on_open, tidy)


def _not_started() -> SurroundingsError:
    return SurroundingsError(
        "the server could not start", code="start_failed", hint="its log, on standard error, says why"
    )
