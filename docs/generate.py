"""Writes the pages of docs/ that are made from the code: docs/rules.md, from the catalogue. `--check` only compares."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator
from pathlib import Path

from lumakit import catalogue
from lumakit.catalogue import Entry

HERE = Path(__file__).resolve().parent
FAMILIES = {
    "S1": ("Documents", "What `lumakit lint` says of a document and of the pages it was transcribed from."),
    "X2": ("Exchanges", "What is wrong with one request or one response."),
}
SHOWN = {
    "page": "A page",
    "document": "A part of a document",
    "reading": "A part of a document, and of its lifecycle,",
    "overlay": "An overlay",
    "request": "A request",
    "response": "A response",
}


def rules() -> str:
    """The whole page."""
    return "\n".join((*_head(), *_table(), *_sections()))


def _head() -> Iterator[str]:
    yield "# What lumakit finds"
    yield ""
    yield "Made from `lumakit/catalogue.toml` by `docs/generate.py`: edit the catalogue, not this page."
    yield "`lumakit explain CODE` prints the same. The tests run every example: the first makes its rule speak,"
    yield "the second is silent."
    yield ""


def _table() -> Iterator[str]:
    yield "| code | severity | title |"
    yield "|---|---|---|"
    for entry in catalogue.entries().values():
        yield f"| [{entry.code}](#{entry.code.lower()}) | {entry.severity.value} | {entry.title} |"
    yield ""


def _sections() -> Iterator[str]:
    for family, (name, what) in FAMILIES.items():
        yield f"## {name}\n\n{what}\n"
        for entry in catalogue.entries().values():
            if entry.code.startswith(family):
                yield _section(entry)


def _section(entry: Entry) -> str:
    return "\n\n".join(
        (
            f"### {entry.code}",
            f"**{entry.title}** ({entry.severity.value})",
            entry.means,
            f"*Why it matters.* {entry.why}",
            f"*What to do.* {entry.mend}",
            f"{SHOWN[entry.kind]} that makes it speak:",
            _indented(entry.spoiled),
            "The same, mended:",
            _indented(entry.mended) + "\n",
        )
    )


def _indented(example: str) -> str:
    """An example as an indented block: it may hold fences itself."""
    return textwrap.indent(example.strip("\n"), "    ")


def main(arguments: list[str] | None = None) -> int:
    """Write the page, or say that it is not what the code says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a page is not up to date")
    options = parser.parse_args(arguments)
    page, text = HERE / "rules.md", rules()
    if not options.check:
        page.write_text(text, encoding="utf-8")
        return 0
    if page.is_file() and page.read_text(encoding="utf-8") == text:
        return 0
    print(f"{page.name} is not what the catalogue says; run: python docs/generate.py")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
