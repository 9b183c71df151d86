"""The control plane's flags: where it is, who may use it, and the token that is needed off this machine.

A token is read from a file or a setting, or made here and shown once. Knows no server.
"""

from __future__ import annotations

import argparse
import re
import secrets
import threading
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lumakit.cli import values
from lumakit.errors import UsageError

_TOKEN = re.compile(r"[!-~]{16,512}")


@dataclass(frozen=True, slots=True)
class Token:
    """What the control plane asks for; nothing where it is empty. `is_new` is one that nobody has seen yet."""

    text: str = ""
    is_new: bool = False


def flags(parser: argparse.ArgumentParser) -> None:
    """--admin-port, --no-admin, --admin-token-file, --open"""
    add = parser.add_argument
    words = "the control API and the dashboard on a port of their own; 0 takes any that is free"
    add("--admin-port", type=values.port, metavar="PORT", help=words)
    add("--no-admin", action="store_true", help="no control API and no dashboard")
    words = "a file with the token of the control API; one is made where the server listens to other machines"
    add("--admin-token-file", metavar="FILE", help=words)
    # A setting only (LUMAKIT_ADMIN_TOKEN): a command line can be read by everybody on the machine.
    add("--admin-token", help=argparse.SUPPRESS)
    add("--open", action="store_true", help="open the dashboard in the browser")


def token(options: argparse.Namespace, *, needed: bool) -> Token:
    """The token that was given, or a new one where one is needed."""
    if options.no_admin:
        _refuse_contradiction(options)
        return Token()
    if options.admin_token_file:
        return Token(_checked(_read(options.admin_token_file), options.admin_token_file))
    if options.admin_token:
        return Token(_checked(options.admin_token, "LUMAKIT_ADMIN_TOKEN"))
    return Token(secrets.token_urlsafe(24), is_new=True) if needed else Token()


def show(url: str, opened: Callable[[str], object] = webbrowser.open) -> None:
    """Open an address in the browser of whoever runs this; nobody waits for it."""
    threading.Thread(target=opened, args=(url,), daemon=True).start()


def _refuse_contradiction(options: argparse.Namespace) -> None:
    for name, given in (("--admin-port", options.admin_port is not None), ("--open", options.open)):
        if given:
            raise UsageError(f"{name} and --no-admin contradict", code="usage", hint="leave one of them out")


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        hint = "write a token of 16 or more characters into it"
        raise UsageError(f"the token cannot be read: {why}", code="token_invalid", where=path, hint=hint) from None


def _checked(text: str, where: str) -> str:
    if not _TOKEN.fullmatch(text):
        hint = "`python -c 'import secrets; print(secrets.token_urlsafe())'` makes one"
        what = "a token has 16 to 512 characters, printable and without spaces"
        raise UsageError(what, code="token_invalid", where=where, hint=hint)
    return text
