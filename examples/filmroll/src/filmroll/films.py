"""The maker of the films: ordered once, looked at until it is done."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

EVERY_S = 10.0
PATIENCE_S = 900.0
_BUSY = (429, 500, 502, 503, 504)


class NotMade(Exception):
    """There is no film, and there will be none."""


class NotKnown(Exception):
    """Nobody can say whether the film is being made, and paid."""


@dataclass(frozen=True)
class Films:
    """One account at the maker."""

    base: str
    key: str
    session: requests.Session
    say: Callable[[str], None] = print

    def order(self, prompt: str) -> str:
        """Order a film; its task. An order that was not answered may have been taken: it is not sent again."""
        try:
            answer = self._ask("POST", "/luma/generations", {"user_prompt": prompt})
        except requests.RequestException as error:
            raise NotKnown(f"the order was not answered: {error}") from error
        return str(answer["id"])

    def wait(self, task: str) -> str:
        """The address of a film, once it is made."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            address = self._look(task)
            if address:
                return address
            time.sleep(EVERY_S)
        raise NotKnown(f"{task} is not done after {PATIENCE_S:.0f} s")

    def save(self, address: str, path: str) -> int:
        """Save a film; its size."""
        answer = self.session.get(address, timeout=60)
        answer.raise_for_status()
        with open(path, "wb") as file:
            return file.write(answer.content)

    def _look(self, task: str) -> str:
        try:
            told = self._ask("GET", f"/luma/generations/{task}")
        except requests.RequestException as error:
            self.say(f"no word of {task} ({error}), asking again")
            return ""
        if told["state"] == "failed":
            raise NotMade(str(told.get("failure_reason") or "no reason was given"))
        return str(told["video"]["url"]) if told["state"] == "completed" else ""

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = self.session.request(method, self.base + path, json=body, headers=headers, timeout=30)
        if answer.status_code in _BUSY and method == "GET":
            raise requests.HTTPError(f"{answer.status_code}", response=answer)
        if not answer.ok:
            raise NotMade(f"{answer.status_code}: {_reason(answer)}")
        told: dict[str, Any] = answer.json()
        return told


def _reason(answer: requests.Response) -> str:
    try:
        return str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:200]
