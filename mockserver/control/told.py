"""Tasks, exchanges, providers and clocks as the control API tells them: plain JSON values.

Knows the shapes of openapi.yaml. Looks nothing up, and changes nothing.
"""

from __future__ import annotations

from typing import Any

from lumakit.clock import Clock
from lumakit.contract.frozen import thaw
from lumakit.contract.operation import Operation
from lumakit.model import Exchange, Headers
from mockserver.outlook import Outlook
from mockserver.provider import MockProvider
from mockserver.stores import NEVER_MS
from mockserver.tasks import Seen
from mockserver.webhooks.delivery import Attempt, Delivery


def task(provider: str, seen: Seen) -> dict[str, Any]:
    """A task with its outlook."""
    snapshot, outlook = seen.snapshot, seen.outlook
    return {
        "provider": provider,
        "id": snapshot.id,
        "kind": snapshot.kind,
        "status": snapshot.status,
        "phase": snapshot.phase and snapshot.phase.value,
        "progress": snapshot.progress,
        "created_at": snapshot.created_ms,
        "updated_at": snapshot.updated_ms,
        "prompt": snapshot.prompt,
        "results": list(snapshot.results),
        "thumbnail": seen.thumbnail or None,
        "error": snapshot.error,
        "parent": snapshot.parent,
        "owner": outlook.owner,
        "scenario": outlook.scenario,
        "held": outlook.held,
        "next": _next(outlook),
        "verbs": list(outlook.verbs),
    }


def _next(outlook: Outlook) -> dict[str, Any] | None:
    return None if outlook.next_ms is None else {"at": outlook.next_ms, "status": outlook.next_word}


def plan(outlook: Outlook) -> list[dict[str, Any]]:
    """The moments of a task; those that wait for somebody have no time."""
    return [{"at": at_ms, "status": word, "progress": done} for at_ms, word, done in outlook.moments]


def exchange(provider: str, noted: Exchange) -> dict[str, Any]:
    """An exchange of the diary."""
    asked, answered = noted.request, noted.response
    return {
        "provider": provider,
        "number": noted.number,
        "at": noted.at_ms,
        "method": asked.method,
        "path": asked.path,
        "query": asked.query,
        "operation": noted.operation,
        "status": answered.status,
        "reason": noted.reason,
        "findings": [
            {"code": each.code, "message": each.message, "pointer": each.pointer, "severity": each.severity.value}
            for each in noted.findings
        ],
        "tasks": list(noted.tasks),
        "owner": noted.owner,
        "request": _content(asked.headers, asked.body, noted.request_bytes),
        "response": _content(answered.headers, answered.body, noted.response_bytes),
        "delay_s": answered.delay_s,
    }


def _content(headers: Headers, body: bytes, length: int) -> dict[str, Any]:
    return {"headers": [list(each) for each in headers], "body": body.decode(errors="replace"), "bytes": length}


def delivery(mock: MockProvider, made: Delivery) -> dict[str, Any]:
    """A delivery with its attempts."""
    return {
        "provider": mock.contract.name,
        "id": made.id,
        "task": made.task,
        "seq": made.seq,
        "event": made.event,
        "url": made.url,
        "state": made.state,
        "headers": [list(each) for each in mock.webhooks.headers(made)],
        "body": made.body,
        "due_at": made.due_ms if made.due_ms < NEVER_MS else None,
        "attempts": [_attempt(each) for each in made.attempts],
        "reason": made.reason,
    }


def _attempt(made: Attempt) -> dict[str, Any]:
    told = {"at": made.at_ms, "status": made.status, "error": made.error, "took_ms": made.took_ms, "body": made.body}
    return {**told, "headers": [list(pair) for pair in made.headers]}


def clock(shown: Clock) -> dict[str, Any]:
    """A clock as it is now; one that only somebody moves stands still."""
    speed = getattr(shown, "speed", 0.0)
    return {"now": shown.now(), "speed": speed, "frozen": not speed}


def provider(mock: MockProvider, base: str) -> dict[str, Any]:
    """A provider: what it takes, how its tasks live, and where its document was corrected."""
    contract = mock.contract
    schemes = dict.fromkeys(each.security.described() for each in contract.operations.values())
    return {
        "name": contract.name,
        "edition": contract.edition.value,
        "title": contract.title,
        "base": base,
        "scheme": ", ".join(filter(None, schemes)),
        "operations": [_operation(each) for each in contract.operations.values()],
        "lifecycle": _lifecycle(mock),
        "kinds": list(contract.reading.tasks) if contract.reading else [],
        "corrections": [
            {"id": each.id, "text": each.description, "basis": each.basis.value, "evidence": list(each.evidence)}
            for each in contract.actions
        ],
        "scenario": mock.scenario,
        "progress": mock.progress,
    }


def _operation(operation: Operation) -> dict[str, Any]:
    body = next(iter(operation.content.values()), None)
    return {
        "key": operation.key,
        "method": operation.method,
        "path": operation.path,
        "summary": operation.summary,
        "example": thaw(next(iter(body.examples.values()), None)) if body else None,
    }


def _lifecycle(mock: MockProvider) -> dict[str, Any] | None:
    if mock.contract.reading is None:
        return None
    table = mock.contract.reading.lifecycle
    words = [{"word": word, "phase": phase.value} for word, phase in table.words.items()]
    return {"starts": table.starts, "words": words, "moves": [list(move) for move in table.moves]}
