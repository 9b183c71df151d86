"""The pytest plugin: options, a marker, fixtures, and the verdict on what an application has sent.

A porch: the substance stands in `lumakit.pytest`, and is imported by the first test that asks for it. A project that
has the plugin and does not use it pays for this file alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from lumakit.clock import VirtualClock
    from lumakit.pytest.choices import Choices
    from lumakit.pytest.inbox import Inbox
    from lumakit.pytest.mocks import Mocks
    from lumakit.pytest.server import Server, Servers
    from lumakit.pytest.session import Session
    from lumakit.pytest.waiting import Waiting

_OPTIONS = {
    "provider": "the provider that is mocked, or the path of an OpenAPI document",
    "edition": "corrected (what is believed) or published (the page taken at its word)",
    "seed": "what everything drawn is drawn from",
    "scenario": "what becomes of tasks: success, fail, stuck, slow, expire, ...",
    "progress": "looks (each look moves a task on) or time (the clock does)",
}
_INI = {**_OPTIONS, "elsewhere": "refuse or pass: what becomes of requests to nobody that is mocked"}
_MARK = (
    "lumakit(provider=, edition=, seed=, scenario=, progress=, faults=[], bases=[], elsewhere=, judge=True, allow=[], "
    "calls=[], environment={}): how the mocks of lumakit are to be for this test"
)
_HOMES = tuple(str(Path(__file__).parent.parent / name) + os.sep for name in ("lumakit", "mockserver"))
_SESSION: pytest.StashKey[Session] = pytest.StashKey()
_FAILED: pytest.StashKey[str] = pytest.StashKey()
_USED: pytest.StashKey[list[Any]] = pytest.StashKey()
_WAITED: pytest.StashKey[Waiting] = pytest.StashKey()
_INBOX: pytest.StashKey[Inbox] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The flags, and the same in the configuration file."""
    group = parser.getgroup("lumakit", "lumakit: mocks of asynchronous HTTP APIs")
    for name, words in _OPTIONS.items():
        group.addoption(f"--lumakit-{name}", default=None, metavar=name.upper(), help=words)
    group.addoption("--lumakit-record", metavar="FILE", help="write every exchange, without secrets, as JSON lines")
    group.addoption(
        "--lumakit-report", metavar="FILE", help="write a report of the session: .html, .json, .md, .sarif, .xml"
    )
    for name, words in _INI.items():
        parser.addini(f"lumakit_{name}", words)
    parser.addini("lumakit_environment", "NAME=TEXT: what lumakit_server sets, {url} and {key} filled in", "linelist")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, and refuse what cannot be written before anything has run."""
    config.addinivalue_line("markers", _MARK)
    record, report = config.getoption("lumakit_record"), config.getoption("lumakit_report")
    if record or report:
        from lumakit.errors import UsageError
        from lumakit.pytest import written

        try:
            written.check(record, report)
        except UsageError as error:
            raise pytest.UsageError(str(error)) from None


# --- fixtures ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def lumakit_config() -> Mapping[str, Any]:
    """What every test chooses; to be overridden in a conftest.py."""
    return {}


@pytest.fixture
def lumakit_choices(request: pytest.FixtureRequest, lumakit_config: Mapping[str, Any]) -> Choices:
    """What this test chooses: configuration file < lumakit_config < marker < command line."""
    from lumakit.pytest import chosen

    return chosen.of(request.node, lumakit_config, tuple(_INI), tuple(_OPTIONS))


@pytest.fixture
def lumakit_clock() -> VirtualClock:
    """The clock of this test: it stands still until somebody moves it."""
    from lumakit.clock import VirtualClock

    return VirtualClock()


@pytest.fixture
def lumakit_webhooks(lumakit_clock: VirtualClock, request: pytest.FixtureRequest) -> Iterator[Inbox]:
    """Where the webhooks of this test arrive."""
    from lumakit.pytest.inbox import Inbox

    used = request.node.stash.setdefault(_USED, [])
    inbox = Inbox(lumakit_clock, lambda: (mock.contract for source in used for mock in source))
    request.node.stash[_INBOX] = inbox
    yield inbox
    inbox.close()
    if late := _breakages(request.node):
        pytest.fail("\n\n".join(late), pytrace=False)


@pytest.fixture
def lumakit_mock(
    request: pytest.FixtureRequest,
    lumakit_choices: Choices,
    lumakit_clock: VirtualClock,
    lumakit_webhooks: Inbox,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Mocks]:
    """Mocks in this process, which catch what httpx sends to the documented hosts."""
    from lumakit.pytest.mocks import Mocks, Stage
    from lumakit.pytest.names import past_proxies

    def go_directly(addresses: Iterable[str]) -> None:
        for name, text in past_proxies(addresses, os.environ).items():
            monkeypatch.setenv(name, text)

    node = request.node
    mocks = Mocks(lumakit_choices, Stage(lumakit_clock, lumakit_webhooks, node.nodeid, str(node.path), go_directly))
    with mocks.catching():
        node.stash.setdefault(_USED, []).append(mocks)
        yield mocks
    _session(request.config).close(node, mocks, lumakit_webhooks)


@pytest.fixture(scope="session")
def lumakit_servers() -> Iterator[Servers]:
    """The live servers of this session and worker."""
    from lumakit.pytest.server import Servers

    servers = Servers()
    yield servers
    servers.stop()


@pytest.fixture
def lumakit_server(
    request: pytest.FixtureRequest,
    lumakit_choices: Choices,
    lumakit_clock: VirtualClock,
    lumakit_webhooks: Inbox,
    lumakit_servers: Servers,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Server]:
    """A mock on a port of this machine, as new, with the environment that an application reads."""
    server = lumakit_servers.begin(lumakit_choices, lumakit_clock, request.node.nodeid)
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    request.node.stash.setdefault(_USED, []).append(server)
    yield server
    _session(request.config).close(request.node, server, lumakit_webhooks)


@pytest.fixture
def lumakit_no_waiting(
    request: pytest.FixtureRequest, lumakit_clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> Waiting:
    """`time.sleep` and `asyncio.sleep` move the clock of this test instead of waiting."""
    from lumakit.pytest.waiting import Waiting

    waiting = Waiting(lumakit_clock, request.node.stash.setdefault(_USED, []))
    waiting.install(monkeypatch)
    request.node.stash[_WAITED] = waiting
    return waiting


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup() -> Generator[None, object, object]:
    """Tell what a test has chosen wrongly in plain words, without our own lines."""
    try:
        return (yield)
    except Exception as error:
        if not _is_ours(error):
            raise
        told = str(error)
    pytest.fail(told, pytrace=False)


def _is_ours(error: BaseException) -> bool:
    errors = sys.modules.get("lumakit.errors")  # where it was not imported, nobody has raised one
    return errors is not None and isinstance(error, errors.LumakitError)


def _without_our_lines(error: BaseException) -> None:
    """Let the traceback of an error of ours end where somebody else has called us."""
    at, last = error.__traceback__, None
    while at is not None:
        last = last if at.tb_frame.f_code.co_filename.startswith(_HOMES) else at
        at = at.tb_next
    if last is not None:
        last.tb_next = None


# --- the verdict ------------------------------------------------------------------------------------------------------


def _session(config: pytest.Config) -> Session:
    from lumakit.pytest.session import Session

    if _SESSION not in config.stash:
        config.stash[_SESSION] = Session(config)
    return config.stash[_SESSION]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Hold what the application sent against the contract, once the test itself has nothing to say."""
    try:
        result = yield
    except BaseException as error:
        if _is_ours(error):
            _without_our_lines(error)
        if _is_skip(error):  # which is no failure: what was wrong before it is told when the fixtures end
            raise
        for text in _judged(item):
            item.add_report_section("call", "lumakit", text)
        raise
    if told := _judged(item) + _waits_on(item):
        pytest.fail("\n\n".join(told), pytrace=False)
    return result


