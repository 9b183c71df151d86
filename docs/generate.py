"""Writes the pages of docs/ that are made from the code: the rules and the second opinion. `--check` only compares."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator
from pathlib import Path

from lumakit import catalogue
from lumakit.catalogue import Entry
from lumakit.contract.second_opinion import EXCEPTIONS

HERE = Path(__file__).resolve().parent
FAMILIES = {
    "S1": ("Documents", "What `lumakit lint` says of a document and of the pages it was transcribed from."),
    "X2": ("Exchanges", "What is wrong with one request or one response."),
    "L3": ("Stories", "What is wrong with what is told of one task, one time after the other."),
    "W4": ("Webhooks", "What is wrong with the webhooks that arrive, and with those that do not."),
}
SHOWN = {
    "page": "A page",
    "document": "A part of a document",
    "reading": "A part of a document, and of its lifecycle,",
    "overlay": "An overlay",
    "request": "A request",
    "response": "A response",
    "story": "An exchange, or several,",
    "explored": "An exchange, where schemathesis asks our mock and is answered so,",
    "opinion": "An exchange, where the other judge has nothing to say,",
    "delivery": "Exchanges and webhooks",
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


def second_opinion() -> str:
    """The page of what openapi-core judges otherwise."""
    rows = "\n".join(f"| {name} | {_cell(reason)} |" for name, reason in EXCEPTIONS.items())
    return f"""# The second opinion

Made from `lumakit/contract/second_opinion.py` by `docs/generate.py`: edit the table there, not this page.

Requests and responses are judged by jsonschema-rs. `lumakit.SecondOpinion(contract)` asks openapi-core the same
questions, and a test holds the two together over generated exchanges, good and spoiled, of every vendored operation.
Where openapi-core is known to judge otherwise, the reason stands here, and a test shows that it is so.

| where | why they differ |
|---|---|
{rows}
"""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


PAGES = {"rules.md": rules, "second-opinion.md": second_opinion}


def main(arguments: list[str] | None = None) -> int:
    """Write the pages, or say which are not what the code says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where a page is not up to date")
    options = parser.parse_args(arguments)
    stale = [name for name, write in PAGES.items() if _differs(HERE / name, write())]
    if not options.check:
        for name in stale:
            (HERE / name).write_text(PAGES[name](), encoding="utf-8")
        return 0
    for name in stale:
        print(f"{name} is not what the code says; run: python docs/generate.py")
    return int(bool(stale))


def _differs(page: Path, text: str) -> bool:
    return not page.is_file() or page.read_text(encoding="utf-8") != text


if __name__ == "__main__":
    raise SystemExit(main())
