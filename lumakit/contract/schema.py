"""Schemas made into validators, one for each place and direction, when first asked for.

Knows which formats are judged, and how to say what is wrong without repeating the value, which may be a secret. Does
not know what the dialects mean differently, nor HTTP.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from lumakit.contract import patterns
from lumakit.contract import pointer as pointers
from lumakit.contract.dialect import Dialect, Direction, normalise
from lumakit.contract.references import references, target_of
from lumakit.errors import DocumentError

_Path = Sequence[str | int]
_IN_FRAGMENT = "/~!$&'()*+,;=:@-._"
MAX_MESSAGE = 300  # a message may name what was sent, such as a key, and that can be long


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing a schema has against a value: where in the value, which keyword, in words, and which places say so."""

    pointer: str
    keyword: str
    message: str
    places: tuple[str, ...]

    @property
    def undecided(self) -> bool:
        """True where the value was not judged, because matching a pattern took too long."""
        return self.keyword == "pattern budget"


class Uncompilable(DocumentError):
    """A schema that is none; `pointer` is the place inside the document that is wrong."""

    def __init__(self, what: str, name: str, pointer: str) -> None:
        hint = "look at the keyword it names; `lumakit lint` shows every place"
        super().__init__(what, code="spec_schema", where=f"{name}#{pointer}", hint=hint)
        self.pointer = pointer


class Validator:
    """A compiled schema. It may share its compilation with others: the value then stands under the schema's pointer."""

    def __init__(self, compiled: Any, place: Callable[[Any], str], shared_as: str | None = None) -> None:
        self._compiled = compiled
        self._place = place
        self._shared_as = shared_as

    def accepts(self, value: Any) -> bool:
        """True where the value fits."""
        fits: bool = self._compiled.is_valid(value if self._shared_as is None else {self._shared_as: value})
        return fits

    def problems(self, value: Any) -> tuple[Problem, ...]:
        """Everything the schema has against a value."""
        if self.accepts(value):
            return ()
        skip, put = (0, value) if self._shared_as is None else (1, {self._shared_as: value})
        return tuple(_problem(error, self._place, skip) for error in self._compiled.iter_errors(put))


class Schemas:
    """The schemas of one document, compiled when first asked for.

    Schemas that are foreseen are compiled together, once for each direction: in real documents nearly every schema
    reaches nearly every other one, and compiled one by one each would bring all of them along.
    """

    def __init__(self, document: Mapping[str, Any], dialect: Dialect, name: str) -> None:
        self._document = document
        self._dialect = dialect
        self._name = name
        self._foreseen: dict[str, None] = {}
        self._together: dict[Direction, Any] = {}
        self._for_requests: dict[str, Validator] = {}  # two, because to hash a Direction costs more than all the rest
        self._for_responses: dict[str, Validator] = {}

    def foresee(self, pointer: str) -> None:
        """Say that the schema at a pointer may be asked for."""
        self._foreseen[pointer] = None

    def at(self, pointer: str, direction: Direction) -> Validator:
        """The validator of the schema that stands at a pointer of the document."""
        known = self._for_requests if direction is Direction.REQUEST else self._for_responses
        if pointer not in known:
            known[pointer] = self._validator(pointer, direction)
        return known[pointer]

    def resolve(self, pointer: str) -> Mapping[str, Any]:
        """The schema at a pointer, references followed; a schema that is only true or false reads as an empty one."""
        node = pointers.look(self._document, self.resolved_pointer(pointer))
        return node if isinstance(node, Mapping) else {}

    def resolved_pointer(self, pointer: str) -> str:
        """Where the references at a pointer lead in the end."""
        while isinstance(node := pointers.look(self._document, pointer), Mapping) and isinstance(node.get("$ref"), str):
            pointer = target_of(node["$ref"])
        return pointer

    def _validator(self, pointer: str, direction: Direction) -> Validator:
        place = functools.partial(self._place, pointer)
        together = self._compiled_together(direction) if pointer in self._foreseen else None
        if together is not None:
            return Validator(together, place, shared_as=pointer)
        return Validator(self._compiled_alone(pointer, direction), place)

    def _compiled_together(self, direction: Direction) -> Any:
        """Every schema that is foreseen in one; None where one of them is broken, so that the others still stand."""
        if direction not in self._together:
            try:
                self._together[direction] = self._compile(self._root(tuple(self._foreseen), direction))
            except _broken():
                self._together[direction] = None
        return self._together[direction]

    def _compiled_alone(self, pointer: str, direction: Direction) -> Any:
        self._refuse_strangers(pointer)
        start = normalise(pointers.look(self._document, pointer), self._dialect, direction)
        root = self._root((), direction, start)
        try:
            return self._compile(root if isinstance(start, Mapping) else {} if start else {"not": {}})
        except _broken() as error:
            raise self._uncompilable(pointer, error) from None

    def _root(self, asked: tuple[str, ...], direction: Direction, start: Any = None) -> dict[str, Any]:
        """A schema that is `start`, or one property for each that is asked for; with all that they reach."""
        root: dict[str, Any] = dict(start) if isinstance(start, Mapping) else {}
        if asked:
            root["properties"] = {pointer: {"$ref": f"#{quote(pointer, safe=_IN_FRAGMENT)}"} for pointer in asked}
        nodes = [pointers.look(self._document, pointer) for pointer in asked]
        for target in sorted({*asked, *_reachable(self._document, [*nodes, start])}):
            _plant(root, target, normalise(pointers.look(self._document, target), self._dialect, direction))
        return root

    def _compile(self, root: Any) -> Any:
        import jsonschema_rs

        draft = jsonschema_rs.Draft4Validator if self._dialect is Dialect.V30 else jsonschema_rs.Draft202012Validator
        return draft(
            root,
            formats=_FORMATS,
            validate_formats=True,
            offline=True,
            mask="the value",
            pattern_options=patterns.bounded(),
        )

    def _place(self, start: str, error: Any) -> str:
        """The pointer of what an error rests on: a keyword, or the one entry of `required` that was not kept."""
        place = self._locate(start, error.schema_path)
        listed = pointers.look(self._document, place, None) if error.kind.name == "required" else None
        name = getattr(error.kind, "property", None)
        return f"{place}/{listed.index(name)}" if isinstance(listed, list) and name in listed else place

    def _locate(self, start: str, path: _Path) -> str:
        """The pointer in the document of a path inside a compiled schema: behind a reference it begins at the root."""
        inside = pointers.join(*path)
        return inside if path and path[0] in self._document else start + inside

    def _uncompilable(self, pointer: str, error: Exception) -> Uncompilable:
        place = self._locate(pointer, getattr(error, "instance_path", ()))
        keyword = pointers.split(place)[-1] if place != pointer else "the schema"
        what = f"the schema cannot be compiled: `{keyword}`: {str(error).splitlines()[0]}"
        return Uncompilable(what, self._name, place)

    def _refuse_strangers(self, pointer: str) -> None:
        """Refuse what stands where a schema is needed and is none, here or behind a reference."""
        start = pointers.look(self._document, pointer)
        for place in (pointer, *sorted(_reachable(self._document, [start]))):
            if not isinstance(pointers.look(self._document, place), (Mapping, bool)):
                raise Uncompilable("a schema is needed here: a mapping, or true or false", self._name, place)


