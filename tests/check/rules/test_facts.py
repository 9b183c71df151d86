"""Rules on the facts of one task: what they must not say."""

from __future__ import annotations

import pytest

from lumakit.model import Headers
from tests.check.steps import FILM, answer, asked, codes, listed, look, made

ONE: Headers = (("Idempotency-Key", "1"),)


def test_a_request_that_is_repeated_under_one_key_makes_one_task() -> None:
    assert codes(made(headers=ONE), made(headers=ONE)) == []
    assert codes(made(headers=ONE), made(headers=(("Idempotency-Key", "2"),))) == ["L310"]


def test_a_list_may_tell_less_than_was_asked_for_and_nothing_else() -> None:
    asking = asked("POST", "/lists", {"ids": ["c-1", "c-2"]})
    assert codes((asking, answer(200, {"clips": [{"id": "c-2", "status": "waiting"}]}))) == []
    assert codes((asking, answer(200, {"clips": [{"id": "c-3", "status": "waiting"}]}))) == ["L308"]


def test_times_may_be_told_to_the_second_in_one_place_and_finer_in_another() -> None:
    assert (
        codes(look("working", created_at="2026-01-01T00:00:00Z"), look("working", created_at="2026-01-01T00:00:00.9Z"))
        == []
    )


@pytest.mark.parametrize(("time", "said"), [("2026-01-01T00:04:00Z", []), ("2026-01-01T00:06:00Z", ["L315"])])
def test_clocks_may_differ_by_minutes(time: str, said: list[str]) -> None:
    assert codes(look("working", updated_at=time)) == said


def test_a_time_that_is_absent_says_nothing() -> None:
    assert codes(
        look("working", updated_at="2026-01-01T00:00:05Z"), look("working"), look("working", updated_at=None)
    ) == ["X214"]


@pytest.mark.parametrize(
    "address", ["ftp://cdn.example.com/1.mp4", "//cdn.example.com/1.mp4", "http://", "http://[", "1.mp4"]
)
def test_only_an_absolute_address_of_http_can_be_asked_for(address: str) -> None:
    assert codes(look("done", urls=[address])) == ["L318"]


def test_a_result_before_the_end_is_no_fault() -> None:
    assert codes(look("working", urls=[FILM])) == []


def test_a_body_that_breaks_its_schema_is_not_blamed_for_its_facts_as_well() -> None:
    assert codes(look("done", urls=7)) == ["X214"]


def test_a_kind_is_only_known_of_a_task_that_was_seen_to_be_made() -> None:
    assert codes(look("waiting", kind="loop")) == []
    assert codes(listed({"id": "c-1", "status": "waiting", "kind": "longer"})) == []
