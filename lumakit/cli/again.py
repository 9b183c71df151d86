"""What is said of a task that a command leaves behind: how to take it up, in words that can be typed as they stand.

Knows commands and their flags. Prints nothing.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Iterator, Mapping

from lumakit.call_errors import CallError, Uncertain, WaitTimeout
from lumakit.cli import keys
from lumakit.errors import LumakitError

# The flags that lead to the same task with the same key, and what they are when nobody gives them.
_REACHING = {
    "base_url": None,
    "edition": "corrected",
    "specs": None,
    "api_key_env": None,
    "api_key_file": None,
    "judge": "warn",
}
_SAVING = {"save": None, "files_from": None}
MAYBE = "a task may have been made, and may cost: look at the account before you make one again"


def command(verb: str, options: argparse.Namespace, task_id: str, kind: str = "") -> str:
    """The command that goes on with a task."""
    flags = [*_given(options, _REACHING)]
    flags += _flag("kind", kind) if kind else []
    flags += _given(options, _SAVING)
    flags += ["--overwrite"] if getattr(options, "overwrite", False) else []
    named = [options.provider, task_id]
    if any(word.startswith("-") for word in named):
        return shlex.join(["lumakit", verb, *flags, "--", *named])
    return shlex.join(["lumakit", verb, *named, *flags])


def _given(options: argparse.Namespace, usual: Mapping[str, object]) -> Iterator[str]:
    for name, value in usual.items():
        given = getattr(options, name, None)
        if given not in (None, value):
            yield from _flag(name, str(given))


def _flag(name: str, value: str) -> tuple[str, ...]:
    typed = f"--{name.replace('_', '-')}"
    return (f"{typed}={value}",) if value.startswith("-") else (typed, value)


def hint(error: LumakitError, variable: str) -> str:
    """What to try, in the words of the command line: errors speak Python."""
    if error.code in _ANEW:
        return _ANEW[error.code](variable)
    if isinstance(error, WaitTimeout):
        return ""  # the command that takes it up is said
    text = error.hint
    for python, typed in _SAID:
        text = text.replace(python, typed)
    return text


def more(error: LumakitError) -> str:
    """What else is to be said of an error: what nobody knows, or how long to wait."""
    if isinstance(error, Uncertain):
        return "it was sent once, and is not sent again"
    told_s = error.retry_after_s if isinstance(error, CallError) else None
    return f"the provider asks to be left alone for {told_s:g} s" if told_s else ""


_ANEW: Mapping[str, Callable[[str], str]] = {
    "base_url": lambda _: "--base-url https://api.example.com",
    "key_missing": lambda variable: f"{variable} in the environment, {keys.WAYS}",
    "no_tasks": lambda _: "a lifecycle.yaml beside the document says which operations make and tell tasks",
}
_SAID = (
    ("extra={...} sends", "--extra NAME=VALUE sends"),
    ("kind= one of", "KIND is one of"),
    ("say kind=, or use client.call", "--kind says which"),
    ("overwrite=True", "--overwrite"),
    ("look at task.error and task.raw", "--json shows all that the provider said"),
    ("texts, numbers, lists, dicts", "JSON, or a text in UTF-8"),
    ("name it in files_from= of the client", "name it in --files-from"),
    ("as base_url", "as --base-url"),
)
