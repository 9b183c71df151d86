"""A task and its videos, as a client sees them. Values: looking again gives a new one.

Knows who can save a video because it was told. Knows no provider, no wire and no clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from lumakit.errors import UsageError
from lumakit.model import Phase

Saved_co = TypeVar("Saved_co", covariant=True)  # a Path; of an asynchronous client one to be awaited
OnBytes = Callable[[int, int | None], object]  # how many bytes are there, and of how many, where that is known


class Keeper(Protocol[Saved_co]):
    """Whoever saves videos."""

    def save(
        self, video: Any, path: str | Path, *, overwrite: bool = False, on_progress: OnBytes | None = None
    ) -> Saved_co:
        """Save a video."""
        ...


@dataclass(frozen=True, slots=True)
class Video(Generic[Saved_co]):
    """A result of a task that has succeeded: its address, which may stop working some day, and whose it is."""

    url: str
    task_id: str = ""
    _keeper: Keeper[Saved_co] | None = field(default=None, repr=False, compare=False)

    def save(self, path: str | Path, *, overwrite: bool = False, on_progress: OnBytes | None = None) -> Saved_co:
        """Save it to a file, which appears when it is complete; an existing file is only replaced when told."""
        if self._keeper is None:
            raise UsageError("this video belongs to no client", code="no_client", hint="client.save(video, path)")
        return self._keeper.save(self, path, overwrite=overwrite, on_progress=on_progress)


@dataclass(frozen=True, slots=True)
class Task(Generic[Saved_co]):
    """A task as it was when it was looked at.

    `status` is the provider's word and None where the answer told none, `phase` is ours and None where the contract
    does not know the word, `progress` goes from 0 to 1 and is None where none is told, `raw` is the body as it came.
    """

    id: str
    phase: Phase | None
    status: str | None = None
    kind: str = ""
    progress: float | None = None
    results: tuple[str, ...] = ()
    error: str | None = None
    parent: str = ""
    raw: Any = field(default=None, repr=False, compare=False)
    _keeper: Keeper[Saved_co] | None = field(default=None, repr=False, compare=False)

    @property
    def done(self) -> bool:
        """True where it can only stay as it is."""
        return self.phase is not None and self.phase.terminal

    @property
    def videos(self) -> tuple[Video[Saved_co], ...]:
        """What came of it."""
        return tuple(Video(url, self.id, self._keeper) for url in self.results)

    @property
    def video(self) -> Video[Saved_co]:
        """The first of its videos."""
        if not self.results:
            hint = "wait for it first" if not self.done else "look at task.error and task.raw"
            raise UsageError(f"the task {self.id} has no video ({self.status})", code="no_video", hint=hint)
        return self.videos[0]

    def save(self, path: str | Path, *, overwrite: bool = False, on_progress: OnBytes | None = None) -> Saved_co:
        """Save its first video."""
        return self.video.save(path, overwrite=overwrite, on_progress=on_progress)
