"""What makes two findings the same: all but their words, their lines, and the numbers of elements of a list.

Two members that are missing at one place are two faults, though a pointer leads to neither: their names are read from
the words. Knows findings, and not who compares them.
"""

from __future__ import annotations

import hashlib
import re

from lumakit.model import Finding

_INDEX = re.compile(r"/[0-9]+(?=/|$)")
_MISSING = re.compile(r'"((?:[^"\\]|\\.)*)" is a required property')
_INNER = re.compile(r"(?:says |; )(/[^\s:;]*): ")


def fingerprint(finding: Finding) -> str:
    """What a finding is known by, whatever its text, its line and the number of the element it was met in."""
    told = (*identity(finding), finding.edition.value if finding.edition else "")
    return hashlib.sha256("\0".join(told).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def identity(finding: Finding) -> tuple[str, ...]:
    """What two findings of one edition have in common, where they are the same."""
    return finding.code, finding.where, finding.subject, place(finding), lacking(finding)


def place(finding: Finding) -> str:
    """The place of a finding with `*` for every number."""
    return _INDEX.sub("/*", finding.pointer)


def lacking(finding: Finding) -> str:
    """The members that are missing, and the places inside that alternatives are refused for."""
    inner = (_INDEX.sub("/*", each) for each in _INNER.findall(finding.message))
    return ", ".join(dict.fromkeys((*_MISSING.findall(finding.message), *inner)))
