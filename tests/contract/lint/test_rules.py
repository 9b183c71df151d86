"""Every rule, from the catalogue: the spoiled example makes it speak, the mended one leaves it silent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lumakit import catalogue
from lumakit.contract import lint as rules
from lumakit.contract import operation
from lumakit.contract.folder import read_alone
from lumakit.model import Finding
from tests.contract.lint import specimens

CODES = sorted(catalogue.entries())


@pytest.mark.parametrize("code", CODES)
def test_the_spoiled_example_makes_the_rule_speak(code: str) -> None:
    found = specimens.findings(code, catalogue.entry(code).spoiled)
    assert code in {each.code for each in found}


@pytest.mark.parametrize("code", CODES)
def test_the_spoiled_example_makes_no_other_rule_speak(code: str) -> None:
    found = specimens.findings(code, catalogue.entry(code).spoiled)
    assert {each.code for each in found} == {code}


@pytest.mark.parametrize("code", CODES)
def test_the_mended_example_leaves_every_rule_silent(code: str) -> None:
    assert specimens.findings(code, catalogue.entry(code).mended) == ()


@pytest.mark.parametrize("code", CODES)
def test_a_finding_weighs_what_its_entry_says_and_names_its_place(code: str) -> None:
    for found in specimens.findings(code, catalogue.entry(code).spoiled):
        assert found.severity is catalogue.entry(code).severity
        assert found.message
        assert _place_fits(found, catalogue.entry(code).kind)


def _place_fits(found: Finding, kind: str) -> bool:
    match kind:
        case "page":
            at_a_line = (found.line or 0) > 0 or found.code == "S100"
            return found.where == "pictures/published/page.md" and at_a_line and not found.pointer
        case "document":
            return found.where == "pictures.yaml" and found.pointer.startswith("/") and bool(found.line)
        case "request" | "response":
            return found.where in ("POST /tasks", "PUT /tasks") and bool(found.subject)
        case "story" | "delivery" | "opinion" | "explored":
            return bool(found.where and found.subject)
        case _:
            return bool(found.where and found.pointer and found.line)


@pytest.mark.parametrize("code", CODES)
def test_no_two_findings_of_an_example_share_a_fingerprint(code: str) -> None:
    prints = [found.fingerprint for found in specimens.findings(code, catalogue.entry(code).spoiled)]
    assert len(set(prints)) == len(prints)


@pytest.mark.parametrize("name", ["pictures.yaml", "tasks.yaml"])
def test_the_documents_under_the_examples_are_silent(name: str) -> None:
    assert specimens.linted(specimens.read(name)) == ()


def test_every_rule_is_in_the_catalogue_and_the_other_way_round() -> None:
    of_documents = {code for code in CODES if code.startswith("S1") and code != "S190"}
    assert set(rules.RULES) == of_documents


def test_every_code_of_an_exchange_is_in_the_catalogue_and_the_other_way_round() -> None:
    source = Path(operation.__file__).read_text(encoding="utf-8")
    assert set(re.findall(r"\bX\d{3}\b", source)) - {"X2xx"} == {code for code in CODES if "X200" < code < "X221"}


def test_every_rule_says_which_code_it_is() -> None:
    for code, rule in rules.RULES.items():
        assert (rule.__doc__ or "").startswith(f"{code}: ")


@pytest.mark.parametrize("path", sorted((specimens.HERE / "silent").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_well_formed_document_is_left_alone(path: Path) -> None:
    assert rules.lint(read_alone(path)) == ()
