"""So many to one host, so many in all, and the others in the order they came."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from lumakit.egress.lanes import Lanes
from tests.egress.receiver import PATIENCE_S

HOSTS = st.sampled_from("abc")


@given(st.lists(st.tuples(HOSTS, st.integers(0, 3), st.booleans()), max_size=30), st.integers(1, 3), st.integers(1, 5))
def test_never_more_than_allowed_and_everybody_comes_through(
    senders: list[tuple[str, int, bool]], per_host: int, total: int
) -> None:
    lanes, inside = Lanes(per_host, total), Counter[str]()

    async def send(host: str, turns: int) -> None:
        async with lanes.lane(host):
            inside[host] += 1
            assert inside[host] <= per_host
            assert inside.total() <= total
            try:
                for _ in range(turns):
                    await asyncio.sleep(0)
            finally:
                inside[host] -= 1

    async def all_of_them() -> None:
        tasks = [(asyncio.create_task(send(host, turns)), patient) for host, turns, patient in senders]
        await asyncio.sleep(0)
        for task, patient in tasks:
            if not patient:
                task.cancel()
        await asyncio.gather(*(task for task, _ in tasks), return_exceptions=True)
        for task, _ in tasks:
            assert task.cancelled() or task.exception() is None
        await asyncio.wait_for(_through(lanes, "a"), PATIENCE_S)

    asyncio.run(all_of_them())
    assert inside.total() == 0


def test_whoever_came_first_goes_first() -> None:
    lanes, went = Lanes(1, 9), list[int]()

    async def send(number: int) -> None:
        async with lanes.lane("a"):
            await asyncio.sleep(0)
            went.append(number)

    async def all_of_them() -> None:
        await asyncio.gather(*map(send, range(5)))

    asyncio.run(all_of_them())
    assert went == [0, 1, 2, 3, 4]


def test_a_full_host_holds_up_no_other() -> None:
    lanes = Lanes(1, 9)

    async def talk() -> None:
        async with lanes.lane("a"):
            waiting = asyncio.create_task(_through(lanes, "a"))
            await asyncio.wait_for(_through(lanes, "b"), PATIENCE_S)
            assert not waiting.done()
        await asyncio.wait_for(waiting, PATIENCE_S)

    asyncio.run(talk())


def test_who_gives_up_waiting_takes_no_place() -> None:
    lanes = Lanes(1, 9)

    async def talk() -> None:
        async with lanes.lane("a"):
            waiting = asyncio.create_task(_through(lanes, "a"))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])
        await asyncio.wait_for(_through(lanes, "a"), PATIENCE_S)

    asyncio.run(talk())


def test_a_place_that_comes_as_one_gives_up_goes_to_the_next() -> None:
    lanes = Lanes(1, 9)

    async def talk() -> None:
        async with lanes.lane("a"):
            leaving = asyncio.create_task(_through(lanes, "a"))
            patient = asyncio.create_task(_through(lanes, "a"))
            await asyncio.sleep(0)
        leaving.cancel()  # its place was handed over, and it does not know yet
        await asyncio.wait_for(patient, PATIENCE_S)
        assert leaving.cancelled()

    asyncio.run(talk())


def test_a_place_goes_from_one_thread_to_the_other() -> None:
    lanes, taken, given_back = Lanes(1, 9), threading.Event(), threading.Event()

    async def hold() -> None:
        async with lanes.lane("a"):
            taken.set()
            await asyncio.to_thread(given_back.wait, PATIENCE_S)

    async def wait() -> None:
        waiting = asyncio.create_task(_through(lanes, "a"))
        await asyncio.sleep(0)
        given_back.set()
        await asyncio.wait_for(waiting, PATIENCE_S)

    holder = threading.Thread(target=lambda: asyncio.run(hold()))
    holder.start()
    assert taken.wait(PATIENCE_S)
    asyncio.run(wait())
    holder.join(PATIENCE_S)


def test_a_loop_that_ended_while_it_waited_is_passed_over() -> None:
    lanes = Lanes(1, 9)
    ended, other = asyncio.new_event_loop(), asyncio.new_event_loop()
    held = lanes.lane("a")
    other.run_until_complete(held.__aenter__())
    waiting = _through(lanes, "a")

    async def begin() -> None:
        waiting.send(None)

    ended.run_until_complete(begin())
    ended.close()
    other.run_until_complete(held.__aexit__(None, None, None))
    other.run_until_complete(asyncio.wait_for(_through(lanes, "a"), PATIENCE_S))
    other.close()
    waiting.close()


async def _through(lanes: Lanes, host: str) -> None:
    async with lanes.lane(host):
        pass
