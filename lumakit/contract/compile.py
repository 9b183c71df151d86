"""Documents and a reading, compiled once into one frozen Contract that client, mock server and checker share.

Follows the overlays of the chosen edition, checks every reference and every place it reads, and builds validators
only when they are first asked for. Reads no files: it is given the Sources.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from lumakit.contract import media, references
from lumakit.contract import pointer as pointers
from lumakit.contract import reading as readings
from lumakit.contract.amend import Amended, amend
from lumakit.contract.cursor import Cursor
from lumakit.contract.document import Document, Sources
from lumakit.contract.frozen import freeze, thaw
from lumakit.contract.operation import Answer, Body, Book, Callback, Link, Operation
from lumakit.contract.overlay import Action
from lumakit.contract.parameters import DEFAULT_STYLES, Parameter, Shape
from lumakit.contract.reading import Reading
from lumakit.contract.routing import Ambiguous, Route, Router, names_in
from lumakit.contract.schema import Dialect, Schemas
from lumakit.contract.security import Scheme, Security
from lumakit.errors import DocumentError, UnknownVersion, UsageError
from lumakit.model import Basis, Edition, Finding, Request

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
IGNORED_HEADERS = frozenset(("accept", "content-type", "authorization"))
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Match:
    """What a request is for: an operation with the values from its path, or a path with other methods, or nothing."""

    operation: Operation | None = None
    path_values: Mapping[str, str] = field(default_factory=dict)
    allow: tuple[str, ...] = ()

    @property
    def wrong_method(self) -> bool:
        """True where the path is documented, but not with this method."""
        return self.operation is None and bool(self.allow)


@dataclass(frozen=True)
class Contract:
    """One provider's contract in one edition. Everything in it is immutable."""

    name: str
    edition: Edition
    version: str
    dialect: Dialect
    title: str
    servers: tuple[str, ...]
    operations: Mapping[str, Operation] = field(repr=False)
    reading: Reading | None = field(repr=False)
    actions: tuple[Action, ...] = field(repr=False)
    notes: tuple[Finding, ...] = field(repr=False)
    _amended: Amended = field(repr=False, compare=False)
    _bundled: dict[str, Any] = field(repr=False, compare=False)
    _router: Router[Operation] = field(repr=False, compare=False)

    def route(self, request: Request) -> Match:
        """Find the operation a request is for."""
        route = self._find(request.path)
        if route is None:
            return Match()
        operation = route.methods.get(request.method.upper())
        return Match(operation, route.values, tuple(sorted(route.methods)))

    def _find(self, path: str) -> Route[Operation] | None:
        route = self._router.find(path)
        if route is not None:
            return route
        inside = (path.removeprefix(base) for base in self._bases if path.startswith(f"{base}/"))
        return next(filter(None, map(self._router.find, inside)), None)

    @cached_property
    def _bases(self) -> tuple[str, ...]:
        paths = {urlsplit(server).path.rstrip("/") for server in self.servers}
        return tuple(sorted(filter(None, paths), key=len, reverse=True))

    def operation(self, name: str) -> Operation:
        """An operation by its key (`POST /path`) or its operationId."""
        if name in self.operations:
            return self.operations[name]
        by_id = {operation.id: operation for operation in self.operations.values() if operation.id}
        if name not in by_id:
            near = difflib.get_close_matches(name, [*self.operations, *by_id], n=1)
            hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(self.operations)}"
            raise UsageError(f"{self.name} has no operation {name!r}", code="operation_not_found", hint=hint)
        return by_id[name]

    @cached_property
    def document(self) -> Mapping[str, Any]:
        """The amended document, read-only."""
        return freeze(self._amended.document)  # type: ignore[no-any-return]

    def bundled(self) -> dict[str, Any]:
        """A fresh copy of the amended document with every reference inside it, for libraries that want dicts."""
        return thaw(self._bundled)  # type: ignore[no-any-return]

    def origin(self, pointer: str) -> Action | None:
        """The overlay action that a place of the document comes from; None where it stands as it was published."""
        return self._amended.origin(pointer)

    def second_opinion(self) -> Any:
        """The same questions, asked of openapi-core."""
        from lumakit.contract.second_opinion import SecondOpinion

        return SecondOpinion(self)


