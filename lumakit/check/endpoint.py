"""An address as a target: each request on a connection of its own, by the one way out, to the machine that was allowed.

Knows which failures came before a byte was sent. Knows no key, no budget and no contract.
"""

from __future__ import annotations

from dataclasses import replace

from lumakit import __version__
from lumakit.check.consent import Consent
from lumakit.clock import Clock
from lumakit.egress import Blocked, Egress, Failed, Limits
from lumakit.model import Lost, Request, Response

ANSWER_BYTES = 16 * 2**20
LIMITS = Limits(connect_s=10.0, total_s=60.0, answer_bytes=ANSWER_BYTES + 1)
_SENDERS = frozenset(("accept-encoding", "connection", "content-length", "host", "transfer-encoding"))


class HttpTarget:
    """An endpoint at an address. Follows no redirect."""

    def __init__(self, consent: Consent, clock: Clock, *, own: bool = False, egress: Egress | None = None) -> None:
        self.origin: str = consent.origin
        self.base: str = consent.base
        self.clock = clock
        self.own = own
        self._egress = egress or Egress(consent.policy, limits=LIMITS)

    @property
    def name(self) -> str:
        """What it is called: its address."""
        return self.origin + self.base

    def send(self, request: Request) -> Response | Lost:
        """The answer, or why there is none; what is for elsewhere is not sent."""
        if request.origin != self.origin:
            return Lost("it is for another machine than the one that may be asked", unsent=True)
        try:
            answer = self._egress.send_now(replace(request, headers=_headers(request)))
        except Blocked as blocked:
            return Lost(blocked.reason, unsent=True)
        except Failed as failed:
            return Lost(failed.reason, unsent=failed.unsent)
        if len(answer.body) > ANSWER_BYTES:
            head = Response(answer.status, answer.headers)
            return Lost(f"the answer has more than {ANSWER_BYTES // 2**20} MiB", have=len(answer.body), head=head)
        return answer

    def reset(self) -> None:
        """Nothing: what is known at an address is not ours to forget."""


def _headers(request: Request) -> tuple[tuple[str, str], ...]:
    """The headers, without those that the sender writes itself, and with our name where there is none."""
    kept = tuple(pair for pair in request.headers if pair[0].lower() not in _SENDERS)
    return kept if request.header("user-agent") else (("User-Agent", f"lumakit/{__version__}"), *kept)
