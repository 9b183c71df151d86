"""Rules on single values (S138, S139, S153, S154): defaults and examples that do not fit, bounds that leave nothing,
names given twice or to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lumakit.contract import pointer as pointers
from lumakit.contract.dialect import Direction
from lumakit.contract.frozen import thaw
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
    """S138: a default or an example does not fit the schema it stands in."""
    for pointer, schema, subject in _schemas(dossier):
        for key, value in _values(schema):
            for problem in _problems(dossier, pointer, value):
                message = f"{subject}: the {key.partition('/')[0]} {value!r} does not fit its own schema: {problem}"
                yield dossier.finding("S138", message, f"{pointer}/{key}", f"{subject} {key}")


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


RULES: dict[str, Any] = {
    "S138": value_fails_its_schema,
    "S139": bounds_shut_out,
    "S153": operation_id_twice,
    "S154": required_without_property,
}
