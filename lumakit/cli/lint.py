"""Find what is wrong with OpenAPI documents and with the published pages they come from.

Without a target: every vendored provider. The corrected edition is what we believe; the published one is the page
taken at its word, criticised with its pages.
"""

from __future__ import annotations

import argparse
import os
import sys

from lumakit import report
from lumakit.cli import output
from lumakit.contract import folder
from lumakit.contract.lint import lint
from lumakit.errors import LumakitError
from lumakit.model import Edition, Finding, Severity


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags."""
    parser.add_argument(
        "targets", metavar="TARGET", nargs="*", help="a provider, a provider's folder, or an OpenAPI document"
    )
    output.edition_flag(parser)
    output.specs_flag(parser)
    output.output_flags(parser, list(report.FORMATS))
    weights = [weight.value for weight in Severity]
    parser.add_argument("--fail-on", choices=weights, default="error", help="what makes exit code 1 (default: error)")


def execute(options: argparse.Namespace) -> int:
    """Lint each target and print all findings together; what cannot be read does not hide what can."""
    findings: list[Finding] = []
    unread: list[LumakitError] = []
    for target in options.targets or output.all_providers(options.specs):
        try:
            findings += lint(folder.find(target, options.specs), Edition(options.edition))
        except LumakitError as error:
            unread.append(error)
    if len(unread) == 1 and not findings:
        raise unread[0]
    output.write(_rendered(findings, options), options.output)
    for problem in unread:
        output.complain(problem)
    if unread:
        return unread[0].exit_code
    return int(any(finding.severity.rank <= Severity(options.fail_on).rank for finding in findings))


def _rendered(findings: list[Finding], options: argparse.Namespace) -> str:
    if options.format == "text":
        colour = options.output is None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        return report.text(findings, colour=colour)
    return report.FORMATS[options.format](findings)
