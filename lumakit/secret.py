"""A key that cannot be shown by accident: not by printing, not in a traceback, not by pickling."""

from __future__ import annotations

from typing import NoReturn

from lumakit.errors import UsageError


class Key:
    """Holds a key; only `reveal` gives it out."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        stripped = text.strip()
        if not stripped or not stripped.isascii() or not stripped.isprintable():
            what = "the key is empty, or has characters that cannot stand in a header"
            raise UsageError(what, code="key_form", hint="give it as the provider shows it, without quotes")
        self._text = stripped

    def reveal(self) -> str:
        """The key itself."""
        return self._text

    def __repr__(self) -> str:
        return f"<hidden: {len(self._text)} characters>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key is not pickled")


class Shown:
    """Where in a request a key is shown: a header, a query parameter or a cookie, behind a word or bare."""

    __slots__ = ("_key", "location", "name", "word")

    def __init__(self, location: str, name: str, word: str, key: Key) -> None:
        self.location: str = location
        self.name: str = name
        self.word: str = word
        self._key = key

    def reveal(self) -> str:
        """What stands there, with the key in it."""
        return f"{self.word} {self._key.reveal()}" if self.word else self._key.reveal()

    def __repr__(self) -> str:
        return f"<a key in the {self.location} {self.name}>"
