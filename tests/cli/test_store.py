"""`lumakit mock --store` from the outside: a mock that is killed goes on as if nothing had happened."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lumakit.cli import main
from tests.cli.process import started
from tests.cli.test_mock import Running, running
from tests.mockserver.stores import real_redis

Out = pytest.CaptureFixture[str]
STORE = ("mock", "chainhub", "-p", "0", "--store", "sqlite:///mock.db")
NOWHERE = "192.0.2.1"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command runs in an empty folder and without settings."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("LUMAKIT_")]:
        monkeypatch.delenv(name)


def killed(server: Running) -> None:
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()


def admin(server: Running, path: str, **body: Any) -> Any:
    method = "PUT" if body else "GET"
    return server.client.request(method, f"/__admin/{path}", json=body or None).json()


def test_a_mock_that_was_killed_goes_on_with_all_it_had() -> None:
    with running(*STORE, "--fault", "latency 0") as server:
        assert server.line_with("store:") == "store: sqlite:///mock.db (durable: yes)"
        first = server.submit()
        admin(server, "clock", frozen=True)
        admin(server, "clock", advance_s=30)
        admin(server, "scenario", scenario="fail")
        admin(server, "faults", faults=["429 on GET /luma/account"])
        server.client.post(f"/__admin/tasks/{first}/hold", json={})
        second = server.submit()
        words = [server.state(each) for each in (first, second)]
        before = [admin(server, each) for each in ("clock", "scenario", "faults")]
        tasks = admin(server, "tasks")["tasks"]
        killed(server)
    with running(*STORE, "--fault", "latency 0") as server:
        assert [admin(server, each) for each in ("clock", "scenario", "faults")] == before
        assert [server.state(each) for each in (first, second)] == words
        assert [each["id"] for each in admin(server, "tasks")["tasks"]] == [each["id"] for each in tasks]
        asked = [each["operation"] for each in admin(server, "requests")["requests"]]
        assert asked.count("POST /luma/generations") == 2
        assert server.submit() not in (first, second)
        code, _, err = server.end()
    assert (code, err) == (0, "")


@pytest.mark.skipif(not hasattr(os, "WUNTRACED"), reason="nothing tells here that a process was stopped")
def test_a_mock_that_was_stopped_answers_when_it_goes_on_and_has_lost_nothing() -> None:
    with running(*STORE) as server, ThreadPoolExecutor(1) as beside:
        first = server.submit()
        server.process.send_signal(signal.SIGSTOP)
        os.waitpid(server.process.pid, os.WUNTRACED)
        with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as idle:
            second = beside.submit(server.submit)
            assert not second.done()
            server.process.send_signal(signal.SIGCONT)
            assert [each["id"] for each in admin(server, "tasks")["tasks"]][-1] == first
            assert second.result() != first
            idle.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert idle.recv(12) == b"HTTP/1.1 200"
        assert len(admin(server, "tasks")["tasks"]) == 2
        code, _, err = server.end()
    assert (code, err) == (0, "")


def test_what_was_chosen_anew_goes_before_what_is_remembered() -> None:
    with running(*STORE) as server:
        admin(server, "scenario", scenario="fail")
        admin(server, "clock", speed=7)
        killed(server)
    with running(*STORE, "--scenario", "stuck", "--speed", "3") as server:
        assert admin(server, "scenario")["scenarios"] == {"chainhub": "stuck"}
        assert admin(server, "clock")["speed"] == 3


def test_time_that_passes_between_two_processes_has_passed() -> None:
    with running(*STORE, "--speed", "100000") as server:
        task = server.submit()
        killed(server)
    with running(*STORE, "--speed", "100000") as server:
        assert server.state(task) == "completed"


@pytest.mark.parametrize(
    ("store", "code", "said"),
    [
        ("sqlite", 2, "'sqlite' names no file"),
        ("sqlite://mock.db", 2, "names no file"),
        ("sqlit:///mock.db", 2, "did you mean sqlite?"),
        ("postgres://db", 2, "there is no store 'postgres'"),
        ("redis://:canary@127.0.0.1:1/0", 3, "is Redis running there"),
        ("redis://127.0.0.1:6379/0?x=1", 2, "only `prefix`"),
        ("sqlite:///no/mock.db", 3, "the folder must exist"),
        ("sqlite:///notes.txt", 3, "it is not a store of lumakit [store_foreign]"),
        ("sqlite:///other.db", 3, "it is not a store of lumakit [store_foreign]"),
    ],
)
def test_a_store_that_cannot_be_is_told_with_what_to_try(store: str, code: int, said: str, capsys: Out) -> None:
    Path("notes.txt").write_text("mine", encoding="utf-8")
    with sqlite3.connect("other.db") as other:
        other.execute("CREATE TABLE mine (n)")
    other.close()
    assert main(["mock", "chainhub", "--store", store, "--host", NOWHERE]) == code
    printed = capsys.readouterr()
    assert (said in printed.err, "Traceback" in printed.err, printed.out) == (True, False, "")
    assert "canary" not in printed.err


def test_a_second_mock_does_not_take_the_file_of_the_first() -> None:
    with running(*STORE) as server:
        server.submit()
        with started(*STORE) as second:
            assert second.stderr is not None
            said = second.stderr.read()
            assert (second.wait(), "another mock has it open [store_locked]" in said) == (3, True)
        assert server.client.get("/__admin/health").json()["ready"]


@pytest.mark.parametrize(("durable", "warned"), [(("--appendonly", "no"), True), ((), False)])
def test_a_redis_that_keeps_nothing_is_warned_of(durable: tuple[str, ...], warned: bool) -> None:
    with real_redis.private(*durable) as redis, running(*STORE[:-1], f"{redis.url}?prefix=a") as server:
        word = "no" if warned else "yes"
        assert server.line_with("store:") == f"store: {redis.url}?prefix=a (durable: {word})"
        assert ("what it keeps is gone" in server.line()) is warned
        task = server.submit()
        assert server.client.get("/__admin/health").json()["durable"] == word
        killed(server)
        with running(*STORE[:-1], f"{redis.url}?prefix=a") as again:
            assert again.client.get(f"/luma/generations/{task}").status_code == 200
