"""The dashboard as files: nothing in it is read as HTML, nothing comes from elsewhere, and its colours can be read."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "mockserver" / "dashboard"
FILES = sorted(each for each in FOLDER.iterdir() if each.suffix in {".html", ".css", ".js", ".svg"})
SCRIPTS = [each for each in FILES if each.suffix == ".js"]
# What turns a text into something that runs, or into elements.
PARSES = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|setHTML|document\.write|DOMParser|createContextualFragment|srcdoc\s*=|"
    r"\beval\b|new Function|javascript:|setTimeout\(\s*[\"'`]|cssText"
)
INK = ("--ink", "--ink-2", "--ink-3", "--accent")
GROUNDS = ("--ground", "--surface", "--sunken", "--hover")
PHASES = ("waiting", "running", "succeeded", "failed", "cancelled", "warning")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_is_read_as_html_and_nothing_comes_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert PARSES.findall(text) == []
    elsewhere = re.findall(r"https?://[^\s\"'`)]+", text) + (
        re.findall(r"@import|url\(", text) if path.suffix == ".css" else []
    )
    assert set(elsewhere) <= {"http://www.w3.org/2000/svg"}


def test_the_page_has_no_script_and_no_style_of_its_own() -> None:
    page = (FOLDER / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"\son\w+\s*=|\sstyle\s*=|<style|<script(?![^>]*\bsrc=)", page) == []
    assert re.findall(r'(?:src|href)="(?!#)([^"]+)"', page).count("app.js") == 1


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_says_what_it_knows_and_is_no_longer_than_a_thought(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    opening = [line for line in lines[:4] if line.startswith("// ")]
    assert opening
    assert re.search(r"[Kk]nows|[Kk]eeps|[Aa]sks", " ".join(opening))
    assert len(lines) <= 300
    assert max(map(len, lines)) <= 120


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_every_import_is_a_file_that_is_there_and_is_used(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for names, source in re.findall(r"^import \{([^}]+)\} from \"\./([^\"]+)\";$", text, re.MULTILINE):
        there = (FOLDER / source).read_text(encoding="utf-8")
        for name in filter(None, map(str.strip, names.split(","))):
            assert re.search(rf"^export (?:async )?(?:function|class|const) {name}\b", there, re.MULTILINE), name
            assert len(re.findall(rf"\b{name}\b", text)) > 1, f"{name} is imported and not used"


# --- colours ----------------------------------------------------------------------------------------------------------


def colours(scheme: str) -> dict[str, str]:
    light, _, dark = (
        (FOLDER / "tokens.css").read_text(encoding="utf-8").partition("@media (prefers-color-scheme: dark)")
    )
    found = dict(re.findall(r"(--[a-z0-9-]+): (#[0-9a-f]{3,6});", light))
    return found | (dict(re.findall(r"(--[a-z0-9-]+): (#[0-9a-f]{3,6});", dark)) if scheme == "dark" else {})


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int("".join(pair), 16) / 255 for pair in list(pairwise(digits))[::2]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(scheme: str) -> None:
    has = colours(scheme)
    pairs = [(ink, ground) for ink in INK for ground in GROUNDS]
    pairs += [(f"--{phase}", ground) for phase in PHASES for ground in ("--surface", f"--{phase}-soft")]
    pairs.append(("--accent-ink", "--accent"))
    weak = {pair: round(contrast(has[pair[0]], has[pair[1]]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_edge_of_a_field_can_be_seen(scheme: str) -> None:
    has = colours(scheme)
    assert contrast(has["--line-strong"], has["--surface"]) >= 3
