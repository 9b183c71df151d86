"""Debian's Chromium as a pair of eyes: what a page became after its scripts, as text or as a picture.

A page is looked at once it has loaded. One whose scripts go on after that holds its load back with a picture the server
does not answer before the scripts are done; `budget_ms` instead lets time inside the page run ahead that far.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

PATIENCE_S = 120
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --disable-dev-shm-usage --no-first-run --no-proxy-server "
    "--disable-background-networking --disable-component-update --disable-sync --disable-breakpad --hide-scrollbars "
    "--mute-audio --autoplay-policy=no-user-gesture-required"
).split()


def found(where: str | None, environment: Mapping[str, str]) -> str:
    """The browser to use; without one the test that asked is skipped, or fails where a browser is required."""
    if where:
        return where
    if environment.get("LUMAKIT_TEST_BROWSER") == "required":
        pytest.fail("LUMAKIT_TEST_BROWSER says required, and there is no chromium on the PATH")
    pytest.skip("chromium is not installed (Debian: apt-get install chromium)")


def dump(url: str, *, budget_ms: int = 0) -> str:
    """The page as HTML, after its scripts."""
    return _look(["--dump-dom", *_ahead(budget_ms), url])


def screenshot(url: str, path: Path, size: tuple[int, int], *, budget_ms: int = 0) -> None:
    """The page as a PNG file of the given width and height."""
    _look([f"--screenshot={path}", f"--window-size={size[0]},{size[1]}", *_ahead(budget_ms), url])
    assert path.is_file(), f"chromium wrote no picture of {url}"


def _ahead(budget_ms: int) -> list[str]:
    return [f"--virtual-time-budget={budget_ms}"] if budget_ms else []


def _look(orders: Sequence[str]) -> str:
    browser = found(shutil.which("chromium"), os.environ)
    with TemporaryDirectory(ignore_cleanup_errors=True) as home:
        homes = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), home)
        return _run([browser, *FLAGS, f"--user-data-dir={home}/profile", *orders], os.environ | homes)


def _run(command: list[str], environment: Mapping[str, str]) -> str:
    """What a command writes; one that never ends is ended together with everything it started."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdout=pipe, stderr=pipe, text=True, env=dict(environment), start_new_session=True
    ) as process:
        try:
            written, complaints = process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            _, complaints = process.communicate()
            pytest.fail(f"chromium did not end within {PATIENCE_S} s: {complaints[-2000:]}")
    assert process.returncode == 0, f"chromium ended with {process.returncode}: {complaints[-2000:]}"
    return written
