"""A real Redis for tests: the one of this machine where it answers, or a private server, which goes with the test."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

SHARED = ("127.0.0.1", 6379)
PATIENCE_S = 20.0
_MISSING = "redis-py is not installed: pip install 'lumakit[redis]'"
_NEEDED = os.environ.get("LUMAKIT_TEST_REDIS") == "required"


def needed() -> str:
    """The program; a test that has none is skipped with the reason, or fails where the tests say that it must be."""
    if not _NEEDED:
        pytest.importorskip("redis", reason=_MISSING)
    program = shutil.which("redis-server")
    if program is None:
        (pytest.fail if _NEEDED else pytest.skip)("redis-server is not installed")
    return str(program)


class PrivateRedis:
    """A Redis of a test's own, on a port of its own, that can be stopped, killed and started again."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._program = needed()
        self._arguments = arguments
        self._folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, and return when it answers."""
        place = ("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder), "--save", "")
        self._process = subprocess.Popen(
            [self._program, *place, *self._arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        watchdog = threading.Timer(PATIENCE_S, self._process.kill)
        watchdog.start()
        assert self._process.stdout is not None
        while line := self._process.stdout.readline():
            if "Ready to accept connections" in line:
                break
        watchdog.cancel()
        assert self._process.poll() is None, "redis-server did not start"
        self._reader = threading.Thread(target=self._process.stdout.read, daemon=True)
        self._reader.start()

    def end(self, by: signal.Signals = signal.SIGKILL) -> None:
        """End it; by itself it takes nothing along that was synced."""
        self._process.send_signal(by)
        self._process.wait()
        self._reader.join()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def pause(self) -> None:
        """Let it hang: connections stand, nothing is answered."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it answer again."""
        self._process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def private(*arguments: str) -> Iterator[PrivateRedis]:
    """A Redis that syncs everything it is told, unless the arguments say otherwise."""
    with tempfile.TemporaryDirectory() as folder:
        durable = ("--appendonly", "yes", "--appendfsync", "always")
        server = PrivateRedis(Path(folder), *durable, *arguments)
        try:
            yield server
        finally:
            with contextlib.suppress(ProcessLookupError):
                server.end()


@contextlib.contextmanager
def somewhere() -> Iterator[str]:
    """The address of a place in a Redis that nobody else uses: in the one of this machine, or in a private one."""
    if _answers():
        if not _NEEDED:
            pytest.importorskip("redis", reason=_MISSING)
        yield f"redis://{SHARED[0]}:{SHARED[1]}/0?prefix=test-{uuid.uuid4().hex}"
        return
    with private("--appendonly", "no") as server:
        yield server.url


def _answers() -> bool:
    with contextlib.suppress(OSError), socket.create_connection(SHARED, 1.0) as asked:
        asked.sendall(b"PING\r\n")
        return asked.recv(7) == b"+PONG\r\n"
    return False
