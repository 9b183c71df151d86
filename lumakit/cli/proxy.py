"""Stand between a client and a provider: pass everything on untouched, judge it as it passes, and record it.

The client is pointed at the address that is printed instead of the provider's. Ctrl-C ends it; then the whole is judged
once more, with every task from its submit to its end, and reported.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lumakit import report
from lumakit.cli import further, judging, output, values
from lumakit.clock import SystemClock
from lumakit.contract.compile import Contract
from lumakit.contract.entrance import load
from lumakit.errors import LumakitError, SafetyStop, UsageError
from lumakit.model import Exchange, Severity

if TYPE_CHECKING:
    from lumakit.check.desk import Desk
    from lumakit.check.relay import Relay
    from lumakit.check.traffic import Traffic
    from lumakit.check.verdict import Judged, Verdict
    from lumakit.egress.passing import Passage

PORT = 4012  # the mock's and the listener's are before it
LINES = ".jsonl"


def configure(parser: argparse.ArgumentParser) -> None:
    """The flags."""
    add = parser.add_argument
    add("upstream", metavar="UPSTREAM", help="where everything goes, such as https://api.acme.com")
    words = "by whose contract it is judged: a provider, a provider's folder, or a document"
    add("--provider", metavar="NAME", required=True, help=words)
    words = f"0 takes any that is free, and prints it (default: {PORT})"
    add("-p", "--port", dest="proxy_port", type=values.port, default=PORT, help=words)
    words = "another machine than this one is asked only where it is named here"
    add("--live", metavar="HOST", help=words)
    words = f"record to this file: HAR, or JSON lines where it ends in {LINES}; it holds no secrets"
    add("-o", "--record", metavar="FILE", help=words)
    add("--format", choices=judging.FORMS, default="text", help="of the report (default: text)")
    add("--report", metavar="FILE", help="write the report to a file instead of standard output")
    judging.flags(parser)


def execute(options: argparse.Namespace) -> int:
    """Pass on and judge until a signal comes; then report."""
    from lumakit.check.desk import Desk
    from lumakit.check.traffic import Traffic
    from mockserver.live import serve

    judging.check_baseline(options)
    contract = load(options.provider, options.edition, options.specs)
    doors: list[tuple[str, int]] = []
    passage, origin, base = upstream(options.upstream, options.live, doors)
    if options.record:
        output.write(recorded(Traffic(), contract, base, options.record), options.record, private=True)
    told = sys.stdout if options.format == "text" or options.report else sys.stderr

    def tell(seen: Exchange, judged: Judged) -> None:
        print(_line(seen, judged), file=told, flush=True)

    def ready(url: str) -> None:
        host, _, port = url.removeprefix("http://").rpartition(":")
        doors.append((host, int(port)))
        print("\n".join(_greeting(url, contract, options)), file=told, flush=True)

    with Desk(contract, base, origin + base, lambda seen: judging.live(contract, seen), tell) as desk:
        serve(relay(passage, origin, base, desk), port=options.proxy_port, on_ready=ready)
    return _end(desk, contract, base, options)


def upstream(
    address: str, live: str | None = None, doors: Collection[tuple[str, int]] = ()
) -> tuple[Passage, str, str]:
    """The way to an upstream, its origin, and the path in front; refused where nobody has agreed that it is asked.

    `doors` are the proxy's own, through which it would ask itself for ever.
    """
    from lumakit.check.consent import consent
    from lumakit.egress.passing import Passage

    agreed = consent(address, live)
    if agreed.live and not agreed.origin.startswith("https:"):
        what = f"{agreed.host} is another machine, and would be sent keys that everybody on the way can read"
        hint = f"https://{agreed.origin.partition('://')[2]}{agreed.base}"
        raise UsageError(what, code="not_https", where="UPSTREAM", hint=hint)
    return Passage(agreed.origin, agreed.policy, own=doors), agreed.origin, agreed.base


def relay(passage: Passage, origin: str, base: str, desk: Desk) -> Relay:
    """What stands on the port."""
    from lumakit.check.relay import Relay
    from mockserver.door.broken import CUT
    from mockserver.door.limits import Limits

    return Relay(passage, origin, base, desk, SystemClock(1.0), limits=Limits(), cut=CUT)


# --- what is told -----------------------------------------------------------------------------------------------------


def _greeting(url: str, contract: Contract, options: argparse.Namespace) -> list[str]:
    edition = f", {contract.edition.value} edition" if contract.actions else ""
    free = [f"port: {url.rpartition(':')[2]}"] if options.proxy_port == 0 else []
    passes = f"passes everything on to {options.upstream}, and judges it by {contract.name}{edition}"
    return [url, *free, report.printable(passes), "Ctrl-C ends it, and reports."]


def _line(seen: Exchange, judged: Judged) -> str:
    found = judged.finding
    moment = datetime.fromtimestamp(seen.at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    asked = f"{seen.request.method} {seen.request.path[:200]}"
    words = (
        moment,
        f"#{seen.number}",
        asked,
        str(seen.response.status),
        found.severity.value,
        found.code,
        found.message,
    )
    return report.printable("  ".join(words))


def _end(desk: Desk, contract: Contract, base: str, options: argparse.Namespace) -> int:
    if desk.failure is not None:
        raise desk.failure
    traffic = desk.record.traffic()
    written = recorded(traffic, contract, base, options.record or "")
    (found,) = judging.settled([_verdict(desk, traffic, contract, options)], options)
    shown = judging.shown(found, options.format, to_file=options.report is not None, fail_on=options.fail_on)
    more = further.made(found, options, options.provider)
    check_secrets("".join((written, shown, *(text for _, text in more))), desk)
    if options.record:
        output.write(written, options.record, private=True)
    output.write(shown, options.report)
    further.write(more)
    if not traffic.seen:
        raise UnusedProxy(
            "nothing has passed, so nothing was judged", code="nothing_checked", hint="point a client here"
        )
    return found.exit_code(Severity(options.fail_on))


class UnusedProxy(SafetyStop):
    """The proxy was ended before anybody used it: nothing was judged, which is not nothing found."""


class SecretLeft(LumakitError):
    """A secret was about to be written down: a bug of ours."""

    exit_code = 5


def check_secrets(texts: str, desk: Desk) -> None:
    """The last net: no key that passed stands in what is written."""
    from lumakit.redaction.values import SHORTEST_TOLD

    if any(len(key) >= SHORTEST_TOLD and key in texts for key in desk.keys.labels):
        raise SecretLeft("a key would have been written down, so nothing is", code="secret_left", hint="please tell us")


def _verdict(desk: Desk, traffic: Traffic, contract: Contract, options: argparse.Namespace) -> Verdict:
    from lumakit.check.verdict import Open

    beside = judging.other(contract, options.provider, options.specs)
    found = judging.verdict(contract, traffic, beside, options.upstream, second_opinion=options.second_opinion)
    found = replace(found, phases={**found.phases, "passed": judging.counted(traffic)})
    if not desk.left_out:
        return found
    open_ = Open(f"{desk.left_out} exchanges were not judged", "there were more than are kept", safety=True)
    return replace(found, opens=(*found.opens, open_))


def recorded(traffic: Traffic, contract: Contract, base: str, path: str) -> str:
    """Traffic as a file has it."""
    from lumakit.check import har, lines

    write = lines.write if path.endswith(LINES) else har.write
    return write(traffic, contract.name, base)
