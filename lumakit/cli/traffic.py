"""Judge recorded traffic: HAR of browsers and proxies, JSON lines of ours, cassettes of VCR.

Each exchange goes to the provider whose documented host it went to, or to the one that a flag says; the tasks in it are
followed from poll to poll. What is for nobody is counted and told.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from lumakit import report
from lumakit.cli import further, judging, output
from lumakit.contract.compile import Contract
from lumakit.contract.entrance import load
from lumakit.errors import UsageError
from lumakit.model import Severity

if TYPE_CHECKING:
    from lumakit.check.shares import Door, Share, Shares
    from lumakit.check.verdict import Verdict

MAX_HOSTS = 5  # that are named of those that are for nobody


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags."""
    add = parser.add_argument
    add("files", metavar="FILE", nargs="*", help="a HAR, JSON lines of ours, or a cassette; - is standard input")
    add("--stdin", action="store_true", help="read standard input too")
    words = "only this one: a provider, a provider's folder, or a document; by itself it takes whatever host was asked"
    add("--provider", metavar="NAME", help=words)
    add("--map", metavar="HOST=NAME", action="append", default=[], help="this host, or host:port, is that provider's")
    words = "what begins with this address is that provider's, and its paths begin behind it"
    add("--base-url", metavar="URL=NAME", action="append", default=[], help=words)
    judging.flags(parser)
    output.output_flags(parser, judging.FORMS)


def execute(options: argparse.Namespace) -> int:
    """Read, share out, judge and print."""
    from lumakit.check import recorded
    from lumakit.check.shares import share_out

    judging.check_baseline(options)
    doors = _doors(options)
    called = _contracts(options, doors)
    doors = [replace(door, provider=called[door.provider].name) for door in doors]
    contracts = {each.name: each for each in called.values()}
    stdin = options.stdin or "-" in options.files
    files = [each for each in options.files if each != "-"]
    recordings = recorded.read(files, sys.stdin.buffer.read if stdin else None)
    found = share_out(recordings, contracts, doors, only=options.provider is not None)
    if not found.shares:
        raise _nothing(found, options)
    if len(found.shares) > 1 and (options.format != "text" or further.wanted(options)):
        names = ", ".join(each.contract.name for each in found.shares)
        told = options.format if options.format != "text" else "a further report"
        what = f"the traffic is of {len(found.shares)} providers ({names}), and {told} tells of one"
        raise UsageError(what, code="several_providers", hint="--provider NAME")
    flags = {each.name: flag for flag, each in called.items()}
    made = [_verdict(each, found, flags[each.contract.name], options) for each in found.shares]
    verdicts = judging.settled(made, options)
    form, to_file = options.format, options.output is not None
    shown = [judging.shown(each, form, to_file=to_file, fail_on=options.fail_on) for each in verdicts]
    output.write("\n".join(shown), options.output)
    if len(verdicts) == 1:
        further.write(further.made(verdicts[0], options, flags[verdicts[0].provider]))
    codes = [each.exit_code(Severity(options.fail_on)) for each in verdicts]
    return 1 if 1 in codes else max(codes)


def _doors(options: argparse.Namespace) -> list[Door]:
    from lumakit.check.shares import based, mapped

    return [*map(mapped, options.map), *map(based, options.base_url)]


def _contracts(options: argparse.Namespace, doors: list[Door]) -> Mapping[str, Contract]:
    """The contracts that traffic may be for, by the names that flags give them."""
    named = [options.provider] if options.provider else [*output.all_providers(options.specs)]
    strangers = [door.provider for door in doors if door.provider not in named]
    if strangers and options.provider:
        what = f"{strangers[0]!r} is mapped, and only {options.provider} is wanted"
        raise UsageError(what, code="bad_map", hint="leave --provider out")
    return {name: load(name, options.edition, options.specs) for name in dict.fromkeys((*named, *strangers))}


def _verdict(share: Share, found: Shares, name: str, options: argparse.Namespace) -> Verdict:
    beside = judging.other(share.contract, name, options.specs)
    verdict = judging.verdict(
        share.contract, share.traffic, beside, share.traffic.source, second_opinion=options.second_opinion
    )
    return replace(verdict, phases={**verdict.phases, **_told(share, found)})


def _told(share: Share, found: Shares) -> Mapping[str, str]:
    """What was read, and what was not judged."""
    told = {"read": judging.counted(share.traffic)}
    if share.keyless:
        told["keys"] = "not judged: no request shows one, so the recorder has left them out"
    if found.others:
        told["left out"] = f"{sum(found.others.values())} for others: {_hosts(found.others)}"
    if found.skipped:
        told["no HTTP"] = judging.plural(found.skipped, "entry", "entries")
    return told


def _hosts(others: Mapping[str, int]) -> str:
    often = sorted(others, key=lambda host: -others[host])
    more = f" and {len(often) - MAX_HOSTS} more" if len(often) > MAX_HOSTS else ""
    return ", ".join(f"{host[:100]} ({others[host]})" for host in often[:MAX_HOSTS]) + more


def _nothing(found: Shares, options: argparse.Namespace) -> UsageError:
    """Nothing was judged, which is not nothing found."""
    if not found.others:
        return UsageError("there is no exchange in it", code="nothing_checked", hint="record some traffic first")
    whom = options.provider or "any provider"
    host = next(iter(found.others))
    number = judging.plural(sum(found.others.values()), "exchange")
    what = f"nothing in it is for {whom}: {number} went to {_hosts(found.others)}"
    hint = f"--map {host}=NAME, or --provider NAME"
    return UsageError(report.printable(what), code="nothing_checked", hint=report.printable(hint))
