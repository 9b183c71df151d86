"""Functions of the standard library, replaced under whatever name an application holds them."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from _pytest import timing

from lumakit.clock import VirtualClock
from lumakit.pytest import Waiting

APPLICATION = """
from asyncio import sleep as doze
from time import monotonic, sleep as nap, time_ns


class Poller:
    wait = nap

    def poll(self):
        began = monotonic()
        self.wait(30)
        return monotonic() - began
"""


@pytest.fixture
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def load(folder: Path, name: str, patch: pytest.MonkeyPatch) -> dict[str, object]:
    """An application that imports by name, as it stands when it is loaded."""
    (folder / f"{name}.py").write_text(APPLICATION, encoding="utf-8")
    patch.syspath_prepend(folder)
    return vars(__import__(name))


def test_names_of_an_application_are_replaced_and_put_back(tmp_path: Path, patch: pytest.MonkeyPatch) -> None:
    names = load(tmp_path, "by_name", patch)
    before = dict(names)
    waiting = Waiting(VirtualClock())
    with patch.context() as installed:
        waiting.install(installed)
        began = names["monotonic"]()  # type: ignore[operator]
        names["nap"](30)  # type: ignore[operator]
        asyncio.run(names["doze"](30))  # type: ignore[operator]
        assert 60 <= names["monotonic"]() - began < 61  # type: ignore[operator]
        assert abs(names["time_ns"]() - time.time_ns()) < 1e9  # type: ignore[operator]
    assert waiting.slept == [30, 30]
    assert names == before


def test_what_is_loaded_meanwhile_is_served_by_who_stands_in_then(tmp_path: Path, patch: pytest.MonkeyPatch) -> None:
    with patch.context() as installed:
        Waiting(VirtualClock()).install(installed)
        poller = load(tmp_path, "loaded_late", patch)["Poller"]()  # type: ignore[operator]
    later = Waiting(VirtualClock())
    with patch.context() as installed:
        later.install(installed)
        assert 30 <= poller.poll() < 31
    assert later.slept == [30]
    assert sys.modules["loaded_late"].nap is not time.sleep  # it keeps what it was given, which is the function again
    assert sys.modules["loaded_late"].nap(0) is None


def test_a_library_sleeps_on_the_clock_too(patch: pytest.MonkeyPatch) -> None:
    for _ in range(2):  # what a library holds is looked for once
        waiting = Waiting(VirtualClock())
        with patch.context() as installed:
            waiting.install(installed)
            asyncio.run(anyio.sleep(600))
        assert waiting.slept == [600]


def test_the_runner_keeps_real_time(patch: pytest.MonkeyPatch) -> None:
    before = dict(vars(timing))
    Waiting(VirtualClock()).install(patch)
    assert {name: vars(timing)[name] for name in ("sleep", "time", "perf_counter")} == {
        name: before[name] for name in ("sleep", "time", "perf_counter")
    }


def test_one_may_stand_in_for_another(patch: pytest.MonkeyPatch) -> None:
    outer, inner = Waiting(VirtualClock()), Waiting(VirtualClock())
    outer.install(patch)
    began = time.monotonic()
    time.sleep(10)
    with patch.context() as installed:
        inner.install(installed)
        time.sleep(5)
        asyncio.run(asyncio.sleep(5))
        assert 20 <= time.monotonic() - began < 21
    assert (outer.slept, inner.slept) == ([10], [5, 5])
