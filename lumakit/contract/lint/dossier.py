"""What a rule is given: the sources, the compiled contract, and short ways to the places rules look at.

Knows how to walk a document and how to write a finding. Holds no rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from lumakit import catalogue
from lumakit.contract import pointer as pointers
from lumakit.contract import references
from lumakit.contract.compile import Contract
from lumakit.contract.dialect import schemas_inside
from lumakit.contract.folder import Page, Sources
from lumakit.contract.messages import Answer, Body
from lumakit.contract.operation import Callback, Operation
from lumakit.contract.pages import Parts, take_apart
from lumakit.contract.schema import Schemas
from lumakit.model import Finding


@dataclass(frozen=True, slots=True)
class Shown:
    """A documented body in its place: the operation, its role ('request', 'callback' or a status), and the body."""

    operation: Operation
    role: str
    body: Body

    @property
    def subject(self) -> str:
        """The body in words."""
        return self.operation.key if self.role == "callback" else f"{self.operation.key} {self.role}"


@dataclass(frozen=True, slots=True)
class Property:
    """A property of an object schema: its name, its own pointer, its schema with references followed."""

    name: str
    pointer: str
    schema: Mapping[str, Any]
    required: bool
    subject: str

    @property
    def description(self) -> str:
        """What the document says of it."""
        return str(self.schema.get("description") or "").strip()


def _named(callback: Callback, name: str) -> Callback:
    return replace(callback, operation=replace(callback.operation, key=name, path=name))


def some(keys: list[str]) -> str:
    """The first few of many, and how many more there are."""
    named = keys if len(keys) <= 3 else [*keys[:3], f"{len(keys) - 3} more"]
    return " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)


def _bodies(operation: Operation, role: str) -> Iterator[Shown]:
    yield from (Shown(operation, role, body) for body in operation.content.values())
    for answer in operation.answers.values():
        yield from (Shown(operation, answer.status, body) for body in answer.content.values())


@dataclass(frozen=True)
class Dossier:
    """One edition of one provider, laid open."""

    sources: Sources
    contract: Contract

    @cached_property
    def document(self) -> dict[str, Any]:
        """The bundled document; rules only read it."""
        return self.contract.bundled()

    @cached_property
    def schemas(self) -> Schemas:
        """The document's schemas."""
        schemas = Schemas(self.document, self.contract.dialect, self.sources.entry.name)
        for pointer, _ in (*self.roots(), *self.parameter_schemas()):
            schemas.foresee(pointer)
        return schemas

    @cached_property
    def parts(self) -> tuple[tuple[Page, Parts], ...]:
        """Each page with its parts."""
        return tuple((page, take_apart(page.text)) for page in self.sources.pages)

    def operations(self) -> Iterator[Operation]:
        """Every operation, and those of callbacks and webhooks."""
        yield from self.contract.operations.values()
        yield from (each.operation for each in self.received())

    def received(self) -> Iterator[Callback]:
        """Every callback of an operation, and every webhook; having no path, they go by their names."""
        for each in self.contract.operations.values():
            yield from (_named(callback, f"{each.key} callback {callback.name}") for callback in each.callbacks)
        yield from (_named(webhook, f"webhook {webhook.name}") for webhook in self.contract.webhooks)

    @property
    def is_empty(self) -> bool:
        """True where there is nothing to look at."""
        schemas = self.at("/components/schemas")
        return not self.contract.operations and not self.contract.webhooks and not schemas

    @cached_property
    def shown(self) -> tuple[Shown, ...]:
        """Every documented body; one that several operations refer to is shown with the first."""
        own = (shown for each in self.contract.operations.values() for shown in _bodies(each, "request"))
        sent = (shown for each in self.received() for shown in _bodies(each.operation, "callback"))
        return tuple({each.body.pointer: each for each in reversed((*own, *sent))}.values())[::-1]

    def requests(self) -> Iterator[Shown]:
        """Every documented body of a request."""
        return (shown for shown in self.shown if shown.role == "request")

    def answers(self) -> Iterator[Shown]:
        """Every documented body that the provider sends."""
        return (shown for shown in self.shown if shown.role != "request")

    def answered(self) -> Iterator[tuple[Operation, Answer]]:
        """Every documented answer; one that several operations refer to comes with the first."""
        told: set[str] = set()
        for operation in self.operations():
            for answer in operation.answers.values():
                if answer.pointer not in told:
                    told.add(answer.pointer)
                    yield operation, answer

    def parameters(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Every parameter as written, also one that OpenAPI ignores: its operation or path, its pointer, and itself."""
        holders: dict[str, str] = {}
        for operation in self.operations():
            holders.setdefault(pointers.parent(operation.pointer), operation.path)
            holders.setdefault(operation.pointer, operation.key)
        for holder, key in holders.items():
            for index in range(len(self.at(f"{holder}/parameters") or ())):
                pointer = self.schemas.resolved_pointer(f"{holder}/parameters/{index}")
                yield key, pointer, self.at(pointer)

    def at(self, pointer: str) -> Any:
        """The value at a pointer; None where there is nothing."""
        return pointers.look(self.document, pointer, None)

    def roots(self) -> Iterator[tuple[str, str]]:
        """The pointer of every schema that is not inside another one, with what it belongs to; each once."""
        seen: set[str] = set()
        inline = [(shown.body.schema, shown.subject) for shown in self.shown if shown.body.schema]
        schemas = self.at("/components/schemas")
        named = [
            (f"/components/schemas{pointers.join(name)}", name)
            for name in (schemas if isinstance(schemas, Mapping) else ())
        ]
        for pointer, subject in (*inline, *named):
            if pointer not in seen:
                seen.add(pointer)
                yield pointer, subject

    def parameter_schemas(self) -> Iterator[tuple[str, str]]:
        """The pointer of every parameter's and header's schema, with what it belongs to; each once."""
        told: set[str] = set()
        for operation in self.operations():
            headers = (header for answer in operation.answers.values() for header in answer.headers)
            for each in (*operation.parameters, *headers):
                if each.schema and each.schema not in told:
                    told.add(each.schema)
                    yield each.schema, f"{operation.key} {each.location} {each.name}"

    def objects(self) -> Iterator[tuple[str, Mapping[str, Any], str]]:
        """Every schema written in the document with its pointer and what it belongs to."""
        for root, subject in self.roots():
            for at, schema in schemas_inside(self.at(root)):
                yield f"{root}{at}", schema, subject

    @cached_property
    def properties(self) -> tuple[Property, ...]:
        """Every property of every schema written in the document."""
        return tuple(
            each
            for pointer, schema, subject in self.objects()
            for each in self._properties_of(pointer, schema, subject)
        )

    def _properties_of(self, pointer: str, schema: Mapping[str, Any], subject: str) -> Iterator[Property]:
        required = schema.get("required")
        names = required if isinstance(required, list) else []
        properties = schema.get("properties")
        for name in properties if isinstance(properties, Mapping) else ():
            at = f"{pointer}/properties{pointers.join(name)}"
            yield Property(name, at, self.schemas.resolve(at), name in names, subject)

    def members(self, schema_pointer: str) -> dict[str, Property]:
        """The properties of the schema at a pointer, through references and every branch; an outer one wins."""
        if schema_pointer not in self._members:
            self._members[schema_pointer] = self._members_at(schema_pointer)
        return self._members[schema_pointer]

    @cached_property
    def _members(self) -> dict[str, dict[str, Property]]:
        return {}

    def _members_at(self, schema_pointer: str) -> dict[str, Property]:
        found: dict[str, Property] = {}
        waiting, seen = [schema_pointer], set[str]()
        while waiting:
            pointer = self.schemas.resolved_pointer(waiting.pop(0))
            if pointer in seen:
                continue
            seen.add(pointer)
            schema = self.schemas.resolve(pointer)
            for each in self._properties_of(pointer, schema, ""):
                found.setdefault(each.name, each)
            waiting += [
                f"{pointer}/{key}/{i}"
                for key in ("allOf", "anyOf", "oneOf")
                for i in range(len(schema[key]) if isinstance(schema.get(key), list) else 0)
            ]
        return found

    def reaches(self, schema: str, pointer: str) -> bool:
        """True where a pointer into a value leads to something the schema declares, or leaves open."""
        for part in pointers.split(pointer):
            found, members = self.schemas.resolve(schema), self.members(schema)
            if part in members:
                schema = members[part].pointer
            elif part.isdigit() and "items" in found:
                schema = f"{self.schemas.resolved_pointer(schema)}/items"
            else:
                return not members and "items" not in found
        return True

    def members_of(self, body: Body) -> Iterator[Property]:
        """The properties a body's schema has; none without a schema."""
        return iter(self.members(body.schema).values() if body.schema else ())

    @cached_property
    def told(self) -> Mapping[str, list[Any]]:
        """What the examples give for each property, by the pointer of the property."""
        found: dict[str, list[Any]] = {}
        for shown in self.shown:
            for value in shown.body.examples.values() if shown.body.schema else ():
                self._tell(shown.body.schema or "", value, found)
        for pointer, schema, _ in self.objects():
            several = schema.get("examples")
            for value in (schema.get("example"), *(several if isinstance(several, list) else ())):
                self._tell(pointer, value, found)
        for each in self.properties:
            if each.schema.get("example") is not None:
                found.setdefault(each.pointer, []).append(each.schema["example"])
        return found

    def _tell(self, pointer: str, value: Any, found: dict[str, list[Any]]) -> None:
        if isinstance(value, (list, tuple)):
            inside = f"{self.schemas.resolved_pointer(pointer)}/items"
            for item in value if self.schemas.resolve(inside) else ():
                self._tell(inside, item, found)
        if not isinstance(value, Mapping):
            return
        for name, each in self.members(pointer).items():
            if name in value:
                found.setdefault(each.pointer, []).append(value[name])
                self._tell(each.pointer, value[name], found)

    @cached_property
    def asked(self) -> tuple[Property, ...]:
        """Everything by name that a client can send: parameters, and properties of request bodies at any depth."""
        found: dict[str, Property] = {}
        for operation, pointer, parameter in self.parameters():
            at = f"{pointer}/schema"
            schema = {**self.schemas.resolve(at), "description": parameter.get("description")}
            name, required = str(parameter.get("name")), parameter.get("required") is True
            found.setdefault(at, Property(name, at, schema, required, f"{operation} {parameter.get('in')}"))
        waiting = [each for shown in self.requests() for each in self.members_of(shown.body)]
        while waiting:
            each = waiting.pop()
            if each.pointer not in found:
                found[each.pointer] = each
                waiting += self.members(each.pointer).values()
        return tuple(found.values())

    # findings

    def finding(self, code: str, message: str, pointer: str, subject: str = "", hint: str = "") -> Finding:
        """A finding about a place of the document, which may stand in the transcription or in an overlay."""
        file, inside = references.file_of(pointer)
        document = self.sources.siblings.get(file, self.sources.entry)
        action = None if file else self.contract.origin(pointer)
        known = {"basis": action.basis, "evidence": action.evidence} if action else {}
        return catalogue.finding(
            code,
            where=action.overlay if action else document.name,
            line=action.line if action else document.line(inside),
            message=message,
            pointer=inside,
            edition=self.contract.edition,
            subject=subject,
            hint=hint,
            **known,
        )

    def on_page(self, code: str, page: Page, line: int | None, message: str, subject: str = "") -> Finding:
        """A finding about a line of a published page."""
        return catalogue.finding(
            code, where=page.name, line=line, message=message, edition=self.contract.edition, subject=subject
        )
