"""Rules on examples and schemas (S13x, S15x): what does not fit, what shares nothing, what cannot be judged at all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lumakit.contract import media, patterns
from lumakit.contract import pointer as pointers
from lumakit.contract.dialect import Direction, schemas_inside
from lumakit.contract.frozen import thaw
from lumakit.contract.lint import tasks
from lumakit.contract.lint.dossier import Dossier, Shown
from lumakit.contract.schema import Problem, Uncompilable
from lumakit.errors import DocumentError
from lumakit.model import Finding

_OPEN = frozenset(("additionalProperties", "patternProperties"))
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)")
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?%?")
_COUNTED = re.compile(
    r"(?:^|_)(?:percent|percentage|progress|count|total|width|height|duration|size|seconds|index|position)$",
    re.IGNORECASE,
)
_FORMLESS = frozenset(("format", "enum", "const", "pattern", "allOf", "anyOf", "oneOf"))


def request_example_fails(dossier: Dossier) -> Iterator[Finding]:
    """S130: A request example fails its own schema."""
    for shown, name, value in _examples(dossier):
        if shown.role == "request" and (problems := _problems(dossier, shown, value)):
            yield _failing(dossier, "S130", shown, name, problems)


def answer_example_fails(dossier: Dossier) -> Iterator[Finding]:
    """S131: A response example fails its own schema."""
    for shown, name, value in _examples(dossier):
        if (
            shown.role != "request"
            and not _strangers(dossier, shown, value)
            and (problems := _problems(dossier, shown, value))
        ):
            yield _failing(dossier, "S131", shown, name, problems)


def example_shares_no_key(dossier: Dossier) -> Iterator[Finding]:
    """S132: example and schema share no key."""
    for shown, name, value in _examples(dossier):
        if strangers := _strangers(dossier, shown, value):
            declared, given = strangers
            both = f"the schema has {_listed(declared)}, the example {_listed(given)}"
            message = f"{shown.subject}: example and schema share no key; {both}"
            yield dossier.finding("S132", message, _example_pointer(shown, name), shown.subject)


def null_tells_nothing(dossier: Dossier) -> Iterator[Finding]:
    """S133: A field is only ever null."""
    for shown, name, value in _examples(dossier):
        if not isinstance(value, Mapping) or not shown.body.schema:
            continue
        members = dossier.members(shown.body.schema)
        nulls = [key for key, each in value.items() if each is None and key not in members]
        if nulls and members and not _OPEN & dossier.schemas.resolve(shown.body.schema).keys():
            message = (
                f"{shown.subject}: {_listed(nulls)} are null in the example and not declared: their type is unknown"
            )
            yield dossier.finding("S133", message, _example_pointer(shown, name), shown.subject)


def both_kinds_of_example(dossier: Dossier) -> Iterator[Finding]:
    """S134: both `example` and `examples`."""
    for shown in dossier.shown:
        held = dossier.at(shown.body.pointer)
        if isinstance(held, Mapping) and {"example", "examples"} <= held.keys():
            message = f"{shown.subject}: `example` and `examples` exclude each other"
            yield dossier.finding("S134", message, f"{shown.body.pointer}/example", shown.subject)


def format_only_shown(dossier: Dossier) -> Iterator[Finding]:
    """S135: only examples show the format."""
    if dossier.contract.reading is not None:
        return  # how ids and moments are spelled is decided there
    places: dict[str, list[tuple[str, str]]] = {}
    for pointer, schema, values, name in _with_examples(dossier):
        free = tasks.types(schema) == {"string"} and not _FORMLESS & schema.keys()
        if free and (form := _format_of(values)):
            places.setdefault(form, []).append((pointer, name))
    for form, found in places.items():
        names = _listed(list(dict.fromkeys(name for _, name in found)))
        message = f"every example of {names} is a {form}, and no format says so"
        yield dossier.finding("S135", message, found[0][0], form)


def _with_examples(dossier: Dossier) -> Iterator[tuple[str, Mapping[str, Any], Sequence[Any], str]]:
    for _, pointer, parameter in dossier.parameters():
        schema, name = parameter.get("schema"), str(parameter.get("name"))
        if "example" in parameter and isinstance(schema, Mapping):
            yield f"{pointer}/schema", schema, (parameter["example"],), name
    for each in dossier.properties:
        yield each.pointer, each.schema, dossier.told.get(each.pointer, ()), each.name


def _format_of(values: Sequence[Any]) -> str:
    for name, shape in (("uuid", _UUID), ("date-time", _MOMENT)):
        if values and all(isinstance(value, str) and shape.fullmatch(value) for value in values):
            return name
    return ""


def number_as_text(dossier: Dossier) -> Iterator[Finding]:
    """S136: A number is told as a text."""
    counted = [each for each in dossier.properties if _COUNTED.search(each.name)]
    for each in counted:
        values = dossier.told.get(each.pointer, [])
        free = tasks.types(each.schema) == {"string"} and not _FORMLESS & each.schema.keys()
        if free and values and all(isinstance(value, str) and _NUMBER.fullmatch(value) for value in values):
            message = f"{each.subject}: {each.name} is a text that holds a number ({values[0]!r})"
            yield dossier.finding("S136", message, each.pointer, each.name)


def copied_schema(dossier: Dossier) -> Iterator[Finding]:
    """S148: A schema is written out twice."""
    equal: dict[str, list[Shown]] = {}
    for shown in dossier.shown:
        schema = dossier.at(shown.body.schema) if shown.body.schema else None
        if isinstance(schema, dict) and sum(1 for _ in schemas_inside(schema)) > 4:
            equal.setdefault(json.dumps(schema, sort_keys=True), []).append(shown)
    for first, *others in equal.values():
        copies = [each for each in others if each.operation.key != first.operation.key]
        if copies:
            names = f"{copies[0].subject}" + (f" and {len(copies) - 1} more" if len(copies) > 1 else "")
            message = f"the schema of {first.subject} is written out once more for {names}"
            yield dossier.finding("S148", message, copies[0].body.schema or "", first.subject)


def pattern_not_judged(dossier: Dossier) -> Iterator[Finding]:
    """S150: A pattern cannot be matched."""
    for root, subject in (*dossier.roots(), *dossier.parameter_schemas()):
        for at, schema in schemas_inside(dossier.at(root)):
            pattern = schema.get("pattern")
            if isinstance(pattern, str) and patterns.judge(pattern) is patterns.Verdict.UNSUPPORTED:
                message = f"{subject}: the pattern {pattern!r} cannot be read or matched safely, and is not checked"
                yield dossier.finding("S150", message, f"{root}{at}/pattern", subject)


def schema_not_compiled(dossier: Dossier) -> Iterator[Finding]:
    """S151: a schema cannot be compiled."""
    told: set[str] = set()
    for root, subject in (*dossier.roots(), *dossier.parameter_schemas()):
        try:
            dossier.schemas.at(root, Direction.RESPONSE)
        except Uncompilable as error:
            if error.pointer not in told:
                told.add(error.pointer)
                yield dossier.finding("S151", f"{subject}: {error.what}", error.pointer, subject)


def _examples(dossier: Dossier) -> Iterator[tuple[Shown, str, Any]]:
    for shown in dossier.shown:
        markup = not media.is_json(media.essence(shown.body.media_type))
        for name, value in shown.body.examples.items():
            if not (markup and isinstance(value, str)):  # XML and the like, written as a text
                yield shown, name, value


def _example_pointer(shown: Shown, name: str) -> str:
    return f"{shown.body.pointer}/examples{pointers.join(name)}" if name else f"{shown.body.pointer}/example"


def _problems(dossier: Dossier, shown: Shown, value: Any) -> tuple[Problem, ...]:
    if shown.body.schema is None:
        return ()
    direction = Direction.REQUEST if shown.role == "request" else Direction.RESPONSE
    try:
        return dossier.schemas.at(shown.body.schema, direction).problems(thaw(value))
    except DocumentError:
        return ()  # the schema itself is broken: S151 says so


def _failing(dossier: Dossier, code: str, shown: Shown, name: str, problems: tuple[Problem, ...]) -> Finding:
    reasons = "; ".join(f"{problem.pointer or 'the body'}: {problem.message}" for problem in problems)
    message = f"{shown.subject}: the example {f'{name} ' if name else ''}fails its own schema: {reasons}"
    return dossier.finding(code, message, _example_pointer(shown, name), shown.subject)


def _strangers(dossier: Dossier, shown: Shown, value: Any) -> tuple[list[str], list[str]] | None:
    """The keys of schema and example where both have some and none is shared."""
    if not isinstance(value, Mapping) or not value or not shown.body.schema:
        return None
    declared = list(dossier.members(shown.body.schema))
    return (declared, list(value)) if declared and not set(declared) & set(value) else None


def _listed(names: list[str]) -> str:
    return ", ".join(names)


RULES: dict[str, Any] = {
    "S130": request_example_fails,
    "S131": answer_example_fails,
    "S132": example_shares_no_key,
    "S133": null_tells_nothing,
    "S134": both_kinds_of_example,
    "S135": format_only_shown,
    "S136": number_as_text,
    "S148": copied_schema,
    "S150": pattern_not_judged,
    "S151": schema_not_compiled,
}
