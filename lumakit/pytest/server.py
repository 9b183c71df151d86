"""A mock on a real port for one test, for what httpx is not: requests, aiohttp, urllib3, Node, another process.

A port is opened once in a session for each provider that is wanted; its mocks are new with each test, so that a test
draws the same alone, after others and beside them. Knows live servers; does not know pytest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from lumakit.clock import VirtualClock
from lumakit.draws import Draw
from lumakit.errors import UsageError, as_given
from lumakit.pytest.choices import Choices
from lumakit.pytest.mock import Mock
from lumakit.pytest.mocks import Stray
from lumakit.pytest.port import Port
from lumakit.pytest.shares import checked, shares
from lumakit.pytest.shelf import Target
from lumakit.pytest.steering import Steering
from mockserver.live import LiveServer
from mockserver.provider import MockProvider
from mockserver.server import MockServer, mount
from mockserver.stores.memory import MemoryStore


class _Store(MemoryStore):
    """What the mocks of one test keep: its draws are none of another test's, whatever ran before."""

    def __init__(self, test: str) -> None:
        super().__init__()
        self._first = Draw(test).integer("epoch", 0, 2**32)

    @property
    def epoch(self) -> int:
        """How often it was reset, counted from a number of the test's own."""
        return self._first + super().epoch


class Servers:
    """The ports of a session, by what is served there."""

    def __init__(self) -> None:
        self._ports: dict[Target, Port] = {}

    def begin(self, choices: Choices, clock: VirtualClock, test: str) -> Server:
        """A server for a test: mocks of its own, at a port that is there for all that choose the same provider."""
        mocks = [_mock(each, clock, test) for each in shares(choices).values()]
        port = self._ports.get(choices.target)
        if port is None:
            port = self._ports[choices.target] = Port()
        port.show(MockServer({each.contract.name: each.provider for each in mocks}))
        return Server(port.live, mocks, choices, clock, test)

    def stop(self) -> None:
        """Close them all."""
        while self._ports:
            self._ports.popitem()[1].live.stop()


def _mock(choices: Choices, clock: VirtualClock, test: str) -> Mock:
    contract = checked(choices)
    with choices.blamed("faults"):
        provider = MockProvider(
            contract,
            clock=clock,
            store=_Store(test),
            seed=choices.seed or test,
            scenario=choices.scenario,
            progress=choices.progress,
            faults=choices.faults,
        )
    provider.read = choices.target.contract
    with choices.blamed("bases"):
        return Mock(provider, choices, test)


class Server(Steering):
    """A live server, as a test sees it; where it serves several providers, `mock(name)` is one of them.

    `key` is one that no other test has.
    """

    def __init__(
        self, server: LiveServer, mocks: Iterable[Mock], choices: Choices, clock: VirtualClock, test: str
    ) -> None:
        self.choices = choices
        self.live = True
        self.key: str = f"test-{Draw(test).digest('key').hex()[:16]}"
        self.strays: list[Stray] = []  # nobody sees what an application sends elsewhere
        self._server = server
        self._clock = clock
        self._mocks = {each.contract.name: each for each in mocks}

    def __repr__(self) -> str:
        return f"Server({self.url!r}, {', '.join(self._mocks)})"

    @property
    def url(self) -> str:
        """Where it is; several providers stand below it, each under its name."""
        return self._server.url

    @property
    def provider(self) -> MockProvider:
        """The mock provider that it serves, where it is one."""
        return self.mock().provider

    @property
    def clock(self) -> VirtualClock:
        """Its clock, which is the one of the test: it stands still until somebody moves it."""
        return self._clock

    def url_of(self, provider: str = "") -> str:
        """The base address of a provider."""
        name = self._name(provider)
        return self.url if len(self._mocks) == 1 else f"{self.url}{mount(name)}"

    def mock(self, provider: str = "") -> Mock:
        """A provider that it serves: its tasks, its requests, its faults."""
        return self._mocks[self._name(provider)]

    def __iter__(self) -> Iterator[Mock]:
        """Every provider that it serves."""
        return iter(self._mocks.values())

    def _name(self, provider: str) -> str:
        if not provider and len(self._mocks) == 1:
            return next(iter(self._mocks))
        if provider not in self._mocks:
            what = f"{as_given(provider)} is not served here" if provider else "which provider is meant is not said"
            raise UsageError(what, code="which_provider", hint=f"one of {', '.join(self._mocks)}")
        return provider

    def environment(self) -> Mapping[str, str]:
        """What an application reads: as chosen, or `<PROVIDER>_BASE_URL` and `<PROVIDER>_API_KEY` of each."""
        if self.choices.environment:
            return {name: self._filled(name, text) for name, text in self.choices.environment.items()}
        names = {name: "".join(c if c.isalnum() else "_" for c in name.upper()) for name in self._mocks}
        urls = {f"{upper}_BASE_URL": self.url_of(name) for name, upper in names.items()}
        return {**urls, **{f"{upper}_API_KEY": self.key for upper in names.values()}}

    def _filled(self, name: str, text: str) -> str:
        known = {each: self.url_of(each) for each in self._mocks}
        known |= {"url": self.url_of() if len(known) == 1 else self.url, "key": self.key}
        try:
            return text.format_map({**known, "port": self._server.port})
        except (KeyError, ValueError, IndexError, AttributeError):
            hint = f"in braces stand url, key, port, {', '.join(self._mocks)}"
            raise UsageError(f"{name}={text!r} cannot be filled in", code="environment_invalid", hint=hint) from None
