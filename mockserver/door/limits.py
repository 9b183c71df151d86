"""How much a client may ask of the door: sizes, counts and deadlines, in one place.

Only figures. Does not know who enforces them.
"""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection and one request may cost; past a limit the client is told so and the connection closes."""

    header_bytes: int = 32 * KIB
    header_fields: int = 100
    uri_bytes: int = 8 * KIB
    body_bytes: int = 10 * KIB * KIB
    connections: int = 12_000
    head_s: float = 10.0  # from its first byte until the head of a request is complete
    body_s: float = 30.0  # from then until its body is
    keep_alive_s: float = 5.0
    write_s: float = 30.0  # until a client has read what was sent
    linger_s: float = 1.0  # how long a refused client is listened to, so that it reads why before the line goes dead
    stop_s: float = 8.0  # how long a stopping server waits for the answers that are under way
