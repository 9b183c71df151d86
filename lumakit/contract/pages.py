"""Published Markdown taken apart: the documents, samples, tables and addresses in it, each with its line.

Reads well-made Markdown and flattened pages alike (fences and headings lost). Does not judge what it finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lumakit.contract.document import Document, Mending, parse_mending
from lumakit.contract.folder import Page
from lumakit.errors import DocumentError

_FENCE = re.compile(r"\s*+```\s*+([\w#+-]*+)\s*+$")
_BAR = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"\s*:?-+:?\s*")
_BARE_START = re.compile(r"\{\s*(?:$|[\"}]|//)")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"?')
_METHOD = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE)\b")
_URL = re.compile(r"https?://[^\s'\"`)<>,\\]+")
_SECTION = re.compile(
    r"^(?:#+\s*|\*\*)?((?:Request |Path |Query |Header )?(?:Headers|Body|Response|Parameters))(?:\*\*)?$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Sample:
    """A block of code or JSON: its language ('json' for a bare block of a flattened page), its text, its first line."""

    language: str
    text: str
    line: int
    fenced: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its header and its rows, each row with its line."""

    line: int
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An operation the page announces: method and full address."""

    method: str
    url: str
    line: int


@dataclass(frozen=True, slots=True)
class Parts:
    """What a page is made of."""

    lines: tuple[str, ...]
    samples: tuple[Sample, ...]
    tables: tuple[Table, ...]
    endpoints: tuple[Endpoint, ...]
    urls: tuple[tuple[str, int], ...]
    sections: tuple[tuple[str, int], ...]


def take_apart(text: str) -> Parts:
    """The parts of a page."""
    lines = tuple(text.splitlines())
    fenced = tuple(_fenced(lines))
    return Parts(
        lines=lines,
        samples=fenced or tuple(_bare(lines)),
        tables=tuple(_tables(lines, fenced)),
        endpoints=tuple(_endpoints(lines)),
        urls=tuple((match.group(), number) for number, line in _numbered(lines) for match in _URL.finditer(line)),
        sections=tuple(
            (match[1], number) for number, line in _numbered(lines) if (match := _SECTION.match(line.strip()))
        ),
    )


def _numbered(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    return enumerate(lines, start=1)


def _fenced(lines: Sequence[str]) -> Iterator[Sample]:
    language, start = "", 0
    for number, line in _numbered(lines):
        fence = _FENCE.match(line)
        if not fence:
            continue
        if start:
            yield Sample(language, "\n".join(lines[start : number - 1]), start + 1)
            start = 0
        else:
            language, start = fence[1].lower(), number


def _bare(lines: Sequence[str]) -> Iterator[Sample]:
    """Blocks in braces that begin a line of a flattened page, with the comment lines right above them."""
    number = 0
    while number < len(lines):
        if not _BARE_START.match(lines[number]):
            number += 1
            continue
        end = _closing(lines, number)
        first = number
        while first and lines[first - 1].startswith("//"):
            first -= 1
        yield Sample("json", "\n".join((*lines[first:end], _cut(lines[end]))), first + 1, fenced=False)
        number = end + 1


def _closing(lines: Sequence[str], start: int) -> int:
    depth = 0
    for index in range(start, len(lines)):
        bare = _QUOTED.sub("", lines[index])
        depth += bare.count("{") - bare.count("}")
        if depth <= 0:
            return index
    return len(lines) - 1


def _cut(line: str) -> str:
    """A closing line without the text that is glued to it."""
    return re.sub(r"^([}\]]+)['\"]?[A-Za-z].*$", r"\1", line)


def _tables(lines: Sequence[str], fenced: Sequence[Sample]) -> Iterator[Table]:
    code = {sample.line + below for sample in fenced for below in range(sample.text.count("\n") + 1)}
    number = 1
    while number < len(lines):
        number += 1
        if number not in code and _separates(lines[number - 1]) and "|" in lines[number - 2]:
            rows = tuple(_rows(lines, number + 1))
            yield Table(number - 1, _cells(lines[number - 2]), rows)
            number += len(rows)


def _rows(lines: Sequence[str], number: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    while number <= len(lines) and "|" in lines[number - 1]:
        yield number, _cells(lines[number - 1])
        number += 1


def _separates(line: str) -> bool:
    """True for the line of dashes under the header of a table."""
    cells = line.strip().removeprefix("|").removesuffix("|").split("|")
    return "|" in line and all(map(_RULE.fullmatch, cells))


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in _BAR.split(line.strip().removeprefix("|").removesuffix("|")))


def _endpoints(lines: Sequence[str]) -> Iterator[Endpoint]:
    for number, line in _numbered(lines):
        method = _METHOD.search(line)
        url = _URL.search(line)
        alone = method is not None and line.strip() == method.group()
        if alone and number < len(lines):
            url = _URL.match(lines[number])
        if method and url and (alone or line.index(method.group()) < line.index(url.group())) and _announces(line):
            yield Endpoint(method.group(), url.group(), number + alone)


def _announces(line: str) -> bool:
    """True for a line that is nothing but a method, markup and an address."""
    bare = re.sub(r"<[^<>]*>|[`*#]", " ", _URL.sub(" ", line))
    return bare.split() in (["GET"], ["POST"], ["PUT"], ["PATCH"], ["DELETE"])


# --- documents inside pages -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Embedded:
    """An OpenAPI document found in a page, as mended, and the repairs in lines of the page."""

    page: str
    line: int
    document: Document
    mended: tuple[Mending, ...]


def embedded(page: Page) -> Iterator[Embedded]:
    """The OpenAPI documents a page carries."""
    for sample in take_apart(page.text).samples:
        if sample.language in ("yaml", "yml", "json") and re.match(r"\s*(?:openapi:|\{\s*\"openapi\")", sample.text):
            document, mended = parse_mending(sample.text + "\n", page.name)
            shifted = tuple(replace(each, line=each.line + sample.line - 1) for each in mended)
            yield Embedded(page.name, sample.line, document, shifted)


def transcribe(pages: Sequence[Page]) -> dict[str, Any]:
    """The documents of all pages as one: the same head, the paths united."""
    merged: dict[str, Any] = {}
    for found in (each for page in pages for each in embedded(page)):
        data = dict(found.document.data)
        paths = data.pop("paths", None) or {}
        if not isinstance(paths, dict):
            where, hint = found.document.place("/paths"), "each path with its operations"
            raise DocumentError("a mapping is needed at /paths", code="spec_shape", where=where, hint=hint)
        head = {key: value for key, value in merged.items() if key != "paths"}
        if merged and (head != data or merged["paths"].keys() & paths.keys()):
            raise DocumentError(
                "the documents of the pages cannot be united",
                code="pages_differ",
                where=found.page,
                hint="their heads must be equal and their paths different",
            )
        merged = {**data, "paths": {**merged.get("paths", {}), **paths}}
    return merged
