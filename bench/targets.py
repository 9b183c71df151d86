"""Our figures over the peers', and beside what the project aims at. Measures nothing.

Reads the result of a run as `serve.py` keeps it; what was not measured makes no row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bench.work import SUBMIT

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Aim:
    """One figure beside its target."""

    what: str
    got: str
    target: str
    met: bool


def aims(result: Row) -> list[Aim]:
    """Every aim that this run can speak about."""
    measured = [row for row in result["servers"] if "figures" in row]
    mine = next((row["figures"] for row in measured if row["kind"] == "ours"), None)
    peers = [row for row in measured if row["kind"] == "peer"]
    parts = {name: part["figures"] for name, part in result["ours"].items() if "figures" in part}
    server = [*against_peers(mine, peers), *of_one_server(mine)] if mine else []
    return [*server, *of_a_full_store(parts.get("sizes"), peers), *of_the_rest(parts)]


def against_peers(mine: Row, peers: list[Row]) -> list[Aim]:
    """Speed over named peers and over the fastest."""
    strict = [row for row in peers if "body" in row["does"]]
    named = [(row, *NAMED[title(row)]) for row in peers if title(row) in NAMED]
    return [
        *(over(mine, row, "submit", "valid POST", least, further) for row, least, further in named),
        *fastest(mine, strict, "submit", "valid POST, the fastest that checks the body", 1.6, 2.5),
        *fastest(mine, strict, "invalid", "invalid POST, the fastest that checks the body", 1.5),
        *fastest(mine, peers, "look", "GET, the fastest", 2),
    ]


NAMED = {"Prism, tuned": (6, 10), "WireMock, tuned": (4, 6), "WireMock, tuned, warmed long": (4, 6)}


def fastest(mine: Row, peers: list[Row], work: str, what: str, least: float, further: float = 0) -> list[Aim]:
    """Our speed over the best of some peers, where there are any."""
    best = max(peers, key=lambda row: float(row["figures"][work]["per_s"]), default=None)
    return [over(mine, best, work, what, least, further)] if best else []


def over(mine: Row, peer: Row, work: str, what: str, least: float, further: float = 0) -> Aim:
    """Our speed over one peer's."""
    ratio = mine[work]["per_s"] / max(peer["figures"][work]["per_s"], 0.1)
    then = f", then {further:g}x" if further else ""
    return Aim(f"{what}: {title(peer)}", f"{ratio:.2f}x", f">= {least:g}x{then}", ratio >= least)


def of_one_server(mine: Row) -> list[Aim]:
    """What one server with one provider aims at."""
    return [
        at_most("p99 of a valid POST", mine["submit"]["p99_ms"], 5, "ms"),
        at_most("cold start, one provider", mine["start_s"], 0.4, "s"),
        at_most("memory, idle", mine["idle_mb"], 60, "MB"),
    ]


def of_a_full_store(sizes: list[Row] | None, peers: list[Row]) -> list[Aim]:
    """What many stored tasks may cost."""
    if not sizes:
        return []
    first, last = sizes[0], sizes[-1]
    loss = 100 - 100 * last["look"]["per_s"] / first["look"]["per_s"]
    beyond = bytes_per_task(sizes) - len(SUBMIT.body)
    return [
        *fastest(last, peers, "look", f"GET among {last['tasks']:,}, the fastest", 2),
        at_most(f"GET among {last['tasks']:,} slower than among {first['tasks']:,}", loss, 15, "%"),
        at_most("memory a stored task, beyond its own request", beyond, 700, "B"),
    ]


def of_the_rest(parts: Row) -> list[Aim]:
    """All providers at once, and calls without a socket."""
    rows = []
    if "start_every_provider_s" in parts:
        rows.append(at_most("cold start, all providers", parts["start_every_provider_s"], 0.6, "s"))
    if "in_process_us" in parts:
        calls = parts["in_process_us"]
        rows.append(at_most("in process, over bare respx", calls["lumakit"] / calls["respx, one route"], 1.5, "x"))
    return rows


def at_most(what: str, got: float, most: float, unit: str) -> Aim:
    """A figure that should be small."""
    return Aim(what, f"{got:.3g} {unit}", f"<= {most:g} {unit}", got <= most)


def bytes_per_task(sizes: list[Row]) -> float:
    """Memory between the last two sizes, for each task between them."""
    before, after = sizes[-2:]
    return float((after["memory_mb"] - before["memory_mb"]) * 1e6 / (after["tasks"] - before["tasks"]))


def title(row: Row) -> str:
    """Name and settings."""
    return f"{row['name']}, {row['settings']}"
