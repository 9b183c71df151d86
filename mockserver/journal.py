"""The diary: every exchange with the mock, without secrets, bounded, and with the reason for every refusal.

An entry is noted on the way of every request, so it is one flat tuple, and only who reads it pays for Exchanges. Knows
the log of a store; does not know contracts, tasks or doors.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypedDict

from lumakit.errors import UsageError
from lumakit.model import Basis, Edition, Exchange, Finding, Headers, Request, Response, Severity
from lumakit.redaction import Redactor
from mockserver.stores import Entry, Store

BODY_LIMIT = 64 * 1024
_PAGE = 500
_BINARY = "\0"  # no text that was kept begins with it: the redactor lets no zero byte pass
_FRAME_BYTES = 1500  # what an entry takes in memory beside the texts in it


class Sought(TypedDict, total=False):
    """What exchanges may be asked for by: the same names in Python and on the wire."""

    method: str
    path: str
    operation: str
    status: int
    task: str
    owner: str
    refused: bool
    unmatched: bool
    header: str
    body: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which exchanges are asked for: those that fit everything given.

    A path is the provider's own and may end in `*`. `refused` are those answered with an error, `unmatched` those that
    no operation is for; `header` is a header of the request (`Name`, or `Name: value`), `body` a text in its body.
    """

    method: str = ""
    path: str = ""
    operation: str = ""
    status: int = 0
    task: str = ""
    owner: str = ""
    refused: bool = False
    unmatched: bool = False
    header: str = ""
    body: str = ""

    def fits(self, exchange: Exchange) -> bool:
        """True for an exchange that is asked for."""
        return (
            self.method.upper() in ("", exchange.request.method.upper())
            and self._fits_path(exchange.request.path)
            and self.operation in ("", exchange.operation)
            and self.status in (0, exchange.response.status)
            and (not self.task or self.task in exchange.tasks)
            and self.owner in ("", exchange.owner)
            and (not self.refused or exchange.response.status >= 400)
            and (not self.unmatched or not exchange.operation)
            and self._fits_content(exchange.request)
        )

    def _fits_content(self, request: Request) -> bool:
        name, colon, value = self.header.partition(":")
        found = request.header_values(name.strip())
        shown = value.strip() in found if colon else bool(found)
        return (not self.header or shown) and (not self.body or self.body.encode() in request.body)

    def _fits_path(self, path: str) -> bool:
        return path.startswith(self.path[:-1]) if self.path.endswith("*") else self.path in ("", path)


