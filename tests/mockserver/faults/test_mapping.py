"""Faults as JSON objects: every value is told and read back, and what is no fault is refused with what to try."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from lumakit import strictjson
from lumakit.errors import UsageError
from mockserver.faults.fault import Fault
from mockserver.faults.listed import Given
from mockserver.faults.mapping import from_json, read
from mockserver.faults.text import parse
from mockserver.gate import owner_of
from tests.mockserver.faults.drawn import faults


@given(faults)
def test_every_fault_goes_through_json_and_back(fault: Fault) -> None:
    assert from_json(strictjson.loads(strictjson.dumps(fault.to_json()))) == fault


def test_what_is_as_usual_is_left_out() -> None:
    assert parse("503 every 3rd").to_json() == {
        "text": "503 every 3rd",
        "kind": "status",
        "status": 503,
        "every": 3,
    }


def test_a_fault_may_be_given_in_every_form() -> None:
    fault = parse("503 for key abc")
    given_as: list[Given] = [
        fault,
        "503 for key abc",
        {"text": "503 for key abc"},
        {"kind": "status", "status": 503, "key": "abc"},
    ]
    assert [read(each) for each in given_as] == [fault] * 4
    assert read({"kind": "status", "status": 503, "owner": owner_of("abc"), "provider": "x", "text": "any"}) == fault


def test_an_id_comes_along() -> None:
    assert (read({"kind": "lost", "id": "7"}).id, read({"text": "lost", "id": 7}).id) == ("7", "7")


WRONG: list[tuple[Any, str, str]] = [
    (7, "a fault is a text or an object", '{"kind": "status"'),
    ({}, "a fault needs a `kind`, or a `text`", "latency"),
    ({"text": 7}, "a fault needs a `kind`, or a `text`", "latency"),
    ({"text": "503", "every": 3}, "'every' stands beside a `text`", "say it in the text"),
    ({"text": "503", "often": 3}, "a fault has no 'often'", "one of"),
    ({"kind": "latncy"}, "no fault is of the kind 'latncy'", "did you mean 'latency'?"),
    ({"kind": ["status"]}, "no fault is of the kind", "status"),
    ({"kind": "status"}, "a fault of the kind 'status' needs 'status'", "it has status, example"),
    ({"kind": "status", "status": "503"}, "the status of a fault cannot be '503'", "a whole number"),
    ({"kind": "status", "status": True}, "the status of a fault cannot be True", "a whole number"),
    ({"kind": "status", "status": 503, "evry": 3}, "a fault has no 'evry'", "did you mean 'every'?"),
    ({"kind": "lost", "every": -1}, "the number of `every` cannot be -1", "from 0"),
    ({"kind": "lost", "on": 7}, "7 is no place", "`media`"),
    ({"kind": "lost", "on": "x" * 400}, "is no place", "`media`"),
    ({"kind": "lost", "owner": None}, "an owner is 16 hexadecimal digits", "`for key KEY`"),
    ({"kind": "lost", "key": 7}, "`key` is the text of a key", "either"),
    ({"kind": "lost", "key": "a", "owner": "0123456789abcdef"}, "stands alone", "either"),
    ({"kind": "lost", "percent": float("nan")}, "a share cannot be nan", "percent"),
    ({"kind": "lost", "for_s": "60"}, "the time a fault lasts cannot be '60'", "seconds"),
    ({"kind": "rate", "count": 1, "window_s": 1, "sliding": "yes"}, "`sliding` and `in_all`", "leave them out"),
    ({"kind": "wrong-type", "media_type": None}, "None is no content type", "text/plain"),
    ({"kind": "status", "status": 503, "example": 7}, "the name of an example cannot be 7", "printable"),
]


@pytest.mark.parametrize(("given_as", "what", "hint"), WRONG)
def test_an_object_that_is_no_fault_is_told_why(given_as: Any, what: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        from_json(given_as)
    assert caught.value.code == "fault_invalid"
    assert what in caught.value.what
    assert hint in caught.value.hint
