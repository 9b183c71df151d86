"""Requests and responses drawn from a contract: such as fit it, and the same spoiled in every way we know.

Knows schemas only as far as it takes to draw something likely; nothing here says what is right. Draws no text that one
judge reads and the other does not: free texts are URIs, numbers are plain, lists are not empty.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

from lumakit.contract import media
from lumakit.contract import pointer as pointers
from lumakit.contract.compile import Contract, compile_contract
from lumakit.contract.document import parse
from lumakit.contract.folder import Sources
from lumakit.contract.frozen import thaw
from lumakit.contract.messages import Body
from lumakit.contract.operation import Operation
from lumakit.contract.parameters import Parameter
from lumakit.contract.references import target_of
from lumakit.contract.security import Scheme
from lumakit.model import Request, Response

_Part = tuple[str, str, str]  # where, under which name, which text
_URIS = ("https://a.example/one.mp4", "urn:two:2", "https://c.example/" + "x" * 60)
_JUNK: tuple[Any, ...] = (
    *(None, True, False, 0, 1, 5, -1, 40, 101, 1.5, 3.0, 10**12, -(10**12), *_URIS),
    *([], {}, [None], [_URIS[1]], [1, 1], {"urn": 1}, {"id": _URIS[1]}, [[{}]], [{}, {}]),
)
_FORMATS = {
    "uri": st.sampled_from(_URIS),
    "uuid": st.uuids().map(str),
    "date": st.dates().map(str),
    "date-time": st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
    "ipv4": st.ip_addresses(v=4).map(str),
}
_TEXTS = (
    "7",
    "12",
    "300",
    "-3",
    "2.5",
    "true",
    "abc",
    "red",
    "red,blue",
    "3,4",
    "3,4,5,6,7",
    "a|b",
    "min,3,colour,red",
)
_TYPES = (
    "application/json",
    "APPLICATION/JSON; charset=utf-8",
    "text/plain",
    "image/png",
    "application/problem+json",
    "",
)
_NOT_JSON = (b"", b"plain words", b"{", b'{"a": }', b"[1,]", b"\xff\xfe", b"null", b"{}", b'"text"')


def alone(data: Mapping[str, Any]) -> Contract:
    """The contract of a document written in a test."""
    return compile_contract(Sources("test", parse(json.dumps(data).encode(), "test.json")))


def one(operation: Mapping[str, Any], version: str = "3.0.3", path: str = "/x", **rest: Any) -> Contract:
    """The contract of a document with one POST operation."""
    described = {"responses": {"200": {"description": "Fine."}}, **operation}
    info = {"title": "Test", "version": "1"}
    return alone({"openapi": version, "info": info, "paths": {path: {"post": described}}, **rest})


# --- messages ---------------------------------------------------------------------------------------------------------


def requests(contract: Contract, operation: Operation) -> st.SearchStrategy[Request]:
    """Requests for an operation, fitting or spoiled."""

    @st.composite
    def drawn(draw: st.DrawFn) -> Request:
        return _Pen(draw, contract.document).request(operation)

    return drawn()


def responses(contract: Contract, operation: Operation) -> st.SearchStrategy[Response]:
    """Responses of an operation, fitting or spoiled."""

    @st.composite
    def drawn(draw: st.DrawFn) -> Response:
        return _Pen(draw, contract.document).response(operation)

    return drawn()


class _Pen:
    """Writes one message, asking hypothesis at every turn."""

    def __init__(self, draw: st.DrawFn, document: Mapping[str, Any]) -> None:
        self._draw = draw
        self._document = document

    def any_of(self, choices: Sequence[Any]) -> Any:
        return copy.deepcopy(thaw(self._draw(st.sampled_from(choices))))

    def luck(self, tenths: int) -> bool:
        return self._draw(st.integers(0, 9)) < tenths

    def request(self, operation: Operation) -> Request:
        content_type, body = self.content(operation.content)
        parts = self.credentials(operation)
        path = operation.path
        for parameter in operation.parameters:
            texts = self.texts(parameter)
            if parameter.location == "path":
                path = path.replace(f"{{{parameter.name}}}", quote((texts or ["7"])[0], safe=",;="))
            else:
                parts += _placed(parameter, texts)
        query = urlencode([(name, text) for location, name, text in parts if location == "query"])
        crumbs = "; ".join(f"{name}={quote(text)}" for location, name, text in parts if location == "cookie")
        headers = [(name, text) for location, name, text in parts if location == "header"]
        extra = [("content-type", content_type), ("Cookie", crumbs)]
        return Request(operation.method, path, query, (*headers, *(each for each in extra if each[1])), body)

    def response(self, operation: Operation) -> Response:
        status = self.any_of([*operation.answers] * 4 + ["418", "599"])
        code = int(status.replace("XX", "42").replace("default", "503"))
        answer = operation.answer(code)
        content_type, body = self.content(answer.content if answer else {})
        named = [(header.name.upper(), self.texts(header)) for header in (answer.headers if answer else ())]
        headers = [(name, texts[0]) for name, texts in named if texts]
        return Response(code, (*headers, *([("Content-Type", content_type)] if content_type else [])), body)

    def credentials(self, operation: Operation) -> list[_Part]:
        offered = [[_shown(scheme) for scheme in schemes] for schemes in operation.security.alternatives]
        if offered and self.luck(8):
            return [tuple(part) for part in self.any_of(offered)]
        words = ("Basic YTpi", "bearer k1", "k1")
        return [("header", "authorization", word) for word in self.any_of((words[:0], *((word,) for word in words)))]

    def texts(self, parameter: Parameter) -> list[str]:
        if parameter.is_json and parameter.schema:
            value = self.value(pointers.look(self._document, parameter.schema))
            return [json.dumps(self.spoiled(value))]
        if parameter.schema and self.luck(9):
            texts = _strung(parameter, self.value(pointers.look(self._document, parameter.schema)))
            return texts if parameter.required or self.luck(5) else []
        return [_dressed(parameter, self.any_of(_TEXTS)) for _ in range(self.any_of((0, 1, 1, 1, 2, 3)))]

    def content(self, content: Mapping[str, Body]) -> tuple[str, bytes]:
        if not content:
            kind, raw = self.any_of((("", b""), ("application/json", b"{}")))
            return kind, raw
        body = content[self.any_of(list(content))]
        kind = body.media_type if self.luck(8) else self.any_of(_TYPES)
        if self.luck(1):
            return kind, self.any_of([raw for raw in _NOT_JSON if raw or media.is_json(body.media_type)])
        return kind, _written(self.spoiled(self.fitting(body)), body)

    # values

    def fitting(self, body: Body) -> Any:
        """One of a body's examples, or a value shaped by its schema."""
        if body.examples and self.luck(5):
            return self.any_of(list(body.examples.values()))
        return self.value(pointers.look(self._document, body.schema) if body.schema else {})

    def value(self, schema: Any, depth: int = 0) -> Any:
        """A value that probably fits a schema."""
        schema = self.merged(schema)
        if "const" in schema or "enum" in schema:
            return self.any_of([schema["const"]] if "const" in schema else schema["enum"])
        kind = self.any_of(_kinds(schema))
        if kind == "object":
            return {name: self.value(inner, depth + 1) for name, inner in self.members(schema, depth)}
        if kind == "array":
            least = schema.get("minItems", 0)
            more = 0 if depth > 3 else self.any_of((0, 1, 2))
            return [self.value(schema.get("items", {}), depth + 1) for _ in range(least + more)]
        return self._draw(_plain(kind, schema))

    def members(self, schema: Mapping[str, Any], depth: int) -> Iterator[tuple[str, Any]]:
        tenths = self.any_of((1, 4, 7)) if depth < 4 else 0
        for name, inner in schema.get("properties", {}).items():
            one_way = isinstance(inner, Mapping) and ("readOnly" in inner or "writeOnly" in inner)
            if (name in schema.get("required", ()) and not one_way) or self.luck(tenths):
                yield name, inner

    def merged(self, schema: Any) -> dict[str, Any]:
        """A schema with one of its alternatives and all of its parts in one, as far as that can be told."""
        found: dict[str, Any] = {}
        waiting = [schema]
        while waiting:
            part = waiting.pop()
            if not isinstance(part, Mapping):
                continue
            if "$ref" in part:
                waiting.append(pointers.look(self._document, target_of(part["$ref"])))
            waiting += part.get("allOf", ())
            waiting += [part[key][self._draw(st.integers(0, len(part[key]) - 1))] for key in _EITHER if key in part]
            properties = dict(found.get("properties", {}))
            for name, inner in part.get("properties", {}).items():
                properties[name] = {"allOf": [properties[name], inner]} if name in properties else inner
            required = [*found.get("required", ()), *part.get("required", ())]
            found |= {**part, "properties": properties, "required": required}
        return found if found.get("properties") else {key: value for key, value in found.items() if key != "properties"}

    # spoiling

    def spoiled(self, value: Any) -> Any:
        """The same value with up to three edits; none of them more often than not."""
        for _ in range(self.any_of((0, 0, 0, 0, 1, 1, 2, 3))):
            value = self.edited(value)
        return value

    def edited(self, value: Any) -> Any:
        places = [place for place in _places(value) if place]
        if not places or self.luck(1):
            return self.any_of(_JUNK)
        *path, last = places[self._draw(st.integers(0, len(places) - 1))]
        holder = value
        for part in path:
            holder = holder[part]
        _VERBS[self.any_of(list(_VERBS))](holder, last, self.any_of(_JUNK))
        return value


