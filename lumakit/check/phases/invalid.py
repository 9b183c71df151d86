"""The phase `invalid`: bodies that the contract does not take, sent with a valid key.

Our idea of invalid may be the page's mistake, so each is reserved against the budget. What is asked is spoiled value by
value; only what the contract itself objects to is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from lumakit import strictjson
from lumakit.check.phases.phase import Choices, Step, listed
from lumakit.check.requests import Maker, Unmakeable
from lumakit.contract import media
from lumakit.contract.operation import Operation
from lumakit.model import Request

MOST = 16  # of one operation
_OTHERS: Mapping[str, tuple[Any, ...]] = {
    "string": (17, {}),
    "integer": ("seventeen", 1.5),
    "number": ("seventeen",),
    "boolean": ("perhaps",),
    "array": ("one",),
    "object": (17,),
}


def _steps(maker: Maker, _choices: Choices) -> Iterator[Step | str]:
    for operation in maker.contract.operations.values():
        if not operation.content:
            continue
        try:
            request = maker.request(operation)
        except Unmakeable as error:
            yield str(error)
            continue
        for spoiled in _spoiled(operation, request):
            yield Step(operation.key, spoiled, maker.cost(operation))


def _spoiled(operation: Operation, request: Request) -> Iterator[Request]:
    """Requests that the contract objects to, each for one reason."""
    left = MOST
    path_values: dict[str, str] = {}
    for spoiled in (*_broken(request), *_by_member(operation, request)):
        found = operation.take(spoiled, path_values).findings
        if any(each.subject == "body" for each in found) and left:
            left -= 1
            yield spoiled


def _broken(request: Request) -> Iterator[Request]:
    """No body, half a body, and a body of another kind."""
    if not media.is_json(media.essence(request.header("content-type") or "")):
        return
    yield replace(request, body=b"", headers=())
    yield replace(request, body=request.body[: max(1, len(request.body) // 2)])
    kept = tuple(pair for pair in request.headers if pair[0].lower() != "content-type")
    yield replace(request, headers=(*kept, ("Content-Type", "text/plain")))


def _by_member(operation: Operation, request: Request) -> Iterator[Request]:
    """The body with one member wrong, or without one that it has."""
    documented = next((body for kind, body in operation.content.items() if media.is_json(media.essence(kind))), None)
    value = _value(request)
    if documented is None or not isinstance(value, dict):
        return
    for name in value:
        yield _with(request, {key: each for key, each in value.items() if key != name})
    for name, schema in operation.members(documented).items():
        for wrong in _wrong(schema):
            yield _with(request, {**value, name: wrong})


def _value(request: Request) -> Any:
    try:
        return strictjson.loads(request.body)
    except strictjson.JsonProblem:
        return None


def _with(request: Request, body: Any) -> Request:
    return replace(request, body=strictjson.dumps(body))


def _wrong(schema: Mapping[str, Any]) -> Iterator[Any]:
    """Values that a schema is likely to object to, one for each of its keywords."""
    if isinstance(schema.get("enum"), (list, tuple)):
        yield "none-of-the-listed"
    kinds = schema.get("type")
    for kind in (kinds,) if isinstance(kinds, str) else kinds if isinstance(kinds, (list, tuple)) else ():
        yield from _OTHERS.get(kind, ())[:1]
    if isinstance(least := schema.get("minimum"), (int, float)):
        yield least - 1
    if isinstance(most := schema.get("maximum"), (int, float)):
        yield most + 1
    if isinstance(longest := schema.get("maxLength"), int) and longest < 100_000:
        yield "x" * (longest + 1)
    if isinstance(shortest := schema.get("minLength"), int) and shortest > 0:
        yield "x" * (shortest - 1)
    if isinstance(many := schema.get("maxItems"), int) and many < 1000:
        yield ["x"] * (many + 1)
    if schema.get("format") == "uri":
        yield "no address"


INVALID = listed("invalid", "bodies that the contract does not take", costs=True, steps=_steps)
