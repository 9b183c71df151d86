"""Plain values made immutable, and back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.contract.frozen import freeze, thaw

SCALARS = st.none() | st.booleans() | st.integers() | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=15)


@given(VALUES)
def test_a_frozen_value_thaws_to_an_equal_one(value: Any) -> None:
    assert thaw(freeze(value)) == value


def test_no_place_of_a_frozen_value_can_be_written() -> None:
    frozen = freeze({"a": [{"b": 1}]})
    with pytest.raises(TypeError):
        frozen["c"] = 1
    with pytest.raises(TypeError):
        frozen["a"][0]["b"] = 2
    with pytest.raises(AttributeError):
        frozen["a"].append(3)


def test_a_frozen_value_does_not_follow_its_source() -> None:
    source = {"a": [1]}
    frozen = freeze(source)
    source["a"].append(2)
    assert frozen["a"] == (1,)


def test_a_thawed_copy_shares_nothing_with_its_source() -> None:
    source = {"a": [{"b": 1}]}
    thaw(source)["a"][0]["b"] = 2
    assert source == {"a": [{"b": 1}]}
