"""What can be checked, as a target: a mock in this process. Here, because only the porch knows both houses."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lumakit.clock import VirtualClock
from lumakit.model import Ending, Lost, Request, Response

if TYPE_CHECKING:
    from mockserver.provider import MockProvider

ORIGIN = "http://mock.test"
PATIENCE_S = 60.0
_ENDED = {
    Ending.RESET: "the connection was broken off",
    Ending.CLOSED: "the connection was closed before the answer was whole",
}


class MockTarget:
    """A mock in this process, on a clock that is moved by waiting on it."""

    name = "mock"
    origin = ORIGIN
    base = ""
    own = True

    def __init__(self, mock: MockProvider, clock: VirtualClock, patience_s: float = PATIENCE_S) -> None:
        self.mock = mock
        self.clock = clock
        self._patience_s = patience_s

    def send(self, request: Request) -> Response | Lost:
        """The answer, or why there is none, as a client over a wire would meet it."""
        response = self.mock(request)
        if response.delay_s > self._patience_s:
            self.clock.sleep(self._patience_s)
            return Lost("the answer did not come in time")
        if response.delay_s:
            self.clock.sleep(response.delay_s)
        if response.ahead:
            self.mock.webhooks.deliver_due()
        return self._received(request, response)

    def reset(self) -> None:
        """Forget every task."""
        self.mock.reset()

    @property
    def plays(self) -> tuple[str, ...]:
        """The scenarios that say words which a task does not say on its way to success."""
        from mockserver.scenario import SCENARIOS, story

        reading = self.mock.contract.reading
        if reading is None:
            return ()
        known, found = set(story(reading.lifecycle, SCENARIOS["success"][0])), list[str]()
        for name, (scenario, _) in SCENARIOS.items():
            words = set(story(reading.lifecycle, scenario))
            if words - known:
                found.append(name)
            known |= words
        return tuple(found)

    @contextlib.contextmanager
    def play(self, name: str) -> Iterator[None]:
        """Until the end of this, every new task lives this scenario."""
        usual, self.mock.scenario = self.mock.scenario, name
        try:
            yield
        finally:
            self.mock.scenario = usual

    def _received(self, request: Request, response: Response) -> Response | Lost:
        """What comes through the wire of an answer."""
        head, breaks = Response(response.status, response.headers), response.breaks
        if breaks is None:
            return Response(response.status, response.headers, response.body)
        if not breaks.answers:
            return Lost(_ENDED[Ending.RESET])
        body = b"" if request.method == "HEAD" else response.body
        sent = breaks.sent(body)
        if sent and breaks.gap_s > self._patience_s:
            self.clock.sleep(self._patience_s)
            return Lost("the answer did not come in time", head=head)
        self.clock.sleep(breaks.gap_s * -(-len(sent) // breaks.piece_bytes))
        if breaks.ending is not None and body:
            return Lost(_ENDED[breaks.ending], have=len(sent), head=head)
        return Response(response.status, response.headers, body)
