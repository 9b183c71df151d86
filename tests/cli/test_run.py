"""`lumakit run`: a task from its request to the file, and what is said when it does not come to that."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lumakit.clock import VirtualClock
from lumakit.model import Edition
from tests.calling import PROVIDERS
from tests.cli.prompt import KEY, Screen, prompt

RUN = "run PROVIDER --prompt a"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is saved is saved in an empty folder."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("edition", list(Edition))
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_task_is_made_waited_for_and_saved(provider: str, edition: Edition) -> None:
    with prompt(provider, edition) as at:
        ended = at(f"run PROVIDER --edition {edition} --save a.mp4", *at.asking())
        assert (ended.code, at.made()) == (0, 1), ended.err
    size = Path("a.mp4").stat().st_size
    assert re.fullmatch(
        rf"\S+  succeeded \(\w+\)  {at.url}/\S+\.mp4  saved to a\.mp4 \({size / 1000:.1f} kB\)\n", ended.out
    )
    assert [path.name for path in Path().iterdir()] == ["a.mp4"]


def test_of_several_results_the_first_is_saved_and_that_is_said() -> None:
    with prompt("apiframe") as at:
        ended = at("run PROVIDER imagine-video --prompt a --image https://i.test/a.png --save a.mp4")
    assert ended.code == 0
    results = ended.out.count("http://")
    assert results > 1
    assert ended.err.endswith(f"the first of {results} results is saved\n")


def test_every_change_is_a_line_and_a_poll_is_none() -> None:
    with prompt("apiframe") as at:
        ended = at("run PROVIDER luma --prompt a --every 2")
        looks = at.asked() - 1
    words = [tuple(line.split()[1:-1]) for line in ended.err.splitlines()]
    assert words[:2] == [("waiting",), ("starting", "0%")]
    assert words[-1] == ("finished", "100%")
    assert len(words) == len(set(words)) < looks
    assert all(re.fullmatch(r" +\d:\d\d  \w+ +(?:\d+%)?  [0-9a-f-]{36}", line) for line in ended.err.splitlines())


def test_programs_get_one_object_on_standard_output() -> None:
    with prompt() as at:
        ended = at(f"{RUN} --json --save a.mp4")
    (line,) = ended.lines
    told = json.loads(line)
    assert (told["phase"], told["status"], told["progress"], told["kind"]) == (
        "succeeded",
        "completed",
        1.0,
        "generation",
    )
    assert told["saved"] == {"path": "a.mp4", "bytes": Path("a.mp4").stat().st_size}
    assert (told["results"][0], told["findings"]) == (told["raw"]["video"]["url"], [])


def test_a_task_is_made_longer() -> None:
    with prompt() as at:
        first = at(RUN).out.split()[0]
        ended = at("run PROVIDER --prompt b --json --parent", first)
    assert json.loads(ended.out)["parent"] == first


def test_a_task_that_fails_is_exit_code_1_with_the_reason_and_nothing_to_take_up() -> None:
    with prompt() as at:
        ended = at("run PROVIDER --json --save a.mp4 --prompt", "[[fail:moderation]]")
    assert ended.code == 1
    assert "has failed: Frame moderation failed [task_failed]\n  try: make a new task\n" in ended.err
    assert "lumakit wait" not in ended.err
    told = json.loads(ended.out)
    assert (told["phase"], told["problem"]["kind"], told["problem"]["exit_code"]) == ("failed", "TaskFailed", 1)
    assert not Path("a.mp4").exists()


def test_a_budget_that_ends_says_how_to_take_the_task_up_and_that_does() -> None:
    with prompt() as at:
        ended = at("run PROVIDER --budget 5 --save", "my video.mp4", "--prompt", "a cat")
        assert (ended.code, ended.out) == (4, "")
        assert "had not ended after 5 s; it was processing [wait_timeout]\n" in ended.err
        said = ended.err.splitlines()[-1].strip()
        assert re.fullmatch(rf"lumakit wait chainhub \S+ --base-url {at.url} --save 'my video.mp4'", said)
        again = at.typed([*said.split()[1:-2], "my video.mp4"])
        assert (again.code, at.made(), Path("my video.mp4").exists()) == (0, 1, True), again.err


class Pressed(VirtualClock):
    """A clock on which somebody presses Ctrl-C at the nth wait."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.left = at

    def sleep(self, seconds: float) -> None:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt
        super().sleep(seconds)


