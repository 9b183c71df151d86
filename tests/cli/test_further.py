"""Further reports of one run."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from lumakit.check.reports import FORMATS
from lumakit.cli import Parser, further
from lumakit.errors import SurroundingsError, UsageError
from tests.check.verdicts import verdict


def options(*words: str) -> argparse.Namespace:
    parser = Parser(prog="lumakit check")
    parser.add_argument("--fail-on", default="error")
    parser.add_argument("--specs")
    further.flags(parser)
    return parser.parse_args(words)


def written(chosen: argparse.Namespace) -> None:
    further.write(further.made(verdict(), chosen, "jobs"))


def test_every_format_can_be_written_beside_the_others(tmp_path: Path) -> None:
    words = [word for form in further.FORMS for word in ("--also", f"{form}={tmp_path / form}")]
    written(options(*words, "--pytest-out", str(tmp_path / "test_again.py")))
    assert {file.name for file in tmp_path.iterdir()} == {*FORMATS, "test_again.py"}
    assert json.loads((tmp_path / "json").read_text(encoding="utf-8"))["provider"] == "jobs"
    assert "def test_x214_" in (tmp_path / "test_again.py").read_text(encoding="utf-8")


def test_what_fails_a_run_fails_in_its_reports(tmp_path: Path) -> None:
    written(options("--fail-on", "note", "--also", f"junit={tmp_path / 'a.xml'}"))
    assert 'failures="2"' in (tmp_path / "a.xml").read_text(encoding="utf-8")


def test_the_names_of_the_formats_are_those_of_the_reports() -> None:
    assert tuple(FORMATS) == further.FORMS


@pytest.mark.parametrize(
    ("word", "said"), [("htm=x", "did you mean html"), ("json", "json=FILE"), ("?=x", "one of text")]
)
def test_a_report_that_cannot_be_written_is_refused_with_what_would_do(word: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        options("--also", word)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SurroundingsError) as refused:
        written(options("--also", f"json={tmp_path / 'none' / 'a.json'}"))
    assert "make the folder" in refused.value.hint


def test_nothing_is_written_that_nobody_asked_for(tmp_path: Path) -> None:
    written(options())
    assert list(tmp_path.iterdir()) == []


def test_the_pytest_file_loads_the_contract_as_it_was_named(tmp_path: Path) -> None:
    written(options("--specs", "some/folder", "--pytest-out", str(tmp_path / "test_again.py")))
    text = (tmp_path / "test_again.py").read_text(encoding="utf-8")
    assert "lumakit.load('jobs', 'corrected', 'some/folder')" in text
