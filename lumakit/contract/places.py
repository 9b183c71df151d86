"""What stands at a place of a request: a parameter by its name, or a member of the body by its pointer.

A place is made into a reader once. The request was checked before: here nothing is judged, and what is not there is
None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lumakit.contract import pointer as pointers
from lumakit.contract.parameters import Texts
from lumakit.contract.reading import Place
from lumakit.model import Request

Reader = Callable[[Request, Mapping[str, str], Any], Any]  # of a request, the values from its path, and its body


def reader(place: Place) -> Reader:
    """What reads a place; of a parameter that is given several times, the first text."""
    name = place.name
    if place.location == "path":
        return lambda _, path_values, __: path_values.get(name)
    if place.location == "header":
        return lambda request, _, __: request.header(name)
    if place.location == "query":
        return lambda request, _, __: next(iter(Texts(request, {}).in_query(name)), None)
    return _member(name)


def _member(pointer: str) -> Reader:
    steps = pointers.split(pointer)
    if len(steps) != 1:
        return lambda _, __, body: pointers.look(body, pointer, None)
    (key,) = steps
    return lambda _, __, body: body.get(key) if isinstance(body, dict) else None
