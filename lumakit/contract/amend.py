"""Overlays carried out: actions that update, remove or copy parts of a document, applied to a copy of it.

Knows the Overlay specification and keeps where each part of the amended document came from. Does not know files,
OpenAPI or providers: a document comes in as a value and leaves as a new one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lumakit.contract import jsonpath
from lumakit.contract import pointer as pointers
from lumakit.contract.frozen import thaw
from lumakit.contract.jsonpath import Location, value_at
from lumakit.contract.overlay import MAX_DEPTH, Action, Order, measure, read_orders
from lumakit.errors import DocumentError, OverlayError
from lumakit.model import Finding, Severity

if TYPE_CHECKING:
    from lumakit.contract.document import Document

RECORD = "x-lumakit-applied"
UNMATCHED = "S190"
MAX_WRITTEN = 200_000  # values; a few actions that copy the document into itself would fill the memory


@dataclass(slots=True)
class _Trace:
    """Who wrote a place and the places inside it; shaped like the document, so that it can follow removed elements."""

    action: Action | None = None
    inside: dict[str, _Trace] = field(default_factory=dict)

    def mark(self, location: Location, action: Action) -> None:
        trace = self
        for part in location:
            trace = trace.inside.setdefault(str(part), _Trace())
        trace.action = action

    def forget(self, location: Location) -> None:
        """Drop a place; elements behind a removed element of an array move up."""
        *path, last = location
        trace = self
        for part in path:
            if str(part) not in trace.inside:
                return
            trace = trace.inside[str(part)]
        trace.inside.pop(str(last), None)
        if isinstance(last, int):
            moved = [(int(part), inner) for part, inner in trace.inside.items()]
            trace.inside = {str(index - (index > last)): inner for index, inner in moved}

    def nearest(self, parts: Sequence[str]) -> Action | None:
        """The action that wrote the deepest of the places these parts lead through."""
        trace = self
        found = self.action
        for part in parts:
            if part not in trace.inside:
                break
            trace = trace.inside[part]
            found = trace.action or found
        return found


@dataclass(frozen=True, slots=True)
class Amended:
    """A document after its overlays: the new document, the actions that were applied, and what is worth saying."""

    document: dict[str, Any]
    actions: tuple[Action, ...] = ()
    findings: tuple[Finding, ...] = ()
    _trace: _Trace = field(default_factory=_Trace, repr=False, compare=False)

    def origin(self, pointer: str) -> Action | None:
        """The action that last wrote this place or what holds it; None where it stands as it came."""
        return self._trace.nearest(pointers.split(pointer))


def amend(
    document: Mapping[str, Any],
    overlays: Sequence[Document],
    *,
    lenient: bool = False,
    without: frozenset[tuple[str, str]] = frozenset(),
) -> Amended:
    """Apply overlays to a copy of a document, one after the other, action by action.

    Actions named in `without`, by overlay and pointer, are left out.
    """
    orders = [order for overlay in overlays for order in read_orders(overlay, lenient=lenient)]
    work = _Work(document, lenient=lenient)
    for order in orders:
        if (order.source.name, order.pointer) in without:
            continue
        work.take(order)
    return work.done()


class _Work:
    """The document under way. The record of applied actions is kept apart, so that no target can select it."""

    def __init__(self, document: Mapping[str, Any], *, lenient: bool) -> None:
        self.document = _fresh(document)
        self.lenient = lenient
        self.record = _names(self.document.pop(RECORD, None))
        self.applied = set(self.record or ())
        self.actions: list[Action] = []
        self.findings: list[Finding] = []
        self.trace = _Trace()
        self.left = MAX_WRITTEN

    def take(self, order: Order) -> None:
        if order.id in self.applied:
            return
        locations = _selected(self.document, order.target, order)
        if not locations:
            self.unmatched(order)
            return
        apply = self.removed if order.kind == "remove" else self.written
        self.actions.append(apply(order, locations))
        if RECORD in self.document:
            raise order.error(f"`{RECORD}` is written by lumakit alone", "overlay_record", "take it out of the update")
        if order.id:
            self.applied.add(order.id)
            self.record = [*(self.record or ()), order.id]

    def done(self) -> Amended:
        if self.record is not None:
            self.document[RECORD] = self.record
        return Amended(self.document, tuple(self.actions), tuple(self.findings), self.trace)

    def unmatched(self, order: Order) -> None:
        what = f"the target {order.target} matches nothing"
        broken_off = jsonpath.as_far_as(self.document, order.target)
        hint = f"the document has changed, or the target is misspelt: look again{broken_off}"
        if not self.lenient:
            raise order.error(what, "overlay_unmatched", f"{hint}; `lumakit amend --lenient` goes on without it")
        self.findings.append(
            Finding(
                code=UNMATCHED,
                where=order.source.name,
                message=f"{order.title}: {what}",
                severity=Severity.NOTE,
                pointer=order.pointer,
                line=order.source.line(order.pointer),
                basis=order.basis,
                evidence=order.evidence,
                subject=order.id,
                hint=hint,
            )
        )

    def removed(self, order: Order, locations: list[Location]) -> Action:
        if not order.value:
            return order.done(())
        if () in locations:
            raise order.error("the whole document cannot be removed", "overlay_mismatch", "name a part of it")
        action = order.done(tuple(pointers.join(*location) for location in locations))
        for location in sorted(locations, key=_sortable, reverse=True):  # from the end, so that indexes stay true
            del value_at(self.document, location[:-1])[location[-1]]
            self.trace.forget(location)
            if isinstance(location[-1], str):
                self.trace.mark(location, action)
        return action

    def written(self, order: Order, locations: list[Location]) -> Action:
        addition = self.addition(order, locations)
        touched: list[Location] = []
        try:
            for location in locations:
                touched.extend(_write(self.document, location, addition))
        except _Clash as clash:
            hint = "remove what stands there first, in an action of its own"
            raise order.error(str(clash), "overlay_mismatch", hint) from None
        action = order.done(tuple(pointers.join(*location) for location in touched))
        for location in touched:
            self.trace.mark(location, action)
        return action

    def addition(self, order: Order, locations: list[Location]) -> Any:
        """What an action adds to each of its targets, of the kind the targets are."""
        kinds = sorted({_kind(value_at(self.document, location)) for location in locations})
        if len(kinds) > 1:
            what = f"the target {order.target} selects {' and '.join(kinds)}"
            raise order.error(what, "overlay_mismatch", "all targets of an update must be of one kind: narrow the path")
        value = order.value if order.kind == "update" else self.copied(order)
        size, depth = measure(value)
        self.left -= size * len(locations)
        if self.left < 0 or depth > MAX_DEPTH:
            raise _too_large(order)
        addition = thaw(value)
        if kinds == ["an array"] and not isinstance(addition, list):
            addition, depth = [addition], depth + 1
        if _kind(addition) != kinds[0]:
            what = f"the target {order.target} is {kinds[0]}, what should be written is {_kind(addition)}"
            raise order.error(what, "overlay_mismatch", f"write {kinds[0]}, or remove the target first")
        if max(map(len, locations)) + depth > MAX_DEPTH:
            raise _too_large(order)
        return addition

    def copied(self, order: Order) -> Any:
        """The one value a copy takes."""
        found = _selected(self.document, order.value, order)
        if len(found) != 1:
            what = f"the copy {order.value} matches {len(found)} places, not one"
            raise order.error(what, "overlay_copy", "name one place, or make it with an update first")
        return value_at(self.document, found[0])


def _fresh(document: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return dict(thaw(document))
    except RecursionError:
        raise DocumentError("nested too deep", code="spec_depth", hint="flatten it with $ref") from None


def _names(record: Any) -> list[str] | None:
    if record is None or (isinstance(record, list) and all(isinstance(name, str) for name in record)):
        return record
    hint = "it is written by lumakit; take the document as it was before"
    raise DocumentError(f"`{RECORD}` is not a list of names", code="overlay_record", where=f"#/{RECORD}", hint=hint)


def _too_large(order: Order) -> OverlayError:
    what = f"it writes more than {MAX_WRITTEN} values, or nests them deeper than {MAX_DEPTH} levels"
    return order.error(what, "overlay_size", "narrow the target, or what is written")


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "an object"
    return "an array" if isinstance(value, list) else "a single value"


class _Clash(Exception):
    """Two values that cannot be merged."""


def _write(document: dict[str, Any], location: Location, addition: Any) -> Iterator[Location]:
    """Put an addition of the target's own kind into one target; yields each place written."""
    if isinstance(addition, (dict, list)):
        yield from _merge(value_at(document, location), addition, location)
    else:
        value_at(document, location[:-1])[location[-1]] = addition
        yield location


def _merge(target: Any, addition: Any, at: Location) -> Iterator[Location]:
    if isinstance(target, list):
        start = len(target)
        target.extend(thaw(addition))
        yield from ((*at, index) for index in range(start, len(target)))
        return
    for key, value in addition.items():
        place = (*at, key)
        if key in target and _kind(target[key]) != _kind(value):
            there = f"at {pointers.join(*place)} stands {_kind(target[key])}"
            raise _Clash(f"{there}, what should be written is {_kind(value)}")
        if key in target and isinstance(value, (dict, list)):
            yield from _merge(target[key], value, place)
        else:
            target[key] = thaw(value)
            yield place


def _sortable(location: Location) -> list[tuple[int, str]]:
    return [(part, "") if isinstance(part, int) else (0, part) for part in location]


def _selected(document: dict[str, Any], path: str, order: Order) -> list[Location]:
    try:
        return jsonpath.locate(document, path)
    except jsonpath.Unfollowable as error:
        raise order.error(str(error), error.code, error.hint) from None
