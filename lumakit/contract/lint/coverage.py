"""Rules on what a document leaves out or tells twice (S14x, S152): errors, callbacks, fetching, one task in two
languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
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
_BODY_EXPRESSION = re.compile(r"\$response\.body#(/.*)$")


def only_success(dossier: Dossier) -> Iterator[Finding]:
    """S140: only success is documented."""
    for operation in dossier.contract.operations.values():
        if not any(status[0] in "45d" for status in operation.answers):
            known = f"only {', '.join(operation.answers)}" if operation.answers else "no answer"
            message = f"{operation.key} documents {known}: no error is described"
            yield dossier.finding("S140", message, f"{operation.pointer}/responses", operation.key)


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
        candidates = [schema.get("example"), *(schema["examples"] if isinstance(schema.get("examples"), list) else ())]
        yield from (value for value in candidates if isinstance(value, Mapping))


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
    yield from _branch_against_branch(dossier)


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


def _branch_against_branch(dossier: Dossier) -> Iterator[Finding]:
    schemas = [(pointer, name, dossier.members(pointer)) for pointer, name in dossier.roots()]
    kinds = [each for each in schemas if each[0].startswith("/components") and _tells_kind(each[2])]
    for index, (_, first, mine) in enumerate(kinds):
        for pointer, second, theirs in kinds[index + 1 :]:
            if _tells_kind(mine.keys() & theirs.keys()) and not _told_apart(mine, theirs):
                for difference in _differences(first, mine, second, theirs):
                    message = f"{first} and {second} tell one task in two vocabularies: {difference}"
                    yield dossier.finding("S145", message, pointer, second)


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
            others = ", ".join(sorted(kinds & names))
            message = f"the kind {kind!r} abbreviates the path {near[0]!r}, while {others} equal theirs"
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
    return ", ".join(keys[:3]) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")


def link_leads_nowhere(dossier: Dossier) -> Iterator[Finding]:
    """S152: A link leads nowhere."""
    operations = dossier.contract.operations
    known = {each.id: each for each in operations.values() if each.id} | dict(operations)
    for operation in operations.values():
        for answer in operation.answers.values():
            for name, link in answer.links.items():
                for what in _broken(dossier, known, answer, link):
                    message = f"{operation.key}: the link {name} {what}"
                    yield dossier.finding("S152", message, link.pointer, f"{operation.key} {name}")


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
