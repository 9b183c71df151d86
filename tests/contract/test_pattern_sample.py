"""Texts made from regular expressions, judged by the validators that everything else is judged by."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.contract.pattern_sample import MAX_TEXT, pattern_sample
from lumakit.contract.pattern_tree import Unsupported
from lumakit.draws import Draw
from tests.contract.builders import validator

ORDINARY = [
    r"^[a-z]{3}-\d{4}$",
    r"^(?:100|[1-9]?[0-9])$",
    r"\d+",
    r"^[^/]+$",
    r"^\w+@\w+\.com$",
    r"^https?://\S+$",
    r"^[A-Z][a-z]+( [A-Z][a-z]+)*$",
    r"^(?!\s*$).+",
    r"^[\w.-]+$",
    r"^\p{L}+$",
    r"^\p{Lu}\pN\P{L}$",
    r"^\u0041[\x41-\x43]\u{42}\.\t$",
    r"a|b|",
    r"^(a+)+$",
    r"(a{1,1000}){1,1000}",
    r"^\s*\S\W\D$",
    r"[\]\-]",
    r"^[a-z\d_-]*$",
    r"^(?<year>\d{4})-(?<month>0[1-9]|1[0-2])$",
    r"^.{0,0}$",
    r"\bfoo\b",
    r"{}",
    r"a{,3}",
    r"^[一-龥]+$",
    r"^[\ud700-\udfff]$",
    r"^[-+]?\d*\.?\d+([eE][-+]?\d+)?$",
    r"^(a?){0,999999999}$",
    r"^(a?){9000}$",
    r"^[+*?.(){}^$|\\/]$",
    r"^x*?y+?z??$",
]
REFUSED = {
    r"(a)\1": "refers to",
    r"\k<name>": "refers to",
    r"\p{Greek}": "is not known",
    "(": "not closed",
    ")": "was not opened",
    "(a": "not closed",
    "[": "too early",
    "[a": "too early",
    "\\": "too early",
    "*": "repeats nothing",
    "(?i)a": "kind or a depth",
    "(" * 5000 + ")" * 5000: "kind or a depth",
    "a{5000}": "more than 4096",
    "(a{100}){100}": "more than 4096",
    "(?:ab?b?b?b?b?b?b?b?b?){2000}": "repeats too much",
    "[z-a]": "no characters",
    r"[^\s\S]": "no characters",
    r"[\ud800-\udfff]": "no characters",
}


@pytest.mark.parametrize("pattern", ORDINARY)
@pytest.mark.parametrize("draw", [None, Draw("a"), Draw("b"), Draw("c")], ids=str)
def test_a_text_matches(pattern: str, draw: Draw | None) -> None:
    made = pattern_sample(pattern, draw)
    assert validator({"type": "string", "pattern": pattern}, "3.1").accepts(made), made


@pytest.mark.parametrize("pattern", REFUSED, ids=range(len(REFUSED)))
def test_what_no_text_is_made_for_is_said(pattern: str) -> None:
    with pytest.raises(Unsupported, match=REFUSED[pattern]):
        pattern_sample(pattern)


@pytest.mark.parametrize("pattern", [r"^[a-z]+$", r"^[a-z]*-?[a-z]*$", r"^(ab|cd)*[0-9]*$", "x", "x$", "^x"])
@pytest.mark.parametrize("length", [5, 40, MAX_TEXT])
def test_a_text_can_have_a_given_length(pattern: str, length: int) -> None:
    for draw in (None, Draw("a")):
        made = pattern_sample(pattern, draw, length, length)
        assert len(made) == length
        assert validator({"type": "string", "pattern": pattern}).accepts(made)


def test_a_plain_text_is_readable_and_always_the_same() -> None:
    assert pattern_sample(r"^task_[0-9a-f]{8}$") == "task_01234567"
    assert pattern_sample(r"^[a-z]+-[a-z]?$") == "abc-"
    assert pattern_sample("^(cat|dog)$") == "cat"


def test_a_drawn_text_hangs_on_its_draw_alone() -> None:
    made = [pattern_sample("^[a-z]{12}$", Draw(seed)) for seed in ("one", "one", "two")]
    assert made[0] == made[1] != made[2]


def test_a_text_is_no_longer_than_it_may_be() -> None:
    made = {pattern_sample("^[a-z]+(-[0-9]+)?$", Draw("a").under(turn), 0, 3) for turn in range(50)}
    assert max(map(len, made)) == 3


def test_no_text_is_made_that_must_be_too_long() -> None:
    with pytest.raises(Unsupported, match="4096"):
        pattern_sample("^a+$", None, 10**9)


def test_a_text_is_as_long_as_it_must_be_where_it_cannot_be_exact() -> None:
    assert pattern_sample("^(ab)*$", None, 5, 6) == "ababab"


@given(st.text("ab01^$.|()[]{}*+?\\,-dwpu<:=!", max_size=30), st.booleans())
def test_any_pattern_is_read_or_refused(pattern: str, drawn: bool) -> None:
    with contextlib.suppress(Unsupported):
        assert len(pattern_sample(pattern, Draw(pattern) if drawn else None)) <= 2 * MAX_TEXT
