"""What traffic says of corrections."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from lumakit.check.corrections import Editions
from lumakit.check.evidence import evidence
from lumakit.check.traffic import Arrival, Traffic
from lumakit.check.verdict import Evidence, Story, Support
from lumakit.check.witness import Message, sides_of
from lumakit.contract import folder
from lumakit.contract.compile import Contract, compile_contract
from lumakit.contract.folder import Sources
from lumakit.model import Edition, Exchange
from tests.check.play import Play
from tests.check.verdicts import arrival, exchange
from tests.contract.builders import api, overlay, written

PROVIDERS = ("apiframe", "chainhub", "kkiai")


@cache
def editions(provider: str) -> Editions:
    return both(folder.find(provider))


def both(sources: Sources) -> Editions:
    return Editions(*(compile_contract(sources, edition) for edition in (Edition.PUBLISHED, Edition.CORRECTED)))


def heard(provider: str, *seen: Exchange | Arrival, stories: tuple[Story, ...] = ()) -> dict[str, Evidence]:
    exchanges = tuple(each for each in seen if isinstance(each, Exchange))
    arrivals = tuple(each for each in seen if isinstance(each, Arrival))
    said = evidence(editions(provider), Traffic(exchanges, arrivals=arrivals), stories)
    return {each.action: each for each in said}


# --- every vendored correction that traffic can decide: what confirms it, what refutes it -----------------------------

GENERATION = {
    "id": "t-1",
    "prompt": "",
    "state": "pending",
    "queue_state": None,
    "created_at": "2024-12-22T13:38:40.139409Z",
    "batch_id": "",
    "video": None,
    "video_raw": None,
    "liked": None,
    "estimate_wait_seconds": None,
    "thumbnail": None,
    "last_frame": None,
}
ENVELOPE = {
    "code": 0,
    "message": "success",
    "request_id": "r",
    "data": {"task_id": "t-1", "task_status": "pending", "created_at": 1, "updated_at": 1},
}
FULL = {
    "user_prompt": "a cat",
    "expand_prompt": True,
    "loop": False,
    "image_url": "https://a.test/1.jpg",
    "image_end_url": "https://a.test/2.jpg",
    "notify_hook": "https://a.test/hook",
    "resolution": "720p",
    "duration": "5s",
    "model_name": "ray-v2",
}
LONGER = {key: FULL[key] for key in ("user_prompt", "expand_prompt", "image_url", "image_end_url", "notify_hook")}
KKIAI = {**LONGER, "loop": False}
WRONG = {"code": "bad", "message": "no", "data": None}
NEW, MORE = "POST /luma/generations", "POST /luma/generations/t-1/extend"


def taken(line: str, sent: Any, told: Any = GENERATION, status: int = 200) -> Exchange:
    return exchange(1, line, sent, status, told)


def but(body: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    return {**body, **changes}


def bare(line: str, status: int) -> Exchange:
    """A request without a body."""
    sent = taken(line, {}, GENERATION if status == 200 else WRONG, status)
    head = tuple(each for each in sent.request.headers if each[0] != "Content-Type")
    request = type(sent.request)(sent.request.method, sent.request.path, headers=head, origin=sent.request.origin)
    return Exchange(1, 1, request, sent.response)


PROGRESS = {"task_id": "t-1", "task_type": "luma", "status": "processing", "percentage": "40"}
LUMA = {"task_id": "t-1", "task_type": "luma", "video_url": "https://a.test/1.mp4"}
LUMA_EXT = {**LUMA, "task_type": "luma-ext"}
IMAGINE = {"task_id": "t-1", "task_type": "imagine-video", "video_urls": ["https://a.test/1.mp4"]}
IMAGINE_EXT = {**IMAGINE, "task_type": "imagine-video-extend"}
FAILED = {"task_id": "t-1", "task_type": "luma", "status": "failed"}
ASK, EXT, VIDEO = {"task_id": "t-1"}, "POST /luma-extend", "POST /imagine-video-extend"
PARENT = {"parent_task_id": "t-1", "prompt": "a cat"}
VIDEO_EXT = {"parent_task_id": "t-1", "prompt": "a cat", "index": "1", "image_url": "https://a.test/1.jpg"}


def fetched(told: Any) -> Exchange:
    return taken("POST /fetch", ASK, told)


CONFIRMING: dict[str, Exchange] = {
    "chainhub C07": bare(NEW, 400),
    "chainhub C08": bare(MORE, 400),
    "chainhub C09": taken(NEW, {"user_prompt": "a cat"}),
    "chainhub C10": taken(NEW, {"user_prompt": "a cat"}),
    "chainhub C11": taken(MORE, {"user_prompt": "a cat"}),
    "chainhub C12": taken(MORE, {"user_prompt": "a cat"}),
    "chainhub C15": taken(NEW, but(FULL, notify_hook="here"), WRONG, 400),
    "chainhub C16": taken(MORE, but(LONGER, notify_hook="here"), WRONG, 400),
    "chainhub C17": taken(NEW, but(FULL, resolution="4k"), WRONG, 400),
    "chainhub C18": taken(NEW, but(FULL, duration="9s"), WRONG, 400),
    "chainhub C19": taken(NEW, but(FULL, model_name="x"), WRONG, 400),
    "chainhub C24": taken(NEW, FULL),
    "chainhub C25": taken(NEW, FULL),
    "chainhub C26": taken(MORE, LONGER),
    "chainhub C27": taken(MORE, LONGER),
    "chainhub C28": taken(NEW, FULL),
    "chainhub C29": taken(MORE, LONGER),
    "kkiai C05": taken(MORE, {"user_prompt": "a cat"}),
    "kkiai C06": taken(MORE, {"user_prompt": "a cat"}),
    "kkiai C07": taken(MORE, but(KKIAI, notify_hook="here"), WRONG, 400),
    "kkiai C10": taken(MORE, KKIAI),
    "kkiai C11": taken(MORE, KKIAI),
    "kkiai C12": taken(MORE, KKIAI),
    "apiframe C05": bare(EXT, 400),
    "apiframe C06": taken(EXT, {"prompt": "a cat"}, {"errors": [{"msg": "no"}]}, 400),
    "apiframe C08": taken(VIDEO, but(VIDEO_EXT, index="9"), {"errors": [{"msg": "no"}]}, 400),
    "apiframe C09": taken(VIDEO, but(VIDEO_EXT, motion="fast"), {"errors": [{"msg": "no"}]}, 400),
    "apiframe C10": taken(EXT, but(PARENT, webhook_url="here"), {"errors": [{"msg": "no"}]}, 400),
    "apiframe C11": taken(VIDEO, but(VIDEO_EXT, image_url="here"), {"errors": [{"msg": "no"}]}, 400),
}
REFUTING: dict[str, Exchange] = {
    "chainhub C07": bare(NEW, 200),
    "chainhub C08": bare(MORE, 200),
    "chainhub C09": taken(NEW, {"user_prompt": "a cat"}, WRONG, 400),
    "chainhub C10": taken(NEW, {"user_prompt": "a cat"}, WRONG, 400),
    "chainhub C11": taken(MORE, {"user_prompt": "a cat"}, WRONG, 400),
    "chainhub C12": taken(MORE, {"user_prompt": "a cat"}, WRONG, 400),
    "chainhub C15": taken(NEW, but(FULL, notify_hook="here")),
    "chainhub C16": taken(MORE, but(LONGER, notify_hook="here")),
    "chainhub C17": taken(NEW, but(FULL, resolution="4k")),
    "chainhub C18": taken(NEW, but(FULL, duration="9s")),
    "chainhub C19": taken(NEW, but(FULL, model_name="x")),
    "chainhub C24": taken(NEW, FULL, ENVELOPE),
    "chainhub C25": taken(NEW, FULL, ENVELOPE),
    "chainhub C26": taken(MORE, LONGER, ENVELOPE),
    "chainhub C27": taken(MORE, LONGER, ENVELOPE),
    "chainhub C28": taken(NEW, FULL, ENVELOPE),
    "chainhub C29": taken(MORE, LONGER, ENVELOPE),
    "kkiai C05": taken(MORE, {"user_prompt": "a cat"}, WRONG, 400),
    "kkiai C06": taken(MORE, {"user_prompt": "a cat"}, WRONG, 400),
    "kkiai C07": taken(MORE, but(KKIAI, notify_hook="here")),
    "kkiai C10": taken(MORE, KKIAI, ENVELOPE),
    "kkiai C11": taken(MORE, KKIAI, ENVELOPE),
    "kkiai C12": taken(MORE, KKIAI, ENVELOPE),
    "apiframe C05": bare(EXT, 200),
    "apiframe C06": taken(EXT, {"prompt": "a cat"}, {"task_id": "t-2"}),
    "apiframe C08": taken(VIDEO, but(VIDEO_EXT, index="9"), {"task_id": "t-2"}),
    "apiframe C09": taken(VIDEO, but(VIDEO_EXT, motion="fast"), {"task_id": "t-2"}),
    "apiframe C10": taken(EXT, but(PARENT, webhook_url="here"), {"task_id": "t-2"}),
    "apiframe C11": taken(VIDEO, but(VIDEO_EXT, image_url="here"), {"task_id": "t-2"}),
    "apiframe C15": taken(EXT, PARENT, {}),
    "apiframe C34": taken(EXT, PARENT, {"errors": []}, 400),
    "apiframe C20": fetched(but(PROGRESS, status="queued")),
    "apiframe C35": fetched(but(PROGRESS, percentage="about half")),
    "apiframe C21": fetched({"task_id": "t-1", "status": "failed"}),
    "apiframe C22": fetched({"task_id": "t-1", "task_type": "luma-ext"}),
    "apiframe C23": fetched({"task_id": "t-1", "task_type": "imagine-video-extend"}),
    "apiframe C24": fetched(but(LUMA_EXT, video_url="soon")),
    "apiframe C25": fetched(but(IMAGINE, video_urls=[])),
    "apiframe C36": fetched(but(IMAGINE_EXT, video_urls=["soon"])),
    "apiframe C37": fetched(but(IMAGINE, video_urls=["soon"])),
    "apiframe C26": fetched(but(LUMA, status="finished", percentage="99")),
}
# Not decided by any message: a key looks the same in both spellings once it is hidden, the alternatives of a task
# exclude each other already by what is in them, and nobody judges the format `byte`.
UNDECIDED = {
    *("apiframe C02", "apiframe C03", "apiframe C30", "apiframe C31"),
    *("chainhub C30", "chainhub C31", "kkiai C13", "kkiai C14"),
}


@pytest.mark.parametrize("name", CONFIRMING)
def test_a_correction_is_confirmed_by_what_only_it_makes_right(name: str) -> None:
    provider, action = name.split()
    found = heard(provider, CONFIRMING[name])[action]
    assert (found.support, found.numbers) == (Support.CONFIRMED, (1,)), found


@pytest.mark.parametrize("name", REFUTING)
def test_a_correction_is_refuted_by_what_only_it_makes_wrong(name: str) -> None:
    provider, action = name.split()
    found = heard(provider, REFUTING[name])[action]
    assert (found.support, found.numbers) == (Support.REFUTED, (1,)), found


def test_every_vendored_correction_is_in_the_tables_or_says_why_no_traffic_can_tell() -> None:
    for provider in PROVIDERS:
        named = {name.split()[1] for name in {*CONFIRMING, *REFUTING, *UNDECIDED} if name.startswith(provider)}
        silent = {each.action for each in heard(provider).values() if "readers" in each.why}
        assert named | silent == {each.action for each in heard(provider).values()}
        assert not named & silent


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_a_thought_does_not_concern_is_judged_the_same_without_it(provider: str) -> None:
    between = editions(provider)
    seen = [each for table in (CONFIRMING, REFUTING) for name, each in table.items() if name.startswith(provider)]
    for message in (each for one in seen for each in messages(one, between.corrected)):
        spared = [each for each in between.thoughts if (message.operation, message.side) not in between.concerned(each)]
        for contract, tried in ((between.corrected, between.without), (between.published, between.alone)):
            judged = {message.wrong(other, {}) for each in spared if (other := tried(each))}
            assert judged <= {message.wrong(contract, {})}, message


def messages(seen: Exchange, contract: Contract) -> list[Message]:
    operation = contract.route(seen.request).operation
    assert operation is not None
    return [Message(1, side, seen, operation.key) for side, _, _ in sides_of(seen)]


def test_a_thought_concerns_the_side_of_an_operation_that_it_is_about() -> None:
    between = editions("apiframe")
    found = {each.actions[0].id: between.concerned(each) for each in between.thoughts if each.decidable}
    assert found["C05"] == {("POST /luma-extend", "request")}
    assert {side for _, side in found["C34"]} == {"response"}
    assert {side for key, side in found["C20"] if key == "POST /luma-imagine"} == {"webhook"}
    assert {side for key, side in found["C20"] if key == "POST /fetch"} == {"response"}
    assert {side for _, side in found["C02"]} == {"request", "response", "webhook"}


# --- the rules, on a small document -----------------------------------------------------------------------------------

STATE = "$.paths['/things'].post.responses['200'].content['application/json'].schema.properties.state"
SENT = "$.paths['/things'].post.requestBody.content['application/json'].schema"
BODY = "application/json"


def small(*actions: Mapping[str, Any]) -> Editions:
    answer = {"type": "object", "properties": {"state": {"type": "string"}, "left": {"type": "integer"}}}
    asked = {"type": "object", "required": ["prompt", "size"], "properties": {"prompt": {"type": "string"}}}
    said = {
        "requestBody": {"content": {BODY: {"schema": asked}}},
        "responses": {"200": {"description": "", "content": {BODY: {"schema": answer}}}, "400": {"description": ""}},
    }
    document = written(api({"/things": {"post": said}}))
    return both(Sources(name="small", entry=document, corrections=overlay(*actions)))


def act(name: str, target: str, **verb: Any) -> dict[str, Any]:
    return {"target": target, "x-lumakit-id": name, "x-lumakit-basis": "mirror", "description": f"{name}.", **verb}


FEWER = (act("C1", f"{SENT}.required", remove=True), act("C2", SENT, update={"required": ["prompt"]}))
WORDS = act("C3", STATE, update={"enum": ["new", "done"]})
TEXT = act("C4", STATE, update={"description": "How far it is."})


def supports(actions: tuple[Mapping[str, Any], ...], *exchanges: Exchange) -> dict[str, Evidence]:
    return {each.action: each for each in evidence(small(*actions), Traffic(exchanges), ())}


def thing(number: int, sent: Any, told: Any, status: int = 200) -> Exchange:
    return exchange(number, "POST /things", sent, status, told)


def test_a_description_cannot_be_told_by_traffic_and_says_so() -> None:
    found = supports((TEXT,), thing(1, {"prompt": "x", "size": 1}, {}))["C4"]
    assert (found.support, found.basis, found.description) == (Support.UNTOUCHED, "mirror", "C4.")
    assert "readers" in found.why


def test_what_was_not_met_is_untouched() -> None:
    assert supports((WORDS,))["C3"].why == "no message met what it changes"


def test_what_both_editions_allow_tells_nothing() -> None:
    found = supports((WORDS,), thing(1, {"prompt": "x", "size": 1}, {"state": "new"}))["C3"]
    assert (found.support, found.numbers) == (Support.UNTOUCHED, ())
    assert "both editions say the same" in found.why


def test_a_remove_and_the_update_behind_it_are_judged_as_one() -> None:
    found = supports(FEWER, thing(1, {"prompt": "x"}, {}))
    assert [found[name].support for name in ("C1", "C2")] == [Support.CONFIRMED] * 2


def test_both_ways_is_refuted_with_both_numbers() -> None:
    widened = act("C5", STATE, update={"type": "integer"})
    found = supports((widened,), thing(1, {}, {"state": 3}), thing(2, {}, {"state": "new"}))["C5"]
    assert (found.support, found.numbers) == (Support.REFUTED, (2, 1))
    assert found.why == "confirmed by #1, refuted by #2"


def test_a_refusal_does_not_outweigh_a_request_that_was_served() -> None:
    found = supports(FEWER, thing(1, {"prompt": "x"}, {}), thing(2, {"prompt": "y"}, {}, 400))["C2"]
    assert (found.support, found.numbers) == (Support.CONFIRMED, (1,))


@pytest.mark.parametrize("status", [401, 402, 404, 409, 429, 500, 503])
def test_a_refusal_for_another_reason_says_nothing_of_a_body(status: int) -> None:
    assert supports(FEWER, thing(1, {"prompt": "x"}, {}, status))["C2"].support is Support.UNTOUCHED


def test_a_refusal_with_several_reasons_blames_none() -> None:
    more = act("C6", f"{SENT}.properties.prompt", update={"minLength": 5})
    found = supports((*FEWER, more), thing(1, {"prompt": "x", "size": 1, "extra": 1}, {}, 400))
    assert found["C6"].support is Support.CONFIRMED
    narrow = act("C7", SENT, update={"maxProperties": 1})
    found = supports((more, narrow), thing(1, {"prompt": "x", "size": 1}, {}, 400))
    assert (found["C6"].support, found["C7"].support) == (Support.UNTOUCHED, Support.UNTOUCHED)


def test_what_is_wrong_in_both_editions_blames_no_correction() -> None:
    found = supports((WORDS,), thing(1, {"prompt": "x", "size": 1}, {"state": "new", "left": "few"}))["C3"]
    assert found.support is Support.UNTOUCHED


def test_what_fits_neither_edition_is_said() -> None:
    longer = act("C8", STATE, update={"type": "integer", "minimum": 5})
    found = supports((longer,), thing(1, {"prompt": "x", "size": 1}, {"state": 3}))["C8"]
    assert (found.support, found.why) == (Support.UNTOUCHED, "wrong by both editions, each in its own way: #1")


def test_an_answer_that_only_a_correction_documents_confirms_it() -> None:
    added = act("C9", "$.paths['/things'].post.responses", update={"409": {"description": "taken"}})
    assert supports((added,), thing(1, {"prompt": "x", "size": 1}, None, 409))["C9"].support is Support.CONFIRMED


def test_a_member_that_a_closed_body_gains_confirms_it() -> None:
    holder = STATE.removesuffix(".properties.state")
    closed = act("C10", holder, update={"additionalProperties": False})
    gained = act("C11", f"{holder}.properties", update={"more": {"type": "integer"}})
    found = supports((closed, gained), thing(1, {"prompt": "x", "size": 1}, {"state": "new", "other": 1}))
    assert (found["C10"].support, found["C11"].support) == (Support.REFUTED, Support.UNTOUCHED)


def test_webhooks_speak_for_corrections_too() -> None:
    told = arrival(7, {**FAILED, "task_type": 3})
    found = heard("apiframe", told)["C21"]
    assert found.numbers in ((), (7,))
    assert heard("apiframe", arrival(7, but(PROGRESS, status="queued")))["C20"].support is Support.REFUTED


def test_corrections_stand_in_the_order_of_their_overlay() -> None:
    between = editions("chainhub")
    own = [each.id for each in between.corrected.actions if each not in between.published.actions]
    assert [each.action for each in evidence(between, Traffic(), ())] == own


def test_alternatives_that_replace_others_are_one_thought() -> None:
    groups = [{each.id for each in thought.actions} for thought in editions("apiframe").thoughts]
    assert {"C30", "C31"} in groups
    assert {"C02", "C03"} in groups


def test_many_alike_are_told_by_the_first_of_them() -> None:
    many = tuple(thing(number, {"prompt": "x"}, {}) for number in range(1, 200))
    assert len(supports(FEWER, *many)["C2"].numbers) == 20
    assert json.dumps([each.why for each in supports(FEWER, *many).values()])


# --- our own mock is a witness ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("scenario", ["success", "fail"])
def test_a_mock_of_an_edition_never_speaks_against_it(provider: str, scenario: str) -> None:
    between = editions(provider)
    of_corrected = evidence(between, Play(between.corrected, scenario=scenario).whole(), ())
    of_published = evidence(between, Play(between.published, scenario=scenario).whole(), ())
    assert Support.REFUTED not in {each.support for each in of_corrected}
    assert Support.CONFIRMED not in {each.support for each in of_published}


def test_a_mock_tells_the_editions_of_chainhub_apart() -> None:
    said = {}
    between = editions("chainhub")
    for contract in (between.published, between.corrected):
        found = evidence(between, Play(contract).whole(), ())
        said[contract.edition] = {each.action for each in found if each.support is not Support.UNTOUCHED}
    assert said[Edition.PUBLISHED] == {"C24", "C25", "C26", "C27", "C28", "C29"}
    assert said[Edition.CORRECTED] == {"C09", "C10", "C11", "C12"} | said[Edition.PUBLISHED]


def test_of_a_body_that_was_cut_or_hidden_nothing_is_said() -> None:
    cut = replace(taken(NEW, FULL, ENVELOPE), response_bytes=10_000)
    assert heard("chainhub", cut)["C25"].support is Support.UNTOUCHED
    hidden = taken(NEW, but(FULL, resolution="<hidden: 2 characters>"))
    assert heard("chainhub", hidden)["C17"].support is Support.UNTOUCHED


def test_a_word_that_is_not_known_blames_the_list_of_words_alone() -> None:
    found = heard("apiframe", fetched(but(PROGRESS, status="sleeping"))).values()
    assert [each.action for each in found if each.support is Support.REFUTED] == ["C20"]
