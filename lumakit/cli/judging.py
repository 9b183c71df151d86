"""What the commands that judge traffic share: their flags, who judges, what is known, how a verdict is shown."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lumakit.cli import further, output
from lumakit.contract.compile import Contract
from lumakit.contract.entrance import load
from lumakit.errors import DocumentError, UsageError
from lumakit.model import Edition, Exchange, Severity

if TYPE_CHECKING:
    from lumakit.check.traffic import Traffic
    from lumakit.check.verdict import Judged, Verdict

FORMS = further.FORMS


def flags(parser: argparse.ArgumentParser) -> None:
    """The flags of judging."""
    output.edition_flag(parser)
    output.specs_flag(parser)
    weights = [weight.value for weight in Severity]
    add = parser.add_argument
    add("--fail-on", choices=weights, default="error", help="what makes exit code 1 (default: error)")
    add("--second-opinion", action="store_true", help="have openapi-core judge too, and tell where it disagrees")
    add("--baseline", metavar="FILE", help="findings that are known: they are told, and fail nothing")
    add("--update-baseline", action="store_true", help="write what is found into the baseline, and fail nothing")
    further.flags(parser)


def other(contract: Contract, name: str, specs: str | None) -> Contract | None:
    """The same contract in its other edition, where there are two."""
    if not contract.actions:
        return None
    edition = Edition.PUBLISHED if contract.edition is Edition.CORRECTED else Edition.CORRECTED
    return load(name, edition, specs)


def verdict(
    contract: Contract, traffic: Traffic, beside: Contract | None, target: str, *, second_opinion: bool = False
) -> Verdict:
    """What comes of traffic: judged, with what of the contract was met, and what it says of the corrections."""
    from lumakit.check.judge import judge
    from lumakit.check.whole import whole

    found = judge(contract, traffic, beside=beside, second_opinion=second_opinion, target=target)
    return whole(found, contract, beside)


def live(contract: Contract, seen: Exchange) -> tuple[Judged, ...]:
    """What one exchange alone says; what rests on others is told at the end.

    That a path is not documented is such a thing: another answer may have named it as the address of a result.
    """
    from lumakit.check.judge import judge
    from lumakit.check.traffic import Traffic

    judged = judge(contract, Traffic((seen,))).judged
    return tuple(each for each in judged if each.finding.code.startswith("X") and each.finding.code != "X221")


# --- what is known already -------------------------------------------------------------------------------------------


def check_baseline(options: argparse.Namespace) -> None:
    """Refuse flags that say nothing together, before anything is done."""
    if options.update_baseline and not options.baseline:
        raise UsageError("there is no baseline to update", code="usage", hint="--baseline FILE --update-baseline")
    if options.baseline and not options.update_baseline:
        _baseline(options.baseline)


def settled(found: list[Verdict], options: argparse.Namespace) -> list[Verdict]:
    """Verdicts without what is known already, which is written down first where that is asked for."""
    if not options.baseline:
        return found
    from lumakit.check import baseline

    if options.update_baseline:
        text = baseline.written(each for verdict in found for each in verdict.judged)
        output.write(text, options.baseline)
    else:
        text = _baseline(options.baseline)
    known = baseline.read(text, options.baseline)
    return [baseline.applied(each, known) for each in found]


def _baseline(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        hint = "write it with --update-baseline"
        raise DocumentError(f"cannot be read: {why}", code="baseline_unreadable", where=path, hint=hint) from None


# --- how it is shown -------------------------------------------------------------------------------------------------


def shown(found: Verdict, form: str, *, to_file: bool, fail_on: str) -> str:
    """A verdict in one of the forms."""
    from lumakit.check.reports import render

    colour = not to_file and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return render(found, form, colour=colour, fail_on=Severity(fail_on))


def counted(traffic: Traffic) -> str:
    """How much was seen, in words."""
    parts = [plural(len(traffic.exchanges), "exchange")]
    parts += [plural(len(traffic.unanswered), "request") + " without an answer"] if traffic.unanswered else []
    parts += [plural(len(traffic.arrivals), "webhook")] if traffic.arrivals else []
    return ", ".join(parts)


def plural(number: int, one: str, many: str = "") -> str:
    """A number of things."""
    return f"{number} {one if number == 1 else many or one + 's'}"
