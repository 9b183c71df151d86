"""The receiving side of webhooks: a delivery is verified, read into a Snapshot, and held against the contract.

Knows the contract, and how deliveries are signed. Knows no clock, no HTTP library and no server: the headers, the bytes
and now come in, and what cannot be taken goes out as an error that says what to answer.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from lumakit.contract import media, reader
from lumakit.contract.compile import Contract
from lumakit.contract.entrance import load
from lumakit.contract.lens import Misspelled
from lumakit.contract.operation import Operation
from lumakit.contract.reading import Reading, Task, Webhook
from lumakit.errors import LumakitError, UsageError
from lumakit.model import Edition, Finding, Headers, Response, Snapshot
from lumakit.seen import Seen
from lumakit.signing import ID, Kind, Signing, verify

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Delivery", "NotVerified", "Receiver", "Refused", "Seen", "Unreadable"]

MAX_BODY_BYTES = 10 * 1024 * 1024
MAX_REASON = 300  # a reason may name a key of the body, and that can be long
_ID = re.compile(r"[\x21-\x7e]{1,200}")


class Refused(LumakitError):
    """A delivery that is not taken: `status` is what to answer, `reason` why, in plain words without any secret."""

    status = 400

    def __init__(self, reason: str, hint: str) -> None:
        short = reason if len(reason) <= MAX_REASON else f"{reason[:MAX_REASON]}..."
        super().__init__(short, code=self._code, hint=hint)

    _code = "delivery_refused"

    @property
    def reason(self) -> str:
        """Why, in plain words."""
        return self.what


class NotVerified(Refused):
    """A delivery that is not whose it says it is, or that nobody can tell of."""

    status = 401
    _code = "not_verified"


class Unreadable(Refused):
    """A delivery whose body tells no task."""

    status = 400
    _code = "unreadable"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery that was taken. `id` is the same whenever it comes again; `findings` tell what breaks the contract.

    `verified` is False where the receiver has no secret: then anybody may have sent it.
    """

    id: str
    provider: str
    snapshot: Snapshot
    verified: bool
    findings: tuple[Finding, ...]
    raw: bytes = field(repr=False)
    body: Any = field(repr=False)


class HasItems(Protocol):
    """Headers as the libraries have them: a mapping, or what is nearly one."""

    def items(self) -> Iterable[tuple[str, str]]:
        """Each name with its value."""
        ...


GivenHeaders = HasItems | Iterable[tuple[str, str]] | Iterable[tuple[bytes, bytes]]


class Receiver:
    """Takes the webhooks of one provider.

    `secret` is one, or several while they are changed. How deliveries are signed is told by the provider's documents;
    where it is not, or is otherwise, by `signing`.
    """

    def __init__(
        self,
        provider: str | Path | Contract,
        *,
        secret: str | Sequence[str] | None = None,
        signing: str | Signing | None = None,
        edition: Edition | str = Edition.CORRECTED,
        specs: str | Path | None = None,
        tolerance_s: float = 300,
    ) -> None:
        self.contract: Contract = provider if isinstance(provider, Contract) else load(provider, edition, specs)
        self._reading, webhook = _told(self.contract)
        self.signing: Signing = _signing(self.contract.name, webhook, signing, _secrets(secret))
        if not tolerance_s >= 0:  # also where it is no number
            raise UsageError(f"{tolerance_s} is no tolerance", code="bad_tolerance", hint="seconds, 0 or more")
        self._tolerance_s = tolerance_s
        self._kinds = _told_kinds(self._reading)
        self._views = {name: _view(self.contract, kind) for name, kind in self._kinds.items()}

    def __repr__(self) -> str:
        return f"Receiver({self.contract.name!r}, {self.contract.edition.value!r}, verifies={self.verifies})"

    @property
    def verifies(self) -> bool:
        """True where it has a secret to verify deliveries with."""
        return bool(self.signing.secrets)

    def read(self, headers: GivenHeaders, body: bytes, *, now_s: float) -> Delivery:
        """What a delivery tells; NotVerified or Unreadable where it cannot be taken.

        `body` is the bytes as they came; `now_s` is `time.time()`.
        """
        given, raw = _pairs(headers), _bytes(body)
        if len(raw) > MAX_BODY_BYTES:
            raise Unreadable(f"the body has more than {MAX_BODY_BYTES} bytes", "a webhook tells one task")
        self._verify(given, raw, now_s)
        value = _json(raw)
        snapshot = self._snapshot(self._facts(value))
        return Delivery(
            id=_id(self.signing, given, raw),
            provider=self.contract.name,
            snapshot=snapshot,
            verified=self.verifies,
            findings=self._judged(snapshot.kind, given, raw),
            raw=raw,
            body=value,
        )

    def _verify(self, headers: Headers, raw: bytes, now_s: float) -> None:
        if not self.verifies:
            return
        reason = verify(self.signing, headers, raw, now_s=now_s, tolerance_s=self._tolerance_s)
        if reason:
            raise NotVerified(reason, "the same secret on both sides, and the body byte for byte as it came")

    def _facts(self, value: Any) -> reader.Facts:
        try:
            facts = self._reading.lens.read(value)
        except Misspelled as error:
            raise Unreadable(f"the body cannot be read: {error}", self._hint) from None
        for name in ("id", "status"):
            if not facts.get(name):
                raise Unreadable(f"the body tells no {name} of a task of {self.contract.name}", self._hint)
        return facts

    @property
    def _hint(self) -> str:
        return f"`lumakit show {self.contract.name}` tells where each fact stands"

    def _snapshot(self, facts: reader.Facts) -> Snapshot:
        told = reader.seen(self._reading, facts, key=facts["id"], kind=reader.kind_of(self._kinds, facts))
        if told.phase is None:
            known = ", ".join(self._reading.lifecycle.words)
            hint = "a new word of the provider: add it to `words` in lifecycle.yaml"
            raise Unreadable(f"the status is none that {self.contract.name} is known to say: {known}", hint)
        return told

    def _judged(self, kind: str, headers: Headers, raw: bytes) -> tuple[Finding, ...]:
        """Where a body is not what a fetch of its kind, or of any kind where that is not known, would show."""
        operation = self._views[kind] if kind else next(iter(self._views.values()))
        status, _ = operation.success
        return operation.check_body(Response(status, headers, raw))


