"""The one way to what is checked: puts the key in, asks the guard, sends, settles, records. Never repeats anything.

What may make a task is told here from the contract, whatever a phase believes. Knows no phase and no provider; a key
leaves it towards the target only.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import quote

from lumakit.caller import shown_for
from lumakit.check import hiding
from lumakit.check.guard import Guard
from lumakit.check.ledger import Outcome
from lumakit.check.target import Cost, Target
from lumakit.check.traffic import WRONG_KEY, Record, Unanswered
from lumakit.check.verdict import Spent
from lumakit.contract.compile import Contract
from lumakit.contract.operation import Operation
from lumakit.contract.security import Scheme
from lumakit.model import Exchange, Lost, Request, Response
from lumakit.redaction import Redactor
from lumakit.secret import Key, Shown

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
# Answers of those who stand between: whether the request was taken behind them is not known.
_UNSURE = frozenset({408, 444, 460, 499})


class Probe:
    """Asks a target, within what a guard allows, and writes down what it sees."""

    def __init__(
        self,
        contract: Contract,
        target: Target,
        guard: Guard,
        *,
        key: Key | None,
        redactor: Redactor,
        record: Record,
    ) -> None:
        self.contract = contract
        self.target = target
        self.record = record
        self._guard = guard
        self._key = key
        self._redactor = _knowing(redactor, key)
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<a probe of {self.target.name}>"

    def ask(
        self,
        request: Request,
        *,
        cost: Cost,
        keyed: bool = True,
        key: Key | None = None,
        owner: str = "",
    ) -> Response | Lost:
        """The answer, or why there is none. OverBudget before a byte is sent, where it may not be.

        The request carries no key: the run's own is put in, or `key`, another one. `owner` is a label for whose it is.
        A request for another machine than the target gets none. OverBudget also after one that was to cost nobody
        anything, and was accepted, where there is no budget left for it; it is written down then.
        """
        home = request.origin in ("", self.target.origin)
        shown = (key or self._key) if keyed and home else None
        operation = self._operation(request)
        if self._may_cost(request, operation, shown, owner):
            cost = Cost.PAID
        sent = _with_key(replace(request, origin=request.origin or self.target.origin), self._places(operation, shown))
        ticket = self._guard.reserve(operation.key if operation else "", cost)
        outcome = Outcome.UNKNOWN
        # What makes a task is seen when its answer names the task: a webhook may come before. What a look tells may be
        # older than a webhook that comes while it is under way: it is seen when it is asked.
        makes = operation is not None and may_make(self.contract, sent, operation)
        try:
            at_ms, number = self.target.clock.now(), 0 if makes else self.record.number()
            answer = self.target.send(sent)
            number = number or self.record.number()
            outcome = outcome_of(answer)
        finally:
            ticket.settle(outcome)
        self._note(_Seen(number, at_ms, sent, operation.key if operation else "", owner, shown), answer)
        if cost is Cost.FREE and operation and outcome is Outcome.SETTLED and makes:
            self._guard.accepted(operation.key)
        return answer

    def spent(self) -> Spent:
        """What was spent so far."""
        return self._guard.spent()

    def hidden(self, text: str) -> str:
        """A text of somebody who has seen answers, without the secrets that those may have told."""
        return self._redactor.text(text)

    def _operation(self, request: Request) -> Operation | None:
        """What a request is for; the path of the target is not the contract's."""
        return self.contract.route(replace(request, path=request.path.removeprefix(self.target.base))).operation

    def _may_cost(self, request: Request, operation: Operation | None, shown: Key | None, owner: str) -> bool:
        """True where a request may make a task and somebody can be charged for it, whatever was said of it."""
        if shown is None:
            schemes = operation.security.schemes if operation else _schemes(self.contract)
            charged = any(scheme.credential(request) for scheme in schemes)
        else:
            charged = owner != WRONG_KEY or (self._key is not None and shown.reveal() == self._key.reveal())
        return charged and may_make(self.contract, request, operation)

    def _places(self, operation: Operation | None, key: Key | None) -> tuple[Shown, ...]:
        """Where the key goes; what is not documented is shown it as everything else is."""
        if key is None:
            return ()
        operations = [operation] if operation else self.contract.operations.values()
        return next(filter(None, (shown_for(each, key) for each in operations)), ())

    def _note(self, seen: _Seen, answer: Response | Lost) -> None:
        """Write an exchange down without its secrets; a key that was shown once is hidden from then on."""
        with self._lock:
            self._redactor = hide = _knowing(self._redactor, seen.key)
            request = hide.request(seen.request)
            if isinstance(answer, Lost):
                self.record.add(Unanswered(seen.number, seen.at_ms, request, _hidden_lost(answer, hide), seen.owner))
                return
            self.record.add(
                Exchange(
                    seen.number,
                    seen.at_ms,
                    request,
                    hiding.response(hide, answer),
                    operation=seen.operation,
                    owner=seen.owner,
                    request_bytes=len(seen.request.body),
                    response_bytes=len(answer.body),
                )
            )


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was sent, before its secrets are hidden."""

    number: int
    at_ms: int
    request: Request
    operation: str
    owner: str
    key: Key | None


def may_make(contract: Contract, request: Request, operation: Operation | None) -> bool:
    """True where a request with a valid key may make a task: where the reading does not tell, whatever is no read."""
    parts = contract.reading.tasks.values() if contract.reading else ()
    key = operation.key if operation else ""
    if any(key in (*each.submit, *(part.operation for part in each.extend)) for each in parts):
        return True
    looks = {part.operation for each in parts for part in each.fetch}
    looks |= {part.operation for each in parts for part in each.fetch_many}
    if contract.reading and contract.reading.account:
        looks.add(contract.reading.account.operation)
    return key not in looks and request.method.upper() not in _READS


def outcome_of(answer: Response | Lost) -> Outcome:
    """What an answer says of the money: only a clear yes and a clear no are certain."""
    if isinstance(answer, Lost):
        return Outcome.RELEASED if answer.unsent else Outcome.UNKNOWN
    if 200 <= answer.status < 300:
        return Outcome.SETTLED
    refused = 400 <= answer.status < 500 and answer.status not in _UNSURE
    return Outcome.RELEASED if refused else Outcome.UNKNOWN


def _hidden_lost(lost: Lost, hide: Redactor) -> Lost:
    return replace(lost, reason=hide.text(lost.reason), head=hide.response(lost.head) if lost.head else None)


def _knowing(redactor: Redactor, key: Key | None) -> Redactor:
    """A redactor that hides this key too."""
    if key is None or key.reveal() in redactor.secrets:
        return redactor
    return replace(redactor, secrets=redactor.secrets | {key.reveal()})


def _with_key(request: Request, places: Iterable[Shown]) -> Request:
    headers, query = list(request.headers), request.query
    for each in places:
        if each.location == "query":
            query = f"{query}&{each.name}={quote(each.reveal(), safe='')}".lstrip("&")
        elif each.location == "cookie":
            headers.append(("Cookie", f"{each.name}={each.reveal()}"))
        else:
            headers.append((each.name, each.reveal()))
    return replace(request, headers=tuple(headers), query=query)


def _schemes(contract: Contract) -> list[Scheme]:
    return [scheme for each in contract.operations.values() for scheme in each.security.schemes]
