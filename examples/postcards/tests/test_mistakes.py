"""Mistakes that such a shop can make: each story tells the one that makes it from the one that does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from conftest import Customer, Make, Play

from lumakit.pytest import Inbox
from postcards.pictures import State, Told, told
from postcards.shop import Order, Shop


class LooksAtTheStatusOnly(Shop):
    """Waits for a status that the documented form of a finished picture does not have."""

    def __init__(self, *given: Any) -> None:
        def read(body: Mapping[str, Any]) -> Told:
            found = told(body)
            return found if body.get("status") else Told(found.task, State.MAKING)

        super().__init__(*given, read=read)


class KnowsNoFailure(Shop):
    """Goes on asking for a picture that has failed."""

    def settle(self, order: Order, heard: Told) -> None:
        if heard.state is not State.FAILED:
            super().settle(order, heard)


class MailsWhateverItHears(Shop):
    """Takes every webhook for news."""

    def settle(self, order: Order, heard: Told) -> None:
        order.state = State.MAKING
        super().settle(order, heard)


class ExpectsTheAnswerFirst(Shop):
    """Does not know the picture of a webhook that comes before the answer to its order."""

    def hear(self, secret: str, body: Mapping[str, Any]) -> None:
        self.settle(self._by_task[told(body).task], told(body))


def played(play: Play, make: Make, inbox: Inbox, state: str) -> None:
    """The one story: an order comes to its end, is mailed once, and no webhook is turned away."""

    async def visit(customer: Customer) -> None:
        assert (await customer.after(20, await customer.order()))["state"] == state

    letters = play(visit, make)
    assert len(letters) == 1
    assert {each.status for each in inbox} <= {204}


CASES = [
    pytest.param(
        LooksAtTheStatusOnly,
        "made",
        id="a finished form without a status",
        marks=pytest.mark.lumakit(edition="published", scenario="lost"),
    ),
    pytest.param(KnowsNoFailure, "failed", id="asking for ever", marks=pytest.mark.lumakit(scenario="fail")),
    pytest.param(
        MailsWhateverItHears, "made", id="webhooks that come twice", marks=pytest.mark.lumakit(scenario="twice")
    ),
    pytest.param(
        ExpectsTheAnswerFirst, "made", id="a webhook before the answer", marks=pytest.mark.lumakit(scenario="early")
    ),
]
pytestmark = pytest.mark.lumakit(progress="time")


@pytest.mark.parametrize(("mistaken", "state"), CASES)
def test_the_shop_does_not_make_it(play: Play, lumakit_webhooks: Inbox, mistaken: Make, state: str) -> None:
    played(play, Shop, lumakit_webhooks, state)


@pytest.mark.parametrize(("mistaken", "state"), CASES)
def test_the_story_notices_who_makes_it(play: Play, lumakit_webhooks: Inbox, mistaken: Make, state: str) -> None:
    with pytest.raises((AssertionError, KeyError)):
        played(play, mistaken, lumakit_webhooks, state)
    lumakit_webhooks.broken.clear()  # who expects the answer first breaks over the webhook, which alone fails a test
