"""Rules on a task in company: what they must not say."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import lumakit
from lumakit.check.judge import judge
from lumakit.check.traffic import WRONG_KEY
from lumakit.model import Request
from tests.check.steps import FILM, HOOK, answer, asked, call, codes, film, listed, look, made, seen

DONE = {"id": "c-1", "status": "done", "urls": [FILM]}
OTHER = "https://cdn.example.com/2.mp4"
NO = {"message": "no"}


def test_an_address_may_stop_working_once_it_has_worked() -> None:
    assert codes(look("done", urls=[FILM]), film(200), film(403)) == []


def test_an_address_may_stop_working_before_it_is_asked_for_late() -> None:
    assert codes(look("done", urls=[FILM]), film(403), gap_s=61) == []
    assert codes(look("done", urls=[FILM]), film(403), gap_s=59) == ["L319"]


def test_an_address_that_works_only_at_the_second_try_works() -> None:
    assert codes(look("done", urls=[FILM]), film(503), film(206)) == []


@pytest.mark.parametrize("kind", ["video/mp4", "application/octet-stream", "image/jpeg", "binary/octet-stream"])
def test_a_film_may_be_called_many_things(kind: str) -> None:
    assert codes(look("done", urls=[FILM]), film(200, kind, b"\x00\x00\x00\x18ftyp")) == []


def test_a_page_under_the_type_of_a_film_is_found_out() -> None:
    assert codes(look("done", urls=[FILM]), film(200, body=b"<!doctype html>")) == ["L320"]


def test_a_list_may_lie_between_two_looks() -> None:
    assert codes(look("waiting"), listed({"id": "c-1", "status": "working"}), look("done", urls=[FILM])) == []


def test_a_list_with_another_result_does_not_agree() -> None:
    assert codes(look("done", urls=[FILM]), listed({**DONE, "urls": [OTHER]})) == ["L321"]


def test_a_list_is_not_blamed_for_looks_that_contradict_each_other() -> None:
    said = codes(look("done", urls=[FILM]), listed(DONE), look("working"))
    assert said == ["L303"]


def test_a_webhook_may_be_late() -> None:
    assert codes(made(hook=HOOK), look("done", urls=[FILM]), call("working"), call("done", urls=[FILM])) == []


def test_a_webhook_that_tells_another_end_does_not_agree() -> None:
    said = codes(made(hook=HOOK), look("done", urls=[FILM]), call("broken", reason="no"))
    assert said == ["L322"]


@pytest.mark.parametrize(
    ("status", "said"), [(404, []), (401, []), (429, ["X211"]), (400, ["L323", "X211"]), (500, ["L323"])]
)
def test_how_an_unknown_id_may_be_refused(status: int, said: list[str]) -> None:
    body = None if status == 500 else NO
    assert sorted(codes((asked("GET", "/clips/c-9"), answer(status, body)), probing=True)) == said


def test_an_unknown_id_may_be_refused_for_its_key_and_never_breaks_the_server() -> None:
    broken = asked("GET", "/clips/c-9", headers=(("X-Trace", "1"),))
    assert codes((replace(broken, path="/clips/%00"), answer(500)), probing=True) == ["L323"]
    assert codes((replace(broken, headers=()), answer(401, NO)), probing=True) == []


def test_a_request_that_is_broken_asks_for_no_id() -> None:
    body = json.dumps({"task_id": 7}).encode()
    request = Request("POST", "/fetch", "", (("Authorization", "k"), ("Content-Type", "application/json")), body)
    refused = answer(400, {"errors": [{"msg": "no"}]})
    assert judge(lumakit.load("apiframe"), seen((request, refused)), probing=True).judged == ()


def test_an_id_is_known_where_a_request_may_have_been_made_before_we_looked() -> None:
    assert codes(look("waiting")) == []
    assert codes(look("waiting"), probing=True) == ["L323"]


def test_only_two_keys_that_are_known_can_be_told_apart() -> None:
    assert codes(made(), look("waiting", key="other")) == ["L324"]
    assert codes(made(), look("waiting", key=WRONG_KEY)) == ["X223"]
