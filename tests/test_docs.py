"""Every example in the README and the docs is run, and what it prints is what the page says."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lumakit.cli import main
from lumakit.cli.terminal import Terminal
from lumakit.clock import VirtualClock
from mockserver.app import Choices, create_app
from mockserver.live import LiveServer
from tests.cli.prompt import COMMANDS, Screen, perform

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "specs" / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
BLOCK = re.compile(
    r"^```(?P<language>\w+)\n(?P<text>.*?)^```$(?:\n\n^```text\n(?P<output>.*?)^```$)?", re.MULTILINE | re.DOTALL
)
A_FILE = re.compile(r"# \w+\.py\n")  # of a project with the plugin: tests/pytest/test_page.py runs those
LINK = re.compile(r"\]\((?!https?://)([^)#]+)[^)]*\)")


def calls(text: str) -> bool:
    """True for an example of commands that call a provider."""
    return text.startswith(tuple(f"$ lumakit {name} " for name in COMMANDS))


def blocks(language: str) -> Iterator[object]:
    for page in PAGES:
        for number, match in enumerate(BLOCK.finditer(page.read_text(encoding="utf-8"))):
            if match["language"] == language and not A_FILE.match(match["text"]):
                yield pytest.param(match, id=f"{page.relative_to(ROOT)}-{number}")


def need_framework(text: str) -> None:
    """Skip an example of a framework that is not installed: none is a dependency of ours."""
    for name in ("flask", "starlette"):
        if f"from {name}" in text:
            pytest.importorskip(name, reason=f"{name} is not installed")


def commands(text: str, program: str) -> Iterator[tuple[list[str], str]]:
    for piece in re.split(rf"^\$ {program} ", text, flags=re.MULTILINE)[1:]:
        line, _, expected = piece.partition("\n")
        yield shlex.split(line), expected


def matches(expected: str, printed: str) -> bool:
    """An expected line of three dots stands for any number of lines, three dots inside a line for any text."""
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else _line(line) + r"\n" for line in expected.splitlines())
    return re.fullmatch(pattern, printed) is not None


def _line(line: str) -> str:
    return ".*".join(map(re.escape, line.split(",...")))


@pytest.mark.parametrize("block", [each for each in blocks("console") if not calls(each.values[0]["text"])])  # type: ignore[attr-defined]
def test_a_command_prints_what_the_page_says(
    block: re.Match[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    for arguments, expected in commands(block["text"], "lumakit"):
        assert main(arguments) in (0, 1)
        printed = capsys.readouterr()
        assert printed.err == ""
        assert matches(expected, printed.out), printed.out


@pytest.mark.parametrize("block", [each for each in blocks("console") if calls(each.values[0]["text"])])  # type: ignore[attr-defined]
def test_a_command_that_calls_a_provider_prints_what_the_page_says(
    block: re.Match[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    clock = VirtualClock()
    environment = {"APIFRAME_API_KEY": "any", "CHAINHUB_API_KEY": "any"}
    with LiveServer(create_app(choices=Choices(clock=clock))) as live:
        for (name, *arguments), expected in commands(block["text"], "lumakit"):
            asked = [each.replace("http://127.0.0.1:4010", live.url) for each in arguments]
            screen = Screen()
            assert perform(name, asked, Terminal(screen, screen, clock, environment, seed="page")) in (0, 1, 2, 4)
            printed = screen.getvalue().replace(live.url, "http://127.0.0.1:4010")
            assert matches(expected, printed), printed


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("block", [each for each in blocks("console") if "$ curl" in each.values[0]["text"]])  # type: ignore[attr-defined]
def test_a_request_by_curl_is_answered_as_the_page_says(block: re.Match[str]) -> None:
    clock = VirtualClock()
    with LiveServer(create_app(choices=Choices(clock=clock))) as live:
        for arguments, expected in commands(block["text"], "curl"):
            asked = [each.replace("http://127.0.0.1:4010", live.url) for each in arguments]
            printed = subprocess.run(["curl", *asked], check=True, capture_output=True, text=True).stdout
            assert matches(expected, printed.replace(live.url, "http://127.0.0.1:4010") + "\n"), printed
            clock.advance(90)


@pytest.mark.parametrize("block", list(blocks("python")))
def test_a_python_example_runs_and_prints_what_the_page_says(block: re.Match[str]) -> None:
    need_framework(block["text"])
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(block["text"], "the example", "exec"), {"__name__": "example"})  # noqa: S102  # our own page
    assert printed.getvalue() == (block["output"] or "")


def test_the_pages_have_examples() -> None:
    assert len(list(blocks("console"))) >= 4
    assert len(list(blocks("python"))) >= 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_inside_the_repository_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_the_provider_of_ones_own_is_clean_once_it_is_corrected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "specs" / "README.md").read_text(encoding="utf-8")
    (tmp_path / "acme").mkdir()
    files = re.findall(r"^`DIR/acme/(\S+)`\n\n```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    for name, content in files:
        (tmp_path / "acme" / name).write_text(content, encoding="utf-8")
    assert len(files) == 4
    assert main(["lint", "acme", "--specs", str(tmp_path), "--fail-on", "note"]) == 0
    assert capsys.readouterr().out == "nothing found\n"
    assert main(["lint", "acme", "--specs", str(tmp_path), "--edition", "published"]) == 1
    assert "S123" in capsys.readouterr().out
    assert main(["show", str(tmp_path / "acme")]) == 0
