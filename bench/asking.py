"""One of many who ask a mock at once: submits, polls, steers, delivers webhooks, moves the clock, has the store fail.

Whatever it is told goes into the history. Knows the public face of mocks; no store, and not who else is at work.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bench.history import History
from bench.victims import HEADERS, SUBMIT
from lumakit.clock import VirtualClock
from lumakit.errors import UsageError
from lumakit.model import Request
from mockserver import MockProvider
from mockserver.stores import Down

HOOK = "http://127.0.0.1:8081/hook"
DOWN = 0.03  # of one operation in a hundred
PATIENCE_S, BREATH_S = 10.0, 0.02  # for a store that is down to come back
VERBS = ("complete", "fail", "hold", "release", "advance")


@dataclass(frozen=True)
class World:
    """Some mocks on one store and one clock, what was told of their tasks, and what makes the store fail for a time."""

    mocks: Sequence[MockProvider]
    history: History
    clock: VirtualClock
    spoil: Callable[[float], None]


class Client(threading.Thread):
    """Does one thing after the other, by chance, until there are none left."""

    def __init__(self, world: World, left: Iterator[int], seed: str) -> None:
        super().__init__(daemon=True)
        self.operations = self.polls = self.faults_met = self.store_down = 0
        self.broken: BaseException | None = None
        self._world, self._left = world, left
        self._chance = random.Random(seed)  # noqa: S311  # a seed, so that a run can be had again
        self._mine: list[str] = []

    def run(self) -> None:
        """Live."""
        acts = (self._submit, self._poll, self._poll_many, self._steer, self._pass, self._deliver, self._spoil)
        weights = (25, 45, 5, 10, 5, 9, 1)
        try:
            for _ in self._left:
                self.operations += 1
                (act,) = self._chance.choices(acts, weights)
                self._do(act)
        except BaseException as error:  # noqa: BLE001  # told by who waits for this thread
            self.broken = error

    def _do(self, act: Callable[[MockProvider], None]) -> None:
        mock = self._chance.choice(self._world.mocks)
        try:
            act(mock)
        except Down:
            self._breathe()

    def _breathe(self) -> None:
        """The store is down: nobody asks it all the time."""
        self.store_down += 1
        time.sleep(BREATH_S)

    def _ask(self, mock: MockProvider, request: Request) -> Any:
        """What an answer says that nothing has befallen; None for any other."""
        answer = mock(request)
        told = answer.header("mock-reason") or ""
        if told.startswith("the store "):
            self._breathe()
        if "fault " in told:
            self.faults_met += 1
            return None
        return answer

    def _submit(self, mock: MockProvider) -> None:
        parent = f"/{self._chance.choice(self._mine)}/extend" if self._mine and self._chance.random() < 0.2 else ""
        answer = self._ask(mock, asked("POST", SUBMIT + parent, user_prompt="a gust of wind", notify_hook=HOOK))
        if answer is not None and answer.status == 200:
            made = json.loads(answer.body)
            self._world.history.made(made["id"], made["state"])
            self._mine.append(made["id"])

    def _poll(self, mock: MockProvider) -> None:
        if not self._mine:
            return
        key = self._chance.choice(self._mine)
        before = self._world.history.word(key)
        answer = self._ask(mock, asked("GET", f"{SUBMIT}/{key}"))
        if answer is not None and answer.status == 200:
            self.polls += 1
            self._world.history.saw(key, before, json.loads(answer.body)["state"])
        elif answer is not None and answer.status == 404:
            self._world.history.missed(key, "a look found nothing")

    def _poll_many(self, mock: MockProvider) -> None:
        before = {
            key: self._world.history.word(key) for key in self._chance.sample(self._mine, min(5, len(self._mine)))
        }
        answer = self._ask(mock, asked("POST", "/luma/tasks", ids=list(before))) if before else None
        if answer is None or answer.status != 200:
            return
        found = {each["id"]: each["state"] for each in json.loads(answer.body)}
        for key, word in before.items():
            self.polls += 1
            if key in found:
                self._world.history.saw(key, word, found[key])
            else:
                self._world.history.missed(key, "a look at many did not find it")

    def _steer(self, mock: MockProvider) -> None:
        if not self._mine:
            return
        key = self._chance.choice(self._mine)
        before = self._world.history.word(key)
        try:
            seen = getattr(mock.tasks, self._chance.choice(VERBS))(key)
        except UsageError as error:
            if error.code == "task_not_found":
                self._world.history.missed(key, "nobody could steer it")
            return
        self._world.history.saw(key, before, seen.status)

    def _pass(self, _: MockProvider) -> None:
        self._world.clock.advance(self._chance.uniform(0, 5))

    def _deliver(self, mock: MockProvider) -> None:
        mock.webhooks.deliver_due()

    def _spoil(self, _: MockProvider) -> None:
        if self._chance.random() < DOWN:
            self._world.spoil(self._chance.uniform(0, 0.02))


def surely(work: Callable[[], object]) -> None:
    """Do something that must be done, when the store lets us."""
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            work()
        except Down:
            if time.monotonic() > end:
                raise
            time.sleep(BREATH_S)
        else:
            return


def asked(method: str, path: str, **body: Any) -> Request:
    """A request of the one user there is."""
    content = json.dumps(body).encode() if body else b""
    return Request(method, path, "", tuple(HEADERS.items()), content, "http://localhost")
