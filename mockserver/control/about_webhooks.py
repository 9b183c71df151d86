"""Deliveries of webhooks over the control API: listed, and sent once more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lumakit.errors import UsageError
from lumakit.model import Response
from mockserver.control import merging, told
from mockserver.control.merging import Row
from mockserver.control.office import Asked, Office
from mockserver.control.replies import reply
from mockserver.provider import MockProvider


def listed(office: Office, asked: Asked) -> Response:
    """A page of deliveries."""
    chosen = office.chosen(asked)
    begins = merging.read(asked.get("before"), tuple(chosen))
    rows = [_rows(mock, start, asked) for mock, start in zip(chosen.values(), begins, strict=True)]
    found, following = merging.page(rows, begins, asked.get("limit", 100))
    return reply({"deliveries": found, "next": following})


def _rows(mock: MockProvider, before: int | None, asked: Asked) -> Iterator[Row[dict[str, Any]]]:
    pages = mock.webhooks.pages(before, state=asked.get("state", ""), task=asked.get("task", ""))
    return (Row(each.made_ms, number, told.delivery(mock, each)) for number, each in pages)


def redelivered(office: Office, asked: Asked) -> Response:
    """Have a delivery sent once more."""
    key = asked.values["id"]
    holding = {name: mock for name, mock in office.chosen(asked).items() if key in mock.webhooks}
    if not holding:
        hint = "GET webhooks lists them all"
        raise UsageError(f"there is no delivery {key!r}", code="delivery_not_found", hint=hint)
    mock = office.alone(holding, f"several providers have a delivery {key!r}")
    return reply(told.delivery(mock, mock.webhooks.redeliver(key)))
