"""One provider in process, as a test sees it: asked by the application, steered and questioned by the test.

Knows the mock provider behind it and where requests came from. Does not know how requests get here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lumakit import wire
from lumakit.errors import UsageError
from lumakit.model import Request, Response
from lumakit.pytest.steering import Steering
from lumakit.pytest.witness import Origin
from mockserver.provider import MockProvider

if TYPE_CHECKING:
    import httpx

    from lumakit.pytest.choices import Choices


class Mock(Steering):
    """A provider that is mocked for a test. A plain callable, too: `Request -> Response`.

    `test` is the name of the test, and `seen_from` tells from which lines a request comes, where that can be seen.
    """

    def __init__(
        self, provider: MockProvider, choices: Choices, test: str = "", seen_from: Callable[[], Origin] = Origin
    ) -> None:
        self.choices = choices
        self.test = test
        self.origins: dict[int, Origin] = {}
        self._provider = provider
        self._seen_from = seen_from
        self._bases = tuple(map(_base, choices.bases))

    def __repr__(self) -> str:
        return f"Mock({self.contract.name!r}, {len(self.tasks)} tasks, {self.provider.journal.last} requests)"

    @property
    def provider(self) -> MockProvider:
        """The mock provider itself, with all that it can do."""
        return self._provider

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where an application finds it: the documented servers, and those that were given."""
        return (*self.contract.servers, *self.choices.bases)

    def reset(self) -> None:
        """Forget everything that has happened."""
        super().reset()
        self.origins.clear()

    # how it is asked

    def __call__(self, request: Request) -> Response:
        """Answer a request."""
        response = self._provider(self._as_documented(request))
        if response.status >= 400:  # what is served has nothing wrong with it, and to look at the stack takes time
            self.origins[self._provider.journal.last] = self._seen_from()
        return response

    def _as_documented(self, request: Request) -> Request:
        """The request without the path of a base address that was given for the provider."""
        for origin, path in self._bases:
            if path and request.origin == origin and request.path.startswith(f"{path}/"):
                shorter = request.path.removeprefix(path)
                return Request(
                    request.method, shorter, request.query, request.headers, request.body, request.origin + path
                )
        return request

    def transport(self) -> httpx.MockTransport:
        """A transport for `httpx.Client` and `httpx.AsyncClient`."""
        return wire.transport(self, self.clock, self._ahead)

    @cached_property
    def answer(self) -> Callable[[httpx.Request], httpx.Response]:
        """This mock as a function of httpx's values: the side effect of a respx route."""
        return wire.answering(self, self.clock, self._ahead)

    @cached_property
    def answer_async(self) -> Callable[[httpx.Request], Awaitable[httpx.Response]]:
        """The same for who awaits: what goes ahead of an answer is sent on the same event loop."""
        return wire.answering_async(self, self.clock, self.deliver_async)

    def _ahead(self) -> None:
        self.deliver()


def _base(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        hint = "https://proxy.example.com/luma"
        raise UsageError(f"{address!r} is no base address", code="bad_base", hint=hint)
    return f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
