"""What a proxy in between costs: the same request to a mock, directly and through `lumakit proxy`, in turn.

Three processes: the mock, the proxy, and this one. The connections are kept on all sides, so the figure is that of a
request among many.
"""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

import httpx

ROUNDS, LOOKS = 20, 50
HEADERS = {"Authorization": "Bearer key-of-the-bench"}


class Figures(NamedTuple):
    """Medians in milliseconds of one look at a task."""

    direct_ms: float
    through_ms: float


def measured() -> Figures:
    """The medians of single requests, those of both ways asked in turn."""
    with started("mock", "chainhub") as upstream, started("proxy", upstream, "--provider", "chainhub") as proxy:
        return _in_turn(upstream, proxy)


def _in_turn(*origins: str) -> Figures:
    spans: dict[str, list[float]] = {origin: [] for origin in origins}
    with httpx.Client(headers=HEADERS) as http:
        made = http.post(f"{origins[0]}/luma/generations", json={"user_prompt": "a gust of wind"}).json()["id"]
        for warm in (False, *[True] * ROUNDS):
            for origin, found in spans.items():
                looks = [_look(http, f"{origin}/luma/generations/{made}") for _ in range(LOOKS)]
                found.extend(looks if warm else ())
    return Figures(*(statistics.median(found) * 1000 for found in spans.values()))


def _look(http: httpx.Client, url: str) -> float:
    start = time.perf_counter()
    http.get(url).raise_for_status()
    return time.perf_counter() - start


@contextlib.contextmanager
def started(*arguments: str) -> Iterator[str]:
    """A command of ours that serves, and the address it prints."""
    command = [sys.executable, "-m", "lumakit", *arguments, "-p", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield (process.stdout or sys.stdin).readline().strip()
        finally:
            process.terminate()
            process.communicate()
