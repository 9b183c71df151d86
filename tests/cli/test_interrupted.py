"""Ctrl-C while `lumakit check` spends a budget over HTTP: once and twice. Nobody sleeps: everything is waited for."""

from __future__ import annotations

import fcntl
import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lumakit.check.ledger import Ledger
from lumakit.model import Request, Response
from mockserver import LiveServer, MockProvider
from mockserver.door.asgi import Door
from tests.cli.process import PATIENCE_S, Process, started

MAKES = "/luma/generations"  # and its extension
BUDGET = 5


@dataclass
class Provider:
    """A mock that takes so many submits, and then keeps whoever makes one more waiting for the answer."""

    holds: int
    mock: MockProvider = field(default_factory=lambda: MockProvider("chainhub"))
    submits: int = 0
    asked: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    def __call__(self, request: Request) -> Response:
        answer = self.mock(request)
        if request.method == "POST" and request.path.startswith(MAKES) and answer.status < 300:
            self.submits += 1
            self.mock.tasks.complete(json.loads(answer.body)["id"])  # so that the next one comes soon
            if self.submits == self.holds:
                self.asked.set()
                self.go_on.wait(PATIENCE_S)
        return answer


@contextmanager
def checking(provider: Provider, folder: Path, *more: str) -> Iterator[Process]:
    """A check with a budget, as it waits for the answer to a submit."""
    with LiveServer(Door(provider)) as live:
        flags = ["--provider", "chainhub", "--phases", "examples,lifecycle", "--budget", str(BUDGET), "--yes"]
        place = ["--ledger", str(folder / "ledger.jsonl"), *more]
        key = {"CHAINHUB_API_KEY": "canary-of-the-interrupted"}
        try:
            with started("check", live.url, *flags, *place, **key) as process:
                assert provider.asked.wait(PATIENCE_S), process.communicate()
                yield Process(process)
        finally:
            provider.go_on.set()


def spent(folder: Path) -> int:
    """What the ledger counts as spent; it is whole, or this fails."""
    return len(Ledger(folder / "ledger.jsonl", lambda: 0).check().spent())


@pytest.mark.parametrize("holds", [1, 2])
def test_once_ends_the_asking_and_the_report_is_written(tmp_path: Path, holds: int) -> None:
    provider, report = Provider(holds), tmp_path / "report.json"
    with checking(provider, tmp_path, "--format", "json", "-o", str(report)) as check:
        code, out, err = check.end(signal.SIGINT)
    assert (code, out) == (130, "")
    assert told_beside(err) == {
        "lifecycle": "cut short: the run was interrupted",
        "examples": "skipped: the run was interrupted",
    }
    told = json.loads(report.read_text(encoding="utf-8"))
    assert any("interrupted" in each for each in phases(told))
    assert provider.submits == holds
    assert spent(tmp_path) == holds


def told_beside(err: str) -> dict[str, str]:
    """What was said beside the report, which is how far the phases came and nothing else: the last of each."""
    lines = (line.partition(": ") for line in err.splitlines())
    return {phase: said.rpartition("; ")[2] for phase, _, said in lines}


def phases(told: Any) -> list[str]:
    """What a report says of its phases."""
    return [str(each) for each in told["phases"].values()]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a pipe be made small")
def test_twice_ends_it_at_once_and_the_ledger_is_whole(tmp_path: Path) -> None:
    provider = Provider(2)
    with checking(provider, tmp_path, "--format", "html") as check:
        stdout = check.process.stdout
        assert stdout is not None
        fcntl.fcntl(stdout, fcntl.F_SETPIPE_SZ, 4096)  # less than a report: whoever writes it waits for a reader
        check.process.send_signal(signal.SIGINT)
        assert stdout.read(1) == "<"  # the report is being written, and nobody reads on
        check.process.send_signal(signal.SIGINT)
        code, _, err = check.ended()
    assert code == 130
    assert told_beside(err).keys() == {"lifecycle", "examples"}
    assert provider.submits == 2
    assert spent(tmp_path) == 2


@pytest.mark.parametrize("turn", range(3))
def test_twice_in_a_moment_is_no_traceback_and_nothing_is_lost(tmp_path: Path, turn: int) -> None:
    provider = Provider(1 + turn % 2)
    with checking(provider, tmp_path) as check:
        check.process.send_signal(signal.SIGINT)
        code, _, err = check.end(signal.SIGINT)
    assert code in (130, -signal.SIGINT)  # the second one may come when Python has closed its own affairs
    assert "Traceback" not in err
    assert spent(tmp_path) == provider.submits


def test_what_was_killed_in_between_is_spent_for_the_next_run(tmp_path: Path) -> None:
    provider = Provider(1)
    with checking(provider, tmp_path) as check:
        assert check.end(signal.SIGKILL)[0] == -signal.SIGKILL
    assert spent(tmp_path) == provider.submits == 1