def compile_contract(sources: Sources, edition: Edition = Edition.CORRECTED) -> Contract:
    """Compile what was read into a contract."""
    amended = amended_edition(sources, edition)
    place = placer(sources.entry, amended, sources.siblings)
    version, dialect = _version(amended.document, place)
    siblings = {name: each.data for name, each in sources.siblings.items()}
    bundled = references.bundle(amended.document, siblings, references.own_name(sources.entry.name), place)
    references.check(bundled, place)
    book = Book(Schemas(bundled, dialect, sources.entry.name), edition, basis_of(amended))
    compiler = _Compiler(Cursor(bundled, place, "", bundled), book)
    operations = {operation.key: operation for operation in compiler.operations()}
    reading = readings.read(sources.lifecycle) if sources.lifecycle else None
    if reading and sources.lifecycle:
        readings.check_against(reading, sources.lifecycle, operations)
    return Contract(
        name=sources.name,
        edition=edition,
        version=version,
        dialect=dialect,
        title=compiler.root.down("info").down("title").text(),
        servers=tuple(compiler.servers()),
        operations=freeze(operations),
        reading=reading,
        actions=amended.actions,
        notes=amended.findings,
        _amended=amended,
        _bundled=bundled,
        _router=_router(operations, place),
    )


def amended_edition(sources: Sources, edition: Edition) -> Amended:
    """The document with the overlays of an edition."""
    overlays = [sources.additions, sources.corrections if edition is Edition.CORRECTED else None]
    return amend(sources.entry.data, [overlay for overlay in overlays if overlay])


def placer(entry: Document, amended: Amended, siblings: Mapping[str, Document]) -> Callable[[str], str]:
    """A function that names the place of a pointer for people: a line of the document or of an overlay."""

    def place(pointer: str) -> str:
        file, pointer = references.file_of(pointer)
        document, action = siblings.get(file, entry), None if file else amended.origin(pointer)
        name, line = (action.overlay, action.line) if action else (document.name, document.line(pointer))
        return f"{name}:{line}#{pointer}" if line else f"{name}#{pointer}"

    return place


def basis_of(amended: Amended) -> Callable[[str], tuple[Basis, tuple[str, ...]]]:
    """A function that tells how a place of the document is known."""

    def basis(pointer: str) -> tuple[Basis, tuple[str, ...]]:
        action = amended.origin(pointer)
        return (action.basis, action.evidence) if action else (Basis.DOCUMENTED, ())

    return basis


def _version(document: Mapping[str, Any], place: Callable[[str], str]) -> tuple[str, Dialect]:
    if "swagger" in document:
        raise UnknownVersion(
            f"this is Swagger {document['swagger']}, not OpenAPI 3",
            code="spec_swagger",
            where=place("/swagger"),
            hint="convert it to OpenAPI 3 first, with swagger2openapi or the editor it came from",
        )
    version = document.get("openapi")
    for dialect in Dialect:
        if isinstance(version, str) and version.startswith(f"{dialect.value}."):
            return version, dialect
    what = f"the OpenAPI version {version!r} is not read" if version is not None else "no `openapi` version is given"
    raise UnknownVersion(
        what, code="spec_version", where=place("/openapi"), hint="`openapi: 3.0.x` or `openapi: 3.1.x` is needed"
    )


def _router(operations: Mapping[str, Operation], place: Callable[[str], str]) -> Router[Operation]:
    try:
        return Router((each.path, each.method, each) for each in operations.values())
    except Ambiguous as error:
        raise DocumentError(
            str(error), code="spec_ambiguous", where=place("/paths"), hint="give them different literal segments"
        ) from None


