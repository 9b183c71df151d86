"""What a test says to a provider that is mocked for it, and asks it: the same for one in process and for a live one.

Knows the provider behind the mock. Does not know how requests get there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Unpack

from mockserver.journal import Sought

if TYPE_CHECKING:
    from lumakit.clock import Clock
    from lumakit.contract.compile import Contract
    from lumakit.contract.operation import Operation
    from lumakit.model import Exchange
    from mockserver.events import Events
    from mockserver.faults.listed import Faults
    from mockserver.provider import MockProvider
    from mockserver.tasks import Tasks
    from mockserver.webhooks.delivery import Delivery
    from mockserver.webhooks.sending import Webhooks

_SHOWN = 20


class Steering(ABC):
    """The verbs of a test."""

    @property
    @abstractmethod
    def provider(self) -> MockProvider:
        """The mock provider itself, with all that it can do."""

    # what it is

    @property
    def contract(self) -> Contract:
        """The contract that is mocked."""
        return self.provider.contract

    @property
    def clock(self) -> Clock:
        """The clock that its tasks live by."""
        return self.provider.clock

    # what the test steers

    @property
    def tasks(self) -> Tasks:
        """The tasks, and the verbs that steer them."""
        return self.provider.tasks

    @property
    def faults(self) -> Faults:
        """What goes wrong on purpose."""
        return self.provider.faults

    @property
    def webhooks(self) -> Webhooks:
        """The deliveries of webhooks."""
        return self.provider.webhooks

    @property
    def events(self) -> Events:
        """What happens, as it happens."""
        return self.provider.events

    def scenario(self, text: str, *, api_key: str = "") -> None:
        """Say what becomes of the tasks that are made from now on, of one key or of all."""
        self.provider.play(text, api_key=api_key)

    def deliver(self) -> list[Delivery]:
        """Send the webhooks that are due, until none is; what was attempted, as it stands then."""
        return self.webhooks.deliver_due()

    async def deliver_async(self) -> list[Delivery]:
        """The same on the event loop of the test, for an application that lives on it."""
        done: dict[str, Delivery] = {}
        while chains := self.webhooks.claim():
            for chain in chains:
                try:
                    done |= {row.id: row async for row in self.webhooks.follow(chain)}
                finally:
                    self.webhooks.let_go(chain)
        return list(done.values())

    def reset(self) -> None:
        """Forget everything that has happened."""
        self.provider.reset()

    # what the test asks

    def requests(self, **wanted: Unpack[Sought]) -> list[Exchange]:
        """What the application sent, and what it was answered, that fits everything given; the newest last."""
        return self.provider.requests(limit=self.provider.journal.last, **wanted)

    def assert_called(self, operation: str, times: int | None = None) -> list[Exchange]:
        """The exchanges of an operation, named by its key, id or path; an AssertionError where it was not called, or
        not so often."""
        key = key_of(self.contract, operation) or self.contract.operation(operation).key  # refused with what is near
        found = self.requests(operation=key)
        if len(found) != times if times is not None else not found:
            wanted = "called" if times is None else f"called {often(times)}"
            raise AssertionError(
                f"{key} of {self.contract.name} was to be {wanted}, not {often(len(found))}; {self._heard()}"
            )
        return found

    def _heard(self) -> str:
        asked = self.requests()
        if not asked:
            return "it was asked nothing"
        lines = [f"    {each.request.method} {each.request.path} -> {each.response.status}" for each in asked[-_SHOWN:]]
        more = [f"    and {len(asked) - _SHOWN} before them"] if len(asked) > _SHOWN else []
        return "\n".join(["it was asked:", *lines, *more])


def key_of(contract: Contract, operation: str) -> str:
    """The key of an operation that is named by its key, id or path; empty where there is none."""
    named = (each for each in contract.operations.values() if operation in _names(each))
    return next((each.key for each in named), "")


def _names(operation: Operation) -> tuple[str, ...]:
    return operation.key, operation.id, operation.path, operation.path.strip("/")


def often(count: int) -> str:
    """How often something was, or was to be."""
    return {0: "never", 1: "once"}.get(count, f"{count} times")
