"""A mock on a real port for one test, for what httpx is not: requests, aiohttp, urllib3, Node, another process.

Started once in a session for each kind of server that is wanted, and made as new before each test. Knows live servers;
does not know pytest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from lumakit.clock import VirtualClock
from lumakit.errors import UsageError, as_given
from lumakit.model import Edition
from lumakit.pytest.choices import Choices
from lumakit.pytest.mock import Mock
from lumakit.pytest.mocks import Stray, fitting
from lumakit.pytest.steering import Steering
from mockserver.app import Choices as Wanted
from mockserver.app import build
from mockserver.live import LiveServer
from mockserver.provider import MockProvider
from mockserver.server import MockServer, mount


class Kind(NamedTuple):
    """What a running server cannot be changed in."""

    targets: tuple[str, ...]
    edition: str
    specs: str
    seed: str
    progress: str


class HandedClock(VirtualClock):
    """The clock of a server, which every test takes the place of with its own."""

    def __init__(self) -> None:
        super().__init__()
        self._own = VirtualClock()
        self._leave = self._own.follow(self._moved)

    def hand(self, clock: VirtualClock) -> None:
        """Tell the time of another clock from now on."""
        self._leave()
        self._own, self._leave = clock, clock.follow(self._moved)

    def now(self) -> int:
        """What the clock of the test tells."""
        return self._own.now()

    def advance(self, seconds: float) -> None:
        """Move the clock of the test."""
        self._own.advance(seconds)


class Running(NamedTuple):
    """A server that runs."""

    mock: MockServer
    live: LiveServer
    clock: HandedClock


class Servers:
    """The servers of a session, by what they were started with."""

    def __init__(self) -> None:
        self._running: dict[Kind, Running] = {}

    def found(self, choices: Choices, clock: VirtualClock) -> Running:
        """A server as it is wanted, as new, on the clock of a test."""
        targets = (choices.provider,) if choices.provider else ()
        kind = Kind(targets, choices.edition, choices.specs, choices.seed, choices.progress)
        running = self._running.get(kind)
        if running is None:
            running = self._running[kind] = _started(kind)
        providers = running.mock.providers
        faults = fitting(choices.faults, {name: each.contract for name, each in providers.items()})
        for name, provider in providers.items():
            _renew(provider, choices.scenario, faults[name])
        running.clock.hand(clock)
        return running

    def stop(self) -> None:
        """Stop them all."""
        while self._running:
            self._running.popitem()[1].live.stop()


def _renew(provider: MockProvider, scenario: str, faults: Iterable[str]) -> None:
    provider.reset()
    for owner in provider.scenarios:
        provider.play("", owner=owner)
    provider.play(scenario)
    provider.faults.replace(faults)


def _started(kind: Kind) -> Running:
    clock = HandedClock()
    wanted = Wanted(
        kind.targets, kind.specs or None, Edition(kind.edition), clock, seed=kind.seed or "0", progress=kind.progress
    )
    mock = build(wanted)
    return Running(mock, LiveServer(mock).start(), clock)


class Server(Steering):
    """A live server, as a test sees it; where it serves several providers, `mock(name)` is one of them."""

    def __init__(self, running: Running, choices: Choices, key: str, test: str = "") -> None:
        self.choices = choices
        self.live = True
        self.key = key
        self.strays: list[Stray] = []  # nobody sees what an application sends elsewhere
        self._running = running
        self._mocks = {name: Mock(provider, choices, test) for name, provider in running.mock.providers.items()}

    def __repr__(self) -> str:
        return f"Server({self.url!r}, {', '.join(self._mocks)})"

    @property
    def url(self) -> str:
        """Where it is; several providers stand below it, each under its name."""
        return self._running.live.url

    @property
    def provider(self) -> MockProvider:
        """The mock provider that it serves, where it is one."""
        return self.mock().provider

    @property
    def clock(self) -> VirtualClock:
        """Its clock, which is the one of the test: it stands still until somebody moves it."""
        return self._running.clock

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
            return text.format_map({**known, "port": self._running.live.port})
        except (KeyError, ValueError, IndexError, AttributeError):
            hint = f"in braces stand url, key, port, {', '.join(self._mocks)}"
            raise UsageError(f"{name}={text!r} cannot be filled in", code="environment_invalid", hint=hint) from None
