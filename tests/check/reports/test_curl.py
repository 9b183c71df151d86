"""A request as a line for a shell, run by one."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lumakit.check.reports.curl import curl, line, variable
from lumakit.check.traffic import WRONG_KEY, Traffic
from lumakit.check.verdict import Judged, Verdict
from lumakit.model import Edition, Finding, Request
from tests.check.verdicts import KEYED, WRONG, exchange, verdict

SEEN: list[tuple[str, str, dict[str, str], bytes]] = []
KEY = "canary-5af1c0de"


class Door(BaseHTTPRequestHandler):
    """Notes what it is asked."""

    def answer(self) -> None:
        """The same to everything."""
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        SEEN.append((self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = answer

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the library calls it so
        """Says nothing."""


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def ran(command: str) -> tuple[str, str, dict[str, str], bytes]:
    SEEN.clear()
    environment = {"PATH": "/usr/bin:/bin", "JOBS_API_KEY": KEY, "JOBS_SECRET": "s3cret'", "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, (command, done.stderr)
    assert len(SEEN) == 1
    return SEEN[0]


def test_a_shell_asks_the_same_again_with_the_key_from_a_variable(origin: str) -> None:
    body = json.dumps({"prompt": 'it\'s "so" $HOME `id`'}).encode()
    command = curl(Request("POST", "/jobs", "a=1&b=%20x", KEYED, body, origin), "jobs")
    assert KEY not in command
    method, target, headers, sent = ran(command)
    assert (method, target, sent) == ("POST", "/jobs?a=1&b=%20x", body)
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["content-type"] == "application/json"


def test_what_was_hidden_in_a_body_is_a_variable_too(origin: str) -> None:
    body = b'{"webhook_secret": "<hidden: 6 characters>"}'
    assert ran(curl(Request("POST", "/jobs", "", KEYED, body, origin), "jobs"))[3] == b'{"webhook_secret": "s3cret\'"}'


def test_a_key_in_a_query_is_a_variable(origin: str) -> None:
    command = curl(Request("GET", "/jobs", "key=<hidden: 9 characters>&x=[1]", (), b"", origin), "jobs")
    assert ran(command)[1] == f"/jobs?key={KEY}&x=[1]"


@pytest.mark.parametrize(
    "body", [b"\x00\xff\x1b[31m", b"@/etc/passwd", b"line\nline", "ü😀".encode(), b"%s%n\\0", b"a'b"]
)
def test_every_body_arrives_as_it_was(origin: str, body: bytes) -> None:
    command = curl(Request("POST", "/jobs", "", (("Content-Type", "x/y"),), body, origin), "jobs")
    assert command.isprintable()
    assert ran(command)[3] == body


@given(
    path=st.text(max_size=20),
    value=st.text(max_size=20),
    body=st.binary(max_size=40),
    method=st.sampled_from(("GET", "POST", "PUT", "DELETE", "HEAD")),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_request_breaks_out_of_its_quotes(origin: str, path: str, value: str, body: bytes, method: str) -> None:
    sent = b"" if method in ("GET", "HEAD") else body
    command = curl(Request(method, f"/x{path}", "", (("X-Text", value), ("a b", "c")), sent, origin), "jobs")
    assert command.isprintable()
    assert ran(command)[3] == sent


def test_a_mock_in_this_process_has_an_address_to_fill_in() -> None:
    assert curl(Request("GET", "/jobs"), "my-jobs").endswith('"$MY_JOBS_URL"/jobs')
    assert variable("a.b-c", "API_KEY") == "A_B_C_API_KEY"


def test_a_webhook_cannot_be_asked_for_again() -> None:
    assert line(verdict(), Judged(WRONG.finding, (5,))) == ""
    assert line(verdict(), Judged(WRONG.finding)) == ""


def test_no_content_type_stays_none(origin: str) -> None:
    assert "content-type" not in ran(curl(Request("POST", "/jobs", "", (), b"x", origin), "jobs"))[2]


assert sys.platform != "win32"  # a POSIX shell is asked


@pytest.mark.parametrize(
    ("owner", "named"),
    [
        ("own key", "ACME_API_KEY"),
        ("key 1", "ACME_API_KEY"),
        ("", "ACME_API_KEY"),
        (WRONG_KEY, "ACME_WRONG_KEY"),
        ("second key", "ACME_SECOND_KEY"),
        ("key 2", "ACME_KEY_2"),
    ],
)
def test_another_key_than_the_runs_has_a_variable_of_its_own(owner: str, named: str) -> None:
    seen = exchange(1, "GET /jobs", owner=owner)
    told = Verdict("acme", Edition.PUBLISHED, "mock", traffic=Traffic((seen,)))
    shown = line(told, Judged(Finding("X223", "GET /jobs", "no"), (1,)))
    assert f"-H 'Authorization: Bearer '\"${named}\"" in shown
