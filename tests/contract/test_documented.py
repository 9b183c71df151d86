"""Where people read about an operation."""

from __future__ import annotations

from lumakit import load


def test_a_page_that_announces_the_operation_is_named_by_its_address() -> None:
    contract = load("apiframe")
    told = contract.pages(contract.operation("POST /luma-extend"))
    assert told == ("https://docs.apiframe.pro/luma-ai-api/extend",)


def test_a_page_without_a_known_address_is_named_by_its_file() -> None:
    contract = load("chainhub")
    told = contract.pages(contract.operation("POST /luma/generations"))
    assert told == ("chainhub/published/submit-video-generation-task.md",)


def test_what_an_overlay_added_is_documented_where_its_evidence_is() -> None:
    contract = load("apiframe")
    assert contract.pages(contract.operation("POST /fetch"))[0] == "https://docs.apiframe.ai/api-endpoints/fetch"


def test_without_any_page_the_line_of_the_document_is_named() -> None:
    contract = load("tests/data/jobs.yaml")
    assert contract.pages(contract.operation("POST /jobs")) == ("tests/data/jobs.yaml:7",)


def test_every_vendored_operation_is_documented_somewhere() -> None:
    for name in ("apiframe", "chainhub", "kkiai"):
        contract = load(name)
        assert all(contract.pages(each) for each in contract.operations.values())
