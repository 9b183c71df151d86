"""Whom recorded traffic is for: by host and path, each exchange goes to one provider or is counted as somebody else's.

What goes on from here has no secrets in it, bears the label of its key instead of the key, and is numbered in the order
of time. Knows contracts and recordings. Does not know files, and judges nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlsplit

from lumakit.check.hiding import redactor
from lumakit.check.hiding import response as hidden_response
from lumakit.check.packing import is_hidden
from lumakit.check.recording import Recording, Seen
from lumakit.check.traffic import Arrival, Record, Traffic, Unanswered
from lumakit.contract.compile import Contract
from lumakit.contract.operation import Operation
from lumakit.contract.security import Scheme
from lumakit.errors import UsageError
from lumakit.model import Exchange, Request
from lumakit.redaction import Redactor

_PORTS = {"http": ":80", "https": ":443"}
_LEFT_OUT = "<hidden: left out by the recorder>"
_UNKNOWN = "unknown"
_BASE = re.compile(r"(?P<origin>(?i:https?)://[^/?#@\s]+)(?P<path>(?:/[^?#\s]*)?)=(?P<provider>[^=]+)")


@dataclass(frozen=True, slots=True)
class Door:
    """Where a provider is reached: a host, with its port where that is not the usual one, and a path in front."""

    host: str
    base: str
    provider: str
    scheme: str = ""

    def takes(self, request: Request) -> bool:
        """True for a request that came by here."""
        scheme, host = _host(request.origin)
        if self.host not in (host, host.partition(":")[0] if "[" not in host else host):
            return False
        return self.scheme in ("", scheme) and (not self.base or f"{request.path}/".startswith(f"{self.base}/"))


@dataclass(frozen=True)
class Share:
    """What is one provider's. `keyless` says that no request shows a key: who recorded them has left it out."""

    contract: Contract
    traffic: Traffic = field(repr=False)
    keyless: bool = False


@dataclass(frozen=True)
class Shares:
    """All that was recorded, shared out: `others` counts what is for nobody here, by host."""

    shares: tuple[Share, ...]
    others: Mapping[str, int]
    skipped: int = 0


def mapped(text: str) -> Door:
    """The door that `HOST=PROVIDER` names."""
    host, equals, provider = text.rpartition("=")
    if not equals or not provider or not host or any(letter in host for letter in "/@? "):
        hint = "--map api.example.com=PROVIDER, or --map 127.0.0.1:4010=PROVIDER"
        raise UsageError(f"{text[:200]!r} maps no host", code="bad_map", hint=hint)
    return Door(host.lower(), "", provider)


def based(text: str) -> Door:
    """The door that `PREFIX=PROVIDER` names, the prefix being an address with or without a path."""
    match = _BASE.fullmatch(text)
    if match is None:
        hint = "--base-url http://127.0.0.1:4010/acme=PROVIDER"
        raise UsageError(f"{text[:200]!r} maps no address", code="bad_map", hint=hint)
    scheme, host = _host(match["origin"])
    return Door(host, match["path"].rstrip("/"), match["provider"], scheme)


def share_out(
    recordings: Iterable[Recording],
    contracts: Mapping[str, Contract],
    doors: Sequence[Door] = (),
    *,
    only: bool = False,
) -> Shares:
    """Give each provider what is its own; `only` says that the user has named the provider, and there is one."""
    recordings = tuple(recordings)
    piles: dict[str, list[Seen]] = {name: [] for name in contracts}
    others: Counter[str] = Counter()
    ways = [*sorted(doors, key=lambda door: -len(door.base)), *_documented(contracts)]
    ways += _guessed(recordings, contracts, ways) if only and not doors else []
    for recording in recordings:
        for seen in recording.seen:
            name, mine = _owner(recording, seen, ways, contracts, only=only)
            if name:
                piles[name].append(mine)
            else:
                others[_host(seen.request.origin)[1] or _UNKNOWN] += 1
    listened = any(recording.listened for recording in recordings)
    source = ", ".join(recording.name for recording in recordings)
    shares = tuple(_share(contracts[name], pile, source, listened=listened) for name, pile in piles.items() if pile)
    return Shares(shares, others, sum(recording.skipped for recording in recordings))


def _owner(
    recording: Recording, seen: Seen, ways: Sequence[Door], contracts: Mapping[str, Contract], *, only: bool
) -> tuple[str, Seen]:
    """Whose it is, and the same without what stands in front of every path."""
    if recording.provider:
        return (recording.provider, inside(seen, recording.base)) if recording.provider in contracts else ("", seen)
    if isinstance(seen, Arrival):  # it came to a receiver, whose host tells nothing
        return (next(iter(contracts)) if only else "", seen)
    door = next((each for each in ways if each.takes(seen.request)), None)
    return (door.provider, inside(seen, door.base)) if door else ("", seen)


