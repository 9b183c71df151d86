"""Measure the mock server beside the peers that are installed, in one run: `bench/serve.py --help`.

Prints one table; `--json` keeps the figures and `--markdown` writes them as a page. Installs nothing: a peer that is
neither in PATH nor in the folder that BENCH_PEERS names is reported as missing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import statistics
import sys
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import machine, ours, page, tweaks, wrk
from bench.peer import FOLDER, Does, Kind, Peer
from bench.peers import EVERYBODY, NODE_24
from bench.running import LOAD_CORE, SERVER_CORE, Server, Unfit, expand, running, version
from bench.work import Work
from bench.wrk import QUICK, Plan, Speed

QUIET = 0.5


@dataclass(frozen=True, slots=True)
class Figures:
    """What one server did."""

    start_s: float
    idle_mb: float
    loaded_mb: float
    submit: Speed
    invalid: Speed
    look: Speed


def main() -> None:
    """Measure everybody, print the table, keep the figures."""
    given = arguments()
    require_tools()
    # Either way the servers that were started are ended.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.sched_setaffinity(0, {LOAD_CORE})
    plan = QUICK if given.quick else Plan()
    chosen = [peer for peer in EVERYBODY if not given.only or any(name in peer.title.lower() for name in given.only)]
    if not chosen:
        raise SystemExit(f"no server is called so; there are: {'; '.join(peer.title for peer in EVERYBODY)}")
    document = tweaks.plain_document()
    result: dict[str, Any] = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "plan": asdict(plan),
        "machine": machine.describe(),
        "folder": FOLDER,
        "install": list(dict.fromkeys([NODE_24, *(peer.install for peer in EVERYBODY if peer.install)])),
        "servers": [],
        "ours": {},
    }
    for peer in chosen:
        result["servers"].append(row(peer, plan, document))
        keep(result, given)
    if any(peer.kind is Kind.OURS for peer in chosen):
        result["ours"] = ours.measure(plan, document)
    keep(result, given)
    print(page.text(result))


def keep(result: dict[str, Any], given: argparse.Namespace) -> None:
    """Write what is known so far: a run is long."""
    if given.json:
        given.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    if given.markdown:
        given.markdown.write_text(page.markdown(result), encoding="utf-8")


def require_tools() -> None:
    """Say at once what is missing or in the way, not after the first server has started."""
    for tool in ("wrk", "taskset"):
        if shutil.which(tool) is None:
            raise SystemExit(f"bench/serve.py needs `{tool}` in PATH (Debian has it: wrk, util-linux)")
    if not {SERVER_CORE, LOAD_CORE} <= os.sched_getaffinity(0):
        raise SystemExit("bench/serve.py needs two cores: one for the server, one for the load")
    if os.getloadavg()[0] > QUIET:
        print(f"the machine is busy (load {os.getloadavg()[0]:.1f}): the figures will be too", file=sys.stderr)


def arguments() -> argparse.Namespace:
    """What was asked on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", action="append", default=[], type=str.lower, metavar="NAME", help="may be repeated")
    parser.add_argument("--quick", action="store_true", help="one short run of each: does it work at all?")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the figures as JSON")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the figures as a page")
    return parser.parse_args()


def row(peer: Peer, plan: Plan, document: dict[str, Any]) -> dict[str, Any]:
    """One server's row: who it is, and its figures or the reason why there are none."""
    about: dict[str, Any] = {
        "name": peer.name,
        "settings": peer.settings,
        "kind": str(peer.kind),
        "tweaks": peer.tweaks,
        "does": sorted(peer.does),
        "command": " ".join(peer.start),
    }
    try:
        expand(peer, peer.start, port=0, admin_port=0)
        about["version"] = version(peer)
        about["figures"] = asdict(figures(peer, plan, document))
    except (Unfit, OSError, HTTPException) as reason:
        about["unmeasured"] = str(reason)
    print(page.line(about), file=sys.stderr, flush=True)
    return about


def figures(peer: Peer, plan: Plan, document: dict[str, Any]) -> Figures:
    """Start a server several times; load the last one."""
    starts = [cold_start_s(peer, document) for _ in range(plan.starts - 1)]
    with running(peer, document) as server:
        starts.append(server.first_answer_s(peer.work))
        confirm(server, peer)
        idle_mb = server.memory_mb()
        ids = tasks(server, peer, plan)
        plan = replace(plan, warm_s=plan.warm_s * peer.warm_ups)
        look = wrk.measure(server, peer.work.look, ids, plan)
        invalid = wrk.measure(server, peer.work.invalid, ids, plan)
        submit = wrk.measure(server, peer.work.submit, ids, plan)
        return Figures(statistics.median(starts), idle_mb, server.memory_mb(), submit, invalid, look)


def cold_start_s(peer: Peer, document: dict[str, Any]) -> float:
    """From the start of the process to the first right answer."""
    with running(peer, document) as server:
        return server.first_answer_s(peer.work)


def confirm(server: Server, peer: Peer) -> None:
    """Ask whether the server does what is said of it, no less and no more."""
    seen = {does for does, asked in QUESTIONS.items() if asked(server, peer.work)}
    if seen != peer.does:
        raise Unfit(f"said to do {sorted(peer.does)}, seen to do {sorted(seen)}")


def asks_for_token(server: Server, work: Work) -> bool:
    """A submit without a token is refused."""
    status, _ = server.ask(replace(work.submit, headers=work.submit.headers[1:]))
    return 400 <= status < 500


def checks_body(server: Server, work: Work) -> bool:
    """A submit with a value of the wrong type is refused."""
    status, _ = server.ask(work.invalid)
    return 400 <= status < 500


def remembers(server: Server, work: Work) -> bool:
    """A task that was made is found, with its own id."""
    task = server.submit(work) or "none"
    other = server.submit(work)
    status, body = server.ask(work.look, task)
    return task != other and status == 200 and task.encode() in body


QUESTIONS = {Does.TOKEN: asks_for_token, Does.BODY: checks_body, Does.STATE: remembers}


def tasks(server: Server, peer: Peer, plan: Plan) -> Path:
    """The ids to look at: those of fresh tasks where there is state, one where there is none."""
    made = wrk.fill(server, peer.work, plan.tasks) if Does.STATE in peer.does else [server.submit(peer.work) or "one"]
    path = server.folder / "ids"
    path.write_text("\n".join(made))
    return path


if __name__ == "__main__":
    main()
