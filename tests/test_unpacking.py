"""Packed bodies come out as they went in, however they are cut; and never much at once."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.unpacking import MAX_PIECE, CannotUnpack, Unpacker, unpacker


def bare(body: bytes) -> bytes:
    """Deflate without its head."""
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflate.compress(body) + deflate.flush()


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    " GZIP , identity": gzip.compress,
}


def made(encoding: str) -> Unpacker:
    unpacks = unpacker(encoding)
    assert unpacks is not None
    return unpacks


def whole(encoding: str, packed: bytes, step: int) -> bytes:
    unpacks = made(encoding)
    out = [piece for at in range(0, len(packed), step) for piece in unpacks.unpack(packed[at : at + step])]
    unpacks.end()
    assert all(0 < len(piece) <= MAX_PIECE for piece in out)
    return b"".join(out)


@pytest.mark.parametrize("encoding", PACKED)
@given(body=st.binary(max_size=300), step=st.integers(1, 400), times=st.sampled_from([1, 3000]))
def test_a_body_comes_out_as_it_went_in(encoding: str, body: bytes, step: int, times: int) -> None:
    assert whole(encoding, PACKED[encoding](body * times), step) == body * times


@given(body=st.binary(min_size=1, max_size=300))
def test_deflate_is_understood_without_its_head(body: bytes) -> None:
    assert whole("deflate", bare(body), 10_000) == body


def test_a_gzip_of_several_members_is_one_body() -> None:
    assert whole("gzip", gzip.compress(b"a" * 100) + gzip.compress(b"b" * 100), 7) == b"a" * 100 + b"b" * 100


@pytest.mark.parametrize("encoding", ["", "identity", "Identity, identity", " , "])
def test_what_is_not_packed_needs_nothing(encoding: str) -> None:
    assert unpacker(encoding) is None


@pytest.mark.parametrize("encoding", ["gzip, gzip", "gzip, deflate", "br", "zstd", "compress", "x" * 1000])
def test_what_was_not_asked_for_is_refused(encoding: str) -> None:
    with pytest.raises(CannotUnpack):
        unpacker(encoding)


@pytest.mark.parametrize(
    "packed", [b"no gzip at all", gzip.compress(b"whole", mtime=0)[:-3], gzip.compress(b"a" * 99, mtime=0)[:12]]
)
def test_what_is_broken_or_ends_too_early_is_said(packed: bytes) -> None:
    with pytest.raises(CannotUnpack):
        whole("gzip", packed, 5)


def test_a_bomb_goes_off_slowly() -> None:
    unpacks, longest, total = made("gzip"), 0, 0
    for piece in unpacks.unpack(gzip.compress(b"0" * 2**24)):
        longest, total = max(longest, len(piece)), total + len(piece)
    assert (longest, total) == (MAX_PIECE, 2**24)
