"""Rules on what a document leaves out or tells twice (S14x, S152): errors, callbacks, fetching, one task in two
languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lumakit.contract import pointer as pointers
from lumakit.contract.lint import tasks
from lumakit.contract.lint.dossier import Dossier, Property, some
from lumakit.contract.lint.tasks import STATE, constants
from lumakit.contract.messages import Answer, Link
from lumakit.contract.operation import Operation
from lumakit.model import Finding

_CALLBACK = re.compile(r"(?:^|_)(?:notify|callback|webhook)(?:_?(?:hook|url|uri|address))?$", re.IGNORECASE)
_REDIRECT = re.compile(r"\boauth\b|\bredirect", re.IGNORECASE)
_FETCHES = re.compile(r"fetch|query|status|result|poll", re.IGNORECASE)
_ENDED_BADLY = re.compile(r"fail|error|cancel|reject|expired|aborted", re.IGNORECASE)
_BODY_EXPRESSION = re.compile(r"\$response\.body#(/.*)$")


def only_success(dossier: Dossier) -> Iterator[Finding]:
    """S140: only success is documented."""
    operations = dossier.contract.operations.values()
    silent = [each for each in operations if not any(status[0] in "45d" for status in each.answers)]
    lacking = [each for each in silent if not _cannot_fail(each)]
    if len(lacking) > 1 and 2 * len(lacking) > len(operations):
        keys = some([each.key for each in lacking])
        message = f"{len(lacking)} of {len(operations)} operations describe no error: {keys}"
        yield dossier.finding("S140", message, "/paths", "errors")
        return
    for operation in lacking:
        known = f"only {', '.join(operation.answers)}" if operation.answers else "no answer"
        message = f"{operation.key} documents {known}: no error is described"
        yield dossier.finding("S140", message, f"{operation.pointer}/responses", operation.key)


def _cannot_fail(operation: Operation) -> bool:
    """True for what takes nothing and only tells that the provider is there, such as a health check."""
    asks_nothing = operation.method == "GET" and not operation.parameters
    return asks_nothing and bool(operation.answers) and operation.answers.keys() <= {"200", "304"}


def callback_without_contract(dossier: Dossier) -> Iterator[Finding]:
    """S141: A callback address without a callback."""
    if dossier.document.get("webhooks"):
        return
    for operation in dossier.contract.operations.values():
        for body in operation.content.values():
            for each in dossier.members_of(body):
                if not operation.callbacks and _takes_callback(each):
                    message = f"{operation.key}: {each.name} takes a callback address, and no callback is described"
                    yield dossier.finding("S141", message, each.pointer, f"{operation.key} {each.name}")


def _takes_callback(each: Property) -> bool:
    is_text = not tasks.types(each.schema) or "string" in tasks.types(each.schema)
    return is_text and bool(_CALLBACK.search(each.name)) and not _REDIRECT.search(each.description)


def nothing_to_fetch_with(dossier: Dossier) -> Iterator[Finding]:
    """S142: nothing tells what became of a task."""
    operations = dossier.contract.operations.values()
    made = [each for each in operations if each.method == "POST"]
    fetched = [each for each in operations if each.method == "GET" or _FETCHES.search(f"{each.path} {each.id}")]
    if made and not fetched and tasks.lives(dossier):
        message = f"tasks are made ({', '.join(each.key for each in made)}), and no operation tells what became of one"
        yield dossier.finding("S142", message, "/paths", "fetch")


def no_bad_ending(dossier: Dossier) -> Iterator[Finding]:
    """S143: no task ever fails."""
    lives = tasks.lives(dossier)
    words = [word for each in tasks.states(dossier) for word in constants(each)]
    examples = [str(value[key]) for value in tasks.shown_values(dossier) for key in value if STATE.search(key)]
    if lives and not any(map(_ENDED_BADLY.search, (*words, *examples))):
        yield dossier.finding("S143", "no state, example or schema shows a task that failed", lives[0], "failed")


def errors_look_alike(dossier: Dossier) -> Iterator[Finding]:
    """S144: errors look alike."""
    told: set[tuple[str, ...]] = set()
    for operation in dossier.contract.operations.values():
        empty = [
            answer for answer in operation.answers.values() if answer.status[0] in "45" and _empty(dossier, answer)
        ]
        places = tuple(answer.pointer for answer in empty)
        if len(empty) > 1 and places not in told:
            told.add(places)
            statuses = " and ".join(answer.status for answer in empty)
            message = (
                f"{operation.key}: the answers {statuses} have the same empty body; only the status tells them apart"
            )
            yield dossier.finding("S144", message, places[0], operation.key)


def _empty(dossier: Dossier, answer: Answer) -> bool:
    body = answer.body()
    return body is not None and body.schema is not None and _says_nothing(dossier, body.schema)


def _says_nothing(dossier: Dossier, schema: str) -> bool:
    return dossier.schemas.resolve(schema).get("maxProperties") == 0


def key_without_scheme(dossier: Dossier) -> Iterator[Finding]:
    """S147: A key in Authorization without a scheme."""
    asked: dict[str, list[str]] = {}
    for operation in dossier.contract.operations.values():
        schemes = [scheme for schemes in operation.security.alternatives for scheme in schemes]
        raw = [each for each in schemes if each.name.lower() == "authorization" and not each.word]
        if raw and not any(each.word for each in schemes):
            asked.setdefault(raw[0].label, []).append(operation.key)
    for label, keys in asked.items():
        what = "the key stands in Authorization without a scheme; clients that write `Bearer` are not covered"
        yield dossier.finding(
            "S147", f"{some(keys)}: {what}", f"/components/securitySchemes{pointers.join(label)}", label
        )


def link_leads_nowhere(dossier: Dossier) -> Iterator[Finding]:
    """S152: A link leads nowhere."""
    operations = dossier.contract.operations
    known = {each.id: each for each in operations.values() if each.id} | dict(operations)
    for operation in operations.values():
        for answer in operation.answers.values():
            for name, link in answer.links.items():
                for what in _broken(dossier, known, answer, link):
                    message = f"{operation.key}: the link {name} {what}"
                    yield dossier.finding("S152", message, link.pointer, f"{operation.key} {name} {what}")


def _broken(dossier: Dossier, known: Mapping[str, Operation], answer: Answer, link: Link) -> Iterator[str]:
    if link.operation.partition("#")[0].endswith((".yaml", ".yml", ".json")):
        return  # it leads to another document
    target = known.get(link.operation)
    if target is None:
        yield f"leads to {link.operation!r}, which is no operation"
        return
    takes = {each.name for each in target.parameters} | {f"{each.location}.{each.name}" for each in target.parameters}
    yield from (f"gives {name!r}, which {target.key} does not take" for name in link.parameters if name not in takes)
    given = [*link.parameters.values(), *(link.request_body.values() if isinstance(link.request_body, Mapping) else ())]
    schema = next((body.schema for body in answer.content.values() if body.schema), None)
    for expression in given:
        match = _BODY_EXPRESSION.match(str(expression))
        if match and schema and not dossier.reaches(schema, match[1]):
            yield f"reads {expression}, which the answer does not have"


RULES: dict[str, Any] = {
    "S140": only_success,
    "S141": callback_without_contract,
    "S142": nothing_to_fetch_with,
    "S143": no_bad_ending,
    "S144": errors_look_alike,
    "S147": key_without_scheme,
    "S152": link_leads_nowhere,
}
