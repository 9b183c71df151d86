"""One delivery of a webhook as a value: what is sent where, when the next attempt is due, and how the others went.

Every verb gives a new one. The body is frozen when the delivery is made: a retry sends the same bytes. Knows no clock,
no store and no network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, NamedTuple

from lumakit.model import Headers
from mockserver.stores import NEVER_MS, Posted
from mockserver.webhooks.policy import Policy

WAITING = "waiting"  # no attempt yet
DELIVERED = "delivered"
FAILED = "failed"  # the last attempt failed, and another one is due
EXHAUSTED = "exhausted"  # every attempt failed
BLOCKED = "blocked"  # it may not be sent there
LOST = "lost"  # its scenario lets it get lost on the way
STATES = (WAITING, DELIVERED, FAILED, EXHAUSTED, BLOCKED, LOST)

MAX_SHOWN = 1000  # characters of an answer
_GONE = 410


class Attempt(NamedTuple):
    """One attempt: what was answered, or what went wrong, and the headers that were sent, without their secrets.

    `took_ms` is of the sender's own time.
    """

    at_ms: int
    status: int | None
    error: str
    took_ms: int
    body: str = ""
    headers: Headers = ()

    @classmethod
    def from_json(cls, value: Sequence[Any]) -> Attempt:
        """The attempt that a JSON value holds."""
        at_ms, status, error, took_ms, body, headers = value
        return cls(at_ms, status, error, took_ms, body, tuple((name, text) for name, text in headers))


class Answered(NamedTuple):
    """What became of an attempt: an answer with how long its receiver asks to wait, an error, or it was not allowed;
    how long that took, and what was sent."""

    status: int | None = None
    error: str = ""
    body: str = ""
    retry_after: str = ""
    blocked: bool = False
    took_ms: int = 0
    sent: Headers = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery. `copies` is how often it is still to arrive, `tries` how many attempts are left for that."""

    id: str
    task: str
    seq: int
    event: str
    url: str
    method: str
    media_type: str
    body: str
    secret: str = field(repr=False)
    owner: str
    made_ms: int
    due_ms: int
    tries: int
    kind: str = ""
    depth: int = 1
    copies: int = 1
    state: str = WAITING
    reason: str = ""
    attempts: tuple[Attempt, ...] = ()

    @property
    def settles_ms(self) -> int:
        """Since when nothing more is to be done; never while something is."""
        last = self.attempts[-1].at_ms if self.attempts else self.made_ms
        return last if self.due_ms >= NEVER_MS else NEVER_MS

    def blocked(self, why: str) -> Delivery:
        """The delivery, never to be sent."""
        return replace(self, state=BLOCKED, reason=why, due_ms=NEVER_MS, tries=0)

    def posted(self, now_ms: int) -> Posted:
        """The delivery as an outbox takes it."""
        return Posted(self.id, self.to_json(), self.settles_ms, now_ms, self.due_ms)

    def after(self, policy: Policy, now_ms: int, answered: Answered) -> Delivery:
        """The delivery once an attempt was made."""
        if answered.blocked:
            return self.blocked(answered.error)
        told = (answered.status, answered.error, answered.took_ms, answered.body[:MAX_SHOWN], answered.sent)
        attempt = Attempt(now_ms, *told)
        tried = replace(self, attempts=(*self.attempts, attempt))
        if answered.status is not None and policy.takes(answered.status):
            return _arrived(tried, policy, now_ms)
        return _failed(tried, policy, now_ms, answered)

    def again(self, policy: Policy, now_ms: int) -> Delivery:
        """The delivery, due once more."""
        return replace(self, state=WAITING, reason="", due_ms=now_ms, tries=policy.attempts, copies=1)

    def to_json(self) -> dict[str, Any]:
        """The delivery as a JSON object."""
        shallow = {name: getattr(self, name) for name in _NAMES}  # asdict would copy each attempt deep, for nobody
        return {**shallow, "attempts": [list(each) for each in self.attempts]}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Delivery:
        """The delivery that a JSON object holds."""
        return cls(**{**value, "attempts": tuple(map(Attempt.from_json, value["attempts"]))})


_NAMES = tuple(each.name for each in fields(Delivery))


def _arrived(row: Delivery, policy: Policy, now_ms: int) -> Delivery:
    if row.copies > 1:
        return replace(row, copies=row.copies - 1, tries=policy.attempts, due_ms=now_ms, state=WAITING)
    return replace(row, state=DELIVERED, reason="", due_ms=NEVER_MS, tries=0)


def _failed(row: Delivery, policy: Policy, now_ms: int, answered: Answered) -> Delivery:
    why = answered.error or f"answered {answered.status}, which does not count as received"
    left = min(row.tries, policy.attempts) - 1  # it may have been made under a policy with more of them
    if answered.status == _GONE:
        left, why = 0, "answered 410: the receiver wants no more of these"
    if left <= 0:
        return replace(row, state=EXHAUSTED, reason=why, due_ms=NEVER_MS, tries=0)
    wait_s = max(policy.wait_s(policy.attempts - left), policy.asked_s(answered.retry_after))
    return replace(row, state=FAILED, reason=why, due_ms=now_ms + round(wait_s * 1000), tries=left)
