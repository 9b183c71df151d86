"""`lumakit mock` from the outside: what it prints, that it answers as the flags say, and how it ends."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lumakit.cli import main, mock
from lumakit.clock import SystemClock
from lumakit.model import Edition
from mockserver.app import Choices, build
from tests.cli.process import PATIENCE_S, Process, started

ROOT = Path(__file__).resolve().parents[2]
JOBS = ROOT / "tests" / "data" / "jobs.yaml"
NOWHERE = "192.0.2.1"  # no address of this machine: what should have been refused ends there
GENERATIONS = "/luma/generations"
BODY = {"user_prompt": "a gust of wind"}
Out = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command runs in an empty folder and without settings."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("LUMAKIT_")]:
        monkeypatch.delenv(name)


# a server


class Running(Process):
    """A server that runs by itself, and somebody with a key who asks it."""

    def __init__(self, process: subprocess.Popen[str], key: str) -> None:
        super().__init__(process)
        self.url = self.line()
        self.client = httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {key}"})

    def submit(self, **headers: str) -> str:
        """The id of a new task."""
        answer = self.client.post(GENERATIONS, json=BODY, headers=headers)
        assert answer.status_code == 200, answer.headers
        return str(answer.json()["id"])

    def state(self, key: str) -> str:
        """The word that a task says."""
        return str(self.client.get(f"{GENERATIONS}/{key}").json()["state"])


@contextlib.contextmanager
def running(*arguments: str, key: str = "any", module: str = "lumakit", **settings: str) -> Iterator[Running]:
    with started(*arguments, module=module, **settings) as process:
        server = Running(process, key)
        with server.client:
            yield server


def test_a_provider_is_served_until_somebody_interrupts() -> None:
    with running("mock", "chainhub", "-p", "0", "--clock", "frozen") as server:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", server.url)
        assert server.line() == f"port: {server.url.rpartition(':')[2]}"
        assert server.state(server.submit()) == "pending"
        code, out, err = server.end(signal.SIGINT)
    assert (code, err) == (0, "")
    assert f"  POST  {server.url}{GENERATIONS}\n" in out
    assert "  > pending     waiting    -> processing, failed\n" in out
    assert "  the clock is frozen: no task moves by itself\n" in out


def test_all_providers_are_served_by_the_short_command_until_they_are_told_to_stop() -> None:
    arguments = ("-p", "0", "--api-key", "mine", "--progress", "looks", "--scenario", "mine=fail")
    with running(*arguments, key="mine", module="mockserver") as server:
        assert [*server.client.get("/").json()["providers"]] == ["apiframe", "chainhub", "kkiai"]
        server.client.base_url = httpx.URL(f"{server.url}/chainhub")
        task = server.submit()
        assert [server.state(task) for _ in range(3)] == ["pending", "processing", "failed"]
        server.client.headers["Authorization"] = "Bearer theirs"
        assert server.client.post(GENERATIONS, json=BODY).status_code == 401
        assert server.client.get("/", headers={"Host": "evil.test"}).status_code == 403
        code, out, err = server.end()
    assert (code, err) == (0, "")
    assert f"  POST  {server.url}/kkiai{GENERATIONS}\n" in out
    assert out.count("  each fetch moves its task to the next word\n") == 3


def test_settings_stand_in_a_file_and_in_the_environment() -> None:
    lines = ('progress = "looks"', 'scenario = ["fail", "odd=stuck"]', 'cors-origin = ["https://app.test"]')
    Path("lumakit.toml").write_text("\n".join(lines), encoding="utf-8")
    with running("mock", "chainhub", LUMAKIT_PORT="0", LUMAKIT_SEED="7") as server:
        task = server.submit(Origin="https://app.test")
        assert [server.state(task) for _ in range(3)] == ["pending", "processing", "failed"]
        server.client.headers["Authorization"] = "Bearer odd"
        task = server.submit()
        assert [server.state(task) for _ in range(3)] == ["pending", "processing", "processing"]
        assert server.end()[0] == 0


def test_faults_stand_in_a_file_and_are_told_at_the_start() -> None:
    Path("lumakit.toml").write_text('fault = ["429 retry-after 7 first 1", "media 404"]', encoding="utf-8")
    with running("mock", "chainhub", "-p", "0") as server:
        assert server.client.post(GENERATIONS, json=BODY).headers["retry-after"] == "7"
        assert server.state(server.submit()) == "pending"
        code, out, _ = server.end()
    assert code == 0
    assert "  fault 1: 429 retry-after 7 first 1\n  fault 2: 404 on media\n" in out


def test_documents_are_watched_and_what_happens_is_told(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "specs" / "chainhub", tmp_path / "specs" / "acme")
    file = tmp_path / "specs" / "acme" / "lifecycle.yaml"
    with running("mock", "--specs", "specs", "--watch", "-p", "0", "--clock", "frozen") as server:
        task = server.submit()
        text = file.read_text(encoding="utf-8")
        file.write_text("\x1b[2J: [", encoding="utf-8")
        refused = server.line_with("has changed")
        assert refused.startswith("acme has changed and is not served: ")
        file.write_text(text, encoding="utf-8")
        assert server.line_with("is served") == "acme has changed and is served; its tasks are kept"
        assert server.state(task) == "pending"
        code, out, err = server.end()
    assert (code, err) == (0, "")
    assert "\x1b" not in refused + out


def test_a_document_of_ones_own_is_served_whoever_reads_what_is_printed() -> None:
    with running("mock", str(JOBS), "-p", "0") as server:
        assert server.process.stdout is not None
        server.process.stdout.close()
        answer = server.client.post("/jobs", json={"prompt": "a cat"})
        assert answer.status_code == 202
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(PATIENCE_S) == 0


def test_a_server_that_can_print_nothing_serves_all_the_same() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    shell = f"exec {sys.executable} -m lumakit mock {JOBS} -p {port} >&- 2>&-"
    with subprocess.Popen(["bash", "-c", shell], cwd=ROOT) as process:
        try:
            with httpx.Client(transport=httpx.HTTPTransport(retries=7)) as client:  # it cannot say when it is ready
                answer = client.post(f"http://127.0.0.1:{port}/jobs", json={"prompt": "a cat"})
            assert answer.status_code == 202
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0
        finally:
            process.kill()


# what cannot be


def test_a_port_in_use_is_told_with_what_to_try(capsys: Out) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["mock", "chainhub", "--port", str(taken.getsockname()[1])]) == 3
    said = capsys.readouterr().err
    assert "the port is in use [bind_failed]" in said
    assert "--port 0 takes any free one" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("chainhud", "did you mean chainhub?"),
        ("chainhub chainhub", "two documents are called 'chainhub'"),
        ("--specs .", "there is no provider to serve"),
        ("chainhub --scenario fial", "did you mean fail?"),
        ("chainhub --scenario key=fial", "did you mean fail?"),
        ("chainhub --scenario fail --scenario slow", "--scenario is given twice for all keys"),
        ("chainhub --port x", "'x' is not a whole number"),
        ("chainhub --port 70000", "0 for any that is free"),
        ("chainhub --speed -1", "'-1' is no speed"),
        ("chainhub --speed nan", "'nan' is no speed"),
        ("chainhub --max-tasks 0", "at least 1"),
        ("chainhub --credits -1", "'-1' is not a whole number"),
        ("chainhub --cors-origin *", "'*' is no origin"),
        ("chainhub --allowed-host a:1", "'a:1' is no name"),
        ("chainhub --public-url here", "'here' is no address"),
        ("chainhub --clock stopped", "invalid choice: 'stopped'"),
        ("chainhub --fault latncy", "did you mean `latency`?"),
        ("--fault 503@on@/luma/generation", "did you mean `on POST /luma/generations`?"),
        ("--fault 403@as@out_of_credit", "did you mean `as out_of_credits`?"),
    ],
)
def test_what_cannot_be_is_wrong_usage_and_told(arguments: str, said: str, capsys: Out) -> None:
    assert main(["mock", *(each.replace("@", " ") for each in arguments.split()), "--host", NOWHERE]) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.out == ""


# what the flags choose


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    mock.configure(parser)
    return parser.parse_args(arguments)


def chosen(*arguments: str) -> Choices:
    return mock.choices(options(*arguments))


def test_without_flags_it_is_quick_and_stays_at_home() -> None:
    choices = chosen()
    assert (choices.targets, choices.edition, choices.scenario) == ((), Edition.CORRECTED, "success")
    assert isinstance(choices.clock, SystemClock)
    assert choices.clock.speed == 10
    assert {*choices.hosts} == {"localhost", "127.0.0.1", "::1"}
    assert (choices.api_keys, choices.cors_origins, choices.public_url) == ((), (), "")


def test_every_flag_is_a_choice() -> None:
    choices = chosen(
        *("chainhub", "--seed", "7", "--scenario", "slow", "--scenario", "a=b=fail:moderation", "--credits", "3"),
        *("--max-tasks", "9", "--edition", "published", "--self-check", "--watch", "--public-url", "https://m.test/"),
        *("--specs", ".", "--fault", "503 every 3rd", "--fault", "latency 1"),
    )
    assert choices.faults == ("503 every 3rd", "latency 1")
    assert (choices.targets, choices.seed, choices.specs) == (("chainhub",), "7", ".")
    assert (choices.scenario, choices.scenarios) == ("slow", {"a=b": "fail:moderation"})
    assert (choices.credits_given, choices.max_tasks, choices.edition) == (3, 9, Edition.PUBLISHED)
    assert (choices.self_check, choices.watched, choices.public_url) == (True, True, "https://m.test")
    assert "m.test" in choices.hosts


@pytest.mark.parametrize(
    ("arguments", "called", "refused"),
    [
        ("--host 127.0.0.2", "127.0.0.2", "box.test"),
        ("--host [::1]", "::1", "box.test"),
        ("--allowed-host box.test", "box.test", "other.test"),
        ("--host 0.0.0.0 --allowed-host box.test", "box.test", "other.test"),
    ],
)
def test_it_answers_to_its_own_names(arguments: str, called: str, refused: str) -> None:
    hosts = chosen(*arguments.split()).hosts
    assert called in hosts
    assert refused not in hosts


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "box.test"])  # noqa: S104  # named, not listened at
def test_where_other_machines_reach_it_any_name_will_do(host: str) -> None:
    assert chosen("--host", host).hosts == ()


def greeting(*arguments: str) -> str:
    given = options(*arguments)
    return mock.greeting(build(mock.choices(given)), "http://127.0.0.1:4010", given)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("", "a task takes about 11 s at --speed 10; --speed 1 is the provider's own pace"),
        ("--speed 1", "a task takes about 108 s at --speed 1;"),
        ("--speed 1000", "a task takes less than a second at --speed 1000;"),
        ("--scenario slow", "a usual task takes about 11 s"),
        ("--speed 0", "the clock is frozen"),
        ("--clock frozen", "the clock is frozen"),
        ("--clock frozen --progress looks", "each fetch moves its task to the next word"),
    ],
)
def test_the_greeting_tells_how_long_a_task_takes(arguments: str, said: str) -> None:
    assert greeting("chainhub", *arguments.split()).splitlines()[-1].startswith(f"  {said}")


def test_the_greeting_tells_the_edition_and_how_clients_reach_it() -> None:
    lines = greeting("chainhub", str(JOBS), "--edition", "published", "--public-url", "https://m.test/x/").splitlines()
    assert lines[0] == "https://m.test/x"
    assert "chainhub, published edition" in lines
    assert "jobs" in lines
    assert f"  POST  https://m.test/x/chainhub{GENERATIONS}" in lines
    assert lines[-1] == "  POST  https://m.test/x/jobs/jobs"


def test_help_does_not_build_a_server() -> None:
    code = "import sys; from lumakit.cli import main; main(['mock', '--help']); print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = done.stdout.splitlines()[-1]
    assert "'lumakit.cli.mock'" in loaded
    assert not re.search(r"'(uvicorn|asyncio|httpx|jsonschema_rs|mockserver\.app)'", loaded)


def test_a_frozen_clock_goes_on_at_the_speed_that_was_chosen() -> None:
    clock = mock.choices(options("--clock", "frozen", "--speed", "7")).clock
    assert isinstance(clock, SystemClock)
    assert clock.speed == 0
    clock.resume()
    assert clock.speed == 7
