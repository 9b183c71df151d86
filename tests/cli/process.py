"""A command that runs by itself: its lines are read one by one, until it is ended. Nobody sleeps."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 30.0  # a test that waits longer has failed


class Process:
    """What it prints, and how it ends."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def line(self) -> str:
        """The next line that it prints."""
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said, self.end()
        return said.removesuffix("\n")

    def line_with(self, text: str) -> str:
        """The next line that says this."""
        while text not in (line := self.line()):
            pass
        return line

    def end(self, by: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """The exit code, and what was still printed and complained of."""
        self.process.send_signal(by)
        return self.ended()

    def ended(self) -> tuple[int, str, str]:
        """The same of one that ends by itself."""
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        out, err = self.process.stdout.read(), self.process.stderr.read()
        return self.process.wait(), out, err


@contextlib.contextmanager
def started(*arguments: str, module: str = "lumakit", **settings: str) -> Iterator[subprocess.Popen[str]]:
    """A command, killed when the test is over, or when it takes too long."""
    command = [sys.executable, "-m", module, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        watchdog = threading.Timer(PATIENCE_S, process.kill)
        watchdog.start()
        try:
            yield process
        finally:
            watchdog.cancel()
            process.kill()
