"""A reading held against the document it reads: every operation, example, parameter and status it names is there.

Knows what the parts of a reading refer to. Reads no file.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from lumakit.contract import pointer as pointers
from lumakit.contract.document import Document
from lumakit.contract.lifecycle_steps import fail
from lumakit.contract.reading import Reading


def check_against(reading: Reading, document: Document, operations: Mapping[str, Any]) -> None:
    """Refuse a reading that names an operation, an example or a status that the contract does not have."""
    for kind, task in reading.tasks.items():
        at = f"/tasks{pointers.join(kind)}"
        for name in task.operations:
            _known(document, at, "operation", name, operations)
        named = dict.fromkeys(_examples(operations[name] for name in task.operations))
        for word, name in task.examples.items():
            _known(document, f"{at}/examples{pointers.join(word)}", "example", name, named)
        for name, place in task.places:
            if place.location != "body":
                given = (each.name for each in operations[name].parameters if each.location == place.location)
                _known(document, at, f"{place.location} parameter of {name} called", place.name, tuple(given))
    if reading.account:
        _known(document, "/account/fetch", "operation", reading.account.operation, operations)
    for problem, status in reading.problems.items():
        if not any(operation.answer(status) for operation in operations.values()):
            what = f"no operation documents the status {status}"
            fail(document, f"/problems{pointers.join(problem)}", what, "declare it in the additions, or leave it out")


def _examples(operations: Iterable[Any]) -> Iterable[str]:
    return (
        name
        for operation in operations
        for answer in operation.answers.values()
        for body in answer.content.values()
        for name in body.examples
    )


def _known(document: Document, at: str, noun: str, name: str, known: Iterable[str]) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, list(known), n=1)
        hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(known) or 'none'}"
        fail(document, at, f"the document has no {noun} {name!r}", hint)
