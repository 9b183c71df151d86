"""What the control API says no with: a problem of its own, or an error of the Python API under a status.

Knows which of our codes means which status. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lumakit.errors import DocumentError, LumakitError
from lumakit.model import Finding, Headers, Response
from mockserver.problems import STATUSES, Refused
from mockserver.refusal import problem

_STATUSES = {
    "delivery_not_found": 404,
    "fault_not_found": 404,
    "kind_not_found": 404,
    "provider_not_found": 404,
    "request_not_found": 404,
    "task_not_found": 404,
    "ambiguous": 409,
    "clock_stands": 409,
    "illegal_move": 409,
    "no_lifecycle": 409,
    "nothing_to_read": 409,
    "reload_refused": 409,
    "scenario_full": 409,
    "task_taken": 409,
    "tasks_full": 409,
    "too_many_listeners": 409,
}  # every other code of wrong usage is 422


class Declined(Exception):
    """A request to the control API is not served: with which status, under which code, and why in words."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        headers: Headers = (),
        validation: Sequence[Mapping[str, str]] = (),
    ) -> None:
        super().__init__(status, code, detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers
        self.validation = validation

    @classmethod
    def by(cls, error: LumakitError) -> Declined:
        """The answer to an error of the Python API."""
        advice = f"; {error.hint}" if error.hint else ""
        places = [_placed(error)] if isinstance(error, DocumentError) else ()
        return cls(_STATUSES.get(error.code, 422), error.code, f"{error.what}{advice}", (), places)

    @classmethod
    def like(cls, refused: Refused) -> Declined:
        """The same refusal as a provider's, where none is documented."""
        return cls(STATUSES[refused.problem][0], refused.problem, refused.reason, refused.headers)

    @classmethod
    def found(cls, status: int, code: str, findings: Sequence[Finding]) -> Declined:
        """The answer to a request that does not keep the document."""
        told = [
            {"location": each.subject, "pointer": each.pointer, "message": each.message, "code": each.code}
            for each in findings
        ]
        return cls(status, code, "; ".join(each.message for each in findings), (), told)

    def response(self) -> Response:
        """The answer."""
        made = problem(self.status, self.detail, validation=self.validation, code=self.code)
        return Response(made.status, (*made.headers, *self.headers), made.body)


def _placed(error: DocumentError) -> Mapping[str, str]:
    """What is wrong with a document, and where."""
    return {"location": error.where, "pointer": "", "message": error.what, "code": error.code}
