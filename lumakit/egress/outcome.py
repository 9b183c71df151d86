"""The two ways in which a request gets no answer: it was not let out, or nobody gave one.

A reason names hosts and addresses, never a path, a query, a header or a body: those hold secrets.
"""

from __future__ import annotations

from lumakit.errors import SurroundingsError


class NoAnswer(SurroundingsError):
    """A request without an answer: `code` is for programs, `reason` for people."""

    def __init__(self, code: str, reason: str, hint: str = "") -> None:
        super().__init__(reason, code=code, hint=hint)

    @property
    def reason(self) -> str:
        """Why, in plain words."""
        return self.what


class Blocked(NoAnswer):
    """It was not sent, and nothing was dialled: trying again changes nothing."""


class Failed(NoAnswer):
    """It was sent, or was to be, and no answer came: trying again may help. `unsent` where not a byte of it left."""

    def __init__(self, code: str, reason: str, hint: str = "", *, unsent: bool = False) -> None:
        super().__init__(code, reason, hint)
        self.unsent = unsent
