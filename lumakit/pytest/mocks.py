"""Mocks for one test: made when they are asked for, and reached at the documented addresses by httpx.

Knows providers and what a test has chosen. How requests are caught is the catcher's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from lumakit.clock import Clock
from lumakit.contract import folder
from lumakit.errors import UsageError, as_given
from lumakit.pytest.catcher import Catcher
from lumakit.pytest.choices import Choices
from lumakit.pytest.mock import Mock
from lumakit.pytest.names import kept_in
from lumakit.pytest.shares import checked, for_another, shares
from lumakit.pytest.steering import Steering
from lumakit.pytest.witness import Origin, origin
from mockserver.provider import MockProvider
from mockserver.webhooks.habits import Habits, Sender

if TYPE_CHECKING:
    import httpx


class Stray(NamedTuple):
    """A request to nobody that is mocked, from where it was sent, and by which test; or a name that is mocked, where
    another library than httpx was about to ask it."""

    asked: str
    origin: Origin
    test: str
    is_name: bool = False


def _nobody(_: Iterable[str]) -> None:
    """Who is told when nobody wants to be."""


@dataclass(frozen=True)
class Stage:
    """What the mocks of one test have in common: its clock, its inbox, its name and the file it stands in, and who is
    told of the addresses that are mocked."""

    clock: Clock
    inbox: Sender
    test: str
    file: str
    tell: Callable[[Iterable[str]], None] = _nobody

    def mock(self, choices: Choices) -> Mock:
        """A mock; each test has draws of its own, unless a seed is chosen."""
        contract = checked(choices)
        with choices.blamed("faults"):
            provider = MockProvider(
                contract,
                clock=self.clock,
                seed=choices.seed or self.test,
                scenario=choices.scenario,
                progress=choices.progress,
                faults=choices.faults,
                webhooks=Habits(self.inbox, ticks=lambda: self.clock.now() / 1000),
            )
        with choices.blamed("bases"):
            return Mock(provider, choices, self.test, self.seen_from)

    def seen_from(self) -> Origin:
        """From which lines the request comes that is being answered."""
        return origin(self.file)


class Mocks(Steering):
    """The mocks of one test: `mocks("apiframe")` is one of them, and what is asked of `mocks` itself is asked of the
    one that is configured.

    A mock is made when it is first asked for, or first reached.
    """

    def __init__(self, choices: Choices, stage: Stage) -> None:
        self.choices = choices
        self.live = False
        self.strays: list[Stray] = []
        self._stage = stage
        self._made: dict[str, Mock] = {}
        self._replaced: list[Mock] = []
        self._catcher = Catcher(self._strayed, passes=choices.elsewhere == "pass")

    def __call__(self, provider: str = "", **choices: Any) -> Mock:
        """A mock of a provider, or of a document; asked for again it is the same one, unless it is chosen otherwise."""
        name = provider or self.choices.provider
        if not name:
            raise self._undecided()
        made = self._made.get(name)
        wanted = self._share(name).but(choices, f"lumakit_mock({as_given(name)})")
        if made is None or (choices and made.choices != wanted):
            self._replaced += [made] if made else []
            made = self._made[name] = self._stage.mock(wanted)
            self._catcher.add(made)
            self._stage.tell(made.addresses)
        return made

    @cached_property
    def _shares(self) -> dict[str, Choices]:
        return shares(self.choices)

    def _share(self, provider: str) -> Choices:
        """What of the choices of the test is a provider's."""
        own = self._shares.get(provider) or for_another(self.choices, provider)
        if provider == self.choices.provider:
            return own
        return own.but({"provider": provider}, f"lumakit_mock({as_given(provider)})")

    def __repr__(self) -> str:
        return f"Mocks({', '.join(self._made)})"

    def _undecided(self) -> UsageError:
        hint = f'lumakit_mock("{folder.providers()[0]}"), @pytest.mark.lumakit(provider=...), or lumakit_provider'
        return UsageError("which provider is to be mocked is not said", code="which_provider", hint=hint)

    @property
    def provider(self) -> MockProvider:
        """The mock provider that is configured."""
        return self().provider

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where an application finds the one that is configured."""
        return self().addresses

    def reset(self) -> None:
        """Forget everything that has happened, with every provider."""
        for mock in self._made.values():
            mock.reset()

    def transport(self) -> httpx.MockTransport:
        """A transport for `httpx.Client` and `httpx.AsyncClient`, to the one that is configured."""
        return self().transport()

    def __iter__(self) -> Iterator[Mock]:
        """Every mock that was made, also those that another one stands for now."""
        return iter((*self._replaced, *self._made.values()))

    @contextmanager
    def catching(self) -> Iterator[Mocks]:
        """Stand between httpx and the network while the `with` lasts."""
        for name in self._shares:
            self(name)
        with self._catcher.router(), kept_in(self._catcher.is_mocked, self._looked_up):
            yield self

    def _strayed(self, asked: str) -> None:
        self.strays.append(Stray(asked, self._stage.seen_from(), self._stage.test))

    def _looked_up(self, name: str) -> None:
        self.strays.append(Stray(name, self._stage.seen_from(), self._stage.test, is_name=True))
