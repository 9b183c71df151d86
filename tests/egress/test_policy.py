"""Which address may be dialled under which policy, however it is spelled."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.egress import Blocked, Policy, request_to
from lumakit.egress.address import NEVER, IPAddress, place
from lumakit.egress.target import target_of
from lumakit.errors import UsageError

MODES = ("loopback", "10.0.0.0/8", "public", "any")
NONE, ALL = "", "loopback public any"

# The host as somebody writes it, and the policies that let a request to it out.
HOSTS = {
    "127.0.0.1": "loopback any",
    "127.0.0.2": "loopback any",
    "127.255.255.254": "loopback any",
    "127.1": "loopback any",
    "127.0.1": "loopback any",
    "127.0.0.1.": "loopback any",
    "0x7f.1": "loopback any",
    "0x7F.0x0.0x0.0x1": "loopback any",
    "0x7f000001": "loopback any",
    "0177.0.0.1": "loopback any",
    "0177.1": "loopback any",
    "017700000001": "loopback any",
    "2130706433": "loopback any",
    "[::1]": "loopback any",
    "[0:0:0:0:0:0:0:1]": "loopback any",
    "[::ffff:127.0.0.1]": "loopback any",
    "[::ffff:7f00:1]": "loopback any",
    "8.8.8.8": "public any",
    "134744072": "public any",
    "93.184.216.34": "public any",
    "[2606:4700:4700::1111]": "public any",
    "[::ffff:8.8.8.8]": "public any",
    "[64:ff9b::8.8.8.8]": "public any",
    "10.0.0.1": "10.0.0.0/8 any",
    "10.1": "10.0.0.0/8 any",
    "0xa000001": "10.0.0.0/8 any",
    "012.0.0.1": "10.0.0.0/8 any",
    "[::ffff:10.0.0.1]": "10.0.0.0/8 any",
    "100.64.0.1": "any",
    "172.16.0.1": "any",
    "172.31.255.255": "any",
    "192.168.1.1": "any",
    "0xc0a80101": "any",
    "[::ffff:192.168.1.1]": "any",
    "192.0.0.1": "any",
    "192.0.2.1": "any",
    "192.88.99.1": "any",
    "198.18.0.1": "any",
    "198.51.100.1": "any",
    "203.0.113.1": "any",
    "240.0.0.1": "any",
    "[fc00::1]": "any",
    "[fd12:3456::1]": "any",
    "[fec0::1]": "any",
    "[2001:db8::1]": "any",
    "[3fff::1]": "any",
    "[5f00::1]": "any",
    "[2002:7f00:1::]": "any",
    "[2002:a00:1::]": "any",
    "[2001::1]": "any",
    "[::127.0.0.1]": "any",
    "[::ffff:0:127.0.0.1]": "any",
    "[64:ff9b::127.0.0.1]": "any",
    "[64:ff9b::10.0.0.1]": "any",
    "169.254.169.254": NONE,
    "169.254.169.254.": NONE,
    "169.254.43518": NONE,
    "0xa9fea9fe": NONE,
    "2852039166": NONE,
    "0251.0376.0251.0376": NONE,
    "[::ffff:169.254.169.254]": NONE,
    "[::ffff:a9fe:a9fe]": NONE,
    "[::169.254.169.254]": NONE,
    "[64:ff9b::169.254.169.254]": NONE,
    "[64:ff9b:1::a9fe:a9fe]": NONE,
    "[2002:a9fe:a9fe::1]": NONE,
    "169.254.0.1": NONE,
    "169.254.170.2": NONE,
    "100.100.100.200": NONE,
    "168.63.129.16": NONE,
    "192.0.0.192": NONE,
    "[fd00:ec2::254]": NONE,
    "[fd20:ce::254]": NONE,
    "[fe80::1]": NONE,
    "[febf::1]": NONE,
    "0.0.0.0": NONE,  # noqa: S104 - nobody binds it
    "0": NONE,
    "[::]": NONE,
    "[::ffff:0.0.0.0]": NONE,
    "224.0.0.1": NONE,
    "255.255.255.255": NONE,
    "[ff02::1]": NONE,
    "[100::1]": NONE,
}


def refusal(policy: Policy, url: str, address: str = "") -> str:
    """The code under which it is blocked; empty where it may go. A name needs the address that was found for it."""
    target = target_of(request_to(url))
    found = ipaddress.ip_address(address) if address else target.address
    assert found is not None
    try:
        policy.check(target, place(found))
    except Blocked as blocked:
        return blocked.code
    return ""


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_is_let_out_under_these_policies_and_no_other(host: str) -> None:
    out = {mode for mode in MODES if not refusal(Policy.parse(mode), f"http://{host}:8080/hook")}
    assert out == set(HOSTS[host].split())


@given(st.ip_addresses(), st.sampled_from(["loopback", "public", "any", "0.0.0.0/0, ::/0", "a.example"]))
def test_what_nobody_may_dial_is_dialled_under_no_policy(address: IPAddress, mode: str) -> None:
    found = place(address)
    code = refusal(Policy.parse(mode), "http://a.example/", str(address))
    assert (code == found.kind.value) == (found.kind in NEVER)


@given(st.ip_addresses())
def test_any_lets_out_what_every_other_policy_does(address: IPAddress) -> None:
    narrow = [refusal(Policy.parse(mode), "http://a.example/", str(address)) for mode in ("loopback", "public")]
    assert all(narrow) or not refusal(Policy.parse("any"), "http://a.example/", str(address))


# lists


@pytest.mark.parametrize(
    ("policy", "url", "address", "code"),
    [
        ("hooks.example", "http://hooks.example/", "10.0.0.1", ""),
        ("hooks.example", "http://HOOKS.example.:9000/", "10.0.0.1", ""),
        ("hooks.example", "http://other.example/", "10.0.0.1", "not_allowed"),
        ("hooks.example", "http://a.hooks.example/", "10.0.0.1", "not_allowed"),
        ("hooks.example", "http://hooks.example/", "169.254.169.254", "metadata"),
        ("hooks.example", "http://10.0.0.1/", "", "not_allowed"),
        ("Hooks.Example.:9000", "http://hooks.example:9000/", "10.0.0.1", ""),
        ("hooks.example:9000", "http://hooks.example/", "10.0.0.1", "not_allowed"),
        ("hooks.example:80", "https://hooks.example/", "10.0.0.1", "not_allowed"),
        ("10.0.0.1", "http://10.0.0.1:9000/", "", ""),
        ("10.0.0.1", "http://a.example/", "10.0.0.1", ""),
        ("10.0.0.1", "http://10.0.0.2/", "", "not_allowed"),
        ("10.0.0.1:9000", "http://10.1:9000/", "", ""),
        ("10.0.0.1:9000", "http://10.0.0.1:9001/", "", "not_allowed"),
        ("10.0.0.0/8", "http://10.255.0.1/", "", ""),
        ("10.9.8.7/8", "http://10.255.0.1/", "", ""),
        ("fd12::/16", "http://[fd12::1]/", "", ""),
        ("[fd12::1]:9000", "http://[fd12::1]:9000/", "", ""),
        ("[fd12::1]:9000", "http://[fd12::1]/", "", "not_allowed"),
        ("fd12::1", "http://[fd12::1]/", "", ""),
        ("10.0.0.0/8", "http://127.0.0.1/", "", "not_allowed"),
        ("loopback, 10.0.0.0/8", "http://127.0.0.1/", "", ""),
        ("loopback, public", "http://8.8.8.8/", "", ""),
        ("loopback, public", "http://10.0.0.1/", "", "not_allowed"),
    ],
)
def test_a_list_lets_out_what_it_names(policy: str, url: str, address: str, code: str) -> None:
    assert refusal(Policy.parse(policy), url, address) == code


@pytest.mark.parametrize(
    ("text", "mode", "shown"),
    [
        ("loopback", "loopback", "loopback"),
        (" PUBLIC ", "public", "public"),
        ("any", "any", "any"),
        ("public,loopback", "list", "loopback, public"),
        ("Host.Docker.Internal:9000 , 10.0.0.0/8", "list", "host.docker.internal:9000, 10.0.0.0/8"),
        ("[fd12::1]:9000, fd12::1, 10.0.0.1:80", "list", "[fd12::1]:9000, fd12::1, 10.0.0.1:80"),
        ("a.example, a.example", "list", "a.example"),
    ],
)
def test_a_policy_can_be_said_again(text: str, mode: str, shown: str) -> None:
    policy = Policy.parse(text)
    assert (policy.mode, str(policy)) == (mode, shown)
    assert Policy.parse(str(policy)) == policy == Policy.parse(str(policy).split(","))


def test_the_default_is_this_machine() -> None:
    assert Policy() == Policy.parse("loopback")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "loopback,",
        "any, loopback",
        "10.0.0.0/33",
        "a.example/path",
        "http://a.example",
        "*.example",
        "*",
        "me@a.example",
        "a.example:22",
        "a.example:99999",
        "169.254.0.0/16",
        "169.254.169.254",
        "169.254.169.254:80",
        "fe80::/10",
        "0.0.0.0",  # noqa: S104 - nobody binds it
        "\u2460",
        "a\r\nb",
        "any.",
        "public., a.example",
        "loopback.",
        ",".join(f"h{number}.example" for number in range(300)),
    ],
)
def test_a_policy_that_says_nothing_clear_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Policy.parse(text)
    assert (caught.value.code, bool(caught.value.hint)) == ("bad_policy", True)


def test_an_empty_list_is_refused() -> None:
    with pytest.raises(UsageError):
        Policy.parse([])


def test_a_policy_made_of_nothing_lets_nothing_out() -> None:
    target = target_of(request_to("http://127.0.0.1/"))
    with pytest.raises(Blocked, match="requests go nowhere only"):
        Policy(frozenset()).check(target, place(ipaddress.ip_address("127.0.0.1")))


# what it says


@pytest.mark.parametrize(
    ("policy", "url", "address", "reason", "hint"),
    [
        (
            "loopback",
            "https://hooks.example/secret",
            "8.8.8.8",
            "hooks.example (8.8.8.8) is a public address, and requests go to this machine only",
            "the policy loopback, hooks.example:443 allows it",
        ),
        (
            "a, b, c, d, e",
            "http://10.0.0.1/",
            "",
            "10.0.0.1 is a private address, and requests go to a, b, c, d and others only",
            "the policy a, b, c, d, e, 10.0.0.1:80 allows it",
        ),
        (
            "loopback, public",
            "http://[fd12::1]:81/",
            "",
            "fd12::1 is a private address, and requests go to this machine and to public addresses only",
            "the policy loopback, public, [fd12::1]:81 allows it",
        ),
        (
            "any",
            "http://a/",
            "169.254.169.254",
            "a (169.254.169.254) is the metadata service of a cloud: nothing is sent there, whatever the policy",
            "",
        ),
    ],
)
def test_it_says_why_and_what_would_allow_it(policy: str, url: str, address: str, reason: str, hint: str) -> None:
    target = target_of(request_to(url))
    with pytest.raises(Blocked) as caught:
        Policy.parse(policy).check(target, place(ipaddress.ip_address(address or str(target.address))))
    assert (caught.value.reason, caught.value.hint) == (reason, hint)


def test_what_it_advises_works() -> None:
    with pytest.raises(Blocked) as caught:
        Policy().check(target_of(request_to("http://10.0.0.1:81/")), place(ipaddress.ip_address("10.0.0.1")))
    advised = caught.value.hint.removeprefix("the policy ").removesuffix(" allows it")
    assert not refusal(Policy.parse(advised), "http://10.0.0.1:81/")
