"""Consent: which machines may be asked, and every way to write one that could be read as another."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.check.consent import Consent, consent
from lumakit.egress.address import NEVER, Kind, place
from lumakit.errors import LumakitError, NoConsent, UsageError

API = "https://api.example.com/v1/"


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:4010", "http://127.0.0.2", "http://[::1]:4010/x", "http://localhost:9000", "http://LOCALHOST"],
)
def test_this_machine_needs_no_consent(address: str) -> None:
    given = consent(address)
    assert not given.live
    assert str(given.policy) == "loopback"


@pytest.mark.parametrize(
    ("address", "live"),
    [
        (API, "api.example.com"),
        (API, "api.example.com:443"),
        (API, "API.Example.com"),
        ("https://API.EXAMPLE.COM", "api.example.com"),
        ("https://api.example.com:443", "api.example.com"),
        ("http://api.example.com", "api.example.com"),
        ("https://api.example.com:8443", "api.example.com:8443"),
        ("http://10.0.0.7:9000", "10.0.0.7:9000"),
        ("http://mock:4010", "mock:4010"),
        ("https://[2606:4700::1111]", "[2606:4700::1111]"),
        ("https://xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_another_machine_is_asked_where_it_is_named(address: str, live: str) -> None:
    assert consent(address, live).live


@pytest.mark.parametrize(
    ("address", "live"),
    [
        (API, None),
        (API, "example.com"),
        (API, "api.example.com.evil.test"),
        (API, "evil.test"),
        (API, "api.example.com:80"),
        (API, "api.example.com:8443"),
        ("http://api.example.com", "api.example.com:443"),
        ("https://api.example.com:8443", "api.example.com"),
        ("http://mock:4010", "mock"),
        ("http://10.0.0.7", "10.0.0.70"),
        ("http://127.0.0.1.evil.test", None),
        ("http://localhost.evil.test", None),
        ("http://sub.localhost", None),
        ("http://localtest.me", None),
        ("http://localhost4", None),
    ],
)
def test_another_machine_is_not_asked_where_it_is_not_named(address: str, live: str | None) -> None:
    with pytest.raises(NoConsent) as no:
        consent(address, live)
    assert (no.value.exit_code, no.value.code) == (4, "no_consent")
    assert no.value.hint.startswith("--live ")


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost.",
        "http://localhost.:4010",
        "http://127.0.0.1.",
        "http://2130706433",
        "http://0x7f000001",
        "http://0x7f.1",
        "http://0177.0.0.1",
        "http://127.1",
        "http://127.0.0.01",
        "http://[::ffff:127.0.0.1]",
        "http://[::ffff:7f00:1]",
        "http://[0:0:0:0:0:0:0:1]",
        "http://[::1%25lo]",
        "http://①②⑦.⓪.⓪.①",
        "http://loc\u0430lhost",
        "http://\u212aapi.example.com",
        "http://user@127.0.0.1",
        "http://user:secret-word@127.0.0.1",
        "http://127.0.0.1:4010@evil.test",
        "http://127.0.0.1\\@evil.test",
        "http://127.0.0.1#@evil.test",
        "http://127.0.0.1?x",
        "http://127.0.0.1#x",
        "http://127.0.0.1:04010",
        "http://127.0.0.1:",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:22",
        "https://api.example.com.",
        "https://api..example.com",
        "https://b\u00fccher.example",
        "ftp://127.0.0.1",
        "127.0.0.1:4010",
        "//127.0.0.1",
        "http://",
        "",
    ],
)
def test_what_can_be_read_in_two_ways_is_refused_whatever_is_named(address: str) -> None:
    for live in (None, "127.0.0.1", "localhost", "api.example.com", "evil.test"):
        with pytest.raises(UsageError) as no:
            consent(address, live)
        assert no.value.exit_code == 2
        assert no.value.hint
        assert "secret-word" not in str(no.value)


@pytest.mark.parametrize(
    "live",
    [
        "",
        "*",
        "*.example.com",
        "api.*.com",
        "api.example.com,evil.test",
        "api.example.com evil.test",
        "https://api.example.com",
        "api.example.com/v1",
        "api.example.com.",
        "user@api.example.com",
        "api.example.com:",
        "api.example.com:*",
        "\u212api.example.com",
        "\uff41pi.example.com",
        "api.example.com\n",
        ".example.com",
        "any",
    ],
)
def test_consent_is_one_host_and_nothing_else(live: str) -> None:
    with pytest.raises((UsageError, NoConsent)):
        consent(API, live)


def test_a_letter_that_becomes_one_of_ascii_in_lower_case_is_none() -> None:
    assert consent("https://kpi.example.com", "Kpi.example.com").live
    with pytest.raises(UsageError):
        consent("https://kpi.example.com", "\u212api.example.com")


@pytest.mark.parametrize("host", ["169.254.169.254", "[fd00:ec2::254]", "100.100.100.200", "0.0.0.0", "[fe80::1]"])  # noqa: S104
def test_some_addresses_are_never_asked(host: str) -> None:
    with pytest.raises(UsageError) as no:
        consent(f"http://{host}", host)
    assert no.value.code == "address_never"


def test_a_name_of_the_world_leads_to_public_addresses_only() -> None:
    assert str(consent(API, "api.example.com").policy) == "public"
    assert str(consent("http://10.0.0.7:9000", "10.0.0.7:9000").policy) == "10.0.0.7:9000"
    assert str(consent("http://mock:4010", "mock:4010").policy) == "mock:4010"


def test_an_address_is_taken_apart() -> None:
    given = consent(API, "api.example.com")
    assert (given.origin, given.base, given.host) == ("https://api.example.com", "/v1", "api.example.com")


HOSTS = st.one_of(
    st.ip_addresses().map(lambda ip: f"[{ip}]" if ip.version == 6 else str(ip)),
    st.integers(0, 2**32).map(str),
    st.from_regex(r"[a-z0-9.:%\[\]@\\-]{1,20}", fullmatch=True),
    st.sampled_from(["localhost", "127.0.0.1", "[::1]"]).flatmap(
        lambda host: st.sampled_from([host, host + ".", host + ".evil.test", "x." + host, host.replace("0", "00")])
    ),
)


@given(host=HOSTS)
def test_without_consent_only_this_machine_is_let_through(host: str) -> None:
    try:
        found: Consent = consent(f"http://{host}")
    except LumakitError:
        return
    assert not found.live
    if found.host != "localhost":
        assert place(ipaddress.ip_address(found.host)).kind is Kind.LOOPBACK not in NEVER
