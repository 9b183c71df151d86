"""Rules on what a document leaves out or tells twice (S14x, S152): errors, callbacks, fetching, one task in two
languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from lumakit.contract import pointer as pointers
from lumakit.contract.lint import tasks
from lumakit.contract.lint.dossier import Dossier, Property, Shown
from lumakit.contract.lint.tasks import ID, KIND, STATE, TASK_ID, constants
from lumakit.contract.operation import Answer, Link, Operation
from lumakit.model import Finding

_CALLBACK = re.compile(r"(?:^|_)(?:notify|callback|webhook)(?:_?(?:hook|url|uri|address))?$", re.IGNORECASE)
_REDIRECT = re.compile(r"\boauth\b|\bredirect", re.IGNORECASE)
_FETCHES = re.compile(r"fetch|query|status|result|poll", re.IGNORECASE)
_ENDED_BADLY = re.compile(r"fail|error|cancel|reject|expired|aborted", re.IGNORECASE)
_MOST_COMPARED = 30  # schemas of one family; what differs shows early
_MOST_TOLD = 3
_BODY_EXPRESSION = re.compile(r"\$response\.body#(/.*)$")


def only_success(dossier: Dossier) -> Iterator[Finding]:
    """S140: only success is documented."""
    operations = dossier.contract.operations.values()
    silent = [each for each in operations if not any(status[0] in "45d" for status in each.answers)]
    lacking = [each for each in silent if not _cannot_fail(each)]
    if len(lacking) > 1 and 2 * len(lacking) > len(operations):
        keys = _some([each.key for each in lacking])
        message = f"{len(lacking)} of {len(operations)} operations describe no error: {keys}"
        yield dossier.finding("S140", message, "/paths", "errors")
        return
    for operation in lacking:
        known = f"only {', '.join(operation.answers)}" if operation.answers else "no answer"
        message = f"{operation.key} documents {known}: no error is described"
        yield dossier.finding("S140", message, f"{operation.pointer}/responses", operation.key)


def _cannot_fail(operation: Operation) -> bool:
    """True for what takes nothing and only tells that the provider is there, such as a health check."""
    asks_nothing = operation.method == "GET" and not operation.parameters
    return asks_nothing and bool(operation.answers) and operation.answers.keys() <= {"200", "304"}


def callback_without_contract(dossier: Dossier) -> Iterator[Finding]:
    """S141: A callback address without a callback."""
    if dossier.document.get("webhooks"):
        return
    for operation in dossier.contract.operations.values():
        for body in operation.content.values():
            for each in dossier.members_of(body):
                if not operation.callbacks and _takes_callback(each):
                    message = f"{operation.key}: {each.name} takes a callback address, and no callback is described"
                    yield dossier.finding("S141", message, each.pointer, f"{operation.key} {each.name}")


def _takes_callback(each: Property) -> bool:
    is_text = not tasks.types(each.schema) or "string" in tasks.types(each.schema)
    return is_text and bool(_CALLBACK.search(each.name)) and not _REDIRECT.search(each.description)


def nothing_to_fetch_with(dossier: Dossier) -> Iterator[Finding]:
    """S142: nothing tells what became of a task."""
    operations = dossier.contract.operations.values()
    made = [each for each in operations if each.method == "POST"]
    fetched = [each for each in operations if each.method == "GET" or _FETCHES.search(f"{each.path} {each.id}")]
    if made and not fetched and tasks.lives(dossier):
        message = f"tasks are made ({', '.join(each.key for each in made)}), and no operation tells what became of one"
        yield dossier.finding("S142", message, "/paths", "fetch")


def no_bad_ending(dossier: Dossier) -> Iterator[Finding]:
    """S143: no task ever fails."""
    lives = tasks.lives(dossier)
    words = [word for each in tasks.states(dossier) for word in constants(each)]
    examples = [str(value[key]) for value in _values(dossier) for key in value if STATE.search(key)]
    if lives and not any(map(_ENDED_BADLY.search, (*words, *examples))):
        yield dossier.finding("S143", "no state, example or schema shows a task that failed", lives[0], "failed")


def _values(dossier: Dossier) -> Iterator[Mapping[str, Any]]:
    """Every example that is an object: of bodies and of named schemas."""
    for shown in dossier.shown:
        yield from (value for value in shown.body.examples.values() if isinstance(value, Mapping))
    for _, schema, _ in dossier.objects():
        yield from _examples_of(schema)


def _examples_of(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The examples of a schema that are objects."""
    several = schema.get("examples")
    candidates = [schema.get("example"), *(several if isinstance(several, list) else ())]
    return (value for value in candidates if isinstance(value, Mapping))


