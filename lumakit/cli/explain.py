"""Explain a code of the catalogue: what it means, why it matters, how to mend it, and an example. Without a code:
list them.
"""

from __future__ import annotations

import argparse
import json
import textwrap
from dataclasses import asdict

from lumakit import catalogue
from lumakit.catalogue import Entry
from lumakit.cli import output


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags."""
    parser.add_argument("codes", metavar="CODE", nargs="*", help="for example S124")
    output.output_flags(parser, ["text", "json"])


def execute(options: argparse.Namespace) -> int:
    """Print the entries that were asked for."""
    entries = [catalogue.entry(code) for code in options.codes] or list(catalogue.entries().values())
    if options.format == "json":
        text = json.dumps([asdict(entry) for entry in entries], indent=2, ensure_ascii=False) + "\n"
    elif options.codes:
        text = "\n".join(map(_explained, entries))
    else:
        text = "".join(f"{entry.code}  {entry.severity.value:<7}  {entry.title}\n" for entry in entries)
    output.write(text, options.output)
    return 0


def _explained(entry: Entry) -> str:
    told = {"means": entry.means, "matters": entry.why, "mend it": entry.mend}
    shown = {"found in": entry.spoiled, "mended": entry.mended}
    return (
        "\n\n".join(
            (
                f"{entry.code}: {entry.title} ({entry.severity.value})",
                *(_wrapped(f"{head}:", text) for head, text in told.items()),
                *(f"{head}:\n{textwrap.indent(example.strip(), '    ')}" for head, example in shown.items()),
            )
        )
        + "\n"
    )


def _wrapped(head: str, text: str) -> str:
    return textwrap.fill(f"{head:<9}{text}", width=100, subsequent_indent=" " * 9)
