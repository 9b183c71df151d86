"""What is kept of a message that passes by, for the judge: what can be judged, as far as there is room.

Knows bounds and headers. Does not know who passes what.
"""

from __future__ import annotations

from collections.abc import Iterable

from lumakit.check.packing import hidden
from lumakit.contract import media
from lumakit.model import Headers

MAX_BYTES = 64 * 1024 * 1024  # of one body
MAX_OPAQUE = 64 * 1024  # of a body that nobody judges: enough to tell what it is
MAX_ALL = 256 * 1024 * 1024  # of all that pass by at one time
_HOP_BY_HOP = frozenset(
    "connection expect keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer "
    "transfer-encoding upgrade".split()
)


class Room:
    """How much may be kept at one time, by all."""

    def __init__(self, most: int = MAX_ALL) -> None:
        self._left = most

    def take(self, size: int) -> bool:
        """Take some room, where there is as much."""
        if size > self._left:
            return False
        self._left -= size
        return True

    def give(self, size: int) -> None:
        """Give room back."""
        self._left += size


class Capture:
    """A body as it passes."""

    def __init__(self, room: Room, headers: Headers) -> None:
        self.size: int = 0
        self._room = room
        self._most = MAX_BYTES if is_judged(headers) else MAX_OPAQUE
        self._pieces: list[bytes] = []
        self._kept = 0
        self._whole = True

    def add(self, piece: bytes) -> None:
        """One piece more."""
        self.size += len(piece)
        if self._whole and self._kept + len(piece) <= self._most and self._room.take(len(piece)):
            self._pieces.append(piece)
            self._kept += len(piece)
        else:
            self._whole = False

    def taken(self) -> bytes:
        """The body, or what says that it was not kept; the room it took is free again."""
        body = b"".join(self._pieces) if self._whole else hidden(self.size)
        self._room.give(self._kept)
        self._pieces, self._kept = [], 0
        return body


def end_to_end(headers: Iterable[tuple[str, str]]) -> Headers:
    """The headers that are for the other end, without those that are for the next hop only."""
    listed = tuple(headers)
    named = {
        word.strip().lower() for name, value in listed if name.lower() == "connection" for word in value.split(",")
    }
    return tuple(each for each in listed if each[0].lower() not in _HOP_BY_HOP | named)


def is_judged(headers: Headers) -> bool:
    """True for a body that a schema may be for."""
    kind = media.essence(next((value for name, value in headers if name.lower() == "content-type"), ""))
    return not kind or media.is_json(kind) or media.is_text(kind) or kind in (media.FORM, media.MULTIPART)
