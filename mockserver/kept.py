"""Tasks as they are kept: read from a store, changed there in one step, and the film that shows what one asked for.

Knows the engine's task and the store; not why somebody wants either.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from mockserver import media
from mockserver.engine import Task
from mockserver.stores import Changed, Document, Posted, Store

MEASURES = ("resolution", "duration", "aspect_ratio")


def find(store: Store, key: str) -> Task | None:
    """The task with an id; None where there is none."""
    document = store.get(key)
    return None if document is None else Task.from_json(document)


def change(store: Store, key: str, how: Callable[[Task], Task]) -> Task | None:
    """Change a task where it is kept; None where there is none of that id."""
    made: list[Task] = []  # a store may run a change again: the last one counts

    def next_of(document: Document) -> Changed:
        made.append(how(Task.from_json(document)))
        return changed(made[-1])

    return None if store.update(key, next_of) is None else made[-1]


def changed(task: Task, posted: tuple[Posted, ...] = ()) -> Changed:
    """A task as a store takes it in the place of what it was, with what is to be sent because of it."""
    return Changed(task.to_json(), task.settles_ms, task.due_ms, posted)


def film(task: Task) -> media.Film:
    """The film that fits what a task asked for."""
    return _film(*map(task.asked.get, MEASURES))


_film = lru_cache(maxsize=512)(media.choose)  # what a task remembers is a text or nothing, and many ask for the same
