"""A message as a witness: one side of an exchange, or a webhook, and what a contract has against it.

Knows contracts and what was seen. Says nothing of corrections.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lumakit import strictjson
from lumakit.check.traffic import Arrival
from lumakit.contract import pointer as pointers
from lumakit.contract.compile import Contract
from lumakit.contract.expressions import Happened, expression
from lumakit.contract.operation import Operation
from lumakit.errors import LumakitError
from lumakit.model import Exchange, Finding

Complaint = tuple[str, str, str, str]  # a code, what it is about, where, in words
Complaints = frozenset[Complaint]
_NEAREST = re.compile(r"fits none of the .*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Message:
    """One side of an exchange, or a webhook: its number, which side, and what each contract has against it."""

    number: int
    side: str
    seen: Exchange | Arrival
    operation: str

    def wrong(self, contract: Contract, kinds: Mapping[str, str]) -> Complaints:
        """What a contract has against it."""
        if isinstance(self.seen, Arrival):
            told = _told(contract, kinds.get(self.seen.task, ""))
            return _complaints(told.take(self.seen.request).findings) if told else frozenset()
        operation = contract.operations.get(self.operation)
        if operation is None:
            return frozenset({("none", self.operation, "", "not documented")})
        if self.side == "request":
            values = contract.route(self.seen.request).path_values
            return _complaints(operation.check_request(self.seen.request, values))
        return _complaints(operation.check_response(self.seen.response)) | _broken_links(contract, operation, self.seen)

    def shows(self, complaint: Complaint) -> bool:
        """False where a complaint is about a value that was hidden: what stood there is not known."""
        answered = isinstance(self.seen, Exchange) and self.side == "response"
        body = self.seen.response.body if isinstance(self.seen, Exchange) and answered else self.seen.request.body
        if b"<hidden: " not in body or not complaint[2].startswith("/"):
            return True
        try:
            value = pointers.look(strictjson.loads(body), complaint[2], None)
        except ValueError:
            return False
        return not (isinstance(value, str) and value.startswith("<hidden: "))

    def status(self) -> int:
        """What it was answered with; 0 for what is no request of ours."""
        return self.seen.response.status if isinstance(self.seen, Exchange) and self.side == "request" else 0


def sides_of(exchange: Exchange) -> Iterator[tuple[str, bytes, int]]:
    """Both sides of an exchange, with the body that was kept and its length as it was."""
    yield "request", exchange.request.body, exchange.request_bytes
    yield "response", exchange.response.body, exchange.response_bytes


def _told(contract: Contract, kind: str) -> Operation | None:
    """The operation that a receiver serves for tasks of a kind; any, where the kind is not known."""
    reading = contract.reading
    keys = reading.tasks[kind].operations if reading and kind in reading.tasks else tuple(contract.operations)
    owners = (contract.operations[key] for key in keys if key in contract.operations)
    return next((callback.operation for owner in owners for callback in owner.callbacks), None)


def _complaints(findings: Sequence[Finding]) -> Complaints:
    """What is wrong, so that two editions can be compared: which alternative is nearest is no difference."""
    return frozenset(
        (each.code, each.subject, each.pointer, _NEAREST.sub("fits none", each.message)) for each in findings
    )


def _broken_links(contract: Contract, operation: Operation, exchange: Exchange) -> Complaints:
    """Links of a served answer that lead nowhere: what they name is not in the exchange."""
    answer = operation.answer(exchange.response.status)
    if answer is None or not 200 <= exchange.response.status < 300:
        return frozenset()
    body = operation.take(exchange.request).body
    happened = Happened(exchange.request, contract.route(exchange.request).path_values, body, exchange.response)
    return frozenset(
        ("link", name, parameter, "leads nowhere")
        for name, link in answer.links.items()
        for parameter, text in link.parameters.items()
        if isinstance(text, str) and _leads_nowhere(text, happened)
    )


def _leads_nowhere(text: str, happened: Happened) -> bool:
    try:
        return "$" in text and expression(text)(happened) is None
    except LumakitError:
        return False
