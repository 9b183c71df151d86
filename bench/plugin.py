"""Measure what the pytest plugin costs: a request in process beside bare respx, and a test run that uses none of it.

`bench/plugin.py` prints one table. In process the processor time of the thread is taken, which hardly moves on a busy
machine; with a server in another thread the time on the wall. pytest-httpserver and moto are measured where they are
installed, and named where they are not.
"""

from __future__ import annotations

import logging
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import requests
import responses
import respx
import uvicorn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.load.bare_asgi import BODY as READY
from bench.load.bare_asgi import app as bare
from bench.work import ATHENA, SUBMIT
from lumakit.clock import VirtualClock
from lumakit.pytest import Choices, Inbox, Mocks, answer_responses
from lumakit.pytest.mocks import Stage
from lumakit.pytest.server import Servers

ROOT = Path(__file__).resolve().parent.parent
CALLS, ROUNDS, TURNS, RUNS = 200, 7, 15, 7
HOST = "https://api.chainhub.tech"
HEADERS = dict(SUBMIT.headers)
TARGET = 1.5
COLLECT_MS = 20
Call = Callable[[], object]


def main() -> None:
    """Everything, in one table."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # the two that stand on it tell of every request
    print(f"{'one POST of 337 bytes':<58} {'median':>10}  {'to respx':>9}")
    compared(
        ("bare respx, one route", lambda stack: bare_respx(stack, "POST"), None),
        ("httpx.MockTransport, no routes", mock_transport, None),
        ("lumakit_mock: a task is made", submitted, TARGET),
        ("lumakit_mock: refused, with the reason", refused, TARGET),
        ("responses, one route", bare_responses, None),
        ("answer_responses(lumakit_mock): a task is made", our_responses, None),
    )
    compared(
        ("GET: bare respx, one route", lambda stack: bare_respx(stack, "GET"), None),
        ("GET: lumakit_mock, a task that has ended, 1,437 bytes", looked_at, TARGET),
        ("GET: lumakit_mock, by looks: each task goes on", moved_on, TARGET),
    )
    print(f"\n{'the same over a port, on the wall':<58} {'median':>10}")
    for name, make in {
        "uvicorn in a thread, always the same bytes": stub,
        "lumakit_server": our_server,
        "pytest-httpserver": httpserver,
        "moto's server (Athena)": moto,
    }.items():
        over_a_port(name, make)
    print()
    collecting()


def compared(*rows: tuple[str, Callable[[ExitStack], Call], float | None]) -> None:
    """Rows that are measured by turns, so that a busy moment meets all of them, each beside the first."""
    spans: list[list[float]] = [[] for _ in rows]
    for _ in range(TURNS):
        for (_, make, _), found in zip(rows, spans, strict=True):
            found.append(measured(make, time.thread_time, rounds=1))
    for (what, _, target), found in zip(rows, spans, strict=True):
        ratio = statistics.median(ours / alone for ours, alone in zip(found, spans[0], strict=True))
        missed = "" if target is None else f"  target {target} x{'' if ratio <= target else '  <-- missed'}"
        print(f"{what:<58} {statistics.median(found):>7.0f} us  {ratio:>7.2f} x{missed}")


def measured(make: Callable[[ExitStack], Call], ticks: Callable[[], float], rounds: int = ROUNDS) -> float:
    """The median of several rounds, in microseconds for one call, after one that warms up."""
    with ExitStack() as stack:
        call = make(stack)
        spans = []
        for _ in range(rounds + 1):
            began = ticks()
            for _ in range(CALLS):
                call()
            spans.append(ticks() - began)
        return statistics.median(spans[1:]) / CALLS * 1e6


def over_a_port(name: str, make: Callable[[ExitStack], Call | None]) -> None:
    """A row on the wall, or why there is none."""
    with ExitStack() as stack:
        if make(stack) is None:
            print(f"{name:<58} not measured: not installed")
            return
    print(f"{name:<58} {measured(make, time.perf_counter):>7.0f} us")  # type: ignore[arg-type]  # it is there


# --- in process -------------------------------------------------------------------------------------------------------


def client(stack: ExitStack) -> httpx.Client:
    """One client for all calls: to make one takes longer than many calls."""
    return stack.enter_context(httpx.Client(headers=HEADERS))


def posting(http: httpx.Client, address: str = HOST + SUBMIT.path) -> Call:
    """The call that is measured."""
    return lambda: http.post(address, content=SUBMIT.body)


def bare_respx(stack: ExitStack, method: str) -> Call:
    """respx with a route of one's own."""
    router = stack.enter_context(respx.mock(assert_all_called=False))
    router.request(method, HOST + SUBMIT.path).respond(200, content=READY, headers={"content-type": "application/json"})
    http = client(stack)
    return posting(http) if method == "POST" else lambda: http.get(HOST + SUBMIT.path)


def mock_transport(stack: ExitStack) -> Call:
    """httpx alone."""
    ready = httpx.MockTransport(lambda _: httpx.Response(200, content=READY))
    return posting(stack.enter_context(httpx.Client(transport=ready, headers=HEADERS)))


