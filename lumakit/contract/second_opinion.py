"""The same questions asked of openapi-core: slow, and answered from another book.

Knows openapi-core, what it cannot do, and how to ask around that; no other room names it. Gets a copy of the amended
document and none of our validators. Does not find the operation a request is for: `Contract.route` has done that.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from lumakit.contract import media, patterns
from lumakit.contract import pointer as pointers
from lumakit.contract.parameters import DEFAULT_STYLES
from lumakit.contract.references import FILES, target_of
from lumakit.contract.schema import Direction
from lumakit.errors import SurroundingsError, UsageError
from lumakit.model import Request, Response

if TYPE_CHECKING:
    from lumakit.contract.compile import Contract

# Where the two may differ, and why. What can be asked around is not here: the reason stands where it is done.
EXCEPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "format uri": "It has no check for it.",
        "other formats": "It has its own idea of time, hostname, email and others, and breaks on a `byte` that is not "
        "ASCII: only formats that both judge alike are asked.",
        "leap second": "It refuses a date-time with second 60, which RFC 3339 allows.",
        "risky pattern": "Its matching backtracks without bound and could hang: such patterns are not asked. "
        "Inside `not` or `oneOf` that can turn the answer round.",
        "pattern dialect": "It matches with Python's re: `$` also before a last line feed, `\\d` also digits of other "
        "scripts.",
        "fractional multipleOf": "It divides binary fractions: 0.3 is no multiple of 0.1 to it.",
        "numbers JSON has not": "It reads NaN, Infinity and 1e999 as numbers.",
        "key given twice": "It keeps the last of them without a word.",
        "half a surrogate pair": "It lets the text through.",
        "encoding": "It guesses UTF-16, UTF-32 and a byte order mark; JSON on the network is UTF-8.",
        "depth": "It has no limit of depth but that of the stack.",
        "empty text": "It takes an empty answer body for a missing one, where a text may be empty.",
        "empty credential": "It asks whether a credential is there, not whether there is anything in it.",
        "number in a text": "It reads parameters with Python's int and float: `1_0`, `+1` and `nan` are numbers, and "
        "`1e2` is no integer.",
        "truth in a text": "It also reads yes, on, t and 1 as true, and their opposites as false.",
        "blank after a comma": "It keeps the blank that HTTP allows between the items of a header.",
        "repeated header": "It looks only at the first of several lines of a header, which are one list.",
        "empty list": "It reads an empty text as a list of one empty item.",
        "composed parameter": "It cannot read a parameter whose schema has no single plain type: only presence is "
        "asked.",
        "exploded object": "It looks under the object's own name for an object whose members stand in the query one "
        "by one: such parameters are not asked.",
        "delimited list": "It expects the blanks of spaceDelimited still encoded, and delimiters only in what is not "
        "exploded: only presence is asked of the rest.",
        "media type range": "It does not decode a body that is only documented by a range such as `*/*`.",
        "undeclared form field": "It drops the fields of a form that the schema does not name, before judging.",
        "matrix list of another name": "It reads it as an empty list.",
        "repeated form field": "It looks only at the first of several fields where one is meant.",
        "multipart value": "It leaves every part a text, whatever type the schema asks for.",
    }
)

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
_BREAKS = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_COMPOSED = frozenset(("allOf", "anyOf", "oneOf", "not", "if"))


class SecondOpinion:
    """What openapi-core has against a request or a response; empty where it has nothing."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._judges = {direction: _judge(_Copy(contract, direction)) for direction in Direction}

    def request(self, request: Request) -> tuple[str, ...]:
        """What is wrong with a request."""
        match = self._contract.route(request)
        if match.operation is None:
            return (_unknown(request),)
        return self._ask_request(request, match.operation.path, match.path_values)

    def response(self, request: Request, response: Response) -> tuple[str, ...]:
        """What is wrong with the response to a request."""
        match = self._contract.route(request)
        if match.operation is None:
            return (_unknown(request),)
        judge, path = self._judges[Direction.RESPONSE], match.operation.path
        return _complaints(lambda: judge.iter_response_errors(_asked(request, path, {}), _answered(response)))

    def callback(self, operation_key: str, name: str, request: Request) -> tuple[str, ...]:
        """What is wrong with a request that the provider sends to a callback of an operation."""
        operation = self._contract.operation(operation_key)
        named = [each for each in operation.callbacks if each.name == name]
        if not named:
            hint = f"one of {', '.join(dict.fromkeys(each.name for each in operation.callbacks)) or 'none'}"
            raise UsageError(f"{operation.key} has no callback {name!r}", code="callback_not_found", hint=hint)
        verdicts = [
            self._ask_request(request, _callback_path(each.operation.pointer), {})
            for each in named
            if each.operation.method == request.method.upper()
        ]
        return min(verdicts, key=len, default=(_unknown(request),))

    def _ask_request(self, request: Request, path: str, values: Mapping[str, str]) -> tuple[str, ...]:
        judge = self._judges[Direction.REQUEST]
        return _complaints(lambda: judge.iter_request_errors(_asked(request, path, values)))


def _unknown(request: Request) -> str:
    return f"no operation is documented for this path and {request.method.upper()}"


def _callback_path(pointer: str) -> str:
    return f"/~callback{pointer.encode().hex()}"


# --- the answers in words --------------------------------------------------------------------------------------------


def _complaints(ask: Callable[[], Iterable[Exception]]) -> tuple[str, ...]:
    """The complaints of an answer; openapi-core's own errors carry values, so only their kind and place is told."""
    try:
        with warnings.catch_warnings(action="ignore"):  # it warns of deprecated operations and parameters
            return tuple(dict.fromkeys(line for error in ask() for line in _lines(error)))
    except _BREAKS as error:
        return (f"openapi-core breaks on it: {type(error).__name__}",)


