"""Where requests may go: a word, or a list of hosts and networks, and what it says of one address.

Pure: it is given names with the addresses that were found for them, and looks up none itself.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from lumakit.egress.address import NEVER, IPNetwork, Place, row_of
from lumakit.egress.outcome import Blocked, Failed
from lumakit.egress.target import Target, request_to, target_of
from lumakit.errors import UsageError

WORDS = ("loopback", "public", "any")
MAX_ENTRIES = 256
_HINT = "loopback, public, any, or a list such as: 10.0.0.0/8, host.docker.internal:9000"
_REACH = {"loopback": "to this machine", "public": "to public addresses", "any": "anywhere"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A host by its name or a network of addresses, at one port or at every one."""

    name: str
    network: IPNetwork | None = None
    port: int | None = None

    def admits(self, target: Target, found: Place) -> bool:
        """True where a request for this target may go to this address."""
        if self.port is not None and self.port != target.port:
            return False
        if self.network is None:
            return target.address is None and target.host == self.name
        return found.address in self.network

    def __str__(self) -> str:
        if self.port is None:
            return self.name
        return f"[{self.name}]:{self.port}" if ":" in self.name else f"{self.name}:{self.port}"


@dataclass(frozen=True, slots=True)
class Policy:
    """Where requests may go; link-local addresses and the metadata services of clouds are in none."""

    words: frozenset[str] = frozenset({"loopback"})
    entries: tuple[Entry, ...] = ()

    @classmethod
    def parse(cls, given: str | Iterable[str]) -> Policy:
        """Read `loopback`, `public`, `any`, or a list: hosts, `host:port`, networks, and the first two words."""
        items = [item.strip().lower() for item in (given.split(",") if isinstance(given, str) else given)]
        if not items or not all(items):
            raise _bad("a policy without a word allows nothing")
        if len(items) > MAX_ENTRIES:
            raise _bad(f"a policy of {len(items)} entries is too long: at most {MAX_ENTRIES}")
        if "any" in items and len(items) > 1:
            raise _bad("any allows everything that a list could")
        entries = dict.fromkeys(_entry(item) for item in items if item not in WORDS)
        return cls(frozenset(items).intersection(WORDS), tuple(entries))

    @property
    def mode(self) -> str:
        """`loopback`, `public` or `any`; `list` where something is named."""
        return "list" if self.entries or len(self.words) != 1 else next(iter(self.words))

    def __str__(self) -> str:
        return ", ".join([*(word for word in WORDS if word in self.words), *map(str, self.entries)])

    def check(self, target: Target, found: Place) -> None:
        """Nothing where the request may go to this address; `Blocked` where not."""
        if found.kind in NEVER:
            raise Blocked(found.kind.value, f"{_told(target, found)}: nothing is sent there, whatever the policy")
        if "any" in self.words or found.kind.value in self.words:
            return
        if not any(entry.admits(target, found) for entry in self.entries):
            what = f"{_told(target, found)}, and requests go {self._reach()} only"
            raise Blocked("not_allowed", what, self._hint(target))

    def unknown(self, target: Target, error: Failed) -> Blocked | Failed:
        """What is to be said of a name without an address: one that nobody has listed is not allowed."""
        if any(str(entry).partition(":")[0] == target.host for entry in self.entries):
            return error
        what = f"{error.reason}, and requests go {self._reach()} only"
        return Blocked("not_allowed", what, self._hint(target))

    def _reach(self) -> str:
        reaches = [_REACH[word] for word in WORDS if word in self.words]
        if self.entries:
            others = " and others" if len(self.entries) > 4 else ""
            reaches.append(f"to {', '.join(map(str, self.entries[:4]))}{others}")
        return " and ".join(reaches) or "nowhere"

    def _hint(self, target: Target) -> str:
        host = f"[{target.host}]" if ":" in target.host else target.host
        kept = f"{self}, " if str(self) else ""
        return f"the policy {kept}{host}:{target.port} allows it"


def _told(target: Target, found: Place) -> str:
    shown = target.host if target.address is not None else f"{target.host} ({found.address})"
    return f"{shown} is {found.words}"


def _entry(item: str) -> Entry:
    network = _network(item)
    if network is not None:
        shown = network if "/" in item else network.network_address
        return Entry(str(shown), _allowed(network, item))
    if "/" in item:
        raise _bad(f"{item[:80]!r} is no network")
    target = _target(item)
    port = target.port if _names_port(item) else None
    if target.address is None:
        if target.host in WORDS and port is None:  # it would say itself as that word
            raise _bad(f"{item[:80]!r} as a host cannot be told from the word")
        return Entry(target.host, None, port)
    return Entry(str(target.address), _allowed(ipaddress.ip_network(target.address), item), port)


def _network(item: str) -> IPNetwork | None:
    try:
        return ipaddress.ip_network(item, strict=False)
    except ValueError:
        return None


def _target(item: str) -> Target:
    try:
        return target_of(request_to(f"http://{item}"))
    except Blocked as blocked:
        raise _bad(f"{item[:80]!r} cannot be allowed: {blocked.reason}") from None


def _names_port(item: str) -> bool:
    return item.rpartition("]")[2].rpartition(":")[1] == ":"


def _allowed(network: IPNetwork, item: str) -> IPNetwork:
    """The network, unless all of it is never dialled."""
    row = row_of(network)
    if row.kind in NEVER:
        raise _bad(f"{item[:80]!r} cannot be allowed: {row.words} is dialled under no policy")
    return network


def _bad(what: str) -> UsageError:
    return UsageError(what, code="bad_policy", hint=_HINT)
