"""TOML from outside: read, or refused with the reason.

Decides what the usual reader leaves to chance: nesting without end, integers of thousands of digits, numbers that no
decimal can hold. Knows no setting, no baseline and no price.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from decimal import DecimalException
from typing import Any


class TomlProblem(ValueError):
    """Why a text is not TOML as we accept it; the reason says where, as far as that is known."""


def loads(text: str, *, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """Read one TOML text."""
    try:
        return tomllib.loads(text, parse_float=parse_float)
    except tomllib.TOMLDecodeError as error:
        raise TomlProblem(str(error)) from None
    except RecursionError:
        raise TomlProblem("it is nested too deeply") from None
    except (ValueError, DecimalException):
        raise TomlProblem("a number is too large") from None
