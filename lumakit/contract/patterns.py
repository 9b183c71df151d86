"""Regular expressions that come from documents: linear where possible, bounded where not, refused otherwise.

The matching itself is done inside the schema validators, with the options given here; nothing in the house hands a
pattern from a document to Python's own `re`. Knows no schema.
"""

from __future__ import annotations

import enum
import functools
import re
import warnings
from collections.abc import Iterator
from typing import Any

BACKTRACK_LIMIT = 10_000


class Verdict(enum.StrEnum):
    """How a pattern can be matched."""

    LINEAR = "linear"
    BOUNDED = "bounded"
    UNSUPPORTED = "unsupported"


@functools.cache
def judge(pattern: str) -> Verdict:
    """Say how a pattern can be matched: in linear time, with a bound on backtracking, or not at all."""
    import jsonschema_rs

    for options, verdict in ((jsonschema_rs.RegexOptions(), Verdict.LINEAR), (bounded(), Verdict.BOUNDED)):
        try:
            jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=options, offline=True)
        except (jsonschema_rs.ValidationError, ValueError):
            continue
        return verdict
    return Verdict.UNSUPPORTED


def bounded() -> Any:
    """The options every validator is built with: a match gives up after a fixed number of steps back."""
    import jsonschema_rs

    return jsonschema_rs.FancyRegexOptions(backtrack_limit=BACKTRACK_LIMIT)


@functools.cache
def risky(pattern: str) -> bool:
    """True where Python's backtracking engine could hang, or would read the pattern differently."""
    try:
        with warnings.catch_warnings(action="ignore"):
            # Nothing public tells the nesting; whether mypy knows the module hangs on what else it has seen.
            tree = re._parser.parse(pattern)  # type: ignore[attr-defined, unused-ignore]  # noqa: SLF001
    except (re.error, RecursionError, OverflowError):
        return True
    return sum(_repeats(tree, nested=False)) > 1 or judge(pattern) is not Verdict.LINEAR


def _repeats(tree: Any, *, nested: bool) -> Iterator[int]:
    """One for each open-ended repeat, more for each that stands inside another repeat."""
    for operator, argument in tree:
        name = str(operator)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            _, high, inner = argument
            wide = high > 16
            yield 2 if nested and high > 1 else int(wide)
            yield from _repeats(inner, nested=nested or high > 1)
        elif name == "BRANCH":
            for branch in argument[1]:
                yield from _repeats(branch, nested=nested)
        elif name == "SUBPATTERN":
            yield from _repeats(argument[-1], nested=nested)
