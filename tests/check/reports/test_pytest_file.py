"""A verdict as a pytest file, run by pytest in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from lumakit.check.judge import judge
from lumakit.check.reports import pytest_file
from lumakit.check.traffic import WRONG_KEY, Traffic
from lumakit.check.verdict import Verdict
from lumakit.contract.entrance import load
from tests.check.test_evidence import GENERATION
from tests.check.verdicts import exchange

ROOT = Path(__file__).resolve().parents[3]
LINE = "GET /luma/generations/t-1"
KEY = "canary-5af1c0de"
TOLD: dict[str, Any] = {}
KEYS: list[str | None] = []


class Door(BaseHTTPRequestHandler):
    """Answers what it was told to."""

    def answer(self) -> None:
        """The same to everything."""
        KEYS.append(self.headers.get("authorization"))
        body = json.dumps(TOLD).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

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


def ran(text: str, folder: Path, **environment: str) -> tuple[int, str]:
    file = folder / "test_again.py"
    file.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "-c", os.devnull, str(file)]
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    # Without the plugins that happen to be installed: they are most of the time that pytest takes to start.
    fixed = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "NO_PROXY": "*"}
    given = {**kept, **fixed, **environment}
    done = subprocess.run(command, env=given, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout


def found(family: str, *told: dict[str, Any], line: str = LINE) -> Verdict:
    """What is judged of some answers, as far as one family of rules goes."""
    exchanges = tuple(exchange(number, line, status=200, told=each) for number, each in enumerate(told, 1))
    verdict = judge(load("chainhub"), Traffic(exchanges))
    judged = tuple(each for each in verdict.judged if each.finding.code.startswith(family))
    assert judged, verdict.judged
    return replace(verdict, judged=judged)


def test_a_finding_is_shown_again_and_no_more_once_it_is_mended(origin: str, tmp_path: Path) -> None:
    text = pytest_file(found("X214", {**GENERATION, "state": 7}))
    assert KEY not in text
    TOLD.clear()
    TOLD.update({**GENERATION, "state": 7})
    code, printed = ran(text, tmp_path, CHAINHUB_URL=origin, CHAINHUB_API_KEY=KEY)
    assert (code, "X21" in printed) == (1, True), printed
    assert f"Bearer {KEY}" in KEYS
    TOLD.update(GENERATION)
    code, printed = ran(text, tmp_path, CHAINHUB_URL=origin, CHAINHUB_API_KEY=KEY)
    assert code == 0, printed


def test_a_key_that_is_not_given_is_asked_for_by_name(origin: str, tmp_path: Path) -> None:
    code, printed = ran(pytest_file(found("X214", {**GENERATION, "state": 7})), tmp_path, CHAINHUB_URL=origin)
    assert (code, "set CHAINHUB_API_KEY" in printed) == (1, True)


def test_what_could_make_a_task_is_skipped_unless_it_may_cost(origin: str, tmp_path: Path) -> None:
    text = pytest_file(found("X214", {"state": 7}, line="POST /luma/generations"))
    assert "@paid" in text
    KEYS.clear()
    TOLD.clear()
    TOLD.update({"state": 7})
    code, printed = ran(text, tmp_path, CHAINHUB_URL=origin, CHAINHUB_API_KEY=KEY)
    assert (code, "LUMAKIT_PAY=yes" in printed, KEYS) == (0, True, [])
    assert ran(text, tmp_path, CHAINHUB_URL=origin, CHAINHUB_API_KEY=KEY, LUMAKIT_PAY="yes")[0] == 1


def test_what_only_a_story_shows_is_judged_again_from_the_record(tmp_path: Path) -> None:
    done = {**GENERATION, "state": "completed", "video": {"url": "https://a.test/1.mp4"}}
    verdict = found("L", done, {**GENERATION, "state": "processing"})
    code, printed = ran(pytest_file(verdict), tmp_path, CHAINHUB_URL="http://127.0.0.1:9", CHAINHUB_API_KEY=KEY)
    assert code == 1, printed
    assert verdict.judged[0].finding.code.lower() in printed


def test_what_breaks_the_contract_on_purpose_is_judged_again_as_it_was(tmp_path: Path) -> None:
    seen = exchange(1, "GET /luma/generations/t-1", told=GENERATION, owner=WRONG_KEY)
    verdict = judge(load("chainhub"), Traffic((seen,)), probing=True, own=True)
    assert "X223" in {each.code for each in verdict.findings}
    verdict = replace(verdict, judged=tuple(each for each in verdict.judged if each.finding.code == "X223"))
    code, printed = ran(pytest_file(verdict), tmp_path)
    assert (code, "the key is nobody" in printed) == (1, True), printed


def test_a_path_is_read_from_the_folder_of_the_file() -> None:
    text = pytest_file(found("X214", {**GENERATION, "state": 7}), spec="./../acme", specs="")
    assert "lumakit.load(os.path.join(HERE, './../acme'), 'corrected', None)" in text