class _Compiler:
    """Walks a bundled document once."""

    def __init__(self, root: Cursor, book: Book) -> None:
        self.root = root
        self.book = book
        self.inside: list[str] = []  # the operations whose callbacks are being walked
        self.shapes: dict[tuple[str, int], Shape] = {}

    def servers(self) -> Iterator[str]:
        for server in self.root.down("servers").items():
            url = server.needed("url")
            for name, variable in server.down("variables").entries():
                url = url.replace(f"{{{name}}}", variable.needed("default"))
            try:
                urlsplit(url)
            except ValueError as error:
                server.fail(f"{url!r} is not an address: {error}", "write `https://api.example.com/v1`")
            yield url

    def operations(self) -> Iterator[Operation]:
        if "paths" not in self.root.mapping() and not {"webhooks", "components"} & self.root.mapping().keys():
            self.root.fail("'paths' is missing", "an OpenAPI document has `paths`")
        for path, item in self.root.down("paths").entries():
            if not path.startswith("/"):
                item.fail(f"the path {path!r} does not begin with a slash", "write `/path`")
            yield from self.operations_of(path, item)

    def operations_of(self, path: str, item: Cursor) -> Iterator[Operation]:
        for method in METHODS:
            operation = item.down(method)
            if operation:
                yield self.operation(path, method, item, operation)

    def operation(self, path: str, method: str, item: Cursor, operation: Cursor) -> Operation:
        body = operation.down("requestBody")
        parameters = tuple(self.parameters(path, item, operation))
        self.check_path(path, parameters, operation)
        return Operation(
            key=f"{method.upper()} {path}",
            method=method.upper(),
            path=path,
            id=operation.down("operationId").text(),
            summary=operation.down("summary").text(),
            parameters=parameters,
            content=freeze(dict(self.content(body.down("content")))),
            body_required=body.down("required").flag(),
            answers=freeze({answer.status: answer for answer in self.answers(operation.down("responses"))}),
            security=self.security(operation),
            callbacks=tuple(self.callbacks(operation)),
            pointer=operation.pointer,
            book=self.book,
        )

    # parameters

    def parameters(self, path: str, item: Cursor, operation: Cursor) -> Iterator[Parameter]:
        names = names_in(path)
        found: dict[tuple[str, str], Cursor] = {}
        for cursor in (*item.down("parameters").items(), *operation.down("parameters").items()):
            found[cursor.needed("in"), cursor.needed("name")] = cursor
        for (location, name), cursor in found.items():
            if location not in DEFAULT_STYLES:
                cursor.fail(f"a parameter cannot be in {location!r}", f"one of {', '.join(DEFAULT_STYLES)}")
            if location == "path" and name not in names:
                continue  # no request can carry it; lint says so
            if location != "header" or name.lower() not in IGNORED_HEADERS:
                yield self.parameter(name, location, cursor)

    def parameter(self, name: str, location: str, cursor: Cursor) -> Parameter:
        content = next((body for _, body in self.content(cursor.down("content"))), None)
        style = cursor.down("style").text(DEFAULT_STYLES[location])
        return Parameter(
            name=name,
            location=location,
            required=cursor.down("required").flag() or location == "path",
            style=style,
            explode=cursor.down("explode").flag(fallback=style == "form"),
            schema=content.schema if content else self.schema_in(cursor),
            is_json=content is not None and media.is_json(media.essence(content.media_type)),
            pointer=cursor.pointer,
            shape=self.shape(cursor.down("schema")),
        )

    def check_path(self, path: str, parameters: tuple[Parameter, ...], operation: Cursor) -> None:
        declared = {each.name for each in parameters if each.location == "path"}
        names = names_in(path)
        if len(set(names)) != len(names):
            operation.fail(f"a path parameter stands twice in {path}", "give each place its own name")
        missing = [name for name in names if name not in declared]
        if missing:
            operation.fail(f"the path parameter {missing[0]!r} of {path} is not declared", "add it to `parameters`")

    # bodies and answers

    def content(self, content: Cursor) -> Iterator[tuple[str, Body]]:
        for media_type, cursor in content.entries():
            only_json = media.is_json(media.essence(media_type))
            body = Body(
                media_type=media_type,
                schema=self.schema_in(cursor),
                examples=freeze(dict(self.examples(cursor))),
                shape=Shape() if only_json else self.shape(cursor.down("schema")),
                pointer=cursor.pointer,
            )
            yield media_type, body

    def schema_in(self, holder: Cursor) -> str | None:
        schema = holder.down("schema")
        if schema and not isinstance(schema.value, (dict, bool)):
            schema.fail("a schema is needed here", "write `schema: {type: string}`")
        return f"{holder.pointer}/schema" if schema else None

    def examples(self, holder: Cursor) -> Iterator[tuple[str, Any]]:
        if "example" in holder.mapping():
            yield "", holder.mapping()["example"]
        for name, example in holder.down("examples").entries():
            if "value" in example.mapping():
                yield name, example.mapping()["value"]

    def answers(self, responses: Cursor) -> Iterator[Answer]:
        for status, cursor in responses.entries():
            if not re.fullmatch(r"[1-5](?:\d\d|XX)|default", status):
                cursor.fail(f"{status!r} is not a status", "write '200', '4XX' or default")
            yield Answer(
                status=status,
                description=cursor.down("description").text(),
                headers=tuple(self.headers(cursor.down("headers"))),
                content=freeze(dict(self.content(cursor.down("content")))),
                links=freeze({name: self.link(link) for name, link in cursor.down("links").entries()}),
                pointer=cursor.pointer,
            )

    def headers(self, headers: Cursor) -> Iterator[Parameter]:
        for name in headers.mapping():
            cursor = headers.down(name)
            if not _TOKEN.fullmatch(name):
                cursor.fail(f"{name!r} cannot be the name of a header", "letters, digits and hyphens")
            if name.lower() != "content-type":
                yield self.parameter(name, "header", cursor)

    def link(self, link: Cursor) -> Link:
        values = link.mapping()
        return Link(
            operation=link.down("operationId").text() or _referred(link.down("operationRef").text()),
            parameters=freeze(link.down("parameters").mapping()),
            request_body=freeze(values.get("requestBody")),
            pointer=link.pointer,
        )

    def callbacks(self, operation: Cursor) -> Iterator[Callback]:
        if operation.pointer in self.inside:
            operation.fail("a callback leads back to the operation that declares it", "write its path item out")
        self.inside.append(operation.pointer)
        yield from self.callbacks_in(operation.down("callbacks"))
        self.inside.pop()

    def callbacks_in(self, callbacks: Cursor) -> Iterator[Callback]:
        for name, callback in callbacks.entries():
            for expression, item in callback.entries():
                for operation in self.operations_of("/", item):
                    asked = item.down(operation.method.lower()).down("security")
                    # The keys of the whole document are those of the provider's server, not of the receiver.
                    yield Callback(name, expression, operation if asked else replace(operation, security=Security()))

    # shapes and security

    def shape(self, schema: Cursor, depth: int = 0) -> Shape:
        if depth > 3 or not isinstance(schema.value, dict):
            return Shape()
        key = (schema.pointer, depth)
        if key not in self.shapes:  # without this, schemas that hold one another would be walked again and again
            self.shapes[key] = self.new_shape(schema, depth)
        return self.shapes[key]

    def new_shape(self, schema: Cursor, depth: int) -> Shape:
        branches = [branch for key in ("allOf", "anyOf", "oneOf") for branch in schema.down(key).items()]
        inner = [self.shape(branch, depth + 1) for branch in branches]
        types = schema.value.get("type")
        own = [types] if isinstance(types, str) else types if isinstance(types, list) else []
        properties = schema.down("properties")
        members = {name: self.shape(properties.down(name), depth + 1) for name in properties.mapping()}
        for branch in inner:
            members |= branch.members or {}
        return Shape(
            types=frozenset(map(str, own)).union(*(branch.types for branch in inner)),
            item=self.shape(schema.down("items"), depth + 1),
            members=freeze(members) if members else None,
        )

    def security(self, operation: Cursor) -> Security:
        asked = operation.down("security")
        if asked.value is None:
            asked = self.root.down("security")
        alternatives = [tuple(self.scheme(label, each) for label in each.mapping()) for each in asked.items()]
        return Security(() if () in alternatives else tuple(alternatives))

    def scheme(self, label: str, requirement: Cursor) -> Scheme:
        scheme = self.root.down("components").down("securitySchemes").down(label)
        if not scheme:
            requirement.fail(f"the security scheme {label!r} is not defined", "add it to components.securitySchemes")
        if scheme.needed("type") == "apiKey":
            if (location := scheme.needed("in")) not in ("header", "query", "cookie"):
                scheme.fail(f"a key cannot be in {location!r}", "one of header, query, cookie")
            return Scheme(label, location, scheme.needed("name"))
        word = scheme.down("scheme").text("bearer").lower()
        return Scheme(label, "header", "Authorization", word)


def _referred(reference: str) -> str:
    """The key of the operation an operationRef inside the document names."""
    parts = pointers.split(reference[1:]) if reference.startswith("#/") else ()
    return f"{parts[2].upper()} {parts[1]}" if len(parts) == 3 else reference
