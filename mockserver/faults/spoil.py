"""What a fault does to an answer that is made: its body spoiled, its type, its way over the wire.

Pure: an answer goes in, an answer comes out, and why nothing changed where nothing could. Knows the contract of the
operation, so that what is to break a schema does.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from lumakit import strictjson
from lumakit.contract.media import is_json
from lumakit.contract.operation import Operation
from lumakit.draws import Draw
from lumakit.model import Break, Ending, Request, Response, Severity
from mockserver.faults.kinds import BreakSchema, Does, Drip, Lost, Malformed, Reset, Truncate, WrongType

MAX_TRIES = 200
MAX_PLACES = 1000
WHOLE: tuple[Any, ...] = (None, [], {}, "not this", 7, True)


class Made(NamedTuple):
    """An answer that is to be spoiled, and what it answers."""

    response: Response
    request: Request
    operation: Operation | None
    draw: Draw
    is_json: bool  # as it was before another fault said otherwise


Spoiled = tuple[Response, str]
"""The answer, and why nothing changed, where nothing could."""


def spoiled(does: Does, made: Made) -> Spoiled:
    """The answer as a fault leaves it."""
    return _SPOILERS[type(does)](does, made)


def spoils(does: Does) -> bool:
    """True for a fault of the answer rather than of what leads to it."""
    return type(does) in _SPOILERS and not (isinstance(does, Reset) and does.after is None)


def silent(request: Request, response: Response) -> bool:
    """True for an answer that has no body on the wire."""
    return request.method == "HEAD" or response.status in (204, 304) or not response.body


# --- the wire ---------------------------------------------------------------------------------------------------------


def _broken(made: Made, ending: Ending, after: int) -> Spoiled:
    if silent(made.request, made.response):
        return made.response, "the answer has no body"
    cut = min(after, len(made.response.body) - 1)  # what arrived whole would be no fault
    return _with(made.response, replace(_breaks(made.response), ending=ending, after=cut)), ""


def _truncate(does: Truncate, made: Made) -> Spoiled:
    return _broken(made, Ending.CLOSED, len(made.response.body) // 2 if does.after is None else does.after)


def _reset(does: Reset, made: Made) -> Spoiled:
    return _broken(made, Ending.RESET, does.after or 0)


def _lost(_: Lost, made: Made) -> Spoiled:
    return _with(made.response, Break(Ending.RESET)), ""


def _drip(does: Drip, made: Made) -> Spoiled:
    if silent(made.request, made.response):
        return made.response, "the answer has no body"
    return _with(made.response, replace(_breaks(made.response), bytes_per_s=does.bytes_per_s)), ""


def _breaks(response: Response) -> Break:
    return response.breaks or Break()


def _with(response: Response, breaks: Break) -> Response:
    """A connection that was lost before stays lost."""
    return response if response.breaks and not response.breaks.answers else replace(response, breaks=breaks)


# --- the body ---------------------------------------------------------------------------------------------------------


def _wrong_type(does: WrongType, made: Made) -> Spoiled:
    if not made.response.body:
        return made.response, "the answer has no body"
    kept = tuple(each for each in made.response.headers if each[0].lower() != "content-type")
    return replace(made.response, headers=(("Content-Type", does.media_type), *kept)), ""


def _malformed(_: Malformed, made: Made) -> Spoiled:
    if not made.is_json:
        return made.response, "the answer is no JSON"
    return replace(made.response, body=made.response.body.rstrip()[:-1] + b","), ""


def is_plain_json(response: Response) -> bool:
    """True for an answer with a body of JSON."""
    return bool(response.body) and is_json(response.header("content-type") or "")


def _break_schema(_: BreakSchema, made: Made) -> Spoiled:
    """The first change that the contract is certain not to fit."""
    operation, response = made.operation, made.response
    if operation is None or not is_plain_json(response):
        return response, "the answer is no JSON of an operation"
    if operation.answer(response.status) is None:
        return response, "the status is not documented, and has no schema"
    try:
        value = strictjson.loads(response.body)
    except strictjson.JsonProblem:
        return response, "the answer is no JSON any more"
    for changed in itertools.chain(itertools.islice(_changes(value, made.draw), MAX_TRIES), WHOLE):
        candidate = replace(response, body=strictjson.dumps(changed))
        if breaks_schema(operation, candidate):
            return candidate, ""
    return response, "every value fits the schema"


def breaks_schema(operation: Operation, response: Response) -> bool:
    """True where a contract is certain that a body does not fit."""
    found = operation.check_response(response)
    return any(each.code == "X214" and each.severity is Severity.ERROR for each in found)


def _changes(value: Any, draw: Draw) -> Iterator[Any]:
    """The value with one field gone or of another type: another place first with every draw, the outer ones before."""
    places = list(_places(value))
    outer = [path for path in places if len(path) == 1]
    first = draw.integer("place", 0, len(outer) - 1) if outer else 0
    ways: tuple[Callable[[Any, tuple[Any, ...]], Any], ...] = (_without, _retyped)
    if draw.integer("way", 0, 1):
        ways = (_retyped, _without)
    turned = [*outer[first:], *outer[:first], *(path for path in places if len(path) > 1)]
    for change in ways:
        yield from (change(value, path) for path in turned)


def _places(value: Any) -> Iterator[tuple[Any, ...]]:
    """The paths to everything inside a value, the outer ones first."""
    waiting: list[tuple[tuple[Any, ...], Any]] = [((), value)]
    for path, node in waiting:  # it grows while it is walked
        for name, inner in _parts(node):
            if len(waiting) > MAX_PLACES:
                return
            waiting.append(((*path, name), inner))
            yield (*path, name)


def _parts(node: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(node, dict):
        yield from node.items()
    elif isinstance(node, list):
        yield from enumerate(node)


def _at(value: Any, path: tuple[Any, ...], change: Callable[[Any, Any], Any]) -> Any:
    """A copy of a value with the part at a path changed by its parent."""
    copy = dict(value) if isinstance(value, dict) else list(value)
    if len(path) == 1:
        return change(copy, path[0])
    copy[path[0]] = _at(value[path[0]], path[1:], change)
    return copy


def _without(value: Any, path: tuple[Any, ...]) -> Any:
    def drop(parent: Any, name: Any) -> Any:
        del parent[name]
        return parent

    return _at(value, path, drop)


def _retyped(value: Any, path: tuple[Any, ...]) -> Any:
    def retype(parent: Any, name: Any) -> Any:
        parent[name] = _other(parent[name])
        return parent

    return _at(value, path, retype)


def _other(value: Any) -> Any:
    """A value of another type, and one that is seldom meant."""
    if isinstance(value, dict | list):
        return "not this"
    return {"not": "this"} if isinstance(value, str) or value is None else str(value)


_SPOILERS: Mapping[type[Does], Callable[[Any, Made], Spoiled]] = {
    Truncate: _truncate,
    Reset: _reset,
    Lost: _lost,
    Drip: _drip,
    WrongType: _wrong_type,
    Malformed: _malformed,
    BreakSchema: _break_schema,
}
