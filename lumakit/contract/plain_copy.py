"""The document as openapi-core can read it: a copy without what it stumbles over, with callbacks as paths of their own.

Knows what openapi-core cannot do and how to ask around that; the reason stands where it is done. Asks nothing itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from lumakit.contract import media, patterns
from lumakit.contract import pointer as pointers
from lumakit.contract.dialect import Direction
from lumakit.contract.parameters import DEFAULT_STYLES
from lumakit.contract.references import FILES, target_of
from lumakit.contract.shape import types_of

if TYPE_CHECKING:
    from lumakit.contract.compile import Contract

_IGNORED_HEADERS = frozenset(("accept", "content-type", "authorization"))
_ALIKE = frozenset(("date", "date-time", "ipv4", "ipv6", "uuid", "int32", "int64", "float", "double", "password"))
_NAMES = frozenset(
    "properties patternProperties $defs definitions dependentSchemas schemas responses parameters requestBodies "
    f"headers callbacks pathItems securitySchemes paths webhooks encoding content {FILES}".split()
)
_DATA = frozenset(("enum", "const", "required", "dependentRequired", "security"))
# `servers`: any host will do, the route is found already. `default`: it fills it in for what is missing, and judges it.
# `discriminator`: it lets the mapping decide alone, where OpenAPI says that it never alters the outcome. `$schema` and
# `jsonSchemaDialect`: it breaks on a dialect it does not know. The rest is dead weight.
_LEFT_OUT = frozenset(
    "servers default discriminator $schema jsonSchemaDialect example examples deprecated links".split()
)
_COMPOSED = frozenset(("allOf", "anyOf", "oneOf", "not", "if"))


def callback_path(pointer: str) -> str:
    """The path under which a callback is asked about."""
    return f"/~callback{pointer.encode().hex()}"


def _json(body: bytes, **_: str) -> Any:
    return json.loads(body)


def _text(body: bytes | str, **_: str) -> str:
    return body if isinstance(body, str) else body.decode()


def _opaque(body: bytes, **_: str) -> bytes:
    return body


def _outer(schema: Any) -> Any:
    """A schema as it can stand outermost: there it knows no true and false, and nothing beside a reference."""
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    return {"allOf": [schema]} if isinstance(schema, dict) and "$ref" in schema and len(schema) > 1 else schema


def _undelimited(parameter: Mapping[str, Any], schema: Mapping[str, Any]) -> bool:
    """False for a list between delimiters that it cannot take apart."""
    style = parameter.get("style")
    pipes = not parameter.get("explode") and schema.get("type") in ("array", "object")
    return style != "spaceDelimited" and (style != "pipeDelimited" or pipes)


def _is_data(key: str) -> bool:
    return key in _DATA or (key.startswith("x-") and key != FILES)


class Copy:
    """A copy of the document for questions about one direction, without what openapi-core stumbles over."""

    def __init__(self, contract: Contract, direction: Direction) -> None:
        self._root = contract.bundled()
        self._old = contract.version.startswith("3.0")
        self._direction = direction
        self.decoders: dict[str, Callable[..., Any]] = {}
        self.document: dict[str, Any] = self._copied(self._root)
        self._answer_heads()
        self._open_callbacks(contract)

    def _copied(self, node: Any, *, names: bool = False) -> Any:
        if isinstance(node, list):
            return [self._copied(item) for item in node]
        if not isinstance(node, dict):
            return node
        if names:
            return {key: self._copied(value) for key, value in node.items()}
        return {
            key: value if _is_data(key) else self._copied(value, names=key in _NAMES)
            for key, value in self._mended(node).items()
        }

    def _mended(self, node: dict[str, Any]) -> dict[str, Any]:
        if self._old and isinstance(node.get("$ref"), str):
            return {"$ref": node["$ref"]}  # it heeds what stands beside a reference, which 3.0 ignores
        plain = {key: value for key, value in node.items() if key not in _LEFT_OUT}
        self._mend_schema(plain)
        if "schema" in plain:
            plain["schema"] = _outer(plain["schema"])
        if isinstance(plain.get("content"), dict):
            plain["content"] = self._content(plain["content"])
        if isinstance(plain.get("parameters"), list):
            plain["parameters"] = [self._parameter(each) for each in plain["parameters"] if self._readable(each)]
        if isinstance(plain.get("headers"), dict):
            plain["headers"] = {name: self._parameter(each) for name, each in plain["headers"].items()}
        if isinstance(plain.get("securitySchemes"), dict):
            schemes = plain["securitySchemes"]
            plain["securitySchemes"] = {name: self._scheme(self._resolved(each)) for name, each in schemes.items()}
        if isinstance(plain.get("security"), list):
            plain["security"] = [self._asked(each) for each in plain["security"]]
        if isinstance(plain.get("paths"), dict):
            plain["paths"] = {name: item for name, item in plain["paths"].items() if name.startswith("/")}
        return plain

    def _resolved(self, node: Any) -> Any:
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            node = pointers.look(self._root, target_of(node["$ref"]))
        return node

    # schemas

    def _mend_schema(self, plain: dict[str, Any]) -> None:
        if isinstance(pattern := plain.get("pattern"), str) and patterns.risky(pattern):
            del plain["pattern"]
        if isinstance(form := plain.get("format"), str) and form not in _ALIKE:
            del plain["format"]
        named = plain.get("patternProperties")
        if isinstance(named, dict) and any(map(patterns.risky, named)):
            plain.pop("additionalProperties", None)
            plain["patternProperties"] = {key: value for key, value in named.items() if not patterns.risky(key)}
        self._excuse(plain)

    def _excuse(self, plain: dict[str, Any]) -> None:
        """In 3.0 it refuses a read-only property that is sent, which is only discouraged; in 3.1 it knows no flag."""
        properties, required = plain.get("properties"), plain.get("required")
        if isinstance(properties, dict) and isinstance(required, list):
            flag = self._direction.value
            excused = {name for name, each in properties.items() if isinstance(each, dict) and each.get(flag) is True}
            plain["required"] = [name for name in required if name not in excused]
        for direction in Direction:
            if isinstance(plain.get(direction.value), bool):
                del plain[direction.value]

    # bodies

    def _content(self, content: dict[str, Any]) -> dict[str, Any]:
        """The media types without their parameters, the closest ranges first: it takes the first that fits."""
        found: dict[str, Any] = {}
        for name, body in sorted(content.items(), key=lambda each: each[0].count("*")):
            kind = media.essence(name)
            found.setdefault(kind, self._body(kind, body))
        return found

    def _body(self, kind: str, body: Any) -> Any:
        if kind in ("application/json", media.FORM, media.MULTIPART):
            return body
        decoder = _json if media.is_json(kind) else _text if kind.startswith("text/") and "*" not in kind else _opaque
        self.decoders[kind] = decoder
        if decoder is _text and (types := self._types(body.get("schema"))) and "string" not in types:
            return {"schema": {}}  # what is written in such a text, neither of us reads
        return {} if decoder is _opaque else body  # neither of us looks into what is not decoded

    def _types(self, written: Any, depth: int = 0) -> frozenset[str]:
        schema = self._resolved(written)
        if depth > 3 or not isinstance(schema, dict):
            return frozenset()
        branches = [branch for key in ("allOf", "anyOf", "oneOf") for branch in schema.get(key, ())]
        return types_of(schema).union(*(self._types(branch, depth + 1) for branch in branches))

    def _answer_heads(self) -> None:
        """It asks for the documented body of an answer to HEAD, which never has one."""
        for item in self.document.get("paths", {}).values():
            if isinstance(item, dict) and isinstance(head := item.get("head"), dict):
                answers = {status: self._resolved(each) for status, each in head.get("responses", {}).items()}
                head["responses"] = {
                    status: {key: value for key, value in each.items() if key != "content"}
                    for status, each in self._copied(answers, names=True).items()
                }

    # parameters

    def _readable(self, reference: Any) -> bool:
        """False for header parameters that OpenAPI ignores and it enforces, and for objects it looks for in vain."""
        parameter = self._resolved(reference)
        location, name = parameter.get("in"), str(parameter.get("name"))
        if location == "header" and name.lower() in _IGNORED_HEADERS:
            return False
        style = parameter.get("style", "form")
        strung_out = location in ("query", "cookie") and style == "form" and parameter.get("explode", True)
        return not (strung_out and self._types(parameter.get("schema")) == {"object"})

    def _parameter(self, reference: Any) -> Any:
        plain: dict[str, Any] = dict(self._resolved(reference))
        if plain.get("in") == "query":
            plain["allowEmptyValue"] = True  # without it, it refuses every empty text
        if plain.get("style") == "deepObject":
            plain["explode"] = True  # which alters nothing, but it insists
        if "content" not in plain and not self._plain_parameter(plain):
            plain["schema"] = {}
            plain["required"] = plain.get("required") is True and plain.get("style") != "deepObject"
            plain["style"] = DEFAULT_STYLES.get(plain.get("in", "header"), "simple")
        return plain

    def _plain_parameter(self, parameter: Mapping[str, Any]) -> bool:
        written = parameter.get("schema")
        schema = self._resolved(written)
        return (
            _outer(written) is written
            and self._plain(schema)
            and _undelimited(parameter, schema)
            and (parameter.get("style") != "deepObject" or self._shallow(schema))
            and all(
                self._plain(self._resolved(inner))
                for inner in (schema.get("items", {}), *schema.get("properties", {}).values())
            )
        )

    def _shallow(self, schema: Mapping[str, Any]) -> bool:
        inner = (*schema.get("properties", {}).values(), schema.get("additionalProperties"))
        return "array" not in self._types(schema) and not any(self._types(each) & {"array", "object"} for each in inner)

    @staticmethod
    def _plain(schema: Any) -> bool:
        if not isinstance(schema, dict) or _COMPOSED & schema.keys():
            return False
        return isinstance(schema["type"], str) if "type" in schema else types_of(schema) <= {"string"}

    # security and callbacks

    @staticmethod
    def _scheme(scheme: Any) -> Any:
        """It compares the scheme's word as written, and lets every request pass where OAuth 2 is asked for."""
        if scheme.get("type") == "apiKey":
            return scheme
        return {"type": "http", "scheme": str(scheme.get("scheme", "bearer")).lower()}

    def _asked(self, requirement: Any) -> Any:
        """It knows no mutual TLS, which no request can show: what else is asked for remains."""
        schemes = self._root.get("components", {}).get("securitySchemes", {})
        unseen = {name for name, each in schemes.items() if self._resolved(each).get("type") == "mutualTLS"}
        return {name: scopes for name, scopes in requirement.items() if name not in unseen}

    def _open_callbacks(self, contract: Contract) -> None:
        """It knows no callbacks: each becomes a path of its own, without the keys of the provider's server."""
        paths = self.document.setdefault("paths", {})
        for callback in (each for operation in contract.operations.values() for each in operation.callbacks):
            pointer = callback.operation.pointer
            shared = pointers.look(self.document, pointers.parent(pointer)).get("parameters", [])
            asked = {"security": [], **pointers.look(self.document, pointer)}
            paths[callback_path(pointer)] = {"parameters": shared, callback.operation.method.lower(): asked}
