"""The operations of a document as values: one walk through it, with every place that is read checked on the way.

Knows OpenAPI's objects and follows references. Does not know overlays, editions or lifecycles, and judges nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from lumakit.contract import media
from lumakit.contract import pointer as pointers
from lumakit.contract.cursor import Cursor
from lumakit.contract.forms import Coding
from lumakit.contract.frozen import freeze
from lumakit.contract.messages import Answer, Body, Link
from lumakit.contract.operation import Book, Callback, Operation
from lumakit.contract.parameters import DEFAULT_STYLES, Parameter
from lumakit.contract.routing import names_in
from lumakit.contract.security import CONNECTION, Scheme, Security
from lumakit.contract.shape import Shape, types_of

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
IGNORED_HEADERS = frozenset(("accept", "content-type", "authorization"))
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VISIBLE = re.compile(r"[\x20-\x7e]*")  # it stands in a header one day


class Inventory:
    """Walks a bundled document once; every place it reads is checked on the way."""

    def __init__(self, root: Cursor, book: Book) -> None:
        self.root = root
        self.book = book
        self.inside: list[str] = []  # the operations whose callbacks are being walked
        self.shapes: dict[tuple[str, int], Shape] = {}

    def title(self) -> str:
        """The document's title."""
        return self.root.down("info").down("title").text()

    def servers(self) -> Iterator[str]:
        """The address of each server, with the defaults of its variables."""
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
        """Every operation of the document's paths."""
        if "paths" not in self.root.mapping() and not {"webhooks", "components"} & self.root.mapping().keys():
            self.root.fail("'paths' is missing", "an OpenAPI document has `paths`")
        for path, item in self.root.down("paths").entries():
            if not path.startswith("/"):
                item.fail(f"the path {path!r} does not begin with a slash", "write `/path`")
            yield from self.operations_of(path, item)

    def webhooks(self) -> Iterator[Callback]:
        """Every webhook of a 3.1 document: a callback that no operation asks for."""
        yield from self.callbacks_at("", self.root.down("webhooks"))

    def operations_of(self, path: str, item: Cursor) -> Iterator[Operation]:
        for method in METHODS:
            operation = item.down(method)
            if operation:
                yield self.operation(path, method, item, operation)

    def operation(self, path: str, method: str, item: Cursor, operation: Cursor) -> Operation:
        body = operation.down("requestBody")
        parameters = tuple(self.parameters(path, item, operation))
        if len(set(names := names_in(path))) != len(names):
            operation.fail(f"a path parameter stands twice in {path}", "give each place its own name")
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
            _book=self.book,
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

    # bodies and answers

    def content(self, content: Cursor) -> Iterator[tuple[str, Body]]:
        for media_type, cursor in content.entries():
            if not _VISIBLE.fullmatch(media_type):
                cursor.fail(f"{media_type!a} cannot be a content type", "such as application/json")
            only_json = media.is_json(media.essence(media_type))
            body = Body(
                media_type=media_type,
                schema=self.schema_in(cursor),
                examples=freeze(dict(self.examples(cursor))),
                shape=Shape() if only_json else self.shape(cursor.down("schema")),
                pointer=cursor.pointer,
                codings=freeze({name: _coding(each) for name, each in cursor.down("encoding").entries()}),
            )
            yield media_type, body

    def schema_in(self, holder: Cursor) -> str | None:
        schema = holder.down("schema")
        if schema and not isinstance(schema.value, (dict, bool)):
            schema.fail("a schema is needed here", "write `schema: {type: string}`")
        if not schema:
            return None
        self.book.schemas.foresee(pointer := f"{holder.pointer}/schema")
        return pointer

    def examples(self, holder: Cursor) -> Iterator[tuple[str, object]]:
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
            yield from self.callbacks_at(name, callback)

    def callbacks_at(self, name: str, items: Cursor) -> Iterator[Callback]:
        """The operations a receiver serves: those of a callback by expression, those of the document by name."""
        for key, item in items.entries():
            for operation in self.operations_of("/", item):
                asked = item.down(operation.method.lower()).down("security")
                # The keys of the whole document are those of the provider's server, not of the receiver.
                received = operation if asked else replace(operation, security=Security())
                yield Callback(name or key, key if name else "", received)

    # shapes and security

    def shape(self, schema: Cursor, depth: int = 0) -> Shape:
        if depth > 11 or not isinstance(schema.value, dict):
            return Shape()
        key = (schema.pointer, depth)
        if key not in self.shapes:  # without this, schemas that hold one another would be walked again and again
            self.shapes[key] = self.new_shape(schema, depth)
        return self.shapes[key]

    def new_shape(self, schema: Cursor, depth: int) -> Shape:
        branches = [branch for key in ("allOf", "anyOf", "oneOf") for branch in schema.down(key).items()]
        inner = [self.shape(branch, depth + 1) for branch in branches]
        properties = schema.down("properties")
        members = {name: self.shape(properties.down(name), depth + 1) for name in properties.mapping()}
        for name, member in (each for branch in inner for each in (branch.members or {}).items()):
            members[name] = member if member.types else members.get(name, member)
        item, rest = (schema.down(key) for key in ("items", "additionalProperties"))
        return Shape(
            types=types_of(schema.value).union(*(branch.types for branch in inner)),
            item=self.shape(item, depth + 1) if item else next((each.item for each in inner if each.item), None),
            members=freeze(members) if members else None,
            rest=self.shape(rest, depth + 1) if rest else next((each.rest for each in inner if each.rest), None),
            pointer=schema.pointer,
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
        if scheme.needed("type") == "mutualTLS":
            return Scheme(label, CONNECTION, "")
        word = scheme.down("scheme").text("bearer").lower()
        return Scheme(label, "header", "Authorization", word)


def _coding(encoding: Cursor) -> Coding:
    style = encoding.down("style").text()
    explode = encoding.down("explode").flag(fallback=style in ("", "form"))
    return Coding.of(style, explode, encoding.down("contentType").text())


def _referred(reference: str) -> str:
    """The key of the operation an operationRef inside the document names."""
    parts = pointers.split(reference[1:]) if reference.startswith("#/") else ()
    return f"{parts[2].upper()} {parts[1]}" if len(parts) == 3 else reference
