"""What commands share: the flags that mean the same everywhere, and where the result goes."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lumakit.contract import folder
from lumakit.errors import LumakitError, SurroundingsError, UsageError
from lumakit.model import Edition


def edition_flag(parser: argparse.ArgumentParser) -> None:
    """--edition"""
    editions = [edition.value for edition in Edition]
    parser.add_argument(
        "--edition", choices=editions, default="corrected", help="which contract is meant (default: corrected)"
    )


def specs_flag(parser: argparse.ArgumentParser) -> None:
    """--specs"""
    parser.add_argument("--specs", metavar="DIR", help="a folder of providers to use instead of the vendored ones")


def output_flags(parser: argparse.ArgumentParser, formats: Sequence[str]) -> None:
    """--format and --output"""
    parser.add_argument("--format", choices=formats, default=formats[0], help=f"(default: {formats[0]})")
    parser.add_argument("-o", "--output", metavar="FILE", help="write to a file instead of standard output")


def all_providers(specs: str | None) -> tuple[str, ...]:
    """Every provider, at least one: nothing looked at is not nothing found."""
    names = folder.providers(specs)
    if not names:
        hint = f"a provider is a folder with an {folder.ENTRY} in it"
        raise UsageError(f"{specs} holds no provider", code="nothing_checked", hint=hint)
    return names


def complain(error: LumakitError) -> None:
    """Say on standard error what went wrong."""
    print(f"lumakit: {error}", file=sys.stderr)


def write(text: str, path: str | None, *, private: bool = False) -> None:
    """Put the result where it was asked for; what is private is nobody else's to read."""
    if path is None or path == "-":
        sys.stdout.write(text)
        return
    try:
        if private:
            _write_privately(text, path)
        else:
            Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        what = f"cannot be written: {error.strerror}"
        there = Path(path).parent.is_dir()
        hint = "check the rights and the room on the disk" if there else f"make the folder {Path(path).parent} first"
        raise SurroundingsError(what, code="output_failed", where=path, hint=hint) from None


def _write_privately(text: str, path: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
