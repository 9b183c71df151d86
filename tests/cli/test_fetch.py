"""The commands that look once, and those that only make: what they print, and with which code they end."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumakit.cli import main
from lumakit.clock import VirtualClock
from lumakit.errors import UsageError
from tests.cli.prompt import KEY, Prompt, Screen, prompt

JSON = st.sampled_from(["7", "true", "null", "[1]", '{"a": [1e400]}', '"x"', "-1.5", "[[[]]]", "18446744073709551617"])
Out = pytest.CaptureFixture[str]
ROOT = Path(__file__).resolve().parents[2]
JOBS = str(ROOT / "tests" / "data" / "jobs.yaml")
HOSTILE = "\x1b[2J\u202e\r\nlumakit: fine"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command runs in an empty folder, with a key in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHAINHUB_API_KEY", KEY)


def typed(at: Prompt, *words: str) -> int:
    """A command by the front door."""
    return main([*words, "--base-url", at.url])


def test_the_front_door_makes_looks_and_saves(capsys: Out) -> None:
    with prompt() as at:
        assert typed(at, "submit", "chainhub", "--prompt", "a gust of wind", "generation") == 0
        key, *state = capsys.readouterr().out.split()
        assert state == ["waiting", "(pending)"]
        at.clock.advance(300)
        assert typed(at, "fetch", "chainhub", key, "--save", "a.mp4") == 0
        assert re.fullmatch(
            rf"{key}  succeeded \(completed\)  \S+  saved to a.mp4 \(\S+ kB\)\n", capsys.readouterr().out
        )
        assert typed(at, "extend", "chainhub", key, "--prompt", "the wind drops") == 0
        assert typed(at, "fetch", "chainhub", key, capsys.readouterr().out.split()[0]) == 0
        printed = capsys.readouterr()
    assert [line.split()[1] for line in printed.out.splitlines()] == ["succeeded", "waiting"]
    assert printed.err == ""


def test_the_command_that_is_offered_waits(capsys: Out) -> None:
    with prompt() as at:
        at.submitted()
        ended = at("submit PROVIDER --prompt a", draws=True)
        said = re.search(r"wait for it: lumakit (wait chainhub \S+) --base-url", ended.err)
        assert said
        at.clock.advance(300)
        assert typed(at, *said[1].split()) == 0
    assert "  succeeded (completed)  http" in capsys.readouterr().out


def test_where_nobody_reads_along_nothing_is_offered() -> None:
    with prompt() as at:
        assert at("submit PROVIDER --prompt a").err == ""


def test_several_tasks_are_told_in_the_order_they_were_asked_for() -> None:
    with prompt() as at:
        first, second = at.submitted(), at.submitted(prompt="b")
        at.clock.advance(300)
        ended = at("fetch PROVIDER", second, first, second, "unknown")
        assert at.asked() == 3
        told = json.loads(at("fetch PROVIDER --json", second, first, "unknown").out)
    assert [line.split()[0] for line in ended.lines] == [second, first]
    assert (ended.code, ended.err) == (
        2,
        "lumakit: the provider tells of no task unknown under this key [unknown_task]\n",
    )
    assert [task["id"] for task in told["tasks"]] == [second, first]
    assert (told["unknown"], told["findings"]) == (["unknown"], [])


def test_a_task_that_has_failed_is_told_with_its_reason_and_that_is_fine() -> None:
    with prompt() as at:
        task = at.submitted(prompt="[[fail:moderation]]")
        at.clock.advance(300)
        ended = at("fetch PROVIDER", task)
    assert (ended.code, ended.out) == (0, f"{task}  failed  Frame moderation failed\n")


def test_a_task_that_is_not_known_is_exit_code_2_and_not_said_to_go_on() -> None:
    with prompt() as at:
        for verb in ("fetch", "wait"):
            ended = at(f"{verb} PROVIDER unknown")
            assert (ended.code, ended.out) == (2, "")
            assert "[http_404]\n  try: a task belongs to the key that made it" in ended.err
            assert "lumakit wait" not in ended.err


def test_a_task_that_was_never_looked_at_is_not_said_to_go_on() -> None:
    with prompt() as at:
        ended = at("wait PROVIDER an-id --kind nothing")
    assert (ended.code, "lumakit wait" in ended.err) == (2, False)


def test_a_provider_that_cannot_be_reached_leaves_the_way_back_to_a_task_that_was_named() -> None:
    with prompt(faults=["503 on GET /luma/generations/*"]) as at:
        ended = at("wait PROVIDER an-id")
    assert (ended.code, "    lumakit wait chainhub an-id --base-url " in ended.err) == (3, True)


def test_a_task_without_a_video_yet_is_told_how_to_wait_for_it() -> None:
    with prompt() as at:
        task = at.submitted()
        ended = at("fetch PROVIDER --save a.mp4", task)
    assert ended.code == 2
    assert f"    lumakit wait chainhub {task} --base-url {at.url} --save a.mp4\n" in ended.err
    assert not Path("a.mp4").exists()


def test_only_one_video_is_saved_by_one_command() -> None:
    with prompt() as at:
        ended = at("fetch PROVIDER a b --save a.mp4")
    assert (ended.code, "--save takes the video of one task" in ended.err) == (2, True)


def test_a_task_is_waited_for_by_its_id_alone() -> None:
    with prompt("apiframe") as at:
        (task,) = at("submit PROVIDER luma --prompt a").out.split()[:1]
        ended = at("wait PROVIDER", task)
    assert (ended.code, ended.out.split()[:2]) == (0, [task, "succeeded"])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("submit PROVIDER --prompt a --duration 7s", 'try: duration is string, one of "5s"'),
        ("submit PROVIDER -p promt=a", "--extra NAME=VALUE sends what is not documented"),
        ("submit PROVIDER generatoin", "did you mean generation?"),
        ("fetch PROVIDER a --kind nothing", "there is no kind of task called 'nothing'"),
        ("fetch PROVIDER ..", "cannot stand in a path"),
        ("fetch PROVIDER a --judge maybe", "one of ignore, warn, raise"),
        ("extend PROVIDER a -p parent=b", "the parent is named twice"),
    ],
)
def test_what_cannot_be_is_not_sent_and_told_in_the_words_of_flags(line: str, said: str) -> None:
    with prompt() as at:
        ended = at(line)
        assert (ended.code, at.asked(), at.asked("GET")) == (2, 0, 0)
    assert said in ended.err
    assert not re.search(r"=True|client\.|kind=|extra=\{|None", ended.err)


def test_a_kind_that_is_not_clear_is_asked_for() -> None:
    with prompt("apiframe") as at:
        ended = at("submit PROVIDER --prompt a")
    assert ended.code == 2
    assert (
        "several kinds of task can be meant: luma, imagine-video [which_kind]\n  try: KIND is one of luma, "
        in ended.err
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["submit"], "the following arguments are required: PROVIDER"),
        (["extend", "chainhub"], "the following arguments are required: PARENT_ID"),
        (["fetch", "chainhub"], "the following arguments are required: ID"),
        (["wait", "chainhub", "a", "--every", "0"], "'0' is no number of seconds above 0"),
        (["wait", "chainhub", "a", "--budget", "inf"], "'inf' is no number of seconds above 0"),
        (["wait", "chainhub", "a", "--budget", "soon"], "'soon' is no number of seconds above 0"),
        (["run", "chainhub", "--base-url", "here"], "'here' is no address"),
        (["run", "chainhub", "--propmt", "a"], "did you mean --prompt?"),
        (["fetch", "chainhob", "a"], "did you mean chainhub?"),
        (["fetch", JOBS, "a"], "jobs has no lifecycle.yaml, so it has no tasks"),
        (["submit", JOBS], "--base-url https://api.example.com"),
    ],
)
def test_wrong_usage_is_one_kind_sentence_and_exit_code_2(arguments: list[str], said: str, capsys: Out) -> None:
    more = ["--base-url", "http://127.0.0.1:9"] if arguments[:2] == ["fetch", JOBS] else []
    assert main([*arguments, *more]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("lumakit: ")
    assert said in printed.err


def test_an_error_is_told_to_programs_too(capsys: Out) -> None:
    assert main(["fetch", "chainhub", "a", "--json", "--base-url", "http://127.0.0.1:9/", "--judge", "maybe"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert (told["problem"]["code"], told["problem"]["exit_code"]) == ("judge_not_found", 2)


def test_what_a_provider_says_steers_no_terminal_and_no_program() -> None:
    with prompt() as at:
        task = at.submitted(prompt="[[fail]]")
        at.clock.advance(300)
        shown = at("fetch PROVIDER", task, HOSTILE)
        named = at("wait PROVIDER", HOSTILE)
    for ended in (shown, named):
        assert all(line.isprintable() for line in (ended.out + ended.err).splitlines())
        assert "\x1b" not in ended.out + ended.err
        assert not any(line.startswith("lumakit: fine") for line in ended.err.splitlines())


def test_a_provider_of_ones_own_is_called_by_its_path() -> None:
    with prompt() as at:
        at.environment = {"CHAINHUB_API_KEY": KEY}
        words = ["run", str(ROOT / "specs" / "chainhub"), "--prompt", "a", "--budget", "3", "--base-url", at.url]
        ended = at.typed(words)
    assert ended.code == 4
    assert f"    lumakit wait {ROOT / 'specs' / 'chainhub'} " in ended.err


def test_the_settings_say_where_a_provider_is(monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    Path("lumakit.toml").write_text('edition = "corrected"\nwait-budget = 7\nparam = ["loop=true"]\n', encoding="utf-8")
    with prompt() as at:
        monkeypatch.setenv("LUMAKIT_BASE_URL", at.url)
        assert main(["submit", "chainhub", "--prompt", "a"]) == 0
        (entry,) = at.mock.journal.entries()
    assert b'"loop":true' in entry.request.body
    assert capsys.readouterr().err == ""


def test_a_provider_that_tells_many_one_by_one_is_asked_one_by_one(tmp_path: Path) -> None:
    text = (ROOT / "specs" / "chainhub" / "lifecycle.yaml").read_text(encoding="utf-8")
    shutil.copytree(ROOT / "specs" / "chainhub", tmp_path / "single")
    single = re.sub(r"    fetch_many:\n.*\n", "", text)
    (tmp_path / "single" / "lifecycle.yaml").write_text(single, encoding="utf-8")
    with prompt() as at:
        at.environment = {"SINGLE_API_KEY": KEY}
        first, second = at.submitted(), at.submitted(prompt="b")
        ended = at.typed(["fetch", "single", first, "unknown", second, "--specs", str(tmp_path), "--base-url", at.url])
        assert at.asked("GET") == 3
    assert (ended.code, [line.split()[0] for line in ended.lines]) == (2, [first, second])


def test_a_bug_of_ours_still_tells_the_way_back() -> None:
    class Broken(VirtualClock):
        def sleep(self, seconds: float) -> None:
            raise ZeroDivisionError(seconds)

    screen = Screen()
    with prompt() as at, pytest.raises(ZeroDivisionError):
        at("run PROVIDER --prompt a", clock=Broken(), err=screen)
    assert "goes on at the provider; this takes it up again:\n    lumakit wait chainhub " in screen.getvalue()


def test_a_key_that_comes_back_in_a_body_is_not_shown() -> None:
    with prompt() as at:
        task = json.loads(at("submit PROVIDER --json --prompt", f"my key is {KEY}").out)
        at.clock.advance(300)
        shown = at("fetch PROVIDER --json", task["id"]).out
    assert json.loads(shown)["raw"]["request"]["prompt"] == f"my key is <hidden: {len(KEY)} characters>"


NAMES = st.sampled_from("prompt user_prompt kind self extra parent body task_id loop on_progress Cookie".split())


@given(st.lists(st.tuples(NAMES | st.text(max_size=8), st.text(max_size=12) | JSON), max_size=4))
@settings(max_examples=25)
def test_whatever_is_asked_for_ends_with_a_documented_code(said: list[tuple[str, str]]) -> None:
    with contextlib.ExitStack() as stack:
        at = stack.enter_context(prompt())
        for verb in ("submit PROVIDER", "extend PROVIDER an-id", "run PROVIDER --budget 1"):
            words = [f"-p={name}={value}" for name, value in said]
            with contextlib.suppress(UsageError):  # not NAME=VALUE
                assert at(verb, *words).code in (0, 1, 2, 3, 4)
