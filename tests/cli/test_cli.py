"""The command line from the outside: what it prints, where, and with which exit code."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import yaml

from lumakit import __version__
from lumakit.cli import COMMANDS, Parser, main, settings
from lumakit.cli import lint as lint_command

ROOT = Path(__file__).resolve().parents[2]
JOBS = str(ROOT / "tests" / "data" / "jobs.yaml")
OVERLAY = str(ROOT / "tests" / "data" / "jobs.overlay.yaml")
Out = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command runs in an empty folder and without settings."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("LUMAKIT_")]:
        monkeypatch.delenv(name)


# the door


@pytest.mark.parametrize("flag", ["-h", "--help", "help"])
def test_help_lists_every_command(flag: str, capsys: Out) -> None:
    assert main([flag]) == 0
    printed = capsys.readouterr().out
    assert all(f"  {name}" in printed for name in COMMANDS)


def test_no_command_is_wrong_usage(capsys: Out) -> None:
    assert main([]) == 2
    assert "usage: lumakit" in capsys.readouterr().out


@pytest.mark.parametrize("flag", ["-V", "--version"])
def test_version(flag: str, capsys: Out) -> None:
    assert main([flag]) == 0
    assert capsys.readouterr().out == f"lumakit {__version__}\n"


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_explains_itself(name: str, capsys: Out) -> None:
    assert main([name, "--help"]) == 0
    assert f"usage: lumakit {name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lnt"], "did you mean lumakit lint?"),
        (["zzzz"], "lumakit --help"),
        (["lint", "chainhob"], "did you mean chainhub?"),
        (["lint", "nowhere/at/all.yaml"], "apiframe, chainhub, kkiai, or a path to an OpenAPI document"),
        (["lint", "--edition", "draft"], "invalid choice"),
        (["lint", "--nonsense"], "unrecognized arguments"),
        (["lint", "--specs", "nowhere"], "--specs takes a folder of providers"),
        (["amend", JOBS], "OVERLAY"),
        (["amend", "nowhere.yaml", OVERLAY], "cannot be read"),
        (["explain", "S12"], "did you mean"),
        (["explain", "nothing"], "lists them all"),
    ],
)
def test_wrong_usage_is_one_kind_sentence_and_exit_code_2(arguments: list[str], said: str, capsys: Out) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("lumakit: ")
    assert said in printed.err
    assert "Traceback" not in printed.err


def test_an_output_that_cannot_be_written_is_a_matter_of_the_surroundings(capsys: Out) -> None:
    assert main(["explain", "S123", "-o", "no/such/folder/out.txt"]) == 3
    assert "make the folder no/such/folder first" in capsys.readouterr().err


def test_an_interrupt_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(lint_command, "execute", interrupted)
    assert main(["lint"]) == 130


def test_what_breaks_while_an_interrupt_is_under_way_is_no_bug(monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    def interrupted(_: object) -> int:
        try:
            raise KeyboardInterrupt
        finally:
            threading.Lock().release()

    monkeypatch.setattr(lint_command, "execute", interrupted)
    assert (main(["lint"]), capsys.readouterr().err) == (130, "")


def test_a_bug_of_ours_leaves_a_report_and_ends_with_5(monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    def broken(_: object) -> int:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(lint_command, "execute", broken)
    assert main(["lint"]) == 5
    said = capsys.readouterr().err
    report = Path(said.partition("the report is in ")[2].partition(",")[0])
    assert "ZeroDivisionError: a bug" in report.read_text()
    assert "Traceback" not in said
    report.unlink()


def test_a_reader_that_goes_away_is_no_error() -> None:
    shell = f"{sys.executable} -m lumakit explain | head -n 1"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stderr == ""
    assert done.stdout.startswith("L301")


def test_python_m_lumakit_is_lumakit() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lumakit", "--version"], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout == f"lumakit {__version__}\n"


# lint


def test_lint_without_a_target_takes_every_vendored_provider_and_finds_no_error(capsys: Out) -> None:
    assert main(["lint", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["summary"]["error"] == 0


def test_lint_ends_with_1_where_it_finds_what_it_shall_fail_on(capsys: Out) -> None:
    assert main(["lint", "chainhub", "--edition", "published"]) == 1
    assert main(["lint", "apiframe"]) == 0
    assert main(["lint", "apiframe", "--fail-on", "note"]) == 1
    assert main(["lint", "chainhub", "--fail-on", "note"]) == 0
    capsys.readouterr()


@pytest.mark.parametrize("form", ["text", "json", "github", "sarif"])
def test_lint_prints_in_every_format(form: str, capsys: Out) -> None:
    assert main(["lint", JOBS, "--format", form]) == 1
    printed = capsys.readouterr().out
    assert "S123" in printed
    if form in ("json", "sarif"):
        json.loads(printed)


def test_lint_writes_to_a_file(tmp_path: Path, capsys: Out) -> None:
    assert main(["lint", JOBS, "--format", "json", "-o", "found.json"]) == 1
    assert capsys.readouterr().out == ""
    assert json.loads((tmp_path / "found.json").read_text())["findings"]


def test_lint_takes_a_providers_folder_of_ones_own(tmp_path: Path, capsys: Out) -> None:
    mine = tmp_path / "mine" / "jobs"
    mine.mkdir(parents=True)
    (mine / "openapi.yaml").write_text(Path(JOBS).read_text())
    (mine / "corrections.overlay.yaml").write_text(Path(OVERLAY).read_text())
    assert main(["lint", "jobs", "--specs", "mine", "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)["findings"]
    assert "S123" not in {finding["code"] for finding in found}
    assert {finding["where"] for finding in found} == {"mine/jobs/openapi.yaml"}
    assert main(["lint", "mine/jobs", "--edition", "published", "--format", "json"]) == 1
    assert "S123" in {finding["code"] for finding in json.loads(capsys.readouterr().out)["findings"]}


# amend


def test_amend_prints_yaml_that_reads_back(capsys: Out) -> None:
    assert main(["amend", JOBS, OVERLAY]) == 0
    amended = yaml.safe_load(capsys.readouterr().out)
    assert amended["paths"]["/jobs"]["post"]["requestBody"]["required"] is True
    assert amended["x-lumakit-applied"] == ["C01"]


def test_amend_prints_json(capsys: Out) -> None:
    assert main(["amend", JOBS, OVERLAY, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["openapi"] == "3.0.3"


def test_amend_refuses_what_matches_nothing_unless_lenient(tmp_path: Path, capsys: Out) -> None:
    (tmp_path / "late.yaml").write_text(Path(OVERLAY).read_text().replace("/jobs", "/gone"))
    assert main(["amend", JOBS, "late.yaml"]) == 2
    assert "/gone" in capsys.readouterr().err
    assert main(["amend", JOBS, "late.yaml", "--lenient"]) == 0
    printed = capsys.readouterr()
    assert "S190" in printed.err
    assert yaml.safe_load(printed.out)["info"]["title"] == "Image jobs"


# show


def test_show_lists_the_providers(capsys: Out) -> None:
    assert main(["show"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in ("apiframe", "chainhub", "kkiai", "POST /luma-extend"))


@pytest.mark.parametrize("provider", ["apiframe", "chainhub", "kkiai"])
@pytest.mark.parametrize("edition", ["published", "corrected"])
def test_show_tells_operations_lifecycle_facts_and_corrections(provider: str, edition: str, capsys: Out) -> None:
    assert main(["show", provider, "--edition", edition]) == 0
    printed = capsys.readouterr().out
    for part in ("operations", "lifecycle", "stateDiagram-v2", "facts", "tasks", "problems", "A01"):
        assert part in printed
    assert ("C01" in printed) is (edition == "corrected")


def test_show_as_data(capsys: Out) -> None:
    assert main(["show", "chainhub", "--format", "json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["lifecycle"]["words"]["completed"] == "succeeded"
    assert {action["basis"] for action in shown["actions"]} <= {"documented", "mirror", "observed", "inferred"}
    assert main(["show", "--format", "json"]) == 0
    assert [each["name"] for each in json.loads(capsys.readouterr().out)] == ["apiframe", "chainhub", "kkiai"]


def test_show_as_mermaid(capsys: Out) -> None:
    assert main(["show", "kkiai", "--format", "mermaid"]) == 0
    assert capsys.readouterr().out.startswith("stateDiagram-v2\n")


def test_show_takes_a_document_without_a_lifecycle(capsys: Out) -> None:
    assert main(["show", JOBS]) == 0
    assert "lifecycle" not in capsys.readouterr().out
    assert main(["show", JOBS, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["lifecycle"] is None
    assert main(["show", JOBS, "--format", "mermaid"]) == 2
    assert main(["show", "--format", "mermaid"]) == 2
    assert "has no lifecycle.yaml" in capsys.readouterr().err


# explain


def test_explain_tells_what_why_and_how(capsys: Out) -> None:
    assert main(["explain", "s123"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("S123: ")
    assert "found in:" in printed
    assert "mended:" in printed


def test_explain_without_a_code_lists_them_all(capsys: Out) -> None:
    assert main(["explain"]) == 0
    assert len(capsys.readouterr().out.splitlines()) > 40


def test_explain_as_data(capsys: Out) -> None:
    assert main(["explain", "S123", "S124", "--format", "json"]) == 0
    assert [entry["code"] for entry in json.loads(capsys.readouterr().out)] == ["S123", "S124"]


# settings


def test_the_environment_stands_under_the_flags(monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    monkeypatch.setenv("LUMAKIT_EDITION", "published")
    monkeypatch.setenv("LUMAKIT_FORMAT", "json")
    assert main(["lint", "chainhub"]) == 1
    json.loads(capsys.readouterr().out)
    assert main(["lint", "chainhub", "--edition", "corrected", "--format", "text"]) == 0
    assert capsys.readouterr().out == "nothing found\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lumakit.toml", 'edition = "published"\n'),
        ("pyproject.toml", '[tool.lumakit]\nedition = "published"\n'),
    ],
)
def test_a_file_stands_under_the_environment(
    name: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    (tmp_path / name).write_text(text)
    assert main(["lint", "chainhub"]) == 1
    monkeypatch.setenv("LUMAKIT_EDITION", "corrected")
    assert main(["lint", "chainhub"]) == 0
    capsys.readouterr()


def test_a_flag_without_a_value_is_set_by_a_word(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Out) -> None:
    (tmp_path / "late.yaml").write_text(Path(OVERLAY).read_text().replace("/jobs", "/gone"))
    monkeypatch.setenv("LUMAKIT_LENIENT", "yes")
    assert main(["amend", JOBS, "late.yaml"]) == 0
    monkeypatch.setenv("LUMAKIT_LENIENT", "no")
    assert main(["amend", JOBS, "late.yaml"]) == 2
    capsys.readouterr()


@pytest.mark.parametrize("text", ["edition = ", 'edition = "draft"\n', "a = " + "[" * 5_000, f"port = {'9' * 5_000}"])
def test_a_bad_setting_is_wrong_usage(text: str, tmp_path: Path, capsys: Out) -> None:
    (tmp_path / "lumakit.toml").write_text(text)
    assert main(["lint", "chainhub"]) == 2
    assert capsys.readouterr().err.startswith("lumakit: ")


def test_a_setting_that_no_command_has_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    monkeypatch.setenv("LUMAKIT_EDITON", "published")
    assert main(["lint", "chainhub"]) == 2
    assert "LUMAKIT_EDITON: there is no setting 'editon'" in (said := capsys.readouterr().err)
    assert "did you mean edition?" in said
    monkeypatch.delenv("LUMAKIT_EDITON")
    (tmp_path / "lumakit.toml").write_text("zzz = 1\n")
    assert main(["lint", "chainhub"]) == 2
    assert "lumakit.toml: there is no setting 'zzz'" in capsys.readouterr().err


def test_a_variable_of_something_else_is_left_alone(monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    monkeypatch.setenv("LUMAKIT_ZZZZ", "1")
    assert main(["lint", "chainhub"]) == 0
    assert capsys.readouterr().out == "nothing found\n"


def test_a_setting_holds_for_the_commands_that_take_its_value(monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    monkeypatch.setenv("LUMAKIT_FORMAT", "sarif")
    assert main(["show", "chainhub"]) == 0
    assert capsys.readouterr().out.startswith("chainhub: ")
    assert main(["lint", "chainhub"]) == 0
    assert json.loads(capsys.readouterr().out)["version"] == "2.1.0"
    monkeypatch.setenv("LUMAKIT_FORMAT", "xml")
    assert main(["show", "chainhub"]) == 2
    assert "LUMAKIT_FORMAT: format cannot be 'xml'" in capsys.readouterr().err


def test_a_switch_takes_yes_and_no_only(monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    monkeypatch.setenv("LUMAKIT_LENIENT", "maybe")
    assert main(["amend", JOBS, OVERLAY]) == 2
    assert "lenient cannot be 'maybe'" in capsys.readouterr().err


def test_a_misspelt_flag_is_named_with_its_neighbour(capsys: Out) -> None:
    assert main(["lint", "--editon", "published"]) == 2
    assert "did you mean --edition?" in capsys.readouterr().err


def test_a_folder_without_providers_is_not_a_clean_one(capsys: Out) -> None:
    for command in ("lint", "show"):
        assert main([command, "--specs", "."]) == 2
        assert "holds no provider [nothing_checked]" in capsys.readouterr().err


def test_a_dash_is_standard_output(capsys: Out) -> None:
    assert main(["lint", "chainhub", "-o", "-"]) == 0
    assert capsys.readouterr().out == "nothing found\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_a_matter_of_the_surroundings() -> None:
    shell = f"{sys.executable} -m lumakit show chainhub > /dev/full"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 3
    assert done.stderr.startswith("lumakit: standard output cannot be written")


@pytest.mark.parametrize("command", ["show", "lint"])
def test_a_terminal_that_knows_only_ascii_is_told_in_its_letters(command: str, tmp_path: Path) -> None:
    page = tmp_path / "cat.yaml"
    page.write_text('openapi: 3.0.3\ninfo: {title: "\u732b", version: "1"}\npaths: {/\u732b: {get: {responses: {}}}}\n')
    done = subprocess.run(
        [sys.executable, "-m", "lumakit", command, str(page)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    assert b"\\u732b" in done.stdout


def test_a_secret_that_was_typed_is_not_in_the_report_of_a_bug(monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    secret = "Bearer canary-0123456789abcdef"

    def broken(_: object) -> int:
        raise ZeroDivisionError(f"with {secret}, and no letter: \udcff")

    monkeypatch.setattr(lint_command, "execute", broken)
    assert main(["lint", f"Authorization: {secret}"]) == 5
    report = Path(capsys.readouterr().err.partition("the report is in ")[2].partition(",")[0])
    assert "ZeroDivisionError" in report.read_text()
    assert "canary" not in report.read_text()
    report.unlink()


def test_an_argument_and_a_setting_that_are_no_text_are_refused(monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    assert main(["fetch", "chainhub", "\udcff"]) == 2
    assert "an argument (3) is not UTF-8 [usage]" in capsys.readouterr().err
    monkeypatch.setenv("LUMAKIT_SEED", "\udcff")
    assert main(["mock", "chainhub"]) == 2
    assert "a setting (1) is not UTF-8" in capsys.readouterr().err


def test_a_target_that_cannot_be_read_does_not_hide_the_others(capsys: Out) -> None:
    assert main(["lint", JOBS, "nowhere.yaml", "chainhub", "zzz"]) == 2
    printed = capsys.readouterr()
    assert "S123" in printed.out
    assert "'nowhere.yaml'" in printed.err
    assert "'zzz'" in printed.err


def parser_of(command: str) -> Parser:
    parser = Parser(prog="x")
    importlib.import_module(f"lumakit.cli.{command}").configure(parser)
    return parser


def test_a_list_stands_for_a_flag_that_is_given_several_times(tmp_path: Path) -> None:
    (tmp_path / "lumakit.toml").write_text('scenario = ["fail", "key=stuck"]\nwatch = true\n')
    laid = settings.arguments(parser_of("mock"), lambda: [parser_of("mock")], {}, tmp_path)
    assert laid == ["--scenario=fail", "--scenario=key=stuck", "--watch"]


@pytest.mark.parametrize("typed", [["--scenario", "fast"], ["--scenario=fast"], ["chainhub", "--scenario=fast"]])
def test_what_is_typed_wins_also_where_a_flag_may_be_given_several_times(typed: list[str], tmp_path: Path) -> None:
    (tmp_path / "lumakit.toml").write_text('scenario = "slow"\nseed = "7"\n')
    laid = settings.arguments(parser_of("mock"), lambda: [parser_of("mock")], {}, tmp_path, typed)
    assert laid == ["--seed=7"]


def test_a_flag_that_was_meant_is_offered_and_one_that_is_right_is_not(capsys: Out) -> None:
    assert main(["mock", "--spede", "3"]) == 2
    assert "did you mean --speed?" in capsys.readouterr().err
    assert main(["mock", "--speed", "x"]) == 2
    assert "did you mean" not in capsys.readouterr().err


def test_an_argument_may_stand_behind_flags_and_one_like_a_flag_behind_two_dashes(capsys: Out) -> None:
    assert main(["lint", "chainhub", "--edition", "corrected", "kkiai", "--fail-on", "error"]) == 0
    assert main(["lint", "chainhub", "--", "--kkiai"]) == 2
    assert "'--kkiai'" in capsys.readouterr().err
