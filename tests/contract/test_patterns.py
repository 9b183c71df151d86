"""Regular expressions from documents: how they can be matched, and that none can hang a request."""

from __future__ import annotations

import time
from typing import Any

import pytest

from lumakit.contract.patterns import Verdict, judge, risky
from lumakit.model import Severity
from tests.contract.builders import operation, post, taking, validator

BACKTRACKS = r"^(?:(a|aa)(?!c))+$"
LONG = "a" * 10_000 + "!"


@pytest.mark.parametrize(
    ("pattern", "verdict"),
    [
        (r"^[a-z]+$", Verdict.LINEAR),
        (r"^(a+)+$", Verdict.LINEAR),
        (r"^\p{Lu}\d{2}$", Verdict.LINEAR),
        (r"^(?!x)a", Verdict.BOUNDED),
        (r"^(.)\1$", Verdict.BOUNDED),
        (r"(", Verdict.UNSUPPORTED),
        (r"a{2,1}", Verdict.UNSUPPORTED),
        (r"(?P=none)", Verdict.UNSUPPORTED),
    ],
)
def test_a_pattern_is_judged_by_how_it_can_be_matched(pattern: str, verdict: Verdict) -> None:
    assert judge(pattern) is verdict


@pytest.mark.parametrize(
    ("pattern", "hangs"),
    [
        (r"^[a-z]+$", False),
        (r"^a{1,3}b{2}$", False),
        (r"^(?:abc|de+)$", False),
        (r"^(?:ab?)+$", False),
        (r"^(a+)+$", True),
        (r"^(a|b+)*$", True),
        (r"^(?:a{2}){3}$", True),
        (r"a*b*", True),
        (r"^(a+?)$|b{1,17}", True),
        (r"^(.)\1$", True),
        (r"^(?!x)a", True),
        (r"^\p{Lu}$", True),
        (r"(", True),
        ("(" * 5000, True),
        (r"a{99999999999}", True),
    ],
)
def test_what_pythons_engine_could_hang_on_or_read_differently_is_risky(pattern: str, hangs: bool) -> None:
    assert risky(pattern) is hangs


@pytest.mark.parametrize("pattern", [r"^(a+)+$", r"^(a|aa)+$", r"^(.*)*$", BACKTRACKS])
def test_no_pattern_takes_long(pattern: str) -> None:
    judged = validator({"type": "string", "pattern": pattern})
    before = time.process_time()
    judged.problems(LONG)
    assert time.process_time() - before < 5


@pytest.mark.parametrize(
    "schema",
    [
        {"pattern": BACKTRACKS},
        {"not": {"pattern": BACKTRACKS}},
        {"anyOf": [{"pattern": BACKTRACKS}, {"type": "integer"}]},
        {"oneOf": [{"pattern": BACKTRACKS}, {"type": "string"}]},
        {"if": {"pattern": BACKTRACKS}, "then": False},
    ],
)
def test_a_match_over_budget_is_undecided_and_never_a_pass(schema: dict[str, Any]) -> None:
    judged = validator(schema, "3.1")
    assert not judged.accepts(LONG)
    (problem,) = judged.problems(LONG)
    assert problem.undecided
    assert "takes too long" in problem.message


def test_a_match_over_budget_is_a_warning_that_points_at_the_pattern() -> None:
    takes = taking({"type": "object", "properties": {"a": {"type": "string", "pattern": BACKTRACKS}}})
    (finding,) = takes.check_request(post({"a": LONG}))
    assert (finding.code, finding.severity, finding.pointer) == ("X220", Severity.WARNING, "/a")
    assert LONG not in finding.message


@pytest.mark.parametrize("value", ["aaa", "a"])
def test_a_pattern_that_needs_looking_around_is_matched_within_its_budget(value: str) -> None:
    assert validator({"pattern": BACKTRACKS}).accepts(value)
    (problem,) = validator({"pattern": BACKTRACKS}).problems("ac")
    assert (problem.keyword, problem.undecided) == ("pattern", False)


def test_a_pattern_that_cannot_be_read_is_not_asked() -> None:
    made = operation({"parameters": [{"name": "v", "in": "query", "schema": {"type": "string", "pattern": "("}}]})
    assert made.check_request(post(query="v=x")) == ()


def test_properties_named_by_a_pattern_that_cannot_be_read_are_not_called_additional() -> None:
    schema = {"patternProperties": {"(": {}, "^n": {"type": "integer"}}, "additionalProperties": False}
    judged = validator(schema, "3.1")
    assert judged.accepts({"a": 1})
    assert not judged.accepts({"n": "x"})
