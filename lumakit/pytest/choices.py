"""What a test chooses: which provider, how its tasks go, what is judged. A fixture is below a marker, a marker below
the command line.

Values only; reads no configuration by itself.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import Any

from lumakit.errors import UsageError, as_given
from lumakit.pytest.shelf import Target

PROGRESS = ("looks", "time")
ELSEWHERE = ("refuse", "pass")
_LISTS = ("bases", "faults", "allow", "calls")


@dataclass(frozen=True, slots=True)
class Choices:
    """How the mocks of a test are to be.

    `provider` is a name or the path of a document; empty means every vendored one. Without a `seed` each test has
    draws of its own, the same in every run. `progress` is `looks` (each look at a task moves it on) or `time` (the
    clock moves it). `bases` are further addresses that the provider is reached at,
    `elsewhere` says what becomes of requests to anybody else. `judge` holds what the application sent against the
    contract, `allow` names codes that are expected, `calls` operations that must have been called. `environment` is
    set for a live server, with `{url}`, `{key}` and `{port}` filled in. `places` tells where each was chosen.
    """

    provider: str = ""
    edition: str = "corrected"
    specs: str = ""
    seed: str = ""
    scenario: str = "success"
    progress: str = "looks"
    faults: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    elsewhere: str = "refuse"
    judge: bool = True
    allow: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def target(self) -> Target:
        """The contract that is chosen."""
        return Target(self.provider, self.edition, self.specs)

    def but(self, given: Mapping[str, Any], where: str) -> Choices:
        """The same with what was given at a place; a name or a value that cannot be is refused with that place."""
        read = {name: _read(name, value, where) for name, value in given.items()}
        return replace(self, **read, places={**self.places, **dict.fromkeys(given, where)})

    @contextmanager
    def blamed(self, *names: str) -> Iterator[None]:
        """Say of a choice that turns out wrong while the `with` lasts where it was made: the first name that was."""
        try:
            yield
        except UsageError as error:
            where = error.where or next((self.places[name] for name in names if name in self.places), "")
            raise UsageError(error.what, code=error.code, where=where, hint=error.hint) from None


NAMES = tuple(each.name for each in fields(Choices) if each.name != "places")


def _read(name: str, value: Any, where: str) -> Any:
    if name not in NAMES:
        near = difflib.get_close_matches(name, NAMES, n=1)
        hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(NAMES)}"
        raise UsageError(f"there is no choice {name!r}", code="choice_not_found", where=where, hint=hint)
    if name == "seed":
        return str(value)
    if name == "judge":
        return _truth(value, where)
    if name == "environment":
        return _mapping(value, where)
    if name in _LISTS:
        return _list(name, value, where)
    return _text(name, value, where)


def _truth(value: Any, where: str) -> bool:
    if isinstance(value, bool):
        return value
    raise UsageError(f"judge is {as_given(value)}", code="choice_invalid", where=where, hint="True or False")


def _mapping(value: Any, where: str) -> Mapping[str, str]:
    if isinstance(value, Mapping) and all(isinstance(each, str) for pair in value.items() for each in pair):
        return dict(value)
    hint = '{"APIFRAME_BASE_URL": "{url}"}'
    raise UsageError("environment is a mapping of names to texts", code="choice_invalid", where=where, hint=hint)


def _list(name: str, value: Any, where: str) -> tuple[str, ...]:
    listed = (value,) if isinstance(value, str) else value
    found = tuple(listed) if isinstance(listed, Iterable) else (None,)
    if all(isinstance(each, str) for each in found):
        return found
    raise UsageError(f"{name} is a text, or a list of them", code="choice_invalid", where=where)


def _text(name: str, value: Any, where: str) -> str:
    may_be_path = name in ("provider", "specs")
    text = str(value) if may_be_path and isinstance(value, os.PathLike) else value
    if not isinstance(text, str):
        wanted = "a text or a path" if may_be_path else "a text"
        raise UsageError(f"{name} is {wanted}, not {as_given(value)}", code="choice_invalid", where=where)
    known = {"progress": PROGRESS, "elsewhere": ELSEWHERE, "edition": ("corrected", "published")}.get(name)
    if known and text not in known:
        raise UsageError(
            f"{name} is never {text!r}", code="choice_invalid", where=where, hint=f"one of {', '.join(known)}"
        )
    return text
