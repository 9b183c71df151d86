"""Rules on one thing told in two ways (S145, S146): schema and example, answers of one family, kinds and paths."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from lumakit.contract import pointer as pointers
from lumakit.contract.lint import tasks
from lumakit.contract.lint.dossier import Dossier, Property, Shown, some
from lumakit.contract.lint.tasks import ID, KIND, STATE, TASK_ID, constants
from lumakit.model import Finding

_MOST_COMPARED = 30  # schemas of one family; what differs shows early
_MOST_TOLD = 3


def two_vocabularies(dossier: Dossier) -> Iterator[Finding]:
    """S145: one task, two vocabularies."""
    yield from _schema_against_example(dossier)
    yield from _schema_against_schema(dossier)


def _schema_against_example(dossier: Dossier) -> Iterator[Finding]:
    for shown in dossier.answers():
        for value in shown.body.examples.values() if shown.body.schema else ():
            if isinstance(value, Mapping) and (pairs := _renamed(dossier, shown, value)):
                message = f"{shown.subject}: schema and example tell one task in two vocabularies: {'; '.join(pairs)}"
                yield dossier.finding("S145", message, shown.body.schema or "", shown.subject)


def _renamed(dossier: Dossier, shown: Shown, value: Mapping[str, Any]) -> list[str]:
    """What the schema requires under one name and the example has under another; then also what changed its form."""
    declared = {each.name: (place, each) for place, each in _leaves(dossier, shown.body.schema or "")}
    told = _names(value)
    pairs = []
    for pattern in (ID, STATE):
        theirs = [
            place
            for name, (place, each) in declared.items()
            if each.required and pattern.search(name) and name not in told
        ]
        ours = [name for name in value if pattern.search(name) and value[name] and name not in declared]
        pairs += [f"{theirs[-1]} and {ours[0]}"] if theirs and ours else []
    return [*pairs, *_reshaped(declared, value)] if pairs else []


def _reshaped(declared: Mapping[str, tuple[str, Property]], value: Mapping[str, Any]) -> Iterator[str]:
    """A field of one name that the schema counts and the example spells, or the other way round."""
    for name, (place, each) in declared.items():
        spelled = type(value.get(name))
        if spelled in (str, int) and tasks.types(each.schema) == {"integer" if spelled is str else "string"}:
            is_text = "a text" if spelled is str else "a number"
            yield f"{place} is {next(iter(tasks.types(each.schema)))}, {name} is {is_text}"


def _names(value: Any) -> set[str]:
    """Every key of a value, at any depth."""
    if isinstance(value, Mapping):
        return set(value).union(*map(_names, value.values()))
    return set().union(*map(_names, value)) if isinstance(value, (list, tuple)) else set()


def _leaves(dossier: Dossier, schema: str, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Property]]:
    for each in dossier.members(schema).values():
        yield f"{prefix}{each.name}", each
        if depth < 2:
            yield from _leaves(dossier, each.pointer, f"{prefix}{each.name}.", depth + 1)


def _schema_against_schema(dossier: Dossier) -> Iterator[Finding]:
    compared: set[tuple[str, ...]] = set()
    for family in _families(dossier):
        kinds = [(pointer, dossier.members(pointer)) for pointer in dict.fromkeys(family)]
        kinds = [(pointer, members) for pointer, members in kinds if _tells_kind(members)][:_MOST_COMPARED]
        pairs = (
            (pointer, *texts)
            for index, (pointer, theirs) in enumerate(kinds)
            for other, mine in kinds[:index]
            if (texts := _vocabularies(_name_of(other), mine, _name_of(pointer), theirs))
        )
        for pointer, first, second, difference in islice(pairs, _MOST_TOLD):
            subject = f"{first} and {second}"
            if (pointer, subject) not in compared:
                compared.add((pointer, subject))
                message = f"{subject} tell one task in two vocabularies: {difference}"
                yield dossier.finding("S145", message, pointer, subject)


def _vocabularies(
    first: str, mine: Mapping[str, Property], second: str, theirs: Mapping[str, Property]
) -> tuple[str, str, str] | None:
    """The names of two schemas and how their words differ, where they do and nothing tells the two apart."""
    if not _tells_kind(mine.keys() & theirs.keys()) or _told_apart(mine, theirs):
        return None
    differences = "; ".join(islice(_differences(first, mine, second, theirs), _MOST_TOLD))
    return (first, second, differences) if differences else None


def _families(dossier: Dossier) -> Iterator[list[str]]:
    """The pointers of schemas that describe the same thing: branches, answers of an operation, examples of one task."""
    for pointer, schema, _ in dossier.objects():
        for key in ("anyOf", "oneOf") if "discriminator" not in schema else ():
            branches = schema.get(key)
            if isinstance(branches, list):
                yield [dossier.schemas.resolved_pointer(f"{pointer}/{key}/{i}") for i in range(len(branches))]
    for operation in dossier.contract.operations.values():
        bodies = [body for answer in operation.answers.values() for body in answer.content.values()]
        yield [dossier.schemas.resolved_pointer(body.schema) for body in bodies if body.schema]
    yield from _of_one_task(dossier).values()


def _of_one_task(dossier: Dossier) -> dict[str, list[str]]:
    """The named schemas whose examples tell the same task, by its id."""
    found: dict[str, list[str]] = {}
    for pointer, _ in dossier.roots():
        schema = dossier.at(pointer) if pointer.startswith("/components/") else None
        for value in tasks.examples_of(schema) if isinstance(schema, Mapping) else ():
            for name in filter(TASK_ID.search, map(str, value)):
                found.setdefault(str(value.get(name)), []).append(pointer)
    return found


def _name_of(pointer: str) -> str:
    """A schema in words: its name, or the last steps to it."""
    parts = pointers.split(pointer)
    return parts[-1] if parts[:2] == ("components", "schemas") and len(parts) == 3 else "/".join(_steps(parts))


def _steps(parts: Iterable[str]) -> list[str]:
    """What tells a pointer from its neighbours: all of it but the media type, and where it begins."""
    return [part for part in parts if part not in ("paths", "components", "schemas", "content", "schema")]


def _tells_kind(names: Iterable[str]) -> bool:
    """True for the names of an answer that says which task it is about, and of which kind that is."""
    return any(map(TASK_ID.search, names)) and any(map(KIND.search, names))


def _told_apart(mine: Mapping[str, Property], theirs: Mapping[str, Property]) -> bool:
    """True where a shared property has different constants, so that a reader knows which one is before them."""
    shared = mine.keys() & theirs.keys()
    return any((a := constants(mine[name])) and (b := constants(theirs[name])) and not a & b for name in shared)


def _differences(
    first: str, mine: Mapping[str, Property], second: str, theirs: Mapping[str, Property]
) -> Iterator[str]:
    for name in sorted(mine.keys() | theirs.keys()):
        if name in mine and f"{name}s" in theirs and name not in theirs:
            yield f"{name} in {first}, {name}s in {second}"
        elif name in theirs and f"{name}s" in mine and name not in mine:
            yield f"{name}s in {first}, {name} in {second}"
        elif STATE.search(name) and (name in mine) != (name in theirs):
            holder, other = (first, second) if name in mine else (second, first)
            yield f"{holder} tells its {name}, {other} does not"


def kinds_without_rule(dossier: Dossier) -> Iterator[Finding]:
    """S146: kinds are named by two rules."""
    names = {
        segment
        for operation in dossier.contract.operations.values()
        for segment in operation.path.split("/")
        if segment
    }
    kinds = {word for each in dossier.properties if KIND.search(each.name) for word in constants(each)}
    told = (pair for value in tasks.shown_values(dossier) for pair in value.items())
    kinds |= {kind for key, kind in told if KIND.search(key) and isinstance(kind, str)}
    for kind in sorted(kinds - names - {""}) if kinds & names else ():
        near = sorted(name for name in names - kinds if name.startswith(kind) and name[len(kind)].isalpha())
        if near:
            others = sorted(kinds & names)
            like = "are spelled like their paths" if len(others) > 1 else "is spelled like its path"
            message = f"the kind {kind!r} abbreviates the path {near[0]!r}, while {some(others)} {like}"
            yield dossier.finding("S146", message, f"/paths{pointers.join('/' + near[0])}", kind)


RULES: dict[str, Any] = {"S145": two_vocabularies, "S146": kinds_without_rule}
