"""The load: wrk with one thread and 32 kept connections, on a core of its own.

Knows wrk and its scripts. Does not know whom it asks.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from bench.running import LOAD_CORE, PATIENCE_S, Server, Unfit
from bench.work import LOAD, Call, Work

CONNECTIONS = 32
FILL_LIMIT_S = 600


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how often is measured."""

    run_s: int = 5
    runs: int = 3
    warm_s: int = 2
    starts: int = 5
    tasks: int = 1000
    sizes: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)
    loops: int = 2000


QUICK = Plan(run_s=1, runs=1, warm_s=1, starts=2, tasks=100, sizes=(1_000, 10_000), loops=200)


@dataclass(frozen=True, slots=True)
class Speed:
    """What one load gave: answers a second, the processor time one answer cost the server, latencies, the share
    refused with 4xx or 5xx, connections that broke."""

    per_s: float
    cpu_us: float
    p50_ms: float
    p99_ms: float
    refused: float
    broken: int


def measure(server: Server, call: Call, ids: Path, plan: Plan) -> Speed:
    """The medians of several runs, after one that warms up."""
    once(server, call, ids, plan.warm_s)
    runs = [once(server, call, ids, plan.run_s) for _ in range(plan.runs)]
    return Speed(
        per_s=statistics.median(run.per_s for run in runs),
        cpu_us=statistics.median(run.cpu_us for run in runs),
        p50_ms=statistics.median(run.p50_ms for run in runs),
        p99_ms=statistics.median(run.p99_ms for run in runs),
        refused=statistics.median(run.refused for run in runs),
        broken=sum(run.broken for run in runs),
    )


def once(server: Server, call: Call, ids: Path, seconds: int) -> Speed:
    """One run."""
    arguments = [call.method, call.path, body_file(server, call), str(ids), *headers(call)]
    before_s = server.cpu_s()
    printed = said_by(command(server, "load.lua", seconds, arguments), seconds + PATIENCE_S)
    cpu_s = server.cpu_s() - before_s
    said = json.loads(printed.splitlines()[-1])
    return Speed(
        per_s=said["answers"] / said["us"] * 1e6,
        cpu_us=cpu_s / max(said["answers"], 1) * 1e6,
        p50_ms=said["p50_us"] / 1000,
        p99_ms=said["p99_us"] / 1000,
        refused=said["refused"] / max(said["answers"], 1),
        broken=said["broken"],
    )


def said_by(wrk: list[str], limit_s: int) -> str:
    """What wrk prints; where a server dies under it, it may never end."""
    try:
        answer = subprocess.run(wrk, capture_output=True, text=True, check=False, timeout=limit_s)
    except subprocess.TimeoutExpired:
        raise Unfit(f"wrk did not end within {limit_s} s") from None
    if answer.returncode or not answer.stdout.rstrip().endswith("}"):
        raise Unfit(f"wrk failed: {answer.stdout[-200:]} {answer.stderr[-200:]}")
    return answer.stdout


def fill(server: Server, work: Work, count: int) -> list[str]:
    """Make so many tasks through the front door; their ids."""
    ids, call = server.folder / "filled", work.submit
    ids.unlink(missing_ok=True)
    arguments = [call.method, call.path, body_file(server, call), work.id_field, str(count), str(ids), *headers(call)]
    wrk = subprocess.Popen(command(server, "fill.lua", FILL_LIMIT_S, arguments), stdout=subprocess.DEVNULL)
    try:
        # Stopped from inside, wrk would still sleep until its time is over.
        while wrk.poll() is None and not ids.exists():
            time.sleep(0.02)
    finally:
        wrk.kill()
        wrk.wait()
    if not ids.exists():
        raise Unfit(f"{count} tasks could not be made within {FILL_LIMIT_S} s")
    return ids.read_text().split()


def command(server: Server, script: str, seconds: int, arguments: list[str]) -> list[str]:
    """wrk's command line."""
    wrk = ["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s"]
    return [*wrk, "-s", str(LOAD / script), server.address, "--", *arguments]


def body_file(server: Server, call: Call) -> str:
    """The body as a file that the script reads."""
    path = server.folder / "body"
    path.write_bytes(call.body)
    return str(path)


def headers(call: Call) -> list[str]:
    """The headers as the script reads them."""
    return [f"{name}: {value}" for name, value in call.headers]
