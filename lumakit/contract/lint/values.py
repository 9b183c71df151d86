"""Rules on single values (S138, S139, S153 to S156): defaults and examples that do not fit, bounds that leave nothing,
names given twice or to nothing, words without effect.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from lumakit.contract import pointer as pointers
from lumakit.contract.dialect import Dialect, Direction, schemas_inside
from lumakit.contract.frozen import thaw
from lumakit.contract.lint import tasks
from lumakit.contract.lint.dossier import Dossier
from lumakit.contract.schema import Uncompilable
from lumakit.model import Finding

_BOUNDS = (
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)


def value_fails_its_schema(dossier: Dossier) -> Iterator[Finding]:
    """S138: a default or an example does not fit the schema it stands in or beside."""
    for pointer, schema, subject in _schemas(dossier):
        for key, value in _values(schema):
            yield from _misfits(dossier, pointer, value, f"{pointer}/{key}", f"{subject} {key}")
    for pointer, subject in dossier.parameter_schemas():
        for at, value in _beside(dossier, pointers.parent(pointer)):
            if not _is_encoded(dossier, pointer, value):
                yield from _misfits(dossier, pointer, value, at, f"{subject} {at.rpartition('/')[2]}")


def _misfits(dossier: Dossier, schema: str, value: Any, at: str, subject: str) -> Iterator[Finding]:
    whose, _, key = subject.rpartition(" ")
    kind = "default" if key == "default" else "example"
    for problem in _problems(dossier, schema, value):
        message = f"{whose}: the {kind} {value!r} does not fit its own schema: {problem}"
        yield dossier.finding("S138", message, at, subject)


def _beside(dossier: Dossier, holder: str) -> Iterator[tuple[str, Any]]:
    """The examples of a parameter or a header itself, with their pointers."""
    held = dossier.at(holder)
    if not isinstance(held, Mapping):
        return
    if held.get("example") is not None:
        yield f"{holder}/example", held["example"]
    several = held.get("examples")
    for name in several if isinstance(several, Mapping) else ():
        pointer = dossier.schemas.resolved_pointer(f"{holder}/examples{pointers.join(name)}")
        example = dossier.at(pointer)
        if isinstance(example, Mapping) and example.get("value") is not None:
            yield f"{pointer}/value", example["value"]


def _is_encoded(dossier: Dossier, schema: str, value: Any) -> bool:
    """True for a list or an object that is shown as the text that is sent."""
    kinds = tasks.types(dossier.schemas.resolve(schema))
    return isinstance(value, str) and bool(kinds) and kinds <= {"array", "object", "null"}


def _schemas(dossier: Dossier) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    yield from dossier.objects()
    for pointer, subject in dossier.parameter_schemas():
        if isinstance(schema := dossier.at(pointer), Mapping) and "$ref" not in schema:
            yield pointer, schema, subject


def _values(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The single values a schema shows; objects and lists are judged where they are examples of a body."""
    several = schema.get("examples")
    listed = enumerate(several if isinstance(several, list) else ())
    pairs = [(key, schema[key]) for key in ("default", "example") if key in schema]
    for key, value in (*pairs, *((f"examples/{index}", value) for index, value in listed)):
        if value is not None and not isinstance(value, (Mapping, list)):
            yield key, value


def _problems(dossier: Dossier, pointer: str, value: Any) -> list[str]:
    try:
        found = dossier.schemas.at(pointer, Direction.RESPONSE).problems(thaw(value))
    except Uncompilable:
        return []  # the schema itself is broken: S151 says so
    return [problem.message for problem in found[:1]]


def bounds_shut_out(dossier: Dossier) -> Iterator[Finding]:
    """S139: the bounds leave no value."""
    for pointer, schema, subject in _schemas(dossier):
        for low, high in _BOUNDS:
            least, most = _number(schema.get(low)), _number(schema.get(high))
            if least is not None and most is not None and least > most:
                message = f"{subject}: no value has {low} {least} and {high} {most}"
                yield dossier.finding("S139", message, f"{pointer}/{low}", f"{subject} {low}")


