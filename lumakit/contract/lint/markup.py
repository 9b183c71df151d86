"""Rules on the form a page has lost (S112 to S116): fences, columns, drawn nesting, a frame around it, mixed markup.

Pages are received in many ways, also as text copied from a screen. Knows no document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lumakit.contract.folder import Page
from lumakit.contract.lint.dossier import Dossier
from lumakit.contract.pages import Parts, Sample, Table
from lumakit.model import Finding

_LANGUAGES = frozenset("json bash shell curl http javascript js typescript python php java go ruby csharp dart".split())
_DRAWN = ("└", "├", "│", "┗", "↳", "»")
_FRAME = frozenset(
    ("theme", "copy", "copy page", "skip to content", "on this page", "edit this page", "table of contents", "sign in")
)
_LAMP = re.compile(r"[🟢🔴🟡🟠⚪🔵✅❌]\s*[1-5]\d\d\b")
_MARKUPS = {"{% %}": "{%", "<table>": "<table", "<mark>": "<mark"}


def lost_fences(dossier: Dossier) -> Iterator[Finding]:
    """S112: samples have lost their fences."""
    for page, parts in dossier.parts:
        bare = [sample for sample in parts.samples if not sample.fenced]
        if bare:
            flat = "" if any(map(_indented, bare)) else ", their indentation lost"
            named = sum(_language_above(parts, sample) for sample in bare)
            words = f", {named} with the language as a word above" if named else ""
            message = f"{len(bare)} samples stand without a fence{flat}{words} (lines {_lines(bare)})"
            yield dossier.on_page("S112", page, bare[0].line, message)


def _indented(sample: Sample) -> bool:
    return any(line[:1].isspace() for line in sample.text.splitlines())


def _language_above(parts: Parts, sample: Sample) -> bool:
    return sample.line > 1 and parts.lines[sample.line - 2].strip().lower() in _LANGUAGES


def _lines(samples: list[Sample]) -> str:
    return ", ".join(str(sample.line) for sample in samples)


def empty_columns(dossier: Dossier) -> Iterator[Finding]:
    """S113: A column of a table is empty."""
    for page, parts in dossier.parts:
        for number, table in enumerate(parts.tables, start=1):
            empty = [name for at, name in enumerate(table.header) if _empty(table, at)]
            if len(table.rows) > 1 and empty:
                message = f"no row of the table says anything under {', '.join(empty)}"
                yield dossier.on_page("S113", page, table.line, message, f"table {number}: {', '.join(empty)}")


def _empty(table: Table, column: int) -> bool:
    return not any(len(cells) > column and cells[column] for _, cells in table.rows)


def drawn_tables(dossier: Dossier) -> Iterator[Finding]:
    """S114: A table has lost its form."""
    for page, parts in dossier.parts:
        rows = [(line, cells[0]) for table in parts.tables for line, cells in table.rows]
        drawn = [line for line, first in rows if first.startswith(_DRAWN)]
        yield from _rows(dossier, page, drawn, "draw their nesting into the name")
        ragged = [line for table in parts.tables for line in _ragged(parts, table)]
        yield from _rows(dossier, page, ragged, "lack the bar in front that their header has")


def _rows(dossier: Dossier, page: Page, lines: list[int], what: str) -> Iterator[Finding]:
    if lines:
        places = ", ".join(map(str, lines))
        yield dossier.on_page("S114", page, lines[0], f"{len(lines)} rows of tables {what} (lines {places})", what)


def _ragged(parts: Parts, table: Table) -> list[int]:
    def barred(line: int) -> bool:
        return parts.lines[line - 1].lstrip().startswith("|")

    return [line for line, _ in table.rows if barred(table.line) and not barred(line)]


def frame_of_the_site(dossier: Dossier) -> Iterator[Finding]:
    """S115: the frame of the site stands in the page."""
    for page, parts in dossier.parts:
        texts = {line.strip(): number for number, line in reversed(tuple(_prose(parts)))}  # the first of each counts
        for text, number in sorted(texts.items(), key=lambda each: each[1]):
            if text.lower() in _FRAME or _LAMP.match(text):
                message = f"{text[:40]!r} belongs to the frame of the site, not to the page"
                yield dossier.on_page("S115", page, number, message, text[:40])


def mixed_markup(dossier: Dossier) -> Iterator[Finding]:
    """S116: several markups are mixed."""
    for page, parts in dossier.parts:
        first: dict[str, int] = {}
        for number, line in _prose(parts):
            for name in (name for name, sign in _MARKUPS.items() if sign in line):
                first.setdefault(name, number)
        if len(first) > 1:
            names = ", ".join(f"{name} (line {line})" for name, line in first.items())
            tables = ", beside Markdown tables" if parts.tables else ""
            yield dossier.on_page("S116", page, min(first.values()), f"the page mixes {names}{tables}")


def _prose(parts: Parts) -> Iterator[tuple[int, str]]:
    """The lines outside of samples."""
    code = {sample.line + below for sample in parts.samples for below in range(sample.text.count("\n") + 1)}
    return ((number, line) for number, line in enumerate(parts.lines, start=1) if number not in code)


RULES: dict[str, Any] = {
    "S112": lost_fences,
    "S113": empty_columns,
    "S114": drawn_tables,
    "S115": frame_of_the_site,
    "S116": mixed_markup,
}
