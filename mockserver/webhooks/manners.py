"""How the deliveries of each kind of task go out: when they count as received, and the headers that say who sends them.

What the user has chosen goes before what the provider documents, for each kind of task by itself. Knows no clock, no
store and no network.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

from lumakit.contract.reading import Reading, Webhook
from lumakit.model import Headers
from lumakit.signing import Kind, Signing
from mockserver.webhooks import loops
from mockserver.webhooks.delivery import Delivery
from mockserver.webhooks.habits import Habits
from mockserver.webhooks.policy import USUAL, Policy, documented

HIDDEN = "<hidden>"


class Manner(NamedTuple):
    """The manner of one kind: the policy, the header that echoes a request's secret, and how deliveries are signed."""

    policy: Policy
    echo: str
    signing: Signing


class Manners:
    """The manners of one provider."""

    def __init__(self, reading: Reading | None, habits: Habits) -> None:
        self._usual = Manner(habits.policy or USUAL, "", habits.signing)
        kinds = reading.tasks.values() if reading else ()
        self._by_kind = {each.kind: self._manner(each.webhook, habits) for each in kinds if each.webhook}

    def _manner(self, hook: Webhook, habits: Habits) -> Manner:
        signing = habits.signing
        if signing.kind is Kind.NONE and hook.signing:
            signing = Signing.parse(hook.signing).keyed(*signing.secrets)
        return Manner(habits.policy or documented(hook), hook.secret_header, signing)

    def of(self, kind: str) -> Manner:
        """The manner of a kind of task; of a document's callbacks the usual one."""
        return self._by_kind.get(kind, self._usual)

    @property
    def policy(self) -> Policy:
        """The policy of the first kind that is told of, or the usual one."""
        return next(iter(self._by_kind.values()), self._usual).policy

    @property
    def longest_s(self) -> float:
        """How long an attempt may take at most."""
        return max(each.policy.timeout_s for each in (self._usual, *self._by_kind.values()))

    def headers(self, row: Delivery, now_ms: int) -> Headers:
        """What a delivery goes out with at this time."""
        body = row.body.encode()
        signed = (each.headers(body, id=row.id, at_s=now_ms // 1000) for each in self._signings(row))
        kind: Headers = (("Content-Type", row.media_type),) if row.media_type else ()
        return (*kind, ("User-Agent", loops.agent(row.depth)), *itertools.chain.from_iterable(signed))

    def hidden(self, row: Delivery, headers: Headers) -> Headers:
        """The same without what is secret in it."""
        secret = {each.header.lower() for each in self._signings(row) if each.kind is Kind.ECHO}
        return tuple((name, HIDDEN if name.lower() in secret else value) for name, value in headers)

    def _signings(self, row: Delivery) -> Iterator[Signing]:
        """Every way in which a delivery says who it is: with the secret of its request, and as was chosen."""
        manner = self.of(row.kind)
        echoed = manner.echo if row.secret else ""
        if echoed:
            yield Signing(Kind.ECHO, echoed, secrets=(row.secret,))
        if not echoed or manner.signing.header.lower() != echoed.lower():  # one header says one thing
            yield manner.signing
