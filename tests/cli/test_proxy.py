"""`lumakit proxy` from the outside: whole tasks through it, what it records and reports, and how it ends."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lumakit.check import recorded
from lumakit.check.traffic import Traffic
from lumakit.cli import judging, main, proxy
from lumakit.client import Client
from lumakit.clock import SystemClock
from lumakit.contract.compile import Contract
from lumakit.model import Edition
from mockserver import MockProvider
from mockserver.live import LiveServer
from tests.calling import EDITIONS, KEY, PROVIDERS, kinds, making
from tests.check.between import between
from tests.cli.process import PATIENCE_S, Process, started
from tests.cli.test_listen import Lines
from tests.egress.receiver import Receiver, answers

Out = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command runs in an empty folder and without settings."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("LUMAKIT_")]:
        monkeypatch.delenv(name)


def lived(contract: Contract, url: str) -> None:
    """Whole tasks of every kind, by a real client over a real wire."""
    with Client(contract, api_key=KEY, base_url=url) as client:
        for kind in kinds(client).values():
            operation, values = making(client, kind)
            client.wait(client.submit(operation, **values), every_s=0.05)


@pytest.mark.parametrize("edition", list(Edition))
@pytest.mark.parametrize("provider", PROVIDERS)
def test_whole_tasks_pass_without_a_finding_and_read_back_so(provider: str, edition: Edition, capsys: Out) -> None:
    contract = EDITIONS[provider, edition]
    mock = MockProvider(contract, clock=SystemClock(100.0), scenario="fast")
    with LiveServer(mock) as server, between(server.url, contract) as passing:
        lived(contract, passing.url)
    found = judging.verdict(contract, passing.traffic, None, "")
    assert (passing.told, found.findings, found.opens) == ([], (), ())
    assert all(story.ended for story in found.stories)
    assert found.stories
    for name in ("a.har", "a.jsonl"):
        text = proxy.recorded(passing.traffic, contract, "", name)
        assert KEY not in text
        Path(name).write_text(text, encoding="utf-8")
        assert main(["traffic", name, "--edition", edition.value]) == 0
        assert "nothing found" in capsys.readouterr().out


# as a process


@contextlib.contextmanager
def proxied(*arguments: str, provider: str = "apiframe", **mocked: str) -> Iterator[tuple[Process, str]]:
    """A mock, and a proxy in front of it, and where that is."""
    flags = [word for pair in mocked.items() for word in (f"--{pair[0]}", pair[1])]
    with started("mock", provider, "-p", "0", "--speed", "100", *flags) as behind:
        upstream = Process(behind).line()
        with started("proxy", upstream, "--provider", provider, "-p", "0", *arguments) as process:
            front = Process(process)
            url = front.line()
            assert front.line() == f"port: {url.rpartition(':')[2]}"
            front.line_with("Ctrl-C ends it, and reports.")
            yield front, url


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_a_story_is_recorded_and_reported_at_the_end(by: signal.Signals, capsys: Out) -> None:
    with proxied("-o", "a.har", scenario="fast") as (front, url):
        lived(EDITIONS["apiframe", Edition.CORRECTED], url)
        code, out, err = front.end(by)
    assert (code, err) == (0, "")
    assert "\nnothing found\n" in out
    assert stat.S_IMODE(Path("a.har").stat().st_mode) == 0o600
    assert KEY not in Path("a.har").read_text(encoding="utf-8") + out
    assert main(["traffic", "a.har", "--provider", "apiframe"]) == 0
    assert "nothing found" in capsys.readouterr().out


def test_what_breaks_the_contract_is_told_at_once_and_again_at_the_end() -> None:
    with proxied("-o", "a.jsonl", fault="break-schema on POST /fetch", provider="apiframe") as (front, url):
        asked = {"Authorization": KEY}
        made = httpx.post(f"{url}/luma-imagine", json={"prompt": "a cat"}, headers=asked)
        httpx.post(f"{url}/fetch", json={"task_id": made.json()["task_id"]}, headers=asked)
        line = front.line_with("X214")
        code, out, _ = front.end()
    assert "  #2  POST /fetch  200  " in line
    assert code in (1, 4)
    assert "X214" in out
    (found,) = recorded.read(["a.jsonl"])
    assert (found.provider, len(found.seen)) == ("apiframe", 2)


def test_a_report_of_another_form_stands_alone() -> None:
    with proxied("--format", "json", "--report", "r.json", scenario="fast") as (front, url):
        lived(EDITIONS["apiframe", Edition.CORRECTED], url)
        code, _, _ = front.end()
    assert code == 0
    assert json.loads(Path("r.json").read_text(encoding="utf-8"))["findings"] == []


def test_nothing_that_passed_is_not_nothing_found() -> None:
    with proxied() as (front, _):
        code, _, err = front.end()
    assert (code, "nothing has passed, so nothing was judged [nothing_checked]" in err) == (4, True)


def test_it_works_in_process_as_it_does_by_itself(capsys: Out) -> None:
    lines = Lines()

    def used() -> None:
        url = lines.queue.get(timeout=PATIENCE_S).partition("\n")[0]
        httpx.post(f"{url}/fetch", json={"task_id": "t-1"}, headers={"Authorization": KEY})
        os.kill(os.getpid(), signal.SIGINT)

    odd = b"HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n"
    client = threading.Thread(target=used)
    client.start()
    with Receiver(answers(odd)) as receiver, contextlib.redirect_stdout(lines):
        arguments = [f"{receiver.url}/v1", "--provider", "apiframe", "-p", "0", "-o", "a.har", "--also", "html=a.html"]
        assert main(["proxy", *arguments]) == 1
    client.join()
    told = "".join(lines.queue.queue)
    assert "  #1  POST /fetch  418  error  X211  " in told
    assert "phases: passed: 1 exchange\n" in told
    assert "X211" in Path("a.html").read_text(encoding="utf-8")
    assert main(["traffic", "a.har"]) == 1
    assert "phases: read: 1 exchange\n" in capsys.readouterr().out
    assert f'{receiver.url}/v1/fetch"' in Path("a.har").read_text(encoding="utf-8")


def test_it_does_not_ask_itself() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    with started("proxy", f"http://127.0.0.1:{port}", "--provider", "apiframe", "-p", port) as process:
        front = Process(process)
        url = front.line()
        front.line_with("Ctrl-C")
        answer = httpx.get(f"{url}/fetch")
        code, out, _ = front.end()
    assert (answer.status_code, answer.json()["code"]) == (502, "own_door")
    assert code == 4
    assert "was not answered" in out


# what cannot be


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("http://127.0.0.1:1", 2, "required: --provider"),
        ("127.0.0.1:1 --provider apiframe", 2, "[address_unusable]"),
        ("http://169.254.169.254 --provider apiframe --live 169.254.169.254", 2, "[address_never]"),
        ("http://127.0.0.1:1 --provider apifrane", 2, "did you mean apiframe?"),
        ("https://api.apiframe.pro --provider apiframe", 4, "--live api.apiframe.pro"),
        ("https://api.apiframe.pro --provider apiframe --live apiframe.pro", 4, "[no_consent]"),
        ("http://api.apiframe.pro --provider apiframe --live api.apiframe.pro", 2, "[not_https]"),
        ("http://127.0.0.1:4010 --provider apiframe -o nowhere/a.har", 3, "make the folder nowhere first"),
        ("http://127.0.0.1:4012 --provider apiframe -p 70000", 2, "0 for any that is free"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_asked(arguments: str, code: int, said: str, capsys: Out) -> None:
    assert main(["proxy", *arguments.split()]) == code
    assert said in capsys.readouterr().err


def test_a_key_in_what_is_written_is_the_last_net() -> None:
    contract = EDITIONS["apiframe", Edition.CORRECTED]
    with between("http://127.0.0.1:1", contract) as passing:
        httpx.post(f"{passing.url}/fetch", headers={"Authorization": KEY})
    assert passing.traffic.unanswered[0].owner == "key 1"
    with pytest.raises(proxy.SecretLeft):
        proxy.check_secrets(f"... {KEY} ...", passing.desk)
    proxy.check_secrets(proxy.recorded(passing.traffic, contract, "", ""), passing.desk)
    assert proxy.recorded(Traffic(), contract, "", "a.jsonl").startswith('{"lumakit":"traffic"')


def test_no_secret_that_passed_is_in_a_recording_or_a_report() -> None:
    said = {
        "status": KEY,
        "token": "canary-1",
        "in": {"api_key": "canary-2", "b64": base64.b64encode(KEY.encode()).decode()},
    }
    said["url"] = f"https://x.test/a?X-Amz-Signature=canary3&k={KEY}"
    body = json.dumps(said).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nSet-Cookie: s=canary-4\r\nX-Auth-Token: canary-5\r\n"
    given = {"Authorization": KEY, "Cookie": "s=canary-6", "X-Api-Key": "canary-7", "Proxy-Authorization": "canary-8"}
    asked = {"task_id": KEY, "webhook_secret": "canary-9"}
    contract = EDITIONS["apiframe", Edition.CORRECTED]
    answer = head + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    with Receiver(answers(answer)) as receiver, between(receiver.url, contract) as passing:
        httpx.post(f"{passing.url}/fetch?api_key=canary-10&x={KEY}", headers=given, json=asked)
    found = judging.verdict(contract, passing.traffic, None, "x")
    texts = [proxy.recorded(passing.traffic, contract, "", name) for name in ("a.har", "a.jsonl")]
    texts += [judging.shown(found, form, to_file=True, fail_on="note") for form in judging.FORMS]
    assert [text for text in texts if "canary" in text or "/fetch" not in text] == []
