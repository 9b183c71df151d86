"""How a task is recognised in a document: by the names of its state, id and kind, and by words for work under way.

A postal address has a state as well, and an error has a status: those are told apart here. Holds no rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lumakit.contract import pointer as pointers
from lumakit.contract.lint.dossier import Dossier, Property

STATE = re.compile(r"(?:(?:^|_)(?:state|status)|[a-z](?:State|Status))$")
ID = re.compile(r"(?:(?:^|_)ids?|[a-z]Ids?)$")
KIND = re.compile(r"(?:(?:^|_)(?:type|kind)|[a-z](?:Type|Kind))$")
TASK_ID = re.compile(r"(?:task|job|generation|prediction)_?(?:id|Id|uuid)$")
_TASK_STATE = re.compile(r"(?:task|job|generation|prediction)_?(?:state|status|State|Status)$")
_TASK = re.compile(r"(?:[Tt]ask|[Jj]ob|[Gg]eneration|[Pp]rediction)s?(?![a-z])")
_ERROR = re.compile(r"(?:error|problem|exception|fault)s?$", re.IGNORECASE)
_UNDER_WAY = re.compile(r"process|progress|queue|running|generating|submitted", re.IGNORECASE)
_ELSEWHERE = (  # what stands beside a state or a status that is no task's
    frozenset(("city", "country", "zip", "zip_code", "zipcode", "postal_code", "postalCode", "postcode", "street")),
    frozenset(("redirect_uri", "client_id", "redirectUri", "clientId")),
)
_PROBLEM = frozenset(("title", "detail", "instance", "error", "path", "errors"))


def states(dossier: Dossier) -> Iterator[Property]:
    """Every property that tells what something is doing."""
    for each in dossier.properties:
        if STATE.search(each.name) and {"string", "integer"} & types(each.schema):
            beside = _beside(dossier, each)
            of_http = beside & _PROBLEM or "http" in each.description.lower()
            is_status_code = "integer" in types(each.schema) and bool(of_http)
            if not is_status_code and not any(beside & others for others in _ELSEWHERE):
                yield each


def states_of_tasks(dossier: Dossier) -> Iterator[Property]:
    """The states of what is under way for a while; those of persons, places and errors are something else."""
    of_errors = {
        each.pointer
        for shown in dossier.answers()
        if shown.role[0] in "45" or shown.role == "default"
        for each in dossier.members_of(shown.body)
    }
    for each in states(dossier):
        about_a_task = bool(_TASK.search(each.subject) or _TASK.search(each.description))
        words = (*listed_words(each), *dossier.told.get(each.pointer, ()), each.description)
        is_error = each.pointer in of_errors or _ERROR.search(each.subject.rpartition(" ")[2])
        under_way = any(_UNDER_WAY.search(str(word)) for word in words)
        if _of_a_task(dossier, each) or ((about_a_task or under_way) and not is_error):
            yield each


def types(schema: Mapping[str, Any]) -> frozenset[str]:
    """The types a schema names."""
    named = schema.get("type")
    return frozenset(map(str, named if isinstance(named, list) else [named] if named else ()))


def _beside(dossier: Dossier, each: Property) -> frozenset[str]:
    holder = dossier.at(pointers.parent(each.pointer))
    return frozenset(holder) if isinstance(holder, Mapping) else frozenset()


def lives(dossier: Dossier) -> list[str]:
    """The pointers of all that tells a task's state, in schemas and in examples; none where nothing here is a task."""
    set_by_clients = {each.name for shown in dossier.requests() for each in dossier.members_of(shown.body)}
    declared = [each for each in states(dossier) if each.name not in set_by_clients]
    told = [
        (shown.body.pointer, str(value[key]))
        for shown in dossier.answers()
        for value in shown.body.examples.values()
        if isinstance(value, Mapping)
        for key in value
        if STATE.search(key) and key not in set_by_clients
    ]
    words = [str(word) for each in declared for word in listed_words(each)] + [word for _, word in told]
    if not any(map(_UNDER_WAY.search, words)) and not any(_of_a_task(dossier, each) for each in declared):
        return []
    return [each.pointer for each in declared] + [pointer for pointer, _ in told]


def _of_a_task(dossier: Dossier, state: Property) -> bool:
    return bool(_TASK_STATE.search(state.name)) or any(map(TASK_ID.search, _beside(dossier, state)))


def listed_words(each: Property) -> list[Any]:
    """The values a schema lists for a property."""
    listed = [each.schema.get(key) for key in ("enum", "x-extensible-enum")]
    constant = [each.schema["const"]] if "const" in each.schema else []
    return [word for words in listed if isinstance(words, list) for word in words] + constant


def constants(each: Property) -> set[str]:
    """The same as texts, without null."""
    return {str(word) for word in listed_words(each) if word not in (None, "")}


def shown_values(dossier: Dossier) -> Iterator[Mapping[str, Any]]:
    """Every example that is an object: of bodies and of named schemas."""
    for shown in dossier.shown:
        yield from (value for value in shown.body.examples.values() if isinstance(value, Mapping))
    for _, schema, _ in dossier.objects():
        yield from examples_of(schema)


def examples_of(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The examples of a schema that are objects."""
    several = schema.get("examples")
    candidates = [schema.get("example"), *(several if isinstance(several, list) else ())]
    return (value for value in candidates if isinstance(value, Mapping))
