"""Tasks over the control API: listed, told, made by hand and steered, each by the same call as in Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from lumakit.model import Phase, Response
from mockserver.control import merging, told
from mockserver.control.merging import Row
from mockserver.control.office import Asked, Office
from mockserver.control.replies import reply
from mockserver.engine import Task
from mockserver.journal import Wanted
from mockserver.provider import MockProvider

MAX_REQUESTS = MAX_DELIVERIES = 50  # told with one task
_PAGE = 200


def listed(office: Office, asked: Asked) -> Response:
    """A page of tasks."""
    chosen = office.chosen(asked)
    begins = merging.read(asked.get("before"), tuple(chosen))
    rows = [_rows(office, each, start, asked) for each, start in zip(chosen.values(), begins, strict=True)]
    found, following = merging.page(rows, begins, asked.get("limit", 100))
    total = sum(len(each.tasks) for each in chosen.values())
    return reply({"tasks": found, "next": following, "total": total})


def _rows(office: Office, mock: MockProvider, before: int | None, asked: Asked) -> Iterator[Row[dict[str, Any]]]:
    fits, base = _fits(asked), office.files(mock, asked.origin)
    if mock.contract.reading is None:
        return
    while page := mock.tasks.page(_PAGE, before, fits, base):
        for number, made_ms, seen in page:
            yield Row(made_ms, number, told.task(mock.contract.name, seen) if seen else None)
        before = page[-1].number


def _fits(asked: Asked) -> Callable[[Task, Phase, str], bool]:
    """What a listing asks of a task, its phase and its word."""
    phase, owner, text = asked.get("phase"), asked.get("owner"), str(asked.get("q", "")).lower()

    def fits(task: Task, now: Phase, word: str) -> bool:
        if phase not in (None, now) or owner not in (None, task.owner):
            return False
        return not text or text in f"{task.id}\n{task.kind}\n{word}\n{task.asked.get('prompt', '')}".lower()

    return fits


def shown(office: Office, asked: Asked) -> Response:
    """One task, with its plan and the newest requests that were about it."""
    mock, key = office.holder(asked), asked.values["id"]
    seen = mock.tasks.seen(key, office.files(mock, asked.origin))
    name = mock.contract.name
    noted = mock.journal.entries(Wanted(task=key), limit=MAX_REQUESTS)
    more = {
        "plan": told.plan(seen.outlook),
        "webhooks": [told.delivery(mock, each) for each in mock.webhooks.rows(MAX_DELIVERIES, task=key)],
        "requests": [told.exchange(name, each) for each in reversed(noted)],
    }
    return reply({**told.task(name, seen), **more})


def seeded(office: Office, asked: Asked) -> Response:
    """Make a task by hand."""
    mock = office.only(asked)
    parts = {name: value for name, value in asked.values.items() if name != "provider"}
    made = mock.tasks.seed(parts.pop("kind"), **parts)
    name = mock.contract.name
    where = f"/__admin/tasks/{quote(made.id, safe='')}?provider={quote(name, safe='')}"
    seen = mock.tasks.seen(made.id, office.files(mock, asked.origin))
    return reply(told.task(name, seen), 201, (("Location", where),))


def steered(verb: str) -> Callable[[Office, Asked], Response]:
    """The handler of one verb."""

    def steer(office: Office, asked: Asked) -> Response:
        mock, key = office.holder(asked), asked.values["id"]
        more = {"reason": asked.values["reason"]} if "reason" in asked.values else {}
        getattr(mock.tasks, verb)(key, **more)
        return reply(told.task(mock.contract.name, mock.tasks.seen(key, office.files(mock, asked.origin))))

    return steer