def _is_skip(error: BaseException) -> bool:
    return isinstance(error, pytest.skip.Exception) or type(error).__name__ == "SkipTest"  # unittest's


def _judged(item: pytest.Item) -> list[str]:
    sources = item.stash.get(_USED, [])
    return [text for source in sources for text in _session(item.config).judge(source, ended=True)] + _breakages(item)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep in mind what the report of a test that was expected to fail does not show."""
    report = yield
    if _SESSION in item.config.stash:
        item.config.stash[_SESSION].reported(report)
    return report


def _waits_on(item: pytest.Item) -> list[str]:
    waiting = item.stash.get(_WAITED, None)
    told = waiting and waiting.unseen(str(item.path))
    return [told] if told else []


def _breakages(item: pytest.Item) -> list[str]:
    inbox = item.stash.get(_INBOX, None)
    told = inbox.breakages() if inbox else []
    return told if all(source.choices.judge for source in item.stash.get(_USED, [])) else []


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """What of the contracts the tests have touched."""
    if _FAILED in config.stash:
        terminalreporter.write_line(f"ERROR: {config.stash[_FAILED]}", red=True)
    if _SESSION in config.stash:
        for number, line in enumerate(config.stash[_SESSION].summary()):
            if not number:
                terminalreporter.section("lumakit")
            terminalreporter.write_line(line)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand a worker's figures to the main process, or write what was asked for."""
    if _SESSION not in session.config.stash:
        return
    try:
        session.config.stash[_SESSION].finish()
    except Exception as error:
        if not _is_ours(error):
            raise
        session.config.stash[_FAILED] = str(error)
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take the figures of a worker."""
    told = getattr(node, "workeroutput", {}).get("lumakit")
    if told:
        _session(node.config).take(told)
