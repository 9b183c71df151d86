"""Every rule against a mock that was spoiled for it: it speaks, and no other one does."""

from __future__ import annotations

import pytest

from lumakit import catalogue
from lumakit.check.judge import RULES
from tests.check.spoiled import NOT_SPOILED, SPOILED, Spoiled


@pytest.mark.parametrize(("code", "spoiled"), SPOILED.items(), ids=SPOILED)
def test_a_spoiled_mock_makes_its_rule_speak_and_no_other(code: str, spoiled: Spoiled) -> None:
    assert spoiled.codes() == {code}


def test_every_rule_has_an_entry_and_a_spoiled_mock() -> None:
    told = {code for rule in RULES for code in rule.codes}
    elsewhere = {
        "X200",
        "X240",
    }  # said of an application by the plugin, and by the phase explore: their tests hold them
    assert told | elsewhere == {code for code in catalogue.entries() if code[0] in "XLW"}
    assert told == {*SPOILED, *NOT_SPOILED}
