"""Requests that are one, because their key of idempotency says so: the first makes a task, the others are told of it.

The key decides the id, and a store keeps one task of an id: so who comes first is decided in the step that keeps the
task, on every store, and a key is known for as long as its task is kept. Knows calls and tasks; keeps nothing.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from mockserver.call import Call
from mockserver.engine import First, Task
from mockserver.problems import Refused


@dataclass(frozen=True)
class Repeat:
    """What a request says of itself by its key: which one it is, and what it asks for."""

    key: str
    asks: str

    def first(self, task: Task | None) -> Task | None:
        """A task, if it is that of the first request with this key; refused where that asked for something else."""
        if task is None or task.first is None or task.first.key != self.key:
            return None
        if task.first.asks != self.asks:
            raise Refused("key_taken", "this key of idempotency was given with another request before")
        return task

    def noted(self, task: Task) -> First:
        """What a new task remembers of the request that has made it."""
        return First(self.key, self.asks, task.plan.index(0))


def repeat_of(call: Call) -> Repeat | None:
    """What the key of a request says; None where none is documented, or none is given."""
    documented = call.operation.idempotency_key
    given = call.request.header(documented.name) if documented else None
    if not given:
        return None
    asks = json.dumps([dict(call.path_values), call.request.query, call.body], sort_keys=True, default=repr)
    return Repeat(_digest(f"{call.owner}/{call.operation.key}/{given}"), _digest(asks))


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
