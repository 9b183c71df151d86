"""Two mocks that live through the same, and a plain model of what must be true of them.

The model knows who made which task, when, and what was last seen of it; it draws up no plans. Knows the public faces
only: requests, the verbs of `mock.tasks`, a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import lumakit
from lumakit.clock import VirtualClock
from lumakit.contract.compile import Contract
from lumakit.contract.reading import Reading
from lumakit.contract.reading import Task as Kind
from lumakit.errors import UsageError
from lumakit.model import Edition, Headers, Phase, Request, Response, Snapshot
from mockserver import MockProvider
from mockserver.scenario import SCENARIOS
from tests.mockserver.story import User

NOBODYS = "no-such-task"
PROBLEM = "application/problem+json"
PROVIDERS = ("apiframe", "chainhub", "kkiai")
EDITIONS = {(name, edition): lumakit.load(name, edition) for name in PROVIDERS for edition in Edition}


@dataclass
class Known:
    """What the model knows of a task."""

    kind: str
    key: str
    made_ms: int
    parent: str
    prompt: str
    last: Snapshot
    held: bool = False


class World:
    """Two mocks of one provider on clocks of their own, and what is known of their tasks."""

    def __init__(self, name: str, edition: Edition, **choices: Any) -> None:
        self.edition = edition
        self.name = name
        self.clocks = (VirtualClock(), VirtualClock())
        self.mocks = tuple(MockProvider(self.contract, clock=clock, seed=7, **choices) for clock in self.clocks)
        self.looks = choices.get("progress") == "looks"
        self.given: int = choices["credits_given"]
        self.most: int = choices["max_tasks"]
        self.spent: dict[str, int] = {}
        self.known: dict[str, Known] = {}
        self.every_id: set[str] = set()

    @property
    def contract(self) -> Contract:
        """The contract that is served now."""
        return EDITIONS[self.name, self.edition]

    @property
    def reading(self) -> Reading:
        """How it is read; the same for both editions."""
        assert self.contract.reading is not None
        return self.contract.reading

    @property
    def now_ms(self) -> int:
        """What the clocks say."""
        return self.clocks[0].now()

    # the same for both mocks

    def ask(self, key: str, act: Callable[[User], Response]) -> Response:
        """Ask both; their answers are the same, byte for byte, and keep the contract."""
        first, second = (act(User(self.contract, self._checked(mock), key)) for mock in self.mocks)
        assert first == second
        return first

    def _checked(self, mock: MockProvider) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            response, operation = mock(request), self.contract.route(request).operation
            assert operation is not None
            if response.header("content-type") != PROBLEM:
                assert operation.check_response(response) == (), (request, response)
            else:
                assert response.status == 400, response
                assert request.header("prefer"), "only a wish is answered in the mock's own words here"
            return response

        return answer

    def steer(self, verb: str, task: str, *more: str) -> Snapshot | str:
        """Steer a task in both; the snapshot, or the code of the refusal."""
        first, second = (_steered(mock, verb, task, *more) for mock in self.mocks)
        assert first == second
        return first

    def look(self, task: str) -> Snapshot:
        """What both say of a task."""
        first, second = (mock.tasks[task] for mock in self.mocks)
        assert first == second
        return first

    def kept(self) -> list[str]:
        """The ids of the tasks that both keep, the newest first."""
        first, second = ([each.id for each in mock.tasks] for mock in self.mocks)
        assert first == second
        assert len(first) == len(self.mocks[0].tasks)
        return first

    def both(self, act: Callable[[MockProvider], None]) -> None:
        """Do something to both."""
        for mock in self.mocks:
            act(mock)

    # the model

    def wish_refused(self, wish: str) -> bool:
        """True for a wish that cannot be kept by a new task."""
        name, _, value = wish.partition("=")
        if name == "status":
            return self.way(self.reading.lifecycle.starts, value) is None
        return name == "scenario" and value.strip('"').partition(":")[0] not in SCENARIOS

    def way(self, word: str, goal: str) -> tuple[str, ...] | None:
        """The legal way from one word to another."""
        return self.reading.lifecycle.path(word, goal) if goal in self.reading.lifecycle.words else None

    def ways(self, word: str, phase: Phase) -> list[tuple[str, ...]]:
        """The legal ways from a word to the ends of a phase."""
        ends = (end for end in self.reading.lifecycle.ends() if self.reading.lifecycle.words[end] is phase)
        return [way for end in ends if (way := self.way(word, end)) is not None]

    def obstacles(self, kind: Kind, key: str, wish: str) -> set[int]:
        """The statuses of everything that stands in the way of a new task."""
        problems, found = self.reading.problems, set()
        if self.wish_refused(wish):
            found.add(400)
        if self.reading.account and self.spent.get(key, 0) + kind.cost > self.given:
            found.add(problems["out_of_credits"])
        if len(self.known) >= self.most and not any(each.last.done for each in self.known.values()):
            found.add(problems["unavailable"])
        return found

    def learn(self, task: str, kind: Kind, key: str, parent: str, prompt: str) -> None:
        """Know a new task, and forget the finished one that had to go for it."""
        assert task not in self.every_id
        self.every_id.add(task)
        self.spent[key] = self.spent.get(key, 0) + kind.cost
        self.known[task] = Known(kind.kind, key, self.now_ms, parent, prompt, self.look(task))
        gone = [each for each in self.known if each not in self.kept()]
        assert len(gone) == max(0, len(self.known) - self.most)
        for each in gone:
            assert self.known.pop(each).last.done, "a task that was not finished is lost"

    def forget(self) -> None:
        """Know nothing any more, as after a reset."""
        self.known.clear()
        self.spent.clear()

    def settle(self, task: str, seen: Snapshot) -> None:
        """Judge what is seen of a task now by what was seen of it before."""
        known, lifecycle = self.known[task], self.reading.lifecycle
        last, known.last = known.last, seen
        assert (seen.id, seen.kind, seen.parent, seen.prompt) == (task, known.kind, known.parent, known.prompt)
        assert seen.created_ms == known.made_ms
        assert seen.status is not None
        assert last.status is not None
        assert lifecycle.legal(last.status, seen.status), (last, seen)
        assert seen.phase is lifecycle.words[seen.status]
        assert (last.progress or 0) <= (seen.progress or 0) <= 100
        assert (last.updated_ms or 0) <= (seen.updated_ms or 0) <= self.now_ms
        assert (seen.progress == 100) >= (seen.phase is Phase.SUCCEEDED)
        assert bool(seen.results) == (seen.phase is Phase.SUCCEEDED)
        assert bool(seen.error) == (seen.phase is Phase.FAILED)
        if last.done or known.held:
            assert (seen.status, seen.progress, seen.updated_ms) == (last.status, last.progress, last.updated_ms)

    def told(self, body: Any, seen: Snapshot) -> None:
        """Judge what a body tells of a task by what is seen of it."""
        lens = self.reading.lens
        known, facts = self.known[seen.id], lens.read(body)
        assert facts["id"] == seen.id
        assert facts.get("status", seen.status) == seen.status
        assert facts.get("progress", seen.progress) == seen.progress
        assert facts.get("error", seen.error) == seen.error
        assert facts.get("kind", seen.kind) == seen.kind
        assert facts.get("results", ()) == seen.results
        # A time is told to the step of its codec: writing the model's own time into the body changes nothing.
        assert lens.write(body, {"created_at": known.made_ms, "prompt": known.prompt}) == body


def _steered(mock: MockProvider, verb: str, task: str, *more: str) -> Snapshot | str:
    try:
        made: Snapshot = getattr(mock.tasks, verb)(task, *more)
    except UsageError as error:
        return error.code
    return made


def prefer(wish: str) -> Headers:
    """The header of a wish."""
    return (("Prefer", wish),) if wish else ()


def known_to(world: World, tasks: Iterable[str], key: str) -> list[str]:
    """Those of some tasks that a key may see."""
    return [task for task in tasks if task in world.known and world.known[task].key == key]
