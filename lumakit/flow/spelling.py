"""Values of parameters as texts of a request: the way back from what `contract/parameters.py` reads.

Knows OpenAPI's styles as far as they stand in a path without a mark, a query, a header or a cookie.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from lumakit import strictjson
from lumakit.contract.forms import DELIMITERS
from lumakit.contract.parameters import Parameter


def in_path(parameter: Parameter, value: Any) -> str:
    """What stands in the path for a parameter, percent-encoded."""
    mark = {"label": ".", "matrix": f";{parameter.name}="}.get(parameter.style, "")
    return mark + quote(_joined(parameter, value, ","), safe=",")


def in_query(parameter: Parameter, value: Any) -> Iterator[str]:
    """The pieces of the query that a parameter becomes."""
    for name, text in _pairs(parameter, value):
        yield f"{quote(name, safe='[]')}={quote(text, safe=',')}"


def in_header(parameter: Parameter, value: Any) -> str:
    """The value of a header; the text of a cookie is quoted by whoever puts it there."""
    return _joined(parameter, value, ",")


def _pairs(parameter: Parameter, value: Any) -> Iterator[tuple[str, str]]:
    name = parameter.name
    if parameter.is_json or not isinstance(value, (list, tuple, Mapping)):
        yield name, text(value, as_json=parameter.is_json)
    elif isinstance(value, Mapping) and parameter.style == "deepObject":
        yield from ((f"{name}[{key}]", text(item)) for key, item in value.items())
    elif isinstance(value, Mapping) and parameter.explode:
        yield from ((str(key), text(item)) for key, item in value.items())
    elif parameter.explode:
        yield from ((name, text(item)) for item in value)
    else:
        yield name, _joined(parameter, value, DELIMITERS.get(parameter.style, ","))


def _joined(parameter: Parameter, value: Any, delimiter: str) -> str:
    if isinstance(value, Mapping) and not parameter.is_json:
        between = "=" if parameter.explode else delimiter
        return delimiter.join(f"{key}{between}{text(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)) and not parameter.is_json:
        return delimiter.join(map(text, value))
    return text(value, as_json=parameter.is_json)


def text(value: Any, *, as_json: bool = False) -> str:
    """One value as a text: a word as it is, anything else as JSON has it."""
    return value if isinstance(value, str) and not as_json else strictjson.dumps(value).decode()
