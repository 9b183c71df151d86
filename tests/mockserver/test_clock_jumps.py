"""The machine's clock jumps by up to a year between any two steps: no state goes back, and nothing is sent twice.

What is told is what polls and webhooks say; a restart is a new process on the same file, whose ticks are its own.
"""

from __future__ import annotations

import itertools
import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from lumakit.clock import SystemClock
from lumakit.model import Request, Response
from mockserver.lasting import OneClock, reach
from mockserver.stores.backend import Sqlite
from mockserver.webhooks.delivery import DELIVERED
from tests.mockserver.webhooks.post import CHAINHUB, Post

YEAR_S = 366 * 86400.0
NOW_S = 1_790_000_000.0
FOLDER = tempfile.TemporaryDirectory()
NUMBERS = itertools.count()
WORDS = ("pending", "processing", "completed")
WAITS_S = (5.0, 30.0)
POLICY = "waits 5 30"
KIND = next(iter(CHAINHUB.reading.tasks.values()))  # type: ignore[union-attr]  # it has one


class Machine:
    """A machine whose wall clock anybody moves, and processes of a mock on it, one after the other, on one file."""

    def __init__(self) -> None:
        self.wall_s, self.ticks_s = NOW_S, 0.0
        self.path = Path(FOLDER.name) / f"{next(NUMBERS)}.db"
        self.fails = False
        self.tasks: dict[str, str] = {}  # the last word of each
        self.arrivals: dict[str, list[int]] = {}  # what each arrival of a webhook was answered with
        self._begin()

    def _begin(self) -> None:
        self.backend = Sqlite(str(self.path))
        self.clock = SystemClock(10, lambda: self.wall_s, lambda: self.ticks_s)
        OneClock(self.backend, self.clock)
        store = self.backend.store("chainhub", 1000)
        self.post = Post(receiver=self._receive, policy=POLICY, store=store, clock=self.clock)
        reach(self.clock, [self.post.mock])

    def _receive(self, request: Request) -> Response:
        body = json.loads(request.body)
        self._told(body["id"], body["state"])
        status = 500 if self.fails else 200
        self.arrivals.setdefault(f"{body['id']} {body['state']}", []).append(status)
        return Response(status)

    def _told(self, task: str, word: str) -> None:
        before = self.tasks.get(task, word)
        assert WORDS.index(word) >= WORDS.index(before), f"{task} was {before} and is {word}"
        self.tasks[task] = word

    # the steps

    def submit(self, _: float) -> None:
        self.tasks[self.post.submit()] = WORDS[0]

    def look(self, _: float) -> None:
        for task in list(self.tasks):
            answer = self.post.user.fetch(KIND, task)
            assert answer.status == 200
            self._told(task, json.loads(answer.body)["state"])

    def wait(self, share: float) -> None:
        self.wall_s += abs(share) * 60
        self.ticks_s += abs(share) * 60

    def move(self, share: float) -> None:
        self.clock.advance(abs(share) * 600)

    def jump(self, share: float) -> None:
        self.wall_s += share * YEAR_S

    def deliver(self, share: float) -> None:
        self.fails = share < 0
        self.post.mock.webhooks.deliver_due()

    def restart(self, _: float) -> None:
        self.backend.close()
        self.ticks_s = 0.0
        self._begin()

    # the laws

    def judge(self) -> None:
        for answers in self.arrivals.values():
            assert 200 not in answers[:-1], "sent again although it was taken"

    def judge_rows(self) -> None:
        """Every attempt is noted, and stands at its time or later."""
        for row in self.post.mock.webhooks:
            at = [each.at_ms for each in row.attempts]
            gaps = [(after - before) / 1000 for before, after in itertools.pairwise(at)]
            assert all(gap >= wait for gap, wait in zip(gaps, WAITS_S, strict=False)), row
            arrived = self.arrivals.get(f"{row.task} {json.loads(row.body)['state']}", [])
            assert [each.status for each in row.attempts] == arrived
            assert (row.state == DELIVERED) == (200 in arrived)


STEPS = ("submit", "look", "wait", "move", "jump", "deliver", "restart")
steps = st.lists(st.tuples(st.sampled_from(STEPS), st.floats(-1, 1)), max_size=25)
TOLD_AND_BACK: list[Any] = [
    ("submit", 0),
    ("wait", 1),
    ("wait", 1),
    ("deliver", 1),
    ("jump", -1),
    ("restart", 0),
    ("look", 0),
]


@given(steps)
@example(TOLD_AND_BACK)
@settings(max_examples=40, deadline=None)
def test_whatever_the_wall_clock_does_no_state_goes_back_and_nothing_is_sent_twice(
    steps: list[tuple[str, float]],
) -> None:
    machine = Machine()
    for name, share in [("submit", 0.0), *steps]:
        getattr(machine, name)(share)
        machine.judge()
    machine.look(0)
    machine.judge_rows()
    for _ in range(4):  # and in the end all is told
        machine.move(1)
        machine.deliver(1)
    machine.look(0)
    assert set(machine.tasks.values()) == {"completed"}
    machine.judge_rows()
    machine.backend.close()
