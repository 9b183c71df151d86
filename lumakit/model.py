"""The coin of the house: small frozen values that every room understands.

Knows what a request, a response, a phase and a finding are. Does not know HTTP libraries, providers or files.
"""

from __future__ import annotations

import enum
import functools
import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

Headers = tuple[tuple[str, str], ...]


class Phase(enum.StrEnum):
    """What a task is doing, in our words; a provider's words map onto these."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def terminal(self) -> bool:
        """True where a task can only stay."""
        return self in (Phase.SUCCEEDED, Phase.FAILED, Phase.CANCELLED)


class Edition(enum.StrEnum):
    """Which contract is meant: the page taken at its word, or what we believe."""

    PUBLISHED = "published"
    CORRECTED = "corrected"


class Basis(enum.StrEnum):
    """How something is known. Nothing that is only inferred may fail a real endpoint."""

    DOCUMENTED = "documented"
    MIRROR = "mirror"
    OBSERVED = "observed"
    INFERRED = "inferred"


class Severity(enum.StrEnum):
    """How much a finding weighs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the gravest."""
        return (Severity.ERROR, Severity.WARNING, Severity.NOTE).index(self)


@functools.lru_cache(maxsize=256)
def _by_name(headers: Headers) -> Mapping[str, tuple[str, ...]]:
    """Headers by their names in lower case. Remembered: several are asked for in every request, and a client says the
    same again and again."""
    named: dict[str, tuple[str, ...]] = {}
    for name, value in headers:
        lower = name.lower()
        named[lower] = (*named[lower], value) if lower in named else (value,)
    return named


def _first(headers: Headers, name: str) -> str | None:
    wanted = name.lower()
    for key, value in headers:
        if key.lower() == wanted:
            return value
    return None


def _every(headers: Headers, name: str) -> tuple[str, ...]:
    wanted = name.lower()
    return tuple(value for key, value in headers if key.lower() == wanted)


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request as it stands on the wire: path and query still percent-encoded."""

    method: str
    path: str
    query: str = ""
    headers: Headers = ()
    body: bytes = b""
    origin: str = ""

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever its spelling."""
        values = _by_name(self.headers).get(name.lower())
        return values[0] if values else None

    def header_values(self, name: str) -> tuple[str, ...]:
        """Every value of a header, in the order received."""
        return _by_name(self.headers).get(name.lower(), ())

    def cookie(self, name: str) -> str | None:
        """The first value of a cookie, still encoded."""
        crumbs = (crumb.strip().partition("=") for crumb in (self.header("cookie") or "").split(";"))
        return next((value for key, _, value in crumbs if key == name), None)


class Ending(enum.StrEnum):
    """How a connection ends before its answer does."""

    RESET = "reset"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Break:
    """What a door does to the wire while it answers: how fast the body goes, and where the connection ends.

    `after` counts the bytes of the body that are sent before the end; None sends nothing at all, not even the head. An
    answer without a body can only be ended before its first byte.
    """

    ending: Ending | None = None
    after: int | None = None
    bytes_per_s: float | None = None

    @property
    def answers(self) -> bool:
        """True where at least the head of the answer is sent."""
        return self.ending is None or self.after is not None

    def sent(self, body: bytes) -> bytes:
        """As much of a body as is sent."""
        return body if self.ending is None else body[: self.after or 0]

    @property
    def piece_bytes(self) -> int:
        """How much of the body goes at once: ten pieces a second, where a piece has more than a byte."""
        return MAX_PIECE if self.bytes_per_s is None else max(1, math.ceil(self.bytes_per_s / 10))

    @property
    def gap_s(self) -> float:
        """How long each piece is waited for."""
        return 0.0 if self.bytes_per_s is None else self.piece_bytes / self.bytes_per_s


MAX_PIECE = 2**30


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response: status, headers and the body as received.

    A door holds it back for `delay_s` seconds, and until what is due of the task that goes `ahead`, where one does, was
    told by its webhooks; `breaks` is what it does to the wire, where that is to be broken.
    """

    status: int
    headers: Headers = ()
    body: bytes = b""
    delay_s: float = 0.0
    breaks: Break | None = None
    ahead: str = ""

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever its spelling."""
        return _first(self.headers, name)

    def header_values(self, name: str) -> tuple[str, ...]:
        """Every value of a header, in the order received."""
        return _every(self.headers, name)


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer came, or not all of it. `unsent` is True where not a byte of the request can have been taken.

    `blocked` says by a code why it was not let out, where it was not. `have` counts the bytes of a file that are there;
    `head` is the answer without its body, where one had begun.
    """

    reason: str
    unsent: bool = False
    have: int = 0
    head: Response | None = None
    blocked: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is known of a task at one time: `status` is the provider's word, `phase` is ours, times are milliseconds.

    `phase` is None where the contract does not know the word, or where none was told.
    """

    id: str
    phase: Phase | None
    status: str | None
    kind: str = ""
    progress: int | None = None
    created_ms: int | None = None
    updated_ms: int | None = None
    prompt: str | None = None
    results: tuple[str, ...] = ()
    error: str | None = None
    parent: str = ""

    @property
    def done(self) -> bool:
        """True where the task can only stay as it is."""
        return self.phase is not None and self.phase.terminal


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, or worth saying: one value for documents, exchanges, stories and webhooks.

    `where` names a file or an exchange, `pointer` is a JSON pointer inside it, `line` counts from one and is absent
    where there is none. `subject` is what it is about when the pointer alone does not tell (an operation, a location).
    """

    code: str
    where: str
    message: str
    severity: Severity = Severity.ERROR
    pointer: str = ""
    line: int | None = None
    edition: Edition | None = None
    basis: Basis = Basis.DOCUMENTED
    evidence: tuple[str, ...] = ()
    subject: str = ""
    hint: str = ""

    @property
    def fingerprint(self) -> str:
        """Stable across edits that move lines: code, subject, file and pointer."""
        identity = f"{self.code}\0{self.subject}\0{self.where}\0{self.pointer}"
        return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def but(self, **changes: object) -> Finding:
        """The same finding with some fields replaced."""
        return replace(self, **changes)  # type: ignore[arg-type]  # dataclasses.replace checks the names at run time


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response as a diary keeps them: without secrets, long bodies cut, and why it was refused.

    `request_bytes` and `response_bytes` are the lengths of the bodies as they came and went.
    """

    number: int
    at_ms: int
    request: Request
    response: Response
    operation: str = ""
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    tasks: tuple[str, ...] = ()
    owner: str = ""
    request_bytes: int = 0
    response_bytes: int = 0
