"""What every answer of the control plane looks like: JSON, and the headers that keep browsers strict.

Knows headers. Does not know what is answered.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lumakit import strictjson
from lumakit.model import Headers, Response

NOTHING_LOADS = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_STRICT: Headers = (
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
)
_USUAL: Headers = (("Content-Security-Policy", NOTHING_LOADS), ("Cache-Control", "no-store"))


def reply(value: Any, status: int = 200, headers: Headers = ()) -> Response:
    """A value as JSON."""
    return Response(status, (("Content-Type", "application/json"), *headers), strictjson.dumps(value))


def strict(headers: Headers) -> Headers:
    """Headers with those that every answer has; what is said already stays."""
    return (*headers, *_missing(headers, _USUAL), *_STRICT)


def _missing(headers: Headers, usual: Headers) -> Iterable[tuple[str, str]]:
    said = {name.lower() for name, _ in headers}
    return (each for each in usual if each[0].lower() not in said)
