"""Says what was refused and why, a line each, for the person who runs the server; a flood of refusals is only counted.

Given what answers, where to say it, and what tells the seconds. Says no query, no header and no body.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from lumakit.model import Request, Response
from mockserver.stores import Down

A_SECOND = 10  # lines; more would slow the server down, and nobody reads them


class Mock(Protocol):
    """What a door leads to."""

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        ...

    def too_large(self, request: Request) -> Response:
        """Answer a request whose body is too large to be taken."""
        ...

    def unavailable(self, request: Request, down: Down) -> Response:
        """Answer a request that the store could not keep."""
        ...


class Teller:
    """A mock that says what it refuses."""

    def __init__(self, mock: Mock, tell: Callable[[str], None], seconds: Callable[[], float]) -> None:
        self._mock = mock
        self._tell = tell
        self._seconds = seconds
        self._since = seconds()
        self._said = self._left_out = 0

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        return self._told(request, self._mock(request))

    def too_large(self, request: Request) -> Response:
        """Answer a request whose body is too large to be taken."""
        return self._told(request, self._mock.too_large(request))

    def unavailable(self, request: Request, down: Down) -> Response:
        """Answer a request that the store could not keep."""
        return self._told(request, self._mock.unavailable(request, down))

    def _told(self, request: Request, response: Response) -> Response:
        if response.status >= 400:
            self.say(f"{request.method} {request.path[:200]} -> {response.status}: {response.header('mock-reason')}")
        return response

    def say(self, line: str) -> None:
        """Say a line, unless there were too many in this second."""
        now = self._seconds()
        if now - self._since >= 1:
            if self._left_out:
                self._tell(f"... and {self._left_out} more")
            self._since, self._said, self._left_out = now, 0, 0
        if self._said < A_SECOND:
            self._said += 1
            self._tell(line)
        else:
            self._left_out += 1
