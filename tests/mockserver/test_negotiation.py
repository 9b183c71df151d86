"""Which media type a client gets, by RFC 9110."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.negotiation import choose, concrete

JSON, XML, PROBLEM = "application/json", "application/xml", "application/problem+json"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
OLD_JAVA = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"


@pytest.mark.parametrize(
    ("offered", "accept", "chosen"),
    [
        ((JSON, XML), None, JSON),
        ((JSON, XML), "*/*", JSON),
        ((JSON, XML), XML, XML),
        ((JSON, XML), "application/*", JSON),
        ((JSON, XML), "application/*;q=0.5, application/xml", XML),
        ((JSON, XML), "application/xml;q=0.5, application/json;q=0.4", XML),
        ((JSON, XML), "application/json;q=0, */*", XML),
        ((JSON, XML), BROWSER, XML),
        ((JSON,), BROWSER, JSON),
        ((JSON,), OLD_JAVA, JSON),
        ((JSON, XML), "application/json;q=1.000 , application/xml;q=1", JSON),
        ((JSON, PROBLEM), PROBLEM, PROBLEM),
        ((JSON,), "APPLICATION/Json", JSON),
        ((JSON,), "application/json; charset=UTF-8", JSON),
        (("application/json; charset=utf-8",), JSON, "application/json; charset=utf-8"),
        (("a/b;v=1", "a/b;v=2"), "a/b;v=2", "a/b;v=2"),
        (("a/b;v=1", "a/b;v=2"), "a/b, a/b;v=1;q=0.5", "a/b;v=2"),
        (("a/b;v=1",), 'a/b; V="1"', "a/b;v=1"),
        (('a/b;v="x\\"y"',), 'a/b;v="x\\"y"', 'a/b;v="x\\"y"'),
        ((JSON, XML), "application/json;q=0.2;ext=1, application/xml;q=0.1", JSON),
        (("*/*",), "image/png", "*/*"),
        (("image/*",), "image/png;q=0.1", "image/*"),
        ((JSON, "image/*"), "image/png", "image/*"),
    ],
)
def test_what_is_wanted_most_is_chosen(offered: tuple[str, ...], accept: str | None, chosen: str) -> None:
    assert choose(offered, accept) == chosen


@pytest.mark.parametrize(
    ("offered", "accept"),
    [
        ((), None),
        ((), "*/*"),
        ((), JSON),
        ((JSON,), "text/html"),
        ((JSON,), "application/json;q=0"),
        ((JSON,), "application/json;q=0.000, */*;q=0."),
        ((JSON,), "text/*"),
        ((JSON,), 'application/json;profile="x, */*"'),
        ((JSON,), 'text/plain;a="application/json, */*"'),
        (("application/json; charset=latin-1",), "application/json; charset=utf-8"),
        (("image/*",), "text/*"),
        (("nonsense",), JSON),
    ],
)
def test_nothing_is_chosen_where_nothing_is_acceptable(offered: tuple[str, ...], accept: str | None) -> None:
    assert choose(offered, accept) is None


@pytest.mark.parametrize(
    "accept", ["", " ", ",,", "json", "*/json", "a/b/c", "application/xml;q=2", "text/html;q=high", "a/b;="]
)
def test_a_malformed_header_accepts_everything(accept: str) -> None:
    assert choose((JSON, XML), accept) == JSON


@pytest.mark.parametrize(
    ("chosen", "accept", "sent"),
    [
        (JSON, "image/png", JSON),
        ("image/*", "text/html, image/webp;q=0.2, image/gif;q=0.3", "image/gif"),
        ("image/*", "image/webp;q=0", "image/jpeg"),
        ("image/*", "image/*", "image/jpeg"),
        ("*/*", None, "image/jpeg"),
        ("nonsense", None, "nonsense"),
    ],
)
def test_a_range_is_made_a_type_that_can_be_sent(chosen: str, accept: str | None, sent: str) -> None:
    assert concrete(chosen, accept, "image/jpeg") == sent


@pytest.mark.parametrize(
    "accept", ['"' * 50_000, 'a/b;x="' * 10_000, "," * 50_000, 'a/b;x="\\' * 10_000, "a/b;" * 20_000]
)
def test_a_huge_header_is_read_quickly(accept: str) -> None:
    began = time.process_time()
    assert choose((JSON, XML), accept) in (JSON, None)
    assert time.process_time() - began < 2


@given(st.lists(st.sampled_from([JSON, XML, "text/*", "*/*"]), unique=True), st.text('aj/*;q=01.,"\\ ', max_size=30))
def test_what_is_chosen_was_offered(offered: list[str], accept: str) -> None:
    assert choose(offered, accept) in (*offered, None)