def _lines(error: Exception) -> Iterator[str]:
    about = " ".join(str(getattr(error, key)) for key in ("location", "name") if hasattr(error, key))
    subject = f"{type(error).__name__} {about}".rstrip()
    cause = error.__cause__
    for inner in getattr(cause, "schema_errors", ()):
        yield f"{subject}: {pointers.join(*inner.absolute_path) or 'the value'} does not fit `{inner.validator}`"
    if not getattr(cause, "schema_errors", ()):
        yield f"{subject}: {type(cause).__name__}" if cause else subject


# --- the exchange as openapi-core wants it ---------------------------------------------------------------------------


@dataclass(slots=True)
class _Asked:
    """A request; the path is the template, because openapi-core neither decodes a path nor finds the best template."""

    method: str
    path: str
    parameters: Any
    content_type: str
    body: bytes
    host_url: str = "http://any"


@dataclass(slots=True)
class _Answered:
    status_code: int
    headers: Any
    content_type: str
    data: bytes


def _asked(request: Request, path: str, values: Mapping[str, str]) -> _Asked:
    from openapi_core.datatypes import RequestParameters
    from werkzeug.datastructures import Headers, ImmutableMultiDict

    crumbs = (crumb.strip().partition("=") for crumb in (request.header("cookie") or "").split(";"))
    parameters = RequestParameters(
        query=ImmutableMultiDict(parse_qsl(request.query, keep_blank_values=True)),
        header=Headers(list(request.headers)),
        cookie=ImmutableMultiDict([(name, unquote(value)) for name, _, value in crumbs]),
        path={spelled: text for name, text in values.items() for spelled in _spellings(name)},
    )
    return _Asked(request.method.lower(), path, parameters, _content_type(request), request.body)


def _spellings(name: str) -> tuple[str, ...]:
    """The names under which it looks for a path parameter: for a label it expects `{.name*}` in the template."""
    return name, f".{name}", f".{name}*", f";{name}", f";{name}*"


def _answered(response: Response) -> _Answered:
    from werkzeug.datastructures import Headers

    return _Answered(response.status, Headers(list(response.headers)), _content_type(response), response.body)


def _content_type(message: Request | Response) -> str:
    """The content type with nothing but a boundary: openapi-core breaks on a parameter without one `=`."""
    given = message.header("content-type")
    if not given:
        return "application/octet-stream"
    kind = media.essence(given)
    boundary = next((text for text in given.split(";")[1:] if text.strip().lower().startswith("boundary=")), "")
    return f"{kind};{boundary}" if kind == media.MULTIPART and boundary.count("=") == 1 else kind


# --- the document as openapi-core can read it ------------------------------------------------------------------------


def _judge(copy: _Copy) -> Any:
    try:
        from openapi_core import Config, OpenAPI
    except ImportError:
        raise SurroundingsError(
            "a second opinion needs openapi-core, which is not installed",
            code="extra_missing",
            hint="pip install 'lumakit[check]'",
        ) from None
    # The document is compiled already: validating it again takes more time than a hundred questions.
    return OpenAPI.from_dict(
        copy.document, config=Config(spec_validator_cls=None, extra_media_type_deserializers=copy.decoders)
    )


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


class _Copy:
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
        return {} if decoder is _opaque else body  # neither of us looks into what is not decoded

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
        return not (strung_out and self._resolved(parameter.get("schema", {})).get("type") == "object")

    def _parameter(self, reference: Any) -> Any:
        plain: dict[str, Any] = dict(self._resolved(reference))
        if plain.get("in") == "query":
            plain["allowEmptyValue"] = True  # without it, it refuses every empty text
        if plain.get("style") == "deepObject":
            plain["explode"] = True  # which alters nothing, but it insists
        if "content" not in plain and not self._plain_parameter(plain):
            plain["schema"] = {}
            plain["style"] = DEFAULT_STYLES.get(plain.get("in", "header"), "simple")
        return plain

    def _plain_parameter(self, parameter: Mapping[str, Any]) -> bool:
        written = parameter.get("schema")
        schema = self._resolved(written)
        return (
            _outer(written) is written
            and self._plain(schema)
            and _undelimited(parameter, schema)
            and all(
                self._plain(self._resolved(inner))
                for inner in (schema.get("items", {}), *schema.get("properties", {}).values())
            )
        )

    @staticmethod
    def _plain(schema: Any) -> bool:
        return isinstance(schema, dict) and not _COMPOSED & schema.keys() and isinstance(schema.get("type", ""), str)

    # security and callbacks

    @staticmethod
    def _scheme(scheme: Any) -> Any:
        """It compares the scheme's word as written, and lets every request pass where OAuth 2 is asked for."""
        if scheme.get("type") == "apiKey":
            return scheme
        return {"type": "http", "scheme": str(scheme.get("scheme", "bearer")).lower()}

    def _open_callbacks(self, contract: Contract) -> None:
        """It knows no callbacks: each becomes a path of its own, without the keys of the provider's server."""
        paths = self.document.setdefault("paths", {})
        for callback in (each for operation in contract.operations.values() for each in operation.callbacks):
            pointer = callback.operation.pointer
            shared = pointers.look(self.document, pointers.parent(pointer)).get("parameters", [])
            asked = {"security": [], **pointers.look(self.document, pointer)}
            paths[_callback_path(pointer)] = {"parameters": shared, callback.operation.method.lower(): asked}
