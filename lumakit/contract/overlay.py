"""An overlay read: Overlay 1.0 or 1.1 made into orders, one an action, and what is left of an order once it is done.

Knows the shape the specification asks for and our `x-lumakit-` keys. Does not follow a target and changes no document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from lumakit.contract import pointer as pointers
from lumakit.errors import OverlayError
from lumakit.model import Basis

if TYPE_CHECKING:
    from lumakit.contract.document import Document

MAX_DEPTH = 128  # as deep as the reader lets a document be, so that what comes out can be read again

_LEAVES = (str, int, float, type(None))  # asked first: most values are one, and asking for a Mapping is slow
_HOLDERS = (dict, list, tuple, Mapping)

Verb = Literal["update", "remove", "copy"]
_WRITING: tuple[Literal["update"], Literal["copy"]] = ("update", "copy")
_ROOT_KEYS = frozenset(("overlay", "info", "extends", "actions"))
_INFO_KEYS = frozenset(("title", "version", "description"))
_ACTION_KEYS = frozenset(("target", "description", "update", "remove", "copy"))
_VERSION = re.compile(r"(1\.[01])\.[0-9]+")


@dataclass(frozen=True, slots=True)
class Action:
    """One action of an overlay, as applied; `touched` holds the pointers it wrote or removed, as they stood then."""

    id: str
    kind: str
    target: str
    description: str
    basis: Basis
    evidence: tuple[str, ...]
    overlay: str
    pointer: str
    touched: tuple[str, ...]
    _source: Document = field(repr=False, compare=False)

    @property
    def line(self) -> int | None:
        """The line of the overlay on which the action begins; looked up when asked, for finding lines costs a parse."""
        return self._source.line(self.pointer)


def read_orders(overlay: Document, *, lenient: bool) -> list[Order]:
    """The orders of an overlay, their shape checked; a lenient reader lets strange keys pass."""
    return _Reader(overlay, lenient).orders()


@dataclass(frozen=True, slots=True)
class Order:
    """An action as it stands in an overlay, its shape checked."""

    source: Document
    pointer: str
    id: str
    kind: Verb
    target: str
    value: Any
    description: str
    basis: Basis
    evidence: tuple[str, ...]

    @property
    def title(self) -> str:
        """The action as messages call it."""
        return f"action {self.id} ({self.pointer})" if self.id else f"action {self.pointer}"

    def error(self, what: str, code: str, hint: str) -> OverlayError:
        """Why this action cannot be carried out."""
        return _error(self.source, self.pointer, f"{self.title}: {what}", code, hint)

    def done(self, touched: tuple[str, ...]) -> Action:
        """The action as applied, with the places it wrote."""
        return Action(
            id=self.id,
            kind=self.kind,
            target=self.target,
            description=self.description,
            basis=self.basis,
            evidence=self.evidence,
            overlay=self.source.name,
            pointer=self.pointer,
            touched=touched,
            _source=self.source,
        )


def _error(overlay: Document, at: str, what: str, code: str, hint: str) -> OverlayError:
    line = overlay.line(at)
    return OverlayError(what, code=code, where=f"{overlay.name}:{line}" if line else f"{overlay.name}#{at}", hint=hint)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Checks the shape of one overlay."""

    overlay: Document
    lenient: bool

    def orders(self) -> list[Order]:
        data = self.overlay.data
        if measure(data)[1] > MAX_DEPTH:
            raise self.error("", f"nested deeper than {MAX_DEPTH} levels", "split what is written into several actions")
        version = self.version(data)
        self.known_keys("", data, _ROOT_KEYS)
        self.info(data.get("info"))
        self.text("", data, "extends", default="")
        actions = data.get("actions")
        if not isinstance(actions, list) or not actions:
            what = "`actions` must be a list of at least one action"
            raise self.error("/actions", what, "begin each one with `- target:`")
        orders = [self.order(f"/actions/{index}", action, version) for index, action in enumerate(actions)]
        self.unique(actions, orders)
        return orders

    def error(self, at: str, what: str, hint: str, code: str = "overlay_malformed") -> OverlayError:
        return _error(self.overlay, at, what, code, hint)

    def version(self, data: Mapping[str, Any]) -> str:
        if "overlay" not in data:
            hint = "an overlay begins with `overlay: 1.1.0`"
            raise self.error("", "this is not an overlay: `overlay` is missing", hint, "overlay_version")
        version = data["overlay"]
        match = _VERSION.fullmatch(version) if isinstance(version, str) else None
        if match is None:
            hint = "1.0.x and 1.1.x are, written as `overlay: 1.1.0`"
            raise self.error("/overlay", f"overlays of version {version!r} are not read", hint, "overlay_version")
        return match[1]

    def info(self, info: Any) -> None:
        if not isinstance(info, dict):
            raise self.error("/info", "`info` must be a mapping", "add `info: {title: ..., version: ...}`")
        self.known_keys("/info", info, _INFO_KEYS)
        self.text("/info", info, "title")
        self.text("/info", info, "version")
        self.text("/info", info, "description", default="")

    def known_keys(self, at: str, holder: Mapping[Any, Any], known: frozenset[str]) -> None:
        strangers = [key for key in holder if key not in known and not str(key).startswith("x-")]
        if strangers and not self.lenient:
            hint = f"known here: {', '.join(sorted(known))}; every other key begins with `x-`"
            place = at + pointers.join(strangers[0])
            raise self.error(place, f"the key {strangers[0]!r} is not part of an overlay", hint)

    def text(self, at: str, holder: Mapping[str, Any], key: str, default: str | None = None) -> str:
        if key not in holder and default is not None:
            return default
        value = holder.get(key)
        if not isinstance(value, str):
            what = f"`{key}` must be a text" if key in holder else f"`{key}` is missing"
            hint = f"write `{key}:` and a text, in quotes where it looks like a number"
            raise self.error(at + pointers.join(key), what, hint)
        return value

    def order(self, at: str, action: Any, version: str) -> Order:
        if not isinstance(action, dict):
            raise self.error(at, "an action must be a mapping", "begin it with `- target:`")
        self.known_keys(at, action, _ACTION_KEYS)
        target = self.text(at, action, "target")
        kind, value = self.verb(at, action, version)
        return Order(
            source=self.overlay,
            pointer=at,
            id=self.id(at, action),
            kind=kind,
            target=target,
            value=value,
            description=self.text(at, action, "description", default=""),
            basis=self.basis(at, action),
            evidence=self.evidence(at, action),
        )

    def verb(self, at: str, action: Mapping[str, Any], version: str) -> tuple[Verb, Any]:
        remove = action.get("remove", False)
        if not isinstance(remove, bool):
            raise self.error(f"{at}/remove", "`remove` must be true or false", "write `remove: true`, without quotes")
        if "copy" in action:
            self.copy(at, action, version)
        verbs: list[Verb] = [verb for verb in _WRITING if verb in action]
        if remove and (not verbs or self.lenient or version == "1.0"):
            return "remove", True  # the text of both versions: beside it `update` and `copy` have no effect
        if remove or len(verbs) > 1:
            raise self.error(at, "an action does one thing: update, copy or remove", "make it several actions")
        if not verbs and "remove" not in action:
            raise self.error(at, "the action does nothing", "add `update:`, `copy:` or `remove: true`")
        return (verbs[0], action[verbs[0]]) if verbs else ("remove", False)

    def copy(self, at: str, action: Mapping[str, Any], version: str) -> None:
        if version == "1.0":
            raise self.error(f"{at}/copy", "`copy` is not part of Overlay 1.0", "write `overlay: 1.1.0` at the top")
        self.text(at, action, "copy")

    def id(self, at: str, action: Mapping[str, Any]) -> str:
        found = self.text(at, action, "x-lumakit-id", default="")
        if not found and "x-lumakit-id" in action:
            hint = "give the action a name, or leave the key away"
            raise self.error(f"{at}/x-lumakit-id", "`x-lumakit-id` is empty", hint)
        return found

    def basis(self, at: str, action: Mapping[str, Any]) -> Basis:
        name = self.text(at, action, "x-lumakit-basis", default=Basis.INFERRED)
        if name not in list(Basis):
            hint = f"one of {', '.join(Basis)}"
            raise self.error(f"{at}/x-lumakit-basis", f"the basis {name!r} is not known", hint)
        return Basis(name)

    def evidence(self, at: str, action: Mapping[str, Any]) -> tuple[str, ...]:
        evidence = action.get("x-lumakit-evidence", [])
        if not isinstance(evidence, list) or not all(isinstance(item, str) for item in evidence):
            place = f"{at}/x-lumakit-evidence"
            raise self.error(place, "the evidence must be a list of texts", "write `[<address or reason>, ...]`")
        return tuple(evidence)

    def unique(self, actions: list[Any], orders: list[Order]) -> None:
        """Refuse a name given twice, which would skip an action, and an action given twice, as the 1.1 schema does."""
        names: dict[str, str] = {}
        alike: dict[str, list[Any]] = {}
        for action, order in zip(actions, orders, strict=True):
            if order.id and names.setdefault(order.id, order.pointer) != order.pointer:
                what, hint = f"{names[order.id]} has the same x-lumakit-id", "give each action its own"
                raise order.error(what, "overlay_malformed", hint)
            earlier = alike.setdefault(order.target, [])
            if action in earlier and not self.lenient:
                raise order.error("the same action stands here twice", "overlay_malformed", "keep one of them")
            earlier.append(action)


def measure(value: Any) -> tuple[int, int]:
    """How many values stand in a value, and how deep; it stops once it is too deep."""
    size = depth = 0
    level = [value]
    while level and depth <= MAX_DEPTH:
        size += len(level)
        held = [item for item in level if not isinstance(item, _LEAVES)]
        depth += any(isinstance(item, _HOLDERS) for item in held)
        level = [inner for item in held for inner in _inside(item)]
    return size, depth


def _inside(item: Any) -> Iterable[Any]:
    if isinstance(item, (dict, Mapping)):
        return item.values()
    return item if isinstance(item, (list, tuple)) else ()
