"""Our reading of a provider's document, as frozen values: which operation plays which part, and where each fact stands.

Holds what `lifecycle_file` has read; knows no file and judges no traffic.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lumakit.contract.lens import Lens
from lumakit.contract.lifecycle import Lifecycle

PROBLEMS = (
    "broken",
    "forbidden",
    "invalid",
    "not_acceptable",
    "out_of_credits",
    "parent_unready",
    "too_large",
    "too_many_requests",
    "unauthenticated",
    "unavailable",
    "unknown_task",
    "unsupported_media",
)
FACTS = ("created_at", "error", "id", "kind", "progress", "prompt", "results", "status", "updated_at")
LOCATIONS = ("path", "query", "header", "body")
ASKS = ("aspect_ratio", "duration", "end_image", "image", "loop", "prompt", "resolution")
FILES = ("video", "thumbnail", "last_frame")
FILE_FACTS = ("url", "download", "width", "height", "duration")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request carries something: a named parameter, or a pointer into the body."""

    location: str
    name: str


@dataclass(frozen=True, slots=True)
class Extend:
    """An operation that makes a child: where the parent's id stands, and which kinds of parent will do."""

    operation: str
    parent: Place
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fetch:
    """An operation that tells one task: where its id stands."""

    operation: str
    id: Place


@dataclass(frozen=True, slots=True)
class FetchMany:
    """An operation that tells many tasks: where their ids stand, where the answer lists them ('' for a bare list)."""

    operation: str
    ids: Place
    items: str


RECEIVED = re.compile(r"[2-5](?:[0-9][0-9]|xx)")  # a status, or a class of them, that may count as received
MAX_TIMEOUT_S = 300.0
MAX_ATTEMPTS = 50


@dataclass(frozen=True, slots=True)
class Webhook:
    """A callback: where its address stands, on which words it is made, how it says who it is, how it is delivered.

    What the provider does not tell of the delivery is None: what counts as received, the seconds that an attempt may
    take and that pass between attempts, and how deliveries are signed.
    """

    url: Place
    on: tuple[str, ...]
    progress: bool
    view: str
    secret: Place | None
    secret_header: str
    success: tuple[str, ...] | None = None
    timeout_s: float | None = None
    waits_s: tuple[float, ...] | None = None
    signing: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A kind of file that a finished task has: for each fact about it, every place in a body that tells it."""

    kind: str
    places: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Account:
    """An operation that tells what is left to spend, and where its answer does."""

    operation: str
    credits: str


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of task: the operations that play its parts, what is always said of it, and how long its words last."""

    kind: str
    submit: tuple[str, ...]
    extend: tuple[Extend, ...]
    fetch: tuple[Fetch, ...]
    fetch_many: tuple[FetchMany, ...]
    webhook: Webhook | None
    says: Mapping[str, Any]
    examples: Mapping[str, str]
    timing: Mapping[str, tuple[float, float]]
    asks: Mapping[str, Place] = field(default_factory=dict)
    cost: int = 0

    @property
    def operations(self) -> tuple[str, ...]:
        """Every operation that plays a part."""
        parts: Iterable[Extend | Fetch | FetchMany] = (*self.extend, *self.fetch, *self.fetch_many)
        return (*self.submit, *(part.operation for part in parts))

    @property
    def makers(self) -> tuple[str, ...]:
        """Every operation that makes one."""
        return (*self.submit, *(part.operation for part in self.extend))

    @property
    def places(self) -> tuple[tuple[str, Place], ...]:
        """Every operation that names a task, with the place where its request does."""
        parents = ((part.operation, part.parent) for part in self.extend)
        single = ((part.operation, part.id) for part in self.fetch)
        return (*parents, *single, *((part.operation, part.ids) for part in self.fetch_many))


@dataclass(frozen=True, slots=True)
class Reading:
    """How a document is read: its words, its facts, its kinds of task, their files, its problems, its account."""

    lifecycle: Lifecycle
    lens: Lens
    tasks: Mapping[str, Task]
    problems: Mapping[str, int]
    files: tuple[File, ...] = ()
    failures: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
