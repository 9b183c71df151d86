"""Our own document: read from the package, compiled like a provider's, written out; and who handles which operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files

from lumakit.contract.compile import Contract, compile_contract
from lumakit.contract.document import parse
from lumakit.contract.folder import Sources
from lumakit.model import Response
from mockserver.control import about_faults, about_requests, about_tasks, about_webhooks, steering
from mockserver.control.office import Asked, Office
from mockserver.control.replies import reply
from mockserver.outlook import VERBS

HANDLERS: Mapping[str, Callable[[Office, Asked], Response]] = {
    "getHealth": steering.health,
    "getSettings": steering.settings,
    "reset": steering.reset,
    "reload": steering.reload,
    "getTasks": about_tasks.listed,
    "seedTask": about_tasks.seeded,
    "getTask": about_tasks.shown,
    **{f"{verb}Task": about_tasks.steered(verb) for verb in VERBS},
    "getRequests": about_requests.listed,
    "getUnmatched": about_requests.unmatched,
    "findRequests": about_requests.listed,
    "countRequests": about_requests.counted,
    "getClock": steering.clock,
    "putClock": steering.set_clock,
    "getFaults": about_faults.listed,
    "addFault": about_faults.added,
    "putFaults": about_faults.replaced,
    "deleteFaults": about_faults.cleared,
    "deleteFault": about_faults.removed,
    "getWebhooks": about_webhooks.listed,
    "redeliver": about_webhooks.redelivered,
    "getScenario": steering.scenarios,
    "putScenario": steering.set_scenario,
}


@cache  # it is the same for every server of a process, and a test may start many
def contract() -> Contract:
    """The document, compiled."""
    name = "openapi.yaml"
    raw = (files("mockserver") / "control" / name).read_bytes()
    return compile_contract(Sources("control", parse(raw, f"mockserver/control/{name}")))


def written(compiled: Contract) -> Response:
    """The document as clients read it."""
    return reply(compiled.bundled())
