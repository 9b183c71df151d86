"""What a request must be to be served: for a documented operation, in a form that is taken, keeping the contract.

What is not becomes a refusal with its reason. Knows the contract; knows no tasks, and not who asks.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from lumakit.contract.compile import Contract, Match
from lumakit.contract.operation import Operation
from lumakit.model import Finding, Request, Severity
from mockserver import negotiation
from mockserver.problems import Refused

BODY_BYTES = 10 * 2**20
NEAR = 0.4  # how alike a path must be to be offered instead


def routed(contract: Contract, request: Request) -> Match:
    """What a request is for; HEAD is for what GET is for."""
    match = contract.route(request)
    if match.operation is None and request.method == "HEAD" and "GET" in match.allow:
        return contract.route(replace(request, method="GET"))
    return match


def checked(operation: Operation, request: Request, match: Match) -> Any:
    """The value of the body of a request that keeps the contract."""
    if len(request.body) > BODY_BYTES:
        raise Refused("too_large", f"the body has more than {BODY_BYTES} bytes")
    encoding = request.header("content-encoding")
    if encoding is not None and encoding.strip().lower() != "identity":
        raise Refused("unsupported_media", "the body is encoded, and only identity is taken")
    _, answer = operation.success
    accept = accepted(request)
    if accept is not None and answer and answer.content and negotiation.choose(answer.content, accept) is None:
        raise Refused("not_acceptable", f"only {', '.join(answer.content)} is documented")
    taken = operation.take(request, match.path_values)
    wrong = tuple(finding for finding in taken.findings if finding.severity is Severity.ERROR)
    if wrong:
        unsupported = any(finding.code == "X204" for finding in wrong)
        raise Refused("unsupported_media" if unsupported else "invalid", words(wrong), findings=wrong)
    return taken.body


def accepted(request: Request) -> str | None:
    """What the client accepts; several headers are one."""
    return ", ".join(request.header_values("accept")) or None


def words(findings: Collection[Finding]) -> str:
    """Everything that was found, in one line."""
    return "; ".join(finding.message for finding in findings)


def allowed(match: Match) -> str:
    """The methods of a path, as `Allow` spells them."""
    head = {"HEAD"} if "GET" in match.allow else set()
    return ", ".join(sorted({*match.allow, *head, "OPTIONS"})) if match.allow else ""


def undocumented(contract: Contract, request: Request, match: Match) -> Refused:
    """The refusal of what no operation is for: another method, or a path that is not there."""
    if match.wrong_method:
        what = f"{request.method} is not documented here, only {', '.join(match.allow)}"
        return Refused("wrong_method", what, (("Allow", allowed(match)),))
    return Refused("unknown_path", f"nothing is documented at {request.path}{_nearest(contract, request)}")


def _nearest(contract: Contract, request: Request) -> str:
    paths: dict[str, list[Operation]] = {}
    for operation in contract.operations.values():
        paths.setdefault(operation.path.lower(), []).append(operation)
    near = difflib.get_close_matches(request.path[:200].lower(), paths, n=1, cutoff=NEAR)
    if not near:
        return ""
    found = paths[near[0]]
    return f"; the nearest is {' or '.join(each.method for each in found)} {found[0].path}"
