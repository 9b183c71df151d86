"""The page of bad inputs: every row is there once, and every test that it names exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "hardening.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \|(.*)\|(.*)\|(.*)\|$", PAGE, re.MULTILINE)


def test_every_row_is_there_once_and_in_order() -> None:
    assert [int(number) for number, *_ in ROWS] == list(range(1, 61))


def test_every_row_names_tests_that_exist() -> None:
    for number, _, _, held in ROWS:
        named = re.findall(r"`(tests/[\w/]+\.py)`", held)
        assert named, f"row {number} names no test"
        assert [path for path in named if not (ROOT / path).is_file()] == []


def test_every_fuzz_target_is_named() -> None:
    targets = {path.name for path in (ROOT / "tests" / "fuzz").glob("test_*.py")}
    assert [name for name in sorted(targets) if f"`{name}`" not in PAGE] == []
