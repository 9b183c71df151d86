"""The GitHub Action and the examples for other builds: their steps are run here, as a runner would."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from lumakit.cli import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
(CHECK,) = (step for step in STEPS if step.get("id") == "check")
KEY = "canary-5af1c0de"
DECOY = """#!/bin/sh
for word in "$@"; do printf '%s\\n' "$word" >> "$SEEN"; done
while [ $# -gt 0 ]; do
  if [ "$1" = --api-key-file ]; then cp "$2" "$SEEN.key"; ls -l "$2" | cut -c1-10 > "$SEEN.rights"; fi
  shift
done
env > "$SEEN.env"
exit "${EXIT:-0}"
"""

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")


def given(**inputs: str) -> dict[str, str]:
    """The environment of the step that checks, as a runner fills it."""
    defaults = {name: str(each.get("default", "")) for name, each in ACTION["inputs"].items()}
    values = {**defaults, **{name.replace("_", "-"): value for name, value in inputs.items()}}
    return {name: _filled(text, values) for name, text in CHECK["env"].items()}


def _filled(text: str, values: dict[str, str]) -> str:
    return re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda found: values[found[1]], text)


def ran(folder: Path, *, code: int = 0, **inputs: str) -> tuple[int, list[str]]:
    """The exit code of the step, and the words that lumakit was given."""
    done = stepped(folder, DECOY, code=code, **inputs)
    return done.returncode, (folder / "seen").read_text(encoding="utf-8").splitlines()


def stepped(folder: Path, program: str, *, code: int = 0, **inputs: str) -> subprocess.CompletedProcess[str]:
    """What the step does where this program is called lumakit."""
    (folder / "bin").mkdir(exist_ok=True)
    decoy = folder / "bin" / "lumakit"
    decoy.write_text(program, encoding="utf-8")
    decoy.chmod(0o755)
    environment = {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "SEEN": str(folder / "seen"),
        "EXIT": str(code),
        "TMPDIR": str(folder),
        "PYTHONPATH": str(ROOT),
        **given(**inputs),
    }
    command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", CHECK["run"]]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert KEY not in done.stdout + done.stderr
    return done


def test_the_least_that_is_given_becomes_the_words_of_a_check(tmp_path: Path) -> None:
    code, words = ran(tmp_path, target="mock", provider="chainhub")
    assert (code, words[:2]) == (0, ["check", "mock"])
    assert words[words.index("--provider") + 1] == "chainhub"
    assert words[words.index("--format") + 1] == "github"
    assert f"markdown={tmp_path / 'summary.md'}" in words
    assert {"--spec", "--live", "--budget", "--baseline", "--api-key-file"}.isdisjoint(words)


def test_everything_that_is_given_comes_along_whole(tmp_path: Path) -> None:
    evil = "a b; $(touch evil) `touch evil` ' \" *"
    _, words = ran(
        tmp_path,
        target=evil,
        provider=evil,
        live=evil,
        budget="2",
        baseline=evil,
        arguments=f"--max-time\n600\n\n{evil}",
    )
    assert words.count(evil) == 5
    assert words[-3:] == ["--max-time", "600", evil]
    assert not (tmp_path / "evil").exists()


def test_a_key_is_neither_an_argument_nor_in_the_environment_and_its_file_goes(tmp_path: Path) -> None:
    _, words = ran(tmp_path, target="mock", provider="chainhub", api_key=KEY)
    assert (tmp_path / "seen.key").read_text(encoding="utf-8") == KEY
    assert (tmp_path / "seen.rights").read_text(encoding="utf-8").strip() == "-rw-------"
    assert KEY not in " ".join(words) + (tmp_path / "seen.env").read_text(encoding="utf-8")
    assert not Path(words[words.index("--api-key-file") + 1]).exists()


@pytest.mark.parametrize("code", [0, 1, 2, 3, 4])
def test_the_exit_code_is_that_of_the_check_and_an_output(tmp_path: Path, code: int) -> None:
    assert ran(tmp_path, code=code, target="mock", provider="chainhub")[0] == code
    assert (tmp_path / "output").read_text(encoding="utf-8") == f"exit-code={code}\n"


@pytest.mark.skipif("check" not in COMMANDS, reason="the command is not there yet")
def test_the_step_checks_a_mock_and_writes_every_report(tmp_path: Path) -> None:
    program = f'#!/bin/sh\nexec "{sys.executable}" -m lumakit "$@"\n'
    done = stepped(tmp_path, program, target="mock", provider="chainhub", arguments="--phases\nfree,lifecycle")
    assert done.returncode == 0, done.stdout + done.stderr
    reports = {file.name for file in (tmp_path / "lumakit-reports").iterdir()}
    assert reports == {"lumakit.json", "lumakit.xml", "lumakit.sarif", "lumakit.html"}
    assert "chainhub at mock" in (tmp_path / "summary.md").read_text(encoding="utf-8")


def test_no_step_puts_what_comes_from_outside_into_a_script() -> None:
    scripts = [step["run"] for step in STEPS if "run" in step]
    assert len(scripts) == 2
    assert not any("${{" in script for script in scripts)


def test_every_input_is_told_and_used() -> None:
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    for name, each in ACTION["inputs"].items():
        assert each["description"]
        assert f"inputs.{name}" in text


def test_the_examples_of_the_page_are_yaml_and_shell() -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(yaml|sh)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert [kind for kind, _ in blocks] == ["yaml", "yaml", "yaml", "sh"]
    used = {name for kind, text in blocks if kind == "yaml" for name in _inputs(yaml.safe_load(text))}
    assert used
    assert used <= ACTION["inputs"].keys()
    subprocess.run(["sh", "-n", "-c", blocks[-1][1]], check=True, timeout=30)


def _inputs(data: Any) -> set[str]:
    """What is given to the action anywhere in an example."""
    if isinstance(data, list):
        return {name for each in data for name in _inputs(each)}
    if not isinstance(data, dict):
        return set()
    own = set(data["with"]) if str(data.get("uses", "")).startswith("OWNER/lumakit") else set()
    return own | {name for each in data.values() for name in _inputs(each)}
