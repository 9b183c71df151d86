"""Taking a port, and what is said when it cannot be had."""

from __future__ import annotations

import errno
import resource
import sys
import time
from collections.abc import Iterator

import pytest

from lumakit.errors import LumakitError, SurroundingsError, UsageError
from mockserver.door.listener import bind_failed, files_for, listen, room_for, url_of


@pytest.fixture
def file_limit() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize(
    ("host", "begins"),
    [
        ("127.0.0.1", "http://127.0.0.1:"),
        ("localhost", "http://127.0.0.1:"),
        ("0.0.0.0", "http://127.0.0.1:"),  # noqa: S104  # the address is what is tested
        ("::1", "http://[::1]:"),
        ("[::1]", "http://[::1]:"),
        ("::", "http://[::1]:"),
    ],
)
def test_the_address_is_one_a_client_can_use(host: str, begins: str) -> None:
    with listen(host, 0) as listening:
        url = url_of(listening)
    assert url.startswith(begins)
    assert int(url.rpartition(":")[2]) > 0


def refused(host: str, port: int) -> LumakitError:
    """The error, which must not be long in coming."""
    begun = time.monotonic()
    with pytest.raises(LumakitError) as caught:
        listen(host, port)
    assert time.monotonic() - begun < 1
    return caught.value


def test_a_port_in_use_is_told_with_who_may_hold_it() -> None:
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        error = refused("127.0.0.1", port)
    assert isinstance(error, SurroundingsError)
    assert (error.code, error.what) == ("bind_failed", "the port is in use")
    assert error.where == f"127.0.0.1 port {port}"
    assert f"lsof -nP -iTCP:{port}" in error.hint
    assert "--port 0" in error.hint


@pytest.mark.parametrize("host", ["nowhere.example", "127.0.0", "", "127.0.0.1:80"])
def test_a_name_is_not_looked_up(host: str) -> None:
    error = refused(host, 0)
    assert (error.code, error.exit_code) == ("bind_failed", 3)


def test_an_address_of_another_machine_is_told() -> None:
    error = refused("192.0.2.1", 0)
    assert (error.code, error.what) == ("bind_failed", "this machine does not have this address")


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_number_that_is_no_port_is_wrong_usage(port: int) -> None:
    assert isinstance(refused("127.0.0.1", port), UsageError)


@pytest.mark.parametrize(
    ("number", "what"),
    [
        (errno.EADDRINUSE, "the port is in use"),
        (errno.EACCES, "this port needs privileges"),
        (errno.EAFNOSUPPORT, "this machine does not have this address"),
        (99999, "cannot listen: said the system"),
    ],
)
def test_whatever_the_system_says_becomes_a_sentence(number: int, what: str) -> None:
    error = bind_failed(OSError(number, "said the system"), "::1", 80, system="nt")
    assert (error.what, error.where, error.code) == (what, "::1 port 80", "bind_failed")


def test_elsewhere_another_tool_tells_who_holds_a_port() -> None:
    error = bind_failed(OSError(errno.EADDRINUSE, ""), "127.0.0.1", 80, system="nt")
    assert "findstr :80" in error.hint


@pytest.mark.parametrize(
    ("soft", "hard", "files"), [(256, 4096, 540), (256, -1, 540), (256, 300, 300), (1024, 4096, 1024), (-1, -1, -1)]
)
def test_as_many_files_are_asked_for_as_connections_need(soft: int, hard: int, files: int) -> None:
    assert files_for(500, soft, hard) == files


@pytest.mark.usefixtures("file_limit")
def test_the_system_is_asked_when_it_allows_too_few() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    assert room_for(100) == 100
    assert room_for(500) == 500
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (540, hard)


def test_nobody_gets_more_connections_than_there_are_files() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert 0 < room_for(500) <= (500 if hard < 0 else hard)


def test_a_system_without_such_a_limit_takes_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)  # what an import finds there
    assert room_for(500) == 500
