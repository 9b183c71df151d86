"""What the control API works on: the served providers, their clock and the log of events; and a request taken apart.

Finds providers and tasks by name. Does not know HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lumakit.clock import Clock
from lumakit.errors import UsageError
from mockserver.defaults import MEDIA
from mockserver.events import Events
from mockserver.provider import MockProvider
from mockserver.server import MockServer, mount


@dataclass(frozen=True)
class Asked:
    """What a request asks for: the values of its path, query and body by name, and how the client reaches us."""

    values: Mapping[str, Any]
    origin: str = ""

    def get(self, name: str, default: Any = None) -> Any:
        """One value."""
        return self.values.get(name, default)


@dataclass(frozen=True)
class Office:
    """The served providers and what they share."""

    server: MockServer
    clock: Clock
    events: Events
    uptime_s: Callable[[], float]
    needs_token: bool = False

    @property
    def providers(self) -> Mapping[str, MockProvider]:
        """Every provider by its name."""
        return self.server.providers

    def chosen(self, asked: Asked) -> Mapping[str, MockProvider]:
        """The provider that is asked for, or all."""
        name = asked.get("provider")
        if name is None:
            return self.providers
        if name not in self.providers:
            hint = f"one of {', '.join(self.providers)}"
            raise UsageError(f"no provider is called {name!r}", code="provider_not_found", hint=hint)
        return {name: self.providers[name]}

    def only(self, asked: Asked) -> MockProvider:
        """The provider that is asked for; it may be left out where there is one only."""
        return self.alone(self.chosen(asked), "several providers are served")

    def holder(self, asked: Asked) -> MockProvider:
        """The provider that has the task which is asked for."""
        key = asked.get("id")
        chosen = self.chosen(asked)
        found = {name: each for name, each in chosen.items() if key in each.tasks}
        if not found:
            raise UsageError(f"there is no task {key!r}", code="task_not_found", hint="GET tasks lists them all")
        return self.alone(found, f"several providers have a task {key!r}")

    @staticmethod
    def alone(found: Mapping[str, MockProvider], what: str) -> MockProvider:
        """The only one of some providers."""
        if len(found) > 1:
            raise UsageError(what, code="ambiguous", hint=f"`provider` is one of {', '.join(found)}")
        return next(iter(found.values()))

    def base(self, provider: MockProvider, origin: str) -> str:
        """Where a provider is for somebody who reaches this server at an origin."""
        return provider.files_at(self._mounted(provider, origin)).removesuffix(MEDIA)

    def files(self, provider: MockProvider, origin: str) -> str:
        """Where the files of a provider's tasks are for somebody who reaches this server at an origin."""
        return provider.files_at(self._mounted(provider, origin))

    def _mounted(self, provider: MockProvider, origin: str) -> str:
        return origin if len(self.providers) == 1 else f"{origin}{mount(provider.contract.name)}"

    def clocks(self) -> Iterator[Clock]:
        """Every clock there is, each once."""
        yield from {id(each.clock): each.clock for each in self.providers.values()}.values()
