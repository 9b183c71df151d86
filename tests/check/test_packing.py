"""Packed bodies: unpacked within bounds, and never judged where that cannot be."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.check import packing
from lumakit.check.hiding import redactor, response
from lumakit.check.packing import is_hidden, is_unread, unpacked
from lumakit.model import Headers, Response
from tests.check.play import clips

BODY = b'{"status": "finished"}'
GZIPPED = gzip.compress(BODY, mtime=0)  # the time would make each process name its tests otherwise


def opened(body: bytes, coding: str) -> Response:
    return unpacked(Response(200, (("X", "y"), ("Content-Encoding", coding)), body))


def bare(body: bytes) -> bytes:
    packing_up = zlib.compressobj(wbits=-15)
    return packing_up.compress(body) + packing_up.flush()


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (GZIPPED, "gzip"),
        (GZIPPED, " X-GZIP"),
        (zlib.compress(BODY), "deflate"),
        (bare(BODY), "deflate"),
        (BODY, "gzip"),
        (BODY, "deflate"),
        (BODY, "br"),
        (BODY, "identity"),
    ],
)
def test_a_body_is_unpacked_or_was_already(body: bytes, coding: str) -> None:
    assert opened(body, coding).body == BODY


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (GZIPPED[:-4], "gzip"),
        (GZIPPED + b"more", "gzip"),
        (b"\x8b\x02", "br"),
        (b"\xff", "deflate"),
    ],
)
def test_what_cannot_be_unpacked_says_so(body: bytes, coding: str) -> None:
    answer = opened(body, coding)
    assert answer.body == f"<hidden: {len(body)} bytes that could not be read>".encode()
    assert answer.headers == (("X", "y"),)


def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(packing.FLOOR_BYTES * 8), 9)
    assert len(bomb) * packing.MAX_RATIO < packing.FLOOR_BYTES * 8
    assert opened(bomb, "gzip").body.startswith(b"<hidden: ")


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "br", "zstd", "gzip, br"]))
def test_no_bytes_are_too_much(body: bytes, coding: str) -> None:
    assert opened(body, coding).header("content-encoding") is None


@pytest.mark.parametrize(
    ("body", "headers", "judged"),
    [
        (b"\x00\xff garbage {", (("Content-Type", "application/json"),), True),
        (b'{"password": "hunter2\xff"', (("Content-Type", "application/problem+json"),), True),
        (b"\x00\x00\x00\x18ftypmp42", (("Content-Type", "video/mp4"),), False),
        (b"\x1f\x8b\x00", (("Content-Type", "application/json"), ("Content-Encoding", "gzip")), False),
        (b'{"pad": "' + b"x" * 300_000 + b'"}', (("Content-Type", "application/json"),), False),
    ],
)
def test_of_a_body_that_is_hidden_it_is_kept_that_it_was_no_json(body: bytes, headers: Headers, judged: bool) -> None:
    shown = response(redactor(clips()), Response(200, headers, body)).body
    assert is_hidden(shown)
    assert is_unread(shown) is not judged
    assert len(shown) < 100