def test_ctrl_c_says_that_the_task_goes_on_and_how_to_take_it_up() -> None:
    with prompt(edition=Edition.PUBLISHED) as at:
        ended = at("run PROVIDER --kind generation --edition published", *at.asking()[1:], clock=Pressed(3))
        assert ended.code == 130
    _, *lines = ended.err.partition("lumakit: interrupted\n")[2].splitlines()
    assert "goes on at the provider; this takes it up again:" in ended.err
    said = re.escape(f" --base-url {at.url} --edition published --kind generation")
    assert re.fullmatch(rf"    lumakit wait chainhub \S+{said}", lines[-1])


class Watched(Screen):
    """A terminal before which somebody presses Ctrl-C when a word is seen."""

    def __init__(self, word: str) -> None:
        super().__init__(is_terminal=True)
        self.word = word

    def write(self, text: str) -> int:
        if self.word and self.word in text:
            self.word = ""
            raise KeyboardInterrupt
        return super().write(text)


def test_ctrl_c_while_a_video_comes_down_leaves_no_file_and_says_how_to_have_it() -> None:
    with prompt() as at:
        ended = at(f"{RUN} --save a.mp4", err=Watched("saving"))
        assert (ended.code, ended.out, list(Path().iterdir())) == (130, "", [])
        assert "has succeeded; this saves its video:\n" in ended.err
        again = at.typed(ended.err.splitlines()[-1].split()[1:])
    assert (again.code, at.made(), Path("a.mp4").exists()) == (0, 1, True)


def test_ctrl_c_is_told_to_programs_too() -> None:
    with prompt() as at:
        ended = at(f"{RUN} --json", clock=Pressed(2))
    told = json.loads(ended.out)
    assert (told["phase"], told["problem"]["code"], told["problem"]["exit_code"]) == ("waiting", "interrupted", 130)


@pytest.mark.parametrize(
    ("fault", "code", "tasks", "said"),
    [
        ("lost", 4, 1, "a task may have been made"),
        ("reset", 4, 0, "it was sent once, and is not sent again"),
        ("truncate", 4, 1, "look at the account"),
        ("malformed", 4, 1, "a task may have been made"),
        ("500", 4, 0, "a task may have been made"),
        ("403 as out_of_credits", 4, 0, "try: pay"),
        ("429 retry-after 7", 3, 0, "the provider asks to be left alone for 7 s\n  try: wait a little"),
        ("503", 3, 0, "try: try again"),
        ("401", 2, 0, "try: look at the key"),
        ("400", 2, 0, "try: mend the request"),
    ],
)
def test_nothing_is_submitted_twice_and_every_end_has_its_code(fault: str, code: int, tasks: int, said: str) -> None:
    with prompt(faults=[f"{fault} on POST /luma/generations"]) as at:
        ended = at(RUN)
        assert (ended.code, at.asked(), at.made()) == (code, 1, tasks)
    assert said in ended.err
    assert ended.out == ""
    assert "lumakit wait" not in ended.err


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        ("401", 2, "try: look at the key"),
        ("404", 2, "[http_404]"),
        ("reset", 3, "try: try again"),
        ("malformed", 1, "try: tell the provider"),
    ],
)
def test_whatever_ends_the_waiting_the_task_can_be_taken_up(fault: str, code: int, said: str) -> None:
    with prompt(faults=[f"{fault} on GET /luma/generations/*"]) as at:
        ended = at(RUN)
        assert (ended.code, at.made()) == (code, 1)
    assert said in ended.err
    assert "goes on at the provider; this takes it up again:\n    lumakit wait chainhub " in ended.err


