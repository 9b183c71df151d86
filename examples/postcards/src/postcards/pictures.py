"""The maker of the pictures, as the shop asks it: https://docs.apiframe.ai."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

BASE = "https://api.apiframe.pro"


class State(enum.StrEnum):
    """What has become of a picture."""

    MAKING = "making"
    MADE = "made"
    FAILED = "failed"


@dataclass(frozen=True)
class Told:
    """What the maker says of a picture: the address where it is made, the reason where it failed."""

    task: str
    state: State
    address: str = ""
    reason: str = ""


def told(body: Mapping[str, Any]) -> Told:
    """Read an answer, or a webhook: the documented form of a finished picture has no status, but an address."""
    task, address = str(body.get("task_id", "")), str(body.get("video_url") or "")
    if address:
        return Told(task, State.MADE, address=address)
    if body.get("status") == "failed":
        return Told(task, State.FAILED, reason=str(body.get("message") or "no reason was given"))
    return Told(task, State.MAKING)


class Pictures:
    """Orders pictures, and looks at them."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def order(self, text: str, hook: str, secret: str) -> str:
        """Order one; its task."""
        body = {"prompt": text, "webhook_url": hook, "webhook_secret": secret}
        answer = await self._http.post(f"{BASE}/luma-imagine", json=body)
        answer.raise_for_status()
        return str(answer.json()["task_id"])

    async def look(self, task: str) -> Mapping[str, Any]:
        """What is said of one now."""
        answer = await self._http.post(f"{BASE}/fetch", json={"task_id": task})
        answer.raise_for_status()
        body: Mapping[str, Any] = answer.json()
        return body
