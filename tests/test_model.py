"""The small frozen values that every room understands."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from lumakit.model import Basis, Edition, Finding, Phase, Request, Response, Severity

FINDING = Finding("S101", "x.yaml", "a line is not YAML", pointer="/paths", line=3)
HEADERS = (("Accept", "a/b"), ("X-Id", "1"), ("accept", "c/d"), ("Cookie", "a=1; b = 2;c; a=3"))


@pytest.mark.parametrize(
    ("phase", "terminal"),
    [("waiting", False), ("running", False), ("succeeded", True), ("failed", True), ("cancelled", True)],
)
def test_a_task_stays_in_a_terminal_phase(phase: str, terminal: bool) -> None:
    assert Phase(phase).terminal is terminal


def test_severities_are_ranked_gravest_first() -> None:
    assert sorted(Severity, key=lambda each: each.rank) == [Severity.ERROR, Severity.WARNING, Severity.NOTE]


@pytest.mark.parametrize("message", [Request("GET", "/", headers=HEADERS), Response(200, HEADERS)])
def test_headers_are_found_whatever_their_spelling(message: Request | Response) -> None:
    assert message.header("ACCEPT") == "a/b"
    assert message.header_values("accept") == ("a/b", "c/d")
    assert message.header("x-none") is None
    assert message.header_values("x-none") == ()


@pytest.mark.parametrize(("name", "value"), [("a", "1"), ("b", None), ("c", ""), ("d", None)])
def test_a_cookie_is_found_by_its_exact_name(name: str, value: str | None) -> None:
    assert Request("GET", "/", headers=HEADERS).cookie(name) == value


def test_a_request_without_cookies_has_none() -> None:
    assert Request("GET", "/").cookie("a") is None


@pytest.mark.parametrize("value", [Request("GET", "/"), Response(200), FINDING])
def test_a_value_cannot_be_changed(value: Any) -> None:
    name = dataclasses.fields(value)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, name, "other")


def test_a_finding_with_some_fields_replaced_is_another_one() -> None:
    changed = FINDING.but(edition=Edition.PUBLISHED, basis=Basis.INFERRED)
    assert changed.edition is Edition.PUBLISHED
    assert changed.basis is Basis.INFERRED
    assert FINDING.edition is None
    with pytest.raises(TypeError):
        FINDING.but(colour="red")


@pytest.mark.parametrize("change", [{"line": 9}, {"message": "other"}, {"severity": Severity.NOTE}, {"hint": "mend"}])
def test_a_fingerprint_survives_what_moves(change: dict[str, Any]) -> None:
    assert FINDING.but(**change).fingerprint == FINDING.fingerprint


@pytest.mark.parametrize("change", [{"code": "S102"}, {"where": "y.yaml"}, {"pointer": "/info"}, {"subject": "GET /"}])
def test_a_fingerprint_tells_findings_apart(change: dict[str, Any]) -> None:
    assert FINDING.but(**change).fingerprint != FINDING.fingerprint


def test_a_fingerprint_is_the_same_in_every_release() -> None:
    assert FINDING.fingerprint == "4e411a1b94146ce8"
