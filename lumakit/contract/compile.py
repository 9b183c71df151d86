"""Documents and a reading, compiled once into one frozen Contract that client, mock server and checker share.

Follows the overlays of the chosen edition, checks every reference and every place it reads, and builds validators
only when they are first asked for. Reads no files: it is given the Sources.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from lumakit import catalogue
from lumakit.contract import documented, lifecycle_check, lifecycle_file, references
from lumakit.contract.amend import Amended, amend
from lumakit.contract.cursor import Cursor
from lumakit.contract.dialect import Dialect
from lumakit.contract.document import Document
from lumakit.contract.folder import Sources
from lumakit.contract.frozen import freeze, thaw
from lumakit.contract.inventory import Inventory
from lumakit.contract.operation import Book, Callback, Operation
from lumakit.contract.overlay import Action
from lumakit.contract.reading import Reading
from lumakit.contract.routing import Ambiguous, Route, Router
from lumakit.contract.schema import Schemas
from lumakit.errors import DocumentError, UnknownVersion, UsageError
from lumakit.model import Basis, Edition, Finding, Request


class Match(NamedTuple):
    """What a request is for: an operation with the values from its path, or a path with other methods, or nothing."""

    operation: Operation | None = None
    path_values: Mapping[str, str] = MappingProxyType({})
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
    webhooks: tuple[Callback, ...] = field(repr=False)
    reading: Reading | None = field(repr=False)
    actions: tuple[Action, ...] = field(repr=False)
    notes: tuple[Finding, ...] = field(repr=False)
    _sources: Sources = field(repr=False, compare=False)
    _amended: Amended = field(repr=False, compare=False)
    _bundled: dict[str, Any] = field(repr=False, compare=False)
    _router: Router[Operation] = field(repr=False, compare=False)

    def route(self, request: Request) -> Match:
        """Find the operation a request is for."""
        route = self._find(request.path)
        if route is None:
            return Match()
        operation = route.methods.get(request.method.upper())
        return Match(operation, route.values, route.allow)

    def check_request(self, request: Request) -> tuple[Finding, ...]:
        """Everything that is wrong with a request, also that nothing is documented for it."""
        match = self.route(request)
        if match.operation is not None:
            return match.operation.check_request(request, match.path_values)
        only = f", only {', '.join(match.allow)} is" if match.allow else ""
        what = f"{request.method} {request.path} is not documented{only}"
        where = f"{request.method} {request.path}"
        return (catalogue.finding("X200", where=where, message=what, subject="path", edition=self.edition),)

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
            near = difflib.get_close_matches(name, [*self.operations, *by_id])
            hint = f"did you mean {' or '.join(near)}?" if near else f"one of {', '.join(self.operations)}"
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

    def pages(self, operation: Operation) -> tuple[str, ...]:
        """Where people read about an operation: addresses, or else places in files; the best one first."""
        return documented.pages(operation, self._sources, self.origin(operation.pointer))

    def without(self, actions: Iterable[Action]) -> Contract:
        """What this contract would be without some actions of its overlays; refused where others build on them."""
        return compile_contract(
            self._sources, self.edition, frozenset((each.overlay, each.pointer) for each in actions)
        )


def compile_contract(
    sources: Sources, edition: Edition = Edition.CORRECTED, without: frozenset[tuple[str, str]] = frozenset()
) -> Contract:
    """Compile what was read into a contract; `without` names actions to leave out, by overlay and pointer."""
    amended = amended_edition(sources, edition, without)
    place = placer(sources.entry, amended, sources.siblings)
    version, dialect = _version(amended.document, place)
    siblings = {name: each.data for name, each in sources.siblings.items()}
    bundled = references.bundle(amended.document, siblings, references.own_name(sources.entry.name), place)
    references.check(bundled, place)
    book = Book(Schemas(bundled, dialect, sources.entry.name), edition, basis_of(amended))
    inventory = Inventory(Cursor(bundled, place, "", bundled), book)
    operations = {operation.key: operation for operation in inventory.operations()}
    reading = lifecycle_file.read(sources.lifecycle) if sources.lifecycle else None
    if reading and sources.lifecycle:
        lifecycle_check.check_against(reading, sources.lifecycle, operations)
    return Contract(
        name=sources.name,
        edition=edition,
        version=version,
        dialect=dialect,
        title=inventory.title(),
        servers=tuple(inventory.servers()),
        operations=freeze(operations),
        webhooks=tuple(inventory.webhooks()),
        reading=reading,
        actions=amended.actions,
        notes=amended.findings,
        _sources=sources,
        _amended=amended,
        _bundled=bundled,
        _router=_router(operations, place),
    )


def amended_edition(sources: Sources, edition: Edition, without: frozenset[tuple[str, str]] = frozenset()) -> Amended:
    """The document with the overlays of an edition, but for some of their actions."""
    overlays = [sources.additions, sources.corrections if edition is Edition.CORRECTED else None]
    return amend(sources.entry.data, [overlay for overlay in overlays if overlay], without=without)


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

    @lru_cache(maxsize=4096)  # whoever sends the same mistake is told so quickly
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
    if "overlay" in document:
        hint = "lumakit amend DOCUMENT OVERLAY applies it to a document"
        raise UnknownVersion(
            "this is an overlay, not an OpenAPI document", code="spec_version", where=place("/overlay"), hint=hint
        )
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
