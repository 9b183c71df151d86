"""Where a fault applies: to which requests, and whether a contract has such a place at all.

Knows operations and paths, no counts and no times.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator

from lumakit.contract.compile import Contract
from lumakit.contract.operation import Operation
from lumakit.model import Request
from mockserver.defaults import MEDIA
from mockserver.faults.fault import MEDIA_FILES, Fault
from mockserver.faults.kinds import OutOfCredits, Rate, Running, Status
from mockserver.faults.numbers import wrong

_NEAR = 0.4
_OF_TASKS = (Running, OutOfCredits)


def struck(fault: Fault, request: Request, operation: Operation | None, contract: Contract) -> bool:
    """True where a request is for the place of a fault. Without a place that is any operation a fault can mean."""
    on = fault.when.on
    if not on:
        return operation is not None and (_makes(operation, contract) or not isinstance(fault.does, _OF_TASKS))
    if on == MEDIA_FILES:
        return request.path.startswith(MEDIA)
    method, path = _parted(on)
    if not path:
        return operation is not None and operation.id == on
    named = operation.method if operation else request.method
    return method in ("", named) and any(_fits(path, each) for each in _paths(request, operation))


def _makes(operation: Operation, contract: Contract) -> bool:
    """True for an operation that makes a task; any does where no task is known of."""
    if contract.reading is None:
        return True
    return any(
        operation.key in kind.submit or any(operation.key == part.operation for part in kind.extend)
        for kind in contract.reading.tasks.values()
    )


def _paths(request: Request, operation: Operation | None) -> Iterator[str]:
    yield request.path
    if operation is not None:
        yield operation.path


def _parted(on: str) -> tuple[str, str]:
    """Method and path; no path for the id of an operation."""
    method, blank, path = on.rpartition(" ")
    return (method if blank else "", path) if path[:1] in ("/", "*") else ("", "")


def _fits(pattern: str, path: str) -> bool:
    """A star stands for any text. By pieces, not by a regular expression: a pattern may have many stars."""
    first, *rest = pattern.split("*")
    if not rest:
        return path == pattern
    if not path.startswith(first):
        return False
    at, last = len(first), rest.pop()
    for piece in rest:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return len(path) - at >= len(last) and path.endswith(last)


# --- what a contract has ----------------------------------------------------------------------------------------------


def known(fault: Fault, contract: Contract) -> bool:
    """True where a contract has the place of a fault, and the example that it names."""
    return _has_place(fault.when.on, contract) and (
        not _example(fault) or _example(fault) in _examples(fault, contract)
    )


def _has_place(on: str, contract: Contract) -> bool:
    if on in ("", MEDIA_FILES) or "*" in on:
        return True
    method, path = _parted(on)
    if not path:
        return any(operation.id == on for operation in contract.operations.values())
    return any(
        method in ("", operation.method) and (path == operation.path or _could_be(path, operation.path))
        for operation in contract.operations.values()
    )


def _could_be(path: str, template: str) -> bool:
    parts = (re.escape(part) if n % 2 == 0 else "[^/]+" for n, part in enumerate(re.split(r"\{([^{}]*)\}", template)))
    return re.fullmatch("".join(parts), path) is not None


def _example(fault: Fault) -> str:
    return fault.does.example if isinstance(fault.does, Status) else ""


def _examples(fault: Fault, contract: Contract) -> dict[str, None]:
    """The examples that a document has for the status of a fault, by their names."""
    status = fault.does.status if isinstance(fault.does, Status) else 0
    answers = [answer for each in contract.operations.values() if (answer := each.answer(status))]
    return dict.fromkeys(name for answer in answers for body in answer.content.values() for name in body.examples)


def check(fault: Fault, contracts: Iterable[Contract]) -> None:
    """Refuse a fault that none of some contracts has a place for, or an example that none has for its status."""
    contracts = list(contracts)
    if any(known(fault, contract) for contract in contracts):
        return
    on, example = fault.when.on, _example(fault)
    if not any(_has_place(on, contract) for contract in contracts):
        every = [operation for contract in contracts for operation in contract.operations.values()]
        raise wrong(f"nothing is at {on!a}", _nearest(on, every))
    names = dict.fromkeys(name for contract in contracts for name in _examples(fault, contract))
    near = difflib.get_close_matches(example, names, n=1)
    hint = f"did you mean `as {near[0]}`?" if near else f"one of {', '.join(names) or 'none: leave `as` out'}"
    raise wrong(f"no answer of this status has an example {example!a}", hint)


def _nearest(on: str, operations: Iterable[Operation]) -> str:
    every = list(operations)
    near = difflib.get_close_matches(on, [name for each in every for name in (each.key, each.id)], n=1, cutoff=_NEAR)
    return f"did you mean `on {near[0]}`?" if near else f"one of {', '.join(each.key for each in every[:10])}"


def needs_key(fault: Fault) -> bool:
    """True for a fault that speaks of what a key has done: it cannot strike a request that shows none."""
    return isinstance(fault.does, Rate | Running | OutOfCredits) or bool(fault.when.owner)
