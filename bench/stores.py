"""Measure submits and polls a second by store, and with two servers on one Redis: `bench/stores.py --help`.

Needs wrk, and redis-server for Redis. Each figure is one run of some seconds; two servers are asked by two loads.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.figures import table, write
from bench.victims import HEADERS, SUBMIT, Server, free_ports, redis

BODY = json.dumps({"user_prompt": "a gust of wind"})
CONNECTIONS = 16


@dataclass
class Figures:
    """What a store does."""

    store: str
    servers: int
    submits_per_s: int = 0
    submit_p99_ms: float = 0.0
    polls_per_s: int = 0
    poll_p99_ms: float = 0.0


def measure(name: str, store: str, servers: int, seconds: int) -> Figures:
    """Ask some servers on a store."""
    figures = Figures(name, servers)
    with contextlib.ExitStack() as running:
        every = [running.enter_context(served(store, port)) for port in free_ports(servers)]
        _, made = every[0].ask("POST", SUBMIT, json.loads(BODY))
        figures.submits_per_s, figures.submit_p99_ms = loaded(every, SUBMIT, f"wrk.body = '{BODY}'", seconds)
        figures.polls_per_s, figures.poll_p99_ms = loaded(every, f"{SUBMIT}/{made['id']}", "", seconds)
    return figures


@contextlib.contextmanager
def served(store: str, port: int) -> Iterator[Server]:
    """A server while it is needed."""
    server = Server(store, port)
    try:
        yield server
    finally:
        server.kill()


def loaded(servers: list[Server], path: str, more: str, seconds: int) -> tuple[int, float]:
    """Requests a second at all servers together, and the slowest of their 99th percentiles in ms."""
    lines = [f'wrk.method = "{"POST" if more else "GET"}"', more]
    lines += [f'wrk.headers["{name}"] = "{value}"' for name, value in HEADERS.items()]
    with tempfile.NamedTemporaryFile("w", suffix=".lua", encoding="utf-8") as script:
        script.write("\n".join(lines))
        script.flush()
        flags = ("-t1", f"-c{CONNECTIONS}", f"-d{seconds}", "--latency", "-s", script.name)
        loads = [
            subprocess.Popen(["wrk", *flags, f"http://127.0.0.1:{each.port}{path}"], stdout=subprocess.PIPE, text=True)  # noqa: S607
            for each in servers
        ]
        told = [each.communicate()[0] for each in loads]
    if any("Non-2xx" in each for each in told):
        raise SystemExit(f"not everything was answered:\n{told}")
    speeds = [float(_found(r"Requests/sec:\s+([\d.]+)", each)) for each in told]
    return round(sum(speeds)), max(_ms(_found(r"99%\s+(\S+)", each)) for each in told)


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise SystemExit(f"wrk has said something else:\n{text}")
    return match[1]


def _ms(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()  # type: ignore[union-attr]  # as wrk spells it
    return round(float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit], 2)


def main() -> int:
    """Measure every store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--markdown", type=Path, help="a page with a place for the figures")
    options = parser.parse_args()
    every = [measure("memory", "memory", 1, options.seconds)]
    with tempfile.TemporaryDirectory() as folder:
        every.append(measure("SQLite", f"sqlite:///{folder}/mock.db", 1, options.seconds))
    for servers in (1, 2):
        with redis() as url:
            every.append(measure("Redis, appendfsync always", url, servers, options.seconds))
    print(table(every))
    if options.markdown:
        write(options.markdown, table(every), f"bench/stores.py --seconds {options.seconds}", "stores")
    return 0


if __name__ == "__main__":
    sys.exit(main())
