"""The phase `free`: what cannot cost, whatever the page gets wrong.

No key, a wrong key, an id that nobody has given, a path and a method that are not documented. A submit is never asked
with a valid key.
"""

from __future__ import annotations

from collections.abc import Iterator

from lumakit.check.phases.phase import Choices, Step, listed
from lumakit.check.requests import Maker, Unmakeable
from lumakit.check.traffic import WRONG_KEY
from lumakit.contract.operation import Operation
from lumakit.model import Request

_NOWHERE = "/lumakit-asks-for-nothing"


def _steps(maker: Maker, choices: Choices) -> Iterator[Step | str]:
    for operation in maker.contract.operations.values():
        try:
            request = maker.request(operation)
        except Unmakeable as error:
            yield str(error)
            continue
        if _secured(operation):
            yield Step(operation.key, request, keyed=False, owner="")
            yield Step(operation.key, request, key=choices.wrong_key, owner=WRONG_KEY)
        if maker.looks(operation) and maker.id_place(operation):
            yield Step(operation.key, request)
    yield from _strange(maker)


def _secured(operation: Operation) -> bool:
    alternatives = operation.security.alternatives
    return bool(alternatives) and () not in alternatives


def _strange(maker: Maker) -> Iterator[Step]:
    """A path that is not documented, and on each documented one a method that is not: without a key where it may do
    something."""
    yield Step(f"GET {_NOWHERE}", Request("GET", maker.base + _NOWHERE, origin=maker.origin))
    asked: set[str] = set()
    for operation in maker.contract.operations.values():
        if operation.path in asked:
            continue
        asked.add(operation.path)
        allowed = {each.method for each in maker.contract.operations.values() if each.path == operation.path}
        method = next((each for each in ("GET", "PUT", "PATCH", "POST", "DELETE") if each not in allowed), "")
        if not method:
            continue
        try:
            path = maker.request(operation).path
        except Unmakeable:
            continue
        yield Step(f"{method} {operation.path}", Request(method, path, origin=maker.origin), keyed=False, owner="")


FREE = listed("free", "no key, a wrong key, an unknown id, path and method", costs=False, steps=_steps)
