"""What a server of ours serves: an ASGI application that says how much it takes, and that can be hurried.

A shape only. Does not know what is behind it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, runtime_checkable

from lumakit.errors import LumakitError
from mockserver.door.limits import Limits


@runtime_checkable
class Front(Protocol):
    """An ASGI application in front of something; `dated` says whether its answers get a Date, `failure` why it did not
    start."""

    limits: Limits
    dated: bool
    failure: LumakitError | None

    def __call__(
        self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> Awaitable[None]:
        """Answer one request, or follow the life of the server."""
        ...

    def hurry(self) -> None:
        """The server is about to stop."""
        ...
