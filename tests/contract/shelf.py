"""An invented API that uses what our providers do not: every place of a parameter, forms, and most of a schema's words.

One document in both dialects: what 3.0 and 3.1 spell differently is spelled by the small functions at the top.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]
_URI: Schema = {"type": "string", "format": "uri"}
_WHOLE: Schema = {"type": "integer"}
_TEXT: Schema = {"type": "string"}
_COLOUR: Schema = {"type": "string", "enum": ["red", "blue"]}


def shelf(version: str) -> dict[str, Any]:
    """The document in the dialect of an OpenAPI version."""
    return {
        "openapi": version,
        "info": {"title": "Shelf", "version": "1"},
        "servers": [{"url": "https://{place}.example/v1", "variables": {"place": {"default": "here"}}}],
        "security": [{"bearer": []}, {"key": [], "crumb": []}],
        "paths": {
            "x-note": {"get": "an extension"},
            "/shelves/{shelf}/books/{book}": {"parameters": _PATH, "get": _get(version), "head": _head()},
            "/dotted/{label}/{labels}/{matrix}/{matrices}": {"get": {"parameters": _DRESSED, "responses": _FINE}},
            "/books": {"post": _post(version), "put": _put(), "patch": _patch()},
        },
        "components": {
            "schemas": {"Book": _book(version), "Node": _NODE, "Cat": _cat(version), "Dog": _dog(version)},
            "parameters": {"Page": {**_query("page", {**_WHOLE, "minimum": 1, "default": 0}), "deprecated": True}},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "Bearer"},
                "key": {"type": "apiKey", "in": "query", "name": "key"},
                "crumb": {"type": "apiKey", "in": "cookie", "name": "crumb"},
                "tls": {"type": "mutualTLS"},
            },
        },
    }


def _or_null(version: str, schema: Schema) -> Schema:
    if version.startswith("3.0"):
        return {**schema, "nullable": True}
    return {**schema, "type": [schema["type"], "null"]}


def _above(version: str, bound: int) -> Schema:
    if version.startswith("3.0"):
        return {"type": "number", "minimum": bound, "exclusiveMinimum": True}
    return {"type": "number", "exclusiveMinimum": bound}


def _only(version: str, word: str) -> Schema:
    return {"type": "string", "enum": [word]} if version.startswith("3.0") else {"const": word}


def _query(name: str, schema: Schema, **rest: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, **rest}


def _list(of: Schema, **rest: Any) -> Schema:
    return {"type": "array", "items": of, **rest}


_BOX: Schema = {"type": "object", "required": ["min"], "properties": {"min": _WHOLE, "colour": _COLOUR}}
_FINE: dict[str, Any] = {"200": {"description": "Fine."}}
_PATH = [
    {"name": "shelf", "in": "path", "required": True, "schema": {"type": "integer", "maximum": 99}},
    {"name": "book", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[a-z,]{1,9}$"}},
]
_DRESSED = [
    {"name": "label", "in": "path", "required": True, "style": "label", "schema": _WHOLE},
    {"name": "labels", "in": "path", "required": True, "style": "label", "schema": _list(_COLOUR, maxItems=2)},
    {"name": "matrix", "in": "path", "required": True, "style": "matrix", "explode": True, "schema": _COLOUR},
    {"name": "matrices", "in": "path", "required": True, "style": "matrix", "schema": _list(_WHOLE, minItems=2)},
]


def _get(version: str) -> dict[str, Any]:
    return {
        "deprecated": True,
        "parameters": [
            {"$ref": "#/components/parameters/Page"},
            {"name": "shelf", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 5}},
            {"name": "Authorization", "in": "header", "required": True, "schema": _WHOLE},
            _query("q", _TEXT, required=True, allowEmptyValue=False),
            _query("flag", {"type": "boolean"}),
            _query("ratio", _above(version, 2)),
            _query("tags", _list(_COLOUR, uniqueItems=True)),
            _query("codes", _list(_WHOLE, maxItems=3), explode=False),
            _query("marks", _list(_TEXT, minItems=2), style="pipeDelimited", explode=False),
            _query("box", _BOX, style="deepObject", explode=True),
            _query("span", _BOX, explode=False),
            _query("near", {"oneOf": [_WHOLE, {**_TEXT, "enum": ["all"]}]}),
            _query("kind", {"enum": ["red", "blue"]}),
            {"name": "where", "in": "query", "content": {"application/json": {"schema": _BOX}}},
            {"name": "x-trace", "in": "header", "required": True, "schema": {"type": "string", "minLength": 3}},
            {"name": "X-Codes", "in": "header", "schema": _list(_WHOLE)},
            {"name": "X-Box", "in": "header", "schema": _BOX},
            {"name": "level", "in": "cookie", "schema": {**_WHOLE, "multipleOf": 7}},
            {"name": "shade", "in": "cookie", "schema": _COLOUR, "required": True},
        ],
        "responses": {
            "200": {
                "description": "Found.",
                "headers": {
                    "x-left": {"required": True, "schema": {**_WHOLE, "default": 5}},
                    "Content-Type": {"required": True, "schema": _WHOLE},
                    "Codes": {"schema": _list(_WHOLE, maxItems=3)},
                    "Shade": {"schema": _COLOUR},
                },
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Node"}}},
            },
            "2XX": {"description": "So so.", "content": {"text/plain": {"schema": {**_TEXT, "maxLength": 20}}}},
            "404": {"description": "Not found."},
            "default": {
                "description": "Broken.",
                "content": {
                    "application/problem+json": {
                        "schema": {"type": "object", "required": ["detail"], "properties": {"detail": _URI}}
                    },
                    "text/csv": {"schema": {**_TEXT, "maxLength": 30}},
                    "text/event-stream": {"schema": _BOX},
                    "image/png": {"schema": {**_TEXT, "format": "binary"}},
                },
            },
        },
    }


def _head() -> dict[str, Any]:
    content = {"application/json": {"schema": _WHOLE}}
    return {"security": [], "responses": {"200": {"description": "Found.", "content": content}}}


def _post(version: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Book"}}}
    return {
        "requestBody": {"required": True, "content": content},
        "responses": {"201": {"description": "Made.", "content": content}, "4XX": {"description": "Refused."}},
        "callbacks": {"done": {"{$request.body#/link}": {"post": _callback(version)}}},
    }


def _callback(version: str) -> dict[str, Any]:
    return {
        "parameters": [{"name": "x-secret", "in": "header", "required": True, "schema": {"type": "string"}}],
        "requestBody": {"content": {"application/json": {"schema": _dog(version)}}},
        "responses": _FINE,
    }


def _put() -> dict[str, Any]:
    form: Schema = {
        "type": "object",
        "required": ["title", "count"],
        "properties": {
            "title": {**_TEXT, "maxLength": 80},
            "count": {**_WHOLE, "minimum": 3},
            "tags": _list({**_TEXT, "minLength": 5}, maxItems=2),
            "shade": _COLOUR,
        },
    }
    content = {"application/x-www-form-urlencoded": {"schema": form}, "text/plain": {"schema": {"enum": list("abc")}}}
    return {"security": [{}, {"bearer": []}], "requestBody": {"content": content}, "responses": _FINE}


def _patch() -> dict[str, Any]:
    content = {
        "application/vnd.shelf+json; version=1": {"schema": {"type": "array", "minItems": 1, "items": _COLOUR}},
        "Application/JSON": {"schema": {"not": _TEXT}},
    }
    security: list[dict[str, list[str]]] = [{"bearer": [], "tls": []}]
    return {"security": security, "requestBody": {"required": True, "content": content}, "responses": _FINE}


_NODE: Schema = {
    "type": "object",
    "required": ["label"],
    "properties": {
        "label": _URI,
        "left": {"$ref": "#/components/schemas/Node"},
        "all": _list({"$ref": "#/components/schemas/Node"}),
    },
    "additionalProperties": False,
}


def _cat(version: str) -> Schema:
    lives = {"type": "integer", "format": "int32", "maximum": 9}
    return {"type": "object", "required": ["kind"], "properties": {"kind": _only(version, "cat"), "lives": lives}}


def _dog(version: str) -> Schema:
    properties = {"kind": _only(version, "dog"), "born": {"type": "string", "format": "date"}}
    return {"type": "object", "required": ["kind", "born"], "properties": properties}


def _book(version: str) -> Schema:
    pet = {
        "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
        "discriminator": {"propertyName": "kind", "mapping": {"dog": "#/components/schemas/Cat"}},
    }
    own: Schema = {
        "type": "object",
        "required": ["id", "secret", "title"],
        "properties": {
            "id": {"type": "string", "format": "uuid", "readOnly": True},
            "secret": {"type": "string", "minLength": 5, "writeOnly": True},
            "title": {"type": "string", "maxLength": 100, "default": 5},
            "subtitle": _or_null(version, _URI),
            "price": _above(version, 0),
            "colour": _or_null(version, {**_COLOUR, "enum": ["red", None]}),
            "since": {"type": "string", "format": "date-time"},
            "host": {"type": "string", "format": "ipv4"},
            "pages": {"type": "integer", "multipleOf": 5, "maximum": 500},
            "marks": {**_list({"anyOf": [_WHOLE, _COLOUR]}), "uniqueItems": True, "maxItems": 4},
            "pet": pet,
            "notes": {"type": "object", "maxProperties": 2, "additionalProperties": _or_null(version, _WHOLE)},
            "x-root": {"$ref": "#/components/schemas/Node"},
            "size": {"type": "string", "pattern": "^(?:100|[1-9]?[0-9])$"},
            "thing": {"not": {"type": "object"}},
            "pattern": _list({}, minItems=1, maxItems=2),
        },
    }
    return {"allOf": [own, {"type": "object", "minProperties": 2, "properties": {"title": {"minLength": 5}}}]}