def errors_look_alike(dossier: Dossier) -> Iterator[Finding]:
    """S144: errors look alike."""
    told: set[tuple[str, ...]] = set()
    for operation in dossier.contract.operations.values():
        empty = [
            answer for answer in operation.answers.values() if answer.status[0] in "45" and _empty(dossier, answer)
        ]
        places = tuple(answer.pointer for answer in empty)
        if len(empty) > 1 and places not in told:
            told.add(places)
            statuses = " and ".join(answer.status for answer in empty)
            message = (
                f"{operation.key}: the answers {statuses} have the same empty body; only the status tells them apart"
            )
            yield dossier.finding("S144", message, places[0], operation.key)


def _empty(dossier: Dossier, answer: Answer) -> bool:
    body = answer.body()
    return body is not None and body.schema is not None and _says_nothing(dossier, body.schema)


def _says_nothing(dossier: Dossier, schema: str) -> bool:
    return dossier.schemas.resolve(schema).get("maxProperties") == 0


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
        for value in _examples_of(schema) if isinstance(schema, Mapping) else ():
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
    kinds |= {
        value[key] for value in _values(dossier) for key in value if KIND.search(key) and isinstance(value[key], str)
    }
    for kind in sorted(kinds - names - {""}) if kinds & names else ():
        near = sorted(name for name in names - kinds if name.startswith(kind) and name[len(kind)].isalpha())
        if near:
            others = sorted(kinds & names)
            like = "are spelled like their paths" if len(others) > 1 else "is spelled like its path"
            message = f"the kind {kind!r} abbreviates the path {near[0]!r}, while {_some(others)} {like}"
            yield dossier.finding("S146", message, f"/paths{pointers.join('/' + near[0])}", kind)


def key_without_scheme(dossier: Dossier) -> Iterator[Finding]:
    """S147: A key in Authorization without a scheme."""
    asked: dict[str, list[str]] = {}
    for operation in dossier.contract.operations.values():
        schemes = [scheme for schemes in operation.security.alternatives for scheme in schemes]
        raw = [each for each in schemes if each.name.lower() == "authorization" and not each.word]
        if raw and not any(each.word for each in schemes):
            asked.setdefault(raw[0].label, []).append(operation.key)
    for label, keys in asked.items():
        what = "the key stands in Authorization without a scheme; clients that write `Bearer` are not covered"
        yield dossier.finding(
            "S147", f"{_some(keys)}: {what}", f"/components/securitySchemes{pointers.join(label)}", label
        )


def _some(keys: list[str]) -> str:
    named = keys if len(keys) <= 3 else [*keys[:3], f"{len(keys) - 3} more"]
    return " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)


def link_leads_nowhere(dossier: Dossier) -> Iterator[Finding]:
    """S152: A link leads nowhere."""
    operations = dossier.contract.operations
    known = {each.id: each for each in operations.values() if each.id} | dict(operations)
    for operation in operations.values():
        for answer in operation.answers.values():
            for name, link in answer.links.items():
                for what in _broken(dossier, known, answer, link):
                    message = f"{operation.key}: the link {name} {what}"
                    yield dossier.finding("S152", message, link.pointer, f"{operation.key} {name} {what}")


def _broken(dossier: Dossier, known: Mapping[str, Operation], answer: Answer, link: Link) -> Iterator[str]:
    if link.operation.partition("#")[0].endswith((".yaml", ".yml", ".json")):
        return  # it leads to another document
    target = known.get(link.operation)
    if target is None:
        yield f"leads to {link.operation!r}, which is no operation"
        return
    takes = {each.name for each in target.parameters} | {f"{each.location}.{each.name}" for each in target.parameters}
    yield from (f"gives {name!r}, which {target.key} does not take" for name in link.parameters if name not in takes)
    given = [*link.parameters.values(), *(link.request_body.values() if isinstance(link.request_body, Mapping) else ())]
    schema = next((body.schema for body in answer.content.values() if body.schema), None)
    for expression in given:
        match = _BODY_EXPRESSION.match(str(expression))
        if match and schema and not dossier.reaches(schema, match[1]):
            yield f"reads {expression}, which the answer does not have"


RULES: dict[str, Any] = {
    "S140": only_success,
    "S141": callback_without_contract,
    "S142": nothing_to_fetch_with,
    "S143": no_bad_ending,
    "S144": errors_look_alike,
    "S145": two_vocabularies,
    "S146": kinds_without_rule,
    "S147": key_without_scheme,
    "S152": link_leads_nowhere,
}
