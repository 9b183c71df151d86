"""A request that has arrived in one piece is answered at once: no task, no messages, one write.

Most requests to a mock are short, and come whole over a connection that is kept; for them the way through ASGI costs
more than the answer. Whatever is not so simple takes that way as ever: a body that is still coming, an answer before
this one that is not given yet, a client that reads slowly, an answer that is held back. Knows uvicorn's protocol and
what a door offers; judges nothing.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

_headers_complete = HttpToolsProtocol.on_headers_complete  # super() is twice as slow, and these run for every request
_body = HttpToolsProtocol.on_body
_message_complete = HttpToolsProtocol.on_message_complete


class Prompt(HttpToolsProtocol):
    """One connection, whose requests are answered at once where that can be."""

    __slots__ = ("_ask", "_held", "_prompted", "fresh")

    app: Any

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._ask = None if config.root_path or config.limit_concurrency else getattr(self.app, "at_once", None)
        self._held: list[bytes] | None = None  # the body, so far, of a request that may be answered at once
        self._prompted: object = self  # the scope of the last request that was
        self.fresh: bool = False  # bytes have arrived that were not answered at once: the others have their turn

    def on_headers_complete(self) -> None:
        """Hold a simple request back until its last byte, which may be here already."""
        cycle: Any = self.cycle  # uvicorn's own annotation hides that there may be none
        if (
            self.fresh
            and self._ask is not None
            and (cycle is None or cycle.response_complete)
            and self.url[:1] == b"/"
            and self.url.isascii()
            and not self.expect_100_continue
            and not self.flow.write_paused
            and self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
        ):
            self._held = []
        else:
            _headers_complete(self)

    def on_body(self, body: bytes) -> None:
        """A part of a body."""
        if self._held is None:
            _body(self, body)
        else:
            self._held.append(body)

    def on_message_complete(self) -> None:
        """The last byte of a request: it is answered, or waits for its turn."""
        if self._held is None or self._ask is None:
            _message_complete(self)
            return
        scope: Any = self.scope
        scope["method"] = self.parser.get_method().decode("ascii")
        scope["raw_path"], _, scope["query_string"] = self.url.partition(b"?")
        answered = self._ask(scope, b"".join(self._held))
        if answered is None or answered[3] is not None:
            self.hand_over(answered and answered[3])
            _message_complete(self)
            return
        self._held, self._prompted, self.fresh = None, scope, False
        self._write(*answered)

    def hand_over(self, app: Any = None) -> None:
        """Let a request that was held back take the way of all others; `app` answers it in place of the application."""
        held, self._held = self._held, None
        if held is None:
            return
        usual, self.app = self.app, app or self.app
        try:
            _headers_complete(self)
        finally:
            self.app = usual
        for piece in held:
            _body(self, piece)

    def _write(self, status: int, head: list[tuple[bytes, bytes]], body: bytes, _: None) -> None:
        parts = [STATUS_LINE[status]]
        for name, value in (*self.server_state.default_headers, *head):
            parts += (name, b": ", value, b"\r\n")
        parts += (b"\r\n", body)
        self.transport.write(b"".join(parts))
        self.on_response_complete()
