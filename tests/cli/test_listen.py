"""`lumakit listen` from the outside: what it prints of a delivery, what it answers, and how it ends."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import queue
import re
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from lumakit.cli import listen, main
from lumakit.model import Request, Response
from lumakit.redaction import Redactor
from lumakit.signing import Signing
from lumakit.webhooks import MAX_BODY_BYTES
from tests.cli.process import PATIENCE_S, Process, started

CANARY = "canary-9d2c77e1"
NOW_MS = 1_767_225_600_000
DONE = {"task_id": "t-1", "task_type": "luma", "status": "finished", "percentage": 100, "video_url": "https://x.test/v"}
JSON = {"Content-Type": "application/json"}
Out = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command runs in an empty folder and without settings."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("LUMAKIT_")]:
        monkeypatch.delenv(name)


# as a process


class Listening(Process):
    """A listener that runs by itself, and somebody who posts."""

    @property
    def url(self) -> str:
        """Where it is, from its first line."""
        return self.line()

    @staticmethod
    def post(url: str, body: Any = None, **headers: str) -> int:
        """Deliver something; the status of the answer."""
        return httpx.post(url, content=json.dumps(body or DONE), headers={**JSON, **headers}).status_code


@contextlib.contextmanager
def listener(*arguments: str, **settings: str) -> Iterator[Listening]:
    with started("listen", "-p", "0", *arguments, **settings) as process:
        yield Listening(process)


def test_deliveries_are_printed_a_line_each_until_somebody_interrupts() -> None:
    with listener("--provider", "apiframe") as heard:
        url = heard.url
        assert heard.line() == f"port: {url.rpartition(':')[2]}"
        assert heard.line() == "webhooks of apiframe, corrected edition, not verified: there is no secret"
        assert heard.line() == "Ctrl-C ends it."
        assert Listening.post(url) == 200
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ  finished    100%  t-1  not verified", heard.line())
        assert heard.end(signal.SIGINT) == (0, "", "")


def test_it_ends_by_itself_when_it_has_heard_enough() -> None:
    flags = ("--provider", "apiframe", "--json", "--count", "2", "--status", "503")
    with listener(*flags, LUMAKIT_WEBHOOK_SECRET=CANARY) as heard:
        began = json.loads(heard.line())
        assert Listening.post(began["url"], **{"x-webhook-secret": CANARY}) == 503
        assert Listening.post(began["url"], **{"x-webhook-secret": "another"}) == 401
        code, out, err = heard.ended()
    told = [json.loads(line) for line in out.splitlines()]
    assert (began["event"], began["header"]) == ("listening", "x-webhook-secret")
    assert [(each["event"], each["answered"]) for each in told] == [("delivery", 503), ("refused", 401)]
    assert (code, err) == (0, "")
    assert CANARY not in out


def test_it_ends_when_nobody_reads_what_it_prints() -> None:
    with listener("--provider", "apiframe") as heard:
        url = heard.url
        assert heard.line_with("Ctrl-C")
        assert heard.process.stdout is not None
        heard.process.stdout.close()
        assert Listening.post(url) == 503
        assert heard.process.wait(PATIENCE_S) == 0


def test_it_does_not_begin_where_nobody_reads() -> None:
    with listener("--provider", "apiframe") as heard:
        assert heard.process.stdout is not None
        heard.process.stdout.close()
        assert heard.process.wait(PATIENCE_S) == 0


class Lines(io.StringIO):
    """What is printed, line by line, for another thread."""

    def __init__(self) -> None:
        super().__init__()
        self.queue: queue.Queue[str] = queue.Queue()

    def write(self, text: str) -> int:
        self.queue.put(text)
        return len(text)


def test_it_ends_in_process_as_it_does_by_itself() -> None:
    lines = Lines()
    posting = threading.Thread(target=lambda: Listening.post(json.loads(lines.queue.get(timeout=PATIENCE_S))["url"]))
    posting.start()
    with contextlib.redirect_stdout(lines):
        assert main(["listen", "--provider", "apiframe", "-p", "0", "--json", "--count", "1"]) == 0
    posting.join()
    told = [each for each in lines.queue.queue if each.strip()]
    assert [json.loads(each)["event"] for each in told] == ["delivery"]


@pytest.mark.parametrize(
    ("provider", "task", "signing", "secret"),
    [
        ("apiframe", {"prompt": "a cat", "webhook_secret": CANARY}, "", CANARY),
        ("chainhub", {"user_prompt": "a cat"}, "hmac prefix=sha256=", CANARY),
        ("kkiai", {"user_prompt": "a cat"}, "standard", "whsec_Y2FuYXJ5LTlkMmM3N2Ux"),
    ],
)
def test_what_a_mock_sends_is_heard_and_verified(
    provider: str, task: dict[str, str], signing: str, secret: str
) -> None:
    field, path = ("webhook_url", "/luma-imagine") if provider == "apiframe" else ("notify_hook", "/luma/generations")
    said = {"LUMAKIT_WEBHOOK_SIGNING": signing, "LUMAKIT_WEBHOOK_SECRET": secret}
    mocks = ("mock", provider, "-p", "0", "--speed", "100", "--scenario", "fast")
    with (
        listener("--provider", provider, "--tolerance", "86400", **said) as heard,
        started(*mocks, **(said if signing else {})) as process,
    ):
        hook, served = f"{heard.url}/done", Process(process).line()
        answer = httpx.post(f"{served}{path}", json={**task, field: hook}, headers={"Authorization": "Bearer any"})
        assert answer.status_code == 200, answer.headers
        key = next(answer.json()[name] for name in ("task_id", "id") if name in answer.json())
        line = heard.line_with("finished" if provider == "apiframe" else "completed")
        code, out, err = heard.end(signal.SIGINT)
    assert (key in line, "  verified" in line) == (True, True)
    assert (code, err) == (0, "")
    assert "refused" not in out
    assert secret not in line + out


# what it answers and tells


class Desk:
    """A listener in process, and what it tells."""

    def __init__(self, *arguments: str) -> None:
        self.told: list[dict[str, Any]] = []
        self.ends = 0
        given = options("--provider", "apiframe", *arguments)
        self.receiver = listen.receiver(given)
        self.listener = listen.Listener(
            self.receiver, self.hear, lambda: NOW_MS, end=self.end, status=given.status, count=given.count
        )

    def hear(self, told: Any) -> None:
        self.told.append(told)

    def end(self) -> None:
        self.ends += 1

    def post(self, body: Any = None, *headers: tuple[str, str], method: str = "POST") -> Response:
        raw = body if isinstance(body, bytes) else json.dumps(body or DONE).encode()
        return self.listener(Request(method, "/", headers=(*JSON.items(), *headers), body=raw))

    def lines(self) -> list[str]:
        return [listen.as_line(each, Redactor()) for each in self.told]


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    listen.configure(parser)
    return parser.parse_args(arguments)


def test_a_delivery_that_comes_again_is_told_so() -> None:
    desk = Desk()
    assert [desk.post().status for _ in range(2)] == [200, 200]
    assert desk.lines() == [
        "2026-01-01T00:00:00Z  finished    100%  t-1  not verified",
        "2026-01-01T00:00:00Z  finished    100%  t-1  not verified  again",
    ]


def test_what_breaks_the_contract_stands_on_the_line() -> None:
    desk = Desk("--status", "204")
    assert desk.post({"task_id": "t-1", "status": "pending", "video_urls": ["a", "b"]}).status == 204
    (line,) = desk.lines()
    assert line.startswith("2026-01-01T00:00:00Z  pending           t-1  not verified  answered 204  X214 body")


def test_what_is_refused_is_told_and_answered_with_the_reason() -> None:
    Path("secrets").write_text(CANARY, encoding="ascii")
    desk = Desk("--secret-file", "secrets", "--status", "500")
    answers = [
        desk.post(),
        desk.post(b"{", ("x-webhook-secret", CANARY)),
        desk.post(None, ("x-webhook-secret", CANARY)),
    ]
    assert [each.status for each in answers] == [401, 400, 500]
    assert answers[0].body == b"there is no x-webhook-secret\n"
    assert [line[22:] for line in desk.lines()[:1]] == ["refused with 401: there is no x-webhook-secret"]
    assert "refused with 400: the body is not JSON" in desk.lines()[1]
    assert "  verified  answered 500" in desk.lines()[2]


def test_a_body_larger_than_any_webhook_is_refused_and_told() -> None:
    desk = Desk()
    answer = desk.listener.too_large(Request("POST", "/"))
    assert (answer.status, desk.told[0]["code"]) == (413, "too_large")
    assert desk.post(b" " * (MAX_BODY_BYTES + 1)).status == 400


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_what_is_not_posted_is_no_webhook_and_does_not_count(method: str) -> None:
    desk = Desk("--count", "1")
    answer = desk.post(method=method)
    assert (answer.status, answer.header("allow"), desk.told, desk.ends) == (405, "POST", [], 0)


def test_the_last_delivery_ends_it_and_those_behind_it_may_come_again_elsewhere() -> None:
    desk = Desk("--count", "2")
    assert [desk.post().status for _ in range(2)] == [200, 200]
    assert desk.ends == 1
    assert (desk.post().status, desk.listener.too_large(Request("POST", "/")).status) == (503, 503)
    assert (len(desk.told), desk.ends) == (2, 1)


def test_the_time_of_a_signature_may_be_as_far_away_as_is_said() -> None:
    secret = "whsec_Y2FuYXJ5LTlkMmM3N2Ux"
    Path("secrets").write_text(secret, encoding="ascii")
    body = json.dumps(DONE).encode()
    headers = Signing.parse("standard", secret).headers(body, id="m", at_s=NOW_MS // 1000 + 400)
    flags = ("--signing", "standard", "--secret-file", "secrets")
    assert Desk(*flags).post(body, *headers).status == 401
    assert Desk(*flags, "--tolerance", "400").post(body, *headers).status == 200


def test_where_nobody_can_be_told_a_delivery_is_not_taken() -> None:
    def broken(_: object) -> None:
        raise BrokenPipeError

    desk = Desk()
    closed = listen.Listener(desk.receiver, broken, lambda: NOW_MS, end=desk.end)
    request = Request("POST", "/", headers=tuple(JSON.items()), body=json.dumps(DONE).encode())
    assert [closed(request).status for _ in range(2)] == [503, 503]
    assert desk.ends == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("", "not verified: there is no secret"),
        ("--secret-file secrets", "verified by x-webhook-secret"),
        ("--secret-file secrets --signing hmac", "verified by x-webhook-signature"),
        ("--secret-file secrets --signing standard", "verified by standard"),
    ],
)
def test_the_greeting_says_where_it_is_and_how_it_verifies(arguments: str, said: str) -> None:
    Path("secrets").write_text("whsec_Y2FuYXJ5LTlkMmM3N2Ux", encoding="ascii")
    given = options("--provider", "apiframe", "-p", "0", *arguments.split())
    told = listen.listening(listen.receiver(given), "http://127.0.0.1:4321", given)
    first = ["http://127.0.0.1:4321", "port: 4321"]
    assert listen.as_line(told, Redactor()).splitlines()[:3] == [
        *first,
        f"webhooks of apiframe, corrected edition, {said}",
    ]


def test_many_findings_are_counted() -> None:
    desk = Desk()
    desk.post()
    told = {**desk.told[0], "findings_left_out": 3}
    assert listen.as_line(told, Redactor()).endswith("  and 3 more")


HOSTILE = "\x1b[2J\u202e\r\nverified"


def test_nothing_that_a_delivery_says_steers_a_terminal_or_floods_it() -> None:
    desk = Desk()
    desk.post({**DONE, "task_id": HOSTILE + "x" * 10_000, HOSTILE: 1})
    desk.post(
        {**DONE, "video_url": None, "video_urls": ["https://x.test/" + "y" * 9000] * 500, "message": "z" * 99_999}
    )
    for line in desk.lines():
        assert line.isprintable()
        assert len(line) < 2000
    for told in desk.told:
        shown = listen.as_json(told, Redactor())
        assert "\n" not in shown
        assert len(shown) < 100_000
        assert json.loads(shown)["event"] == "delivery"


def test_secrets_are_hidden_wherever_a_delivery_says_them() -> None:
    Path("secrets").write_text(CANARY, encoding="ascii")
    desk = Desk("--secret-file", "secrets")
    desk.post({**DONE, "task_id": CANARY, "message": CANARY, "video_url": f"https://x.test/v?s={CANARY}"}, *SHOWN)
    hidden = Redactor(secrets=frozenset(desk.receiver.signing.secrets))
    shown = listen.as_line(desk.told[0], hidden) + listen.as_json(desk.told[0], hidden)
    assert CANARY not in shown
    assert desk.told[0]["verified"] is True


SHOWN = [("x-webhook-secret", CANARY)]


# what cannot be


def test_a_port_in_use_is_told_with_what_to_try(capsys: Out) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["listen", "--provider", "apiframe", "--port", str(taken.getsockname()[1])]) == 3
    said = capsys.readouterr().err
    assert "the port is in use [bind_failed]" in said
    assert "--port 0 takes any free one" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("", "the following arguments are required: --provider"),
        ("--provider apifrane", "did you mean apiframe?"),
        ("--provider apiframe --port 70000", "0 for any that is free"),
        ("--provider apiframe --status 100", "200 to 599"),
        ("--provider apiframe --status ok", "'ok' is not a whole number"),
        ("--provider apiframe --count 0", "at least 1"),
        ("--provider apiframe --tolerance -1", "'-1' is not a whole number"),
        ("--provider apiframe --signing rsa", "one of none, echo, hmac, standard"),
        ("--provider apiframe --signing hmac", "--secret-file, or LUMAKIT_WEBHOOK_SECRET"),
        ("--provider chainhub --secret-file good", "--signing standard, or"),
        ("--provider apiframe --secret-file nowhere", "cannot be read from nowhere: No such file"),
        ("--provider apiframe --secret-file empty", "there is no secret in empty"),
        ("--provider apiframe --signing standard --secret-file good", "not whsec_ and base64"),
        ("--provider apiframe --edition draft", "invalid choice: 'draft'"),
    ],
)
def test_what_cannot_be_is_wrong_usage_and_told_without_a_secret(arguments: str, said: str, capsys: Out) -> None:
    Path("empty").write_text("\n", encoding="ascii")
    Path("good").write_text(f"{CANARY}!", encoding="ascii")
    assert main(["listen", *arguments.split()]) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert CANARY not in printed.err + printed.out


def test_the_settings_of_the_mock_hold_for_it_but_not_its_port() -> None:
    lines = ("port = 1", 'provider = "chainhub"', 'webhook-signing = "hmac"', 'edition = "published"')
    Path("lumakit.toml").write_text("\n".join(lines), encoding="utf-8")
    with started("listen", LUMAKIT_LISTEN_PORT="0", LUMAKIT_WEBHOOK_SECRET=CANARY) as process:
        heard = Process(process)
        said = heard.line_with("webhooks of")
        assert heard.end()[0] == 0
    assert said == "webhooks of chainhub, published edition, verified by x-webhook-signature"
