"""Rules on one exchange: what they must not say, and where they say it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lumakit.check.rules.exchanges import what_it_is
from lumakit.model import Request, Severity
from tests.check.steps import answer, asked, codes, film, look, made, verdict

NO = {"message": "no"}
BROKEN = asked("POST", "/clips", {"prompt": 7})


def test_a_broken_request_that_was_refused_is_nobodys_fault() -> None:
    assert codes((BROKEN, answer(400, NO))) == []


@pytest.mark.parametrize(("probing", "code"), [(False, "X206"), (True, "X224")])
def test_a_broken_request_that_was_served_is_the_fault_of_who_meant_it(probing: bool, code: str) -> None:
    assert codes((BROKEN, answer(200, {"id": "c-1"})), probing=probing) == [code]


@pytest.mark.parametrize(("status", "said"), [(500, ["X229"]), (503, ["X211"]), (400, [])])
def test_we_break_the_contract_on_purpose_and_want_to_be_refused(status: int, said: list[str]) -> None:
    body = NO if status == 400 else None
    assert codes((BROKEN, answer(status, body)), probing=True) == said


def test_a_request_without_a_key_breaks_no_server() -> None:
    keyless = asked("POST", "/clips", {"prompt": "a cat"}, key="")
    assert codes((keyless, answer(500)), probing=True) == ["X229"]


def test_keys_that_a_recorder_left_out_are_not_missed() -> None:
    assert codes(look("waiting", key=""), look("working", key="")) == []


def test_a_key_that_is_missing_once_is_missed() -> None:
    assert codes(look("waiting"), look("working", key="")) == ["X222"]


def test_a_file_that_an_answer_told_of_is_documented_by_that() -> None:
    assert codes(look("done", urls=["https://cdn.example.com/1.mp4?signed=1"]), film(200)) == []


@pytest.mark.parametrize(("method", "status"), [("OPTIONS", 204), ("GET", 404), ("GET", 301), ("BREW", 501)])
def test_a_path_that_is_not_documented_may_be_refused_in_many_ways(method: str, status: int) -> None:
    assert codes((asked(method, "/nowhere"), answer(status))) == []


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_what_every_path_has_need_not_be_documented(method: str) -> None:
    assert codes((asked(method, "/clips/c-1"), answer(200))) == []


def test_an_error_is_judged_as_documented_too() -> None:
    assert codes((asked("GET", "/clips/c-1"), answer(404, {"error": "no"}))) == ["X214"]


def test_a_body_that_was_not_kept_is_not_judged() -> None:
    request, response = look("waiting")
    cut = replace(response, body=b'{"id": "c-1", "sta<cut: 18 of 99 bytes are kept>')
    assert codes((request, cut)) == []


def test_the_same_fault_at_two_places_of_a_list_is_one_finding() -> None:
    body = {"clips": [{"id": "c-1", "kind": 7}, {"id": "c-2", "kind": 8}]}
    (said,) = verdict((asked("POST", "/lists", {"ids": ["c-1", "c-2"]}), answer(200, body))).judged
    assert (said.finding.code, said.times, said.numbers) == ("X214", 2, (1,))


def test_fields_are_undeclared_wherever_they_stand() -> None:
    request = asked("POST", "/lists", {"ids": ["c-1"]})
    (found,) = verdict((request, answer(200, {"clips": [{"id": "c-1", "seed": {"x": 1}}]}))).findings
    assert (found.code, found.pointer, found.severity) == ("X226", "/clips/0/seed", Severity.NOTE)


@pytest.mark.parametrize(
    ("body", "what"),
    [(b" <!DOCTYPE html>", "HTML"), (b'{"a": 1}', "JSON"), (b"{no", "something else"), (b"\x00\x01", "something else")],
)
def test_what_a_body_is(body: bytes, what: str) -> None:
    assert what_it_is(body) == what


def test_a_request_that_makes_no_sense_is_taken_as_it_comes() -> None:
    assert codes(made(), (Request("", "", "%%%", (("", ""),), b"\xff"), answer(0))) == ["X221"]


@pytest.mark.parametrize(("progress", "said"), [("<hidden: 2 characters>", []), ("half", ["X214"])])
def test_the_mark_in_place_of_a_secret_is_not_judged(progress: str, said: list[str]) -> None:
    """A recorder may hide a number too."""
    assert [code for code in codes(look("working", progress=progress)) if code == "X214"] == said
