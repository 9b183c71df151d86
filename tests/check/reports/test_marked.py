"""A body with the failing place marked."""

from __future__ import annotations

import pytest

from lumakit.check.reports.marked import MOST, lines

BODY = b'{"id": "t-1", "tasks": [{"state": "new"}, {"state": 7}], "none": []}'


def marked(pointer: str | None, body: bytes = BODY) -> list[str]:
    return [line.text.strip() for line in lines(body, pointer) if line.marked]


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("/id", ['"id": "t-1",']),
        ("/tasks/1/state", ['"state": 7']),
        ("/tasks/1", ["{", '"state": 7', "}"]),
        ("/tasks/0/missing", ["{", '"state": "new"', "},"]),
        ("/none", ['"none": []']),
        ("", ["{", "}"]),
        ("/nowhere/at/all", ["{", "}"]),
        ("not a pointer", ["{", "}"]),
        ("/tasks/~", ['"tasks": [', "{", '"state": "new"', "},", "{", '"state": 7', "}", "],"]),
        (None, []),
    ],
)
def test_the_place_or_what_should_hold_it_is_marked(pointer: str | None, expected: list[str]) -> None:
    assert marked(pointer) == expected


def test_a_body_that_is_no_json_is_marked_whole() -> None:
    assert marked("/x", b"<html>\n</html>") == ["<html>", "</html>"]
    assert lines(b"", None) == []


def test_a_long_body_is_cut_around_what_is_marked() -> None:
    body = b"[" + b",".join(b"%d" % number for number in range(5000)) + b"]"
    found = lines(body, "/4000")
    assert [line.text.strip() for line in found if line.marked] == ["4000,"]
    assert len(found) == MOST + 2
    assert "lines above" in found[0].text
    assert "lines below" in found[-1].text


def test_letters_that_steer_are_spelled() -> None:
    assert lines(b'"\xe2\x80\xae"', None)[0].text == '"\\u202e"'
