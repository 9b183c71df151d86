"""The flags of webhooks: how they are delivered, how they are signed, and to whom they may go.

Knows how the user says it, not what is done with it.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from lumakit.errors import UsageError

if TYPE_CHECKING:
    from lumakit.contract.compile import Contract
    from mockserver.webhooks.habits import Habits


def flags(parser: argparse.ArgumentParser) -> None:
    """--webhooks, --webhook-targets, --webhook-signing, --webhook-secret-file"""
    add = parser.add_argument
    words = "usual, once, impatient, standard, or `success 200, timeout 5, waits 1 5 30`: how webhooks are delivered"
    add("--webhooks", metavar="POLICY", default="", help=words)
    words = "loopback (the default), public, any, or hosts and networks: where webhooks may go"
    add("--webhook-targets", metavar="WHERE", default="", help=words)
    words = "standard, or `hmac header=X-Signature prefix=sha256=`: how webhooks are signed"
    add("--webhook-signing", metavar="HOW", default="", help=words)
    add(
        "--webhook-secret-file",
        metavar="FILE",
        help="a file with the secrets to sign with, one a line, the newest first",
    )
    secret_flag(parser)


def secret_flag(parser: argparse.ArgumentParser) -> None:
    """The flag that is a setting only (LUMAKIT_WEBHOOK_SECRET): everybody on the machine can read a command line."""
    parser.add_argument("--webhook-secret", default="", help=argparse.SUPPRESS)


def chosen(options: argparse.Namespace, *, alone: bool) -> Habits:
    """What the flags have chosen; `alone` where only this machine can reach the server."""
    from mockserver.webhooks.habits import habits

    if options.webhook_targets.strip().lower() == "any" and not alone:
        hint = "name the hosts and networks, or listen to this machine only"
        what = (
            "whoever reaches this server could have it call any address: --webhook-targets any is for --host 127.0.0.1"
        )
        raise UsageError(what, code="targets_too_wide", hint=hint)
    given = secrets(options)
    return habits(
        options.webhooks, signing=options.webhook_signing, secrets=given, allow=options.webhook_targets.strip()
    )


def unsigned(contract: Contract, options: argparse.Namespace) -> bool:
    """True where a provider signs its webhooks, and no secret was given to do so."""
    hooks = (kind.webhook for kind in contract.reading.tasks.values()) if contract.reading else ()
    signed = any(hook.signing and not hook.signing.startswith("none") for hook in hooks if hook)
    return signed and not (options.webhook_secret or options.webhook_secret_file)


def secrets(options: argparse.Namespace) -> tuple[str, ...]:
    """The secrets that stand in a file or a setting; the newest first."""
    if not options.webhook_secret_file:
        return (options.webhook_secret,) if options.webhook_secret else ()
    try:
        lines = Path(options.webhook_secret_file).read_text(encoding="ascii").splitlines()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not plain ASCII"
        what = f"the secrets cannot be read from {options.webhook_secret_file}: {reason}"
        raise UsageError(what, code="secret_file", hint="one secret a line") from None
    found = tuple(line.strip() for line in lines if line.strip())
    if not found:
        what = f"there is no secret in {options.webhook_secret_file}"
        raise UsageError(what, code="secret_file", hint="one secret a line")
    return found
