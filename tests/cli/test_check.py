"""`lumakit check` as it is typed: what is meant, what comes out, with which exit code, and without the key."""

from __future__ import annotations

import io
import json
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from lumakit.cli import main
from lumakit.cli.check import Progress
from lumakit.cli.terminal import Terminal
from lumakit.clock import SystemClock
from lumakit.model import Request, Response
from mockserver import LiveServer, MockProvider
from mockserver.door.asgi import Door
from tests.check.foreign import KEY as FOREIGN
from tests.check.foreign import Foreign, served

KEY = "canary-key-on-a-port"
QUICK = ("--every", "0.01", "--provider", "chainhub")
Told = pytest.CaptureFixture[str]


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> LiveServer:
    monkeypatch.setenv("CHAINHUB_API_KEY", KEY)
    return LiveServer(MockProvider("chainhub", clock=SystemClock(1000.0), api_keys=[KEY, "canary-of-another"]))


def test_a_mock_is_asked_everything_and_nothing_is_found(capsys: Told) -> None:
    begun_s = time.process_time()
    assert main(["check", "mock", "--provider", "chainhub"]) == 0
    assert time.process_time() - begun_s < 10
    told = capsys.readouterr()
    assert told.err == ""
    assert "skipped" not in told.out
    assert told.out.endswith("nothing found\n")


def test_how_far_a_check_of_an_address_is_stands_beside_its_report(live: LiveServer, capsys: Told) -> None:
    with live:
        main(["check", live.url, *QUICK, "--phases", "documents,free,explore", "--skip-phases", "explore"])
    told = capsys.readouterr()
    lines = told.err.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["documents", "free"]
    assert "requests" in lines[1]
    assert "asking" not in told.err


def test_at_a_terminal_a_phase_is_begun_and_then_told() -> None:
    stream = Screen()
    progress = Progress(Terminal(io.StringIO(), stream, environment={"TERM": "xterm"}))
    progress("free", "")
    assert stream.getvalue() == "free: asking ..."
    progress("free", "3 requests")
    assert stream.getvalue().endswith("\rfree: 3 requests\n")


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("scenario", "failed"), [((), 1), (("--scenario", "slow"), 0)])
def test_tasks_fail_too_unless_something_else_is_to_become_of_them(
    scenario: tuple[str, ...], failed: int, capsys: Told
) -> None:
    asked = ["check", "mock", "--provider", "chainhub", "--phases", "webhooks", "--format", "json", *scenario]
    assert main(asked) == 0
    shown = json.loads(capsys.readouterr().out)["coverage"]
    (row,) = (each for each in shown["rows"] if (each["axis"], each["name"]) == ("webhook", "generation failed"))
    assert row["times"] == failed


def test_a_mock_without_a_name_is_every_provider(capsys: Told) -> None:
    assert main(["check", "mock", "--phases", "free,examples"]) == 0
    told = capsys.readouterr().out
    assert [line.split(" at ")[0] for line in told.splitlines() if " at mock" in line] == [
        "apiframe",
        "chainhub",
        "kkiai",
    ]


def test_the_documents_of_the_page_taken_at_its_word_fail(capsys: Told) -> None:
    assert main(["check", "mock", "--provider", "chainhub", "--edition", "published", "--phases", "documents"]) == 1
    assert "S1" in capsys.readouterr().out


def test_a_mock_on_a_port_is_followed_and_listened_to(live: LiveServer, capsys: Told) -> None:
    with live:
        assert main(["check", live.url, *QUICK, "--phases", "free,lifecycle,webhooks", "--format", "json"]) == 0
    told = capsys.readouterr().out
    assert KEY not in told
    shown = json.loads(told)
    assert not any("skipped" in each for each in shown["phases"].values())
    assert "webhook" in json.dumps(shown["coverage"])


