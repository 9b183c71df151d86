"""Media types, and bodies decoded by them: JSON, forms, multipart, text. Knows no schema."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from lumakit import strictjson

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
OPAQUE = object()
CHARSETS = ("utf-8", "us-ascii", "iso-8859-1", "windows-1252", "utf-16")


class Undecodable(ValueError):
    """A body is not what its media type says."""


@lru_cache(maxsize=256)
def essence(content_type: str) -> str:
    """A media type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def parameter(content_type: str, name: str, fallback: str = "") -> str:
    """The value of a parameter that stands behind a media type."""
    pairs = (each.partition("=") for each in content_type.split(";")[1:])
    return next((value.strip(' \t"') for key, _, value in pairs if key.strip().lower() == name), fallback)


def is_json(media_type: str) -> bool:
    """True for application/json and every +json type."""
    return media_type == "application/json" or media_type.endswith("+json")


def is_text(media_type: str) -> bool:
    """True for every type of text."""
    return media_type.startswith("text/")


def best(offered: Iterable[str], content_type: str) -> str | None:
    """The offered media type or range that covers a content type most closely."""
    wanted = essence(content_type)
    ranks = {wanted: 0, wanted.partition("/")[0] + "/*": 1, "*/*": 2}
    covering = [each for each in offered if essence(each) in ranks]
    return min(covering, key=lambda each: ranks[essence(each)], default=None)


def decode(body: bytes, content_type: str) -> Any:
    """The value of a body: JSON as it is, fields as a dict of lists of texts, a text; OPAQUE for anything else."""
    kind = essence(content_type)
    if is_json(kind):
        return from_json(body)
    if kind == FORM:
        return _grouped(parse_qsl(_text(body), keep_blank_values=True))
    if kind == MULTIPART:
        return _grouped(_parts(body, content_type))
    return _text(body, parameter(content_type, "charset", "utf-8").lower()) if is_text(kind) else OPAQUE


def from_json(text: bytes | str) -> Any:
    """The value of a JSON text; the refusal does not repeat a number, for that would be the value."""
    try:
        return strictjson.loads(text)
    except strictjson.JsonProblem as problem:
        what = "a number is too large, or none at all" if problem.kind == "number" else str(problem)
        raise Undecodable(f"not JSON: {what}") from None


def _text(body: bytes, encoding: str = "utf-8") -> str:
    if encoding not in CHARSETS:
        raise Undecodable(f"in a charset that is not one of {', '.join(CHARSETS)}")
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        raise Undecodable(f"not {encoding.upper()} at byte {error.start}") from None


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


_BOUNDARY = re.compile(r"[0-9a-zA-Z'()+_,./:=? -]{1,70}")
_NAME = re.compile(rb'(?im)^content-disposition:[^\r\n]*?;[ \t]*name=(?:"([^"\r\n]*)"|([^\s;"]+))')


def _parts(body: bytes, content_type: str) -> Iterator[tuple[str, str]]:
    boundary = parameter(content_type, "boundary")
    if not _BOUNDARY.fullmatch(boundary):
        raise Undecodable("not multipart: the content type names no boundary")
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())
    if not pieces[-1].startswith(b"--"):
        raise Undecodable("not multipart: the boundary does not close it")
    for part in pieces[1:-1]:
        head, gap, value = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if not gap or name is None:
            raise Undecodable("not multipart: a part has no name")
        yield (name[1] or name[2] or b"").decode("utf-8", "replace"), value.decode("utf-8", "replace")
