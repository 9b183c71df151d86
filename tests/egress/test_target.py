"""From the text of an address to what would be dialled: one reading, or none."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lumakit.egress import Blocked, request_to
from lumakit.egress.target import BAD_PORTS, MAX_URL, target_of
from lumakit.model import Request


def refusal(url: str) -> str:
    """The code under which an address is refused; empty where it is not."""
    try:
        request_to(url)
    except Blocked as blocked:
        return blocked.code if blocked.reason else "without a reason"
    return ""


@pytest.mark.parametrize(
    ("url", "scheme", "authority", "host", "port", "path"),
    [
        ("http://a.example", "http", "a.example", "a.example", 80, "/"),
        ("https://a.example?x=1", "https", "a.example", "a.example", 443, "/?x=1"),
        ("HTTP://A.Example:8080/B", "http", "a.example:8080", "a.example", 8080, "/B"),
        ("http://a.example./", "http", "a.example.", "a.example", 80, "/"),
        ("http://a.example:/", "http", "a.example", "a.example", 80, "/"),
        ("http://a#@b/", "http", "a", "a", 80, "/"),
        ("http://a?@b/", "http", "a", "a", 80, "/?@b/"),
        ("http://a/@b", "http", "a", "a", 80, "/@b"),
        ("http://a//b/../c/%2e%2e", "http", "a", "a", 80, "//b/../c/%2e%2e"),
        ("http://under_score.example/", "http", "under_score.example", "under_score.example", 80, "/"),
        ("http://xn--bcher-kva.example/", "http", "xn--bcher-kva.example", "xn--bcher-kva.example", 80, "/"),
        ("http://127.1:81/", "http", "127.1:81", "127.0.0.1", 81, "/"),
        ("http://[::1]:81/", "http", "[::1]:81", "::1", 81, "/"),
        ("http://[::FFFF:127.0.0.1]/", "http", "[::ffff:127.0.0.1]", "127.0.0.1", 80, "/"),
        ("http://a/caf\u00e9?q=\u00e9#\u00e9", "http", "a", "a", 80, "/caf%C3%A9?q=%C3%A9"),
    ],
)
def test_an_address_is_read_one_way(url: str, scheme: str, authority: str, host: str, port: int, path: str) -> None:
    target = target_of(request_to(url))
    assert (target.scheme, target.authority, target.host, target.port, target.path) == (
        scheme,
        authority,
        host,
        port,
        path,
    )
    assert target.secure is (scheme == "https")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "bad_url"),
        ("a.example/hook", "bad_url"),
        ("//a.example/hook", "bad_url"),
        ("http:/a.example", "bad_url"),
        ("file:///etc/passwd", "bad_url"),
        ("gopher://127.0.0.1:11211/_stats", "bad_url"),
        ("ftp://a.example/", "bad_url"),
        ("javascript:alert(1)", "bad_url"),
        (" http://a.example/", "bad_url"),
        ("http://a.example/\r\nX-Evil: 1", "bad_url"),
        ("http://a.example/ HTTP/1.1\r\nHost: b", "bad_url"),
        ("http://a.example/a b", "bad_url"),
        ("http://a.example/\x00", "bad_url"),
        ("http://a.example/\x7f", "bad_url"),
        (f"http://a.example/{'a' * MAX_URL}", "bad_url"),
        ("http://a.example/" + 4000 * "\u00e9", "bad_url"),
        ("http://", "bad_host"),
        ("http:///path", "bad_host"),
        ("http://:80/", "bad_host"),
        ("http://a.example\r\n/", "bad_host"),
        ("http://a b/", "bad_host"),
        ("http://a\\@127.0.0.1/", "bad_host"),
        ("http://a\u3002example/", "bad_host"),
        ("http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/", "bad_host"),
        ("http://\uff11\uff12\uff17.0.0.1/", "bad_host"),
        ("http://b\u00fccher.example/", "bad_host"),
        ("http://127.0.0.%31/", "bad_host"),
        ("http://a..b/", "bad_host"),
        ("http://a.example../", "bad_host"),
        ("http://-a.example/", "bad_host"),
        (f"http://{'a' * 64}.example/", "bad_host"),
        (f"http://{'a.' * 127}example/", "bad_host"),
        ("http://256.1.1.1/", "bad_host"),
        ("http://1.2.3.4.5/", "bad_host"),
        ("http://08.0.0.1/", "bad_host"),
        ("http://[::1/", "bad_host"),
        ("http://[::1]a/", "bad_host"),
        ("http://[127.0.0.1]/", "bad_host"),
        ("http://[a.example]/", "bad_host"),
        ("http://::1/", "bad_host"),
        ("http://[fe80::1%25eth0]/", "bad_host"),
        ("http://[::1%25lo]/", "bad_host"),
        ("http://[fe80::1%eth0]/", "bad_host"),
        ("http://a.example:80:80/", "bad_host"),
        ("http://a.example:x/", "bad_host"),
        ("http://a.example:-1/", "bad_host"),
        ("http://a.example:65536/", "bad_host"),
        ("http://a.example:000080/", "bad_host"),
        ("http://user@127.0.0.1/", "userinfo"),
        ("http://user:password@a.example/", "userinfo"),
        ("http://a.example@127.0.0.1:80/", "userinfo"),
        ("http://a.example:0/", "bad_port"),
        ("http://a.example:22/", "bad_port"),
        ("http://a.example:25/", "bad_port"),
        ("https://a.example:6379/", "bad_port"),
        ("http://[::1]:11211/", "bad_port"),
    ],
)
def test_what_can_be_read_in_two_ways_is_not_read(url: str, code: str) -> None:
    assert refusal(url) == code


def test_the_common_ports_are_open() -> None:
    assert BAD_PORTS.isdisjoint({80, 443, 3000, 4010, 5000, 8000, 8080, 8443, 9000})


def test_a_refusal_shows_nothing_of_the_path_or_of_a_user() -> None:
    for url in ("http://me:canary@a.example/canary", "http://a.example:22/canary?canary", "ftp://a/canary", "canary"):
        with pytest.raises(Blocked) as caught:
            request_to(url)
        assert "canary" not in f"{caught.value!s}{caught.value!r}"


@given(st.text() | st.text(alphabet="/?#@:[]\\%.0123456789xaf\r\n\u00e9").map(lambda text: f"http://{text}"))
@example("http://a/\ud800")
@example("http://\ud800/")
def test_any_text_is_an_address_or_is_refused(url: str) -> None:
    if not refusal(url):
        target = target_of(request_to(url))
        assert f"{target.authority}{target.path}".isascii()
        assert not any(sign in f"{target.authority}{target.path}" for sign in "\r\n #\x00")


# what goes over the wire beside the address


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-A", "1\r\nX-B: 2"),
        ("X-A", "1\n"),
        ("X-A", "\x00"),
        ("X-A", "\u20ac"),
        ("X-A", " 1"),
        ("X-A", "1\t"),
        ("X A", "1"),
        ("X-A:", "1"),
        ("", "1"),
        ("X-\u00e9", "1"),
        ("Host", "b.example"),
        ("content-LENGTH", "5"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "keep-alive"),
        ("Accept-Encoding", "gzip"),
    ],
)
def test_a_header_that_would_change_the_request_is_refused(name: str, value: str) -> None:
    with pytest.raises(Blocked) as caught:
        request_to("http://a.example/", headers=((name, value),))
    assert caught.value.code == "bad_header"


def test_headers_are_not_too_many() -> None:
    assert len(request_to("http://a.example/", headers=(("X-A", "1"),) * 100).headers) == 100
    with pytest.raises(Blocked, match="more than 100 headers"):
        request_to("http://a.example/", headers=(("X-A", "1"),) * 101)


@pytest.mark.parametrize("method", ["", "POST /x HTTP/1.1\r\nX:", "P\u00d6ST", "CONNECT", "trace"])
def test_a_method_is_a_word(method: str) -> None:
    with pytest.raises(Blocked) as caught:
        request_to("http://a.example/", method=method)
    assert caught.value.code == "bad_method"


@pytest.mark.parametrize(
    "request_",
    [
        Request("POST", "/", origin=""),
        Request("POST", "/", origin="http://a.example/b"),
        Request("POST", "/", origin="http://a.example?b"),
        Request("POST", "/", origin="http://a.example#b"),
        Request("POST", "@b.example/", origin="http://a.example"),
        Request("POST", "/#b", origin="http://a.example"),
        Request("POST", "/", "#b", origin="http://a.example"),
        Request("POST", "/\r\nX: 1", origin="http://a.example"),
    ],
)
def test_a_request_made_by_hand_is_held_to_the_same(request_: Request) -> None:
    with pytest.raises(Blocked) as caught:
        target_of(request_)
    assert caught.value.code == "bad_url"


def test_an_empty_path_is_the_root() -> None:
    assert target_of(Request("POST", "", "x=1", origin="http://a.example")).path == "/?x=1"
