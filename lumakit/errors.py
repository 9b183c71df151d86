"""The tree of errors. The first fork is what the caller can do about it.

    LumakitError                what happened, where, and what to try; never a bare traceback
    +-- InputError              mend what you gave us                             exit code 2
    |   +-- UsageError          a flag, a name, an argument
    |   +-- DocumentError       a document, an overlay, a reading, a recorded file
    |       +-- UnknownVersion  a document of another kind or version
    |       +-- OverlayError    an overlay, or one of its actions
    +-- SurroundingsError       mend the machine: a missing extra, a full disk      exit code 3
    +-- SafetyStop              allow it, or leave it: nothing was sent             exit code 4
        +-- OverBudget          a budget or a limit is used up, or cannot be kept
        +-- NoConsent           a machine that nobody has said may be asked

Knows no contract, no file and no provider: an error carries what it was told.
"""

from __future__ import annotations

MAX_WHAT = 2_000  # letters: an error quotes what it was given, which may be a megabyte


class LumakitError(Exception):
    """Something a user can understand and act on."""

    exit_code = 5

    def __init__(self, what: str, *, code: str, where: str = "", hint: str = "") -> None:
        what = what if len(what) <= MAX_WHAT else f"{what[:MAX_WHAT]}..."
        super().__init__(what)
        self.what = what
        self.code = code
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f"\n  try: {self.hint}" if self.hint else ""
        return f"{place}{self.what} [{self.code}]{advice}"


class InputError(LumakitError):
    """What was given cannot be used as it is."""

    exit_code = 2


class UsageError(InputError):
    """A flag, a name or an argument is wrong."""


class DocumentError(InputError):
    """A document cannot be read, or says something impossible."""


class UnknownVersion(DocumentError):
    """A document is not of a kind and version we read."""


class OverlayError(DocumentError):
    """An overlay, or one of its actions, cannot be applied."""


class SurroundingsError(LumakitError):
    """The machine lacks something: a library, a port, room on the disk."""

    exit_code = 3


class SafetyStop(LumakitError):
    """Something was not sent, because nobody has allowed what it may cost."""

    exit_code = 4


class OverBudget(SafetyStop):
    """A budget or a limit is used up, or what counts it cannot be relied on."""


class NoConsent(SafetyStop):
    """A machine is not asked, because nobody has said that it may be."""


def as_given(value: object) -> str:
    """What was given, as an error may quote it: a text or a plain value; of anything else, which may hold a key, the
    type."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return repr(value)
    kind = type(value).__name__
    return f"{'an' if kind[:1] in 'AEIOUaeiou' else 'a'} {kind}"
