"""What each peer needs beside the plain OpenAPI document, made at run time from that document.

Knows the peers' own file formats. Does not start anything and measures nothing.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import lumakit

LOAD = Path(__file__).resolve().parent / "load"
SUBMIT, LOOK = "/luma/generations", "/luma/generations/{task_id}"
Document = dict[str, Any]


def plain_document() -> Document:
    """The contract for everybody: chainhub, corrected, bundled; without callbacks, which Prism would send."""
    document = lumakit.load("chainhub").bundled()
    for item in document["paths"].values():
        for operation in item.values():
            operation.pop("callbacks", None)
    return document


def nothing(_document: Document, _folder: Path) -> None:
    """Most peers take the document as it is."""


def connexion(document: Document, folder: Path) -> None:
    """Name the function that reads the bearer token: without one connexion refuses every token."""
    changed = copy.deepcopy(document)
    changed["components"]["securitySchemes"]["bearer"]["x-bearerInfoFunc"] = "connexion_bearer.read"
    write(folder / "openapi.json", changed)


def scalar_state(document: Document, folder: Path) -> None:
    """Let the two operations keep and find tasks through scalar's `x-handler`."""
    changed = copy.deepcopy(document)
    keep = "return store.create('tasks', { state: 'pending', created_at: new Date().toISOString(), request: req.body })"
    changed["paths"][SUBMIT]["post"]["x-handler"] = keep
    changed["paths"][LOOK]["get"]["x-handler"] = "return store.get('tasks', req.params.task_id)"
    write(folder / "openapi.json", changed)


def wiremock(document: Document, folder: Path) -> None:
    """Three stubs: a valid submit, any other submit, a look; the first matches the body against the schema."""
    token = {"headers": {"Authorization": {"matches": "Bearer .+"}}}
    fits = {"bodyPatterns": [{"matchesJsonSchema": json.dumps(request_schema(document))}]}
    pending = document["components"]["examples"]["pending"]["value"]
    submit = {"method": "POST", "urlPath": SUBMIT}
    refusal = {"error": {"message": "the request is not valid", "type": "new_api_error", "code": "invalid_request"}}
    stubs = [
        stub({**submit, **token, **fits}, 200, pending, priority=1),
        stub(submit, 400, refusal, priority=2),
        stub({"method": "GET", "urlPathTemplate": LOOK, **token}, 200, pending, priority=1),
    ]
    (folder / "mappings").mkdir()
    write(folder / "mappings" / "stubs.json", {"mappings": stubs})


def stub(request: Document, status: int, body: Document, priority: int) -> Document:
    """One WireMock stub."""
    response = {"status": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}
    return {"priority": priority, "request": request, "response": response}


def request_schema(document: Document) -> Document:
    """The schema of the submit's body; it refers to nothing else."""
    operation = document["paths"][SUBMIT]["post"]
    schema: Document = operation["requestBody"]["content"]["application/json"]["schema"]
    return schema


def mountebank(_document: Document, folder: Path) -> None:
    """One imposter that answers everything by injected JavaScript."""
    inject = (LOAD / "mountebank.js").read_text(encoding="utf-8")
    imposter = {"protocol": "http", "port": "<%= process.env.PORT %>", "stubs": [{"responses": [{"inject": inject}]}]}
    write(folder / "imposters.json", {"imposters": [imposter]})


def json_server(_document: Document, folder: Path) -> None:
    """An empty collection, and a rule that takes the prefix off the path."""
    write(folder / "db.json", {"generations": []})
    write(folder / "routes.json", {"/luma/*": "/$1"})


def mockoon_bucket(document: Document, folder: Path) -> None:
    """A CRUD route over an empty data bucket, with rules that refuse a missing token and a wrong body."""
    schema = {key: value for key, value in request_schema(document).items() if not key.startswith("x-")}
    buckets = {"tasks": [], "schema": schema}
    no_token = rule("header", "Authorization", "^Bearer .+", operator="regex", invert=True)
    is_post = rule("method", "", "post")
    misfit = rule("body", "", "schema", operator="valid_json_schema", invert=True)
    answers = [
        answer("refused", 401, {"error": "unauthorized"}, [no_token]),
        answer("misfit", 400, {"error": "the body is not valid"}, [is_post, misfit]),
        {**answer("kept", 200, {}, []), "bodyType": "DATABUCKET", "databucketID": "tasks", "default": True},
    ]
    route = {"uuid": "route", "type": "crud", "method": "", "endpoint": SUBMIT.strip("/"), "responses": answers}
    empty = {"documentation": "", "responseMode": None, "streamingMode": None, "streamingInterval": 0}
    environment = {
        "uuid": "environment",
        "lastMigration": 33,
        "name": "tasks",
        "port": 3000,
        "hostname": "127.0.0.1",
        "endpointPrefix": "",
        "latency": 0,
        "folders": [],
        "cors": True,
        "headers": [],
        "proxyMode": False,
        "routes": [{**route, **empty}],
        "rootChildren": [{"type": "route", "uuid": "route"}],
        "data": [{"uuid": key, "id": key, "name": key, "value": json.dumps(value)} for key, value in buckets.items()],
    }
    write(folder / "mockoon.json", environment)


def rule(target: str, modifier: str, value: str, operator: str = "equals", *, invert: bool = False) -> Document:
    """One Mockoon rule."""
    return {"target": target, "modifier": modifier, "value": value, "operator": operator, "invert": invert}


def answer(label: str, status: int, body: Document, rules: list[Document]) -> Document:
    """One Mockoon answer, given where all its rules hold."""
    return {
        "uuid": label,
        "label": label,
        "statusCode": status,
        "body": json.dumps(body),
        "bodyType": "INLINE",
        "rules": rules,
        "rulesOperator": "AND",
        "default": False,
        "crudKey": "id",
        "databucketID": "",
        "latency": 0,
        "headers": [],
        "filePath": "",
        "sendFileAsBody": False,
        "disableTemplating": False,
        "fallbackTo404": False,
        "callbacks": [],
    }


def write(path: Path, data: Document) -> None:
    """One JSON file."""
    path.write_text(json.dumps(data, indent=1), encoding="utf-8")
