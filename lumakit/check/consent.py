"""May a machine be asked at all? This one, yes; another one only where its user has named exactly it.

Pure: reads addresses as they are written, and looks up none. A host that can be read in two ways is no host here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lumakit.egress import Blocked, Policy, request_to
from lumakit.egress.address import NEVER, Kind, Place, place
from lumakit.egress.target import Target, target_of
from lumakit.errors import NoConsent, UsageError

_PORTS = {"http": 80, "https": 443}
_LIVE = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(?::(?P<port>[0-9]{1,5}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Consent:
    """An address that may be asked: its origin, the path before every documented one, and where its requests may go.

    `live` is True where it is not this machine: what it is asked may cost.
    """

    origin: str
    base: str
    host: str
    live: bool
    policy: Policy


def consent(address: str, live: str | None = None) -> Consent:
    """What may be asked at an address; NoConsent where it is another machine's, and `live` does not name just it."""
    target = _read(address)
    origin, base = f"{target.scheme}://{target.authority}", target.path.rstrip("/")
    found = place(target.address) if target.address is not None else None
    if found is not None and found.kind in NEVER:
        what = f"{target.host} is {found.words}, and is never asked"
        raise UsageError(what, code="address_never", where=address, hint="the address of the API itself")
    if target.host == "localhost" or (found is not None and found.kind is Kind.LOOPBACK):
        return Consent(origin, base, target.host, live=False, policy=Policy.parse("loopback"))
    _check_named(target, live)
    return Consent(origin, base, target.host, live=True, policy=_policy(target, found))


def _read(address: str) -> Target:
    """The address, where it is written as it is dialled."""
    try:
        request = request_to(address, method="GET")
        target = target_of(request)
    except Blocked as blocked:
        hint = blocked.hint or "https://api.example.com, or http://127.0.0.1:4010"
        raise UsageError(blocked.reason, code="address_unusable", where=_shown(address), hint=hint) from None
    if request.query or "?" in address or "#" in address:
        what = "the address of an API has no query and no fragment"
        raise UsageError(what, code="address_unusable", where=_shown(address), hint="leave out what begins with ? or #")
    written = request.origin.partition("://")[2].lower()
    port = f":{target.port}" if ":" in written.rpartition("]")[2] else ""
    if written != _bracketed(target.host) + port:
        what = "the host can be read in two ways"
        hint = f"write it as it is dialled: {_bracketed(target.host)}{port}"
        raise UsageError(what, code="address_spelling", where=_shown(address), hint=hint)
    return target


def _check_named(target: Target, live: str | None) -> None:
    """Nothing where `live` names the target's host, and its port where that is not the one of its scheme."""
    usual = target.port == _PORTS[target.scheme]
    name = _bracketed(target.host) if usual else f"{_bracketed(target.host)}:{target.port}"
    if live is None:
        what = f"{target.host} is not this machine, and nobody has said that it may be asked"
        raise NoConsent(what, code="no_consent", hint=f"--live {name}, where what it is asked may cost you money")
    named = _LIVE.fullmatch(live.lower()) if live.isascii() else None
    if named is None:
        hint = f"one host, as it stands in the address: --live {name}"
        raise UsageError(f"{live!r:.80} is no host", code="live_unusable", where="--live", hint=hint)
    port = int(named["port"]) if named["port"] else _PORTS[target.scheme]
    if (named["host"], port) != (_bracketed(target.host), target.port):
        what = f"--live names {live}, and {name} is what would be asked"
        raise NoConsent(what, code="no_consent", hint=f"--live {name}, if that is the machine you mean")


def _policy(target: Target, found: Place | None) -> Policy:
    """Where requests may go. A name that is known to the world leads to public addresses only."""
    private = found.kind is not Kind.PUBLIC if found is not None else "." not in target.host
    return Policy.parse([f"{_bracketed(target.host)}:{target.port}"] if private else "public")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _shown(address: str) -> str:
    """An address in a message: without what may be a password, and not without end."""
    scheme, separator, rest = address.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"[:100]
