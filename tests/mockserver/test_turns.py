"""Work beside a loop: in its order, what waits together in one step, and what fails is told to who waited."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from mockserver.stores import Down
from mockserver.taking import at_once
from mockserver.turns import Turns


class Steps:
    """Notes how many pieces of work each step had; every piece waits until it is let go."""

    def __init__(self, breaks: bool = False) -> None:
        self.sizes: list[int] = []
        self.done: list[int] = []
        self.open = threading.Event()
        self._breaks = breaks

    @contextlib.contextmanager
    def step(self) -> Iterator[None]:
        before = len(self.done)
        yield
        self.sizes.append(len(self.done) - before)
        if self._breaks and self.sizes[-1] > 1:
            raise Down("no disk")

    def work(self, number: int) -> int:
        assert self.open.wait(10)
        self.done.append(number)
        if number == 13:
            raise LookupError
        return number


async def asked(turns: Turns, steps: Steps, numbers: range) -> list[int | BaseException]:
    waiting = [asyncio.create_task(turns(partial(steps.work, number))) for number in numbers]
    await asyncio.sleep(0)  # every one of them stands in the queue
    steps.open.set()
    return list(await asyncio.gather(*waiting, return_exceptions=True))


def test_what_waits_together_shares_a_step_in_its_order() -> None:
    steps = Steps()
    found = asyncio.run(asked(Turns(1, 4, steps.step), steps, range(10)))
    assert (found, steps.done) == (list(range(10)), list(range(10)))
    assert sum(steps.sizes) == 10
    assert max(steps.sizes) == 4


def test_what_one_piece_raises_is_its_own() -> None:
    steps = Steps()
    found = asyncio.run(asked(Turns(1, 99, steps.step), steps, range(10, 16)))
    assert [each for each in found if isinstance(each, int)] == [10, 11, 12, 14, 15]
    assert isinstance(found[3], LookupError)


def test_where_a_step_fails_all_in_it_have_failed_and_the_next_ones_have_not() -> None:
    steps = Steps(breaks=True)
    turns = Turns(1, 4, steps.step)
    found = asyncio.run(asked(turns, steps, range(6)))
    failed = sum(size for size in steps.sizes if size > 1)
    assert sum(isinstance(each, Down) for each in found) == failed > 0
    assert asyncio.run(asked(turns, steps, range(1))) == [0]


def test_who_has_left_keeps_nobody_else_waiting() -> None:
    steps = Steps()
    turns = Turns(1, 1, steps.step)

    async def leave() -> int:
        leaving = asyncio.create_task(turns(partial(steps.work, 1)))
        await asyncio.sleep(0)
        leaving.cancel()
        steps.open.set()
        return await turns(partial(steps.work, 2))

    assert asyncio.run(leave()) == 2


def test_a_loop_that_has_ended_takes_nobody_with_it() -> None:
    steps = Steps()
    turns = Turns(1, 1, steps.step)

    async def begin() -> None:
        begun = asyncio.create_task(turns(partial(steps.work, 1)))
        await asyncio.sleep(0)
        assert not begun.done()

    asyncio.run(begin())
    steps.open.set()
    assert asyncio.run(turns_of(turns, steps)) == 2


async def turns_of(turns: Turns, steps: Steps) -> int:
    return await turns(partial(steps.work, 2))


@pytest.mark.parametrize("threads", [1, 3])
def test_no_more_threads_than_were_given_are_at_work(threads: int) -> None:
    seen: set[str] = set()

    async def ask() -> None:
        turns = Turns(threads, 1, contextlib.nullcontext)
        await asyncio.gather(*(turns(noted) for _ in range(50)))

    def noted() -> None:
        seen.add(threading.current_thread().name)

    asyncio.run(ask())
    assert 1 <= len(seen) <= threads


def test_what_never_waits_is_done_here() -> None:
    work: Callable[[], threading.Thread] = threading.current_thread
    assert asyncio.run(at_once(work)) is threading.current_thread()
