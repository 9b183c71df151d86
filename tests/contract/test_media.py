"""Media types, and the values of bodies."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.contract import media
from tests.contract.builders import SECRET

PARTED = 'multipart/form-data; boundary="x"'


def part(name: str, value: str) -> str:
    return f'--x\r\nContent-Disposition: form-data; name="{name}"; filename="; name=b"\r\n\r\n{value}\r\n'


PARTS = part("a", "1") + part("é", "x\r\ny") + part("a", "") + "--x--\r\n"


@pytest.mark.parametrize(
    ("content_type", "essence"),
    [("Application/JSON; charset=utf-8", "application/json"), ("text/plain", "text/plain"), ("", "")],
)
def test_the_essence_has_no_parameters(content_type: str, essence: str) -> None:
    assert media.essence(content_type) == essence


@pytest.mark.parametrize(
    ("media_type", "json"),
    [("application/json", True), ("application/problem+json", True), ("text/json5", False), ("text/plain", False)],
)
def test_json_is_known_by_name_or_suffix(media_type: str, json: bool) -> None:
    assert media.is_json(media_type) is json


@pytest.mark.parametrize(
    ("content_type", "offered", "best"),
    [
        ("application/json", ["*/*", "application/*", "application/json"], "application/json"),
        ("APPLICATION/JSON; charset=utf-8", ["application/json"], "application/json"),
        ("application/json", ["Application/JSON; charset=utf-8"], "Application/JSON; charset=utf-8"),
        ("application/xml", ["*/*", "application/*", "application/json"], "application/*"),
        ("text/xml", ["*/*", "application/*"], "*/*"),
        ("text/xml", ["application/*", "text/plain"], None),
        ("", ["application/json"], None),
        ("", ["*/*"], "*/*"),
    ],
)
def test_the_closest_range_is_chosen(content_type: str, offered: list[str], best: str | None) -> None:
    assert media.best(offered, content_type) == best


@pytest.mark.parametrize(
    ("content_type", "body", "value"),
    [
        ("application/json", b'{"a": [1, null]}', {"a": [1, None]}),
        ("application/vnd.x+json; charset=utf-8", b"3", 3),
        ("application/x-www-form-urlencoded", b"a=1&b=x+y&a=%32&c=", {"a": ["1", "2"], "b": ["x y"], "c": [""]}),
        (PARTED, PARTS.encode(), {"a": ["1", ""], "é": ["x\r\ny"]}),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition:form-data; name=a\r\n\r\n1\r\n--x--",
            {"a": ["1"]},
        ),
        (PARTED, b"--x--", {}),
        ("text/plain", "é".encode(), "é"),
        ("text/plain; Charset=ISO-8859-1", b"\xe9", "é"),
        ('text/csv; header=present; charset="utf-8"', b"a", "a"),
        ("image/png", b"\x89PNG", media.OPAQUE),
        ("", b"{}", media.OPAQUE),
    ],
)
def test_a_body_is_decoded_by_its_media_type(content_type: str, body: bytes, value: Any) -> None:
    assert media.decode(body, content_type) == value


@pytest.mark.parametrize(
    ("content_type", "body", "why"),
    [
        ("application/json", f'{{"a": {SECRET}}}', "not JSON"),
        ("application/json", f'{{"a": "{SECRET}"', "not JSON"),
        ("application/json", "", "not JSON"),
        ("application/json", "\xff", "not JSON"),
        ("application/x-www-form-urlencoded", "\xff", "not UTF-8 at byte 0"),
        ("text/plain", f"{SECRET}\xff", "not UTF-8 at byte 15"),
        ("text/plain; charset=us-ascii", "\xff", "not US-ASCII at byte 0"),
        (f"text/plain; charset={SECRET}", "a", "in a charset that is not one of utf-8, "),
        ("text/plain; charset=rot13", "a", "in a charset"),
        ("multipart/form-data", part("a", SECRET), "names no boundary"),
        ("multipart/form-data; boundary=\xe9", part("a", SECRET), "names no boundary"),
        (PARTED, "", "does not close it"),
        (PARTED, part("a", SECRET), "does not close it"),
        (PARTED, f"--x\r\n\r\n{SECRET}\r\n--x--", "a part has no name"),
        (PARTED, f"--x\r\n{SECRET}\r\n--x--", "a part has no name"),
    ],
)
def test_a_body_that_is_not_what_it_says_is_refused_without_repeating_it(
    content_type: str, body: str, why: str
) -> None:
    with pytest.raises(media.Undecodable) as caught:
        media.decode(body.encode("latin-1"), content_type)
    assert why in str(caught.value)
    assert SECRET not in str(caught.value)


@given(
    st.lists(st.sampled_from([b"--x", b"--", b"\r\n", b"name=", b'"', b";", b"content-disposition:", b"\xff", b"a"]))
)
def test_any_bytes_are_parts_or_a_refusal(pieces: list[bytes]) -> None:
    try:
        value = media.decode(b"".join(pieces), PARTED)
    except media.Undecodable:
        return
    assert isinstance(value, dict)
