"""Parameters and form fields as values: where they stand, how lists and objects are strung together, what a text means.

Knows OpenAPI's styles and brackets (`a[b]=v`, `a[]=v`). Does not judge the values; where a text can be read in two ways
it asks which of them fits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from lumakit.contract import media
from lumakit.model import Request

Fits = Callable[[str, Any], bool]  # whether the schema at a pointer has nothing against a value
MISSING = object()
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,308})(?:\.[0-9]{1,308})?(?:[eE][-+]?[0-9]{1,3})?")
_DELIMITERS = {"spaceDelimited": " ", "pipeDelimited": "|"}
_BRACKETS = re.compile(r"(?:\[[^\[\]]*\]){1,5}")  # what stands deeper is not read
_KINDS: Mapping[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
    list: "array",
    tuple: "array",
}
_IMPLIED = {"properties": "object", "additionalProperties": "object", "items": "array"}
DEFAULT_STYLES = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}


@dataclass(frozen=True, slots=True)
class Shape:
    """The JSON types a schema admits, those of its items and of its properties: enough to read a text as a value."""

    types: frozenset[str] = frozenset()
    item: Shape | None = None
    members: Mapping[str, Shape] | None = None
    rest: Shape | None = None  # of the members that are not named
    pointer: str = ""

    def member(self, name: str) -> Shape | None:
        """The shape of a property."""
        return (self.members or {}).get(name, self.rest)

    @property
    def is_array(self) -> bool:
        """True where only a list will do."""
        return "array" in self.types and "string" not in self.types

    @property
    def is_object(self) -> bool:
        """True where only a mapping will do."""
        return "object" in self.types and not self.types & {"string", "array"}

    @property
    def is_structured(self) -> bool:
        """True where a text will not do."""
        return bool(self.types) and "string" not in self.types


def types_of(schema: Mapping[str, Any]) -> frozenset[str]:
    """The JSON types a schema names itself, or lets be seen by its values or the parts it speaks of."""
    types = schema.get("type")
    if isinstance(types, (str, list, tuple)):
        return frozenset([types] if isinstance(types, str) else map(str, types))
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if isinstance(values, (list, tuple)):
        return frozenset(_KINDS.get(type(value), "object") for value in values)
    return frozenset(kind for key, kind in _IMPLIED.items() if key in schema)


def _anything(_pointer: str, _value: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Parameter:
    """One documented parameter. `schema` and `content` are pointers into the document; a parameter has one of them."""

    name: str
    location: str
    required: bool
    style: str
    explode: bool
    schema: str | None
    is_json: bool
    pointer: str
    shape: Shape

    def read(self, source: Texts, fits: Fits = _anything) -> Any:
        """The value in a request, or MISSING; raises ValueError for a text that is not what is documented."""
        if self.style == "deepObject" and not self.is_json:
            return self._read_deep(source, fits)
        texts = source.named(self)
        if texts is None:
            return MISSING
        return media.from_json(texts[0]) if self.is_json else _assembled(self, texts, fits)

    def _read_deep(self, source: Texts, fits: Fits) -> Any:
        twig = source.deep(self.name)
        if twig.below:
            return _grown(twig, self.shape, fits)
        plain = source.in_query(self.name) if self.shape.types - {"object", "array"} else ()
        return typed(plain[0], self.shape, fits) if plain else MISSING


class Texts:
    """The texts a request carries as parameters, each place read once and only when asked for."""

    def __init__(self, request: Request, path_values: Mapping[str, str]) -> None:
        self._request = request
        self._path = path_values
        self._query: list[tuple[str, str]] | None = None

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query as pairs."""
        if self._query is None:
            self._query = parse_qsl(self._request.query, keep_blank_values=True) if self._request.query else []
        return self._query

    def named(self, parameter: Parameter) -> Sequence[str] | None:
        """Every text given for a parameter; None where there is none."""
        if parameter.location == "query" and parameter.explode and parameter.shape.is_object and not parameter.is_json:
            return self._strung_out(parameter.shape.members or {}) or None
        return _PLACES[parameter.location](self, parameter.name) or None

    def _strung_out(self, members: Container[str]) -> list[str]:
        """The texts of an object whose members stand in the query one by one."""
        return [f"{name}={value}" for name, value in self.query if name in members]

    def deep(self, name: str) -> Twig:
        """What stands in brackets behind a name: `name[member]=value`."""
        twig = Twig()
        for key, value in self.query:
            if key.startswith(name) and (steps := _in_brackets(key[len(name) :])):
                twig.grow(steps, value)
        return twig

    def in_path(self, name: str) -> Sequence[str]:
        """The text of a path parameter."""
        return (self._path[name],) if name in self._path else ()

    def in_query(self, name: str) -> Sequence[str]:
        """The texts of a query parameter."""
        return [value for key, value in self.query if key == name]

    def in_header(self, name: str) -> Sequence[str]:
        """The texts of a header."""
        return self._request.header_values(name)

    def in_cookie(self, name: str) -> Sequence[str]:
        """The text of a cookie."""
        value = self._request.cookie(name)
        return () if value is None else (unquote(value),)