def _number(value: Any) -> int | float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def operation_id_twice(dossier: Dossier) -> Iterator[Finding]:
    """S153: an operationId is given twice."""
    first: dict[str, str] = {}
    for operation in dossier.operations():
        if operation.id and first.setdefault(operation.id, operation.pointer) != operation.pointer:
            message = f"{operation.key}: the operationId {operation.id!r} belongs to another operation already"
            yield dossier.finding(
                "S153", message, f"{operation.pointer}/operationId", f"{operation.key} {operation.id}"
            )


def required_without_property(dossier: Dossier) -> Iterator[Finding]:
    """S154: a required name is no property."""
    for pointer, schema, subject in dossier.objects():
        required, properties = schema.get("required"), schema.get("properties")
        if not isinstance(required, list) or not isinstance(properties, Mapping) or _is_composed(pointer, schema):
            continue
        for index, name in enumerate(required):
            if isinstance(name, str) and name not in properties:
                message = f"{subject}: {name} is required, and is no property"
                yield dossier.finding("S154", message, f"{pointer}/required/{index}", f"{subject} {name}")


def _is_composed(pointer: str, schema: Mapping[str, Any]) -> bool:
    """True where other branches may declare what this one requires."""
    composing = {"allOf", "anyOf", "oneOf", "patternProperties", "if", "not", "dependentSchemas"}
    return bool(composing & (schema.keys() | set(pointers.split(pointer))))


def nullable_without_effect(dossier: Dossier) -> Iterator[Finding]:
    """S155: nullable has no effect here."""
    if dossier.contract.dialect is not Dialect.V30:
        return
    for pointer, schema, subject in _written(dossier):
        beside = [key for key in ("$ref", "allOf", "anyOf", "oneOf") if key in schema]
        if schema.get("nullable") is True and "type" not in schema and beside:
            message = f"{subject}: nullable stands beside {' and '.join(beside)} without a type, and admits no null"
            yield dossier.finding("S155", message, f"{pointer}/nullable", subject)


def _written(dossier: Dossier) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Every schema as it is written, also one that refers to another."""
    yield from dossier.objects()
    for root, subject in dossier.parameter_schemas():
        yield from ((f"{root}{at}", schema, subject) for at, schema in schemas_inside(dossier.at(root)))


def mapping_leads_nowhere(dossier: Dossier) -> Iterator[Finding]:
    """S156: a discriminator leads nowhere."""
    names = dossier.at("/components/schemas")
    known = names if isinstance(names, Mapping) else {}
    for pointer, schema, subject in _written(dossier):
        discriminator = schema.get("discriminator")
        mapping = discriminator.get("mapping") if isinstance(discriminator, Mapping) else None
        for word, target in mapping.items() if isinstance(mapping, Mapping) else ():
            if isinstance(target, str) and target not in known and _leads_nowhere(dossier, target):
                message = f"{subject}: the discriminator maps {word!r} to {target}, which is no schema"
                at = f"{pointer}/discriminator/mapping{pointers.join(str(word))}"
                yield dossier.finding("S156", message, at, f"{subject} {word}")


def _leads_nowhere(dossier: Dossier, target: str) -> bool:
    """True for a place of this document that does not exist, or a bare name; another document is not looked at."""
    if target.startswith("#/"):
        return dossier.at(unquote(target[1:])) is None
    return "/" not in target and "#" not in target and not target.endswith((".yaml", ".yml", ".json"))


RULES: dict[str, Any] = {
    "S138": value_fails_its_schema,
    "S139": bounds_shut_out,
    "S153": operation_id_twice,
    "S154": required_without_property,
    "S155": nullable_without_effect,
    "S156": mapping_leads_nowhere,
}
