"""Values as the bytes of a media type: JSON, forms, XML and text; and as the text of a header.

Follows no `xml` hints of a document: elements are named like members. Judges nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from lumakit import strictjson
from lumakit.contract import media
from lumakit.contract.messages import Body
from lumakit.contract.parameters import Parameter

LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Unspeakable(ValueError):
    """A value has no spelling there."""


def body(value: Any, content_type: str, documented: Body) -> bytes:
    """A value as the body of a message; a text that is no JSON stands as it is."""
    kind = media.essence(content_type)
    if isinstance(value, bytes):
        return value
    if media.is_json(kind):
        return strictjson.dumps(value)
    if isinstance(value, str):
        return _encoded(value, content_type)
    for answers, spell in _SPELLINGS:
        if answers(kind):
            return _encoded(spell(value, documented), content_type)
    return strictjson.dumps(value)


def header(value: Any, documented: Parameter) -> str:
    """A value as the text of a header."""
    if documented.is_json:
        text = strictjson.dumps(value).decode()
    elif isinstance(value, Mapping):
        between = "=" if documented.explode else ","
        text = ",".join(f"{name}{between}{_plain(each)}" for name, each in value.items())
    else:
        text = ",".join(map(_plain, value)) if isinstance(value, list) else _plain(value)
    if not (text.isascii() and text.isprintable()):
        raise Unspeakable(f"the header {documented.name} cannot hold what its schema asks for")
    return text


def is_structured(kind: str) -> bool:
    """True for the types, besides JSON and text, that members and items can be written in."""
    return kind == media.FORM or kind in LINES or is_xml(kind) or kind.endswith("yaml")  # JSON is YAML, too


def _encoded(text: str, content_type: str) -> bytes:
    charset = media.parameter(content_type, "charset", "utf-8").lower()
    if charset not in media.CHARSETS:
        raise Unspeakable(f"bodies in the charset {charset!r} are not made")
    try:
        return text.encode(charset)
    except UnicodeEncodeError:
        raise Unspeakable(f"the charset {charset} lacks a character of the body") from None


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else strictjson.dumps(value).decode()


# --- forms and lines --------------------------------------------------------------------------------------------------


def _form(value: Any, documented: Body) -> str:
    return urlencode(list(_fields(value, documented))) if isinstance(value, Mapping) else ""


def _fields(value: Mapping[str, Any], documented: Body) -> Iterator[tuple[str, str]]:
    for name, each in value.items():
        coding = documented.codings.get(name)
        if not isinstance(each, list) or (coding and coding.is_json):
            yield name, _plain(each)
        elif coding and coding.delimiter:
            yield name, coding.delimiter.join(map(_plain, each))
        else:
            yield from ((name, _plain(item)) for item in each)


def _lines(value: Any, _documented: Body) -> str:
    return "".join(f"{strictjson.dumps(each).decode()}\n" for each in (value if isinstance(value, list) else [value]))


# --- XML --------------------------------------------------------------------------------------------------------------


def is_xml(kind: str) -> bool:
    """True for XML and every +xml type."""
    return kind in ("application/xml", "text/xml") or kind.endswith("+xml")


def _xml(value: Any, documented: Body) -> str:
    name = documented.shape.pointer.rpartition("/")[2]
    root = name if _NAME.fullmatch(name) and name != "schema" else "root"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{"".join(_elements(root, value))}'


def _elements(name: str, value: Any) -> Iterator[str]:
    """A value as elements: one for each item of a list."""
    if not _NAME.fullmatch(name):
        raise Unspeakable(f"{name!r} cannot be the name of an XML element")
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, list):
            inner = "".join(_elements("item", each))
        elif isinstance(each, Mapping):
            inner = "".join(part for key, member in each.items() for part in _elements(key, member))
        else:
            inner = escape(_FORBIDDEN.sub("", _plain(each)))
        yield f"<{name}>{inner}</{name}>"


_SPELLINGS: tuple[tuple[Callable[[str], bool], Callable[[Any, Body], str]], ...] = (
    (media.FORM.__eq__, _form),
    (LINES.__contains__, _lines),
    (is_xml, _xml),
)
