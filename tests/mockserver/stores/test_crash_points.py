"""A mock over SQLite that is killed before, and after, every commit it makes: what was acknowledged is there, and of
what was not there is all or nothing.

The process kills itself (`crashing.py`). Afterwards its file is opened again: what can be seen then must be what could
be seen in a life without a death, before or after the step that was broken off; and the story, told to its end from
there, must end as if nothing had happened.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import IO, Any, NamedTuple

import pytest

from tests.mockserver.stores.crashing import STORIES, Image, Life, watched

MADE, TOLD = "count, task, diary", "delivery, change, claim of a delivery"
START = ("tables", "memo clock", "spaces")
COMMITS = {
    "time": (
        *(*START, "memo chainhub/scenario", "count, memo chainhub/faults", MADE, "memo clock"),
        *("claim of a task", TOLD, "outcome", "count, diary"),
        *(MADE, "memo clock", "claim of a task", TOLD, "outcome", "memo clock", "claim of a delivery", "outcome"),
        *("outcome", "claim of a delivery", "outcome"),  # one that is delivered again
        *(MADE, "change", "count, task", "reset, memo chainhub/faults", MADE),
    ),
    "looks": (*START, MADE, "change, diary", "change, diary", "claim of a task", TOLD, "outcome", "diary"),
}
POINTS = [
    pytest.param(story, when, number, id=f"{when} {number} of {story}: {name}")
    for story, names in COMMITS.items()
    for number, name in enumerate(names, 1)
    for when in ("before", "after")
]


def is_seen(story: str, number: int) -> bool:
    """Whether anybody can see what a commit has kept."""
    return number > len(START) and not COMMITS[story][number - 1].startswith("claim")


class Whole(NamedTuple):
    """A life without a death: what could be seen after each step, what arrived, and what was committed when."""

    images: list[Image]
    arrived: list[tuple[str, str]]
    commits: list[str]


@cache
def whole(story: str) -> Whole:
    lived = Whole([], [], [])

    def noted(when: str, what: str) -> None:
        if when == "after":
            lived.commits.append(what)

    with tempfile.TemporaryDirectory() as folder, watched(noted):
        life = Life(story, Path(folder) / "mock.db", lambda *what: lived.arrived.append(what))
        with closing(life.backend):
            lived.images.append(life.image())
            asyncio.run(told(life, story, 0, lived.images))
    return lived


async def told(life: Life, story: str, first: int, images: list[Image]) -> None:
    """Go through the steps of a story from a number on."""
    for name in STORIES[story][first:]:
        await life.step(name)
        images.append(life.image())


@pytest.fixture(scope="module")
def mortal() -> Iterator[subprocess.Popen[str]]:
    """A process that has imported everything, and forks those that die."""
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", "from tests.mockserver.stores import crashing; crashing.main()"]
    with subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        yield process


def ordered(process: subprocess.Popen[str], order: str) -> list[list[Any]]:
    """What a child tells until it ends."""
    into, out = pipes(process)
    into.write(f"{order}\n")
    said = [json.loads(out.readline())]
    while said[-1][0] != "ended":
        said.append(json.loads(out.readline()))
    return said


def pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


@pytest.mark.parametrize("story", STORIES)
def test_every_commit_has_a_name_here(story: str) -> None:
    assert tuple(whole(story).commits) == COMMITS[story]


@pytest.mark.parametrize(("story", "when", "number"), POINTS)
def test_who_is_killed_at_a_commit_keeps_what_was_acknowledged_and_nothing_by_halves(
    story: str, when: str, number: int, mortal: subprocess.Popen[str], tmp_path: Path
) -> None:
    said = ordered(mortal, f"{story} {when} {number} {tmp_path}/mock.db")
    assert said[-1] == ["ended", -9]
    done = sum(what == ["done"] for what in said) - 1  # the first one says that it has started
    arrived = [(what[1], what[2]) for what in said if what[0] == "arrived"]
    expected = whole(story)

    with watched(lambda *_: None):
        life = Life(story, tmp_path / "mock.db", lambda *what: arrived.append(what))
    with closing(life.backend):
        has_happened = max(done, 0) + (when == "after" and is_seen(story, number))
        assert life.image() == expected.images[has_happened]
        asyncio.run(told(life, story, has_happened, []))
        assert life.image() == expected.images[-1]
    more = Counter(arrived) - Counter(expected.arrived)
    assert not Counter(expected.arrived) - Counter(arrived)
    assert more.total() <= (when == "before" and COMMITS[story][number - 1] == "outcome")
    assert {*arrived} == {*expected.arrived}, "what comes again is the same to the byte, under the same id"


def test_at_least_twelve_different_commits_are_met() -> None:
    assert len({name for names in COMMITS.values() for name in names}) >= 12
