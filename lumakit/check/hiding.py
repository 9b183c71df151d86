"""What hides the secrets of one provider: what its contract says is one, and every key that was told.

Knows contracts and what redaction is given, and what must not be forgotten of a body that is hidden.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lumakit import strictjson
from lumakit.check import packing
from lumakit.contract import media
from lumakit.contract.compile import Contract
from lumakit.model import Response
from lumakit.redaction import Redactor


def redactor(contract: Contract, secrets: Iterable[str] = ()) -> Redactor:
    """A redactor that knows where this contract has its secrets."""
    reading = contract.reading
    hooks = [task.webhook.secret for task in reading.tasks.values() if task.webhook] if reading else []
    pointers = tuple(dict.fromkeys(place.name for place in hooks if place and place.location == "body"))
    schemes = (scheme for each in contract.operations.values() for scheme in each.security.schemes)
    return Redactor(frozenset(scheme.name for scheme in schemes), pointers, frozenset(filter(None, secrets)))


def response(hide: Redactor, answer: Response) -> Response:
    """An answer without its secrets. Where its body is hidden, and was said to be JSON and is none, that is kept."""
    shown = hide.response(answer)
    if not packing.is_hidden(shown.body) or packing.is_hidden(answer.body) or _is_packed(answer):
        return shown
    said = media.is_json(media.essence(answer.header("content-type") or ""))
    return replace(shown, body=packing.spoilt(len(answer.body))) if said and not _is_json(answer.body) else shown


def _is_packed(answer: Response) -> bool:
    return (answer.header("content-encoding") or "identity").strip().lower() != "identity"


def _is_json(body: bytes) -> bool:
    try:
        strictjson.loads(body)
    except strictjson.JsonProblem:
        return False
    return True
