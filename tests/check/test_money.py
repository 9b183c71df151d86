"""The promise about money: what a server has accepted, counted there, is never more than the budget."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumakit import strictjson
from lumakit.check.consent import consent
from lumakit.check.endpoint import HttpTarget
from lumakit.check.guard import Budgeted, Limits, Ticket
from lumakit.check.ledger import Ledger
from lumakit.check.probe import Probe, outcome_of
from lumakit.check.target import Cost
from lumakit.check.traffic import Record
from lumakit.cli.targets import MockTarget
from lumakit.clock import SystemClock, VirtualClock
from lumakit.errors import OverBudget
from lumakit.model import Lost, Request, Response
from lumakit.redaction import Redactor
from lumakit.secret import Key
from mockserver import LiveServer, MockProvider
from tests.calling import example
from tests.check.spender import MOMENTS

ROOT = Path(__file__).resolve().parent.parent.parent
CANARY = "canary-7f3a-of-a-spender"
SUBMIT = "POST /luma/generations"
# What a server does with a request: whether it accepts it, and what comes back.
DEEDS: tuple[tuple[bool, Response | Lost], ...] = (
    (True, Response(200)),
    (True, Response(202)),
    (True, Response(500)),
    (True, Response(307)),
    (True, Response(408)),
    (True, Lost("hung up")),
    (False, Lost("hung up")),
    (False, Lost("refused", unsent=True)),
    (False, Response(503)),
    (False, Response(402)),
    (False, Response(429)),
)


@dataclass
class Worker:
    """A process, as far as money goes: a guard of its own over the shared ledger, and a request on its way."""

    guard: Budgeted
    ticket: Ticket | None = None
    answer: Response | Lost = field(default_factory=lambda: Response(503))


def guard_of(
    path: Path, run: str, budget: int, day: int | None = None, wait: Callable[[float], object] = float
) -> Budgeted:
    limits = Limits(budget=budget, budget_day=day, requests=10**6, apart_s=0, seconds=1e9)
    book = Ledger(path, lambda: 0, wait)
    return Budgeted(limits, book, VirtualClock(), run=run, target="server")


STEPS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["ask", "hear", "die"]), st.sampled_from(DEEDS)), max_size=40
)


@settings(max_examples=150)
@given(steps=STEPS, budget=st.integers(0, 5), day=st.none() | st.integers(0, 5), runs=st.integers(1, 2))
def test_no_order_of_events_makes_a_server_accept_more(
    steps: list[tuple[int, str, tuple[bool, Response | Lost]]], budget: int, day: int | None, runs: int
) -> None:
    accepted = dict.fromkeys(range(runs), 0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.jsonl"
        workers = [Worker(guard_of(path, f"run-{number % runs}", budget, day)) for number in range(4)]
        for number, step, (accepts, answer) in steps:
            worker = workers[number]
            if step == "ask" and worker.ticket is None:
                try:
                    worker.ticket = worker.guard.reserve("POST /jobs", Cost.PAID)
                except OverBudget:
                    continue
                accepted[number % runs] += accepts
                worker.answer = answer
            elif step == "hear" and worker.ticket is not None:
                worker.ticket.settle(outcome_of(worker.answer))
                worker.ticket = None
            elif step == "die":  # nothing is settled, and another process goes on in its place
                workers[number] = Worker(guard_of(path, f"run-{number % runs}", budget, day))
    assert max(accepted.values()) <= budget
    assert day is None or sum(accepted.values()) <= day


@settings(max_examples=25)
@given(
    budget=st.integers(0, 4),
    seed=st.integers(0, 10**6),
    faults=st.lists(st.sampled_from(["lost 40%", "503 30%", "429 20%", "reset 20%", "truncate 30%", "malformed 30%"])),
)
def test_a_mock_has_no_more_tasks_than_the_budget(budget: int, seed: int, faults: list[str]) -> None:
    clock = VirtualClock()
    mock = MockProvider("chainhub", clock=clock, seed=seed, faults=faults)
    assert mock.contract.reading is not None
    path = next(each.submit[0] for each in mock.contract.reading.tasks.values() if each.submit).removeprefix("POST ")
    with tempfile.TemporaryDirectory() as folder:
        guard = guard_of(Path(folder) / "ledger.jsonl", "run", budget)
        probe = Probe(
            mock.contract, MockTarget(mock, clock), guard, key=Key(CANARY), redactor=Redactor(), record=Record()
        )
        body = strictjson.dumps(example(mock.contract, f"POST {path}"))
        request = Request("POST", path, "", (("Content-Type", "application/json"),), body)
        for _ in range(12):
            try:
                probe.ask(request, cost=Cost.PAID)
            except OverBudget:
                break
    assert len(list(mock.tasks)) <= budget
    assert faults or len(list(mock.tasks)) == budget


def test_a_server_on_a_port_has_no_more_tasks_than_the_budget(tmp_path: Path) -> None:
    mock = MockProvider("chainhub", faults=["lost every 3rd", "503 every 5th", "429 every 7th", "truncate every 4th"])
    body = strictjson.dumps(example(mock.contract, SUBMIT))
    with LiveServer(mock) as live:

        def spend() -> None:
            guard = guard_of(tmp_path / "ledger.jsonl", "run", 6, wait=threading.Event().wait)
            target = HttpTarget(consent(live.url), SystemClock())
            probe = Probe(mock.contract, target, guard, key=Key(CANARY), redactor=Redactor(), record=Record())
            request = Request("POST", "/luma/generations", "", (("Content-Type", "application/json"),), body)
            with contextlib.suppress(OverBudget):
                for _ in range(10):
                    probe.ask(request, cost=Cost.PAID)

        threads = [threading.Thread(target=spend) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert 1 <= len(list(mock.tasks)) <= 6
    assert len(Ledger(tmp_path / "ledger.jsonl", lambda: 0).check().spent()) == 6
    assert "canary" not in (tmp_path / "ledger.jsonl").read_text()


def test_sixty_four_threads_with_guards_of_their_own_share_one_budget(tmp_path: Path) -> None:
    accepted: list[int] = []
    ready, never = threading.Barrier(64), threading.Event()

    def spend(number: int) -> None:
        guard = guard_of(tmp_path / "ledger.jsonl", "run", 10, wait=never.wait)
        ready.wait()
        with contextlib.suppress(OverBudget):
            ticket = guard.reserve("POST /jobs", Cost.PAID)
            accepted.append(number)
            ticket.settle(outcome_of(Response(200)))

    threads = [threading.Thread(target=spend, args=(number,)) for number in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(accepted) == 10


def started(folder: Path, *arguments: object) -> subprocess.Popen[bytes]:
    script = [sys.executable, "-m", "tests.check.spender", str(folder / "ledger.jsonl"), str(folder / "server")]
    return subprocess.Popen([*script, *map(str, arguments)], cwd=ROOT, stdout=subprocess.PIPE)


def ended(*processes: subprocess.Popen[bytes]) -> list[int]:
    """What processes end with."""
    for process in processes:
        process.communicate(timeout=60)
    return [process.returncode for process in processes]


def counted(folder: Path) -> int:
    """What the server has accepted."""
    return (folder / "server").stat().st_size if (folder / "server").exists() else 0


def spent(folder: Path) -> int:
    return len(Ledger(folder / "ledger.jsonl", lambda: 0).check().spent("shared"))


def test_four_processes_of_sixteen_threads_share_one_budget(tmp_path: Path) -> None:
    assert ended(*(started(tmp_path, 20, 16, 50) for _ in range(4))) == [0] * 4
    assert counted(tmp_path) == spent(tmp_path) == 20


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is of POSIX")
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_process_that_is_killed_has_spent_what_it_may_have_spent(tmp_path: Path, moment: str) -> None:
    assert ended(started(tmp_path, 3, 1, 50, moment)) == [-signal.SIGKILL]
    reserved = spent(tmp_path)
    assert counted(tmp_path) <= reserved <= counted(tmp_path) + 1
    assert reserved == (0 if moment == "reserving" else 1)
    assert ended(started(tmp_path, 3, 1, 50)) == [0]
    assert counted(tmp_path) <= spent(tmp_path) == 3


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is of POSIX")
def test_processes_that_are_killed_at_any_moment_spend_no_more_together(tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311  # when to kill is no secret
    for _ in range(5):
        process = started(tmp_path, 60, 4, 10**6)
        assert process.stdout is not None
        process.stdout.read(chance.randint(1, 12))
        process.kill()
        ended(process)
        assert counted(tmp_path) <= spent(tmp_path) <= 60
    assert ended(started(tmp_path, 60, 4, 10**6)) == [0]
    assert counted(tmp_path) <= spent(tmp_path) == 60


def test_no_key_stands_in_a_ledger(tmp_path: Path) -> None:
    assert ended(started(tmp_path, 5, 2, 20)) == [0]
    text = (tmp_path / "ledger.jsonl").read_bytes()
    assert text.count(b'"reserve"') >= 5
    assert b"canary" not in text
