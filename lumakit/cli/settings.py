"""Settings laid under the flags of a command: a file (`lumakit.toml`, or `[tool.lumakit]` in `pyproject.toml`), then
the environment (`LUMAKIT_EDITION`), then what was typed. They become arguments, so that they are judged like typed
ones.
"""

from __future__ import annotations

import argparse
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lumakit.errors import UsageError


def arguments(
    parser: argparse.ArgumentParser, environment: Mapping[str, str] = os.environ, home: Path | None = None
) -> list[str]:
    """The settings for the flags a parser has, as arguments."""
    known = parser._actions  # noqa: SLF001  # argparse has no public list of its flags
    flags = {action.dest: action for action in known if action.option_strings and action.dest != "help"}
    given = {name: value for name, value in _file(home or Path.cwd()).items() if name in flags}
    given |= {name: environment[key] for name in flags if (key := f"LUMAKIT_{name.upper()}") in environment}
    return [argument for name, value in given.items() for argument in _argument(flags[name], value)]


def _argument(flag: argparse.Action, value: Any) -> list[str]:
    name = flag.option_strings[-1]
    if flag.nargs == 0:
        return [name] if str(value).lower() in ("1", "true", "yes", "on") else []
    return [f"{name}={value}"]


def _file(folder: Path) -> dict[str, Any]:
    own, shared = folder / "lumakit.toml", folder / "pyproject.toml"
    if own.is_file():
        found: Any = _toml(own)
    elif shared.is_file():
        found = _toml(shared).get("tool", {}).get("lumakit", {})
    else:
        return {}
    return {name.replace("-", "_"): value for name, value in found.items()}


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(str(error), code="settings_unreadable", where=path.name, hint="mend the file") from None
