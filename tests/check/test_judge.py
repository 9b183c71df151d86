"""The judge as a whole: silent about our mock, one finding for one fault, and open where nothing is decided."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

import lumakit
from lumakit import catalogue
from lumakit.check.judge import RULES, judge
from lumakit.check.traffic import Traffic, Unanswered
from lumakit.check.verdict import Reach, Support, Via
from lumakit.check.whole import whole
from lumakit.contract.compile import Contract
from lumakit.model import Edition, Exchange, Lost, Request, Response, Severity
from mockserver.scenario import SCENARIOS
from tests.check.play import Play, clips
from tests.check.specimens import traffic
from tests.check.spoiled import SPOILED, Spoiled

PROVIDERS = ("apiframe", "chainhub", "kkiai")
CONTRACTS = {"clips": clips(), **{f"{name}-{each}": lumakit.load(name, each) for name in PROVIDERS for each in Edition}}
MISHAPS = {  # what they do to webhooks is what rules are for
    "lost": {"W401"},
    "late": set[str](),
    "twice": {"W407"},
    "shuffled": {"W402"},
    "early": {"W410"},
}
STUCK = "---\n".join(
    'GET /clips/c-1\nAuthorization: Bearer abc\n\nHTTP/1.1 200 OK\nContent-Type: application/json\n\n{"status": 7}\n'
    for _ in range(30)
)


@pytest.mark.parametrize("scenario", [each for each in SCENARIOS if each not in (*MISHAPS, "stuck")])
@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_nothing_is_said_of_our_mock(contract: Contract, scenario: str) -> None:
    verdict = Play(contract, scenario=scenario).verdict()
    assert verdict.judged == ()
    assert verdict.opens == ()
    assert all(story.ended for story in verdict.stories if story.looks[0].via is not Via.WEBHOOK)
    assert verdict.exit_code(Severity.NOTE) == 0


@pytest.mark.parametrize("scenario", MISHAPS)
@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_of_webhooks_that_meet_with_a_mishap_only_that_is_said(contract: Contract, scenario: str) -> None:
    codes = {found.code for found in Play(contract, scenario=scenario).verdict().findings}
    assert codes == (MISHAPS[scenario] if scenario != "shuffled" or told_of_the_way(contract) else set())


def told_of_the_way(contract: Contract) -> bool:
    """True where webhooks tell more of a task than its end."""
    kind = next(iter(contract.reading.tasks.values())) if contract.reading else None
    return bool(kind and kind.webhook and set(kind.webhook.on) - set(contract.reading.lifecycle.ends()))  # type: ignore[union-attr]


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_a_task_that_never_ends_is_open_and_no_finding(contract: Contract) -> None:
    play = Play(contract, scenario="stuck")
    key = play.live(play.kinds[0])
    verdict = judge(contract, play.traffic(), probing=True, own=True)
    assert verdict.judged == ()
    assert [each.task for each in verdict.opens] == [key]
    assert verdict.exit_code(Severity.ERROR) == 4


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_a_second_opinion_is_the_same(contract: Contract) -> None:
    assert Play(contract).verdict(second_opinion=True).judged == ()


@pytest.mark.parametrize(("code", "spoiled"), SPOILED.items(), ids=SPOILED)
def test_a_second_opinion_of_a_spoiled_mock_is_the_same(code: str, spoiled: Spoiled) -> None:
    verdict = spoiled.play().verdict(probing=spoiled.probing, second_opinion=True)
    assert {found.code for found in verdict.findings} == {code}


def test_the_other_edition_is_judged_beside_and_fails_nothing() -> None:
    published, corrected = (CONTRACTS[f"chainhub-{each}"] for each in Edition)
    verdict = whole(Play(corrected).verdict(beside=published), corrected, published)
    assert verdict.judged == ()
    assert {found.finding.edition for found in verdict.beside} == {Edition.PUBLISHED}
    assert {each.support for each in verdict.corrections} >= {Support.CONFIRMED}
    assert any(each.reach is Reach.SEEN for each in verdict.coverage)
    assert verdict.exit_code(Severity.NOTE) == 0


def test_what_is_only_inferred_is_a_note_of_a_stranger_and_weighs_its_weight_of_a_mock_of_ours() -> None:
    seen = traffic(catalogue.entry("L302").spoiled)
    (theirs,), (ours,) = (judge(clips(), seen, own=own).findings for own in (False, True))
    assert (theirs.severity, ours.severity) == (Severity.NOTE, Severity.ERROR)


def test_a_path_before_every_documented_one_is_no_matter() -> None:
    play = Play(clips())
    play.noted = lambda asked: asked if "__media" in asked.path else replace(asked, path=f"/mock/v2{asked.path}")
    verdict = play.verdict(base="/mock/v2")
    assert [story.ended for story in verdict.stories] == [True, True]
    assert verdict.judged == ()


def test_the_same_fault_in_many_exchanges_is_one_finding() -> None:
    (said,) = judge(clips(), traffic(STUCK)).judged
    assert (said.finding.code, said.times, len(said.numbers)) == ("X214", 30, 20)
    assert (said.numbers[0], said.numbers[-1]) == (1, 30)


def test_a_request_without_an_answer_is_open() -> None:
    lost = Unanswered(1, 0, Request("POST", "/clips"), Lost("the connection was reset"))
    verdict = judge(clips(), Traffic(unanswered=(lost, lost)))
    assert [(each.what, each.why) for each in verdict.opens] == [
        ("POST /clips was not answered, 2 times", "the connection was reset")
    ]
    assert verdict.exit_code(Severity.ERROR) == 4


def test_no_two_rules_speak_in_one_code() -> None:
    assert max(Counter(code for rule in RULES for code in rule.codes).values()) == 1


def test_a_body_that_is_not_there_to_be_judged_leaves_a_question_open() -> None:
    asked = Request("GET", "/account", headers=(("Authorization", "k"),))
    told = Response(200, (("Content-Type", "application/json"),), b"<hidden: 300000 bytes that could not be read>")
    verdict = judge(
        CONTRACTS["apiframe-corrected"], Traffic((Exchange(1, 0, asked, told), Exchange(2, 0, asked, told)))
    )
    assert [each.what for each in verdict.opens] == ["what GET /account answered was not judged, 2 times"]
    assert verdict.exit_code(Severity.ERROR) == 4


def test_a_body_that_was_hidden_because_it_is_no_json_is_judged() -> None:
    asked = Request("GET", "/account", headers=(("Authorization", "k"),))
    told = Response(200, (("Content-Type", "application/json"),), b"<hidden: 9 bytes that are no json>")
    verdict = judge(CONTRACTS["apiframe-corrected"], Traffic((Exchange(1, 0, asked, told),)))
    assert ([each.code for each in verdict.findings], verdict.opens) == (["X213"], ())


def test_an_id_that_an_undocumented_answer_gave_is_known_from_then_on() -> None:
    contract = CONTRACTS["chainhub-corrected"]
    keyed = (("Authorization", "Bearer k"), ("Content-Type", "application/json"))
    made = Response(202, keyed[1:], b'{"id": "t-1", "state": "pending"}')
    asked = Request("POST", "/luma/generations", headers=keyed, body=b'{"user_prompt": "a boat"}')
    look = Request("GET", "/luma/generations/t-1", headers=keyed)
    seen = (Exchange(1, 0, asked, made), Exchange(2, 0, look, replace(made, status=200)))
    codes = {each.code for each in judge(contract, Traffic(seen), probing=True).findings}
    assert "X211" in codes
    assert "L323" not in codes
