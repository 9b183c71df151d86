"""What is answered when there is no provider to speak: a small problem+json that says why in plain words.

Knows RFC 9457 and the `Mock-Reason` header. Judges nothing, and knows no contract.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus

from lumakit import strictjson
from lumakit.model import Response

_REGISTERED = frozenset(HTTPStatus)
MAX_REASON = 1000  # a header line has an end


class Refusal(Exception):
    """A request, or a connection, that is turned away: with which status, and why (in ASCII, for a header)."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason

    def on_the_wire(self, dated: Iterable[tuple[bytes, bytes]]) -> bytes:
        """The whole answer, after which the connection closes; `dated` are the headers every answer has."""
        said = problem(self.status, self.reason)
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}".encode()]
        lines += [name + b": " + value for name, value in dated]
        lines += [f"{name}: {value}".encode() for name, value in said.headers]
        lines += [b"content-length: %d" % len(said.body), b"connection: close", b"", said.body]
        return b"\r\n".join(lines)


def problem(
    status: int, reason: str, title: str = "", validation: Sequence[Mapping[str, str]] = (), code: str = ""
) -> Response:
    """A problem of our own; its reason stands in the body and in a header, a code is for machines."""
    body = {"type": "about:blank", "title": title or _phrase(status), "status": status, "detail": reason}
    more = {"code": code, "validation": validation}
    told = {**body, **{name: value for name, value in more.items() if value}}
    headers = (("Content-Type", "application/problem+json"), ("Mock-Reason", header_text(reason)))
    return Response(status, headers, strictjson.dumps(told))


def _phrase(status: int) -> str:
    """What a status is called; some are used everywhere and registered nowhere."""
    return HTTPStatus(status).phrase if status in _REGISTERED else f"Status {status}"


def header_text(text: str) -> str:
    """A text that may stand in a header: one line of printable ASCII, not too long."""
    if len(text) <= MAX_REASON and text.isascii() and text.isprintable():  # nearly every one
        return text
    plain_text = text.encode("ascii", "backslashreplace").decode()
    line = "".join(letter if letter.isprintable() else " " for letter in plain_text)
    return line if len(line) <= MAX_REASON else f"{line[:MAX_REASON]}..."


def whole_seconds(wait_s: float) -> str:
    """How long to wait, as a header says it: whole seconds, at least one, and never too few."""
    return str(max(1, math.ceil(wait_s)))
