"""What is asked of every server: a valid submit, an invalid one, and a look at a task.

Knows the requests, byte for byte. Does not know the servers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

LOAD = Path(__file__).resolve().parent / "load"
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One request; {id} in the path or the body stands for a task."""

    method: str
    path: str
    headers: Headers
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Work:
    """The three requests that are measured, and the field in which a submit answers the id."""

    submit: Call
    invalid: Call
    look: Call
    id_field: str = "id"

    def below(self, prefix: str) -> Work:
        """The same work for a server that keeps it under a path."""
        moved = {name: getattr(self, name) for name in ("submit", "invalid", "look")}
        return replace(self, **{name: replace(call, path=prefix + call.path) for name, call in moved.items()})


def athena(action: str, body: dict[str, Any]) -> Call:
    """moto knows AWS only: its nearest neighbour of the work is a query that Athena is asked to run."""
    scope = "Credential=key/20240101/us-east-1/athena/aws4_request"
    headers = (
        ("Authorization", f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"),
        ("Content-Type", "application/x-amz-json-1.1"),
        ("X-Amz-Target", f"AmazonAthena.{action}"),
    )
    return Call("POST", "/", headers, json.dumps(body, separators=(",", ":")).encode())


TOKEN = ("Authorization", "Bearer key-1")
SUBMIT = Call(
    "POST", "/luma/generations", (TOKEN, ("Content-Type", "application/json")), (LOAD / "valid.json").read_bytes()
)
LUMA = Work(
    submit=SUBMIT,
    invalid=replace(SUBMIT, body=(LOAD / "invalid.json").read_bytes()),
    look=Call("GET", "/luma/generations/{id}", (TOKEN,)),
)
ATHENA = Work(
    submit=athena("StartQueryExecution", {"QueryString": f"select '{'x' * 310}'"}),
    invalid=athena("StartQueryExecution", {"QueryString": [10] * 106}),
    look=athena("GetQueryExecution", {"QueryExecutionId": "{id}"}),
    id_field="QueryExecutionId",
)