@pytest.mark.parametrize(("shown_to", "codes"), [("its owner", set()), ("everybody", {"L324"})])
def test_another_key_sees_a_task_or_does_not(
    shown_to: str, codes: set[str], monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    second = "canary-of-another"
    monkeypatch.setenv("CHAINHUB_API_KEY", KEY)
    monkeypatch.setenv("SOMEBODY_ELSES", second)
    mock = MockProvider("chainhub", clock=SystemClock(1000.0), api_keys=[KEY, second])

    def answer(request: Request) -> Response:
        """What the mock does; a server that mistakes one key for the other shows everything to both."""
        shown = tuple((name, value.replace(second, KEY)) for name, value in request.headers)
        return mock(replace(request, headers=shown) if shown_to == "everybody" else request)

    with LiveServer(Door(answer)) as live:
        asked = ["check", live.url, *QUICK, "--phases", "lifecycle", "--second-key-env", "SOMEBODY_ELSES"]
        assert main([*asked, "--format", "json"]) == (1 if codes else 0)
    printed = capsys.readouterr()
    found = json.loads(printed.out)["findings"]  # a clock that runs so fast is soon ahead, which is warned of
    assert {each["code"] for each in found if each["severity"] == "error"} == codes
    assert not any(key in printed.out + printed.err for key in (KEY, second))


def test_a_second_key_is_named_by_its_variable_and_not_typed(live: LiveServer, capsys: Told) -> None:
    with live:
        assert main(["check", live.url, *QUICK, "--phases", "lifecycle", "--second-key-env", "sk-not-a-variable"]) == 2
    told = capsys.readouterr().err
    assert "it takes the name of a variable" in told
    assert "sk-not" not in told


def test_a_defect_is_exit_code_1_and_a_baseline_makes_it_0(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    monkeypatch.setenv("APIFRAME_API_KEY", FOREIGN)
    known = str(tmp_path / "known.toml")
    with served(Foreign("the account is shown to any key")) as url:
        asked = ["check", url, "--provider", "apiframe", "--phases", "free"]
        assert main(asked) == 1
        assert "X223" in capsys.readouterr().out
        assert main([*asked, "--baseline", known, "--update-baseline"]) == 0
        assert main([*asked, "--baseline", known]) == 0
    assert "known: 1 finding" in capsys.readouterr().out


def test_every_report_is_without_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told) -> None:
    monkeypatch.setenv("APIFRAME_API_KEY", FOREIGN)
    forms = {form: str(tmp_path / form) for form in ("text", "json", "junit", "sarif", "github", "markdown", "html")}
    also = [f"--also={form}={path}" for form, path in forms.items()]
    with served(Foreign("the account is shown to any key", "webhooks come with another secret")) as url:
        asked = ["check", url, "--provider", "apiframe", "--every", "0.01", "--skip-phases", "documents,explore"]
        assert main([*asked, *also, "--pytest-out", str(tmp_path / "again.py")]) == 1
    printed = capsys.readouterr()
    texts = [printed.out, printed.err, *(path.read_text() for path in tmp_path.iterdir())]
    assert len(texts) == 2 + len(forms) + 1
    assert not any(FOREIGN in text for text in texts)


def test_with_a_budget_no_more_is_let_out(live: LiveServer, tmp_path: Path, capsys: Told) -> None:
    ledger = ["--ledger", str(tmp_path / "ledger")]
    with live:
        assert (
            main(["check", live.url, *QUICK, "--skip-phases", "explore", "--budget", "2", "--rate", "500", *ledger])
            == 4
        )
    told = capsys.readouterr().out
    assert "cut short" in told
    assert "left open: " in told
    assert KEY not in told + (tmp_path / "ledger").read_text()


def test_a_plan_is_printed_and_nothing_is_asked(capsys: Told) -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Response:
        asked.append(request)
        return Response(500)

    with LiveServer(Door(answer)) as live:
        assert main(["check", live.url, *QUICK, "--dry-run"]) == 0
    assert asked == []
    told = capsys.readouterr().out
    assert "webhooks   POST /luma/generations" in told
    assert "of them may cost" in told


@pytest.mark.parametrize(
    ("typed", "code", "says"),
    [
        ("check moc", 2, "neither `mock` nor an address"),
        ("check http://127.0.0.1:4010", 2, "whose contract"),
        ("check mock --phases livecycle", 2, "no phase 'livecycle'"),
        ("check mock --phases free --skip-phases free", 2, "no phase is left"),
        ("check mock --format json", 2, "there are 3 providers"),
        ("check mock --provider tests/data/jobs.yaml --phases webhooks", 2, "nothing was checked"),
        ("check mock --provider chainhub --spec tests/data/jobs.yaml", 2, "contradict"),
        ("check http://127.0.0.1:4010 --provider chainhub --scenario fail", 2, "--scenario is for"),
        ("check http://127.0.0.1:4010 --provider chainhub", 2, "CHAINHUB_API_KEY in the environment"),
        ("check http://127.0.0.1:4010 --provider chainhub --api-key sk-1234567890", 2, "a key is not typed"),
        ("check https://api.example.com --provider chainhub", 4, "--live api.example.com"),
        ("check https://api.example.com --live other.example.com --provider chainhub", 4, "no_consent"),
        ("check http://api.example.com --live api.example.com --provider chainhub", 4, "https://api.example.com"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    typed: str, code: int, says: str, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    monkeypatch.delenv("CHAINHUB_API_KEY", raising=False)
    assert main(typed.split()) == code
    told = capsys.readouterr()
    assert says in told.err
    assert "sk-1234567890" not in told.out + told.err


def test_nobody_there_is_exit_code_3(monkeypatch: pytest.MonkeyPatch, capsys: Told) -> None:
    monkeypatch.setenv("CHAINHUB_API_KEY", KEY)
    with LiveServer(Door(lambda _: Response(204))) as gone:
        url = gone.url
    assert main(["check", url, "--provider", "chainhub"]) == 3
    assert "is it running" in capsys.readouterr().err


def test_ctrl_c_ends_the_asking_with_a_report(monkeypatch: pytest.MonkeyPatch, capsys: Told) -> None:
    monkeypatch.setenv("CHAINHUB_API_KEY", KEY)
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        if len(seen) == 5:
            os.kill(os.getpid(), signal.SIGINT)
        return Response(401, (("Content-Type", "application/json"),), b"{}")

    with LiveServer(Door(answer)) as live:
        assert main(["check", live.url, "--provider", "chainhub"]) == 130
    told = capsys.readouterr().out
    assert "cut short: the run was interrupted" in told
    assert "webhooks: skipped: the run was interrupted" in told


def test_webhooks_come_by_the_address_of_a_tunnel(live: LiveServer, capsys: Told) -> None:
    with LiveServer(Door(lambda _: Response(204))) as gone:
        port = gone.port
    tunnel = ["--webhook-url", f"http://127.0.0.1:{port}", "--listen-port", str(port)]
    with live:
        assert main(["check", live.url, *QUICK, "--phases", "webhooks", *tunnel, "--format", "json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["opens"] == []


def test_a_tunnel_leads_somewhere(capsys: Told) -> None:
    assert main(["check", "http://127.0.0.1:1", *QUICK, "--webhook-url", "https://tunnel.test"]) == 2
    assert "--listen-port" in capsys.readouterr().err


def test_without_httpx_the_extra_is_named(live: LiveServer, monkeypatch: pytest.MonkeyPatch, capsys: Told) -> None:
    monkeypatch.setattr("lumakit.wire.find_spec", lambda _: None)
    with live:
        assert main(["check", live.url, *QUICK]) == 3
    assert "pip install 'lumakit[httpx]'" in capsys.readouterr().err