_EITHER = ("anyOf", "oneOf")


def _strung(parameter: Parameter, value: Any) -> list[str]:
    """A value as texts, by the style of its parameter."""
    if isinstance(value, list) and parameter.explode and parameter.location == "query":
        return [_text(item) for item in value]
    if isinstance(value, dict) and parameter.style == "deepObject":
        return [_text(value.get(member, 7)) for member in ("min", "colour")]
    if isinstance(value, dict):
        value = [item for pair in value.items() for item in pair]
    between = "|" if parameter.style == "pipeDelimited" else ","
    items = value if isinstance(value, list) else [value]
    return [_dressed(parameter, between.join(map(_text, items)))] if items else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _dressed(parameter: Parameter, text: str) -> str:
    return {"label": ".", "matrix": f";{parameter.name}="}.get(parameter.style, "") + text


def _placed(parameter: Parameter, texts: list[str]) -> list[_Part]:
    if parameter.style == "deepObject":
        members = (f"{parameter.name}[min]", f"{parameter.name}[colour]")
        return [("query", name, text) for name, text in zip(members, texts, strict=False)]
    return [(parameter.location, parameter.name, text) for text in texts[: 3 if parameter.location == "query" else 1]]


def _shown(scheme: Scheme) -> _Part:
    return scheme.location, scheme.name, f"{scheme.word.title()} k1" if scheme.word else "k1"


