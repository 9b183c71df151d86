"""What is known already: findings that a file lists fail nothing, and what the file lists and nobody meets is told.

A finding is known by its code, its operation, its edition, what it is about and where in the body it stands, with `*`
for the number of an element. Its text and the lines of documents do not count, so that edits leave it known. Reads and
writes texts; the porch does that with files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from lumakit import stricttoml
from lumakit.check.identity import fingerprint, lacking, place
from lumakit.check.verdict import Judged, Verdict
from lumakit.errors import DocumentError
from lumakit.model import Finding

VERSION = 1
_HEAD = """\
# Findings that are known. They are told, and fail nothing. Written by `lumakit ... --update-baseline`; lines may be
# taken out by hand. Only the fingerprint counts: the rest is for readers.
lumakit_baseline = 1
"""
_HINT = "write it anew with --update-baseline"
_PRINT = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Known:
    """A line of a baseline: the fingerprint, and in words what it stands for."""

    fingerprint: str
    told: str = ""


def read(text: str, name: str) -> tuple[Known, ...]:
    """The lines of a baseline."""
    try:
        data = stricttoml.loads(text)
    except stricttoml.TomlProblem as error:
        raise DocumentError(
            f"the baseline cannot be read: {error}", code="baseline_toml", where=name, hint=_HINT
        ) from None
    if data.get("lumakit_baseline") != VERSION:
        what = f"this is no baseline: `lumakit_baseline = {VERSION}` is missing"
        raise DocumentError(what, code="baseline_version", where=name, hint=_HINT)
    lines = data.get("known", [])
    if not isinstance(lines, list):
        raise DocumentError("`known` is no list of tables", code="baseline_form", where=name, hint=_HINT)
    return tuple(_known(line, number, name) for number, line in enumerate(lines, 1))


def _known(line: Any, number: int, name: str) -> Known:
    given = line.get("fingerprint") if isinstance(line, dict) else None
    if not isinstance(given, str) or not _PRINT.fullmatch(given):
        what = f"entry {number} has no fingerprint of 16 hexadecimal digits"
        raise DocumentError(what, code="baseline_form", where=name, hint=_HINT)
    told = (str(line[key]) for key in ("code", "where", "subject", "pointer") if line.get(key))
    return Known(given, " ".join(told))


def written(judged: Iterable[Judged]) -> str:
    """The text of a baseline that knows these findings: sorted, each once, the same for the same findings."""
    found = {fingerprint(each.finding): each.finding for each in sorted(judged, key=_order, reverse=True)}
    tables = [_table(print_, finding) for print_, finding in sorted(found.items(), key=lambda pair: _key(*pair))]
    return "\n".join([_HEAD, *tables])


def _order(judged: Judged) -> tuple[str, ...]:
    return _key(fingerprint(judged.finding), judged.finding)


def _key(print_: str, finding: Finding) -> tuple[str, ...]:
    return (finding.code, finding.where, finding.subject, place(finding), print_, finding.message)


def _table(print_: str, finding: Finding) -> str:
    rows = {
        "fingerprint": print_,
        "code": finding.code,
        "where": finding.where,
        "subject": finding.subject,
        "pointer": place(finding),
        "edition": finding.edition.value if finding.edition else "",
        "missing": lacking(finding),
    }
    return "[[known]]\n" + "".join(f"{key} = {_quoted(value)}\n" for key, value in rows.items() if value)


def _quoted(text: str) -> str:
    """A text as TOML spells it: as JSON does, but for DEL, and without halves of letters."""
    return json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False).replace("\x7f", "\\u007f")


def applied(verdict: Verdict, baseline: Iterable[Known]) -> Verdict:
    """The verdict with what is known set aside, and with what is known and was not met told."""
    known = tuple(baseline)
    prints = {each.fingerprint for each in known}
    met = [(each, fingerprint(each.finding)) for each in verdict.judged]
    seen = {print_ for _, print_ in met}
    stale = tuple(f"{each.fingerprint} {each.told}".strip() for each in known if each.fingerprint not in seen)
    return replace(
        verdict,
        judged=tuple(each for each, print_ in met if print_ not in prints),
        known=tuple(each for each, print_ in met if print_ in prints),
        stale=stale,
    )
