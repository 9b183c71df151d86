"""`lumakit traffic` from the outside: lived stories are silent, spoiled ones speak, and nothing is dropped silently."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from lumakit.check import har, lines, reports
from lumakit.check.traffic import Traffic
from lumakit.cli import judging, main
from lumakit.model import Edition, Exchange
from tests.calling import KEY, PROVIDERS, kinds, making, stage

Out = pytest.CaptureFixture[str]
MS = 1_767_225_600_000


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command runs in an empty folder and without settings."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("LUMAKIT_")]:
        monkeypatch.delenv(name)


def lived(provider: str, edition: Edition = Edition.CORRECTED) -> list[Exchange]:
    """What a mock's diary says of whole tasks."""
    at = stage(provider, edition)
    for kind in kinds(at.client).values():
        operation, values = making(at.client, kind)
        at.client.wait(at.client.submit(operation, **values), budget_s=None)
    return at.mock.requests()


def traffic_of(*seen: Exchange) -> Traffic:
    return Traffic(exchanges=seen)


@pytest.mark.parametrize("edition", list(Edition))
@pytest.mark.parametrize("provider", PROVIDERS)
def test_whole_tasks_that_a_mock_lived_through_are_silent(provider: str, edition: Edition, capsys: Out) -> None:
    seen = lived(provider, edition)
    Path("a.har").write_text(har.write(traffic_of(*seen)), encoding="utf-8")
    Path("b.jsonl").write_text(lines.write(traffic_of(*seen)), encoding="utf-8")
    for name in ("a.har", "b.jsonl"):
        code = main(["traffic", name, "--edition", edition.value, "--format", "json"])
        told = json.loads(capsys.readouterr().out)
        assert (told["findings"], code, told["seen"]) == ([], 0, len(seen))


def browsed(*changed: dict[str, Any], url: str = "https://api.apiframe.pro/fetch") -> dict[str, Any]:
    """A HAR of somebody's browser, with polls of one task."""
    return {"log": {"entries": [_entry(url, each) for each in changed or ({},)]}}


def _entry(url: str, changed: dict[str, Any]) -> dict[str, Any]:
    posted = {"mimeType": "application/json", "text": '{"task_id": "t-1"}'}
    headers = [{"name": "Content-Type", "value": "application/json"}, {"name": "Authorization", "value": KEY}]
    body = {
        "task_id": "t-1",
        "task_type": "luma",
        "status": "finished",
        "percentage": 100,
        "video_url": "https://x.test/v",
    }
    answer = {"status": 200, "content": {"mimeType": "application/json", "text": json.dumps({**body, **changed})}}
    request = {"method": "POST", "url": url, "headers": headers, "postData": posted}
    return {"startedDateTime": "2026-01-01T00:00:00Z", "request": request, "response": answer}


def saved(har: Any, name: str = "a.har") -> str:
    Path(name).write_text(json.dumps(har), encoding="utf-8")
    return name


def test_what_a_browser_recorded_is_judged(capsys: Out) -> None:
    assert main(["traffic", saved(browsed({}, {"status": 7}, {"status": 8}))]) == 1
    said = capsys.readouterr().out
    assert said.startswith("apiframe at a.har, corrected edition\n")
    assert "phases: read: 3 exchanges\n" in said
    assert "X214" in said


@pytest.mark.parametrize("flags", [["--provider", "apiframe"], ["--map", "gate.test:8080=apiframe"]])
def test_a_gateway_is_the_provider_that_a_flag_says(flags: list[str], capsys: Out) -> None:
    name = saved(browsed({"status": 7}, url="http://gate.test:8080/fetch"))
    assert main(["traffic", name, *flags, "--fail-on", "note"]) == 1
    assert "X214" in capsys.readouterr().out


def test_a_path_in_front_is_taken_away(capsys: Out) -> None:
    name = saved(browsed({"status": 7}, url="http://127.0.0.1:4010/apiframe/fetch"))
    assert main(["traffic", name, "--base-url", "http://127.0.0.1:4010/apiframe=apiframe", "--fail-on=note"]) == 1
    assert "X214" in capsys.readouterr().out


def test_what_is_for_others_is_counted(capsys: Out) -> None:
    both = browsed()
    both["log"]["entries"] += browsed({}, {}, url="https://cdn.test/fetch")["log"]["entries"]
    assert main(["traffic", saved(both)]) == 0
    assert "; left out: 2 for others: cdn.test (2)\n" in capsys.readouterr().out


def test_nothing_judged_is_not_nothing_found(capsys: Out) -> None:
    assert main(["traffic", saved(browsed(url="https://cdn.test/fetch"))]) == 2
    assert (
        "nothing in it is for any provider: 1 exchange went to cdn.test (1) [nothing_checked]"
        in capsys.readouterr().err
    )
    assert main(["traffic", saved({"log": {"entries": []}})]) == 2
    assert "there is no exchange in it [nothing_checked]" in capsys.readouterr().err


def test_a_recorder_that_leaves_out_keys_accuses_nobody(capsys: Out) -> None:
    bare = browsed()
    del bare["log"]["entries"][0]["request"]["headers"][1]
    assert main(["traffic", saved(bare)]) == 0
    assert "keys: not judged: no request shows one" in capsys.readouterr().out


def test_a_body_that_cannot_be_judged_is_told(capsys: Out) -> None:
    name = saved(browsed({"pad": "x" * 300_000}, {}))
    assert main(["traffic", name]) == 4
    said = "left open: what POST /fetch answered was not judged: its body is packed, or too long to be kept\n"
    assert said in capsys.readouterr().out


