"""Traffic and verdicts made by hand, for whoever judges or prints them."""

from __future__ import annotations

import json
from typing import Any

from lumakit.check.traffic import Arrival, Traffic
from lumakit.check.verdict import (
    Covered,
    Evidence,
    Judged,
    Look,
    Open,
    Reach,
    Spent,
    Story,
    Support,
    Verdict,
    Via,
)
from lumakit.model import (
    Basis,
    Edition,
    Exchange,
    Finding,
    Headers,
    Phase,
    Request,
    Response,
    Severity,
    Snapshot,
)

JSON: Headers = (("Content-Type", "application/json"),)
KEYED: Headers = (*JSON, ("Authorization", "Bearer <hidden: 12 characters>"))
_NOTHING = object()


def raw(value: Any) -> bytes:
    """A value as a body; nothing for nothing."""
    return b"" if value is _NOTHING else json.dumps(value).encode()


def exchange(
    number: int,
    line: str,
    sent: Any = _NOTHING,
    status: int = 200,
    told: Any = _NOTHING,
    *,
    headers: Headers = KEYED,
    **more: Any,
) -> Exchange:
    """An exchange: `POST /path`, what was sent, and what was answered."""
    method, _, path = line.partition(" ")
    request = Request(method, path, headers=headers, body=raw(sent), origin="https://api.example.test")
    return Exchange(number, 1000 * number, request, Response(status, JSON, raw(told)), **more)


def arrival(number: int, told: Any, **more: Any) -> Arrival:
    """A webhook that was received."""
    return Arrival(number, 1000 * number, Request("POST", "/hook", headers=JSON, body=raw(told)), 200, **more)


def look(number: int, via: Via, word: str, phase: Phase, **more: Any) -> Look:
    """What one exchange told of a task."""
    return Look(number, 1000 * number, via, word, Snapshot("t-1", phase, word, **more))


STORY = Story(
    id="t-1",
    kind="job",
    owner="ours",
    parent="",
    looks=(
        look(1, Via.SUBMIT, "pending", Phase.WAITING),
        look(2, Via.FETCH, "running", Phase.RUNNING, progress=40),
        look(3, Via.FETCH, "running", Phase.RUNNING, progress=30),
        look(5, Via.WEBHOOK, "done", Phase.SUCCEEDED, progress=100),
    ),
)
TRAFFIC = Traffic(
    exchanges=(
        exchange(1, "POST /jobs", {"prompt": "a cat"}, 201, {"id": "t-1", "state": "pending"}, operation="POST /jobs"),
        exchange(2, "GET /jobs/t-1", status=200, told={"id": "t-1", "state": "running", "progress": 40}),
        exchange(3, "GET /jobs/t-1", status=200, told={"id": "t-1", "state": 7, "list": [{"a": 1}], "progress": 30}),
        exchange(4, "POST /jobs", {"prompt": "it's"}, 500, {"error": "broken"}, operation="POST /jobs"),
    ),
    arrivals=(arrival(5, {"id": "t-1", "state": "done"}, task="t-1"),),
    listened=True,
    source="mock",
)
WRONG = Judged(
    Finding(
        "X214",
        "GET /jobs/{id}",
        "body /state: 7 is not of type string",
        pointer="/state",
        edition=Edition.CORRECTED,
        subject="body",
        hint="look at the schema",
    ),
    (3,),
    "response",
    "t-1",
)
GUESSED = Judged(
    Finding(
        "X211",
        "POST /jobs",
        "the status 500 is not documented, only 201",
        Severity.NOTE,
        edition=Edition.CORRECTED,
        basis=Basis.INFERRED,
        evidence=("a guess",),
        subject="status",
    ),
    (4,),
    "response",
)


def verdict(**changes: Any) -> Verdict:
    """A verdict with one of everything."""
    parts: dict[str, Any] = {
        "provider": "jobs",
        "edition": Edition.CORRECTED,
        "target": "mock",
        "judged": (WRONG, GUESSED),
        "beside": (WRONG,),
        "stories": (STORY,),
        "coverage": (
            Covered("operation", "POST /jobs", Reach.SEEN, 2),
            Covered("operation", "GET /jobs/{id}", Reach.SEEN, 2),
            Covered("status", "POST /jobs 201", Reach.SEEN, 1),
            Covered("status", "POST /jobs 429", Reach.NOT_SEEN),
            Covered("state", "job failed", Reach.NOT_REACHABLE, 0, "no budget is left"),
            Covered("enum", 'GET /jobs/{id} 200 /state = "done"', Reach.NOT_SEEN),
            Covered("webhook", "job done", Reach.SEEN, 1),
        ),
        "corrections": (
            Evidence("C01", "Only the prompt is needed.", "mirror", Support.CONFIRMED, (1,), "right by this"),
            Evidence("C02", "The state is a word.", "inferred", Support.REFUTED, (3,), "wrong by this"),
            Evidence("C03", "A better title.", "documented", Support.UNTOUCHED, (), "readers only"),
        ),
        "opens": (Open("the task t-2 did not end", "the budget of 2 submits was spent", "t-2", safety=True),),
        "phases": {"free": "4 requests", "lifecycle": "skipped: no budget"},
        "spent": Spent(budget=2, reserved=2, settled=1, unknown=1, refused=3, requests=9, seconds=1.5),
        "traffic": TRAFFIC,
    }
    return Verdict(**{**parts, **changes})
