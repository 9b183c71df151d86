"""A mock that is reset while it is asked: each request sees what was before or what is after, and never half of it."""

from __future__ import annotations

import json
import threading
from collections import Counter

from lumakit.clock import VirtualClock
from lumakit.model import Request, Response
from mockserver import MockProvider

KEY = ("Authorization", "Bearer k")
JSON = ("Content-Type", "application/json")
SUBMIT = Request("POST", "/luma/generations", "", (KEY, JSON), b'{"user_prompt": "a cat"}')
ASKERS, EACH = 8, 50


def look(task: str) -> Request:
    return Request("GET", f"/luma/generations/{task}", "", (KEY,))


def story(mock: MockProvider, seen: Counter[str]) -> None:
    """Make a task and look at it twice; between these anybody may have forgotten it."""
    made = mock(SUBMIT)
    assert made.status == 200, made
    task = json.loads(made.body)["id"]
    for answer in (mock(look(task)), mock(look(task))):
        whole(answer, task)
        seen[str(answer.status)] += 1


def whole(answer: Response, task: str) -> None:
    """A task that is told is told whole; one that is not known is refused in the words of the provider."""
    told = json.loads(answer.body)
    assert answer.status in (200, 404), answer
    assert answer.status != 200 or task in answer.body.decode()
    assert told


def test_a_reset_in_the_middle_of_a_thousand_requests_leaves_nobody_with_half_an_answer() -> None:
    mock = MockProvider("chainhub", clock=VirtualClock())
    seen: Counter[str] = Counter()
    failed: list[BaseException] = []
    busy = threading.Event()

    def ask() -> None:
        mine: Counter[str] = Counter()
        try:
            for _ in range(EACH):
                story(mock, mine)
        except BaseException as error:  # noqa: BLE001  # it is raised again below
            failed.append(error)
        seen.update(mine)

    def forget() -> None:
        while not busy.is_set():
            mock.reset()

    askers = [threading.Thread(target=ask) for _ in range(ASKERS)]
    forgetter = threading.Thread(target=forget)
    for each in (forgetter, *askers):
        each.start()
    for each in askers:
        each.join()
    busy.set()
    forgetter.join()
    assert failed == []
    assert sum(seen.values()) == ASKERS * EACH * 2
    mock.reset()
    assert len(mock.tasks) == 0
    assert mock(SUBMIT).status == 200
