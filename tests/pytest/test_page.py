"""The page about the plugin, and the README: every file on them is run as it stands, and what is said is printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.pytest.runs import PLUGIN, said

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in ("docs/pytest.md", "README.md"))
FILE = re.compile(
    r"^```python\n# (?P<name>\w+)\.py\n(?P<text>.*?)^```$(?:\n\n^```text\n(?P<output>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
INI = re.compile(r"^```ini\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILES = {match["name"]: match for match in FILE.finditer(PAGE)}
TESTS = [name for name in FILES if name.startswith("test_")]


@pytest.fixture(autouse=True)
def project(pytester: pytest.Pytester) -> None:
    """The files of the page that are no tests."""
    for name, match in FILES.items():
        if not name.startswith("test_") and name != "conftest":
            (pytester.path / f"{name}.py").write_text(f"# {name}.py\n{match['text']}", encoding="utf-8")


def ran(pytester: pytest.Pytester, name: str) -> pytest.RunResult:
    """What comes of one of its tests."""
    (pytester.path / f"{name}.py").write_text(f"# {name}.py\n{FILES[name]['text']}", encoding="utf-8")
    return pytester.runpytest_inprocess(*PLUGIN, f"{name}.py")


@pytest.mark.parametrize("name", [name for name in TESTS if not FILES[name]["output"]])
def test_every_test_on_the_page_passes(pytester: pytest.Pytester, name: str) -> None:
    result = ran(pytester, name)
    assert result.ret == 0
    assert result.parseoutcomes()["passed"] == len(re.findall(r"^ *def test_", FILES[name]["text"], re.MULTILINE)) or (
        "parametrize" in FILES[name]["text"]
    )


@pytest.mark.parametrize("name", [name for name in TESTS if FILES[name]["output"]])
def test_what_fails_says_what_the_page_says(pytester: pytest.Pytester, name: str) -> None:
    result = ran(pytester, name)
    result.assert_outcomes(failed=1)
    assert FILES[name]["output"] in said(result)


def test_the_file_the_fixture_and_the_marker_of_the_page_go_together(pytester: pytest.Pytester) -> None:
    found = INI.search(PAGE)
    assert found
    (pytester.path / "pytest.ini").write_text(found[1], encoding="utf-8")
    pytester.makeconftest(FILES["conftest"]["text"])
    pytester.makepyfile(
        "def test_it(lumakit_choices):\n"
        "    told = lumakit_choices\n"
        "    assert (told.provider, told.progress, told.scenario) == ('apiframe', 'time', 'slow')"
    )
    pytester.runpytest_inprocess(*PLUGIN).assert_outcomes(passed=1)


def test_the_page_has_files() -> None:
    assert len(TESTS) >= 7
