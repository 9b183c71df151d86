"""A verdict with what was met and what the traffic says of the corrections."""

from __future__ import annotations

import pytest

from lumakit.check.judge import judge
from lumakit.check.traffic import Traffic
from lumakit.check.verdict import Reach, Support
from lumakit.check.whole import whole
from lumakit.contract.entrance import load
from tests.check.verdicts import exchange

LESS = exchange(1, "POST /api/luma/generations", {"user_prompt": "a cat"}, 200, {"id": "t-1", "state": "pending"})


@pytest.mark.parametrize("edition", ["published", "corrected"])
def test_either_edition_may_decide_and_the_corrections_are_the_same(edition: str) -> None:
    other = {"published": "corrected", "corrected": "published"}[edition]
    contract, beside = load("chainhub", edition), load("chainhub", other)
    verdict = judge(contract, Traffic((LESS,)), beside=beside, base="/api")
    found = whole(verdict, contract, beside, base="/api")
    supports = {each.action: each.support for each in found.corrections}
    assert (supports["C10"], supports["C12"]) == (Support.CONFIRMED, Support.UNTOUCHED)
    met = {each.name for each in found.coverage if each.axis == "operation" and each.reach is Reach.SEEN}
    assert met == {"POST /luma/generations"}


def test_without_another_edition_there_is_no_evidence() -> None:
    contract = load("chainhub")
    found = whole(judge(contract, Traffic()), contract, unreachable={"webhook": "nobody listens"})
    assert found.corrections == ()
    assert {each.why for each in found.coverage if each.axis == "webhook"} == {"nobody listens"}
