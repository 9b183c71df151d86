"""What stands at a place of a request: a parameter by its name, or a member of the body by its pointer.

The request was checked before: here nothing is judged, and what is not there is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lumakit.contract import pointer as pointers
from lumakit.contract.parameters import Texts
from lumakit.contract.reading import Place
from lumakit.model import Request


def value_at(place: Place, request: Request, path_values: Mapping[str, str], body: Any) -> Any:
    """The value at a place; the text of a parameter, the first of several."""
    if place.location == "body":
        return pointers.look(body, place.name, None)
    if place.location == "path":
        return path_values.get(place.name)
    if place.location == "header":
        return request.header(place.name)
    return next(iter(Texts(request, path_values).in_query(place.name)), None)
