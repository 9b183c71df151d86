"""What an IP address is: the tables of the registries, and the addresses that stand inside others.

A table of our own, because the standard library's words for addresses changed from one release to the next. Pure.
"""

from __future__ import annotations

import enum
import ipaddress
import re
from typing import NamedTuple

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


class Kind(enum.Enum):
    """What an address is, as far as it matters to somebody who wants to dial it."""

    PUBLIC = "public"
    LOOPBACK = "loopback"
    PRIVATE = "private"
    RESERVED = "reserved"
    METADATA = "metadata"
    LINK_LOCAL = "link_local"
    NOBODY = "nobody"


NEVER = frozenset({Kind.METADATA, Kind.LINK_LOCAL, Kind.NOBODY})
"""What is dialled under no policy."""


class Place(NamedTuple):
    """An address, what it is, and that in words."""

    address: IPAddress
    kind: Kind
    words: str


# The first row that holds an address decides.
_TABLE = """
169.254.169.254/32  metadata    the metadata service of a cloud
169.254.170.2/32    metadata    the metadata service of a cloud
100.100.100.200/32  metadata    the metadata service of a cloud
168.63.129.16/32    metadata    the metadata service of a cloud
192.0.0.192/32      metadata    the metadata service of a cloud
0.0.0.0/8           nobody      an address of this network, which is no receiver's
10.0.0.0/8          private     a private address
100.64.0.0/10       private     an address shared behind a carrier
127.0.0.0/8         loopback    this machine
169.254.0.0/16      link_local  a link-local address
172.16.0.0/12       private     a private address
192.0.0.0/24        reserved    an address of a protocol
192.0.2.0/24        reserved    an address for examples
192.88.99.0/24      reserved    an address of a tunnel
192.168.0.0/16      private     a private address
198.18.0.0/15       reserved    an address for measurements
198.51.100.0/24     reserved    an address for examples
203.0.113.0/24      reserved    an address for examples
224.0.0.0/4         nobody      a multicast address
255.255.255.255/32  nobody      the broadcast address
240.0.0.0/4         reserved    a reserved address
0.0.0.0/0           public      a public address
fd00:ec2::/32       metadata    the metadata service of a cloud
fd20:ce::254/128    metadata    the metadata service of a cloud
fd00:42::42/128     metadata    the metadata service of a cloud
::/128              nobody      the unspecified address
::1/128             loopback    this machine
64:ff9b:1::/48      nobody      an address of a translator, which hides whom it stands for
100::/64            nobody      an address that is thrown away
100:0:0:1::/64      nobody      an address that is thrown away
2001::/23           reserved    an address of a protocol
2001:db8::/32       reserved    an address for examples
2002::/16           reserved    an address of a tunnel
3fff::/20           reserved    an address for examples
2000::/3            public      a public address
fc00::/7            private     a private address
fe80::/10           link_local  a link-local address
fec0::/10           private     a private address
ff00::/8            nobody      a multicast address
::/0                reserved    a reserved address
"""


class Row(NamedTuple):
    """A network, and what its addresses are."""

    network: IPNetwork
    kind: Kind
    words: str


def _rows() -> tuple[Row, ...]:
    rows = (line.split(maxsplit=2) for line in _TABLE.split("\n") if line)
    return tuple(Row(ipaddress.ip_network(network), Kind(kind), words) for network, kind, words in rows)


_ROWS = _rows()
_V4_INSIDE = (  # where an IPv4 address stands inside an IPv6 one, and how far it is shifted
    (ipaddress.IPv6Network("::ffff:0:0:0/96"), 0),
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),
    (ipaddress.IPv6Network("::/96"), 0),
    (ipaddress.IPv6Network("2002::/16"), 80),
)
_TRANSLATED = _V4_INSIDE[1][0]
_TEREDO = ipaddress.IPv6Network("2001::/32")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|[0-9]+")


def plain(address: IPAddress) -> IPAddress:
    """What is dialled for an address: a mapped one is the IPv4 address inside, and a zone belongs to no address."""
    if isinstance(address, ipaddress.IPv6Address):
        return address.ipv4_mapped or ipaddress.IPv6Address(int(address))
    return address


def row_of(asked: IPAddress | IPNetwork) -> Row:
    """The row that holds an address, or the whole of a network."""
    first, last = (asked, asked) if isinstance(asked, IPAddress) else (asked[0], asked[-1])
    return next(row for row in _ROWS if first in row.network and last in row.network)


def place(address: IPAddress) -> Place:
    """What an address is; where another stands inside it that nobody may reach, it is that."""
    address = plain(address)
    _, kind, words = row_of(address)
    for inner in _inside(address):
        _, inner_kind, inner_words = row_of(inner)
        # A translator reaches whoever is public for us, but its loopback is not ours.
        if inner_kind in NEVER or (inner_kind is Kind.PUBLIC and address in _TRANSLATED):
            kind, words = inner_kind, f"{inner_words}, through a translator"
    return Place(address, kind, words)


def number_as_address(host: str) -> ipaddress.IPv4Address | None:
    """The IPv4 address that a host of numbers is dialled as: `127.1`, `0x7f.1`, `0177.0.0.1`, `2130706433`.

    None for a name. ValueError for what ends in a number and is no address, since somebody may take it for one.
    """
    parts = host.removesuffix(".").split(".")
    if not (parts[-1].isdecimal() or re.fullmatch(r"0[xX][0-9a-fA-F]*", parts[-1])):
        return None
    if len(parts) > 4 or not all(len(part) <= 20 and _NUMBER.fullmatch(part) for part in parts):
        raise ValueError("not an address")
    *heads, last = [_number(part) for part in parts]
    if any(head > 255 for head in heads) or last >= 256 ** (4 - len(heads)):
        raise ValueError("not an address")
    return ipaddress.IPv4Address(sum(head << (24 - 8 * at) for at, head in enumerate(heads)) + last)


def _number(part: str) -> int:
    if part[:2].lower() == "0x":
        return int(part, 16)
    return int(part, 8 if part.startswith("0") else 10)  # "08" is an octal number that there is not: ValueError


def _inside(address: IPAddress) -> list[ipaddress.IPv4Address]:
    """The IPv4 addresses that a tunnel or a translator would reach for this one."""
    if not isinstance(address, ipaddress.IPv6Address) or int(address) <= 1:
        return []
    number = int(address)
    inner = [ipaddress.IPv4Address(number >> shift & 0xFFFFFFFF) for network, shift in _V4_INSIDE if address in network]
    if address in _TEREDO:
        inner.append(ipaddress.IPv4Address(~number & 0xFFFFFFFF))
    return inner
