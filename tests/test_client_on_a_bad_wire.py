"""What a client does when the wire breaks, by the table of docs/client.md; and never a second paid task."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

import lumakit
from lumakit import Client
from lumakit.client import AsyncClient
from lumakit.clock import VirtualClock
from tests.calling import KEY, Stage, in_a_loop, stage

PAGE = Path(__file__).resolve().parent.parent / "docs" / "client.md"
SUBMIT, FETCH = "POST /luma/generations", "GET /luma/generations/*"

# fault; what a submit raises and how many tasks there are then; how often a fetch is tried, and what it raises
TABLE = {
    "reset": ("Uncertain", 0, 4, "Unavailable"),
    "lost": ("Uncertain", 1, 4, "Unavailable"),
    "truncate": ("Uncertain", 1, 4, "Unavailable"),
    "latency 90": ("Uncertain", 1, 4, "Unavailable"),
    "429": ("Busy", 0, 4, "Busy"),
    "503": ("Unavailable", 0, 4, "Unavailable"),
    "500": ("Uncertain", 0, 4, "Unavailable"),
    "401": ("KeyRefused", 0, 1, "KeyRefused"),
    "403 as out_of_credits": ("OutOfCredits", 0, 1, "OutOfCredits"),
    "403 as forbidden": ("KeyRefused", 0, 1, "KeyRefused"),
    "400": ("RequestRefused", 0, 1, "RequestRefused"),
    "malformed": ("Uncertain", 1, 1, "ContractBroken"),
}


def tried(at: Stage) -> int:
    return len(at.mock.journal.entries())


@pytest.mark.parametrize("fault", TABLE)
def test_a_submit_is_sent_once_and_says_what_may_have_come_of_it(fault: str) -> None:
    at = stage("chainhub", judge="warn", faults=[f"{fault} on {SUBMIT}"])
    error, tasks, _, _ = TABLE[fault]
    with pytest.raises(lumakit.CallError) as told:
        at.client.submit(prompt="a lighthouse")
    assert (type(told.value).__name__, tried(at), at.submitted()) == (error, 1, tasks)


@pytest.mark.parametrize("fault", TABLE)
def test_a_fetch_is_tried_again_where_that_may_help(fault: str) -> None:
    at = stage("chainhub", judge="warn")
    task = at.client.submit(prompt="a lighthouse")
    at.mock.faults.add(f"{fault} on {FETCH}")
    _, _, tries, error = TABLE[fault]
    with pytest.raises(lumakit.CallError) as told:
        at.client.fetch(task)
    assert (type(told.value).__name__, tried(at) - 1) == (error, tries)


@pytest.mark.parametrize("fault", [fault for fault, row in TABLE.items() if row[2] > 1])
def test_a_fetch_that_is_answered_in_the_end_is_answered(fault: str) -> None:
    at = stage("chainhub", judge="warn")
    task = at.client.submit(prompt="a lighthouse")
    at.mock.faults.add(f"{fault} on {FETCH} first 3")
    assert at.client.fetch(task).id == task.id


@pytest.mark.parametrize("fault", [fault for fault, row in TABLE.items() if row[2] > 1])
def test_waiting_goes_on_over_looks_that_come_to_nothing(fault: str) -> None:
    at = stage("chainhub", judge="warn")
    at.mock.faults.add(f"{fault} on {FETCH} first 3")
    assert at.client.run(prompt="a lighthouse").done
    assert at.submitted() == 1


def test_the_page_has_the_same_table() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| `(\w+)`[^|]*\| [^|]*\| (\d)[^|]*\| `(\w+)`", PAGE.read_text(), re.MULTILINE)
    assert {fault: (error, int(tries), later) for fault, error, tries, later in rows} == {
        fault: (error, tries, later) for fault, (error, _, tries, later) in TABLE.items()
    }


def test_a_retry_after_is_kept() -> None:
    at = stage("chainhub", judge="warn")
    task = at.client.submit(prompt="a lighthouse")
    at.mock.faults.add(f"429 retry-after 30 on {FETCH} the 1st")
    began = at.clock.now()
    at.client.fetch(task)
    assert at.clock.now() - began == 30_000
    at.mock.faults.add(f"503 retry-after 3600 on {FETCH}")
    with pytest.raises(lumakit.Unavailable) as told:
        at.client.fetch(task)
    assert told.value.retry_after_s == 3600
    with pytest.raises(lumakit.WaitTimeout):
        at.client.wait(task, budget_s=600)


def test_waiting_gives_up_on_a_provider_that_is_gone() -> None:
    at = stage("chainhub", judge="warn", faults=[f"reset on {FETCH}"])
    with pytest.raises(lumakit.Unavailable) as told:
        at.client.run(prompt="a lighthouse")
    assert told.value.task is not None
    assert tried(at) == 11


class Dead(httpx.BaseTransport):
    """A network that fails a few times, in one way, before anything is sent."""

    def __init__(self, error: Callable[[], Exception], behind: httpx.BaseTransport, times: int) -> None:
        self.error, self.behind, self.left = error, behind, times

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.left -= 1
        if self.left >= 0:
            raise self.error()
        return self.behind.handle_request(request)


@pytest.mark.parametrize("kind", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
def test_a_submit_that_cannot_have_arrived_is_tried_again(kind: type[Exception]) -> None:
    at = stage("chainhub")
    dead = Dead(lambda: kind("no"), at.mock.transport(), times=3)
    with Client("chainhub", api_key=KEY, transport=dead, clock=at.clock) as client:
        assert client.submit(prompt="a").id
    assert at.submitted() == 1


@pytest.mark.parametrize("kind", [httpx.WriteError, httpx.WriteTimeout, httpx.ReadTimeout, httpx.RemoteProtocolError])
def test_a_submit_that_may_have_arrived_is_not(kind: type[Exception]) -> None:
    at = stage("chainhub")
    dead = Dead(lambda: kind("no"), at.mock.transport(), times=1)
    with (
        Client("chainhub", api_key=KEY, transport=dead, clock=at.clock) as client,
        pytest.raises(lumakit.Uncertain, match="look at the account"),
    ):
        client.submit(prompt="a")
    assert (dead.left, at.submitted()) == (0, 0)


def test_nobody_at_the_port_is_unreachable() -> None:
    with socket.socket() as taken:  # bound and not listening: whoever calls is refused
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        clock = VirtualClock()
        with (
            Client("chainhub", api_key=KEY, base_url=url, clock=clock) as client,
            pytest.raises(lumakit.Unreachable, match="nothing was sent") as told,
        ):
            client.submit(prompt="a")
    assert told.value.request is not None
    assert clock.now() > VirtualClock().now()


@pytest.mark.parametrize("fault", ["reset", "lost", "truncate", "503", "429"])
def test_an_event_loop_makes_no_difference(fault: str) -> None:
    at = stage("chainhub")

    async def story(client: AsyncClient) -> None:
        with pytest.raises(lumakit.CallError) as told:
            await client.submit(prompt="a")
        assert type(told.value).__name__ == TABLE[fault][0]
        at.mock.faults.replace([f"{fault} on {FETCH} first 2"])
        task = await client.submit(prompt="a")
        assert (await client.fetch(task)).id == task.id

    at.mock.faults.add(f"{fault} on {SUBMIT}")
    in_a_loop(at.mock, story)


@pytest.mark.parametrize("policy", ["ignore", "warn", "raise"])
def test_an_answer_that_breaks_its_schema_is_judged_as_chosen(policy: str) -> None:
    at = stage("chainhub", judge=policy, seed=3)
    task = at.client.submit(prompt="a lighthouse")
    at.mock.faults.add(f"break-schema on {FETCH}")
    outcome: Any = None
    try:
        at.client.fetch(task)
    except lumakit.ContractBroken as error:
        outcome = error
    assert bool(at.client.findings) is (policy != "ignore")
    if policy == "raise":
        assert outcome is not None
        assert outcome.findings
