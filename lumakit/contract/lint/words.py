"""Rules on what a document says (S12x): titles, required and optional, constraints in prose, states left unsaid."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from typing import Any

from lumakit.contract import pointer as pointers
from lumakit.contract.inventory import IGNORED_HEADERS
from lumakit.contract.lint import prose, tasks
from lumakit.contract.lint.dossier import Dossier, Property
from lumakit.model import Finding

_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}")
_CONDITION = r"(?![\s,;:(]{1,3}(?:if|when|unless|only|for|with|in)\b)"
_OPTIONAL = re.compile(rf"^\W{{0,3}}optional\b{_CONDITION}(?=\s*+(?:[.,;:)\]-]|$))|\(optional\)", re.IGNORECASE)
_REQUIRED = re.compile(rf"^\W{{0,3}}required\b{_CONDITION}(?=\s*+(?:[.,;:)\]-]|$))|\(required\)", re.IGNORECASE)
_HOLDS_ADDRESS = re.compile(r"(?:(?:^|_)(?:ur[il]|link|href|hook|webhook|callback)|[a-z](?:Ur[il]|URL|Hook|Link))$")
_ADDRESS = re.compile(
    r"\b(?:url|uri|address)\b(?! (?:documentation|docs|documents|guide|page|reference|section)\b)", re.IGNORECASE
)
_OR_ENCODED = re.compile(r"\bbase64\b", re.IGNORECASE)
_TOLD = frozenset(("enum", "const", "allOf", "anyOf", "oneOf", "pattern", "format", "x-extensible-enum"))
_SCALARS = frozenset(("string", "integer", "number"))


def empty_words(dossier: Dossier) -> Iterator[Finding]:
    """S120: words are left empty."""
    info = dossier.document.get("info") or {}
    for key in ("title", "description"):
        if key in info and not str(info[key]).strip():
            yield dossier.finding("S120", f"the document's {key} is empty", f"/info/{key}", key)
    for operation, answer in dossier.answered():
        if not answer.description.strip():
            what = f"{operation.key}: the answer {answer.status} is not described"
            yield dossier.finding("S120", what, f"{answer.pointer}/description", f"{operation.key} {answer.status}")


def no_operation_id(dossier: Dossier) -> Iterator[Finding]:
    """S121: an operation has no operationId."""
    for operation in dossier.contract.operations.values():
        if not operation.id:
            yield dossier.finding("S121", f"{operation.key} has no operationId", operation.pointer, operation.key)


def ignored_headers(dossier: Dossier) -> Iterator[Finding]:
    """S122: openAPI ignores this header parameter."""
    for operation, pointer, parameter in dossier.parameters():
        name = str(parameter.get("name", ""))
        if parameter.get("in") == "header" and name.lower() in IGNORED_HEADERS:
            labels = _schemes(dossier, operation) if name.lower() == "authorization" else []
            instead = f"the security scheme {', '.join(labels)} says it already" if labels else _INSTEAD[name.lower()]
            message = f"{operation}: the header parameter {name} is ignored by OpenAPI; {instead}"
            yield dossier.finding("S122", message, pointer, f"{operation} {name}")


def _schemes(dossier: Dossier, operation: str) -> list[str]:
    """The security schemes of an operation, or of every one of a path."""
    asked = [each.security for each in dossier.operations() if operation in (each.key, each.path)]
    schemes = [scheme for security in asked for schemes in security.alternatives for scheme in schemes]
    return list(dict.fromkeys(scheme.label for scheme in schemes))


_INSTEAD = {
    "accept": "the media types of the answers say it",
    "content-type": "the media types of the request body say it",
    "authorization": "a security scheme says it",
}


def optional_body(dossier: Dossier) -> Iterator[Finding]:
    """S123: A mandatory body is marked optional."""
    for operation in dossier.operations():
        for body in operation.content.values():
            needed = [each.name for each in dossier.members_of(body) if each.required]
            if needed and not operation.body_required:
                message = f"{operation.key}: the body may be left out, although {', '.join(needed)} cannot"
                yield dossier.finding("S123", message, f"{operation.pointer}/requestBody", operation.key)


def required_and_optional(dossier: Dossier) -> Iterator[Finding]:
    """S124: required against optional."""
    elsewhere = _required_elsewhere(dossier)
    for each in _described(dossier):
        if each.required and _OPTIONAL.search(each.description):
            message = f"{each.subject}: {each.name} is required, and described as optional"
            yield dossier.finding("S124", message, each.pointer, each.name)
        elif not each.required and each.name not in elsewhere and _REQUIRED.search(each.description):
            message = f"{each.subject}: {each.name} is optional, and described as required"
            yield dossier.finding("S124", message, each.pointer, each.name)


def _described(dossier: Dossier) -> tuple[Property, ...]:
    """Every parameter and every property, each once."""
    parameters = (each for each in dossier.asked if "/parameters/" in each.pointer)
    return tuple({each.pointer: each for each in (*parameters, *dossier.properties)}.values())


def _required_elsewhere(dossier: Dossier) -> set[str]:
    """The names that one branch of a schema requires and another one declares."""
    lists = ((schema.get("required"), schema.get("properties")) for _, schema, _ in dossier.objects())
    return {
        name
        for names, own in lists
        for name in (names if isinstance(names, list) else ())
        if isinstance(name, str) and not (isinstance(own, dict) and name in own)
    }


def prose_only(dossier: Dossier) -> Iterator[Finding]:
    """S125: A constraint lives in prose only."""
    sent = {each.pointer for each in dossier.asked}
    for each in _described(dossier):
        told = each.pointer in dossier.told or "/parameters/" in each.pointer
        unseen = "" if told else ", and no example has it"
        for about, what in (*_listed(each), *(_expected(each) if each.pointer in sent else ())):
            message = f"{each.subject}: only the description of {each.name} says {what}{unseen}"
            yield dossier.finding("S125", message, each.pointer, f"{each.name} {about}")


def _listed(each: Property) -> Iterator[tuple[str, str]]:
    bounded = {"minimum", "maximum"} <= each.schema.keys() or _TOLD & each.schema.keys()
    if not bounded and tasks.types(each.schema) & _SCALARS and (listed := prose.choices(each.description)):
        yield "values", f"that it is {listed}"


def _expected(each: Property) -> Iterator[tuple[str, str]]:
    """What a client has to know before it sends the value."""
    kinds, text = tasks.types(each.schema), each.description
    if kinds & (_SCALARS | {"boolean"}) and "default" not in each.schema and (default := prose.default(text)):
        yield "default", f"that the default is {default}"
    is_open = "string" in kinds and not _TOLD & each.schema.keys()
    if is_open and _HOLDS_ADDRESS.search(each.name) and _ADDRESS.search(text):
        yield "address", f"that it is an address{' or Base64' if _OR_ENCODED.search(text) else ''}"


def unsaid_states(dossier: Dossier) -> Iterator[Finding]:
    """S126: the states are not listed."""
    for each in tasks.states_of_tasks(dossier):
        values = dossier.told.get(each.pointer, ())
        nothing_known = bool(values) and all(value is None for value in values)
        if not (_TOLD - {"format"}) & each.schema.keys() and not nothing_known:
            message = f"{each.subject}: the words that {each.name} can hold are not listed"
            yield dossier.finding("S126", message, each.pointer, each.name)


def told_differently(dossier: Dossier) -> Iterator[Finding]:
    """S127: one field is described in two ways."""
    earlier: dict[str, list[dict[str, Property]]] = {}
    for shown in dossier.requests():
        members = {each.name: each for each in dossier.members_of(shown.body)}
        before = earlier.setdefault(shown.operation.method, [])
        like = next((others for others in before if _alike(members.keys(), others.keys())), {})
        before.append(members)
        for name in [name for name in members if name in like]:
            here, there = members[name], like[name]
            if here.description and there.description and here.description != there.description:
                message = f"{name} is described as {here.description!r} here and as {there.description!r} elsewhere"
                subject = f"{shown.operation.key} {name}"
                yield dossier.finding("S127", f"{shown.operation.key}: {message}", here.pointer, subject)


def _alike(names: Set[str], others: Set[str]) -> bool:
    """True where two bodies ask for the same things, so that their words can be compared."""
    return len(names & others) > 2 and 2 * len(names & others) > min(len(names), len(others))


def template_as_example(dossier: Dossier) -> Iterator[Finding]:
    """S128: A template stands as an example."""
    for pointer, parameter in {pointer: parameter for _, pointer, parameter in dossier.parameters()}.items():
        value = parameter.get("example")
        if isinstance(value, str) and _TEMPLATE.search(value):
            message = f"the example {value!r} is a template, not a value"
            yield dossier.finding("S128", message, f"{pointer}/example", str(parameter.get("name")))


def required_with_default(dossier: Dossier) -> Iterator[Finding]:
    """S129: required, and with a default."""
    for shown in dossier.requests():
        for each in dossier.members_of(shown.body):
            default = each.schema.get("default", prose.default(each.description))
            if each.required and default not in ("", None):
                message = f"{shown.operation.key}: {each.name} is required, and its default {default!r} can never apply"
                yield dossier.finding("S129", message, each.pointer, f"{shown.operation.key} {each.name}")


def ragged_text(dossier: Dossier) -> Iterator[Finding]:
    """S137: A text of one line ends in a line break."""
    ragged = [
        pointer
        for pointer, text in _texts(dossier.document, "")
        if text.endswith("\n") and text.strip() and "\n" not in text[:-1]
    ]
    if ragged:
        names = ", ".join(pointers.split(pointers.parent(pointer))[-1] for pointer in ragged[:5])
        message = f"{len(ragged)} texts of one line end in a line break: those of {names}"
        yield dossier.finding("S137", message, ragged[0], "line break")


def _texts(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str) and key in ("description", "summary", "title"):
                yield f"{pointer}/{key}", inner
            elif not key.startswith("x-") and key not in ("example", "examples", "default", "enum", "const", "value"):
                yield from _texts(inner, f"{pointer}{pointers.join(key)}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, f"{pointer}/{index}")


RULES: dict[str, Any] = {
    "S120": empty_words,
    "S121": no_operation_id,
    "S122": ignored_headers,
    "S123": optional_body,
    "S124": required_and_optional,
    "S125": prose_only,
    "S126": unsaid_states,
    "S127": told_differently,
    "S128": template_as_example,
    "S129": required_with_default,
    "S137": ragged_text,
}
