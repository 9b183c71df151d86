"""The commands on a real terminal: the bar is drawn on one line, Ctrl-C ends it, and the task can be taken up."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lumakit.cli.terminal import COLUMNS, Terminal, here
from lumakit.clock import SystemClock
from mockserver import MockProvider
from mockserver.live import LiveServer
from tests.cli.process import PATIENCE_S, Process, started
from tests.cli.prompt import KEY, Screen

pty = pytest.importorskip("pty", reason="this system has no pseudo terminals")
ROOT = Path(__file__).resolve().parents[2]
CTRL_C = b"\x03"
# Ctrl-C reaches a command whose own terminal it is.
OWN_TERMINAL = (
    "import fcntl, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); from lumakit.cli import main; sys.exit(main())"
)


class Shell:
    """A command on a terminal, and what stands there so far."""

    def __init__(self, process: subprocess.Popen[bytes], handle: int) -> None:
        self.process = process
        self.handle = handle
        self.seen = b""

    def until(self, text: str) -> None:
        """Read until something stands there."""
        while text.encode() not in self.seen:
            piece = self._read()
            assert piece, self.text
            self.seen += piece

    def press(self, keys: bytes) -> None:
        """Type something."""
        os.write(self.handle, keys)

    def ended(self) -> int:
        """The exit code, when it has ended."""
        while piece := self._read():
            self.seen += piece
        return self.process.wait()

    def _read(self) -> bytes:
        try:
            return os.read(self.handle, 65536)
        except OSError:  # the other end was closed
            return b""

    @property
    def text(self) -> str:
        """Everything that was written, with carriage returns as they came."""
        return self.seen.decode().replace("\r\n", "\n")


@contextlib.contextmanager
def shell(*arguments: str, **environment: str) -> Iterator[Shell]:
    handle, inner = pty.openpty()
    command = [sys.executable, "-c", OWN_TERMINAL, *arguments]
    given = {**os.environ, "PYTHONPATH": str(ROOT), "CHAINHUB_API_KEY": KEY, "TERM": "xterm", **environment}
    with subprocess.Popen(
        command, env=given, stdin=inner, stdout=inner, stderr=inner, start_new_session=True
    ) as process:
        os.close(inner)
        watchdog = threading.Timer(PATIENCE_S, process.kill)
        watchdog.start()
        try:
            yield Shell(process, handle)
        finally:
            watchdog.cancel()
            process.kill()
            os.close(handle)


@contextlib.contextmanager
def serving(speed: float = 1.0) -> Iterator[str]:
    """A mock whose time passes by itself."""
    with LiveServer(MockProvider("chainhub", clock=SystemClock(speed))) as live:
        yield live.url


def test_a_bar_is_drawn_on_one_line_and_leaves_only_the_result() -> None:
    with (
        serving(speed=1000) as url,
        shell("run", "chainhub", "--prompt", "a", "--base-url", url, "--every", "0.3") as typed,
    ):
        assert typed.ended() == 0
    drawn, _, result = typed.text.rpartition("\r\x1b[K")
    assert "\x1b[32m" in drawn
    assert "\n" not in drawn
    assert re.fullmatch(r"[0-9a-f-]{36}  succeeded \(completed\)  http\S+\n", result)
    assert KEY not in typed.text


def test_ctrl_c_while_waiting_says_how_to_take_the_task_up() -> None:
    with serving() as url, shell("run", "chainhub", "--prompt", "a", "--base-url", url, NO_COLOR="1") as typed:
        typed.until("pending")
        typed.press(CTRL_C)
        assert typed.ended() == 130
        assert "\x1b[3" not in typed.text
        said = re.search(r"interrupted\n  the task (\S+) goes on .*:\n    lumakit (wait .*)\n$", typed.text)
        assert said, typed.text
        assert said[2] == f"wait chainhub {said[1]} --base-url {url}"
        with shell(*said[2].split()) as again:
            again.until("pending")
            again.press(CTRL_C)
            assert again.ended() == 130


def test_a_terminal_that_cannot_draw_gets_lines() -> None:
    arguments = ("run", "chainhub", "--prompt", "a", "--every", "0.2")
    with serving(speed=1000) as url, shell(*arguments, "--base-url", url, TERM="dumb") as typed:
        assert typed.ended() == 0
    assert "\r" not in typed.text
    assert "\x1b" not in typed.text
    assert re.match(r" +0:00  pending +[0-9a-f-]{36}\n", typed.text)


def test_ctrl_c_before_the_answer_says_that_a_task_may_have_been_made() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        arguments = ("submit", "chainhub", "--prompt", "a", "--base-url", url)
        with started(*arguments, CHAINHUB_API_KEY=KEY) as process:
            silent.settimeout(PATIENCE_S)
            connection, _ = silent.accept()
            with connection:
                assert connection.recv(65536).startswith(b"POST /luma/generations ")
                code, out, err = Process(process).end(signal.SIGINT)
    assert (code, out) == (130, "")
    assert err == (
        "lumakit: interrupted\n"
        "  a task may have been made, and may cost: look at the account before you make one again\n"
    )


def test_a_stream_that_is_no_terminal_draws_nothing_and_has_a_width() -> None:
    at = Terminal(Screen(), Screen(), environment={})
    assert (at.draws, at.colours, at.width) == (False, False, COLUMNS)
    assert Terminal(Screen(), Screen(is_terminal=True), environment={"TERM": "dumb"}).draws is False


def test_where_nobody_listens_everything_is_said_nevertheless() -> None:
    code = "import sys; sys.stdout = sys.stderr = None; from lumakit.cli.terminal import here; here().whisper('x')"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
    assert here().environment is os.environ
