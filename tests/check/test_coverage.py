"""What of a contract was met."""

from __future__ import annotations

from typing import Any

import pytest

from lumakit.check.coverage import AXES, coverage, totals
from lumakit.check.enums import listed, values_at
from lumakit.check.traffic import Traffic
from lumakit.check.verdict import Covered, Look, Reach, Story, Via
from lumakit.contract.compile import Contract
from lumakit.contract.entrance import load
from lumakit.model import Exchange
from tests.check.verdicts import exchange
from tests.contract.builders import api, compiled

STATE: dict[str, Any] = {"type": "object", "properties": {"state": {"enum": ["new", "done", 1, True]}}}
COLOUR: dict[str, Any] = {"type": "object", "properties": {"colour": {"type": "string", "enum": ["red", "blue"]}}}
SIZE: dict[str, Any] = {"name": "size", "in": "query", "schema": {"type": "integer", "enum": [1, 2]}}
THINGS = {
    "post": {
        "parameters": [SIZE],
        "requestBody": {"content": {"application/json": {"schema": COLOUR}}},
        "responses": {
            "200": {"description": "", "content": {"application/json": {"schema": STATE}}},
            "4XX": {"description": ""},
        },
    }
}
CONTRACT = compiled(api({"/things": THINGS}))


def seen(*exchanges: Exchange, contract: Contract = CONTRACT, **unreachable: str) -> dict[str, Covered]:
    keys = {key.replace("_", " "): why for key, why in unreachable.items()}
    return {f"{each.axis} {each.name}": each for each in coverage(contract, Traffic(exchanges), (), keys)}


def test_an_operation_and_its_status_are_counted() -> None:
    met = seen(exchange(1, "POST /things", {}, 200, {}), exchange(2, "POST /things", {}, 422, {}))
    assert met["operation POST /things"] == Covered("operation", "POST /things", Reach.SEEN, 2)
    assert (met["status POST /things 200"].times, met["status POST /things 4XX"].times) == (1, 1)


def test_what_was_not_met_is_not_seen() -> None:
    assert {each.reach for each in seen().values()} == {Reach.NOT_SEEN}


def test_a_member_that_was_sent_counts_only_where_it_was_accepted() -> None:
    name = 'enum POST /things request /colour = "red"'
    assert seen(exchange(1, "POST /things", {"colour": "red"}, 422, {}))[name].reach is Reach.NOT_SEEN
    assert seen(exchange(1, "POST /things", {"colour": "red"}, 200, {}))[name].times == 1


def test_members_that_are_told_are_kept_apart_by_their_types() -> None:
    met = seen(exchange(1, "POST /things", {}, 200, {"state": True}))
    assert met["enum POST /things 200 /state = true"].reach is Reach.SEEN
    assert met["enum POST /things 200 /state = 1"].reach is Reach.NOT_SEEN


def test_members_of_a_parameter_are_counted() -> None:
    sent = exchange(1, "POST /things", {}, 200, {})
    sized = Exchange(1, 1, type(sent.request)("POST", "/things", "size=2"), sent.response)
    garbled = Exchange(2, 2, type(sent.request)("POST", "/things", "size=%FF"), sent.response)
    met = seen(sized, garbled)
    assert met["enum POST /things query size = 2"].times == 1
    assert met["enum POST /things query size = 1"].reach is Reach.NOT_SEEN


@pytest.mark.parametrize("key", ["operation", "operation POST /things", "POST /things"])
def test_what_is_out_of_reach_says_why_by_axis_name_or_operation(key: str) -> None:
    found = coverage(CONTRACT, Traffic(), (), {key: "no budget"})
    assert found[0] == Covered("operation", "POST /things", Reach.NOT_REACHABLE, 0, "no budget")


def test_what_was_met_is_seen_whatever_was_thought_of_it() -> None:
    met = seen(exchange(1, "POST /things", {}, 200, {}), operation="no budget")
    assert met["operation POST /things"] == Covered("operation", "POST /things", Reach.SEEN, 1)


def test_words_and_webhooks_are_counted_by_kind_of_task() -> None:
    contract = load("chainhub")
    looks = (Look(1, 1, Via.FETCH, "pending", None), Look(2, 2, Via.WEBHOOK, "completed", None))
    kind = next(iter(contract.reading.tasks)) if contract.reading else ""
    rows = coverage(contract, Traffic(), (Story("t", kind, "", "", looks),), {})
    met = {(each.axis, each.name) for each in rows if each.reach is Reach.SEEN}
    assert met == {("state", f"{kind} pending"), ("state", f"{kind} completed"), ("webhook", f"{kind} completed")}


@pytest.mark.parametrize("provider", ["apiframe", "chainhub", "kkiai"])
def test_names_are_unique_within_their_axis(provider: str) -> None:
    rows = coverage(load(provider), Traffic(), (), {})
    assert len({(each.axis, each.name) for each in rows}) == len(rows) > 20


def test_totals_count_every_axis() -> None:
    rows = [Covered("status", "a", Reach.SEEN), Covered("status", "b", Reach.NOT_SEEN)]
    counted = totals(rows)
    assert tuple(counted) == AXES
    assert counted["status"] == {"seen": 1, "not seen": 1, "not reachable": 0}


def test_lists_are_found_through_references_parts_items_and_loops() -> None:
    node = {"anyOf": [{"$ref": "#/n"}, {"const": 5}], "items": {"enum": ["a"]}, "additionalProperties": {"enum": [0]}}
    document = {"n": {"properties": {"kind": {"enum": [1, 1]}, "next": {"$ref": "#/n"}}}, "s": node}
    assert listed(document, "/s") == {"/kind": (1,), "": (5,), "/*": ("a", 0)}  # the loop is followed once


def test_every_element_is_looked_at() -> None:
    assert list(values_at([{"a": 1}, {"a": 2}, 3], "/*/a")) == [1, 2]
    assert list(values_at({"x": {"a": 1}}, "/*/a")) == [1]
    assert list(values_at("text", "/*")) == []
