"""Our own ports, which no request of ours goes to: whoever may name an address must not steer this server with it.

Knows no HTTP, and opens no connection.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection

from lumakit.egress.address import IPAddress, plain
from lumakit.egress.lookup import is_of_this_machine

Doors = Collection[tuple[str, int]]


def leads_home(doors: Doors, host: str, address: IPAddress, port: int) -> bool:
    """True where one of our own doors - host and port as they were bound - would answer at this address."""
    return any(_opens(bound, host, address) for bound, number in doors if number == port)


def read(doors: Doors | Callable[[], Doors]) -> Doors:
    """Our doors as they are now: a port may be known only after it was taken."""
    return doors() if callable(doors) else doors


def _opens(bound: str, host: str, address: IPAddress) -> bool:
    try:
        home = plain(ipaddress.ip_address(bound.strip("[]")))
    except ValueError:  # bound by a name, which on this machine means this machine
        return bound.lower() == host or is_of_this_machine(address)
    if home == address:
        return True
    if home.is_loopback:  # which of its addresses was bound tells little: there are machines that join them
        return address.is_loopback
    return home.is_unspecified and is_of_this_machine(address)
