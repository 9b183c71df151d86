"""The flags that the client's commands share: how a provider is reached, how long it is waited for, what is saved.

Knows how the user says it, not what is done with it.
"""

from __future__ import annotations

import argparse

from lumakit.cli import keys, output, values


def flags(parser: argparse.ArgumentParser) -> None:
    """PROVIDER, and how it is reached."""
    add = parser.add_argument
    add("provider", metavar="PROVIDER", help="a provider, a provider's folder, or a document beside its lifecycle")
    words = "another address than the documented one: a gateway, or a mock"
    add("--base-url", type=values.address, metavar="URL", help=words)
    keys.flags(parser)
    words = "ignore, warn or raise: what becomes of an answer that breaks the contract; raise ends it with exit code 1"
    add("--judge", metavar="HOW", default="warn", help=f"{words} (default: warn)")
    add("--kind", metavar="KIND", default="", help="the kind of task, where it is not said otherwise")
    add("--json", action="store_true", help="print one JSON object on standard output, however it ends")
    output.edition_flag(parser)
    output.specs_flag(parser)


def waiting_flags(parser: argparse.ArgumentParser) -> None:
    """--every, --budget"""
    add = parser.add_argument
    words = "how often to look at first (default: as the contract tells how long tasks take)"
    add("--every", type=values.seconds, metavar="SECONDS", help=words)
    # Not the setting `budget`: that word is for money elsewhere.
    words = "how long to wait; then exit code 4, and the task goes on (default: 900)"
    add("--budget", dest="wait_budget", type=values.seconds, metavar="SECONDS", default=900.0, help=words)


def saving_flags(parser: argparse.ArgumentParser) -> None:
    """--save, --overwrite"""
    parser.add_argument("--save", metavar="FILE", help="save the video, the first where there are several")
    parser.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    words = "public, loopback, any, or hosts and networks: where videos may stand (default: public, and the base URL's)"
    parser.add_argument("--files-from", metavar="WHERE", help=words)
