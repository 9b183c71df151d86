"""The last touch on an answer: the headers that every answer has, and the wishes that it kept.

Knows what was wished and what came of it; judges nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from lumakit.model import Request, Response
from mockserver import prefer
from mockserver.call import Done
from mockserver.prefer import Wishes
from mockserver.refusal import header_text


def finished(done: Done, wishes: Wishes, request: Request, request_id: str) -> Response:
    """The answer as it leaves."""
    response = done.response
    headers = [*response.headers, ("X-Request-Id", request_id)]
    reason = done.reason
    if wishes is not prefer.NONE:
        applied = done.applied if wishes.delay_s is None else (*done.applied, "delay")
        if applied:
            headers.append(("Preference-Applied", wishes.spelled(applied)))
        reason = "; ".join(filter(None, (reason, *wishes.ignored, *_unkept(wishes, applied, response))))
    if reason and response.header("mock-reason") is None:
        headers.append(("Mock-Reason", header_text(reason)))
    body = response.body
    if request.method == "HEAD":
        headers, body = [*headers, *_length(response)], b""
    delay_s = response.delay_s + (wishes.delay_s or 0.0)
    return Response(response.status, tuple(headers), body, delay_s, response.breaks, response.ahead)


def _unkept(wishes: Wishes, applied: Collection[str], response: Response) -> Iterator[str]:
    """The wishes that meant nothing here; of a refusal nothing more is to be said."""
    if response.status < 400:
        yield from (f"{name} means nothing here" for name in wishes.given if name not in applied)


def _length(response: Response) -> list[tuple[str, str]]:
    """The length that the body would have had, unless it is said already."""
    return [] if response.header("content-length") else [("Content-Length", str(len(response.body)))]
