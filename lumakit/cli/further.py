"""Further reports of the same run: `--also FORMAT=FILE`, again and again, and a pytest file for findings.

Knows flags and where reports go; what stands in them is written elsewhere.
"""

from __future__ import annotations

import argparse
import difflib
import os
from typing import TYPE_CHECKING

from lumakit.cli import output
from lumakit.model import Severity

if TYPE_CHECKING:
    from lumakit.check.verdict import Verdict

FORMS = ("text", "json", "junit", "sarif", "github", "markdown", "html")


def flags(parser: argparse.ArgumentParser) -> None:
    """--also and --pytest-out"""
    words = f"write a further report of the same run, and may be given again: {', '.join(FORMS)}"
    parser.add_argument("--also", metavar="FORMAT=FILE", type=report, action="append", default=[], help=words)
    words = "write a pytest file with a test for each finding, which fails while the finding stands"
    parser.add_argument("--pytest-out", metavar="FILE", help=words)


def report(text: str) -> tuple[str, str]:
    """A format, and the file it goes to."""
    form, _, path = text.partition("=")
    if form not in FORMS:
        near = difflib.get_close_matches(form, FORMS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(FORMS)}"
        raise argparse.ArgumentTypeError(f"there is no format {form!r}: {hint}")
    if not path:
        raise argparse.ArgumentTypeError(f"write {form}=FILE")
    return form, path


def wanted(options: argparse.Namespace) -> bool:
    """True where something was asked for."""
    return bool(options.also or options.pytest_out)


def made(verdict: Verdict, options: argparse.Namespace, provider: str) -> list[tuple[str, str]]:
    """Each file with its text; `provider` is how the contract was named."""
    if not wanted(options):
        return []
    from lumakit.check.reports import pytest_file, render

    found = [(path, render(verdict, form, fail_on=Severity(options.fail_on))) for form, path in options.also]
    if options.pytest_out:
        spec, specs = (_seen_from(options.pytest_out, name) for name in (provider, options.specs or ""))
        found.append((options.pytest_out, pytest_file(verdict, spec=spec, specs=specs)))
    return found


def _seen_from(file: str, name: str) -> str:
    """A path as it is written from the folder of a file; what is no path is a provider's name."""
    if not name or not os.path.exists(name):
        return name
    return os.path.join(os.curdir, os.path.relpath(name, os.path.dirname(os.path.abspath(file))))


def write(reports: list[tuple[str, str]]) -> None:
    """Write each text into its file."""
    for path, text in reports:
        output.write(text, path)
