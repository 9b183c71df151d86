"""What the worker does, whatever the maker of the videos does."""

from __future__ import annotations

import pytest
from conftest import Night

from lumakit.pytest import Ending, Server, Waiting, endings
from nightshift.maker import PATIENCE_S

pytestmark = pytest.mark.lumakit(progress="time")
PROMPTS = [f"a lighthouse, the {number}th" for number in range(10)]


def test_every_prompt_is_made_and_ordered_once(night: Night, lumakit_server: Server) -> None:
    told = night(*PROMPTS, *PROMPTS)
    assert {each["end"] for each in told.values()} == {"made"}
    assert set(told) == set(PROMPTS)
    lumakit_server.assert_called("POST /luma/generations", times=len(PROMPTS))


@pytest.mark.parametrize("ending", endings("kkiai", progress="time"))
def test_every_ending_is_written_down(night: Night, ending: Ending) -> None:
    told = night("a lighthouse")["a lighthouse"]
    assert told["end"] == ("not made" if ending.phase == "failed" else "made")
    assert ending.error in told.get("reason", ending.error)


@pytest.mark.lumakit(scenario="50% success, 50% fail", seed=3)
def test_what_fails_holds_nobody_else_up(night: Night) -> None:
    told = night(*PROMPTS)
    assert {each["end"] for each in told.values()} == {"made", "not made"}


@pytest.mark.lumakit(scenario="stuck")
def test_what_never_ends_is_given_up(night: Night, lumakit_no_waiting: Waiting) -> None:
    assert "not done" in night("a lighthouse")["a lighthouse"]["reason"]
    assert lumakit_no_waiting.waited_s >= PATIENCE_S


def test_a_second_night_orders_only_what_is_missing(night: Night, lumakit_server: Server) -> None:
    night(*PROMPTS[:4])
    night(*PROMPTS[:6])
    lumakit_server.assert_called("POST /luma/generations", times=6)


@pytest.mark.lumakit(faults=["503 every 3rd on GET /luma/generations/{task_id}"])
def test_a_maker_that_is_down_now_and_then_is_asked_again(night: Night) -> None:
    assert {each["end"] for each in night(*PROMPTS[:4]).values()} == {"made"}
