"""Which operation a call means: by the name of a kind of task, or by a name of the operation.

An operation answers to its key (`POST /luma-extend`), its operationId (`lumaExtend`) and its path (`luma-extend`).
Where no name is given, the only kind that will do is meant. Knows the reading; judges no values.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import NamedTuple, TypeVar

from lumakit.call_errors import InvalidRequest
from lumakit.contract.compile import Contract
from lumakit.contract.operation import Operation
from lumakit.contract.reading import Extend, Fetch, FetchMany, Reading
from lumakit.contract.reading import Task as Kind

Looking = TypeVar("Looking", Fetch, FetchMany)


class Part(NamedTuple):
    """An operation that makes a task: of which kind, and how it names the parent where it takes one."""

    operation: Operation
    kind: Kind
    extend: Extend | None = None


def reading_of(contract: Contract) -> Reading:
    """How the contract is read; refused where nobody has said so."""
    if contract.reading is None:
        hint = f"client.call(operation, ...) makes any documented call: {', '.join(contract.operations)}"
        raise InvalidRequest(f"{contract.name} has no lifecycle.yaml, so it has no tasks", code="no_tasks", hint=hint)
    return contract.reading


def operation_named(contract: Contract, name: str) -> Operation:
    """The operation that a name means."""
    for operation in contract.operations.values():
        if name in names_of(operation):
            return operation
    raise _unknown(name, "operation", [spelled for each in contract.operations.values() for spelled in names_of(each)])


def names_of(operation: Operation) -> tuple[str, ...]:
    """The names that an operation answers to."""
    return tuple(filter(None, (operation.key, operation.id, operation.path.strip("/"))))


def making(contract: Contract, name: str) -> Part:
    """What makes a task: the submit of a kind, or its extend where it has no submit."""
    kinds = reading_of(contract).tasks
    if not name:
        return _only([part for part in _parts(contract, kinds.values()) if part.extend is None], "submit", kinds)
    return _named(contract, name, list(_parts(contract, kinds.values())))


def extending(contract: Contract, name: str, parent_kind: str) -> Part:
    """What makes a task out of a parent, whose kind is '' where it is not known."""
    kinds = reading_of(contract).tasks
    parts = [part for part in _parts(contract, kinds.values()) if part.extend is not None]
    if name:
        return _named(contract, name, parts)
    fitting = [part for part in parts if part.extend and (not parent_kind or parent_kind in part.extend.of)]
    return _only(fitting, "extend", kinds)


def looking(contract: Contract, kind: str) -> Fetch:
    """What tells one task."""
    return _same([part for each in _kinds(contract, kind) for part in each.fetch], "fetch")


def looking_at_many(contract: Contract, kind: str) -> FetchMany:
    """What tells several tasks."""
    return _same([part for each in _kinds(contract, kind) for part in each.fetch_many], "fetch_many")


def _kinds(contract: Contract, kind: str) -> list[Kind]:
    kinds = reading_of(contract).tasks
    if kind and kind not in kinds:
        raise _unknown(kind, "kind of task", kinds)
    return [kinds[kind]] if kind else list(kinds.values())


def _parts(contract: Contract, kinds: Iterable[Kind]) -> Iterable[Part]:
    for kind in kinds:
        yield from (Part(contract.operations[name], kind) for name in kind.submit)
        yield from (Part(contract.operations[part.operation], kind, part) for part in kind.extend)


def _named(contract: Contract, name: str, parts: list[Part]) -> Part:
    for part in parts:
        if name == part.kind.kind or name in names_of(part.operation):
            return part
    known = dict.fromkeys(spelled for part in parts for spelled in (part.kind.kind, *names_of(part.operation)))
    raise _unknown(name, f"kind of task or operation that makes one in {contract.name}", known)


def _only(parts: list[Part], verb: str, kinds: Iterable[str]) -> Part:
    if len({part.kind.kind for part in parts}) == 1:
        return parts[0]
    choices = ", ".join(dict.fromkeys(part.kind.kind for part in parts)) or "none"
    what = f"several kinds of task can be meant: {choices}" if parts else f"no kind of task has a way to {verb} this"
    fitting = dict.fromkeys(part.kind.kind for part in parts) or kinds
    raise InvalidRequest(what, code="which_kind", parameter="kind", hint=f"kind= one of {', '.join(fitting)}")


def _same(parts: list[Looking], verb: str) -> Looking:
    if len(set(parts)) == 1:
        return parts[0]
    what = f"several operations {verb} tasks" if parts else f"no operation is known to {verb} tasks"
    raise InvalidRequest(what, code="which_kind", parameter="kind", hint="say kind=, or use client.call")


def _unknown(name: str, what: str, known: Iterable[str]) -> InvalidRequest:
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(names)}"
    return InvalidRequest(f"there is no {what} called {name!r}", code="unknown_name", parameter="kind", hint=hint)
