"""Which film is chosen, how a task's files are called, and what HTTP gets of them."""

from __future__ import annotations

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.model import Request, Response
from mockserver import media

FOLDER = files("mockserver") / "films"
FILMS = media.films()
FILM = media.choose()
BODY = (FOLDER / FILM.video.name).read_bytes()
SIZE = len(BODY)


def get(*headers: tuple[str, str], method: str = "GET", query: str = "", kind: str = "video") -> Response:
    return media.serve(FILM, kind, Request(method, "/video.mp4", query=query, headers=headers))


ETAG = get().header("etag") or ""


# The choice


@pytest.mark.parametrize(
    ("resolution", "duration", "aspect_ratio", "expected"),
    [
        (None, None, None, (1280, 720, 5)),
        ("1080p", "9s", "9:16", (1080, 1920, 9)),
        (720, 5, "16/9", (1280, 720, 5)),
        ("540P", "9", "1:1", (540, 540, 9)),
        ("1080", "5.0", "4:3", (1440, 1080, 5)),
        ("4k", 9.0, "16x9", (1920, 1080, 9)),
        ("8K", "9 seconds", "3:4", (1080, 1440, 9)),
        ("hd", 10**400, " 21 : 9 ", (1680, 720, 9)),
        ("FHD", float("inf"), "9\uff1a21", (1080, 2520, 9)),
        (" 720p ", 6.9, "3:2", (960, 720, 5)),
        ("720.0", 7.1, "2:3", (720, 960, 9)),
        ("1280x720", -3, None, (1280, 720, 5)),
        ("1080*1920", 5, None, (1080, 1920, 5)),
        ("1080*1920", 5, "1:1", (1080, 1080, 5)),
        (None, 5, "1920x1080", (1920, 1080, 5)),
        (None, 5, "portrait", (720, 1280, 5)),
        (None, 5, 1.0, (720, 720, 5)),
        (None, 5, "1.16:1", (960, 720, 5)),  # in proportion nearer to 4:3 than to 1:1
        (1, 0, "1000:1", (1260, 540, 5)),
        ("720p", 5, "9999999999:1", (1280, 720, 5)),
    ],
)
def test_what_was_asked_for_decides(
    resolution: object, duration: object, aspect_ratio: object, expected: tuple[int, int, int]
) -> None:
    film = media.choose(resolution, duration, aspect_ratio)
    assert (film.width, film.height, film.duration_s) == expected


@pytest.mark.parametrize(
    "said", ["", "nonsense", "16:0", "0:9", "p", "-5", "5 m", True, b"1080p", [], {}, float("nan")]
)
def test_nonsense_counts_as_not_said(said: object) -> None:
    assert media.choose(said, said, said) == media.choose()


# Built of the words the spellings are made of, so that near misses come up.
SPELLINGS = st.lists(
    st.sampled_from(["0", "9", "16", "1080", "p", "k", "s", ":", "x", "/", "*", ".", " ", "-", "\ud800"])
)
ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.lists(st.integers()), st.decimals()
)


@given(st.tuples(*[ANYTHING | SPELLINGS.map("".join)] * 3))
def test_the_choice_never_fails(said: tuple[object, object, object]) -> None:
    assert media.choose(*said) in FILMS


# The names


@pytest.mark.parametrize(
    ("kind", "number", "expected"),
    [
        ("video", 1, "video.mp4"),
        ("video", 2, "video-2.mp4"),
        ("video", 9, "video-9.mp4"),
        ("thumbnail", 1, "thumbnail.jpg"),
        ("last_frame", 4, "last_frame-4.jpg"),
    ],
)
def test_a_name_is_read_back_as_its_kind(kind: str, number: int, expected: str) -> None:
    assert media.name(kind, number) == expected
    assert media.kind_of(expected) == kind


def test_video_1_is_another_name_of_the_first() -> None:
    assert media.kind_of("video-1.mp4") == "video"


@pytest.mark.parametrize(
    "name",
    [
        *("", "video", "video.jpg", "thumbnail.mp4", "video-0.mp4", "video-10.mp4", "video-\u0663.mp4"),
        *("VIDEO.mp4", "video.mp4\n", "../video.mp4", "films.json", "audio.mp4"),
    ],
)
def test_other_names_mean_nothing(name: str) -> None:
    assert media.kind_of(name) is None


@pytest.mark.parametrize(("kind", "number"), [("audio", 1), ("video", 0), ("video", 10)])
def test_there_is_no_name_for_what_no_task_has(kind: str, number: int) -> None:
    with pytest.raises(ValueError, match="a task has no file"):
        media.name(kind, number)