_PLACES: Mapping[str, Callable[[Texts, str], Sequence[str]]] = {
    "path": Texts.in_path,
    "query": Texts.in_query,
    "header": Texts.in_header,
    "cookie": Texts.in_cookie,
}


def _assembled(parameter: Parameter, texts: Sequence[str], fits: Fits) -> Any:
    shape = parameter.shape
    if shape.is_array:
        return [typed(piece, shape.item, fits) for piece in _pieces(parameter, texts)]
    if shape.is_object:
        pieces = _pieces(parameter, texts)
        flat = (piece.partition("=")[::2] for piece in pieces)
        pairs = flat if parameter.explode else zip(pieces[::2], pieces[1::2], strict=False)
        return {name: typed(text, shape.member(name), fits) for name, text in pairs}
    return typed(_undressed(parameter, texts[0]), shape, fits)


def _undressed(parameter: Parameter, text: str) -> str:
    """The text without the mark that its style puts in front; raises ValueError where the mark is missing."""
    mark = {"label": ".", "matrix": f";{parameter.name}="}.get(parameter.style, "")
    if not text.startswith(mark):
        raise ValueError(f"without {mark!r} in front")
    return text.removeprefix(mark)


def _pieces(parameter: Parameter, texts: Sequence[str]) -> Sequence[str]:
    """The items of an array, or of an object its names and values: in turn, or as `name=value` where it is exploded."""
    if parameter.explode and parameter.location in ("query", "cookie"):
        return texts
    if parameter.location == "header":
        return [piece.strip() for text in texts for piece in text.split(",")]
    if parameter.explode and parameter.style == "matrix":
        before, *pieces = texts[0].split(";")
        if before:
            raise ValueError("without ';' in front")
        return [piece.removeprefix(f"{parameter.name}=") for piece in pieces]
    text = _undressed(parameter, texts[0])
    delimiter = "." if parameter.explode and parameter.style == "label" else _DELIMITERS.get(parameter.style, ",")
    return text.split(delimiter) if text else []


def typed(text: str, shape: Shape | None, fits: Fits = _anything) -> Any:
    """A text as the JSON value its schema means; where that may be a text or something else, the first that fits."""
    other = _read(text, shape.types) if shape else text
    if shape is None or "string" not in shape.types or other is text:
        return other
    return other if not fits(shape.pointer, text) and fits(shape.pointer, other) else text


def _read(text: str, types: frozenset[str]) -> Any:
    """A text as a number, a truth value or null where one of these is admitted, else the text itself."""
    if types & {"integer", "number"} and _NUMBER.fullmatch(text):
        return int(text) if text.lstrip("-").isdigit() else float(text)
    if "boolean" in types and text in ("true", "false"):
        return text == "true"
    return None if "null" in types and text in ("", "null") else text


# --- brackets ---------------------------------------------------------------------------------------------------------


def _in_brackets(text: str) -> list[str]:
    """`[a][b]` as its steps; none where the text is not written like that."""
    return text[1:-1].split("][") if _BRACKETS.fullmatch(text) else []


