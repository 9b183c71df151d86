"""The pump on an event loop: nothing here waits, for clocks are moved by hand and receivers answer when told to."""

from __future__ import annotations

import asyncio
import logging

import pytest

from lumakit.clock import SystemClock
from lumakit.egress import Failed
from lumakit.model import Request, Response
from mockserver.webhooks.sending import AT_ONCE, LEASE_S
from tests.mockserver.webhooks.post import APIFRAME, CHAINHUB
from tests.mockserver.webhooks.stage import Desk, Stage, played, turns


def test_what_falls_due_is_sent_by_itself() -> None:
    async def play(stage: Stage) -> None:
        stage.submit("a")
        await turns()
        assert stage.desk.began == []
        await stage.pass_by()
        assert stage.desk.ended == ["/a"]

    assert played(play).states() == ["delivered"]


def test_what_falls_due_earlier_than_all_there_was_wakes_it() -> None:
    async def play(stage: Stage) -> None:
        await turns()
        stage.submit("a")  # its first update is due at once, and the store tells so
        await turns()
        assert stage.desk.ended == ["/a"]

    assert played(play, APIFRAME).states() == ["delivered"]


def test_a_receiver_that_hangs_keeps_nobody_else_waiting() -> None:
    async def play(stage: Stage) -> None:
        stage.submit("hang")
        stage.submit("a")
        await stage.pass_by()
        assert stage.desk.ended == ["/a"]
        stage.submit("b")
        await stage.pass_by()
        assert stage.desk.ended == ["/a", "/b"]
        await stage.desk.let_go("/hang")
        await turns()

    assert sorted(played(play, hanging={"/hang"}).desk.ended) == ["/a", "/b", "/hang"]


def test_deliveries_of_one_task_go_one_after_the_other() -> None:
    async def play(stage: Stage) -> None:
        stage.submit("hang")
        for _ in range(4):
            await stage.pass_by(60)
        assert stage.desk.began == ["/hang"]
        await stage.desk.let_go("/hang")
        await turns()

    stage = played(play, APIFRAME, hanging={"/hang"})
    told = [stage.posts[0].user.read(Response(200, body=body))["status"] for body in stage.desk.bodies]
    assert told == ["pending", "starting", *["processing"] * 5, "finished"]


def test_no_more_than_so_many_are_under_way_at_once() -> None:
    async def play(stage: Stage) -> None:
        for _ in range(AT_ONCE + 10):
            stage.submit("hang")
        await stage.pass_by()
        assert len(stage.desk.began) == AT_ONCE
        await stage.pass_by(LEASE_S)
        assert len(stage.desk.began) == AT_ONCE
        await stage.desk.let_go("/hang")
        await turns(500)

    stage = played(play, hanging={"/hang"})
    assert len(stage.desk.began) == len(stage.desk.ended) == AT_ONCE + 10


def test_a_provider_whose_receivers_all_hang_keeps_no_other_provider_waiting() -> None:
    async def play(stage: Stage) -> None:
        for _ in range(AT_ONCE + 1):
            stage.submit("hang")
        await stage.pass_by()
        stage.submit("a", 1)
        await stage.pass_by()
        assert stage.desk.ended[:1] == ["/a"]
        await stage.desk.let_go("/hang")
        await turns(500)

    played(play, CHAINHUB, APIFRAME, hanging={"/hang"})


def test_what_comes_twice_comes_again_at_once() -> None:
    async def play(stage: Stage) -> None:
        stage.submit("a")
        await stage.pass_by()
        assert stage.desk.ended == ["/a", "/a"]

    assert played(play, scenario="twice").states() == ["delivered"]


def test_what_was_being_sent_when_it_stopped_is_sent_after_the_next_start() -> None:
    async def run() -> Stage:
        stage = Stage(APIFRAME, hanging={"/hang"})
        await stage.pump.start()
        stage.submit("hang")
        for _ in range(4):
            await stage.pass_by(60)
        await stage.pump.stop()
        running = [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]
        assert running == []
        await stage.desk.let_go("/hang")
        await stage.pump.start()
        for _ in range(10):
            await stage.pass_by(LEASE_S)
        await stage.pump.stop()
        return stage

    stage = asyncio.run(run())
    assert stage.states() == ["delivered"] * 8
    assert stage.desk.began == ["/hang"] * 9


def test_what_was_claimed_and_not_begun_when_it_stopped_is_sent_after_the_next_start() -> None:
    async def run() -> Stage:
        stage = Stage()
        stage.submit("a")
        stage.clock.advance(300)
        await stage.pump._launch()
        await stage.pump.stop()  # before the loop has come to it
        await stage.pump.start()
        await stage.pass_by(LEASE_S)
        await stage.pump.stop()
        return stage

    assert asyncio.run(run()).desk.ended == ["/a"]


