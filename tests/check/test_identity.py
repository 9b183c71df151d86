"""What makes two findings the same."""

from __future__ import annotations

import pytest

import lumakit
from lumakit.check.identity import fingerprint, identity, lacking
from lumakit.check.judge import judge, merged
from lumakit.check.traffic import Traffic
from lumakit.check.verdict import Judged
from lumakit.model import Exchange, Finding, Request, Response

WRONG = Finding("X214", "GET /clips/{id}", "body: it is no number", subject="body", pointer="/clips/3/length")


@pytest.mark.parametrize(
    "other", [WRONG.but(message="body: another text"), WRONG.but(pointer="/clips/41/length"), WRONG.but(line=7)]
)
def test_words_lines_and_numbers_of_elements_make_no_other_finding(other: Finding) -> None:
    assert identity(other) == identity(WRONG)
    assert fingerprint(other) == fingerprint(WRONG)


@pytest.mark.parametrize(
    "other",
    [
        WRONG.but(code="X215"),
        WRONG.but(where="GET /clips"),
        WRONG.but(subject="header"),
        WRONG.but(pointer="/clips/3/name"),
        WRONG.but(message='body: "length" is a required property'),
        WRONG.but(message="body: fits none of the 2 alternatives; the nearest says /length: it is no number"),
    ],
)
def test_another_code_place_or_member_makes_another_finding(other: Finding) -> None:
    assert identity(other) != identity(WRONG)
    assert fingerprint(other) != fingerprint(WRONG)


def test_of_alternatives_every_place_and_every_missing_member_counts() -> None:
    said = 'fits none of the 2 alternatives; the nearest says the value: "id" is a required property; /a/0/b: too long'
    assert lacking(WRONG.but(message=said)) == "id, /a/*/b"


def test_two_members_that_are_missing_are_two_findings_seen_twice_each() -> None:
    said = [WRONG.but(pointer="", message=f'body: "{name}" is a required property') for name in ("a", "b", "a", "b")]
    found = merged(Judged(each, (number,)) for number, each in enumerate(said, 1))
    assert [(each.numbers, each.times) for each in found] == [((1, 3), 2), ((2, 4), 2)]


def test_the_judge_tells_of_each_member_that_an_answer_lacks() -> None:
    answer = Response(200, (("Content-Type", "application/json"),), b"{}")
    seen = (Exchange(number, 0, Request("GET", "/account"), answer) for number in (1, 2))
    found = judge(lumakit.load("apiframe"), Traffic(tuple(seen)), probing=True).judged
    missing = [each for each in found if each.finding.code == "X214"]
    assert len({each.finding.message for each in missing}) == len(missing) == 4
    assert all(each.numbers == (1, 2) for each in missing)
