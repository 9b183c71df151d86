"""What is measured of our own mock server alone: many stored tasks, all providers at once, calls inside one process.

Knows our command and our Python door. Peers are measured in `serve.py`.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from http.client import HTTPException
from pathlib import Path
from typing import Any

from bench import wrk
from bench.peers import OURS
from bench.running import Server, Unfit, running
from bench.work import SUBMIT
from bench.wrk import Plan

LOOKED_AT = 100_000
EVERY_PROVIDER = replace(OURS, start=("lumakit", "mock", "-p", "{port}"), work=OURS.work.below("/chainhub"))
ROUNDS = 7


def measure(plan: Plan, document: dict[str, Any]) -> dict[str, Any]:
    """Every part: its figures, or the reason why there are none."""
    return {
        "start_every_provider_s": part(lambda: start_every_provider_s(plan, document)),
        "sizes": part(lambda: sizes(plan, document)),
        "in_process_us": part(lambda: in_process_us(plan)),
    }


def part(act: Callable[[], object]) -> dict[str, object]:
    """One part of the result: a server or a library that is missing leaves the others alone."""
    try:
        return {"figures": act()}
    except (Unfit, OSError, HTTPException, ImportError) as reason:
        return {"unmeasured": str(reason)}


def start_every_provider_s(plan: Plan, document: dict[str, Any]) -> float:
    """Cold start to the first right answer, with all providers on one server."""
    starts = []
    for _ in range(plan.starts):
        with running(EVERY_PROVIDER, document) as server:
            starts.append(server.first_answer_s(EVERY_PROVIDER.work))
    return statistics.median(starts)


def sizes(plan: Plan, document: dict[str, Any]) -> list[dict[str, Any]]:
    """One server that grows: memory and looks at each size, submits at the last."""
    roomy = replace(OURS, start=(*OURS.start, "--max-tasks", str(max(plan.sizes) * 4)))
    with running(roomy, document) as server:
        server.first_answer_s(roomy.work)
        rows = [grown(server, more, size, plan) for size, more in zip(plan.sizes, steps(plan.sizes), strict=True)]
        submit = wrk.measure(server, roomy.work.submit, server.folder / "ids", plan)
    return [*rows[:-1], {**rows[-1], "submit": asdict(submit)}]


def steps(sizes: tuple[int, ...]) -> list[int]:
    """How many tasks lead from each size to the next; the first answer has made one."""
    return [after - before for before, after in zip((1, *sizes), sizes, strict=False)]


def grown(server: Server, more: int, size: int, plan: Plan) -> dict[str, Any]:
    """Make more tasks, then look at those."""
    ids = spread(server, wrk.fill(server, OURS.work, more))
    memory_mb = server.memory_mb()
    return {"tasks": size, "memory_mb": memory_mb, "look": asdict(wrk.measure(server, OURS.work.look, ids, plan))}


def spread(server: Server, made: list[str]) -> Path:
    """Ids taken evenly from all that were made, no more than wrk can hold as ready requests."""
    path = server.folder / "ids"
    path.write_text("\n".join(made[:: -(-len(made) // LOOKED_AT)]))
    return path


def in_process_us(plan: Plan) -> dict[str, float]:
    """One submit through httpx without a socket: our mock, respx with one route, httpx alone."""
    import httpx
    import respx

    from mockserver import MockProvider

    task = {"id": "4665a07c-7641-4809-a133-10786201bb56", "state": "pending"}
    with httpx.Client(transport=MockProvider("chainhub").transport()) as client:
        ours = call_us(submitting(client), plan.loops)
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=task))) as client:
        bare = call_us(submitting(client), plan.loops)
    with respx.mock, httpx.Client() as client:
        respx.post(f"http://mock{SUBMIT.path}").mock(return_value=httpx.Response(200, json=task))
        with_respx = call_us(submitting(client), plan.loops)
    return {"lumakit": ours, "respx, one route": with_respx, "httpx.MockTransport": bare}


def submitting(client: Any) -> Callable[[], object]:
    """The submit as a call of an httpx client, refused answers being errors."""
    headers = dict(SUBMIT.headers)
    return lambda: client.post(f"http://mock{SUBMIT.path}", headers=headers, content=SUBMIT.body).raise_for_status()


def call_us(act: Callable[[], object], loops: int) -> float:
    """The median time of one call."""
    spans = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(loops):
            act()
        spans.append(time.perf_counter() - start)
    return statistics.median(spans) / loops * 1e6
