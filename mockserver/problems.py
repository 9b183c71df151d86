"""Refusals: the provider's own error body where its document has one, `application/problem+json` where it has none.

Every refusal says in plain words why it was made (`Mock-Reason`), because some providers' error bodies are empty. Knows
the contract; judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from lumakit import strictjson
from lumakit.contract.compile import Contract
from lumakit.contract.dialect import Direction
from lumakit.contract.frozen import thaw
from lumakit.contract.media import is_json
from lumakit.contract.messages import Body
from lumakit.contract.operation import Operation
from lumakit.contract.sample import NoSample
from lumakit.draws import Draw
from lumakit.model import Finding, Headers, Response
from mockserver.refusal import header_text, problem

STATUSES: Mapping[str, tuple[int, str]] = {
    "invalid": (400, "The request does not keep the contract"),
    "bad_wish": (400, "The preference cannot be kept"),
    "unauthenticated": (401, "No valid credentials"),
    "out_of_credits": (402, "No credits are left"),
    "forbidden": (403, "This is not allowed"),
    "expired": (403, "The address has expired"),
    "unknown_task": (404, "There is no such task"),
    "unknown_path": (404, "There is nothing at this path"),
    "wrong_method": (405, "The path does not have this method"),
    "not_acceptable": (406, "The answer cannot be given in a form that is accepted"),
    "key_taken": (409, "The key of idempotency was used for another request"),
    "parent_unready": (409, "The parent cannot be extended"),
    "too_large": (413, "The request is too large"),
    "unsupported_media": (415, "The body is of another type than documented"),
    "too_many_requests": (429, "Too many requests"),
    "broken": (500, "The mock server failed"),
    "not_mocked": (501, "The mock server has no answer for this"),
    "unavailable": (503, "The mock server cannot take this now"),
}
OURS = (
    "bad_wish",
    "expired",
    "not_mocked",
    "unknown_path",
    "wrong_method",
)  # of the mock itself: no document knows them


@dataclass(eq=False)
class Refused(Exception):
    """A request is not served: which problem, and why in words."""

    problem: str
    reason: str
    headers: Headers = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Problems:
    """The answers of one contract to what goes wrong."""

    contract: Contract
    _bodies: dict[tuple[str, str], Response | None] = field(default_factory=dict)

    def response(self, refused: Refused, operation: Operation | None) -> Response:
        """The answer to a refused request."""
        own = self._own(refused.problem, operation) if operation and refused.problem not in OURS else None
        if own is None:
            return plain(refused)
        reason = ("Mock-Reason", header_text(refused.reason))
        return Response(own.status, (*own.headers, *refused.headers, reason), own.body)

    def _own(self, problem: str, operation: Operation) -> Response | None:
        key = (operation.key, problem)
        if key not in self._bodies:
            self._bodies[key] = next(self._documented(problem, operation), None)
        return self._bodies[key]

    def of_status(self, status: int, operation: Operation | None, example: str = "") -> Response | None:
        """What the provider's document has for a status: a named example, or the first; None where it has nothing."""
        answer = operation.answer(status) if operation else None
        if operation is None or answer is None:
            return None
        key = (operation.key, f"{status} {example}")
        if key not in self._bodies:
            bodies = (body for body in answer.content.values() if is_json(body.media_type))
            fitting = (each for body in bodies for each in self._fitting(operation, status, body, example))
            self._bodies[key] = next(fitting, None)
        return self._bodies[key]

    def _documented(self, problem: str, operation: Operation) -> Iterator[Response]:
        """The documented answers that say this, the nearest first; only those that keep the contract."""
        for status in self._statuses(problem):
            answer = operation.answer(status)
            if answer is not None:
                for body in filter(lambda each: is_json(each.media_type), answer.content.values()):
                    yield from self._fitting(operation, status, body, problem)
                if not answer.content:
                    yield Response(status)

    def _statuses(self, problem: str) -> Iterable[int]:
        reading = self.contract.reading
        if reading and problem in reading.problems:
            return (reading.problems[problem],)
        return (400, 422) if problem == "invalid" else (STATUSES[problem][0],)

    @staticmethod
    def _fitting(operation: Operation, status: int, body: Body, problem: str) -> Iterator[Response]:
        named = [body.examples[name] for name in (problem, *body.examples) if name in body.examples]
        for value in named:
            made = Response(status, (("Content-Type", body.media_type),), strictjson.dumps(thaw(value)))
            if not any(finding.code == "X214" for finding in operation.check_response(made)):
                yield made
        try:
            shaped = operation.sample(body, Direction.RESPONSE, Draw(problem))
        except NoSample:
            return
        yield Response(status, (("Content-Type", body.media_type),), strictjson.dumps(shaped))


def plain(refused: Refused) -> Response:
    """A refusal for which nothing is documented."""
    status, title = STATUSES[refused.problem]
    made = problem(status, refused.reason, title, [_entry(finding) for finding in refused.findings])
    return Response(status, (*made.headers, *refused.headers), made.body)


def _entry(finding: Finding) -> dict[str, str]:
    return {
        "location": finding.subject,
        "pointer": finding.pointer,
        "message": finding.message,
        "code": finding.code,
    }
