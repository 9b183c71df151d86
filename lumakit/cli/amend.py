"""Apply overlays (OpenAPI Overlay 1.0 or 1.1) to a document, in the order given, and print the result.

An action whose target matches nothing is an error: what it was written for has changed. --lenient turns that into a
note.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from lumakit import report
from lumakit.cli import output
from lumakit.contract import document
from lumakit.contract.amend import amend


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags."""
    parser.add_argument("document", metavar="DOCUMENT", help="an OpenAPI (or other) document in YAML or JSON")
    parser.add_argument("overlays", metavar="OVERLAY", nargs="+", help="an overlay document")
    parser.add_argument("--lenient", action="store_true", help="go on where an action's target matches nothing")
    output.output_flags(parser, ["yaml", "json"])


def execute(options: argparse.Namespace) -> int:
    """Amend the document; notes go to standard error."""
    entry = document.read(Path(options.document), options.document)
    overlays = [document.read(Path(name), name) for name in options.overlays]
    amended = amend(entry.data, overlays, lenient=options.lenient)
    if amended.findings:
        sys.stderr.write(report.text(amended.findings))
    as_json = options.format == "json"
    text = (
        json.dumps(amended.document, indent=2, ensure_ascii=False) + "\n"
        if as_json
        else document.dump(amended.document)
    )
    output.write(text, options.output)
    return 0
