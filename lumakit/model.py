"""The coin of the house: small frozen values that every room understands.

Knows what a request, a response, a phase and a finding are. Does not know HTTP libraries, providers or files.
"""

from __future__ import annotations

import enum
import functools
import hashlib
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


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response: status, headers and the body as received.

    A door holds it back for `delay_s` seconds, and until what is due has been told where the webhooks go `ahead`.
    """

    status: int
    headers: Headers = ()
    body: bytes = b""
    delay_s: float = 0.0
    ahead: bool = False

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever its spelling."""
        return _first(self.headers, name)

    def header_values(self, name: str) -> tuple[str, ...]:
        """Every value of a header, in the order received."""
        return _every(self.headers, name)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is known of a task at one time: `status` is the provider's word, `phase` is ours, times are milliseconds."""

    id: str
    phase: Phase
    status: str | None
    kind: str = ""
    progress: int | None = None
    created_ms: int | None = None
    updated_ms: int | None = None
    prompt: str | None = None
    results: tuple[str, ...] = ()
    error: str | None = None
    parent: str = ""


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
        return hashlib.sha256(identity.encode()).hexdigest()[:16]

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