def test_a_file_that_does_not_come_down_can_be_saved_later() -> None:
    with prompt(faults=["503 on media"]) as at:
        ended = at(f"{RUN} --save a.mp4 --json")
        assert ended.code == 3
        assert json.loads(ended.out)["saved"] is None
        said = ended.err.splitlines()[-1].split()
        assert said[:3] == ["lumakit", "fetch", "chainhub"]
        at.mock.faults.clear()
        assert at.typed(said[1:]).code == 0
    assert Path("a.mp4").exists()


def test_a_file_that_is_gone_may_have_another_address_by_now() -> None:
    with prompt(faults=["404 on media"]) as at:
        ended = at(f"{RUN} --save a.mp4")
    assert (ended.code, list(Path().iterdir())) == (1, [])
    assert "[http_404]\n  try: fetch the task again: its address may be a new one; else make a new task\n" in ended.err
    assert "has succeeded; this saves its video:\n    lumakit fetch chainhub " in ended.err


def test_a_video_on_a_host_that_is_not_trusted_is_left_there_until_somebody_trusts_it() -> None:
    with prompt() as at:
        ended = at(f"{RUN} --save a.mp4 --files-from public")
        assert (ended.code, list(Path().iterdir())) == (1, [])
        assert "try: where you trust that host, name it in --files-from\n" in ended.err
        said = ended.err.splitlines()[-1].split()
        assert said[-4:] == ["--save", "a.mp4", "--files-from", "public"]
        assert at.typed([*said[1:-1], "loopback"]).code == 0


@pytest.mark.parametrize(
    ("file", "code", "said"),
    [
        ("there.mp4", 2, "there.mp4 exists [save_exists]\n  try: another name, or --overwrite\n"),
        (".", 2, "is a folder [save_folder]"),
        ("no/such/folder/a.mp4", 3, "No such file or directory [save_failed]"),
    ],
)
def test_a_file_that_cannot_be_written_is_told_before_anything_costs(file: str, code: int, said: str) -> None:
    Path("there.mp4").write_text("mine")
    with prompt() as at:
        ended = at(f"{RUN} --save {file}")
        assert (ended.code, at.made()) == (code, 0)
    assert said in ended.err
    assert Path("there.mp4").read_text() == "mine"


def test_a_file_is_replaced_when_that_is_said() -> None:
    Path("there.mp4").write_text("mine")
    with prompt() as at:
        assert at(f"{RUN} --save there.mp4 --overwrite").code == 0
    assert Path("there.mp4").read_bytes()[4:8] == b"ftyp"


def test_what_breaks_the_contract_is_told_as_lint_tells_it_and_changes_no_code() -> None:
    with prompt(faults=["break-schema on GET /luma/generations/*"]) as at:
        ended = at(f"{RUN} --every 1")
    assert ended.code == 0
    told = ended.err.splitlines()
    assert re.fullmatch(r"\d+ found: \d+ errors?.*", told[-1])
    found = [line for line in told if re.match(r"\S.*: error X2\d\d ", line)]
    assert found
    assert len(found) == len(set(found))


def test_a_judge_who_raises_ends_it_with_1_and_still_says_which_task_was_made() -> None:
    with prompt(faults=["break-schema on POST /luma/generations"]) as at:
        ended = at(f"{RUN} --judge raise")
        assert (ended.code, at.made()) == (1, 1)
    assert "[contract_broken]\n  try: tell the provider, or mend the contract\n" in ended.err
    assert "goes on at the provider; this takes it up again:\n    lumakit wait chainhub " in ended.err


@pytest.mark.parametrize("line", [RUN, f"{RUN} --json", "run PROVIDER --prompt [[fail]]", f"{RUN} --budget 2"])
@pytest.mark.parametrize("fault", ["", "401", "500", "lost", "malformed", "break-schema"])
def test_the_key_is_nowhere(line: str, fault: str) -> None:
    with prompt(faults=[fault] if fault else []) as at:
        for draws in (False, True):
            ended = at(line, draws=draws)
            assert ended.err + ended.out
            assert KEY not in ended.err + ended.out
