"""A mock on a port, and a page of a real Chromium that shows its dashboard."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from lumakit.clock import SystemClock
from mockserver.app import Choices, build, control, door, pump
from mockserver.live import LiveServer
from mockserver.provider import MockProvider
from tests.mockserver.devtools import Page

Browser = Callable[[], Page]
VIEWS = ("tasks", "requests", "webhooks", "steer", "connect", "contract")


@dataclass
class World:
    """A mock on a port, and a page that shows its dashboard."""

    url: str
    mocks: dict[str, MockProvider]
    page: Page

    def submit(self, prompt: str, hook: str = "") -> str:
        """Submit a task over HTTP, to be told of at an address; its id."""
        body = {"user_prompt": prompt} | ({"notify_hook": hook} if hook else {})
        headers = {"Authorization": "Bearer any-key"}
        answer = httpx.post(f"{self.url}/chainhub/luma/generations", json=body, headers=headers)
        return str(answer.json()["id"])

    def lane(self, key: str, lane: str) -> str:
        """The condition that the card of a task stands in a lane."""
        return f"document.querySelector('[data-lane={lane}] .card[data-id={json.dumps(key)}]')"

    def look(self) -> None:
        """Open the dashboard and wait until it is connected and has asked for everything."""
        self.page.go(f"{self.url}/__admin/")
        self.page.until("document.querySelector('#connection').dataset.state === 'live'")
        self.page.until("document.querySelectorAll('#filters option').length > 1")


def standing() -> SystemClock:
    """A clock that stands still and can be set going."""
    clock = SystemClock(1)
    clock.freeze()
    return clock


@contextmanager
def opened(browser: Browser, choices: Choices | None = None, *, calm: bool = True) -> Iterator[World]:
    """A world; in the end the page must have complained of nothing."""
    chosen = choices or Choices(clock=standing(), targets=("chainhub", "apiframe"))
    server = build(chosen)
    page = browser()
    page.size(1280, 800)
    try:
        with LiveServer(door(server, pump(server), control=control(server, chosen))) as live:
            yield World(live.url, dict(server.providers), page)
            assert page.breaches() == [], page.breaches()
            assert page.ask("window.ran") == 0, "a script of somebody else has run"
            assert page.complaints == [] or not calm, page.complaints
    finally:
        page.close()
