"""Show what is known of a provider: its operations, its lifecycle as text and as a Mermaid diagram, where each fact
stands, and every addition and correction with its basis. Without a provider: list them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

from lumakit.cli import output
from lumakit.contract import folder
from lumakit.contract.compile import Contract, compile_contract
from lumakit.contract.operation import Operation
from lumakit.contract.overlay import Action
from lumakit.contract.reading import Reading, Task
from lumakit.errors import UsageError
from lumakit.model import Edition
from lumakit.report import printable


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags."""
    parser.add_argument(
        "target", metavar="PROVIDER", nargs="?", help="a provider, a provider's folder, or an OpenAPI document"
    )
    output.edition_flag(parser)
    output.specs_flag(parser)
    output.output_flags(parser, ["text", "json", "mermaid"])


def execute(options: argparse.Namespace) -> int:
    """Print the list of providers, or one of them."""
    edition = Edition(options.edition)
    names = [options.target] if options.target else output.all_providers(options.specs)
    contracts = [compile_contract(folder.find(name, options.specs), edition) for name in names]
    if options.format == "mermaid" and not (options.target and contracts[0].reading):
        what = f"{options.target} has no lifecycle.yaml" if options.target else "a diagram is of one provider"
        raise UsageError(what, code="no_lifecycle", hint=f"one of {', '.join(folder.providers())}")
    if options.target:
        text = _FORMS[options.format](contracts[0])
    elif options.format == "json":
        text = json.dumps([_head(contract) for contract in contracts], indent=2, ensure_ascii=False) + "\n"
    else:
        text = "".join(f"{line}\n" for contract in contracts for line in _listed(contract))
    output.write(text, options.output)
    return 0


def _listed(contract: Contract) -> Iterator[str]:
    yield f"{contract.name}  {', '.join(contract.servers)}"
    for operation in contract.operations.values():
        yield f"    {printable(operation.key)}"


# --- text -----------------------------------------------------------------------------------------------------------


def _text(contract: Contract) -> str:
    edition = f", {contract.edition} edition" if contract.actions else ""
    title = f"{contract.name}: {contract.title or 'no title'} (OpenAPI {contract.version}{edition})"
    sections = [
        printable(title),
        *(f"  {server}" for server in contract.servers),
        "",
        "operations",
        *_operations(contract),
    ]
    if contract.reading:
        sections += ["", *_reading(contract.reading)]
    if contract.actions:
        sections += [
            "",
            "additions (A) and corrections (C), and how each is known",
            *(line for action in contract.actions for line in _action(action)),
        ]
    return "\n".join(sections) + "\n"


def _operations(contract: Contract) -> Iterator[str]:
    for operation in contract.operations.values():
        yield f"  {printable(operation.key)}  {printable(operation.id)}".rstrip()
        yield f"      {_takes(operation)}; answers {', '.join(sorted(operation.answers)) or 'nothing documented'}"
        for callback in operation.callbacks:
            yield f"      calls back {printable(callback.expression)}"


def _takes(operation: Operation) -> str:
    named = [f"{each.location} {each.name}" for each in operation.parameters]
    bodies = [body.media_type for body in operation.content.values()]
    return "takes " + (printable(", ".join([*named, *bodies])) or "nothing")


def _reading(reading: Reading) -> Iterator[str]:
    yield from (
        "lifecycle (> is where a task starts)",
        reading.lifecycle.text(),
        "",
        "```mermaid",
        reading.lifecycle.mermaid(),
        "```",
        "",
        "facts",
    )
    for fact in reading.lens.facts:
        places = [f"{pointer} as {codec}" for pointer, codec in fact.places]
        places += [f"{word!r} where {pointer} is there" for pointer, word in fact.present]
        yield f"  {fact.name:<12} {', '.join(places)}"
    yield from ("", "tasks")
    for task in reading.tasks.values():
        yield f"  {task.kind}"
        yield from (f"      {line}" for line in _task(task))
    if reading.files:
        yield from ("", "files of a finished task", *_files(reading))
    if reading.failures:
        yield from ("", "failures", *(f"  {reason:<12} {text}" for reason, text in reading.failures.items()))
    if reading.account:
        yield from ("", "account", f"  credits at {reading.account.credits} of {reading.account.operation}")
    yield from ("", "problems", "  " + ", ".join(f"{name} {status}" for name, status in reading.problems.items()))


def _files(reading: Reading) -> Iterator[str]:
    for file in reading.files:
        yield from (f"  {file.kind:<12} {fact} at {', '.join(places)}" for fact, places in file.places.items())


def _task(task: Task) -> Iterator[str]:
    yield from (f"made by {name}" for name in task.submit)
    yield from (f"made by {each.operation} from {', '.join(each.of)}" for each in task.extend)
    yield from (f"told by {fetch.operation}" for fetch in task.fetch)
    yield from (f"told by {fetch.operation}, many at once" for fetch in task.fetch_many)
    if task.webhook:
        address = f"{task.webhook.url.location} {task.webhook.url.name}"
        yield f"told to the address in {address} on {', '.join(task.webhook.on)}"
    for word, (low, high) in task.timing.items():
        yield f"{word} lasts {low:g} to {high:g} s"
    if task.asks:
        asked = (f"{name} in {place.location} {place.name}" for name, place in task.asks.items())
        yield f"asks {', '.join(asked)}"
    if task.cost:
        yield f"costs {task.cost}"


def _action(action: Action) -> Iterator[str]:
    yield f"  {action.id or '-'} {action.kind} {printable(action.target)}"
    yield f"      {printable(action.description)}"
    yield from (f"      {action.basis.value}: {printable(each)}" for each in action.evidence or ("no evidence given",))


# --- data -----------------------------------------------------------------------------------------------------------


def _json(contract: Contract) -> str:
    body = {
        **_head(contract),
        "lifecycle": _lifecycle(contract.reading) if contract.reading else None,
        "actions": [_action_data(action) for action in contract.actions],
    }
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def _head(contract: Contract) -> dict[str, Any]:
    return {
        "name": contract.name,
        "edition": contract.edition.value,
        "openapi": contract.version,
        "title": contract.title,
        "servers": list(contract.servers),
        "operations": [
            {"key": each.key, "id": each.id, "summary": each.summary, "answers": list(each.answers)}
            for each in contract.operations.values()
        ],
    }


def _lifecycle(reading: Reading) -> dict[str, Any]:
    return {
        "words": {word: phase.value for word, phase in reading.lifecycle.words.items()},
        "moves": [list(move) for move in reading.lifecycle.moves],
        "starts": reading.lifecycle.starts,
        "facts": {fact.name: {"at": dict(fact.places), "present": dict(fact.present)} for fact in reading.lens.facts},
        "tasks": {kind: list(task.operations) for kind, task in reading.tasks.items()},
        "files": {file.kind: {name: list(places) for name, places in file.places.items()} for file in reading.files},
        "failures": dict(reading.failures),
        "problems": dict(reading.problems),
    }


def _action_data(action: Action) -> dict[str, Any]:
    return {
        "id": action.id,
        "kind": action.kind,
        "target": action.target,
        "description": action.description,
        "basis": action.basis.value,
        "evidence": list(action.evidence),
        "overlay": action.overlay,
        "line": action.line,
    }


def _mermaid(contract: Contract) -> str:
    return f"{contract.reading.lifecycle.mermaid()}\n" if contract.reading else ""


_FORMS = {"text": _text, "json": _json, "mermaid": _mermaid}