def mocks(stack: ExitStack) -> Mocks:
    """What the fixture makes."""
    clock = VirtualClock()
    inbox = Inbox(clock, lambda: ())
    made = Mocks(Choices("chainhub"), Stage(clock, inbox, "bench", __file__))
    return stack.enter_context(made.catching())


def submitted(stack: ExitStack) -> Call:
    """A mock, asked by httpx at the documented host."""
    mocks(stack)
    return posting(client(stack))


def looked_at(stack: ExitStack) -> Call:
    """A look at a task that has ended, with all its results."""
    caught, http = mocks(stack), client(stack)
    task = made(http)
    caught().tasks.complete(task)
    return lambda: http.get(f"{HOST}{SUBMIT.path}/{task}")


def moved_on(stack: ExitStack) -> Call:
    """Each look finds a task that it moves on: it waits at first, and then it runs."""
    mocks(stack)
    http = client(stack)
    tasks = iter([task for task in [made(http) for _ in range(CALLS)] for _ in range(2)])
    return lambda: http.get(f"{HOST}{SUBMIT.path}/{next(tasks)}")


def made(http: httpx.Client) -> str:
    """The id of a new task."""
    return str(posting(http)().json()["id"])  # type: ignore[attr-defined]  # what a call gives is not looked at elsewhere


def refused(stack: ExitStack) -> Call:
    """A body that breaks the contract."""
    mocks(stack)
    http = client(stack)
    return lambda: http.post(HOST + SUBMIT.path, content=b'{"user_prompt": 7}')


def session(stack: ExitStack) -> Call:
    """The same by requests."""
    http = stack.enter_context(requests.Session())
    http.headers.update(HEADERS)
    return lambda: http.post(HOST + SUBMIT.path, data=SUBMIT.body, timeout=5)


def board(stack: ExitStack) -> responses.RequestsMock:
    """responses, as long as it lasts."""
    return stack.enter_context(responses.RequestsMock(assert_all_requests_are_fired=False))


def bare_responses(stack: ExitStack) -> Call:
    """responses with a route of one's own."""
    board(stack).post(HOST + SUBMIT.path, body=READY, content_type="application/json")
    return session(stack)


def our_responses(stack: ExitStack) -> Call:
    """A mock behind responses."""
    answer_responses(mocks(stack)(), board(stack))
    return session(stack)


# --- over a port ------------------------------------------------------------------------------------------------------


def stub(stack: ExitStack) -> Call:
    """The least that a server can do."""
    return posting(client(stack), stack.enter_context(serving()) + SUBMIT.path)


@contextmanager
def serving() -> Iterator[str]:
    """uvicorn in a thread."""
    server = uvicorn.Server(uvicorn.Config(bare, port=0, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def our_server(stack: ExitStack) -> Call:
    """What the fixture `lumakit_server` makes."""
    servers = Servers()
    stack.callback(servers.stop)
    server = servers.begin(Choices("chainhub"), VirtualClock(), "test_it")
    return posting(client(stack), server.url + SUBMIT.path)


def httpserver(stack: ExitStack) -> Call | None:
    """pytest-httpserver, where it is installed."""
    if find_spec("pytest_httpserver") is None:
        return None
    from pytest_httpserver import HTTPServer  # type: ignore[import-not-found,unused-ignore]

    server: Any = stack.enter_context(HTTPServer())
    server.expect_request(SUBMIT.path).respond_with_data(READY, content_type="application/json")
    return posting(client(stack), server.url_for(SUBMIT.path))


def moto(stack: ExitStack) -> Call | None:
    """moto's server, where it is installed."""
    if find_spec("moto") is None:
        return None
    from moto.server import ThreadedMotoServer  # type: ignore[import-not-found,unused-ignore]

    server: Any = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    stack.callback(server.stop)
    host, port = server.get_host_and_port()
    http = stack.enter_context(httpx.Client(headers=dict(ATHENA.submit.headers)))
    return lambda: http.post(f"http://{host}:{port}/", content=ATHENA.submit.body)


# --- a run that uses nothing of it ------------------------------------------------------------------------------------


def collecting() -> None:
    """`pytest --collect-only` of a project with one test, without the plugin and with it."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_one.py").write_text("def test_one(): pass\n", encoding="utf-8")
        without, using = [], []
        for _ in range(RUNS):  # by turns, so that a busy moment meets both
            without.append(collected_ms(folder, "no:lumakit"))
            using.append(collected_ms(folder, "lumakit.pytest_plugin"))
    difference = statistics.median(using) - statistics.median(without)
    mark = "" if difference < COLLECT_MS else "  <-- missed"
    print(f"{'pytest --collect-only, without the plugin':<58} {statistics.median(without):>7.0f} ms")
    print(f"{'what the plugin adds':<58} {difference:>7.1f} ms  target {COLLECT_MS} ms{mark}")


def collected_ms(folder: str, plugin: str) -> float:
    """How much processor time the child takes."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-p", plugin, folder]
    environment = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, cwd=folder, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


if __name__ == "__main__":
    main()