def _written(value: Any, body: Body) -> bytes:
    if media.essence(body.media_type) == media.FORM and isinstance(value, dict):
        members = body.shape.members or {}
        lists = {name for name, shape in members.items() if shape.is_array}
        return urlencode(
            {name: inner for name, inner in value.items() if _flat(inner, name in lists)}, doseq=True
        ).encode()
    if body.media_type == "text/plain" and isinstance(value, str):
        return value.encode()
    return json.dumps(value).encode()


def _flat(value: Any, as_list: bool) -> bool:
    """True for what a form can carry under one name without one judge reading it another way."""
    if isinstance(value, list):
        return as_list and bool(value) and all(isinstance(item, str) for item in value)
    return isinstance(value, (str, int))


def _kinds(schema: Mapping[str, Any]) -> list[str]:
    kind = schema.get("type", ["object"] if "properties" in schema else ["string", "null", "integer"])
    kinds = [kind] if isinstance(kind, str) else list(kind)
    return [*kinds, "null"] if schema.get("nullable") else kinds


def _plain(kind: str, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    if kind in ("integer", "number"):
        low = int(schema.get("minimum", schema.get("exclusiveMinimum", 0)))
        whole = st.integers(low, max(low, int(schema.get("maximum", low + 9))))
        return whole | st.just(low + 0.5) if kind == "number" else whole
    if kind == "boolean":
        return st.booleans()
    if kind == "null":
        return st.none()
    if "pattern" in schema:
        return st.from_regex(schema["pattern"], fullmatch=True).map(str.strip)
    return _FORMATS.get(schema.get("format", ""), st.sampled_from(_URIS))


def _places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield from _places(inner, (*at, key))


def _drop(holder: Any, last: Any, _: Any) -> None:
    del holder[last]


def _add(holder: Any, _: Any, junk: Any) -> None:
    if isinstance(holder, dict):
        holder["stranger"] = junk
    else:
        holder.append(junk)


def _replace(holder: Any, last: Any, junk: Any) -> None:
    holder[last] = junk


def _nothing(holder: Any, last: Any, _: Any) -> None:
    holder[last] = None


def _stretch(holder: Any, last: Any, junk: Any) -> None:
    holder[last] = copy.deepcopy(holder[last] * 40) if isinstance(holder[last], (list, str)) else [junk] * 40


_VERBS: dict[str, Callable[[Any, Any, Any], None]] = {
    "drop": _drop,
    "add": _add,
    "replace": _replace,
    "null": _nothing,
    "stretch": _stretch,
}
