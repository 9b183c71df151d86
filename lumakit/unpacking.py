"""A packed body is unpacked piece by piece: a few bytes that stand for gigabytes never stand in memory at once.

Knows gzip and deflate, once. Knows no HTTP library and no bound on the whole: whoever takes the pieces counts them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

MAX_PIECE = 64 * 1024
ACCEPTED = "gzip, deflate"
_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
_KNOWN = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _ZLIB}


class CannotUnpack(OSError):
    """It is packed in a way that is not known, or more than once, or is broken."""


def unpacker(encoding: str) -> Unpacker | None:
    """What unpacks a body whose Content-Encoding this is; None where it is not packed."""
    packed = [word for part in encoding.split(",") if (word := part.strip().lower()) not in ("", "identity")]
    if not packed:
        return None
    if len(packed) > 1 or packed[0] not in _KNOWN:
        raise CannotUnpack("packed in a way that was not asked for")
    return Unpacker(_KNOWN[packed[0]])


class Unpacker:
    """Unpacks one body."""

    def __init__(self, bits: int) -> None:
        self._bits = bits
        self._inflate = zlib.decompressobj(bits)
        self._begun = False

    def unpack(self, piece: bytes) -> Iterator[bytes]:
        """What a piece stands for, in pieces that are never long."""
        more = bool(piece)
        while more:
            out = self._some(piece)
            if out:
                yield out
            piece = self._inflate.unconsumed_tail or self._behind()
            more = bool(piece) or len(out) == MAX_PIECE

    def end(self) -> None:
        """No more comes; CannotUnpack where that is too early."""
        if self._begun and not self._inflate.eof:
            raise CannotUnpack("it ends too early")

    def _some(self, piece: bytes) -> bytes:
        try:
            out = self._inflate.decompress(piece, MAX_PIECE)
        except zlib.error:
            if self._begun or self._bits != _ZLIB:
                raise CannotUnpack("it is broken") from None
            self._bits, self._inflate = _RAW, zlib.decompressobj(_RAW)  # deflate without its head, as some send it
            return self._some(piece)
        self._begun = True
        return out

    def _behind(self) -> bytes:
        """What stands behind the end: another member of the same kind, which a gzip may have."""
        rest = self._inflate.unused_data if self._inflate.eof else b""
        if rest:
            self._inflate = zlib.decompressobj(self._bits)
        return rest
