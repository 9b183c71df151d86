"""The control plane's flags: where it is told to be, whom it lets in, and which token is shown."""

from __future__ import annotations

import argparse
import contextlib
import queue
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lumakit.cli import admin, mock
from lumakit.errors import UsageError

GIVEN = "a-token-that-was-given"
ROOT = Path(__file__).resolve().parents[2]


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    mock.configure(parser)
    return parser.parse_args(words)


@contextlib.contextmanager
def running(*words: str, **environment: str) -> Iterator[list[str]]:
    """What a server says until its greeting ends."""
    command = [sys.executable, "-m", "lumakit", "mock", "chainhub", "-p", "0", *words]
    home = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", **environment}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=home, cwd=ROOT / "tests" / "data") as process:
        assert process.stdout is not None
        said: list[str] = []
        try:
            while (line := process.stdout.readline()) and not line.startswith("Ctrl-C"):
                said.append(line.rstrip("\n"))
            yield said
        finally:
            process.terminate()


def after(said: list[str], word: str) -> str:
    """What follows a word at the beginning of a line; nothing where no line begins so."""
    return next((line.removeprefix(word) for line in said if line.startswith(word)), "")


# whom it lets in


def test_the_greeting_names_the_dashboard() -> None:
    with running() as said:
        assert said[2] == f"dashboard: {said[0]}/__admin/"
        assert after(said, "admin token: ") == ""
        assert httpx.get(f"{said[0]}/__admin/health").status_code == 200
        assert httpx.get(f"{said[0]}/__admin/health", headers={"Host": "evil.example"}).status_code == 403


def test_off_this_machine_a_token_is_made_and_shown_once() -> None:
    with running("--host", "0.0.0.0") as said:  # noqa: S104  # that is what is tested
        token = after(said, "admin token: ")
        assert re.fullmatch(r"[A-Za-z0-9_-]{32}", token)
        assert "\n".join(said).count(token) == 1
        health = f"{said[0]}/__admin/health"
        assert httpx.get(health).status_code == 401
        shown = {"Authorization": f"Bearer {token}", "Host": "devbox.test:4010"}
        assert httpx.get(health, headers=shown).status_code == 200
        assert httpx.get(f"{said[0]}/__admin/").status_code == 200


def test_a_token_that_was_given_is_never_shown(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(f"{GIVEN}\n", encoding="utf-8")
    for words, environment in ((["--admin-token-file", str(path)], {}), ([], {"LUMAKIT_ADMIN_TOKEN": GIVEN})):
        with running(*words, **environment) as said:
            assert GIVEN not in "\n".join(said)
            health = f"{said[0]}/__admin/health"
            assert httpx.get(health).status_code == 401
            assert httpx.get(health, headers={"Authorization": f"Bearer {GIVEN}"}).status_code == 200


def test_the_planes_can_be_split() -> None:
    with running("--admin-port", "0") as said:
        elsewhere = after(said, "dashboard: ").removesuffix("/__admin/")
        assert elsewhere != said[0]
        assert httpx.get(f"{elsewhere}/__admin/health").status_code == 200
        assert httpx.get(f"{elsewhere}/luma/generations/x").status_code == 404
        assert httpx.get(f"{said[0]}/__admin/health").headers["mock-reason"].startswith("nothing is documented")
        policy = httpx.get(f"{elsewhere}/__admin/").headers["content-security-policy"]
        assert f"media-src 'self' {said[0]};" in policy


def test_there_may_be_no_control_plane() -> None:
    with running("--no-admin") as said:
        assert after(said, "dashboard: ") == ""
        assert httpx.get(f"{said[0]}/__admin/health").headers["mock-reason"].startswith("nothing is documented")


# what is given


def test_a_token_is_needed_only_where_others_reach_us() -> None:
    assert admin.token(options(), needed=False) == admin.Token()
    made = admin.token(options(), needed=True)
    assert made.is_new
    assert made.text != admin.token(options(), needed=True).text
    assert admin.token(options("--no-admin"), needed=True) == admin.Token()


@pytest.mark.parametrize("text", ["", "short", "x" * 513, "with a space in it all", "umläute-umläute-umläute"])
def test_a_token_that_is_none_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    path = tmp_path / "token"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        admin.token(options("--admin-token-file", str(path)), needed=False)
    assert caught.value.code == "token_invalid"
    assert not text or text not in str(caught.value)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff" * 20)
    for name in ("missing", "bytes", "."):
        with pytest.raises(UsageError, match="cannot be read"):
            admin.token(options("--admin-token-file", str(tmp_path / name)), needed=False)


def test_a_setting_is_a_token_too() -> None:
    assert admin.token(options("--admin-token", GIVEN), needed=True) == admin.Token(GIVEN)


def test_the_dashboard_is_opened_while_nobody_waits() -> None:
    opened: queue.Queue[str] = queue.Queue()
    admin.show("http://127.0.0.1:4010/__admin/", opened.put)
    assert opened.get(timeout=30) == "http://127.0.0.1:4010/__admin/"


@pytest.mark.parametrize("flag", [["--open"], ["--admin-port", "0"]])
def test_what_contradicts_is_refused(flag: list[str]) -> None:
    with pytest.raises(UsageError, match="contradict"):
        admin.token(options("--no-admin", *flag), needed=False)