# --- one schema with all it refers to ---------------------------------------------------------------------------------


def _broken() -> tuple[type[Exception], ...]:
    """What the library raises for a schema that is none."""
    import jsonschema_rs

    return jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError


def _reachable(document: Mapping[str, Any], starts: Iterable[Any]) -> set[str]:
    """The pointers of everything that is referred to, directly or not."""
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        for _, ref in references(waiting.pop()):
            target = target_of(ref)
            if target not in found:
                found.add(target)
                waiting.append(pointers.look(document, target))
    return found


def _plant(root: dict[str, Any], pointer: str, value: Any) -> None:
    """Put a value where a pointer leads, unless an ancestor already brought it."""
    *path, last = pointers.split(pointer)
    for part in path:
        inner = root.setdefault(part, {})
        if not isinstance(inner, dict):
            return
        root = inner
    root.setdefault(last, value)


# --- formats --------------------------------------------------------------------------------------------------------


def _is_uuid(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text))


_FORMATS: dict[str, Callable[..., bool]] = {"uuid": _is_uuid}


# --- words ----------------------------------------------------------------------------------------------------------


def _problem(error: Any, locate: Callable[[Any], str], skip: int) -> Problem:
    """An error in our words; `skip` parts of its path lead to the value itself."""
    keyword, pointer, place = error.kind.name, pointers.join(*error.instance_path[skip:]), locate(error)
    if type(error.kind).__name__.endswith(("BacktrackLimitExceeded", "RegexEngineFailure")):
        message = "could not be judged: matching the pattern takes too long"
        return Problem(pointer, "pattern budget", message, (place,))
    if keyword == "falseSchema" and error.schema_path[-1:] == ["additionalProperties"]:
        return Problem(pointer, "additionalProperties", "no properties are allowed here", (place,))
    if keyword in ("oneOf", "anyOf"):
        message, inner = _alternatives(error, locate, skip)
        return Problem(pointer, keyword, message, (place, *inner))
    return Problem(pointer, keyword, _PLAIN_WORDS.get(keyword) or _short(str(error.message)), (place,))


_PLAIN_WORDS = {  # where the library speaks of itself, or quotes what was sent
    "falseSchema": "is not allowed here",
    "propertyNames": "the name of a property is not one of those allowed",
}


def _short(message: str) -> str:
    return message if len(message) <= MAX_MESSAGE else f"{message[:MAX_MESSAGE]}..."


def _alternatives(error: Any, locate: Callable[[Any], str], skip: int) -> tuple[str, tuple[str, ...]]:
    """What to say where no alternative fits, or too many; and the places that what is said rests on."""
    if type(error.kind).__name__.endswith("MultipleValid"):
        return "fits more than one of the alternatives, which must exclude each other", ()
    context = error.kind.context
    if not context:
        return "fits none of the alternatives", ()
    problems = [_problem(each, locate, skip) for each in min(context, key=_distance)]
    reasons = "; ".join(f"{each.pointer or 'the value'}: {each.message}" for each in problems[:3])
    message = _short(f"fits none of the {len(context)} alternatives; the nearest says {reasons}")
    return message, tuple(place for each in problems for place in each.places)


def _distance(branch: list[Any]) -> tuple[bool, int]:
    """A branch whose constants match is the one that was meant."""
    return any(error.kind.name in ("const", "enum", "type") for error in branch), len(branch)
