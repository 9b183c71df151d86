"""Parameters as values: where they stand in a request, and how lists and objects are strung together there.

Knows OpenAPI's styles. Does not judge the values; that is the schema's part.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from lumakit.contract import media
from lumakit.contract.forms import DELIMITERS, Twig, grown, in_brackets
from lumakit.contract.shape import Fits, Shape, anything, typed
from lumakit.model import Request

MISSING = object()
DEFAULT_STYLES = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}


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

    def read(self, source: Texts, fits: Fits = anything) -> Any:
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
            return grown(twig, self.shape, fits)
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
            if key.startswith(name) and (steps := in_brackets(key[len(name) :])):
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
    delimiter = "." if parameter.explode and parameter.style == "label" else DELIMITERS.get(parameter.style, ",")
    return text.split(delimiter) if text else []