def inside(seen: Seen, base: str) -> Seen:
    """The same as the documents have it: the path in front of every documented one belongs to the origin."""
    path = seen.request.path
    if not base or isinstance(seen, Arrival) or not f"{path}/".startswith(f"{base}/"):
        return seen
    origin = seen.request.origin and seen.request.origin + base
    return replace(seen, request=replace(seen.request, path=path.removeprefix(base) or "/", origin=origin))


def _documented(contracts: Mapping[str, Contract]) -> Iterator[Door]:
    for name, contract in contracts.items():
        for server in contract.servers:
            parts = urlsplit(server)
            if parts.netloc:  # the path of a server is the contract's to find
                yield Door(_host(f"{parts.scheme}://{parts.netloc}")[1], "", name)


def _guessed(recordings: Iterable[Recording], contracts: Mapping[str, Contract], ways: Iterable[Door]) -> list[Door]:
    """Hosts to which documented requests went, where none went to a documented one: a mock, or a gateway."""
    asked = [seen.request for each in recordings if not each.provider for seen in each.seen]
    if any(door.takes(request) for door in ways for request in asked):
        return []
    (name, contract), *_ = contracts.items()
    hosts = dict.fromkeys(_host(request.origin)[1] for request in asked if contract.route(request).operation)
    return [Door(host, "", name) for host in hosts if host]


def _host(origin: str) -> tuple[str, str]:
    """Scheme, and host with its port where that is not the usual one."""
    scheme, _, host = origin.lower().partition("://")
    return scheme, host.removesuffix(_PORTS.get(scheme, "\0"))


# --- one share -------------------------------------------------------------------------------------------------------


def _share(contract: Contract, pile: Iterable[Seen], source: str, *, listened: bool) -> Share:
    ordered = sorted(pile, key=lambda seen: seen.at_ms)
    keys = Keys(contract)
    labelled = [keys.labelled(seen) for seen in ordered]
    keyless = bool(keys.bare and not keys.labels)
    record = Record(listened=listened, source=source)
    for seen in labelled:
        record.add(replace(keys.hidden(_shown(contract, seen) if keyless else seen), number=record.number()))
    return Share(contract, record.traffic(), keyless)


class Keys:
    """The keys that requests show: each gets a label by the order in which they came, and is hidden from then on."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._hide = redactor(contract)
        self.labels: dict[str, str] = {}
        self.bare: int = 0

    def hidden(self, seen: Seen) -> Seen:
        """The same without secrets, the keys that were shown so far among them."""
        return _hidden(seen, self._hide)

    def labelled(self, seen: Seen) -> Seen:
        """The same with the label of its key, and with the operation it is for."""
        if isinstance(seen, Arrival):
            return seen
        operation = self._contract.route(seen.request).operation
        if operation is None:
            return seen
        label = self._label(operation, seen.request)  # also where it has one: the key is to be hidden from now on
        owner = seen.owner or label
        if isinstance(seen, Unanswered):
            return replace(seen, owner=owner)
        return replace(seen, owner=owner, operation=operation.key)

    def _label(self, operation: Operation, request: Request) -> str:
        key = operation.security.credential(request)
        if not key:
            self.bare += key is None
            return ""
        if key not in self.labels:
            self.labels[key] = f"key {len(self.labels) + 1}"
            self._hide = redactor(self._contract, self.labels)
        return self.labels[key]


def _shown(contract: Contract, seen: Seen) -> Seen:
    """A request that was served, with a mark where the recorder has left out its key."""
    if not isinstance(seen, Exchange) or seen.response.status in (401, 403):
        return seen
    operation = contract.route(seen.request).operation
    if operation is None or operation.security.satisfied(seen.request):
        return seen
    request = seen.request
    for scheme in next(iter(operation.security.alternatives), ()):
        request = _marked(request, scheme)
    return replace(seen, request=request)


def _marked(request: Request, scheme: Scheme) -> Request:
    mark = f"{scheme.word.capitalize()} {_LEFT_OUT}" if scheme.word else _LEFT_OUT
    if scheme.location == "query":
        query = f"{request.query}&{scheme.name}={quote(mark)}".lstrip("&")
        return replace(request, query=query)
    field = ("Cookie", f"{scheme.name}={mark}") if scheme.location == "cookie" else (scheme.name, mark)
    return request if scheme.is_unseen else replace(request, headers=(*request.headers, field))


def _came(kept: bytes, came: int) -> int:
    """How long a body counts as having been: as long as it is now, unless it is not there as a whole."""
    return max(came, 1) if is_hidden(kept) else len(kept)


def _hidden(seen: Seen, hide: Redactor) -> Seen:
    request = hide.request(seen.request)
    if isinstance(seen, Exchange):
        response = hidden_response(hide, seen.response)
        return replace(
            seen,
            request=request,
            response=response,
            reason=hide.text(seen.reason),
            request_bytes=_came(request.body, seen.request_bytes),
            response_bytes=_came(response.body, seen.response_bytes),
        )
    if isinstance(seen, Unanswered):
        head = seen.lost.head and hide.response(seen.lost.head)
        return replace(seen, request=request, lost=replace(seen.lost, reason=hide.text(seen.lost.reason), head=head))
    return replace(seen, request=request)