# Whole files


@pytest.mark.parametrize("kind", media.KINDS)
def test_a_file_is_given_whole(kind: str) -> None:
    answer = get(kind=kind)
    assert (answer.status, answer.body) == (200, (FOLDER / FILM.file(kind).name).read_bytes())
    assert answer.header("content-type") == ("video/mp4" if kind == "video" else "image/jpeg")
    assert answer.header("content-length") == str(len(answer.body))
    assert answer.header("accept-ranges") == "bytes"
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("cache-control") == "no-cache"
    assert answer.header("content-disposition") is None


def test_every_file_has_an_etag_of_its_own() -> None:
    every = {film.file(kind): media.serve(film, kind, Request("HEAD", "/")) for film in FILMS for kind in media.KINDS}
    etags = {answer.header("etag") or "" for answer in every.values()}
    assert len(etags) == len(every)
    assert all(etag.startswith('"') and etag.endswith('"') for etag in etags)


HEADERS = st.sampled_from([("Range", "bytes=0-9"), ("If-None-Match", ETAG), ("If-Match", '"x"'), ("If-Range", ETAG)])


@given(st.lists(HEADERS))
def test_head_says_what_get_says_without_range_and_gives_nothing(headers: list[tuple[str, str]]) -> None:
    head, whole = get(*headers, method="HEAD"), get(*(each for each in headers if each[0] != "Range"))
    assert (head.status, head.headers, head.body) == (whole.status, whole.headers, b"")


def test_an_address_for_keeping_the_file_says_so() -> None:
    answer = media.serve(FILM, "video", Request("GET", "/", query="a=1&download=1"), filename="task 7.mp4")
    assert answer.header("content-disposition") == 'attachment; filename="task 7.mp4"'
    assert answer.body == BODY


@pytest.mark.parametrize("query", ["", "download=0", "download", "xdownload=1", "download=11"])
def test_other_addresses_show_it(query: str) -> None:
    assert get(query=query).header("content-disposition") is None


def test_a_file_without_a_name_is_kept_under_the_name_of_its_kind() -> None:
    assert get(query="download=1").header("content-disposition") == 'attachment; filename="video.mp4"'


@given(st.text())
def test_no_name_breaks_out_of_the_header(filename: str) -> None:
    answer = media.serve(FILM, "video", Request("GET", "/", query="download=1"), filename=filename)
    kept = (answer.header("content-disposition") or "").removeprefix('attachment; filename="').removesuffix('"')
    assert kept
    assert kept.isascii()
    assert not set(kept) & set('"\\/\r\n\0;%')


# Parts of files, and no file


def test_a_part_says_where_it_belongs() -> None:
    answer = get(("Range", "bytes=10-19"))
    assert (answer.status, answer.body) == (206, BODY[10:20])
    assert answer.header("content-range") == f"bytes 10-19/{SIZE}"
    assert answer.header("content-length") == "10"
    assert answer.header("etag") == ETAG


def test_a_part_beyond_the_end_is_refused_with_the_length() -> None:
    answer = get(("Range", f"bytes={SIZE}-"))
    assert (answer.status, answer.header("content-range")) == (416, f"bytes */{SIZE}")
    assert f"The file has {SIZE} bytes".encode() in answer.body
    assert answer.header("content-length") == str(len(answer.body))


def test_a_client_that_has_the_file_is_told_so() -> None:
    answer = get(("If-None-Match", ETAG), ("Range", "bytes=0-1"))
    assert (answer.status, answer.body, answer.header("etag")) == (304, b"", ETAG)
    assert answer.header("content-length") is None


def test_a_client_that_wants_another_version_is_refused() -> None:
    answer = get(("If-Match", '"another"'), ("Range", "bytes=0-1"))
    assert (answer.status, answer.header("content-range")) == (412, None)
    assert b"If-Match" in answer.body


def test_a_refusal_of_a_head_has_no_body() -> None:
    answer = get(("If-Match", '"another"'), method="HEAD")
    assert (answer.status, answer.body) == (412, b"")


def test_parts_of_one_version_make_the_file() -> None:
    parts = [get(("Range", f"bytes={at}-{at + 999}"), ("If-Range", ETAG)) for at in range(0, SIZE, 1000)]
    assert {part.status for part in parts} == {206}
    assert b"".join(part.body for part in parts) == BODY