def test_two_providers_are_told_apart(capsys: Out) -> None:
    Path("a.jsonl").write_text(lines.write(traffic_of(*lived("apiframe"))), encoding="utf-8")
    Path("b.jsonl").write_text(lines.write(traffic_of(*lived("kkiai"))), encoding="utf-8")
    assert main(["traffic", "a.jsonl", "b.jsonl"]) == 0
    said = capsys.readouterr().out
    assert [line for line in said.splitlines() if " at " in line] == [
        "apiframe at a.jsonl, b.jsonl, corrected edition",
        "kkiai at a.jsonl, b.jsonl, corrected edition",
    ]
    assert main(["traffic", "a.jsonl", "b.jsonl", "--format", "json"]) == 2
    assert "--provider NAME" in capsys.readouterr().err
    assert main(["traffic", "a.jsonl", "b.jsonl", "--format", "json", "--provider", "kkiai"]) == 0


def test_standard_input_is_read_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    raw = io.TextIOWrapper(io.BytesIO(json.dumps(browsed()).encode()))
    monkeypatch.setattr(sys, "stdin", raw)
    assert main(["traffic", "-"]) == 0
    assert "standard input" in capsys.readouterr().out


def test_a_key_is_nowhere_in_what_is_printed_and_written(capsys: Out) -> None:
    name = saved(browsed({"message": KEY, "status": KEY, "task_type": f"Bearer {KEY}"}))
    also = [f"--also={form}={form}" for form in judging.FORMS]
    assert main(["traffic", name, "--fail-on", "note", *also, "--pytest-out", "again.py"]) == 1
    printed = capsys.readouterr()
    told = [
        printed.out,
        printed.err,
        *(Path(each).read_text(encoding="utf-8") for each in (*judging.FORMS, "again.py")),
    ]
    assert "apiframe" in printed.out
    assert not any(KEY in text for text in told)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("", "no recorded traffic is named"),
        ("nowhere.har", "cannot be read: No such file"),
        ("a.har --map apiframe", "'apiframe' maps no host"),
        ("a.har --map https://x.test=apiframe", "maps no host"),
        ("a.har --base-url x.test=apiframe", "maps no address"),
        ("a.har --map x.test=apifrane", "did you mean apiframe?"),
        ("a.har --provider apiframe --map x.test=kkiai", "'kkiai' is mapped, and only apiframe is wanted"),
        ("a.har --provider kkiai", "nothing in it is for kkiai"),
        ("a.har --format pdf", "invalid choice"),
    ],
)
def test_what_cannot_be_is_wrong_usage(arguments: str, said: str, capsys: Out) -> None:
    saved(browsed())
    assert main(["traffic", *arguments.split()]) == 2
    assert said in capsys.readouterr().err


def test_the_hosts_of_others_cannot_steer_a_terminal(capsys: Out) -> None:
    assert main(["traffic", saved(browsed(url="https://\u202e\x1b[2J.test/fetch"))]) == 2
    assert capsys.readouterr().err.replace("\n", "").isprintable()


def test_every_form_is_one_that_reports_have(capsys: Out) -> None:
    assert set(judging.FORMS) == set(reports.FORMATS)
    forms = sorted(set(judging.FORMS) - {"text", "json"})
    also = [f"--also={form}={form}" for form in forms[1:]]
    asked = ["traffic", saved(browsed({"percentage": "x"})), "--format", forms[0], "-o", forms[0], *also]
    assert main(asked) == 0
    assert capsys.readouterr().out == ""
    assert [form for form in forms if "X214" not in Path(form).read_text(encoding="utf-8")] == []


def test_what_a_baseline_knows_fails_nothing(capsys: Out) -> None:
    name = saved(browsed({}, {"status": 7}, {"status": 8}))
    asked = ["traffic", name, "--baseline", "known.toml"]
    assert main(asked) == 2
    assert "known.toml: cannot be read" in capsys.readouterr().err
    assert main([*asked, "--update-baseline"]) == 0
    assert main([*asked, "--fail-on", "note"]) == 0
    assert main(["traffic", name]) == 1
    assert main(["traffic", name, "--update-baseline"]) == 2
    assert "--baseline FILE --update-baseline" in capsys.readouterr().err


def test_a_second_opinion_is_asked_where_that_is_wanted(capsys: Out) -> None:
    assert main(["traffic", saved(browsed()), "--second-opinion"]) == 0
    assert "nothing found" in capsys.readouterr().out


def test_further_reports_of_the_same_run_are_written_beside_the_first(tmp_path: Path, capsys: Out) -> None:
    page, file = tmp_path / "page.html", tmp_path / "test_again.py"
    name = saved(browsed({}, {"status": 7}))
    assert main(["traffic", name, "--also", f"html={page}", "--pytest-out", str(file)]) == 1
    assert "The contract is broken" in page.read_text(encoding="utf-8")
    assert "lumakit.load('apiframe', 'corrected', None)" in file.read_text(encoding="utf-8")
    assert "2 found: 1 error, 1 note" in capsys.readouterr().out


def test_a_further_report_tells_of_one_provider_only(tmp_path: Path, capsys: Out) -> None:
    entries = [_entry("https://api.apiframe.pro/fetch", {}), _entry("https://api.chainhub.tech/luma/generations", {})]
    name = saved({"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": entries}})
    assert main(["traffic", name, "--also", f"json={tmp_path / 'a.json'}"]) == 2
    assert "several_providers" in capsys.readouterr().err
    assert not (tmp_path / "a.json").exists()
