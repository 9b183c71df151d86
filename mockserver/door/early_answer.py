"""Answering while the request still arrives: the line must not be cut before the client has read why.

Knows a transport. Does not know HTTP, nor what is answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class EarlyAnswer(asyncio.Transport):
    """Writes to the wire; to close it becomes to hang up gently, for as long as the client is still sending."""

    def __init__(self, wire: asyncio.Transport, sending: Callable[[], bool], hang_up: Callable[[], None]) -> None:
        super().__init__()
        self._wire = wire
        self._sending = sending
        self._hang_up = hang_up

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write to the wire."""
        self._wire.write(data)

    def is_closing(self) -> bool:
        """Whether the wire is."""
        return self._wire.is_closing()

    def close(self) -> None:
        """Close the wire, gently if need be."""
        if self._sending():
            self._hang_up()
        else:
            self._wire.close()
