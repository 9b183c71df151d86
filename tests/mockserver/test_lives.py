"""Every kind of task of every provider, in both editions, lives from its first word to each of its ends."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

import pytest

import lumakit
from lumakit.clock import VirtualClock
from lumakit.contract import pointer as pointers
from lumakit.contract.compile import Contract
from lumakit.contract.reading import Task as Kind
from lumakit.model import Edition, Phase, Request, Response
from mockserver import MockProvider
from mockserver.scenario import SCENARIOS
from tests.mockserver.story import User

CONTRACTS = [lumakit.load(name, edition) for name in ("apiframe", "chainhub", "kkiai") for edition in Edition]
KINDS = [
    pytest.param(contract, kind, id=f"{contract.name}-{contract.edition}-{kind.kind}")
    for contract in CONTRACTS
    if contract.reading
    for kind in contract.reading.tasks.values()
]

LEAP_MS = 1_835_395_200_000  # the 29th of February 2028


class Checked:
    """A mock whose every answer is judged by the contract, on a clock that stands until it is moved."""

    def __init__(self, contract: Contract, **choices: object) -> None:
        self.clock = VirtualClock()
        self.mock = MockProvider(contract, clock=self.clock, **choices)  # type: ignore[arg-type]

    def __call__(self, request: Request) -> Response:
        response = self.mock(request)
        operation = self.mock.contract.route(request).operation
        assert operation is not None
        assert operation.check_response(response) == (), (request, response)
        return response


def walked(user: User, mock: Checked, kind: Kind, key: str) -> Iterator[dict[str, object]]:
    """What a user is told of a task who looks every five seconds for a quarter of an hour."""
    for _ in range(180):
        answer = user.fetch(kind, key)
        assert answer.status == 200, answer
        yield user.read(answer)
        mock.clock.advance(5)


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize(("contract", "kind"), KINDS)
def test_a_task_lives_as_its_scenario_says(contract: Contract, kind: Kind, scenario: str) -> None:
    mock = Checked(contract, scenario=scenario)
    user = User(contract, mock)
    made = user.submit(kind)
    assert made.status == 200, made
    told = list(walked(user, mock, kind, str(user.read(made)["id"])))
    words = [fact["status"] for fact in told]
    moves = [pair for pair in itertools.pairwise(words) if pair[0] != pair[1]]
    assert all(user.reading.lifecycle.legal(*map(str, pair)) for pair in moves)
    ends = SCENARIOS[scenario][0].ends
    assert ends is None or user.reading.lifecycle.words[str(words[-1])] is ends
    assert len(set(words)) >= 3 or ends is None or scenario in ("fast", "early")
    assert (told[-1].get("results") is not None) == (ends is Phase.SUCCEEDED)


@pytest.mark.parametrize("until_ms", [2**31 * 1000, 2**32 * 1000, LEAP_MS], ids=["2038", "2106", "a leap day"])
@pytest.mark.parametrize(("contract", "kind"), KINDS)
def test_a_task_lives_over_the_end_of_a_count_of_seconds(contract: Contract, kind: Kind, until_ms: int) -> None:
    mock = Checked(contract)
    mock.clock.advance((until_ms - mock.clock.now()) / 1000 - 2)
    user = User(contract, mock)
    key = str(user.read(user.submit(kind))["id"])
    mock.clock.advance(900)
    assert user.fetch(kind, key).status == 200
    task = mock.mock.tasks[key]
    assert task.phase is Phase.SUCCEEDED
    assert (task.created_ms or 0) < until_ms < (task.updated_ms or 0)


@pytest.mark.parametrize(("contract", "kind"), KINDS)
def test_several_are_told_at_once_and_what_is_not_known_has_no_entry(contract: Contract, kind: Kind) -> None:
    user = User(contract, Checked(contract))
    finished, other = user.finished(kind), str(user.read(user.submit(kind))["id"])
    answer = user.fetch_many(kind, [finished, "no-such-task", other])
    told = pointers.look(json.loads(answer.body), kind.fetch_many[0].items)
    facts = [user.reading.lens.read(each) for each in told]
    assert [fact["id"] for fact in facts] == [finished, other]
    assert [user.reading.lifecycle.words[fact["status"]].terminal for fact in facts] == [True, False]
    assert "1 of 3 ids" in str(answer.header("mock-reason"))


@pytest.mark.parametrize(("contract", "kind"), [each for each in KINDS if each.values[1].extend])  # type: ignore[union-attr]
def test_a_task_is_extended_when_it_has_succeeded_and_not_before(contract: Contract, kind: Kind) -> None:
    user = User(contract, Checked(contract))
    parent = user.reading.tasks[kind.extend[0].of[0]]
    unready = str(user.read(user.submit(parent))["id"])
    refused = user.extend(kind, unready)
    assert refused.status == user.reading.problems["parent_unready"]
    assert "only a task that has succeeded" in str(refused.header("mock-reason"))
    child = user.extend(kind, user.finished(parent))
    assert child.status == 200
    assert user.extend(kind, "no-such-task").status == user.reading.problems["unknown_task"]


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: f"{contract.name}-{contract.edition}")
def test_another_key_sees_nothing(contract: Contract) -> None:
    mock = Checked(contract)
    user, stranger = User(contract, mock), User(contract, mock, key="another")
    kind = next(iter(user.reading.tasks.values()))
    key = user.finished(kind)
    refused = stranger.fetch(kind, key)
    unknown = user.fetch(kind, "no-such-task")
    assert refused.status == unknown.status == user.reading.problems["unknown_task"]
    assert refused.body == unknown.body
    assert pointers.look(json.loads(stranger.fetch_many(kind, [key, key]).body), kind.fetch_many[0].items) == []
