"""Settings laid under the flags of a command: a file (`lumakit.toml`, or `[tool.lumakit]` in `pyproject.toml`) of the
current folder, then the environment (`LUMAKIT_EDITION`), then what was typed.

They become arguments, so that they are judged like typed ones. A setting holds for every command that has its flag; a
name that no command has is refused.
"""

from __future__ import annotations

import argparse
import difflib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lumakit import stricttoml
from lumakit.errors import UsageError

_PREFIX = "LUMAKIT_"
_YES, _NO = frozenset(("1", "true", "yes", "on")), frozenset(("0", "false", "no", "off", ""))
Flags = Mapping[str, argparse.Action]


@dataclass(frozen=True, slots=True)
class _Setting:
    """One setting and where it was given."""

    name: str
    values: tuple[str, ...]
    source: str

    def error(self, what: str, hint: str) -> UsageError:
        return UsageError(what, code="setting_invalid", where=self.source, hint=hint)


def arguments(
    own: argparse.ArgumentParser,
    others: Callable[[], Iterable[argparse.ArgumentParser]],
    environment: Mapping[str, str] = os.environ,
    home: Path | None = None,
    typed: Iterable[str] = (),
) -> list[str]:
    """The settings for the flags of a command, as arguments; the other commands are asked for only if there are any."""
    given = {each.name: each for each in (*_file(home or Path.cwd()), *_environment(environment))}
    if not given:
        return []
    everywhere = [_flags(parser) for parser in others()]
    for setting in given.values():
        _check(setting, everywhere)
    flags = _flags(own)
    names = {word.partition("=")[0] for word in typed}
    for name, flag in flags.items():
        if names & set(flag.option_strings):  # what is typed wins, also where a flag may be given several times
            given.pop(name, None)
    fitting = (each for each in given.values() if each.name in flags and _fits(each, flags[each.name]))
    return [argument for each in fitting for argument in _argument(flags[each.name], each)]


def _flags(parser: argparse.ArgumentParser) -> Flags:
    known = parser._actions  # noqa: SLF001  # argparse has no public list of its flags
    none = ("help", argparse.SUPPRESS)  # what is no setting
    return {action.dest: action for action in known if action.option_strings and action.dest not in none}


def _check(setting: _Setting, everywhere: list[Flags]) -> None:
    """Refuse a name that no command has, and a value that no command takes."""
    names = sorted({name for flags in everywhere for name in flags})
    having = [flags[setting.name] for flags in everywhere if setting.name in flags]
    if not having:
        near = difflib.get_close_matches(setting.name, names, n=1)
        if not near and setting.source.startswith(_PREFIX):
            return  # a variable of something else may begin alike
        hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(names)}"
        raise setting.error(f"there is no setting {setting.name!r}", hint)
    if not any(_fits(setting, flag) for flag in having):
        words = [str(word) for flag in having for word in (flag.choices or ("true", "false"))]
        hint = f"one of {', '.join(dict.fromkeys(words))}"
        raise setting.error(f"{setting.name} cannot be {', '.join(setting.values)!r}", hint)


def _fits(setting: _Setting, flag: argparse.Action) -> bool:
    if flag.nargs == 0:
        return len(setting.values) == 1 and setting.values[0].lower() in _YES | _NO
    return flag.choices is None or all(value in flag.choices for value in setting.values)


def _argument(flag: argparse.Action, setting: _Setting) -> list[str]:
    name = flag.option_strings[-1]
    if flag.nargs == 0:
        return [name] if setting.values[0].lower() in _YES else []
    return [f"{name}={value}" for value in setting.values]


def _environment(environment: Mapping[str, str]) -> list[_Setting]:
    """What is set; an empty variable is as good as none."""
    found = [(key, value) for key, value in sorted(environment.items()) if key.startswith(_PREFIX) and value]
    return [_Setting(key.removeprefix(_PREFIX).lower(), (value,), key) for key, value in found]


def _file(folder: Path) -> list[_Setting]:
    own, shared = folder / "lumakit.toml", folder / "pyproject.toml"
    if own.is_file():
        source, table = own, _toml(own)
    elif shared.is_file():
        source, table = shared, _shared(shared)
    else:
        return []
    return [_Setting(name.replace("-", "_"), _texts(value), source.name) for name, value in table.items()]


def _shared(path: Path) -> dict[str, Any]:
    """Our table in the file of the project, which may be other tools' only."""
    tool = _toml(path).get("tool")
    table = tool.get("lumakit", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        hint = "write `[tool.lumakit]`, and the settings below it"
        raise UsageError("`tool.lumakit` is no table", code="setting_invalid", where=path.name, hint=hint)
    return table


def _texts(value: Any) -> tuple[str, ...]:
    """The values of a setting: a list stands for a flag that is given several times."""
    if isinstance(value, list):
        return tuple(text for each in value for text in _texts(each))
    return (str(value).lower() if isinstance(value, bool) else str(value),)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return stricttoml.loads(path.read_text(encoding="utf-8"))
    except (stricttoml.TomlProblem, UnicodeDecodeError) as error:
        hint = "check the file with a TOML editor; texts stand in quotes"
        raise UsageError(str(error), code="settings_unreadable", where=path.name, hint=hint) from None
    except OSError as error:
        what, hint = f"cannot be read: {error.strerror}", "check its rights"
        raise UsageError(what, code="settings_unreadable", where=path.name, hint=hint) from None