class Journal:
    """The diary of one provider, kept in the log of its store."""

    def __init__(self, store: Store, redactor: Redactor, body_limit: int = BODY_LIMIT) -> None:
        self._store = store
        self._redactor = redactor
        self._body_limit = body_limit
        self._asked = lru_cache(maxsize=256)(self._headers)  # a client says the same headers again and again

    def note(  # noqa: PLR0913, PLR0917  # an exchange has so many parts; another value for them would only cost time
        self,
        at_ms: int,
        request: Request,
        response: Response,
        operation: str = "",
        reason: str = "",
        findings: tuple[Finding, ...] = (),
        tasks: tuple[str, ...] = (),
        owner: str = "",
    ) -> int:
        """Write an exchange into the diary; its number."""
        hide = self._redactor
        path, query = hide.text(request.path), hide.query(request.query) if request.query else ""
        asked, asked_size = self._asked(request.headers)
        told = hide.headers(response.headers)
        sent = self._kept(hide.body(request.body, request.headers)) if request.body else ""
        answered = self._kept(hide.body(response.body, response.headers)) if response.body else ""
        entry = (
            at_ms,
            (request.method, path, query, asked, sent, hide.text(request.origin) if request.origin else ""),
            (response.status, told, answered, response.delay_s),
            (operation, hide.text(reason) if reason else "", self._spelled(findings) if findings else (), tasks, owner),
            (len(request.body), len(response.body)),
        )
        texts = len(path) + len(query) + len(sent) + len(answered) + asked_size
        return self._store.note(entry, _FRAME_BYTES + texts + sum([len(value) for _, value in told]))

    def _headers(self, headers: Headers) -> tuple[Headers, int]:
        """Headers as they are kept, and how long their values are."""
        shown = self._redactor.headers(headers)
        return shown, sum([len(value) for _, value in shown])

    def _kept(self, body: bytes) -> str:
        """A body as it is kept: cut where it is long, in base64 behind a mark where it is no text."""
        limit, cut = self._body_limit, ""
        if len(body) > limit:
            body, cut = body[:limit], f"<cut: {limit} of {len(body)} bytes are kept>"
        try:
            return body.decode() + cut
        except UnicodeDecodeError as error:
            if cut and error.start > limit - 4:  # only the last character was cut in two
                return body[: error.start].decode() + cut
            return _BINARY + base64.b64encode(body + cut.encode()).decode()

    def _spelled(self, findings: tuple[Finding, ...]) -> Entry:
        return tuple(
            (
                (
                    each.code,
                    each.where,
                    self._redactor.text(each.message),
                    each.severity.value,
                    each.pointer,
                    each.line,
                ),
                (each.edition and each.edition.value, each.basis.value, each.evidence, each.subject, each.hint),
            )
            for each in findings
        )

    def __getitem__(self, number: int) -> Exchange:
        """The exchange with a number, while it is kept."""
        found = self._store.notes(number - 1, 1)
        if not found or found[0][0] != number:
            hint = "the oldest go where there are too many"
            raise UsageError(f"exchange {number} is not kept", code="request_not_found", hint=hint)
        return _exchange(*found[0])

    @property
    def last(self) -> int:
        """The number of the newest exchange."""
        return self._store.noted

    @property
    def last_ms(self) -> int:
        """When the newest exchange was; 0 where there is none."""
        found = self._store.notes(self._store.noted - 1, 1)
        return _moment(found[0][1]) if found else 0

    def count(self, wanted: Wanted | None = None) -> int:
        """How many of the exchanges that are kept are asked for."""
        return len(self.entries(wanted, limit=self._store.noted))

    def entries(
        self, wanted: Wanted | None = None, after: int = 0, limit: int = 1000, before: int | None = None
    ) -> list[Exchange]:
        """The newest exchanges that are asked for and stand between two numbers, the newest last."""
        wanted = wanted or Wanted()
        found: list[Exchange] = []
        last = self._store.noted if before is None else min(self._store.noted, before - 1)
        while last > after and len(found) < limit:
            first = max(after, last - _PAGE)
            page = [_exchange(number, entry) for number, entry in self._store.notes(first, _PAGE) if number <= last]
            if not page:  # all that is older is gone
                break
            found = [exchange for exchange in page if wanted.fits(exchange)] + found
            last = first
        return found[-limit:] if limit else []


def _exchange(number: int, entry: Any) -> Exchange:
    at_ms, (method, path, query, asked, sent, origin), (status, told, answered, delay_s), notes, lengths = entry
    operation, reason, findings, tasks, owner = notes
    return Exchange(
        number,
        at_ms,
        Request(method, path, query, asked, _body(sent), origin),
        Response(status, told, _body(answered), delay_s),
        operation,
        reason,
        tuple(map(_finding, findings)),
        tasks,
        owner,
        *lengths,
    )


def _moment(entry: Any) -> int:
    """When an exchange was: an entry begins with it."""
    return int(entry[0])


def _body(kept: str) -> bytes:
    return base64.b64decode(kept[1:]) if kept.startswith(_BINARY) else kept.encode()


def _finding(spelled: Any) -> Finding:
    (code, where, message, severity, pointer, line), (edition, basis, evidence, subject, hint) = spelled
    return Finding(
        code,
        where,
        message,
        Severity(severity),
        pointer,
        line,
        Edition(edition) if edition else None,
        Basis(basis),
        evidence,
        subject,
        hint,
    )
