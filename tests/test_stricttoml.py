"""TOML from outside: what the usual reader falls over is refused like everything else."""

from __future__ import annotations

from decimal import Decimal

import pytest

from lumakit import stricttoml

WRONG = {
    "a = ": "end of document",
    "a = 1\na = 2": "overwrite",
    "a = " + "[" * 5_000: "nested too deeply",
    "a = " + "{b=" * 5_000: "nested too deeply",
    "a = " + "9" * 5_000: "too large",
    "a = 1e9999999999999999999999": "too large",
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: text[:20])
def test_what_cannot_be_read_is_refused_with_its_reason(text: str) -> None:
    with pytest.raises(stricttoml.TomlProblem, match=WRONG[text]):
        stricttoml.loads(text, parse_float=Decimal)


def test_a_number_is_read_as_it_stands_where_that_is_asked_for() -> None:
    assert stricttoml.loads("a = 0.10", parse_float=Decimal) == {"a": Decimal("0.10")}
    assert stricttoml.loads("[a]\nb = [1, 'x']") == {"a": {"b": [1, "x"]}}
