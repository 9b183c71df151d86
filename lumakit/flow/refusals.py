"""An answer that is a refusal: which error it is, by the reading's table of problems and else by its status.

Where one status stands for several problems, the document's examples of them say which it is nearest to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lumakit import call_errors as errors
from lumakit.call_errors import CallError
from lumakit.contract.compile import Contract
from lumakit.contract.parameters import MISSING
from lumakit.flow.asking import Ask
from lumakit.model import Response

MAX_SAID = 300
_BY_PROBLEM: Mapping[str, type[CallError]] = {
    "broken": errors.Unavailable,
    "forbidden": errors.KeyRefused,
    "out_of_credits": errors.OutOfCredits,
    "parent_unready": errors.NotReady,
    "too_many_requests": errors.Busy,
    "unauthenticated": errors.KeyRefused,
    "unavailable": errors.Unavailable,
    "unknown_task": errors.UnknownTask,
}
_BY_STATUS: Mapping[int, str] = {
    401: "unauthenticated",
    402: "out_of_credits",
    403: "forbidden",
    404: "unknown_task",
    408: "unavailable",
    409: "parent_unready",
    425: "too_many_requests",
    429: "too_many_requests",
}
_SAYING = ("message", "msg", "detail", "description", "error_description", "title", "reason", "error", "errors", "code")
_SURELY_NOTHING = (429, 503)  # refused at the door; of what else fails inside, nobody knows how far it came


def kind_of(contract: Contract, ask: Ask, response: Response, body: Any) -> type[CallError]:
    """What the caller can do about a refusal."""
    status = response.status
    problem = _problem(contract, ask, response, body)
    if ask.makes and not ask.repeatable and (status >= 500 or status == 408) and status not in _SURELY_NOTHING:
        return errors.Uncertain
    if status == 409 and not ask.makes:
        return errors.Busy
    if problem == "unknown_task" and not ask.about:
        return errors.RequestRefused
    return _BY_PROBLEM.get(problem, errors.RequestRefused)


def said(body: Any) -> str:
    """The sentence in the body of an error; '' where there is none."""
    return next(_sentences(body), "")[:MAX_SAID]


def _problem(contract: Contract, ask: Ask, response: Response, body: Any) -> str:
    table = contract.reading.problems if contract.reading else {}
    named = [problem for problem, status in table.items() if status == response.status]
    if len(named) > 1:
        return max(named, key=lambda problem: _likeness(ask, response.status, problem, body))
    if named:
        return named[0]
    return "broken" if response.status >= 500 else _BY_STATUS.get(response.status, "invalid")


def _likeness(ask: Ask, status: int, problem: str, body: Any) -> int:
    """How many texts an answer shares with the document's example of a problem."""
    answer = ask.operation.answer(status)
    examples = (each.examples.get(problem) for each in answer.content.values()) if answer else ()
    here = set(_leaves(body))
    return max((len(here & set(_leaves(example))) for example in examples if example is not None), default=0)


def _leaves(value: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, (*at, str(name)))
    elif isinstance(value, str):
        yield at, value


def _sentences(value: Any, depth: int = 0) -> Iterator[str]:
    if value is MISSING or depth > 4:
        return
    if isinstance(value, str) and value.strip():
        yield " ".join(value.split())
    elif isinstance(value, (list, tuple)):
        for inner in value[:4]:
            yield from _sentences(inner, depth + 1)
    elif isinstance(value, Mapping):
        for name in _SAYING:
            yield from _sentences(value.get(name), depth + 1)
