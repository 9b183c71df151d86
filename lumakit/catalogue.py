"""The catalogue of everything that can be found: each code with its title, its weight, what it means, why, and how to
mend it.

The entries are data (`catalogue.toml`), with an example that speaks and one that is silent; both are run by the
tests. Standard library only; knows no rule's code.
"""

from __future__ import annotations

import difflib
import functools
import importlib.resources
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from lumakit.errors import UsageError
from lumakit.model import Finding, Severity


@dataclass(frozen=True, slots=True)
class Entry:
    """One code of the catalogue. `kind` says what the examples are: a page, a document, a reading or an exchange."""

    code: str
    title: str
    severity: Severity
    means: str
    why: str
    mend: str
    kind: str
    spoiled: str
    mended: str


@functools.cache
def entries() -> Mapping[str, Entry]:
    """Every entry by its code, in order."""
    text = importlib.resources.files("lumakit").joinpath("catalogue.toml").read_text(encoding="utf-8")
    raw = tomllib.loads(text)
    return MappingProxyType({code: _entry(code, raw[code]) for code in sorted(raw)})


def _entry(code: str, raw: dict[str, Any]) -> Entry:
    return Entry(code=code, severity=Severity(raw.pop("severity")), **raw)


def entry(code: str) -> Entry:
    """The entry of a code."""
    found = entries().get(code.upper())
    if found is None:
        alike = [each for each in entries() if each.startswith(code.upper()[:3])]
        near = difflib.get_close_matches(code.upper(), alike, n=3)
        hint = f"did you mean {', '.join(near)}?" if near else "`lumakit explain` lists them all"
        raise UsageError(f"the catalogue has no code {code!r}", code="code_not_found", hint=hint)
    return found


def finding(code: str, **details: Any) -> Finding:
    """A finding that weighs what its entry says."""
    return Finding(code=code, severity=entries()[code].severity, **details)
