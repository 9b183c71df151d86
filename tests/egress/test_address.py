"""What an address is, however it is spelled and whatever stands inside it."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.egress.address import NEVER, Kind, number_as_address, place

PLACES = {
    "8.8.8.8": Kind.PUBLIC,
    "1.1.1.1": Kind.PUBLIC,
    "100.63.255.255": Kind.PUBLIC,
    "172.32.0.1": Kind.PUBLIC,
    "192.0.1.1": Kind.PUBLIC,
    "127.0.0.1": Kind.LOOPBACK,
    "127.255.255.254": Kind.LOOPBACK,
    "10.0.0.1": Kind.PRIVATE,
    "10.255.255.255": Kind.PRIVATE,
    "100.64.0.1": Kind.PRIVATE,
    "100.127.255.255": Kind.PRIVATE,
    "172.16.0.1": Kind.PRIVATE,
    "172.31.255.255": Kind.PRIVATE,
    "192.168.0.1": Kind.PRIVATE,
    "192.0.0.8": Kind.RESERVED,
    "192.0.2.1": Kind.RESERVED,
    "192.88.99.1": Kind.RESERVED,
    "198.18.0.1": Kind.RESERVED,
    "198.51.100.1": Kind.RESERVED,
    "203.0.113.1": Kind.RESERVED,
    "240.0.0.1": Kind.RESERVED,
    "0.0.0.0": Kind.NOBODY,  # noqa: S104 - nobody binds it
    "0.1.2.3": Kind.NOBODY,
    "224.0.0.1": Kind.NOBODY,
    "239.255.255.250": Kind.NOBODY,
    "255.255.255.255": Kind.NOBODY,
    "169.254.1.1": Kind.LINK_LOCAL,
    "169.254.169.254": Kind.METADATA,
    "169.254.170.2": Kind.METADATA,
    "100.100.100.200": Kind.METADATA,
    "168.63.129.16": Kind.METADATA,
    "192.0.0.192": Kind.METADATA,
    "2606:4700:4700::1111": Kind.PUBLIC,
    "2a00:1450:4001:80b::200e": Kind.PUBLIC,
    "::1": Kind.LOOPBACK,
    "fc00::1": Kind.PRIVATE,
    "fdff::1": Kind.PRIVATE,
    "fec0::1": Kind.PRIVATE,
    "2001:db8::1": Kind.RESERVED,
    "3fff::1": Kind.RESERVED,
    "5f00::1": Kind.RESERVED,
    "2001::1": Kind.RESERVED,
    "2001:10::1": Kind.RESERVED,
    "4000::1": Kind.RESERVED,
    "::2": Kind.NOBODY,  # IPv4-compatible 0.0.0.2
    "::": Kind.NOBODY,
    "100::1": Kind.NOBODY,
    "ff02::1": Kind.NOBODY,
    "64:ff9b:1::a9fe:a9fe": Kind.NOBODY,
    "fe80::1": Kind.LINK_LOCAL,
    "fe80::1%1": Kind.LINK_LOCAL,
    "fe80::a9fe:a9fe": Kind.LINK_LOCAL,
    "fd00:ec2::254": Kind.METADATA,
    "fd00:ec2::23": Kind.METADATA,
    "fd20:ce::254": Kind.METADATA,
    # one inside another
    "::ffff:8.8.8.8": Kind.PUBLIC,
    "::ffff:127.0.0.1": Kind.LOOPBACK,
    "::ffff:10.0.0.1": Kind.PRIVATE,
    "::ffff:169.254.169.254": Kind.METADATA,
    "::127.0.0.1": Kind.RESERVED,
    "::169.254.169.254": Kind.METADATA,
    "::ffff:0:127.0.0.1": Kind.RESERVED,
    "::ffff:0:169.254.169.254": Kind.METADATA,
    "64:ff9b::8.8.8.8": Kind.PUBLIC,
    "64:ff9b::127.0.0.1": Kind.RESERVED,
    "64:ff9b::10.0.0.1": Kind.RESERVED,
    "64:ff9b::169.254.169.254": Kind.METADATA,
    "2002:0808:0808::1": Kind.RESERVED,
    "2002:7f00:0001::1": Kind.RESERVED,
    "2002:a9fe:a9fe::1": Kind.METADATA,
    "2001:0:4136:e378:8000:63bf:5601:5601": Kind.METADATA,  # Teredo writes 169.254.169.254 upside down
}


@pytest.mark.parametrize("text", PLACES)
def test_an_address_is_what_the_registries_say(text: str) -> None:
    assert place(ipaddress.ip_address(text)).kind is PLACES[text]


@given(st.ip_addresses())
def test_every_address_is_something_and_nothing_ours_is_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    found = place(address)
    assert found.words
    if found.kind is Kind.PUBLIC:
        assert address.is_global or address in ipaddress.ip_network("64:ff9b::/96")


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_the_one_inside(address: ipaddress.IPv4Address) -> None:
    assert place(ipaddress.IPv6Address(f"::ffff:{address}")) == place(address)


@given(st.ip_addresses(v=4))
def test_a_translator_never_leads_home(address: ipaddress.IPv4Address) -> None:
    found = place(ipaddress.IPv6Address(f"64:ff9b::{address}")).kind
    assert found in NEVER | {Kind.PUBLIC, Kind.RESERVED}


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0X7F.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("127.0.1", "127.0.0.1"),
        ("0", "0.0.0.0"),  # noqa: S104 - nobody binds it
        ("0xa9fea9fe", "169.254.169.254"),
        ("169.254.43518", "169.254.169.254"),
        ("10.1", "10.0.0.1"),
    ],
)
def test_numbers_are_read_as_the_system_would_dial_them(host: str, address: str) -> None:
    assert number_as_address(host) == ipaddress.IPv4Address(address)


@pytest.mark.parametrize(
    "host",
    [
        *"256.1.1.1 1.2.3.256 1.2.3.4.5 08.1.1.1 1..1 .1 4294967296 0x100000000 1.16777216 a.1 1.0x 0xg.1".split(),
        "9" * 30,
    ],
)
def test_what_ends_in_a_number_and_is_no_address_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match=r"not an address|invalid literal"):
        number_as_address(host)


@pytest.mark.parametrize("host", ["localhost", "a.example", "1.example", "0x7f.example.", "", "1.2.3.4a"])
def test_a_name_is_no_number(host: str) -> None:
    assert number_as_address(host) is None


@given(st.ip_addresses(v=4))
def test_every_spelling_of_an_address_is_that_address(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    octets = [number >> shift & 255 for shift in (24, 16, 8, 0)]
    spelled = [str(number), hex(number), oct(number).replace("o", ""), f"{octets[0]}.{number & 0xFFFFFF}"]
    spelled += [".".join(map(hex, octets)), f"{octets[0]}.{octets[1]}.{number & 0xFFFF}"]
    assert {number_as_address(text) for text in spelled} == {address}
