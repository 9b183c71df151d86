"""The flags of a provider's key, and of the secret of its webhooks: from the environment or from a file.

A key that is typed is refused, for everybody on the machine can read a command line. Says neither of them.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from lumakit.errors import UsageError

WAYS = "--api-key-env NAME, or --api-key-file FILE"
_TYPED = ("--api-key", "--apikey", "--api_key", "--api-token", "--key", "--token")


class _Refused(argparse.Action):
    """A flag that is there to say what to do instead."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002  # as argparse calls it
        namespace: argparse.Namespace,  # noqa: ARG002
        values: str | Sequence[object] | None,  # noqa: ARG002  # it is not even looked at
        option_string: str | None = None,
    ) -> NoReturn:
        what = f"{option_string}: a key is not typed, for everybody on this machine can read a command line"
        raise UsageError(what, code="key_typed", hint=f"<PROVIDER>_API_KEY in the environment, {WAYS}")


def flags(parser: argparse.ArgumentParser) -> None:
    """--api-key-env, --api-key-file"""
    parser.allow_abbrev = False  # what is cut short is told back with its value
    add = parser.add_argument
    add("--api-key-env", metavar="NAME", help="the variable that holds the key (default: <PROVIDER>_API_KEY)")
    add("--api-key-file", metavar="FILE", help="a file with the key; /dev/stdin takes it from a pipe")
    add(*_TYPED, action=_Refused, nargs="?", dest=argparse.SUPPRESS, help=argparse.SUPPRESS)


def chosen(options: argparse.Namespace, environment: Mapping[str, str], variable: str) -> str | None:
    """The key that is meant; None where there is none."""
    if options.api_key_env and options.api_key_file:
        raise UsageError("--api-key-env and --api-key-file contradict", code="usage", hint="leave one of them out")
    if options.api_key_file:
        return _read(options.api_key_file)
    if options.api_key_env and options.api_key_env not in environment:
        what = "--api-key-env names a variable that is not set"
        raise UsageError(what, code="key_missing", hint="it takes the name of a variable, not the key")
    return environment.get(options.api_key_env or variable)


def _read(path: str) -> str:
    hint = "the key alone, on one line"
    try:
        lines = Path(path).read_text(encoding="utf-8").split("\n")
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else "") or "it is no text"
        raise UsageError(f"the key cannot be read: {reason}", code="key_file", where=path, hint=hint) from None
    found = [line.strip() for line in lines if line.strip()]
    if len(found) != 1:
        raise UsageError(f"there are {len(found)} keys in the file", code="key_file", where=path, hint=hint)
    return found[0]
