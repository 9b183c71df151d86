"""What the shop does, whatever the maker of its pictures does."""

from __future__ import annotations

import pytest
from conftest import Customer, Play

from lumakit.pytest import Ending, Inbox, Mocks, Trouble, Waiting, endings, troubles
from postcards.shop import PATIENCE_S


@pytest.mark.lumakit(progress="time", calls=["POST /luma-imagine"])
def test_a_postcard_is_made_and_mailed_once(play: Play, lumakit_webhooks: Inbox) -> None:
    async def visit(customer: Customer) -> None:
        order = await customer.order()
        assert order["state"] == "making"
        seen = await customer.after(10, order)
        assert (seen["state"], seen["reason"]) == ("made", "")

    assert len(play(visit)) == 1
    lumakit_webhooks.assert_verified()


@pytest.mark.lumakit(progress="time", scenario="lost")
def test_without_any_webhook_the_shop_finds_out_by_asking(play: Play, lumakit_mock: Mocks) -> None:
    async def visit(customer: Customer) -> None:
        assert (await customer.after(10, await customer.order()))["state"] == "made"

    assert len(play(visit)) == 1
    lumakit_mock.assert_called("POST /fetch")


@pytest.mark.parametrize("ending", endings("apiframe", progress="time"))
def test_every_ending_ends_the_order(play: Play, ending: Ending) -> None:
    async def visit(customer: Customer) -> None:
        seen = await customer.after(20, await customer.order())
        assert seen["state"] == ("failed" if ending.phase == "failed" else "made")
        assert seen["reason"].startswith(ending.error)

    assert len(play(visit)) == 1


@pytest.mark.lumakit(progress="time", scenario="stuck")
def test_what_never_ends_is_given_up(play: Play, lumakit_no_waiting: Waiting) -> None:
    async def visit(customer: Customer) -> None:
        seen = await customer.after(PATIENCE_S / 60 + 1, await customer.order())
        assert (seen["state"], seen["reason"]) == ("failed", "it took too long")

    assert len(play(visit)) == 1
    assert lumakit_no_waiting.waited_s > PATIENCE_S


@pytest.mark.parametrize("trouble", troubles("apiframe", operation="POST /luma-imagine"))
def test_an_order_that_the_maker_refuses_is_refused(play: Play, trouble: Trouble) -> None:
    async def visit(customer: Customer) -> None:
        answer = await customer.http.post("/postcards", json={"text": "x", "to": "ada@example.com"})
        assert answer.status_code == 503

    assert play(visit) == []


@pytest.mark.lumakit(faults=["503 30% on POST /fetch"], scenario="lost", progress="time")
def test_a_maker_that_is_down_now_and_then_is_asked_again(play: Play) -> None:
    async def visit(customer: Customer) -> None:
        assert (await customer.after(15, await customer.order()))["state"] == "made"

    assert len(play(visit)) == 1


def test_a_webhook_of_somebody_else_is_turned_away(play: Play) -> None:
    async def visit(customer: Customer) -> None:
        order = await customer.order()
        forged = {"task_id": "t", "video_url": "https://evil.example/v.mp4"}
        for secret in ("", "a guess"):
            answer = await customer.http.post("/hooks/pictures", json=forged, headers={"x-webhook-secret": secret})
            assert answer.status_code == 401
        assert (await customer.look(order))["state"] == "making"

    assert play(visit) == []


def test_an_order_that_nobody_made_is_not_found(play: Play) -> None:
    async def visit(customer: Customer) -> None:
        assert (await customer.http.get("/postcards/none")).status_code == 404

    assert play(visit) == []
