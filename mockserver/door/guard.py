"""The guard at the wire: what uvicorn's HTTP protocol does not enforce by itself is enforced here.

Sizes, counts and absolute deadlines of what is received, a strict head, a bound on connections and on slow readers. A
request that is refused gets a small problem+json and the connection closes. Knows uvicorn, httptools and timers. Does
not know the application behind; what a good head is, `head` knows.

Speed: a request that arrives in one piece arms no timer, is counted by nobody and passes three of our functions. All
that costs something is in `_unfinished`, which only requests in pieces meet.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, ClassVar

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from lumakit.model import Ending
from mockserver.door import head
from mockserver.door.broken import CUT, Send
from mockserver.door.deadline import Deadline
from mockserver.door.early_answer import EarlyAnswer
from mockserver.door.limits import Limits
from mockserver.door.listener import reset_when_closed
from mockserver.door.prompt import Prompt
from mockserver.refusal import Refusal

_IDLE, _HEAD, _BODY = "nothing", "head", "body"  # what of a request is being received

_headers_complete = Prompt.on_headers_complete  # super() is twice as slow, and these run for every request
_message_complete = Prompt.on_message_complete

_log = logging.getLogger(__name__)


def guarded(limits: Limits) -> type[Guard]:
    """The protocol class for these limits: uvicorn makes the objects."""
    return type("Guard", (Guard,), {"limits": limits})


class Guard(Prompt):
    """One connection, guarded. Beyond thirty attributes an object costs far more, and uvicorn's has 28: hence slots."""

    __slots__ = tuple(
        "_deadline _deaf _flush _keep_alive _owed _quiet_since _retold _served _stage _timed _unused".split()
    )

    url: bytes
    headers: list[tuple[bytes, bytes]]
    parser: httptools.HttpRequestParser
    limits: ClassVar[Limits] = Limits()

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, {**app_state, CUT: self.cut}, _loop)
        self._served: object = self.scope  # the scope of the last request whose head was complete
        self._stage = _IDLE  # what was unfinished when the last bytes had been read
        self._timed: object = self.scope  # what that belonged to
        self._unused = 0  # bytes of what is unfinished
        self._deadline = Deadline(self.loop)
        self._quiet_since = 0.0  # on the loop's clock: when the last answer was written
        self._keep_alive = Deadline(self.loop)
        self._flush = Deadline(self.loop)
        self._deaf = False  # what arrives is thrown away
        self._owed: Refusal | None = None  # to be said when earlier requests are answered
        self._retold: bytes | None = None  # a head that asked for another protocol, without that

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """A client came; it has a deadline before its first byte."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(low=0)  # so that "resumed" means that everything was taken
        self._deadline.set(self.limits.head_s, self._too_late)
        if len(self.connections) > self.limits.connections:
            self.refuse(Refusal(503, f"there are more than {self.limits.connections} connections"))

    def connection_lost(self, exc: Exception | None) -> None:
        """A client went; no timer stays behind, and nothing that would wait for the garbage collector."""
        for deadline in (self._deadline, self._keep_alive, self._flush):
            deadline.drop()
        super().connection_lost(exc)
        self._let_go()

    def data_received(self, data: bytes) -> None:
        """Parse what arrived; the rest happens in the callbacks of the parser."""
        if self._deaf:
            return
        self._unused += len(data)
        before = self.cycle
        self.fresh = True
        try:
            self._parse(data)
            if self._held is not None:
                self.hand_over()
            cycle = self.cycle
            if self.scope is not self._prompted and (
                cycle is before or cycle.more_body or self.scope is not self._served
            ):
                self._unfinished(data)
            else:
                self._unused = 0
                if self._deadline.running:
                    self._settle()
        except Refusal as refusal:
            self.refuse(refusal)
        except httptools.HttpParserCallbackError as error:
            self.refuse(_raised_in_callback(error))
        except httptools.HttpParserError as error:
            first = self._stage == _IDLE and self.cycle is before
            self.refuse(head.unreadable(str(error), data if first else b""))

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio: True keeps our side open
        """The client will say no more; what it asked completely is still answered, if that is soon."""
        if self._deaf:
            return False
        if self._stage != _IDLE:
            self.refuse(Refusal(400, "the connection ended inside the request"))
        elif self._answering():
            self._deaf = True
            self.cycle.keep_alive = False
        if self._deaf:
            self._deadline.set(self.limits.linger_s, self._too_late)
        return self._deaf

    def on_headers_complete(self) -> None:
        """The head is here: is it one that is served?"""
        url, fields, limits = self.url, self.headers, self.limits
        if (
            self._deadline.running
            or self._unused > limits.header_bytes
            or len(url) > limits.uri_bytes
            or len(fields) > limits.header_fields
        ):
            head.check_size(url, fields, limits)
        version = self.parser.get_http_version()
        head.check(version, url, fields)
        if self.parser.should_upgrade():
            self._retold = head.without_upgrade(self.parser.get_method(), url, version, fields)
            return
        if url[:1] != b"/":
            self.url = head.origin_form(self.parser.get_method(), url, fields)
        _headers_complete(self)
        self._served = self.scope
        self.headers = []  # the parser appends trailers to it, and they are no headers

    def on_message_complete(self) -> None:
        """The last byte of a request."""
        if self._retold is None:
            _message_complete(self)

    def on_response_complete(self) -> None:
        """An answer is written: the next one in line, or what is still owed. Does without a timer each."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            self._watch_flush()
            return
        if self.flow.read_paused:
            self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._owed is not None:
            self._say(self._owed)
        else:
            self._quiet_since = self.loop.time()
            if not self._keep_alive.running:
                self._keep_alive.set(self.limits.keep_alive_s, self._look)

    def pause_writing(self) -> None:
        """The client reads more slowly than it is answered."""
        super().pause_writing()
        self._watch_flush()

    def resume_writing(self) -> None:
        """The client has read everything."""
        super().resume_writing()
        self._flush.drop()

    def refuse(self, refusal: Refusal) -> None:
        """Turn the client away: as soon as its earlier requests are answered it is told why, and that is all."""
        _log.info("refused with %d: %s", refusal.status, refusal.reason)
        self._deaf = True
        self._settle()
        busy = self._answering()
        if self._receiving() == _BODY:
            if self.pipeline:
                self.pipeline.popleft()
            else:
                busy = False
                self.cycle.disconnected = True
                self.cycle.message_event.set()
        if busy:
            self._owed = refusal
        else:
            self._say(refusal)

    def hang_up(self) -> None:
        """Send no more, and listen a moment: a client that is still sending would otherwise never read the answer."""
        self._deaf = True
        if not self.transport.is_closing():
            self.flow.resume_reading()
            self.transport.write_eof()
            self._deadline.set(self.limits.linger_s, self._too_late)

    def cut(self, send: Send, ending: Ending) -> None:
        """End the connection inside the answer that is being sent: somebody wants to see how a client takes it."""
        cycle = getattr(send, "__self__", self.cycle)  # of several that wait in line, the one that is at it
        cycle.disconnected = self._deaf = True
        if ending is Ending.RESET:
            connection = self.transport.get_extra_info("socket")
            if connection is not None:
                reset_when_closed(connection)
            self.transport.abort()
        else:
            self.transport.close()
            self._watch_flush()

    def _let_go(self) -> None:
        """Forget whatever knows this connection: thousands may leave at once, and their memory is to go with them."""
        cycle: Any = self.cycle
        if cycle is not None:
            cycle.transport = self.transport  # an EarlyAnswer knows the cycle
        vars(self).update(cycle=None, scope={}, app_state={})  # uvicorn's own
        self._served = self._timed = self._prompted = {}
        self.pipeline.clear()

    def _parse(self, data: bytes) -> None:
        """Feed the parser. The parser believes in every Upgrade and would lose the body: such a head is told again."""
        while True:
            try:
                self.parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as upgrade:
                data = (self._retold or b"") + data[upgrade.args[0] :]
                self._retold = None
                self.parser = httptools.HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn has it

    def _receiving(self) -> str:
        if self.scope is not self._served:
            return _HEAD
        cycle: RequestResponseCycle | None = self.cycle  # uvicorn's own annotation hides that there may be none
        return _BODY if cycle is not None and cycle.more_body else _IDLE

    def _unfinished(self, arrived: bytes) -> None:
        """A request that has not arrived completely: count it, and give it a deadline."""
        stage = self._receiving()
        if stage != self._stage or self.scope is not self._timed:
            self._settle()
            self._stage, self._timed = stage, self.scope
            if stage == _BODY:
                cycle = self.cycle
                cycle.transport = EarlyAnswer(self.transport, lambda: cycle.more_body, self.hang_up)
            if stage != _IDLE:
                self._deadline.set(self.limits.body_s if stage == _BODY else self.limits.head_s, self._too_late)
        if stage == _HEAD:
            head.check_size(self.url, self.headers, self.limits)
            head.check_start(self.parser.get_http_version(), self.url, arrived)
        elif stage == _BODY and self.cycle.body:
            self._unused = 0
        if self._unused > self.limits.header_bytes + self.limits.uri_bytes:
            raise Refusal(431, f"{self._unused} bytes arrived that say nothing")

    def _settle(self) -> None:
        self._stage, self._unused = _IDLE, 0
        self._deadline.drop()

    def _too_late(self) -> None:
        stage = self._receiving()
        if self._deaf:
            self.transport.abort()
        elif self.flow.read_paused:
            self._deadline.set(self.limits.body_s, self._too_late)  # it is we who do not listen
        elif stage == _IDLE:
            self.transport.close()
        else:
            self.refuse(Refusal(408, f"the {stage} of the request came too slowly"))

    def _look(self) -> None:
        """Is the connection still used? Asked now and then, because a timer for each answer costs more."""
        if self._deaf or self._answering() or self._receiving() != _IDLE:
            return
        left_s = self._quiet_since + self.limits.keep_alive_s - self.loop.time()
        if left_s > 0:
            self._keep_alive.set(left_s, self._look)
        else:
            self.transport.close()
            self._watch_flush()

    def _answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _watch_flush(self) -> None:
        if not self._flush.running and self.transport.get_write_buffer_size():
            self._flush.set(self.limits.write_s, self.transport.abort)

    def _say(self, refusal: Refusal) -> None:
        if self.transport.is_closing():
            return
        self.transport.write(refusal.on_the_wire(self.server_state.default_headers))
        self.hang_up()


def _raised_in_callback(error: httptools.HttpParserCallbackError) -> Refusal:
    cause = error.__context__
    if isinstance(cause, Refusal):
        return cause
    _log.error("a request could not be looked at: a bug of the mock server", exc_info=cause)
    return Refusal(500, "the mock server itself failed; what it was stands in its log")
