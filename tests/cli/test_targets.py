"""A mock in this process as a target: what a client over a wire would meet, without one."""

from __future__ import annotations

from dataclasses import replace

import pytest

import lumakit
from lumakit import wire
from lumakit.cli.targets import PATIENCE_S, MockTarget
from lumakit.clock import VirtualClock
from lumakit.model import Lost, Request, Response
from lumakit.post import Post
from mockserver import MockProvider

CONTRACT = lumakit.load("chainhub")
ASKED = Request("GET", "/no/such/path", "", (), b"", "http://mock.test")
WIRES = (
    "latency 3",
    "latency 120",
    "lost",
    "reset",
    "reset after 0",
    "reset after 20",
    "truncate 20",
    "truncate",
    "drip 100/s",
    "drip 0.001/s",
    "503",
)


def mocked(fault: str = "") -> MockTarget:
    clock = VirtualClock()
    return MockTarget(MockProvider(CONTRACT, clock=clock, faults=[f"{fault} on *"] if fault else []), clock)


def test_an_answer_comes_as_it_is() -> None:
    target = mocked()
    answer = target.send(ASKED)
    assert isinstance(answer, Response)
    assert answer == replace(target.mock(ASKED), headers=answer.headers)
    assert answer.status == 404


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("fault", WIRES)
def test_a_broken_wire_is_as_a_client_meets_it(fault: str, method: str) -> None:
    target, other = mocked(fault), mocked(fault)
    start, asked = target.clock.now(), replace(ASKED, method=method)
    met = Post(wire.client(other.mock.transport(), PATIENCE_S), other.clock).send(asked)
    answer = target.send(asked)
    assert type(answer) is type(met)
    assert target.clock.now() - start == other.clock.now() - start
    if isinstance(answer, Lost) and isinstance(met, Lost):
        assert (answer.reason, answer.unsent) == (met.reason, met.unsent)
    if isinstance(answer, Response) and isinstance(met, Response):
        assert (answer.status, answer.body) == (met.status, met.body)


def test_resetting_forgets_what_the_mock_knew() -> None:
    target = mocked()
    target.send(ASKED)
    target.reset()
    assert not target.mock.requests()


def test_the_scenarios_that_say_other_words_are_known_and_played() -> None:
    target = mocked()
    assert target.plays == ("fail",)
    with target.play("fail"):
        assert target.mock.scenario == "fail"
    assert target.mock.scenario == "success"


def test_a_mock_without_tasks_has_nothing_to_play() -> None:
    clock = VirtualClock()
    assert MockTarget(MockProvider(replace(CONTRACT, reading=None), clock=clock), clock).plays == ()


def test_the_faults_above_break_something() -> None:
    lost = [fault for fault in WIRES if isinstance(mocked(fault).send(ASKED), Lost)]
    assert len(lost) >= 7
