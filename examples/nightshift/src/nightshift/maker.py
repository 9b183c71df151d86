"""The maker of the videos, asked as often as it allows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

EVERY_S = 15.0
PATIENCE_S = 1800.0
MOST_WAITS = 20


class NotMade(Exception):
    """There is no video; the reason is told."""


class NotKnown(NotMade):
    """An order was not answered: it may have been taken, and is not sent again."""


@dataclass
class Maker:
    """One account."""

    http: aiohttp.ClientSession
    base: str
    key: str

    async def make(self, prompt: str) -> str:
        """Order a video and wait for it; its address."""
        return await self.wait(await self.order(prompt))

    async def order(self, prompt: str) -> str:
        """Order a video; its task."""
        try:
            return str((await self._ask("POST", "/luma/generations", {"user_prompt": prompt}))["id"])
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NotKnown(f"the order was not answered: {type(error).__name__}") from error

    async def wait(self, task: str) -> str:
        """The address of a video, once it is made."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            await asyncio.sleep(EVERY_S)
            try:
                if address := self.read(await self._ask("GET", f"/luma/generations/{task}")):
                    return address
            except (aiohttp.ClientError, TimeoutError):
                continue  # a look costs nothing: the next one will do
        raise NotMade(f"it is not done after {PATIENCE_S:.0f} s")

    def read(self, body: Mapping[str, Any]) -> str:
        """The address in an answer, or nothing yet."""
        if body["state"] == "failed":
            raise NotMade(str(body.get("failure_reason") or "no reason was given"))
        return str(body["video"]["url"]) if body["state"] == "completed" else ""

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Ask; where it was too often, wait for as long as the maker says, and ask again: nothing was taken."""
        headers = {"Authorization": f"Bearer {self.key}"}
        for _ in range(MOST_WAITS):
            async with self.http.request(method, self.base + path, json=body, headers=headers) as answer:
                if answer.status == 429:
                    await self.rest(float(answer.headers.get("Retry-After", EVERY_S)))
                    continue
                if answer.status >= 500 and method == "GET":
                    raise aiohttp.ClientPayloadError(f"{answer.status}")
                if not answer.ok:
                    raise NotMade(f"{answer.status}: {(await answer.text())[:200]}")
                told: dict[str, Any] = await answer.json()
                return told
        raise NotMade("the maker was asked too often, again and again")

    async def rest(self, seconds: float) -> None:
        """Leave the maker alone for a while."""
        await asyncio.sleep(seconds)