# --- what a receiver is made of ---------------------------------------------------------------------------------------


def _told_kinds(reading: Reading) -> dict[str, Task]:
    """The kinds of task that webhooks tell of."""
    return {name: kind for name, kind in reading.tasks.items() if kind.webhook and kind.fetch}


def _told(contract: Contract) -> tuple[Reading, Webhook]:
    """How deliveries of a contract are read."""
    kinds = _told_kinds(contract.reading) if contract.reading else {}
    webhook = next((kind.webhook for kind in kinds.values() if kind.webhook), None)
    if contract.reading is None or webhook is None:
        hint = "its lifecycle.yaml tells of them under `webhook`: see specs/README.md"
        raise UsageError(f"{contract.name} is not known to send webhooks", code="no_webhooks", hint=hint)
    return contract.reading, webhook


def _view(contract: Contract, kind: Task) -> Operation:
    """The operation that shows what a webhook tells; a schema that is broken is refused here, not with a delivery."""
    operation = contract.operations[kind.fetch[0].operation]
    _, answer = operation.success
    for body in answer.content.values() if answer else ():
        operation.accepts(body, None)
    return operation


def _secrets(given: str | Sequence[str] | None) -> tuple[str, ...]:
    """The secrets that were given; an empty list is none by mistake, and would let everything in."""
    if given is None:
        return ()
    secrets = (given,) if isinstance(given, str) else tuple(given)
    if not secrets:
        raise UsageError("the list of secrets is empty", code="bad_secret", hint="None reads without verifying")
    return secrets


def _signing(name: str, webhook: Webhook, given: str | Signing | None, secrets: tuple[str, ...]) -> Signing:
    """How deliveries are verified: as the user says, or else as the provider documents it."""
    if given is None:
        chosen = _documented(webhook)
    else:
        chosen = given if isinstance(given, Signing) else Signing.parse(given)
    keyed = chosen.keyed(*chosen.secrets, *secrets)
    if keyed.kind is Kind.NONE and keyed.secrets:
        hint = 'signing="standard", or "hmac header=X-Signature prefix=sha256="'
        raise UsageError(f"how {name} signs its webhooks is not known", code="signing_unknown", hint=hint)
    if given is not None and keyed.kind is not Kind.NONE and not keyed.secrets:
        raise UsageError(f"to verify {keyed.kind} needs a secret", code="signing_secret", hint="give `secret`")
    return keyed


def _documented(webhook: Webhook) -> Signing:
    if webhook.signing:
        return Signing.parse(webhook.signing)
    return Signing(Kind.ECHO, webhook.secret_header) if webhook.secret_header else Signing()


# --- what came in -----------------------------------------------------------------------------------------------------


def _pairs(headers: GivenHeaders) -> Headers:
    found: Any = headers.items() if hasattr(headers, "items") else headers
    return tuple((_text(name), _text(value)) for name, value in found)


def _text(given: str | bytes) -> str:
    return given.decode("latin-1") if isinstance(given, bytes) else given


def _bytes(body: Any) -> bytes:
    if not isinstance(body, (bytes, bytearray, memoryview)):
        hint = "`await request.body()` in Starlette, `request.get_data()` in Flask"
        raise UsageError("the body is needed as the bytes that came", code="body_not_bytes", hint=hint)
    return bytes(body)


def _json(raw: bytes) -> Any:
    try:
        return media.from_json(raw)
    except media.Undecodable as error:
        raise Unreadable(f"the body is {error}", "a webhook tells a task in JSON") from None


def _id(signing: Signing, headers: Headers, raw: bytes) -> str:
    """What a delivery is known by when it comes again: its own id, unless anybody could have changed that."""
    given = [value for name, value in headers if name.lower() == ID]
    if signing.kind is not Kind.HMAC and len(given) == 1 and _ID.fullmatch(given[0]):
        return given[0]
    return hashlib.sha256(raw).hexdigest()
