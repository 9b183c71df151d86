"""Receivers on a loopback port, each with a script of its own, and a witness of everything that is dialled."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

PATIENCE_S = 10.0  # a test that waits longer has failed
CERTIFICATE = Path(__file__).with_name("receiver.pem")  # of receiver.test, which nobody trusts unasked
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LAST = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"  # for a client that asks again

_dialled: list[tuple[str, int]] = []


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and arguments[0].family in (socket.AF_INET, socket.AF_INET6):
        _dialled.append(tuple(arguments[1][:2]))


sys.addaudithook(_note)  # Python lets nobody take it away again, so there is one for all tests


@contextlib.contextmanager
def witness() -> Iterator[list[tuple[str, int]]]:
    """What is dialled while this lasts, as the interpreter itself tells it."""
    _dialled.clear()
    yield _dialled


class Talk:
    """One connection, as a receiver's script sees it."""

    def __init__(self, wire: socket.socket, over: threading.Event) -> None:
        self.wire = wire
        self._over = over

    def hear(self) -> bytes:
        """A whole request."""
        heard = b""
        while b"\r\n\r\n" not in heard:
            heard += self._piece()
        head = heard.partition(b"\r\n\r\n")[0].lower()
        length = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
        while len(heard) < len(head) + 4 + length:
            heard += self._piece()
        return heard

    def say(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.wire.sendall(piece)

    def drip(self, text: bytes) -> None:
        """Byte after byte, until the other side has had enough."""
        for at in range(len(text)):
            if self._over.wait(0.02):
                return
            self.say(text[at : at + 1])

    def reset(self) -> None:
        """Go away without a farewell."""
        self.wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _piece(self) -> bytes:
        piece = self.wire.recv(65536)
        if not piece:
            raise ConnectionError
        return piece


Script = Callable[[Talk], None]


class Receiver:
    """Listens on a free port of 127.0.0.1, or of another address, and plays its script to everybody who calls."""

    def __init__(self, script: Script, host: str = "127.0.0.1", *, tls: ssl.SSLContext | None = None) -> None:
        self.visits = 0
        self._script, self._tls = script, tls
        self._over = threading.Event()
        self._listening = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.port: int = self._listening.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Receiver:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE_S)
        self._listening.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                wire, _ = self._listening.accept()
            except OSError:
                return
            self.visits += 1
            self._threads.append(threading.Thread(target=self._play, args=(wire,)))
            self._threads[-1].start()

    def _play(self, wire: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(wire).settimeout(PATIENCE_S)
            spoken = stack.enter_context(self._tls.wrap_socket(wire, server_side=True)) if self._tls else wire
            self._script(Talk(spoken, self._over))


def answers(*pieces: bytes) -> Script:
    """A receiver that hears a request and says this."""

    def script(talk: Talk) -> None:
        talk.hear()
        talk.say(*pieces)

    return script


def notes(heard: list[bytes]) -> Script:
    """A receiver that keeps what it hears, and is content with it."""

    def script(talk: Talk) -> None:
        heard.append(talk.hear())
        talk.say(LAST)

    return script


def hangs_up(talk: Talk) -> None:
    """A receiver that hears a request and goes away without a farewell."""
    talk.hear()
    talk.reset()


def tls_server(names: list[str]) -> ssl.SSLContext:
    """A server's side of TLS, which notes the names it is asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    context.sni_callback = lambda _wire, name, _context: names.append(name)
    return context
