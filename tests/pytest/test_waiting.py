"""Waiting without waiting."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from lumakit.clock import VirtualClock
from lumakit.pytest import Waiting
from lumakit.pytest.waiting import EndlessWait
from tests.pytest.runs import run

pytest_plugins = ["pytester"]


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Waiting]:
    """The sleeps and clocks of the standard library, as somebody has them who asks for no waiting."""
    waiting = Waiting(VirtualClock())
    with monkeypatch.context() as patch:
        waiting.install(patch)
        yield waiting


def test_five_minutes_are_over_at_once(waiting: Waiting) -> None:
    began, wall, precise = time.monotonic(), time.time(), time.perf_counter_ns()
    for _ in range(30):
        time.sleep(10)
    assert 300 <= time.monotonic() - began < 301
    assert 300 <= time.time() - wall < 301
    assert 300 <= (time.perf_counter_ns() - precise) / 1e9 < 301
    assert waiting.slept == [10] * 30


def test_whoever_sleeps_shorter_wakes_first(waiting: Waiting) -> None:
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, seconds: float, times: int) -> None:
        for _ in range(times):
            await asyncio.sleep(seconds)
            woken.append((name, waiting.waited_s))

    async def all_of_them() -> None:
        await asyncio.gather(sleeper("a", 10, 3), sleeper("b", 4, 4), sleeper("c", 25, 1))

    asyncio.run(all_of_them())
    assert [moment for _, moment in woken] == sorted(moment for _, moment in woken)
    assert woken == [("b", 4), ("b", 8), ("a", 10), ("b", 12), ("b", 16), ("a", 20), ("c", 25), ("a", 30)]


def test_the_deadlines_of_an_application_still_come(waiting: Waiting) -> None:
    async def poll_for_ever() -> None:
        while True:  # noqa: ASYNC110  # that is the mistake
            await asyncio.sleep(7)

    async def patient() -> None:
        async with asyncio.timeout(60):
            await poll_for_ever()

    with pytest.raises(TimeoutError):
        asyncio.run(patient())
    assert 59.9 <= waiting.waited_s < 60.5  # what passes by itself counts too


def test_nobody_sleeps_past_a_deadline(waiting: Waiting) -> None:
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(waiting.sleep_async(3600), 10))
    assert 10 <= waiting.waited_s < 10.5


def test_a_sleeper_that_is_called_off_holds_nobody_up(waiting: Waiting) -> None:
    async def both() -> None:
        short = asyncio.create_task(asyncio.sleep(1))
        long = asyncio.create_task(asyncio.sleep(100))
        await asyncio.sleep(0)
        short.cancel()
        with suppress(asyncio.CancelledError):
            await short
        await long

    asyncio.run(both())
    assert waiting.waited_s == 100


def test_threads_sleep_on_the_same_clock(waiting: Waiting) -> None:
    def doze() -> None:
        for _ in range(4):
            time.sleep(5)

    threads = [threading.Thread(target=doze) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(waiting.slept) == 12
    assert 20 <= waiting.waited_s <= 60


def test_a_result_comes_back_and_nonsense_is_refused_as_ever(waiting: Waiting) -> None:
    assert asyncio.run(waiting.sleep_async(3, "result")) == "result"
    with pytest.raises(ValueError, match="non-negative"):
        time.sleep(-1)
    assert waiting.waited_s == 3


def test_who_waits_for_ever_is_told_so(waiting: Waiting) -> None:
    waiting.limit_s = 3600
    for _ in range(720):
        time.sleep(5)
    with pytest.raises(EndlessWait, match="has waited for 3605 s in 721 sleeps, and waits on"):
        time.sleep(5)


def test_everything_is_as_before_afterwards(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import asyncio, time
        before = time.sleep, time.time, asyncio.sleep

        def test_it(lumakit_no_waiting): assert time.sleep is not before[0]

        def test_then(): assert (time.sleep, time.time, asyncio.sleep) == before
        """,
    )
    result.assert_outcomes(passed=2)


def test_an_application_polls_a_mock_by_time_in_no_time(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import time

        def order(patience_s):
            task, end = submit().json()["task_id"], time.monotonic() + patience_s
            while time.monotonic() < end:
                if look(task).get("status") == "finished":
                    return time.monotonic()
                time.sleep(10)
            raise TimeoutError

        @pytest.mark.lumakit(provider="apiframe", progress="time")
        def test_it_ends(lumakit_mock, lumakit_no_waiting):
            order(300)
            assert lumakit_no_waiting.waited_s >= 10

        @pytest.mark.lumakit(provider="apiframe", progress="time", scenario="stuck")
        def test_its_patience_ends(lumakit_mock, lumakit_no_waiting):
            with pytest.raises(TimeoutError):
                order(300)
            assert lumakit_no_waiting.waited_s == 300
        """,
    )
    result.assert_outcomes(passed=2)


def test_a_live_server_goes_along(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import time

        @pytest.mark.lumakit(provider="apiframe", progress="time")
        def test_it(lumakit_server, lumakit_no_waiting):
            with httpx.Client(base_url=lumakit_server.url, headers=KEY) as client:
                task = client.post("/luma-imagine", json={"prompt": "x"}).json()
                while client.post("/fetch", json=task).json()["status"] != "finished":
                    time.sleep(10)
            assert lumakit_no_waiting.waited_s >= 10
        """,
    )
    result.assert_outcomes(passed=1)


def test_held_answers_are_waited_for_together_and_within_deadlines(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import asyncio

        def post(http):
            return http.post(f"{HOST}/luma-imagine", json={"prompt": "a cat"})

        async def four(http):
            return await asyncio.gather(*(post(http) for _ in range(4)))

        async def soon(http):
            async with asyncio.timeout(5):
                await post(http)

        def asked(what):
            async def talk():
                async with httpx.AsyncClient(headers=KEY, timeout=60) as http:
                    return await what(http)
            return asyncio.run(talk())

        pytestmark = pytest.mark.lumakit(provider="apiframe", faults=["latency 30"])

        def test_together(lumakit_mock, lumakit_no_waiting):
            assert len(asked(four)) == 4
            assert (lumakit_no_waiting.waited_s, lumakit_no_waiting.slept) == (30, [])

        @pytest.mark.parametrize("what", [soon, lambda http: asyncio.wait_for(post(http), 5)])
        def test_a_deadline(what, lumakit_no_waiting, lumakit_mock):
            with pytest.raises(TimeoutError):
                asked(what)
            assert 4.9 <= lumakit_no_waiting.waited_s < 5.5  # what passes by itself counts too

        def test_without_the_fixture_the_clock_is_moved_by_each(lumakit_mock, lumakit_clock):
            began_ms = lumakit_clock.now()
            asked(four)
            assert lumakit_clock.now() - began_ms == 120_000
        """,
    )
    result.assert_outcomes(passed=4)


def test_time_waits_for_who_asks_much_but_not_for_who_asks_for_ever(waiting: Waiting) -> None:
    asked: list[int] = []

    async def ask() -> None:
        while waiting.waited_s < 10:
            await waiting.pause(0)
            await waiting._turn(0)
            asked.append(len(asked))

    async def both() -> None:
        await asyncio.gather(asyncio.sleep(10), ask())

    asyncio.run(both())
    assert 1000 <= len(asked) < 1100
