"""Findings that a file knows."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit.check import baseline
from lumakit.check.baseline import Known, applied, read, written
from lumakit.check.identity import fingerprint
from lumakit.check.verdict import Judged
from lumakit.errors import DocumentError
from lumakit.model import Edition, Finding, Severity
from tests.check.verdicts import GUESSED, WRONG, verdict

MISSING = WRONG.finding.but(pointer="", message='body: "state" is a required property')


def test_what_is_known_fails_nothing_and_is_still_told() -> None:
    after = applied(verdict(opens=()), read(written([WRONG]), "known.toml"))
    assert (after.judged, after.known, after.stale) == ((GUESSED,), (WRONG,), ())
    assert after.exit_code(Severity.ERROR) == 0


def test_what_nobody_met_is_told_as_stale() -> None:
    text = written([WRONG, GUESSED])
    after = applied(verdict(judged=(WRONG,)), read(text, "known.toml"))
    assert after.stale == (f"{fingerprint(GUESSED.finding)} X211 POST /jobs status",)


def test_a_new_finding_still_fails() -> None:
    after = applied(verdict(judged=(WRONG, GUESSED)), read(written([GUESSED]), "known.toml"))
    assert after.exit_code(Severity.ERROR) == 1


@pytest.mark.parametrize(
    "changes", [{"message": "otherwise said"}, {"line": 99}, {"hint": "other"}, {"severity": Severity.NOTE}]
)
def test_a_text_and_a_line_do_not_count(changes: dict[str, object]) -> None:
    assert fingerprint(WRONG.finding.but(**changes)) == fingerprint(WRONG.finding)


@pytest.mark.parametrize(
    "changes",
    [{"code": "X212"}, {"where": "GET /x"}, {"pointer": "/b"}, {"subject": "s"}, {"edition": Edition.PUBLISHED}],
)
def test_code_operation_place_subject_and_edition_count(changes: dict[str, object]) -> None:
    assert fingerprint(WRONG.finding.but(**changes)) != fingerprint(WRONG.finding)


def test_elements_of_a_list_are_one_finding() -> None:
    many = [Judged(WRONG.finding.but(pointer=f"/tasks/{number}/state")) for number in range(1000)]
    assert written(many).count("[[known]]") == 1
    assert 'pointer = "/tasks/*/state"' in written(many)


def test_two_missing_members_of_one_object_are_two_findings() -> None:
    other = MISSING.but(message='body: "id" is a required property')
    assert fingerprint(MISSING) != fingerprint(other)
    assert 'missing = "state"' in written([Judged(MISSING)])


def test_the_file_is_the_same_whatever_the_order() -> None:
    assert written([WRONG, GUESSED, WRONG]) == written([GUESSED, WRONG])


@given(st.lists(st.builds(Finding, st.just("X214"), st.text(), st.text(), pointer=st.text(), subject=st.text())))
def test_every_baseline_can_be_read_again(findings: list[Finding]) -> None:
    known = read(written(map(Judged, findings)), "known.toml")
    assert {each.fingerprint for each in known} == set(map(fingerprint, findings))


def test_an_empty_baseline_knows_nothing() -> None:
    assert read(written([]), "known.toml") == ()
    assert tomllib.loads(written([])) == {"lumakit_baseline": baseline.VERSION}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a = ", "baseline_toml"),
        ("", "baseline_version"),
        ("lumakit_baseline = 2", "baseline_version"),
        ("lumakit_baseline = 1\nknown = 3", "baseline_form"),
        ("lumakit_baseline = 1\nknown = [1]", "baseline_form"),
        ("lumakit_baseline = 1\n[[known]]\nfingerprint = 'x'", "baseline_form"),
    ],
)
def test_a_bad_file_is_refused_with_its_name(text: str, code: str) -> None:
    with pytest.raises(DocumentError) as refused:
        read(text, "known.toml")
    assert (refused.value.code, refused.value.where, refused.value.exit_code) == (code, "known.toml", 2)


def test_a_line_written_by_hand_needs_only_its_fingerprint() -> None:
    text = "lumakit_baseline = 1\n[[known]]\nfingerprint = '0123456789abcdef'"
    assert read(text, "known.toml") == (Known("0123456789abcdef"),)
