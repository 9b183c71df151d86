"""`docs/deploy.md` is run: its servers start as they are written, its files are what systemd and nginx take, and behind
the nginx of the page two servers on one Redis are one mock, also while one of them is killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest

from lumakit.model import Request, Response
from mockserver import LiveServer
from mockserver.door.asgi import Door
from tests.cli.process import PATIENCE_S, Process, started
from tests.mockserver.stores import real_redis

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "deploy.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
LINES = [line for kind, text in BLOCKS if kind == "sh" for line in text.replace("\\\n", " ").splitlines()]
(UNIT,), (SITE,) = ([text for kind, text in BLOCKS if kind == wanted] for wanted in ("ini", "nginx"))
EXEC = re.findall(r"^ExecStart=(.*)$", UNIT, re.MULTILINE)
STATE, REDIS, NAME = "/var/lib/lumakit", "redis://127.0.0.1:6379/0", "mock.example:8080"
SUBMIT = "/luma/generations"


def program(name: str) -> str:
    """A program of this machine; without it the test is skipped."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def until(came: Callable[[], bool]) -> None:
    """Ask again and again: whoever is asked is a server, and takes its time."""
    end = monotonic() + PATIENCE_S
    while not came():
        assert monotonic() < end, "it did not come"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the token that the page makes."""
    monkeypatch.chdir(tmp_path)
    program("openssl")
    (line,) = [each for each in LINES if "openssl" in each]
    subprocess.run(["sh", "-c", line], check=True)
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
    return tmp_path


def flags(line: str, here: Path, redis: str = "") -> list[str]:
    """What a command of the page gives to lumakit, at places of our own and a port that is free."""
    mine = line.replace(STATE, str(here)).replace(REDIS, redis).replace("${CREDENTIALS_DIRECTORY}", str(here))
    given = shlex.split(mine)[1:]
    if "-p" in given:
        given[given.index("-p") + 1] = "0"
    return given if "-p" in given else [*given, "-p", "0"]


def port_of(server: Process) -> int:
    return int(server.line_with("port: ").removeprefix("port: "))


SERVERS = [each for each in (*LINES, *EXEC) if each.partition(" ")[0].endswith("lumakit")]


def test_the_page_has_the_servers_that_are_run_here() -> None:
    assert [len(SERVERS), sum(REDIS in each for each in SERVERS)] == [5, 2]


@pytest.mark.parametrize("line", [each for each in SERVERS if REDIS not in each])
def test_a_server_starts_as_the_page_says_keeps_what_it_is_given_and_ends(line: str, here: Path) -> None:
    key, token = {"Authorization": "Bearer any"}, {"Authorization": f"Bearer {Path('token').read_text().strip()}"}
    with started(*flags(line, here)) as process:
        server = Process(process)
        with httpx.Client(base_url=f"http://127.0.0.1:{port_of(server)}", timeout=PATIENCE_S) as client:
            mount = "" if "chainhub" in line else "/chainhub"
            made = client.post(mount + SUBMIT, json={"user_prompt": "x"}, headers=key)
            assert made.status_code == 200
            assert client.get("/").status_code == 200
            if "--admin-token-file" in line:
                assert client.get("/__admin/health").status_code == 401
            assert client.get("/__admin/health", headers=token).json()["durable"] == "yes"
        assert server.end()[0] == 0
    assert (here / "mock.db").exists()


def test_the_unit_is_one_that_systemd_takes(here: Path) -> None:
    analyze = program("systemd-analyze")
    unit = here / "lumakit.service"
    unit.write_text(UNIT.replace("/opt/lumakit/bin/lumakit", f"{sys.executable} -m lumakit"), encoding="utf-8")
    told = subprocess.run([analyze, "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False)
    about = [line for line in (told.stdout + told.stderr).splitlines() if "lumakit" in line]
    assert (about, told.returncode) == ([], 0), told


# behind nginx


class Behind:
    """Two servers of the page on one Redis, behind the nginx of the page, which is at a port that is free."""

    def __init__(self, running: contextlib.ExitStack, here: Path) -> None:
        (redis_server,) = [each for each in LINES if each.startswith("redis-server ")]
        nginx, redis = program("nginx"), running.enter_context(real_redis.private(*shlex.split(redis_server)[1:]))
        lines = [each for each in SERVERS if REDIS in each]
        self.servers = [Process(running.enter_context(started(*flags(each, here, redis.url)))) for each in lines]
        ports = [port_of(each) for each in self.servers]
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = port = int(free.getsockname()[1])
        command = [nginx, "-p", str(here), "-c", str(configured(here, port, ports)), "-e", str(here / "nginx.log")]
        tested = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert tested.returncode == 0, tested.stderr
        running.enter_context(ended(subprocess.Popen(command)))
        token = {"Authorization": f"Bearer {(here / 'token').read_text().strip()}", "Host": NAME}
        self.admin = running.enter_context(client(port, token))
        self.client = running.enter_context(client(port, {"Authorization": "Bearer any", "Host": NAME}))
        self.each = [running.enter_context(client(each, token)) for each in ports]
        until(self._answers)

    def _answers(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return self.admin.get("/__admin/health").status_code == 200
        return False

    def submit(self, **more: str) -> Any:
        answer = self.client.post(SUBMIT, json={"user_prompt": "a gust of wind", **more})
        assert answer.status_code == 200, answer.text
        return answer.json()


def client(port: int, headers: dict[str, str]) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=PATIENCE_S)


def configured(here: Path, port: int, servers: list[int]) -> Path:
    """The configuration of the page with our ports, in the frame that an installed nginx has around it."""
    site = SITE.replace("listen 8080", f"listen 127.0.0.1:{port}")
    for said, own in zip((4011, 4012), servers, strict=True):
        assert f"127.0.0.1:{said};" in site
        site = site.replace(f"127.0.0.1:{said};", f"127.0.0.1:{own};")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {here}/{kind};" for kind in kinds)
    frame = f"daemon off; master_process off; pid {here}/nginx.pid; events {{}} http {{ access_log off; {places}\n"
    path = here / "nginx.conf"
    path.write_text(f"{frame}{site}}}\n", encoding="utf-8")
    return path


@contextlib.contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """A process that ends with the test."""
    try:
        yield
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def behind(here: Path) -> Iterator[Behind]:
    with contextlib.ExitStack() as running:
        yield Behind(running, here)


def test_its_requests_are_answered(behind: Behind) -> None:
    program("curl")
    task, health = [
        json.loads(subprocess.run(["sh", "-c", line], check=True, capture_output=True, text=True).stdout)
        for line in (each.replace("127.0.0.1:8080", f"127.0.0.1:{behind.port}") for each in LINES if "curl" in each)
    ]
    assert task["state"] == "pending"
    assert (health["ready"], health["durable"], health["tasks"]) == (True, "yes", 1)


class Receiver:
    """Notes what arrives."""

    def __init__(self) -> None:
        self.arrived: list[tuple[str, str]] = []

    def __call__(self, request: Request) -> Response:
        body = json.loads(request.body)
        self.arrived.append((body["id"], body["state"]))
        return Response(200)


def test_behind_the_nginx_of_the_page_two_servers_are_one_mock(behind: Behind) -> None:
    ids = {behind.submit()["id"] for _ in range(6)}
    assert len(ids) == 6
    polled = [behind.client.get(f"{SUBMIT}/{each}") for each in ids for _ in range(2)]
    assert {each.status_code for each in polled} == {200}
    marks = {each.headers["x-request-id"].rpartition("-")[0] for each in polled}
    assert len(marks) == 2, "only one of them was asked"
    assert [each.get("/__admin/health").json()["tasks"] for each in behind.each] == [6, 6]
    video = behind.client.post(SUBMIT, json={"user_prompt": "x"}, headers={"Prefer": "status=completed"}).json()
    url = behind.client.get(f"{SUBMIT}/{video['id']}").json()["video"]["url"]
    assert url.startswith(f"http://{NAME}/__media/")
    assert behind.client.get(url.removeprefix(f"http://{NAME}")).headers["content-type"] == "video/mp4"
    page = {"Origin": f"http://{NAME}", "Sec-Fetch-Site": "same-origin"}
    assert behind.admin.put("/__admin/scenario", json={"scenario": "slow"}, headers=page).status_code == 200
    assert behind.admin.get("/__admin/health", headers={"Host": "evil.example"}).status_code == 403


def test_a_webhook_arrives_once_whichever_server_sends_it(behind: Behind) -> None:
    receiver = Receiver()
    with LiveServer(Door(receiver)) as there:
        ids = {behind.submit(notify_hook=f"{there.url}/hook")["id"] for _ in range(10)}
        behind.admin.put("/__admin/clock", json={"advance_s": 10_000})
        until(lambda: {task for task, state in [*receiver.arrived] if state == "completed"} == ids)
    assert len(receiver.arrived) == len(set(receiver.arrived)) >= 10


def test_events_of_both_come_through_as_they_happen(behind: Behind) -> None:
    with behind.admin.stream("GET", "/__admin/events") as answer:
        lines = answer.iter_lines()
        while "event: gap" not in next(lines):  # the server that is not asked has told nobody until now
            pass
        for n in range(4):
            behind.each[n % 2].headers["Authorization"] = "Bearer any"
            asked = behind.each[n % 2].get(f"{SUBMIT}/look-{n}")
            assert asked.status_code == 404
            while f'"path":"{SUBMIT}/look-{n}"' not in next(lines):
                pass


def test_one_server_is_killed_and_requests_go_on(behind: Behind) -> None:
    made = [behind.submit()["id"] for _ in range(4)]
    behind.servers[0].end(signal.SIGKILL)
    answers = [behind.client.get(f"{SUBMIT}/{each}").status_code for each in made * 5]
    assert answers == [200] * 20
    assert len({behind.submit()["id"] for _ in range(10)} - set(made)) == 10
