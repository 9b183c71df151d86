"""Any sequence of requests, verbs, hours, resets and reloads: the mock does what a plain model says, twice alike."""

from __future__ import annotations

import json

import hypothesis
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from lumakit.contract import pointer as pointers
from lumakit.contract.reading import Task as Kind
from lumakit.model import Edition, Phase, Response, Snapshot
from tests.mockserver.story import User
from tests.mockserver.world import NOBODYS, PROVIDERS, World, known_to, prefer

KEYS = st.sampled_from(("one-key", "other-key"))
NUMBERS = st.integers(0, 8)
SERVERS = ("success", "fail", "flaky", "stuck", "50% fast, 30% fail:words, 20% expire")
WISHES = (
    *("", "", "", "scenario=fast", 'scenario="fail:moderation"', "scenario=stuck", "scenario=nonsense"),
    *("status=processing", "status=completed", "status=finished", "status=failed", "status=staged", "status=nonsense"),
)
PROMPTS = (
    "a cat",
    "[[fail]] a cat",
    "a [[stuck]] cat",
    "a cat [[retry]]",
    "[[fast]]",
    "[[a cat]]",
    "[[expire]] \u732b",
)
SECONDS = (0.0, 0.0005, 0.001, 1.0, 5.0, 40.0, 200.0, 2000.0, 1e7)
OWN = st.sampled_from((True, True, True, False))  # whether the key is that of the task, mostly
GOALS = {"complete": Phase.SUCCEEDED, "fail": Phase.FAILED, "cancel": Phase.CANCELLED}

SETTINGS = settings(
    max_examples=100,
    stateful_step_count=30,
    derandomize=True,
    database=None,
    phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
)


