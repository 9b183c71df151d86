"""Preconditions and ranges by the letter of RFC 9110, and beside them a second, naive reading of the same letter."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lumakit.model import Request
from mockserver.conditions import asked_for

SIZE = 1000
WHOLE = (200, range(SIZE))
UNCHANGED = (304, range(0))
ANOTHER = (412, range(0))
BEYOND = (416, range(0))
PART = ("Range", "bytes=10-19")
TEN = (206, range(10, 20))
ETAG = '"v1"'
MODIFIED = datetime(2020, 6, 1, 12, tzinfo=UTC)
BEFORE, SAME, AFTER = (f"Mon, 01 Jun 2020 {hour}:00:00 GMT" for hour in (11, 12, 13))


def asked(*headers: tuple[str, str], method: str = "GET") -> tuple[int, range]:
    return asked_for(Request(method, "/", headers=headers), ETAG, MODIFIED, SIZE)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", (206, range(1))),
        ("bytes=0-", (206, range(SIZE))),
        ("bytes=999-", (206, range(999, 1000))),
        ("bytes=990-5000", (206, range(990, 1000))),
        ("bytes=-1", (206, range(999, 1000))),
        ("bytes=-5000", (206, range(SIZE))),
        ("BYTES=10-19", TEN),
        (" bytes=10-19\t", TEN),
        ("bytes=, ,10-19 ,", TEN),
        ("bytes=010-0019", TEN),
        ("bytes=1000-", BEYOND),
        ("bytes=1000-1000", BEYOND),
        (f"bytes={'9' * 100}-", BEYOND),
        ("bytes=-0", BEYOND),
        ("bytes=19-10", WHOLE),
        ("bytes=5000-1000", WHOLE),
        ("bytes=0-1,5-6", WHOLE),
        ("bytes=5000-,6000-", WHOLE),
        (f"bytes={'9' * 101}-", WHOLE),
        *((text, WHOLE) for text in ("", "bytes", "bytes=", "bytes=-", "bytes=,", "bytes 0-1", "bytes=a-b", "bytes=0")),
        *(
            (text, WHOLE)
            for text in ("bytes= 0-1", "bytes=0 -1", "bytes=+0-1", "bytes=--1", "lines=0-1", "bytes=\u0660-1")
        ),
    ],
)
def test_a_range_gets_its_bytes_and_what_is_none_gets_all(header: str, expected: tuple[int, range]) -> None:
    assert asked(("Range", header)) == expected


def naive(header: str, size: int) -> tuple[int, list[int]]:
    """The same by asking every byte whether it is meant."""
    unit, _, rest = header.strip(" \t").partition("=")
    pieces = rest.split(",")
    meant = [piece for piece in pieces if piece.strip(" \t")]
    everything = 200, list(range(size))
    if unit.lower() != "bytes" or len(meant) != 1 or (meant == pieces[:1] and meant[0][0] in " \t"):
        return everything
    first, dash, last = meant[0].strip(" \t").partition("-")
    if not dash or not first + last or set(first + last) - set("0123456789") or max(len(first), len(last)) > 100:
        return everything
    if first and last and int(first) > int(last):
        return everything
    start, end = (int(first), int(last or size)) if first else (size - int(last), size)
    kept = [place for place in range(size) if start <= place <= end]
    return (206, kept) if kept else (416, [])


NUMBER = st.one_of(st.just(""), st.integers(0, 30).map(str), st.integers(0, 10**120).map(str))
GAP = st.sampled_from(["", "", " ", "\t", ",", " , ", ",,"])
LIKE_A_RANGE = st.tuples(st.sampled_from(["bytes=", "Bytes="]), GAP, NUMBER, st.just("-"), NUMBER, GAP).map("".join)
LETTERS = st.text("bytes=0123456789-, \t")


@given(LIKE_A_RANGE | LETTERS | LETTERS.map("bytes=".__add__) | st.text(), st.integers(1, 25))
@example("bytes=" + " ," * 50 + " 0-1" + " ," * 50 + "x", 10)
def test_any_range_gets_what_a_naive_reading_gives(header: str, size: int) -> None:
    status, part = asked_for(Request("GET", "/", headers=(("range", header),)), ETAG, MODIFIED, size)
    assert (status, list(part)) == naive(header, size)


def test_head_knows_no_ranges() -> None:
    assert asked(PART, method="HEAD") == WHOLE


def test_two_range_headers_are_none() -> None:
    assert asked(PART, PART) == WHOLE


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (ETAG, TEN),
        (SAME, TEN),
        ("Monday, 01-Jun-20 12:00:00 GMT", TEN),
        ("Mon Jun  1 12:00:00 2020", TEN),
        (f"W/{ETAG}", WHOLE),
        ('"v2"', WHOLE),
        (BEFORE, WHOLE),
        (AFTER, WHOLE),
        ("nonsense", WHOLE),
        ("", WHOLE),
    ],
)
def test_a_part_is_given_of_the_version_the_client_has(version: str, expected: tuple[int, range]) -> None:
    assert asked(PART, ("If-Range", version)) == expected


def test_without_a_range_the_version_does_not_matter() -> None:
    assert asked(("If-Range", '"v2"')) == WHOLE


def test_a_range_beyond_the_end_of_another_version_gets_the_whole_new_one() -> None:
    assert asked(("Range", "bytes=5000-"), ("If-Range", '"v2"')) == WHOLE


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (ETAG, UNCHANGED),
        (f"W/{ETAG}", UNCHANGED),
        (f'"v0", W/"a,b" ,{ETAG}', UNCHANGED),
        (" * ", UNCHANGED),
        ('"v2"', WHOLE),
        ('"*"', WHOLE),
        ("v1", WHOLE),
        ("", WHOLE),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_known_version_is_not_sent_again(tags: str, expected: tuple[int, range], method: str) -> None:
    assert asked(("If-None-Match", tags), method=method) == expected


def test_tags_may_come_in_several_headers() -> None:
    assert asked(("If-None-Match", '"v0"'), ("If-None-Match", ETAG)) == UNCHANGED


@pytest.mark.parametrize(
    ("tags", "expected"),
    [(ETAG, TEN), (f'"v0",{ETAG}', TEN), ("*", TEN), (f"W/{ETAG}", ANOTHER), ('"v2"', ANOTHER), ("", ANOTHER)],
)
def test_another_version_than_wanted_is_refused(tags: str, expected: tuple[int, range]) -> None:
    assert asked(PART, ("If-Match", tags)) == expected


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        (BEFORE, WHOLE),
        (SAME, UNCHANGED),
        (AFTER, UNCHANGED),
        ("nonsense", WHOLE),
        ("1 Jun 2021", WHOLE),
        ("Mon, 32 Jun 2021 12:00:00 GMT", WHOLE),
        ("Mon, 01 Jun 2021 12:00:00 +0000", WHOLE),
    ],
)
def test_a_file_that_has_not_changed_is_not_sent_again(date: str, expected: tuple[int, range]) -> None:
    assert asked(("If-Modified-Since", date)) == expected


@pytest.mark.parametrize(("date", "expected"), [(BEFORE, ANOTHER), (SAME, TEN), (AFTER, TEN), ("nonsense", TEN)])
def test_a_file_that_has_changed_is_refused(date: str, expected: tuple[int, range]) -> None:
    assert asked(PART, ("If-Unmodified-Since", date)) == expected


def test_tags_go_before_dates() -> None:
    assert asked(("If-None-Match", '"v2"'), ("If-Modified-Since", AFTER)) == WHOLE
    assert asked(("If-Match", ETAG), ("If-Unmodified-Since", BEFORE)) == WHOLE


def test_the_wanted_version_goes_before_the_unwanted() -> None:
    assert asked(("If-None-Match", ETAG), ("If-Match", '"v2"')) == ANOTHER
