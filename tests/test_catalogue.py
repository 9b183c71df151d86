"""The catalogue: complete entries, kind errors, and a page that says the same."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lumakit import catalogue
from lumakit.catalogue import Entry
from lumakit.errors import UsageError
from lumakit.model import Severity

ROOT = Path(__file__).resolve().parent.parent
ENTRIES = list(catalogue.entries().values())
KINDS = {"page", "document", "reading", "overlay", "request", "response", "story", "delivery", "opinion", "explored"}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)
def test_an_entry_is_complete(entry: Entry) -> None:
    assert re.fullmatch(r"[SXLW]\d{3}", entry.code)
    assert 0 < len(entry.title) <= 60
    assert not entry.title.endswith(".")
    assert entry.kind in KINDS
    assert entry.spoiled.strip() != entry.mended.strip()
    for text in (entry.means, entry.why, entry.mend):
        assert text.endswith((".", "`."))
        assert text.count(". ") < 3


def test_entries_are_in_the_order_of_their_codes() -> None:
    assert [entry.code for entry in ENTRIES] == sorted(entry.code for entry in ENTRIES)
    assert len({entry.title for entry in ENTRIES}) == len(ENTRIES)


def test_a_code_is_found_in_any_case() -> None:
    assert catalogue.entry("s104").code == "S104"


@pytest.mark.parametrize(("code", "hint"), [("S1004", "did you mean"), ("hello", "lists them all")])
def test_an_unknown_code_is_refused_with_what_to_try(code: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        catalogue.entry(code)
    assert caught.value.code == "code_not_found"
    assert hint in caught.value.hint


def test_a_finding_weighs_what_its_entry_says() -> None:
    assert catalogue.finding("S105", where="a.md", message="short").severity is Severity.WARNING


PAGES = ("rules.md", "second-opinion.md")


def generate(*flags: str, page: Path = ROOT / "docs") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(page / "generate.py"), *flags]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env={"PYTHONPATH": str(ROOT)})


def test_the_page_of_rules_is_what_the_catalogue_says() -> None:
    checked = generate("--check")
    assert (checked.returncode, checked.stdout) == (0, "")


def test_a_page_that_is_not_up_to_date_is_told(tmp_path: Path) -> None:
    (tmp_path / "generate.py").write_bytes((ROOT / "docs" / "generate.py").read_bytes())
    missing = generate("--check", page=tmp_path)
    assert (missing.returncode, missing.stdout.splitlines()) == (
        1,
        [f"{page} is not what the code says; run: python docs/generate.py" for page in PAGES],
    )
    assert generate(page=tmp_path).returncode == 0
    assert all((tmp_path / page).read_bytes() == (ROOT / "docs" / page).read_bytes() for page in PAGES)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)
def test_the_page_has_a_row_and_a_section_for_every_code(entry: Entry) -> None:
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    assert f"| [{entry.code}](#{entry.code.lower()}) | {entry.severity.value} | {entry.title} |" in page
    assert f"\n### {entry.code}\n" in page
