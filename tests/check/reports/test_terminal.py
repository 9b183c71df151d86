"""A verdict at a terminal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lumakit.check.reports import render
from lumakit.check.reports.terminal import text
from lumakit.check.traffic import Traffic
from lumakit.check.verdict import Evidence, Spent, Support
from tests.check.verdicts import WRONG, verdict

NOTHING: dict[str, Any] = {
    "judged": (),
    "beside": (),
    "stories": (),
    "coverage": (),
    "corrections": (),
    "opens": (),
    "phases": {},
}


def test_findings_stand_under_their_operation_with_what_they_rest_on() -> None:
    said = text(verdict())
    assert (
        "\nGET /jobs/{id}\n  error X214 body /state: 7 is not of type string\n    in the response of #3; task t-1"
        in said
    )
    assert "    again: curl " in said
    assert said.index("GET /jobs/{id}") < said.index("note X211")


def test_the_same_fault_many_times_is_told_once_with_its_number() -> None:
    judged = replace(WRONG, numbers=tuple(range(1, 21)), times=312)
    said = text(verdict(judged=(judged,)))
    assert "in the response of #16, #17, #18, #19, #20, ...; task t-1; 312 times" in said


def test_the_places_in_code_that_it_was_sent_from_are_named_the_first_few() -> None:
    few = replace(WRONG, sent=("by test_it, at shop.py:7",))
    many = replace(WRONG, sent=tuple(f"at shop.py:{line}" for line in range(1, 6)))
    assert "task t-1; sent by test_it, at shop.py:7\n" in text(verdict(judged=(few,)))
    assert "sent at shop.py:3; and from 2 more places\n" in text(verdict(judged=(many,)))


def test_what_was_left_open_is_said_plainly() -> None:
    said = text(verdict(judged=()))
    assert "left open: the task t-2 did not end: the budget of 2 submits was spent\n" in said
    assert said.endswith("nothing found; 1 question left open\n")


def test_nothing_checked_is_not_nothing_found() -> None:
    assert text(verdict(**NOTHING, traffic=Traffic())).endswith("\nnothing was checked\n")


def test_the_other_edition_stands_beside_in_one_line() -> None:
    assert "\nby the published edition: 1 found: 1 error\n" in text(verdict())


def test_sums_tell_coverage_corrections_and_what_was_spent() -> None:
    said = text(verdict())
    assert "coverage: operations 2 of 2, statuses 1 of 2, states 0 of 1 (1 out of reach)" in said
    assert "corrections: 1 confirmed, 1 refuted (C02), 1 untouched\n  C02 refuted by #3: wrong by this\n" in said
    assert "spent: 2 of 2 submits (1 taken, 1 not known), 3 held back, 9 requests in 1.5 s\n" in said


def test_a_run_that_cost_money_tells_how_much() -> None:
    assert "1 request, at a cost of 0.5 in 0.0 s" in text(verdict(spent=Spent(requests=1, cost=0.5)))


def test_a_record_that_was_only_read_has_cost_nothing() -> None:
    assert "\nspent: " not in text(verdict(spent=Spent()))


def test_known_and_stale_findings_are_told() -> None:
    said = text(verdict(known=(WRONG,), stale=("0123456789abcdef X214",)))
    assert "known: 1 finding of the baseline\n" in said
    assert "stale: the baseline knows 0123456789abcdef X214, and nobody met it\n" in said


def test_colour_is_only_there_when_asked_for() -> None:
    assert "\x1b" not in text(verdict())
    assert "\x1b[31merror\x1b[0m" in render(verdict(), "text", colour=True)


def test_of_many_exchanges_the_first_are_named() -> None:
    refuted = Evidence("C1", "", "mirror", Support.REFUTED, tuple(range(1, 21)), "why")
    assert "C1 refuted by #1, #2, #3, #4, #5 and 15 more: why" in text(verdict(corrections=(refuted,)))


def test_several_refuted_corrections_are_named() -> None:
    refuted = [Evidence(name, "", "mirror", Support.REFUTED, (1,), "why") for name in ("C1", "C2")]
    assert "2 refuted (C1, C2), 0 untouched" in text(verdict(corrections=tuple(refuted)))


def test_the_seconds_of_a_mock_are_said_to_be_its_own() -> None:
    spent = Spent(requests=3, seconds=1800.0, virtual=True)
    assert "spent: 3 requests in 1800.0 s of its own clock\n" in text(replace(verdict(), spent=spent))
