"""What stands in for functions of the standard library, wherever an application holds them.

`from time import sleep` gives a module a name of its own: it is found in the modules that are loaded and replaced
there too. Each function has one stand-in for the whole process, so a module that is loaded meanwhile and keeps the
stand-in is served by whoever has taken its place, and by the function itself when nobody has. Knows no clock.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any, Protocol

from lumakit.pytest.witness import is_theirs

CLOCKS = tuple(f"{name}{unit}" for name in ("time", "monotonic", "perf_counter") for unit in ("", "_ns"))
_RUNNERS = {"lumakit", "mockserver", "_pytest", "pytest", "pluggy", "xdist", "execnet"}  # who has to know real time
_KEEP = sys.stdlib_module_names | _RUNNERS
Names = tuple[str, ...]
_looked_at: dict[str, tuple[ModuleType, Names]] = {}  # libraries, and which of their names hold a sleep


class Patch(Protocol):
    """What replaces an attribute for a while, such as pytest's monkeypatch."""

    def setattr(self, target: Any, name: str, value: Any) -> None:
        """Replace it."""
        ...


class StandIn:
    """Calls a function, or what has taken its place. No method of who keeps it in a class, as a builtin is none."""

    def __init__(self, real: Callable[..., Any]) -> None:
        self.real = real
        self.taken = real

    def __call__(self, *given: Any, **named: Any) -> Any:
        """Whatever is in its place now."""
        return self.taken(*given, **named)


_IN_TIME = {name: StandIn(getattr(time, name)) for name in ("sleep", *CLOCKS)}
_PAUSE = StandIn(asyncio.sleep)


async def _sleep(delay: float, result: Any = None) -> Any:
    """`asyncio.sleep`, or what has taken its place."""
    return await _PAUSE(delay, result)


def install(patch: Patch, in_time: Mapping[str, Callable[..., Any]], sleep_async: Callable[..., Any]) -> None:
    """Take the place of functions of `time`, and of `asyncio.sleep`, under whatever name they are held."""
    shown: dict[int, Any] = {}
    for name, taken in in_time.items():
        shown[id(_IN_TIME[name].real)] = _IN_TIME[name]
        patch.setattr(_IN_TIME[name], "taken", taken)
        patch.setattr(time, name, _IN_TIME[name])
    shown[id(_PAUSE.real)] = _sleep
    patch.setattr(_PAUSE, "taken", sleep_async)
    patch.setattr(asyncio, "sleep", _sleep)
    sleeps = frozenset({id(_IN_TIME["sleep"].real), id(_PAUSE.real)})
    for module, names in _holders(frozenset(shown), sleeps):
        for name in names:
            if held := shown.get(id(_told(module).get(name))):
                patch.setattr(module, name, held)


def real_sleeps() -> tuple[Callable[[float], None], Callable[..., Any]]:
    """`time.sleep` and `asyncio.sleep` themselves, which nobody stands in for."""
    return _IN_TIME["sleep"].real, _PAUSE.real


def underneath(name: str) -> Callable[[], Any]:
    """A clock of `time` as it is told now: its own, or what somebody else has put there."""
    found: Callable[[], Any] = getattr(time, name)
    return found.taken if isinstance(found, StandIn) else found


def _holders(everything: frozenset[int], sleeps: frozenset[int]) -> Iterator[tuple[ModuleType, Names]]:
    """Modules, and their names that hold one of the functions: in the application any, in a library a sleep."""
    loaded: list[tuple[str, Any]] = list(sys.modules.items())  # where other things than modules may stand
    for name, module in loaded:
        known = _looked_at.get(name)
        if known is not None and known[0] is module:
            if known[1]:
                yield known
        elif isinstance(module, ModuleType) and not _keeps_real_time(name.partition(".")[0]):
            if is_theirs(_told(module).get("__file__") or "<"):
                yield module, _names(module, everything)
            else:
                _looked_at[name] = module, _names(module, sleeps)
                yield _looked_at[name]


def _keeps_real_time(package: str) -> bool:
    return package in _KEEP or package.startswith("pytest_")


def _names(module: ModuleType, wanted: frozenset[int]) -> Names:
    return tuple(name for name, value in list(_told(module).items()) if id(value) in wanted)


def _told(module: ModuleType) -> dict[str, Any]:
    """What stands in a module, without having a lazy one loaded."""
    told: dict[str, Any] = ModuleType.__getattribute__(module, "__dict__")
    return told