class Machine(RuleBasedStateMachine):
    """Somebody who does anything that can be done."""

    tasks = Bundle("tasks")
    name = ""

    @initialize(
        target=tasks,
        edition=st.sampled_from(Edition),
        scenario=st.sampled_from(SERVERS),
        progress=st.sampled_from(("time", "looks")),
        credits_given=st.sampled_from((3, 100)),
        max_tasks=st.sampled_from((4, 100)),
    )
    def begin(self, edition: Edition, scenario: str, progress: str, credits_given: int, max_tasks: int) -> object:
        self.world = World(
            self.name,
            edition,
            scenario=scenario,
            progress=progress,
            credits_given=credits_given,
            max_tasks=max_tasks,
        )
        return multiple(*(self.submit(0, key, "", "a cat") for key in ("one-key", "one-key", "other-key")))

    # requests

    @rule(target=tasks, number=NUMBERS, key=KEYS, wish=st.sampled_from(WISHES), prompt=st.sampled_from(PROMPTS))
    def submit(self, number: int, key: str, wish: str, prompt: str) -> object:
        kinds = [kind for kind in self.world.reading.tasks.values() if kind.submit]
        kind = kinds[number % len(kinds)]
        field = kind.asks["prompt"].name[1:]
        hindered = self.world.obstacles(kind, key, wish)
        answer = self.world.ask(key, lambda user: user.submit(kind, prefer(wish), **{field: prompt}))
        return self.made(answer, hindered, kind, key, "", prompt)

    @rule(
        target=tasks,
        parent=st.one_of(tasks, tasks, st.just(NOBODYS)),
        number=NUMBERS,
        own=OWN,
        wish=st.sampled_from(WISHES),
    )
    def extend(self, parent: str, number: int, own: bool, wish: str) -> object:
        key = self.key(parent, own)
        kinds = [kind for kind in self.world.reading.tasks.values() if kind.extend]
        kind = kinds[number % len(kinds)]
        hindered = self.parent_refused(kind, parent, key) or self.world.obstacles(kind, key, wish)
        answer = self.world.ask(key, lambda user: user.extend(kind, parent, prefer(wish)))
        example = User(self.world.contract, self.world.mocks[0]).example(kind.extend[0].operation)
        return self.made(answer, hindered, kind, key, parent, example[kind.asks["prompt"].name[1:]])

    def key(self, task: str, own: bool) -> str:
        mine = self.world.known[task].key if task in self.world.known else "one-key"
        return mine if own else next(key for key in ("one-key", "other-key") if key != mine)

    def word(self, number: int) -> str:
        words = [*self.world.reading.lifecycle.words, "nonsense"]
        return words[number % len(words)]

    def parent_refused(self, kind: Kind, parent: str, key: str) -> set[int]:
        problems = self.world.reading.problems
        if not known_to(self.world, [parent], key):
            return {problems["unknown_task"]}
        ready = self.world.known[parent].last.phase is Phase.SUCCEEDED
        fits = self.world.known[parent].kind in kind.extend[0].of
        return set() if ready and fits else {problems["parent_unready"]}

    def made(self, answer: Response, hindered: set[int], kind: Kind, key: str, parent: str, prompt: str) -> object:
        if hindered:
            assert answer.status in hindered, answer
            assert answer.header("mock-reason")
            return multiple()
        assert answer.status == 200, answer
        body = json.loads(answer.body)
        task = str(self.world.reading.lens.read(body)["id"])
        self.world.learn(task, kind, key, parent, prompt)
        return task

    @rule(task=st.one_of(tasks, tasks, tasks, tasks, st.just(NOBODYS)), own=OWN)
    def fetch(self, task: str, own: bool) -> None:
        kind, key = next(iter(self.world.reading.tasks.values())), self.key(task, own)
        answer = self.world.ask(key, lambda user: user.fetch(kind, task))
        if known_to(self.world, [task], key):
            assert answer.status == 200
            self.world.told(json.loads(answer.body), self.world.known[task].last)
            self.looked([task])
        else:
            nobodys = self.world.ask(key, lambda user: user.fetch(kind, NOBODYS))
            assert (answer.status, answer.body) == (nobodys.status, nobodys.body)
            assert answer.header("mock-reason") == nobodys.header("mock-reason")
            assert answer.status == self.world.reading.problems["unknown_task"]

    @rule(task=tasks, own=OWN, number=NUMBERS)
    def fetch_with_a_wish(self, task: str, own: bool, number: int) -> None:
        kind, key, word = next(iter(self.world.reading.tasks.values())), self.key(task, own), self.word(number)
        answer = self.world.ask(key, lambda user: user.fetch(kind, task, prefer(f"status={word}")))
        if not known_to(self.world, [task], key):
            assert answer.status == self.world.reading.problems["unknown_task"]
        elif self.world.way(str(self.world.known[task].last.status), word) is None:
            assert answer.status == 400
        else:
            assert answer.header("preference-applied") == f'status="{word}"'
            told = self.world.reading.lens.read(json.loads(answer.body))
            assert told.get("status") == word
            seen = self.world.look(task)
            if word != self.world.known[task].last.status:
                self.moved(task, seen)
            self.world.settle(task, seen)

    @rule(some=st.lists(st.one_of(tasks, st.just(NOBODYS)), min_size=2, max_size=5), key=KEYS)
    def fetch_many(self, some: list[str], key: str) -> None:
        kind = next(iter(self.world.reading.tasks.values()))
        answer = self.world.ask(key, lambda user: user.fetch_many(kind, some))
        assert answer.status == 200
        bodies = pointers.look(json.loads(answer.body), kind.fetch_many[0].items)
        mine = known_to(self.world, some, key)
        assert len(bodies) == len(mine)
        assert (answer.header("mock-reason") is None) == (len(mine) == len(some))
        for body, task in zip(bodies, mine, strict=True):
            self.world.told(body, self.world.known[task].last)
        self.looked(mine)

    def looked(self, tasks: list[str]) -> None:
        """Where looks move tasks, one look, or one batch, moves a task by one word at most; what is held stays."""
        for task in set(tasks):
            last, seen = self.world.known[task].last, self.world.look(task)
            moved = (last.status, seen.status) in self.world.reading.lifecycle.moves
            assert seen == last or (self.world.looks and moved)
            self.world.settle(task, seen)

    @rule(key=KEYS)
    def ask_what_is_left(self, key: str) -> None:
        account = self.world.reading.account
        if account:
            answer = self.world.ask(key, lambda user: user.ask(account.operation))
            left = self.world.given - self.world.spent.get(key, 0)
            assert pointers.look(json.loads(answer.body), account.credits) == left

    # verbs

    @rule(task=tasks, verb=st.sampled_from(sorted(GOALS)))
    def end(self, task: str, verb: str) -> None:
        known, seen = self.world.known.get(task), self.world.steer(verb, task)
        if known is None:
            assert seen == "task_not_found"
        elif not any(self.world.ways(str(known.last.status), GOALS[verb])):
            assert seen == "illegal_move"
        else:
            assert not isinstance(seen, str)
            assert seen.phase is GOALS[verb]
            self.moved(task, seen)

    @rule(task=tasks, number=NUMBERS)
    def force(self, task: str, number: int) -> None:
        word = self.word(number)
        known, seen = self.world.known.get(task), self.world.steer("force", task, word)
        if known is None:
            assert seen == "task_not_found"
        elif self.world.way(str(known.last.status), word) is None:
            assert seen == "illegal_move"
        else:
            assert not isinstance(seen, str)
            assert seen.status == word
            if word != known.last.status:
                self.moved(task, seen)

    @rule(task=tasks, verb=st.sampled_from(("hold", "release")), seconds=st.sampled_from(SECONDS))
    def hold_or_release_and_look_later(self, task: str, verb: str, seconds: float) -> None:
        known, seen = self.world.known.get(task), self.world.steer(verb, task)
        assert seen == (known.last if known else "task_not_found")
        if known:
            known.held = verb == "hold"
        self.wait(seconds)
        self.everything_known_is_there_and_has_moved_legally()
        self.fetch(task, own=True)

    @rule(task=tasks)
    def advance(self, task: str) -> None:
        known, seen = self.world.known.get(task), self.world.steer("advance", task)
        if known is None:
            assert seen == "task_not_found"
        else:
            assert not isinstance(seen, str)
            held = known.held
            self.moved(task, seen)
            known.held = held

    def moved(self, task: str, seen: Snapshot) -> None:
        """Note that somebody has moved a task on purpose, which also lets it go on."""
        self.world.known[task].held = False
        self.world.settle(task, seen)

    @rule(seconds=st.sampled_from(SECONDS))
    def wait(self, seconds: float) -> None:
        for clock in self.world.clocks:
            clock.advance(seconds)

    @precondition(lambda self: len(self.world.known) > 4)
    @rule()
    def reset(self) -> None:
        self.world.both(lambda mock: mock.reset())
        self.world.forget()

    @rule()
    def serve_the_other_edition(self) -> None:
        self.world.edition = Edition.PUBLISHED if self.world.edition is Edition.CORRECTED else Edition.CORRECTED
        self.world.both(lambda mock: mock.reload(self.world.contract))

    # always

    @invariant()
    def everything_known_is_there_and_has_moved_legally(self) -> None:
        assert self.world.kept() == list(self.world.known)[::-1]
        for task in self.world.known:
            self.world.settle(task, self.world.look(task))


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_mock_does_what_a_model_says(name: str) -> None:
    machine = type("Machine", (Machine,), {"name": name})
    run_state_machine_as_test(machine, settings=SETTINGS)
