"""A shop that is open: its service, its mail, and somebody who asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest

from lumakit.pytest import Inbox, Mocks, Waiting
from postcards.app import create
from postcards.pictures import Pictures
from postcards.shop import Shop

SHOP = "https://postcards.example"
SECRET = "whsec-of-the-shop"
Make = Callable[..., Shop]


@dataclass
class Customer:
    """Asks the service, and reads the mail."""

    http: httpx.AsyncClient
    letters: list[tuple[str, str]] = field(default_factory=list)

    async def order(self, text: str = "a lighthouse in a storm") -> dict[str, str]:
        """Order a postcard."""
        answer = await self.http.post("/postcards", json={"text": text, "to": "ada@example.com"})
        assert answer.status_code == 202, answer.text
        order: dict[str, str] = answer.json()
        return order

    async def look(self, order: dict[str, str]) -> dict[str, str]:
        """Look at an order."""
        seen: dict[str, str] = (await self.http.get(f"/postcards/{order['id']}")).json()
        return seen

    async def after(self, minutes: float, order: dict[str, str]) -> dict[str, str]:
        """Look at an order some time later: no time passes but on the clock of the test."""
        await asyncio.sleep(60 * minutes)
        return await self.look(order)


Visit = Callable[[Customer], Awaitable[None]]
Play = Callable[..., list[tuple[str, str]]]


@pytest.fixture
def play(lumakit_mock: Mocks, lumakit_webhooks: Inbox, lumakit_no_waiting: Waiting) -> Play:
    """Open a shop, let a customer in, close it again; the letters that were sent."""
    lumakit_webhooks.secret = SECRET

    @asynccontextmanager
    async def opened(make: Make) -> AsyncIterator[Customer]:
        letters: list[tuple[str, str]] = []
        async with httpx.AsyncClient(headers={"Authorization": "key-of-the-shop"}) as http:
            shop = make(Pictures(http), lambda *letter: letters.append(letter), f"{SHOP}/hooks/pictures", SECRET)
            app = create(shop)
            lumakit_webhooks.to(SHOP, app)
            async with (
                app.router.lifespan_context(app),
                httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=SHOP) as door,
            ):
                yield Customer(door, letters)

    def played(visit: Visit, make: Make = Shop) -> list[tuple[str, str]]:
        async def story() -> list[tuple[str, str]]:
            async with opened(make) as customer:
                await visit(customer)
                return customer.letters

        return asyncio.run(story())

    return played
