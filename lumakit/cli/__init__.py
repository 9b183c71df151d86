"""The command line: `lumakit COMMAND`. Each command is a file: its flags, what it builds, what it prints.

Here the command is chosen, settings are laid under the flags, and every error becomes a sentence and an exit code: 0
fine, 1 findings, 2 wrong usage or unreadable document, 3 surroundings, 4 safety stop, 5 a bug of ours, 130
interrupted.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import io
import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import NoReturn

from lumakit import __version__
from lumakit.errors import LumakitError, UsageError

COMMANDS = {
    "mock": "run the mock server",
    "listen": "receive webhooks, verify them and print what they tell",
    "submit": "make a task at a provider",
    "extend": "make a task out of one that has succeeded",
    "fetch": "look at tasks once",
    "wait": "wait for a task, and save its video",
    "run": "make a task, wait for it, and save its video",
    "traffic": "judge recorded traffic: HAR, JSON lines, cassettes",
    "check": "ask an endpoint whether it keeps its contract",
    "proxy": "pass traffic through, judge it, record it",
    "lint": "find what is wrong with OpenAPI documents and published pages",
    "amend": "apply overlays to a document and print the result",
    "show": "show what is known of a provider: operations, lifecycle, facts, corrections",
    "explain": "explain a code of the catalogue",
}


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors read like all others."""

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """The options in some words; an argument may stand behind flags, one that begins like a flag behind `--`."""
        # The way that lets them mix forgets the `--`.
        return self.parse_args(words) if "--" in words else self.parse_intermixed_args(words)

    def error(self, message: str) -> NoReturn:
        """Refuse, with the flag that was probably meant."""
        from lumakit.redaction import Redactor  # somebody may have typed a secret

        message = Redactor().text(message)
        shown = (action for action in self._actions if action.help is not argparse.SUPPRESS)
        known = [flag for action in shown for flag in action.option_strings if flag.startswith("--")]
        given = [word.partition("=")[0].rstrip(":,") for word in message.split() if word.startswith("--")]
        near = [flag for word in given if word not in known for flag in difflib.get_close_matches(word, known, n=1)]
        raise UsageError(message, code="usage", hint=f"did you mean {near[0]}?" if near else f"{self.prog} --help")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _prepare()
    try:
        code = _run(given)
        if sys.stdout is not None:  # a server may be started with it closed
            sys.stdout.flush()
    except LumakitError as error:
        _complain(error)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _silence()
        return 0
    except OSError as error:
        _silence()
        print(f"lumakit: standard output cannot be written: {error.strerror} [output_failed]", file=sys.stderr)
        return 3
    except SystemExit as leaving:
        return int(leaving.code or 0)
    except Exception as error:  # noqa: BLE001  # the last net: a bug of ours becomes a report and exit code 5
        return 130 if _interrupted(error) else _bug(given)
    return code


def _interrupted(error: BaseException | None) -> bool:
    """True where it broke while an interrupt was under way: a second one breaks what the first was winding up."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error is not None


def _prepare() -> None:
    """Have streams that anything may be said to: not every terminal knows every letter, and some are closed."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    if None in (sys.stdin, sys.stdout, sys.stderr):
        for number in range(
            3
        ):  # else a socket takes the place of a closed stream, and libuv aborts when it closes that
            try:
                os.fstat(number)
            except OSError:
                os.open(os.devnull, os.O_RDWR)  # the lowest number that is free


def _refuse_halves(words: Sequence[str], what: str) -> None:
    """Refuse what is no text: no report, no request and no journal could spell it."""
    for number, word in enumerate(words, 1):
        if any("\ud800" <= letter <= "\udfff" for letter in word):
            # It is not repeated: it may be a key.
            raise UsageError(
                f"{what} ({number}) is not UTF-8", code="usage", hint="write it as UTF-8, or rename the file"
            )


def _run(given: list[str]) -> int:
    _refuse_halves(given, "an argument")
    if not given or given[0] in ("-h", "--help", "help"):
        print(_overview(), end="")
        return 0 if given else 2
    if given[0] in ("-V", "--version"):
        print(f"lumakit {__version__}")
        return 0
    name, *rest = given
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"did you mean lumakit {near[0]}?" if near else "lumakit --help"
        raise UsageError(f"there is no command {name!r}", code="command_not_found", hint=hint)
    from lumakit.cli import settings

    parser = _parser(name)
    given_before = settings.arguments(parser, lambda: map(_parser, COMMANDS), typed=rest)
    _refuse_halves(given_before, "a setting")
    options = parser.read([*given_before, *rest])
    return int(_command(name).execute(options))


def _command(name: str) -> ModuleType:
    return importlib.import_module(f"lumakit.cli.{name}")


def _parser(name: str) -> Parser:
    command = _command(name)
    parser = Parser(
        prog=f"lumakit {name}", description=command.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    command.configure(parser)
    return parser


def _silence() -> None:
    """Whoever read us has gone, or the disk is full: nothing more is written, not even when the interpreter ends."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _overview() -> str:
    width = max(map(len, COMMANDS))
    listed = "\n".join(f"  {name:<{width}}  {what}" for name, what in COMMANDS.items())
    return (
        "usage: lumakit COMMAND [ARGUMENTS]\n\n"
        "Contract testing and mock servers for asynchronous, third-party, paid HTTP APIs.\n\n"
        f"commands:\n{listed}\n\n"
        "`lumakit COMMAND --help` tells more; `lumakit --version` tells the version.\n"
    )


def _complain(error: LumakitError) -> None:
    """Say what went wrong; what it quotes must not steer a terminal."""
    from lumakit.report import printable

    print("\n".join(map(printable, f"lumakit: {error}".splitlines())), file=sys.stderr)


def _bug(given: list[str]) -> int:
    import platform
    import tempfile
    import traceback

    from lumakit.redaction import Redactor  # the report is sent to us: what was typed may be a secret

    hide = Redactor().text
    surroundings = f"lumakit {__version__}, Python {platform.python_version()}, {platform.system()}"
    head = f"{surroundings}\nlumakit {' '.join(map(hide, given))}\n\n"
    with tempfile.NamedTemporaryFile(
        "w", prefix="lumakit-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
    ) as file:
        file.write(head + hide(traceback.format_exc()))
    print(f"lumakit: this is a bug of ours; the report is in {file.name}, please send it to us", file=sys.stderr)
    return 5
