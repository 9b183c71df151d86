from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.contract import pointer

NAMES = st.text(st.sampled_from("~/01ab é"), max_size=4)
PARTS = st.lists(NAMES)
DOCUMENT: dict[str, Any] = {"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, " ": 7, "m~n": 8, "null": None}


@given(PARTS)
def test_what_was_joined_splits_into_the_same_parts(parts: list[str]) -> None:
    assert list(pointer.split(pointer.join(*parts))) == parts


@given(PARTS)
def test_look_follows_joined_parts_to_what_was_put_there(parts: list[str]) -> None:
    value: Any = "here"
    for part in reversed(parts):
        value = {part: value}
    assert pointer.look(value, pointer.join(*parts)) == "here"


@given(PARTS, NAMES)
def test_the_parent_of_a_child_is_what_holds_it(parts: list[str], last: str) -> None:
    child = pointer.join(*parts, last)
    assert pointer.parent(child) == pointer.join(*parts)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", DOCUMENT),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/e^f", 3),
        ("/ ", 7),
        ("/m~0n", 8),
        ("/null", None),
    ],
)
def test_the_examples_of_the_rfc_are_found(text: str, value: object) -> None:
    assert pointer.look(DOCUMENT, text) == value


@pytest.mark.parametrize(
    "text", ["/bar", "/foo/2", "/foo/-", "/foo/-1", "/foo/00", "/foo/x", "/foo/0/x", "/null/x", "/foo/" + "9" * 5000]
)
def test_a_pointer_to_nowhere_gives_the_default(text: str) -> None:
    assert pointer.look(DOCUMENT, text) is pointer.MISSING
    assert pointer.look(DOCUMENT, text, 5) == 5


def test_look_walks_read_only_mappings_and_tuples() -> None:
    assert pointer.look(MappingProxyType({"a": (1, MappingProxyType({"b": 2}))}), "/a/1/b") == 2


def test_indexes_join_as_they_are() -> None:
    assert pointer.join("paths", "/x", "parameters", 0) == "/paths/~1x/parameters/0"


@pytest.mark.parametrize("text", ["a", "#/a", "/a~", "/a~2", "~1"])
def test_a_bad_pointer_is_a_value_error(text: str) -> None:
    for verb in (
        pointer.split,
        pointer.parent,
        lambda bad: pointer.look({}, bad),
    ):
        with pytest.raises(ValueError):
            verb(text)


def test_the_whole_document_has_no_parent() -> None:
    with pytest.raises(ValueError):
        pointer.parent("")
