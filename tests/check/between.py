"""A proxy on a port, in front of whatever a test puts behind it, and what it takes down."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field

from lumakit.check.desk import Desk
from lumakit.check.traffic import Traffic
from lumakit.check.verdict import Judged
from lumakit.cli import judging, proxy
from lumakit.contract.compile import Contract
from lumakit.egress.passing import Passage, Patience
from lumakit.egress.policy import Policy
from lumakit.model import Edition, Exchange
from mockserver.live import LiveServer
from tests.calling import EDITIONS

ANY = EDITIONS["apiframe", Edition.CORRECTED]


@dataclass
class Between:
    """Where clients go, and what was told; the traffic is whole when the proxy has ended."""

    url: str
    desk: Desk
    told: list[tuple[Exchange, Judged]] = field(default_factory=list)

    @property
    def traffic(self) -> Traffic:
        return self.desk.record.traffic()


@contextlib.contextmanager
def between(
    upstream: str,
    contract: Contract = ANY,
    *,
    patience: Patience | None = None,
    trust: ssl.SSLContext | None = None,
) -> Iterator[Between]:
    """A proxy in front of an address of this machine."""
    origin, base = upstream[: upstream.index("/", 8)] if "/" in upstream[8:] else upstream, ""
    base = upstream.removeprefix(origin).rstrip("/")
    told: list[tuple[Exchange, Judged]] = []
    desk = Desk(contract, base, upstream, lambda seen: judging.live(contract, seen), lambda *each: told.append(each))
    passage = Passage(origin, Policy.parse("loopback"), patience=patience or Patience(), trust=trust)
    with desk, LiveServer(proxy.relay(passage, origin, base, desk)) as server:
        yield Between(server.url, desk, told)
