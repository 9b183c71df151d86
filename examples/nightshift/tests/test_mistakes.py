"""Mistakes that such a worker can make: each story tells the one that makes it from the one that does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from conftest import Night

from lumakit.pytest import Server
from nightshift.maker import Maker, NotKnown

pytestmark = pytest.mark.lumakit(progress="time")


class KnowsNoFailure(Maker):
    """Asks on and on for a video that has failed."""

    def read(self, body: Mapping[str, Any]) -> str:
        return str(body["video"]["url"]) if body["state"] == "completed" else ""


class OrdersAgain(Maker):
    """Takes an order that was not answered for one that was not taken."""

    async def order(self, prompt: str) -> str:
        try:
            return await super().order(prompt)
        except NotKnown:
            return await super().order(prompt)


class NeverRests(Maker):
    """Does not wait for as long as it is told to."""

    async def rest(self, seconds: float) -> None:
        """Go on at once."""


@pytest.mark.lumakit(scenario="fail:moderation")
@pytest.mark.parametrize(("kind", "looks"), [(Maker, range(1, 20)), (KnowsNoFailure, range(100, 1000))])
def test_a_failed_video_is_not_asked_for_any_more(
    night: Night, lumakit_server: Server, kind: type[Maker], looks: range
) -> None:
    night("a lighthouse", kind=kind)
    assert len(lumakit_server.assert_called("GET /luma/generations/{task_id}")) in looks


@pytest.mark.lumakit(faults=["lost first 1 on POST /luma/generations"])
@pytest.mark.parametrize(("kind", "paid", "end"), [(Maker, 1, "not known"), (OrdersAgain, 2, "made")])
def test_an_order_whose_answer_got_lost_is_paid_once(
    night: Night, lumakit_server: Server, kind: type[Maker], paid: int, end: str
) -> None:
    assert night("a lighthouse", kind=kind)["a lighthouse"]["end"] == end
    assert len(lumakit_server.tasks) == paid


@pytest.mark.lumakit(faults=["rate 3/60s"])
@pytest.mark.parametrize(("kind", "end"), [(Maker, "made"), (NeverRests, "not made")])
def test_a_maker_that_is_asked_too_often_is_left_alone_for_a_while(night: Night, kind: type[Maker], end: str) -> None:
    told = night(*(f"a lighthouse, the {number}th" for number in range(4)), kind=kind)
    assert end in {each["end"] for each in told.values()}
    assert (kind is Maker) == ({each["end"] for each in told.values()} == {"made"})
