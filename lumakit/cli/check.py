"""Does an endpoint keep its contract? Ask it, phase by phase, follow its tasks to the end, and judge what came back.

TARGET is `mock`, a mock in this process, or an address. Another machine than this one is asked nothing without --live,
and nothing that may cost without --budget.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lumakit.cli import deliveries, further, judging, keys, money, output, terminal, values
from lumakit.errors import LumakitError, UsageError
from lumakit.model import Severity

if TYPE_CHECKING:
    from lumakit.check.run import Run
    from lumakit.check.verdict import Verdict

PHASES = ("documents", "free", "invalid", "examples", "explore", "lifecycle", "webhooks")
INTERRUPTED = 130


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags."""
    add = parser.add_argument
    add("target", metavar="TARGET", help="`mock`, or an address such as http://127.0.0.1:4010")
    words = "by whose contract: a provider, or a provider's folder; a mock without one is every provider in turn"
    add("--provider", metavar="NAME", help=words)
    add("--spec", metavar="FILE", help="an OpenAPI document of your own instead of a provider")
    add("--phases", type=phases, default=(), metavar="NAMES", help=f"only these: {', '.join(PHASES)}")
    add("--skip-phases", type=phases, default=(), metavar="NAMES", help="all but these")
    judging.flags(parser)
    output.output_flags(parser, judging.FORMS)
    words = "what chance is drawn from: the same seed, the same requests (default: 0)"
    add("--seed", default="0", help=words)
    add("--own", action="store_true", help="it is your own: anything may be asked, also what nobody would send")
    keys.flags(parser)
    add("--second-key-env", metavar="NAME", help="a variable with somebody else's key, which should see nothing")
    money.flags(parser)
    _plan(parser)
    _hooks(parser)
    _mock(parser)


def _plan(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--dry-run", action="store_true", help="print what would be asked and what it could cost, and ask nothing")
    add("--yes", action="store_true", help="do not ask at a terminal whether the plan may be carried out")
    words = "how long a task is waited for (default: 900)"
    add("--wait", type=values.seconds, default=900.0, metavar="SECONDS", help=words)
    words = "how often a task is looked at (default: ten times in its shortest life)"
    add("--every", type=values.seconds, metavar="SECONDS", help=words)


def _hooks(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("webhooks").add_argument
    words = "the address at which a tunnel leads to this machine; without one only a target on this machine can call"
    add("--webhook-url", type=values.address, metavar="URL", help=words)
    words = "the port where webhooks are listened for, to which a tunnel leads (default: any that is free)"
    add("--listen-port", dest="hook_port", type=values.port, default=0, metavar="PORT", help=words)
    add(
        "--webhook-secret-file",
        metavar="FILE",
        help="a file with the secrets that webhooks are signed with, one a line",
    )
    deliveries.secret_flag(parser)


def _mock(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("the mock").add_argument
    add(
        "--scenario",
        action="append",
        default=[],
        metavar="SCENARIO",
        help="what becomes of its tasks (default: success)",
    )
    add(
        "--fault", action="append", default=[], metavar="FAULT", help="what goes wrong on purpose, as of `lumakit mock`"
    )


def phases(text: str) -> tuple[str, ...]:
    """Names of phases, between commas."""
    named = tuple(name.strip() for name in text.split(",") if name.strip())
    unknown = [name for name in named if name not in PHASES]
    if unknown or not named:
        what = f"there is no phase {unknown[0]!r}" if unknown else "no phase is named"
        raise argparse.ArgumentTypeError(f"{what}: {', '.join(PHASES)}")
    return named


def execute(options: argparse.Namespace) -> int:
    """Check each provider that is meant, and report."""
    from lumakit.cli import checking

    names = _names(options)
    _refuse_contradictions(options, names)
    verdicts: list[Verdict] = []
    interrupted = False
    for name in names:
        with checking.prepared(name, options, os.environ) as run:
            if options.dry_run:
                output.write(checking.plan(run, options), options.output)
                continue
            _confirm(run, options)
            if options.target != "mock":  # that one is asked in seconds
                run.say = Progress(terminal.here())
            verdict = run.verdict()
            verdicts.append(verdict)
            if interrupted := run.interrupted:
                break
            checking.refuse_nothing(verdict)
    return 0 if options.dry_run else _report(verdicts, names, options, interrupted=interrupted)


def _names(options: argparse.Namespace) -> Sequence[str]:
    if options.provider and options.spec:
        raise UsageError("--provider and --spec contradict", code="usage", hint="leave one of them out")
    if options.target != "mock" and "://" not in options.target:
        hint = "mock, or http://127.0.0.1:4010; --provider NAME says whose contract it is"
        raise UsageError(f"{options.target!r:.80} is neither `mock` nor an address", code="target", hint=hint)
    named = options.provider or options.spec
    if named:
        return (named,)
    if options.target != "mock":
        hint = f"--provider {' or '.join(output.all_providers(options.specs))}, or --spec FILE"
        raise UsageError("whose contract is it to keep?", code="no_provider", hint=hint)
    return output.all_providers(options.specs)


def _refuse_contradictions(options: argparse.Namespace, names: Sequence[str]) -> None:
    judging.check_baseline(options)
    if options.webhook_url and not options.hook_port:
        what = "--webhook-url says where a tunnel begins, and nothing where it ends"
        raise UsageError(what, code="usage", hint="--listen-port 4013, and the tunnel leads there")
    if len(names) > 1 and (options.format != "text" or further.wanted(options)):
        told = options.format if options.format != "text" else "a further report"
        what = f"there are {len(names)} providers ({', '.join(names)}), and {told} tells of one"
        raise UsageError(what, code="several_providers", hint="--provider NAME")
    wanted = set(options.phases or PHASES) - set(options.skip_phases)
    if not wanted:
        raise UsageError("no phase is left", code="nothing_checked", hint="name one in --phases")


def _confirm(run: Run, options: argparse.Namespace) -> None:
    """At a terminal, what may cost is agreed to."""
    from lumakit.cli import checking

    costly = run.choices.careful and any(each.paid for each in run.planned())
    if not costly or options.yes or not sys.stdin.isatty():
        return
    print(checking.plan(run, options), file=sys.stderr)
    print("go on? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise NotAgreed("nothing was asked", code="not_agreed", hint="--yes, or fewer phases")


class Progress:
    """Says how far a run is, beside what it prints: a line a phase, begun at a terminal while it lasts."""

    def __init__(self, where: terminal.Terminal) -> None:
        self._where = where

    def __call__(self, phase: str, told: str) -> None:
        """A phase begins, or has ended."""
        begun = f"{phase}: asking ..."
        if told:
            again = f"\r{' ' * len(begun)}\r" if self._where.draws else ""
            self._where.whisper(f"{again}{phase}: {told}\n")
        elif self._where.draws:
            self._where.whisper(begun)


class NotAgreed(LumakitError):
    """The plan was not agreed to."""

    exit_code = 4


def _report(found: list[Verdict], names: Sequence[str], options: argparse.Namespace, *, interrupted: bool) -> int:
    verdicts = judging.settled(found, options)
    form, to_file = options.format, options.output is not None
    shown = [judging.shown(each, form, to_file=to_file, fail_on=options.fail_on) for each in verdicts]
    output.write("\n".join(shown), options.output)
    if len(verdicts) == 1:
        further.write(further.made(verdicts[0], options, names[0]))
    if interrupted:
        return INTERRUPTED
    codes = [each.exit_code(Severity(options.fail_on)) for each in verdicts]
    return 1 if 1 in codes else max(codes)