def test_it_may_be_stopped_twice_and_without_a_start() -> None:
    async def run() -> None:
        stage = Stage()
        await stage.pump.stop()
        await stage.pump.start()
        await stage.pump.stop()
        await stage.pump.stop()
        await stage.pump.flush("t")

    asyncio.run(run())


def test_a_bug_in_one_delivery_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    async def play(stage: Stage) -> None:
        stage.desk.errors["/bug"] = ZeroDivisionError("a bug")
        stage.submit("bug")
        stage.submit("a")
        await stage.pass_by()
        assert stage.desk.ended == ["/a"]
        await stage.pass_by(LEASE_S)

    with caplog.at_level(logging.ERROR):
        stage = played(play)
    assert "a webhook could not be sent: a bug of the mock server" in caplog.text
    assert stage.states() == ["delivered", "delivered"]


def test_a_provider_whose_deliveries_cannot_be_read_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    async def play(stage: Stage) -> None:
        stage.posts[0].mock.store.outbox.add("odd", {"no": "delivery"}, 2**53, 0, 1)
        stage.submit("a", 1)
        await stage.pass_by()

    with caplog.at_level(logging.ERROR):
        stage = played(play, CHAINHUB, APIFRAME)
    assert "a webhook could not be made: a bug of the mock server" in caplog.text
    assert set(stage.states(1)) == {"delivered"}


def test_what_does_not_arrive_is_told_in_words() -> None:
    lines: list[str] = []

    async def play(stage: Stage) -> None:
        stage.pump._tell = lines.append
        stage.desk.errors["/a"] = Failed("refused", "nobody listens there")
        stage.submit("a?token=canary")
        stage.submit("b")
        await stage.pass_by()

    played(play)
    assert lines == ["webhook 'completed' to http://127.0.0.1:8081/a: failed: nobody listens there"]


def test_all_providers_are_served() -> None:
    async def play(stage: Stage) -> None:
        for number in range(3):
            stage.submit(f"of-{number}", number)
        await stage.pass_by()

    stage = played(play, CHAINHUB, APIFRAME, CHAINHUB)
    assert set(stage.desk.ended) == {"/of-0", "/of-1", "/of-2"}


def test_what_is_flushed_has_been_sent_and_nobody_waits_for_others() -> None:
    async def run() -> None:
        stage = Stage(hanging={"/hang"})
        stage.submit("hang")
        task = stage.submit("a")
        stage.clock.advance(300)
        await asyncio.wait_for(stage.pump.flush(task), 10)
        assert stage.desk.ended == ["/a"]
        assert sorted(stage.desk.began) == ["/a", "/hang"]
        await stage.pump.stop()

    asyncio.run(run())


def test_a_receiver_may_wait_for_an_answer_that_goes_behind_another_webhook() -> None:
    async def run() -> list[str]:
        class Chained(Desk):
            async def send(self, request: Request, *, total_s: float | None = None) -> Response:
                if request.path == "/first":
                    second = stage.submit("second")
                    stage.clock.advance(300)
                    await stage.pump.flush(second)
                return await super().send(request, total_s=total_s)

        stage = Stage(desk=Chained())
        first = stage.submit("first")
        stage.clock.advance(300)
        await asyncio.wait_for(stage.pump.flush(first), 10)
        return stage.desk.ended

    assert asyncio.run(run()) == ["/second", "/first"]


@pytest.mark.parametrize(("speed", "left_s"), [(1.0, 0.5), (10.0, 0.05), (0.0, 1.0), (0.001, 1.0)])
def test_it_waits_until_the_next_is_due_in_our_own_time_and_never_longer_than_a_glance(
    speed: float, left_s: float
) -> None:
    async def run() -> float:
        clock = SystemClock(speed, wall=lambda: 1000.0, ticks=lambda: 0.0)
        stage = Stage(clock=clock)
        stage.posts[0].mock.store.add("later", {}, 2**53, 0, clock.now() + 500)
        return stage.pump._until_next_s()

    assert asyncio.run(run()) == left_s


def test_a_pump_that_is_full_waits_for_one_to_end_and_what_is_overdue_is_not_waited_for() -> None:
    async def run() -> list[float]:
        stage = Stage(clock=SystemClock(wall=lambda: 1000.0, ticks=lambda: 0.0))
        stage.posts[0].mock.store.add("due", {}, 2**53, 0, 1)
        overdue_s = stage.pump._until_next_s()
        nothing = asyncio.get_running_loop().create_task(asyncio.sleep(0))
        stage.pump._under_way = {(0, str(each)): nothing for each in range(AT_ONCE)}
        await nothing
        return [overdue_s, stage.pump._until_next_s()]

    assert asyncio.run(run()) == [0.0, 1.0]


def test_a_store_may_hear_of_something_after_the_loop_has_ended() -> None:
    stage = played(lambda _: turns(), APIFRAME)
    stage.submit("a")
    assert stage.desk.began == []
