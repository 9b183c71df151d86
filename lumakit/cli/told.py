"""What is printed of a task: a line for people, members for programs.

Knows a task. Prints nothing, and hides no key: whoever prints does.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lumakit.errors import LumakitError
    from lumakit.flow.task import Task
    from lumakit.model import Finding

_FIELDS = ("id", "phase", "status", "kind", "progress", "results", "error", "parent", "raw")

INTERRUPTED = {"kind": "Interrupted", "code": "interrupted", "what": "somebody has ended it", "exit_code": 130}


class Saved(NamedTuple):
    """Where a video is, and how many bytes it has."""

    path: str
    bytes: int


def parts(task: Task[Any], saved: Saved | None = None) -> Iterator[str]:
    """A task for people, piece by piece: which one, what became of it, where its results are."""
    from lumakit.cli.progress import sized, word

    phase = task.phase.value if task.phase else "unknown"
    yield task.id
    yield phase if word(task) == phase else f"{phase} ({word(task)})"
    yield from task.results
    if task.error:
        yield task.error
    if saved:
        yield f"saved to {saved.path} ({sized(saved.bytes)})"


def fields(task: Task[Any]) -> dict[str, Any]:
    """A task for programs."""
    return {name: getattr(task, name) for name in _FIELDS}


def findings(found: Iterable[Finding]) -> list[dict[str, Any]]:
    """What was wrong with answers, for programs."""
    return [asdict(finding) for finding in found]


def problem(error: LumakitError, hint: str) -> dict[str, Any]:
    """An error for programs."""
    said = {"kind": type(error).__name__, "code": error.code, "where": error.where, "what": error.what}
    return {**said, "hint": hint, "exit_code": error.exit_code}
