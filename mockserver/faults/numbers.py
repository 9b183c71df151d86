"""Numbers and words of a fault: how they are said, and whether they can be meant.

What cannot is a `UsageError` that says what it should have been. Knows no fault.
"""

from __future__ import annotations

import math
import re

from lumakit.errors import UsageError

MAX_NUMBER = 10**9
_BARE = re.compile(r'[^\s"]+')


def wrong(what: str, hint: str) -> UsageError:
    """What is said of a fault that cannot be one."""
    return UsageError(what, code="fault_invalid", hint=hint)


def said(number: float) -> str:
    """A number as a person writes it."""
    return str(int(number)) if number == int(number) else repr(float(number))


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th ..."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def quoted(text: str) -> str:
    """A text as one word."""
    if _BARE.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def number(value: object, low: float, high: float, what: str, unit: str) -> None:
    """A number in these bounds."""
    fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not fits or not low <= value <= high:  # type: ignore[operator]  # it is a number here
        raise wrong(f"{what} cannot be {shown(value)}", f"{unit}, from {said(low)} to {said(high)}")


def whole(value: object, low: int, high: int, what: str) -> None:
    """A whole number in these bounds."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise wrong(f"{what} cannot be {shown(value)}", f"a whole number from {low} to {high}")


def flags(*values: object) -> None:
    """True or false, and nothing that is as good as that."""
    if not all(isinstance(value, bool) for value in values):
        raise wrong("`sliding` and `in_all` are true or false", "leave them out where they are not meant")


def text(value: object, what: str) -> None:
    """A short text."""
    if not isinstance(value, str) or len(value) > 200 or not value.isprintable():
        raise wrong(f"{what} cannot be {shown(value)}", "up to 200 printable characters")


def is_text(value: object, pattern: re.Pattern[str]) -> bool:
    """True for a text of this form, whatever was given."""
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def shown(value: object) -> str:
    """What was given, as it may stand in a message."""
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
