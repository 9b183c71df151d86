"""Runtime expressions of OpenAPI: what `$request.body#/hook` comes to for one exchange.

Read once, then asked of exchanges. An expression that cannot be read comes to nothing, and says why. Knows requests and
responses, no network.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from lumakit import strictjson
from lumakit.contract import pointer as pointers
from lumakit.contract.parameters import Texts
from lumakit.errors import UsageError
from lumakit.model import Request, Response


class Happened(NamedTuple):
    """An exchange: the request, the values from its path, its body, and the answer."""

    request: Request
    path_values: Mapping[str, str]
    body: Any
    response: Response


Part = Callable[[Happened], Any]
Expression = Callable[[Happened], str | None]
_BRACES = re.compile(r"\{([^{}]*)\}")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HINT = (
    "`$request.body#/hook`, `$request.query.hook`, `$response.header.Location`, `$url`, or text with these in braces"
)


def expression(text: str) -> Expression:
    """What comes of an expression, as a text; None where something that it names is not there."""
    if text.startswith("$"):
        part = _part(text)
        return lambda happened: _text(part(happened))
    pieces = _BRACES.split(text)
    fixed, parts = pieces[::2], [_part(each) for each in pieces[1::2]]
    return lambda happened: _joined(fixed, [_text(part(happened)) for part in parts])


def _joined(fixed: list[str], found: list[str | None]) -> str | None:
    if None in found:
        return None
    return "".join(a + (b or "") for a, b in zip(fixed, [*found, ""], strict=True))


def _part(text: str) -> Part:
    if text in _WHOLE:
        return _WHOLE[text]
    whose, _, rest = text.removeprefix("$").partition(".")
    if text.startswith("$") and whose in ("request", "response"):
        where, mark, name = re.fullmatch(r"(\w*)([.#]?)(.*)", rest, re.DOTALL).groups()  # type: ignore[union-attr]  # it fits any text
        if where == "body" and mark in ("", "#") and (mark or not name):
            return _in_body(whose, name, text)
        if mark == "." and name and (maker := _NAMED.get((whose, where))):
            return maker(name)
        if mark == "." and where == "header" and _TOKEN.fullmatch(name):
            return _header(whose, name)
    raise UsageError(f"{text[:200]!r} is no runtime expression", code="expression_invalid", hint=_HINT)


def _in_body(whose: str, pointer: str, text: str) -> Part:
    try:
        pointers.split(pointer)
    except ValueError as error:
        raise UsageError(f"{text[:200]!r}: {error}", code="expression_invalid", hint=_HINT) from None
    if whose == "request":
        return lambda happened: pointers.look(happened.body, pointer, None)
    return lambda happened: pointers.look(_told(happened.response), pointer, None)


def _header(whose: str, name: str) -> Part:
    if whose == "request":
        return lambda happened: happened.request.header(name)
    return lambda happened: happened.response.header(name)


def _query(name: str) -> Part:
    return lambda happened: next(iter(Texts(happened.request, {}).in_query(name)), None)


def _path(name: str) -> Part:
    return lambda happened: happened.path_values.get(name)


def _told(response: Response) -> Any:
    """The value of an answer's body; None where it is no JSON."""
    try:
        return strictjson.loads(response.body)
    except ValueError:
        return None


def _url(happened: Happened) -> str:
    request = happened.request
    return f"{request.origin}{request.path}" + (f"?{request.query}" if request.query else "")


def _text(value: Any) -> str | None:
    """A value as it stands in an address; None for what is not there, and for what is no single value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int, float)) else None


_WHOLE: Mapping[str, Part] = {
    "$url": _url,
    "$method": lambda happened: happened.request.method,
    "$statusCode": lambda happened: happened.response.status,
}
_NAMED: Mapping[tuple[str, str], Callable[[str], Part]] = {("request", "query"): _query, ("request", "path"): _path}
