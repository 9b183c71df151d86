"""A finger on a place in a document: every step down knows its pointer, so that every refusal names the place.

Follows references. Does not know what the places mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from lumakit.contract import pointer as pointers
from lumakit.contract.references import target_of
from lumakit.errors import DocumentError

_KINDS: dict[type, str] = {dict: "a mapping", list: "a list", str: "a text", bool: "true or false"}


class Cursor:
    """A value of a document with its pointer; steps down by key, and says kindly what is not as it must be."""

    __slots__ = ("_document", "_place", "pointer", "value")

    def __init__(self, document: Mapping[str, Any], place: Callable[[str], str], pointer: str, value: Any) -> None:
        self._document = document
        self._place = place
        self.pointer: str = pointer
        self.value: Any = value

    def _at(self, pointer: str, value: Any) -> Cursor:
        return Cursor(self._document, self._place, pointer, value).followed()

    def followed(self) -> Cursor:
        """The place a reference leads to in the end, or this one."""
        pointer, value = self.pointer, self.value
        passed: set[str] = set()
        while type(value) is dict and isinstance(ref := value.get("$ref"), str):
            if pointer in passed:
                self.fail(f"$ref {ref!r} only leads round in a circle", "let one of them be a real value")
            passed.add(pointer)
            pointer = target_of(ref)
            value = self._target(pointer, ref)
        return self if not passed else Cursor(self._document, self._place, pointer, value)

    def _target(self, pointer: str, ref: str) -> Any:
        try:
            value = pointers.look(self._document, pointer) if ref.startswith("#") else pointers.MISSING
        except ValueError:
            value = pointers.MISSING
        if value is pointers.MISSING:
            self.fail(f"$ref {ref!r} leads to nothing", "a reference looks like #/components/schemas/Name")
        return value

    def __bool__(self) -> bool:
        return self.value is not None

    def down(self, key: str) -> Cursor:
        """One step down; the value is None where there is nothing."""
        return self._at(f"{self.pointer}{pointers.join(key)}", self.mapping().get(key))

    def fail(self, what: str, hint: str = "see the OpenAPI specification for this place") -> NoReturn:
        """Refuse the document because of this place."""
        raise DocumentError(what, code="spec_shape", where=self._place(self.pointer), hint=hint)

    def _of(self, kind: type, fallback: Any) -> Any:
        if self.value is None:
            return fallback
        if not isinstance(self.value, kind):
            self.fail(f"{_KINDS[kind]} is needed at {self.pointer or '/'}")
        return self.value

    def mapping(self) -> dict[str, Any]:
        """The value as a mapping; empty where there is nothing."""
        return self._of(dict, {})  # type: ignore[no-any-return]

    def list(self) -> list[Any]:
        """The value as a list; empty where there is nothing."""
        return self._of(list, [])  # type: ignore[no-any-return]

    def text(self, fallback: str = "") -> str:
        """The value as a text."""
        return self._of(str, fallback)  # type: ignore[no-any-return]

    def flag(self, *, fallback: bool = False) -> bool:
        """The value as true or false."""
        return self._of(bool, fallback)  # type: ignore[no-any-return]

    def needed(self, key: str) -> str:
        """The text under a key that must be there."""
        below = self.down(key)
        if below.value is None:
            self.fail(f"{key!r} is missing at {self.pointer or '/'}")
        return below.text()

    def entries(self) -> Iterator[tuple[str, Cursor]]:
        """The members of a mapping, extensions left out, references followed."""
        for key, value in self.mapping().items():
            if not key.startswith("x-"):
                yield key, self._at(f"{self.pointer}{pointers.join(key)}", value)

    def items(self) -> Iterator[Cursor]:
        """The items of a list, references followed."""
        for index, value in enumerate(self.list()):
            yield self._at(f"{self.pointer}/{index}", value)
