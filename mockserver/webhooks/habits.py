"""How a server delivers webhooks, as its user has chosen: by which policy, signed how, carried by what, to whom.

At the rim: here the network and the machine's own time come in, where nobody gives others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from lumakit.egress import Policy as Reach
from lumakit.errors import UsageError
from lumakit.model import Request, Response
from lumakit.signing import Kind, Signing
from mockserver.webhooks import policy as policies
from mockserver.webhooks.policy import Policy

if TYPE_CHECKING:
    from lumakit.egress import Egress


class Sender(Protocol):
    """What carries a request to its address."""

    async def send(self, request: Request, *, total_s: float | None = None) -> Response:
        """The answer; Blocked or Failed where there is none."""
        ...

    def send_now(self, request: Request, *, total_s: float | None = None) -> Response:
        """The same, for who has no event loop."""
        ...


@dataclass(frozen=True)
class Network:
    """A sender that dials, to where a policy lets it; what dials is loaded with the first delivery."""

    reach: Reach

    async def send(self, request: Request, *, total_s: float | None = None) -> Response:
        """The answer that comes back."""
        return await self._egress.send(request, total_s=total_s)

    def send_now(self, request: Request, *, total_s: float | None = None) -> Response:
        """The answer that comes back."""
        return self._egress.send_now(request, total_s=total_s)

    @cached_property
    def _egress(self) -> Egress:
        from lumakit.egress import Egress

        return Egress(self.reach)


class Receiver:
    """A sender that asks a function instead of a network."""

    def __init__(self, answer: Callable[[Request], Response]) -> None:
        self._answer = answer

    async def send(self, request: Request, *, total_s: float | None = None) -> Response:
        """The function's answer."""
        return self.send_now(request, total_s=total_s)

    def send_now(self, request: Request, *, total_s: float | None = None) -> Response:  # noqa: ARG002  # as senders are
        """The function's answer."""
        return self._answer(request)


@dataclass(frozen=True)
class Habits:
    """The policy, where the user chose one; how deliveries are signed; what carries them; what tells the seconds."""

    sender: Sender
    policy: Policy | None = None
    signing: Signing = Signing()  # noqa: RUF009  # frozen: nobody can spoil the shared default
    ticks: Callable[[], float] = time.monotonic


def habits(
    policy: str = "",
    *,
    signing: str = "",
    secrets: str | Sequence[str] = (),
    allow: str = "",
    receiver: Callable[[Request], Response] | None = None,
) -> Habits:
    """Read them from texts. `receiver` takes deliveries in process; without one they leave, to where `allow` says."""
    signed = Signing.parse(signing or Kind.NONE, secrets)
    if signed.kind is not Kind.NONE and not signed.secrets:
        hint = "--webhook-secret-file, or LUMAKIT_WEBHOOK_SECRET"
        raise UsageError(f"to sign with {signed.kind} needs a secret", code="signing_secret", hint=hint)
    sender = Receiver(receiver) if receiver else Network(Reach.parse(allow) if allow else Reach())
    return Habits(sender, policies.parse(policy) if policy else None, signed)
