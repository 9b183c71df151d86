"""Small documents of our own, and what the contract makes of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lumakit.contract.compile import Contract, compile_contract
from lumakit.contract.dialect import Dialect, Direction
from lumakit.contract.document import Document, parse
from lumakit.contract.folder import Sources
from lumakit.contract.operation import Operation
from lumakit.contract.schema import Schemas, Validator
from lumakit.model import Edition, Headers, Request

OK = {"200": {"description": "done"}}
JSON: Headers = (("Content-Type", "application/json"),)
SECRET = "canary-5af1c0de"


def written(data: Mapping[str, Any], name: str = "api.yaml") -> Document:
    """A document as if it had been read from a file."""
    return parse(json.dumps(data, indent=1).encode(), name)


def api(paths: Mapping[str, Any], *, version: str = "3.0.3", **more: Any) -> dict[str, Any]:
    """An OpenAPI document around some paths."""
    return {"openapi": version, "info": {"title": "Small", "version": "1"}, "paths": paths, **more}


def compiled(data: Mapping[str, Any], edition: Edition = Edition.CORRECTED, **parts: Any) -> Contract:
    """The contract of a document, with its overlays and its lifecycle."""
    return compile_contract(Sources(name="small", entry=written(data), **parts), edition)


def overlay(*actions: Mapping[str, Any]) -> Document:
    """An overlay of some actions."""
    head = {"overlay": "1.1.0", "info": {"title": "Corrected", "version": "1"}}
    return written({**head, "actions": list(actions)}, "corrections.overlay.yaml")


def operation(said: Mapping[str, Any], *, path: str = "/things", method: str = "post", **more: Any) -> Operation:
    """One operation, alone in its document."""
    contract = compiled(api({path: {method: {"responses": OK, **said}}}, **more))
    return contract.operations[f"{method.upper()} {path}"]


def taking(schema: Any, media_type: str = "application/json", **more: Any) -> Operation:
    """An operation that takes a body."""
    return operation({"requestBody": {"content": {media_type: {"schema": schema}}}}, **more)


def answering(schema: Any, media_type: str = "application/json", **more: Any) -> Operation:
    """An operation that answers 200 with a body."""
    answer = {"description": "done", "content": {media_type: {"schema": schema}}}
    return operation({"responses": {"200": answer}}, **more)


def post(body: Any = None, **more: Any) -> Request:
    """A request with a JSON body."""
    raw = b"" if body is None else json.dumps(body).encode()
    return Request("POST", "/things", **{"headers": JSON, "body": raw, **more})


def validator(schema: Any, version: str = "3.0", direction: Direction = Direction.REQUEST, **named: Any) -> Validator:
    """A schema, and the schemas it may refer to, made into a validator."""
    document = {"schema": schema, "components": {"schemas": named}}
    return Schemas(document, Dialect(version), "api.yaml").at("/schema", direction)
