"""Mock servers in processes of their own, which can be killed and started again; and a private Redis for them.

Knows processes and ports. Does not know what the servers are asked, nor what is counted.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SUBMIT = "/luma/generations"
HEADERS = {"Authorization": "Bearer any", "Content-Type": "application/json"}
PATIENCE_S = 60.0
SPEED = 100


class Server:
    """A mock in a process of its own, on one port for all its lives."""

    def __init__(self, store: str, port: int, flags: Sequence[str] = ()) -> None:
        self._flags = ("-p", str(port), "--store", store, "--speed", str(SPEED), "--max-tasks", "1000000", *flags)
        self.port = port
        self.start_s = self.start()

    def start(self) -> float:
        """Start it; how long it took until it answered."""
        began = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lumakit", "mock", "chainhub", *self._flags],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        printed: Any = self._process.stdout
        said = printed.readline()
        if not said.startswith("http"):
            raise RuntimeError(said + printed.read())
        self._reader = threading.Thread(target=printed.read, daemon=True)
        self._reader.start()
        return time.monotonic() - began

    def kill(self, by: signal.Signals = signal.SIGKILL) -> None:
        """End it without a word."""
        self._process.send_signal(by)
        self._process.wait()
        self._reader.join()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """One request on a connection of its own."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        with contextlib.closing(connection):
            connection.request(method, path, None if body is None else json.dumps(body), HEADERS)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())


@contextlib.contextmanager
def servers(store: str, flags: Sequence[Sequence[str]]) -> Iterator[list[Server]]:
    """Servers on one store, each with its own flags, while they are needed."""
    every: list[Server] = []
    try:
        for port, own in zip(free_ports(len(flags)), flags, strict=True):
            every.append(Server(store, port, own))
        yield every
    finally:
        for each in every:
            each.kill(signal.SIGTERM)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens at."""
    with contextlib.ExitStack() as held:
        return [held.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(count)]


@contextlib.contextmanager
def redis(syncs: str = "always") -> Iterator[str]:
    """A private Redis that keeps whatever it is told, and syncs it always, or never."""
    (port,), program = free_ports(1), shutil.which("redis-server")
    if program is None:
        raise SystemExit("redis-server is not installed")
    with tempfile.TemporaryDirectory() as folder:
        place = ("--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "")
        flags = (*place, "--appendonly", "yes", "--appendfsync", syncs, "--logfile", f"{folder}/log")
        process = subprocess.Popen([program, *flags])
        try:
            _until_it_answers(port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait()


def _until_it_answers(port: int) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.02)
