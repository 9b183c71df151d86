"""Memory is given back once after each crowd; a connection that has ended leaves the garbage collector nothing."""

from __future__ import annotations

import gc
import sys
import weakref
from contextlib import ExitStack

import pytest

from mockserver.door.asgi import Door
from mockserver.door.guard import Guard
from mockserver.door.tidy import CROWD, RARELY, Tidy, give_back, leave_alone
from mockserver.live import LiveServer
from tests.mockserver.wires import GET, Client, echo


class Ring:
    """Knows itself: only the garbage collector ends it."""

    def __init__(self) -> None:
        self.itself = self


HALF_A_HEAD = b"GET / HTTP/1.1\r\nHos"
HALF_A_BODY = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel"


@pytest.mark.parametrize(
    ("seen", "times"),
    [
        ([0, CROWD - 1, 0], 0),
        ([CROWD, CROWD // 2, CROWD // 10 + 1], 0),
        ([CROWD, CROWD // 10, CROWD // 2, 0], 0),
        ([CROWD, CROWD // 10, 0, 0, 0], 1),
        ([CROWD, 0, 0, CROWD * 3, CROWD, 0, 0], 2),
    ],
)
def test_once_after_each_crowd_that_has_left(seen: list[int], times: int) -> None:
    done: list[None] = []
    tidy = Tidy(lambda: done.append(None))
    for connections in seen:
        tidy.look(connections)
    assert len(done) == times


def test_to_give_back_looks_for_what_nobody_needs() -> None:
    ring = Ring()
    left = weakref.ref(ring)
    del ring
    give_back()
    assert left() is None


@pytest.mark.parametrize("sent", [b"", GET, GET + GET, HALF_A_HEAD, HALF_A_BODY, b"nonsense\r\n\r\n"])
def test_a_connection_that_has_ended_leaves_nothing_to_the_garbage_collector(sent: bytes) -> None:
    gc.collect()
    gc.disable()
    try:
        with LiveServer(Door(echo)) as server, ExitStack() as stack:
            for _ in range(3):
                stack.enter_context(Client(server.url)).send(sent)
            with Client(server.url) as last:
                last.send(GET)
                last.answers(1)
        assert [each for each in gc.get_objects() if isinstance(each, Guard)] == []
    finally:
        gc.enable()


def test_what_a_guard_adds_stands_in_slots() -> None:
    with LiveServer(Door(echo)) as server, Client(server.url) as client:
        client.send(GET)
        client.answers(1)
        (guard,) = [each for each in gc.get_objects() if isinstance(each, Guard)]
        assert len(vars(guard)) <= 30
        assert sys.getsizeof(vars(guard)) < 512  # beyond thirty it is several times as much


def test_what_has_settled_is_left_alone_and_all_the_rest_is_looked_at_rarely() -> None:
    before = gc.get_threshold()
    try:
        leave_alone()
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold() == (*before[:2], RARELY)
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
