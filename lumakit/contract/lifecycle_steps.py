"""The small steps through a lifecycle file: a key, a name, a list, a place.

Each is given its pointer, so that every error can name it. Does not know what the keys mean, and opens no files.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from lumakit.contract import pointer as pointers
from lumakit.contract.document import Document
from lumakit.contract.reading import LOCATIONS, Place
from lumakit.errors import DocumentError


def fail(document: Document, pointer: str, what: str, hint: str) -> NoReturn:
    """Refuse the file, with the place that is wrong."""
    line = document.line(pointer)
    where = f"{document.name}:{line}" if line else document.name
    raise DocumentError(f"{pointer or '/'}: {what}", code="lifecycle_invalid", where=where, hint=hint)


class Steps:
    """One document, and how to step into it."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def fail(self, pointer: str, what: str, hint: str = "see specs/README.md for the format") -> NoReturn:
        """Refuse the file."""
        fail(self.document, pointer, what, hint)

    def keys(self, at: str, value: Any, known: Iterable[str]) -> Mapping[str, Any]:
        """A mapping whose keys are all known; `x-` keys are the user's own."""
        mapping = self.mapping(at, value)
        for key in mapping:
            if not key.startswith("x-"):
                self.one_of(at, key, tuple(known), "key")
        return mapping

    def one_of(self, at: str, value: Any, known: Iterable[str], noun: str = "name") -> None:
        """Refuse a value that is none of those known."""
        if value not in (choices := list(known)):
            near = difflib.get_close_matches(str(value), choices, n=1)
            hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(choices)}"
            self.fail(at, f"{value!r} is not a known {noun}", hint)

    def mapping(self, at: str, value: Any, *, optional: bool = False) -> Mapping[str, Any]:
        """A mapping."""
        if value is None and optional:
            return {}
        if not isinstance(value, Mapping):
            self.fail(at, "a mapping is needed here")
        return value

    def list(self, at: str, value: Any, *, optional: bool = False) -> list[Any]:
        """A list."""
        if value is None and optional:
            return []
        if not isinstance(value, list):
            self.fail(at, "a list is needed here")
        return value

    def text(self, at: str, value: Any) -> str:
        """A text."""
        if not isinstance(value, str):
            self.fail(at, "a text is needed here")
        return value

    def flag(self, at: str, value: Any) -> bool:
        """True or false."""
        if not isinstance(value, bool):
            self.fail(at, "true or false is needed here")
        return value

    def whole(self, at: str, value: Any) -> int:
        """A whole number that is not negative."""
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self.fail(at, f"{value!r} is not a whole number", "write `10`")
        return value

    def seconds(self, at: str, value: Any) -> float:
        """A number of seconds."""
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 10**9:
            self.fail(at, f"{value!r} is not a number of seconds", "write `5` or `0.5`")
        return float(value)

    def texts(self, at: str, value: Any) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(self.text(f"{at}/{index}", item) for index, item in enumerate(self.list(at, value)))

    def operation(self, at: str, name: Any) -> str:
        """The key of an operation: `POST /path`."""
        method, _, path = self.text(at, name).partition(" ")
        if not (method.isupper() and path.startswith("/")):
            self.fail(at, f"{name!r} is not an operation", "write `POST /path/{name}`")
        return f"{method} {path}"

    def pointer(self, at: str, value: Any) -> None:
        """Refuse what is no JSON pointer."""
        try:
            pointers.split(self.text(at, value))
        except ValueError as error:
            self.fail(at, f"{value!r} is not a JSON pointer: {error}", "write `/data/task_id`")

    def place(self, at: str, value: Any) -> Place:
        """A place in a request: exactly one of its parts, by name."""
        pairs = list(self.keys(at, value, LOCATIONS).items())
        if len(pairs) != 1:
            self.fail(at, "exactly one place is needed", "write `{body: /ids}` or `{path: task_id}`")
        location, name = pairs[0]
        if location == "body":
            self.pointer(at, name)
        return Place(location, self.text(at, name))
