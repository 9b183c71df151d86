"""A verdict as a SARIF 2.1.0 log: each finding with the request and the response that show it.

A code scanner wants a file for each finding: the document of the provider stands for it, and the operation is named as
its logical place.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from lumakit.check import identity
from lumakit.check.reports import digest
from lumakit.check.traffic import Arrival
from lumakit.check.verdict import Judged, Verdict
from lumakit.model import Exchange, Headers, Request, Response
from lumakit.report import printable, sarif_driver, sarif_log, sarif_result

DOCUMENT = "openapi.yaml"


def sarif(verdict: Verdict, *, document: str = "") -> str:
    """The log. `document` is the file of the repository that findings are shown at."""
    judged = [*((each, "new") for each in verdict.judged), *((each, "unchanged") for each in verdict.known)]
    codes = sorted({each.finding.code for each, _ in judged})
    place = document or f"{verdict.provider}/{DOCUMENT}"
    results = [_result(verdict, each, codes.index(each.finding.code), place, state) for each, state in judged]
    return sarif_log(
        {
            "tool": {"driver": sarif_driver(codes)},
            "results": results,
            "invocations": [_invocation(verdict)],
            "columnKind": "unicodeCodePoints",
            "properties": {"outcome": digest.outcome(verdict), "coverage": digest.coverage(verdict)},
        }
    )


def _result(verdict: Verdict, judged: Judged, rule: int, place: str, state: str) -> dict[str, Any]:
    finding = judged.finding
    result = sarif_result(finding, rule)
    logical = {"fullyQualifiedName": f"{finding.where} {finding.pointer}".strip(), "kind": "function"}
    physical = {
        "artifactLocation": {"uri": quote(place.replace("\\", "/"), safe="/", errors="replace")},
        "region": {"startLine": 1},
    }
    result["locations"] = [{"physicalLocation": physical, "logicalLocations": [logical]}]
    result["message"] = {"text": f"{printable(finding.where)}: {printable(finding.message)}"}
    result["partialFingerprints"] = {"lumakit/v1": identity.fingerprint(finding)}
    result["occurrenceCount"] = max(judged.times, 1)
    result["properties"] |= {"restsOn": digest.rests_on(judged), "task": judged.task}
    if verdict.known:
        result["baselineState"] = state
    if state == "unchanged":
        result["suppressions"] = [{"kind": "external", "justification": "it is in the baseline"}]
    return result | _messages(verdict, judged)


def _messages(verdict: Verdict, judged: Judged) -> dict[str, Any]:
    """The request and the response that show a finding last."""
    shown = digest.seen(verdict, judged)
    if shown is None or isinstance(shown, Arrival):
        return {"webRequest": _request(shown.request)} if shown else {}
    response = {"webResponse": _response(shown.response)} if isinstance(shown, Exchange) else {}
    return {"webRequest": _request(shown.request), **response}


def _request(request: Request) -> dict[str, Any]:
    query = f"?{request.query}" if request.query else ""
    return {
        "protocol": "http",
        "method": printable(request.method),
        "target": printable(f"{request.origin}{request.path}{query}"),
        "headers": _headers(request.headers),
        "body": {"text": _text(request.body)},
    }


def _response(response: Response) -> dict[str, Any]:
    body = {"text": _text(response.body)}
    return {"statusCode": response.status, "headers": _headers(response.headers), "body": body}


def _headers(headers: Headers) -> dict[str, str]:
    return {printable(name): printable(value) for name, value in headers}


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _invocation(verdict: Verdict) -> dict[str, Any]:
    """Whether the run came to an end, and what it left open."""
    told = [
        {"level": "warning", "message": {"text": digest.left_open(each)}, "descriptor": {"id": "left-open"}}
        for each in verdict.opens
    ]
    return {"executionSuccessful": not told, "toolExecutionNotifications": told}