@dataclass(slots=True)
class Twig:
    """What is given for a name: its own texts, and what is given in brackets behind it."""

    texts: list[str] = field(default_factory=list)
    below: dict[str, Twig] = field(default_factory=dict)
    turns: dict[tuple[str, ...], int] = field(default_factory=dict)

    def grow(self, steps: Sequence[str], text: str) -> None:
        """Add a text that stands some steps further."""
        if not steps:
            self.texts.append(text)
            return
        step = steps[0] or self._turn(tuple(steps[1:]))
        self.below.setdefault(step, Twig()).grow(steps[1:], text)

    def _turn(self, rest: tuple[str, ...]) -> str:
        """The item that `[]` means: the next one that has nothing yet at the rest of the steps."""
        turn = self.turns.get(rest, 0)
        self.turns[rest] = turn if "" in rest else turn + 1
        return str(turn)

    def items(self) -> list[Twig] | None:
        """What stands in brackets as the items of a list; None where the brackets hold names."""
        if not all(step.isascii() and step.isdigit() for step in self.below):
            return None
        return [self.below[step] for step in sorted(self.below, key=lambda step: (len(step), step))]


def _grown(twig: Twig, shape: Shape | None, fits: Fits, coding: Coding | None = None) -> Any:
    items = twig.items() if twig.below and shape and "array" in shape.types else None
    if items is not None and shape:
        own = [_field(text, shape.item, fits) for text in twig.texts]
        return own + [_grown(item, shape.item, fits) for item in items]
    if twig.below and not twig.texts:
        return {name: _grown(inner, shape and shape.member(name), fits) for name, inner in twig.below.items()}
    return _unbracketed(twig.texts, shape or Shape(), coding or Coding(), fits)


# --- forms ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Coding:
    """How a field of a form is written, where the document says so: between delimiters, or as JSON."""

    delimiter: str = ""
    is_json: bool = False

    @classmethod
    def of(cls, style: str, explode: bool, content_type: str) -> Coding:
        """The coding that an Encoding Object asks for; a style or `explode` outweighs the content type."""
        plain = not style and explode
        delimiter = "" if explode or style == "deepObject" else _DELIMITERS.get(style, ",")
        return cls(delimiter, plain and media.is_json(media.essence(content_type)))


def form(fields: Mapping[str, list[str]], shape: Shape, codings: Mapping[str, Coding], fits: Fits) -> dict[str, Any]:
    """The fields of a form as the JSON value its schema means."""
    twigs: dict[str, Twig] = {}
    for key, texts in fields.items():
        name, steps = _named(key, shape)
        for text in texts:
            twigs.setdefault(name, Twig()).grow(steps, text)
    return {name: _grown(twig, shape.member(name), fits, codings.get(name)) for name, twig in twigs.items()}


def _named(key: str, shape: Shape) -> tuple[str, list[str]]:
    """The field that a key of a form means, and the steps into it; brackets that are part of its name stay in it."""
    name = key.partition("[")[0]
    steps = _in_brackets(key[len(name) :])
    inner = shape.member(name)
    deep = steps and key not in (shape.members or {}) and inner is not None and inner.types & {"object", "array"}
    return (name, steps) if deep else (key, [])


def _unbracketed(texts: Sequence[str], shape: Shape, coding: Coding, fits: Fits) -> Any:
    if coding.is_json:
        values = [_from_json(text) for text in texts]
        whole = len(values) == 1 and (not shape.is_array or isinstance(values[0], list))
        return values[0] if whole else values
    if coding.delimiter and shape.types & {"array", "object"}:
        texts = [piece for text in texts for piece in text.split(coding.delimiter)]
        if shape.is_object:
            pairs = zip(texts[::2], texts[1::2], strict=False)
            return {name: typed(text, shape.member(name), fits) for name, text in pairs}
    if shape.is_array or ("array" in shape.types and len(texts) > 1):
        return [_field(text, shape.item, fits) for text in texts]
    return _field(texts[0], shape, fits) if len(texts) == 1 else list(texts)


def _field(text: str, shape: Shape | None, fits: Fits) -> Any:
    """One field; what can only be an object is written as JSON."""
    return _from_json(text) if shape and shape.is_object else typed(text, shape, fits)


def _from_json(text: str) -> Any:
    try:
        return media.from_json(text)
    except media.Undecodable:
        return text
