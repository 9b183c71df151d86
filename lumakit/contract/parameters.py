"""Parameters taken out of a request: where they stand, how arrays and objects are strung together, what type a text is.

Knows OpenAPI's styles. Does not judge the values; that is the schema's part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from lumakit.contract import media
from lumakit.model import Request

MISSING = object()
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,308})(?:\.[0-9]{1,308})?(?:[eE][-+]?[0-9]{1,3})?")
_DELIMITERS = {"spaceDelimited": " ", "pipeDelimited": "|"}
DEFAULT_STYLES = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}


@dataclass(frozen=True, slots=True)
class Shape:
    """The JSON types a schema admits, those of its items and of its properties: enough to read a text as a value."""

    types: frozenset[str] = frozenset()
    item: Shape | None = None
    members: Mapping[str, Shape] | None = None

    @property
    def is_array(self) -> bool:
        """True where only a list will do."""
        return "array" in self.types and "string" not in self.types

    @property
    def is_object(self) -> bool:
        """True where only a mapping will do."""
        return "object" in self.types and not self.types & {"string", "array"}


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

    def read(self, source: Texts) -> Any:
        """The value in a request, or MISSING; raises ValueError for a text that is not what is documented."""
        texts = source.named(self)
        if texts is None:
            return MISSING
        if self.is_json:
            return media.from_json(texts[0])
        if self.style == "deepObject":
            return {name: typed(text, _member(self.shape, name)) for name, text in source.deep(self.name).items()}
        return _assembled(self, texts)


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
        if parameter.style == "deepObject":
            return list(self.deep(parameter.name).values()) or None
        if parameter.location == "query" and parameter.explode and parameter.shape.is_object and not parameter.is_json:
            return self._strung_out(parameter.shape.members or {}) or None
        return _PLACES[parameter.location](self, parameter.name) or None

    def _strung_out(self, members: Container[str]) -> list[str]:
        """The texts of an object whose members stand in the query one by one."""
        return [f"{name}={value}" for name, value in self.query if name in members]

    def deep(self, name: str) -> dict[str, str]:
        """The members of `name[member]=value`."""
        prefix = f"{name}["
        return {
            key[len(prefix) : -1]: value for key, value in self.query if key.startswith(prefix) and key.endswith("]")
        }

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


def _assembled(parameter: Parameter, texts: Sequence[str]) -> Any:
    shape = parameter.shape
    if shape.is_array:
        return [typed(piece, shape.item) for piece in _pieces(parameter, texts)]
    if shape.is_object:
        pieces = _pieces(parameter, texts)
        flat = (piece.partition("=")[::2] for piece in pieces)
        pairs = flat if parameter.explode else zip(pieces[::2], pieces[1::2], strict=False)
        return {name: typed(text, _member(shape, name)) for name, text in pairs}
    return typed(_undressed(parameter, texts[0]), shape)


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


def _member(shape: Shape, name: str) -> Shape | None:
    return (shape.members or {}).get(name)


def typed(text: str, shape: Shape | None) -> Any:
    """A text as the JSON value its schema means: a number or a truth value where no text is admitted, else the text."""
    types = shape.types if shape else frozenset[str]()
    if not types or "string" in types:
        return text
    if types & {"integer", "number"} and _NUMBER.fullmatch(text):
        return int(text) if text.lstrip("-").isdigit() else float(text)
    if "boolean" in types and text in ("true", "false"):
        return text == "true"
    return None if "null" in types and text in ("", "null") else text
