"""What is kept of a body that passes: all of it, or a word that it was not; and never more than there is room for."""

from __future__ import annotations

import pytest

from lumakit.check.capture import MAX_OPAQUE, Capture, Room, end_to_end

JSON = (("Content-Type", "application/json; charset=utf-8"),)


def test_a_body_is_kept_as_it_came() -> None:
    kept = Capture(Room(), JSON)
    kept.add(b"a")
    kept.add(b"b")
    assert (kept.size, kept.taken()) == (2, b"ab")


def test_room_is_shared_and_given_back() -> None:
    room = Room(4)
    first, second, third = (Capture(room, JSON) for _ in range(3))
    first.add(b"abc")
    second.add(b"def")
    assert second.taken() == b"<hidden: 3 bytes that could not be read>"
    assert first.taken() == b"abc"
    third.add(b"ghi")
    assert third.taken() == b"ghi"


@pytest.mark.parametrize(
    ("headers", "kept"),
    [((("Content-Type", "video/mp4"),), False), (JSON, True), ((), True), ((("content-type", "text/x"),), True)],
)
def test_what_nobody_judges_is_kept_only_where_it_is_short(headers: tuple[tuple[str, str], ...], kept: bool) -> None:
    body = Capture(Room(), headers)
    body.add(bytes(MAX_OPAQUE + 1))
    assert body.taken().startswith(b"\0") is kept


def test_headers_for_the_next_hop_are_those_that_are_named_too() -> None:
    told = (("Connection", "X-Hop, close"), ("x-hop", "1"), ("X-End", "2"), ("Keep-Alive", "3"), ("X-End", "4"))
    assert end_to_end(told) == (("X-End", "2"), ("X-End", "4"))
