"""A finger on a place in a document: steps, references, and kind refusals."""

from __future__ import annotations

from typing import Any

import pytest

from lumakit.contract.cursor import Cursor
from lumakit.errors import DocumentError

DOCUMENT: dict[str, Any] = {
    "paths": {"/a": {"get": {"tags": ["x", {"$ref": "#/shared/tag"}], "deprecated": True}, "x-ours": 1}},
    "list": [],
    "text": "t",
    "nothing": None,
    "shared": {"tag": {"$ref": "#/shared/real"}, "real": {"name": "n"}, "bad": {"$ref": "#/none"}},
    "loop": {"$ref": "#/loop"},
    "odd": {"$ref": "#no pointer"},
    "file": {"$ref": "x.yaml"},
}


def at(*keys: str) -> Cursor:
    cursor = Cursor(DOCUMENT, lambda pointer: f"x.yaml#{pointer}", "", DOCUMENT)
    for key in keys:
        cursor = cursor.down(key)
    return cursor


def test_every_step_knows_its_pointer() -> None:
    assert at("paths", "/a", "get").pointer == "/paths/~1a/get"


def test_a_step_to_nothing_has_no_value_and_goes_on() -> None:
    nothing = at("paths", "/b", "get")
    assert nothing.pointer == "/paths/~1b/get"
    assert not nothing
    assert (nothing.mapping(), nothing.list(), nothing.text("f"), nothing.flag()) == ({}, [], "f", False)


def test_a_null_is_nothing() -> None:
    assert not at("nothing")
    assert at("nothing").text() == ""


def test_a_falsy_value_is_something() -> None:
    assert at("list")


def test_a_reference_is_followed_to_its_end() -> None:
    tag = list(at("paths", "/a", "get", "tags").items())[1]
    assert tag.pointer == "/shared/real"
    assert tag.needed("name") == "n"


def test_members_leave_extensions_out() -> None:
    assert [key for key, _ in at("paths", "/a").entries()] == ["get"]


def test_a_flag_is_read_or_falls_back() -> None:
    assert at("paths", "/a", "get").down("deprecated").flag() is True
    assert at("none").flag(fallback=True) is True


def test_a_long_chain_of_references_is_followed() -> None:
    chain: dict[str, Any] = {f"s{n}": {"$ref": f"#/s{n + 1}"} for n in range(20_000)}
    assert Cursor({**chain, "s20000": {}}, str, "", chain).down("s0").pointer == "/s20000"


@pytest.mark.parametrize(
    ("keys", "ask", "what"),
    [
        (["text"], "mapping", "a mapping is needed at /text"),
        (["paths"], "list", "a list is needed at /paths"),
        (["list"], "text", "a text is needed at /list"),
        (["text"], "flag", "true or false is needed at /text"),
        ([], "list", "a list is needed at /"),
    ],
)
def test_a_value_of_another_kind_is_refused(keys: list[str], ask: str, what: str) -> None:
    with pytest.raises(DocumentError) as caught:
        getattr(at(*keys), ask)()
    assert (caught.value.what, caught.value.code) == (what, "spec_shape")
    assert caught.value.where == f"x.yaml#{''.join('/' + key for key in keys)}"


def test_a_step_into_a_text_is_refused() -> None:
    with pytest.raises(DocumentError, match="a mapping is needed at /text"):
        at("text", "deeper")


def test_a_key_that_must_be_there_is_named() -> None:
    with pytest.raises(DocumentError, match="'name' is missing at /shared"):
        at("shared").needed("name")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (["loop"], "only leads round in a circle"),
        (["odd"], "leads to nothing"),
        (["file"], "leads to nothing"),
        (["shared", "bad"], "leads to nothing"),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused(keys: list[str], words: str) -> None:
    with pytest.raises(DocumentError, match=words) as caught:
        at(*keys)
    assert caught.value.where == f"x.yaml#/{'/'.join(keys)}"
