"""The flags of money: whom a run may ask, how much it may spend, and the guard that holds it to that.

What is not this machine is asked by consent only. Builds guards; decides nothing of what is asked.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from lumakit.cli import values
from lumakit.clock import SystemClock
from lumakit.errors import SurroundingsError, UsageError

if TYPE_CHECKING:
    from lumakit.check.guard import Guard, Limits
    from lumakit.check.target import Target
    from lumakit.contract.compile import Contract

REQUESTS, SECONDS = 200, 600
_UNBOUND = 10**9
_RATE = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)(?:/([0-9]{1,6}(?:\.[0-9]{1,6})?))?")


def flags(parser: argparse.ArgumentParser) -> None:
    """--live, --budget, and what bounds a run besides"""
    add = parser.add_argument
    words = "ask this host, though it is not this machine: exactly the one of the address, with its port if it has one"
    add("--live", metavar="HOST", help=words)
    words = "how many requests that may cost are let out; what was accepted counts, and what nobody can tell"
    add("--budget", dest="paid_budget", type=values.whole, metavar="N", help=words)  # a wait has a budget too
    words = "how many of the day (by UTC), of all runs that share a ledger"
    add("--budget-day", type=values.whole, metavar="N", help=words)
    words = f"how many requests are sent in all (default: {REQUESTS} with --live or --budget)"
    add("--max-requests", type=values.count, metavar="N", help=words)
    words = f"how long a run may take (default: {SECONDS} with --live or --budget)"
    add("--max-time", type=values.count, metavar="SECONDS", help=words)
    words = "how many requests go out in a second, or in so many seconds: 0.5, or 1/2 (default: 1 with --live)"
    add("--rate", type=rate, metavar="N[/SECONDS]", help=words)
    words = "how much a run may cost; what has no price in the table of --prices is not asked then"
    add("--max-cost", type=amount, metavar="AMOUNT", help=words)
    words = "a table of what operations cost, in YAML, JSON or TOML"
    add("--prices", metavar="FILE", help=words)
    words = "where it is written down what was spent (default: a file of yours that all runs share)"
    add("--ledger", metavar="FILE", help=words)


def rate(text: str) -> float:
    """How many seconds lie between two requests."""
    found = _RATE.fullmatch(text)
    if found is None or not float(found[1]) or not float(found[2] or 1):
        raise argparse.ArgumentTypeError(f"{text!r} is no rate: write 1/2 for one request in two seconds")
    return float(found[2] or 1) / float(found[1])


def amount(text: str) -> Decimal:
    """An amount of money, in whatever the prices are in."""
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no amount: a number without a currency, such as 2.50")
    return Decimal(text)


def limits(options: argparse.Namespace, *, live: bool) -> Limits | None:
    """What bounds a run; None where nothing does, because it asks this machine and nobody wants a bound."""
    from lumakit.check.guard import Limits

    _check(options)
    held = live or options.paid_budget is not None
    if not held and not any((options.max_requests, options.max_time, options.rate)):
        return None
    return Limits(
        budget=options.paid_budget if options.paid_budget is not None or not live else 0,
        budget_day=options.budget_day,
        requests=options.max_requests or (REQUESTS if held else _UNBOUND),
        seconds=options.max_time or (SECONDS if held else _UNBOUND),
        apart_s=options.rate if options.rate is not None else float(live),
        at_once=1 if held else _UNBOUND,
        cost=options.max_cost,
    )


def prices(options: argparse.Namespace, contract: Contract) -> Mapping[str, Decimal]:
    """What operations cost, as the user has written it down."""
    from lumakit.check import prices as tables

    return tables.read(options.prices, contract) if options.prices else {}


def guard(
    options: argparse.Namespace,
    contract: Contract,
    target: Target,
    *,
    live: bool,
    run: str,
    environment: Mapping[str, str] = os.environ,
) -> Guard:
    """The guard that the flags ask for. `run` names this run in the ledger."""
    from lumakit.check.guard import Budgeted, Unlimited
    from lumakit.check.ledger import Ledger

    bounds = limits(options, live=live)
    if bounds is None:
        return Unlimited(target.clock.now)
    table, book = prices(options, contract), None
    if bounds.budget:
        path = Path(options.ledger) if options.ledger else usual_ledger(environment)
        book = Ledger(path, SystemClock(1.0).now)
        book.check()
    return Budgeted(bounds, book, target.clock, run=run, target=target.name, prices=table)


def usual_ledger(environment: Mapping[str, str]) -> Path:
    """Where the ledger of all runs is, in a folder that is made where there is none."""
    if sys.platform == "win32":
        home = Path(environment.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        home = Path(environment.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    try:
        (home / "lumakit").mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        what = f"there is no place for the ledger: {error.strerror}"
        raise SurroundingsError(what, code="ledger_folder", where=str(home), hint="--ledger FILE") from None
    return home / "lumakit" / "ledger.jsonl"


def _check(options: argparse.Namespace) -> None:
    """Refuse bounds of a budget without one, and a cost that nothing can be held against."""
    for flag in ("budget_day", "max_cost", "prices", "ledger"):
        if getattr(options, flag) is not None and options.paid_budget is None:
            name = f"--{flag.replace('_', '-')}"
            raise UsageError(f"{name} bounds a budget, and there is none", code="usage", hint=f"--budget 1 {name} ...")
    if options.max_cost is not None and not options.prices:
        hint = 'a file with lines such as "POST /path: 0.35"'
        raise UsageError("--max-cost needs to know what things cost: --prices FILE", code="usage", hint=hint)
