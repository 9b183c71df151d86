"""A body is read into a snapshot: what the client, the receiver of webhooks and the checker understand of a task.

Knows the reading of a contract. Knows no exchange and raises nothing: what cannot be read is not told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lumakit.contract.lens import Fact, Lens, Misspelled
from lumakit.contract.reading import Reading, Task
from lumakit.model import Phase, Snapshot

Facts = Mapping[str, Any]


def snapshot(
    reading: Reading, body: Any, *, about: str = "", default_kind: str = "", new: bool = False
) -> Snapshot | None:
    """The task that a body tells of; None where it names none, and it is not known to be `about` one.

    `new` is said of the answer to a request that makes a task: without a word for it, the task waits.
    """
    facts = facts_of(reading, body)
    key = facts.get("id") or about
    return seen(reading, facts, key=key, kind=kind_of(reading.tasks, facts) or default_kind, new=new) if key else None


def facts_of(reading: Reading, body: Any) -> dict[str, Any]:
    """The facts that a body tells; one that is misspelled is left out, and takes no other with it."""
    if not isinstance(body, Mapping):
        return {}
    try:
        return reading.lens.read(body)
    except Misspelled:
        return {name: value for fact in reading.lens.facts for name, value in _alone(fact, body)}


def seen(reading: Reading, facts: Facts, *, key: str, kind: str = "", new: bool = False) -> Snapshot:
    """The snapshot that facts make; why it came to nothing is only told of a task that did."""
    word = facts.get("status")
    phase = reading.lifecycle.phase(word) if word is not None else Phase.WAITING if new else None
    progress = facts.get("progress")
    return Snapshot(
        id=key,
        phase=phase,
        status=word,
        kind=kind,
        progress=None if progress is None else min(max(progress, 0), 100),
        created_ms=facts.get("created_at"),
        updated_ms=facts.get("updated_at"),
        prompt=facts.get("prompt"),
        results=facts.get("results", ()),
        error=facts.get("error") if phase in (Phase.FAILED, Phase.CANCELLED) else None,
    )


def kind_of(kinds: Mapping[str, Task], facts: Facts) -> str:
    """Our name for the kind of task that facts tell of; empty where it could be of several, or is of none of these."""
    if len(kinds) == 1 and "kind" not in facts:
        return next(iter(kinds))
    saying = [name for name, kind in kinds.items() if _says(kind, facts)]
    return saying[0] if len(saying) == 1 else ""


def _says(kind: Task, facts: Facts) -> bool:
    return all(facts.get(name) in (said, str(said)) for name, said in kind.says.items())


def _alone(fact: Fact, body: Any) -> list[tuple[str, Any]]:
    try:
        return list(Lens((fact,)).read(body).items())
    except Misspelled:
        return []
