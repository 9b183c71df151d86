"""Draws: the same name gives the same outcome, another name another one, and every outcome is within its bounds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lumakit.draws import Draw

SEEDS = st.text()


@given(SEEDS, st.text())
def test_a_draw_is_repeated_by_its_name(seed: str, name: str) -> None:
    first, second = Draw(seed), Draw(seed)
    assert first.digest(name) == second.digest(name)
    assert first.under("part").digest(name) == second.under("part").digest(name)
    assert first.under("part").digest(name) != first.under("other").digest(name)


@given(SEEDS, st.integers(-5, 5), st.integers(0, 9))
def test_every_outcome_is_within_its_bounds(seed: str, low: int, more: int) -> None:
    draw = Draw(seed)
    assert 0 <= draw.fraction("a") < 1
    assert all(0 <= each <= 1 for each in draw.middling("a", 9))
    assert draw.middling("a", 9)[:3] == draw.middling("a", 3)
    assert low <= draw.integer("a", low, low + more) <= low + more
    assert draw.pick("a", "xyz") in "xyz"


def test_the_middle_is_drawn_more_often_than_the_edges() -> None:
    drawn = Draw("seed").middling("many", 2000)
    middle = sum(0.25 < each < 0.75 for each in drawn)
    assert middle > 1800
    assert 0.48 < sum(drawn) / len(drawn) < 0.52


def test_all_outcomes_come() -> None:
    assert {Draw("seed").integer(n, 1, 6) for n in range(100)} == {1, 2, 3, 4, 5, 6}
