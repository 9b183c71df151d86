"""Steps of a story on the clips, in few words: what was asked and answered, and which webhooks came."""

from __future__ import annotations

import json
from typing import Any

from lumakit.check.judge import judge
from lumakit.check.traffic import Arrival, Record, Traffic
from lumakit.check.verdict import Verdict
from lumakit.clock import FIRST_DAY_MS
from lumakit.model import Exchange, Headers, Request, Response
from tests.check.play import ORIGIN, clips

FILM = "https://cdn.example.com/1.mp4"
HOOK = "https://me.example/hooks/c-1"
Step = tuple[Request, Response]


def asked(method: str, path: str, body: Any = None, *, key: str = "abc", headers: Headers = ()) -> Request:
    """A request."""
    shown: Headers = (("Authorization", f"Bearer {key}"),) if key else ()
    raw = b"" if body is None else json.dumps(body).encode()
    kind: Headers = (("Content-Type", "application/json"),) if raw else ()
    return Request(method, path, "", (*shown, *kind, *headers), raw, ORIGIN)


def answer(status: int, body: Any = None, kind: str = "application/json") -> Response:
    """An answer."""
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return Response(status, (("Content-Type", kind),) if raw else (), raw)


def look(word: str, *, key: str = "abc", **more: Any) -> Step:
    """A look at the clip."""
    return asked("GET", "/clips/c-1", key=key), answer(200, {"id": "c-1", "status": word, **more})


def made(task: str = "c-1", *, hook: str = "", headers: Headers = ()) -> Step:
    """A clip is made."""
    body = {"prompt": "a cat"} | ({"webhook_url": hook} if hook else {})
    return asked("POST", "/clips", body, headers=headers), answer(200, {"id": task})


def listed(*told: dict[str, Any]) -> Step:
    """A list of clips."""
    return asked("POST", "/lists", {"ids": [each["id"] for each in told]}), answer(200, {"clips": list(told)})


def film(status: int, kind: str = "video/mp4", body: bytes = b"", method: str = "GET") -> Step:
    """The film is asked for."""
    return Request(method, "/1.mp4", "", (), b"", "https://cdn.example.com"), answer(status, body or None, kind)


def call(word: str, *, task: str = "c-1", status: int = 200, **more: Any) -> tuple[Request, int, str]:
    """A webhook, and what it was answered with."""
    return asked("POST", "/hooks", {"id": "c-1", "status": word, **more}, key=""), status, task


def seen(*steps: Any, gap_s: float = 10, listened: bool = True) -> Traffic:
    """Traffic of these steps, one after the other."""
    record = Record(listened=listened)
    for step in steps:
        number = record.number()
        at_ms = FIRST_DAY_MS + round(number * gap_s * 1000)
        if len(step) == 3:
            record.add(Arrival(number, at_ms, *step))
        else:
            request, response = step
            owner = (request.header("authorization") or "").removeprefix("Bearer ")
            record.add(Exchange(number, at_ms, request, response, owner=owner))
    return record.traffic()


def verdict(*steps: Any, probing: bool = False, **choices: Any) -> Verdict:
    """What comes of these steps, of a mock of ours."""
    return judge(clips(), seen(*steps, **choices), probing=probing, own=True)


def codes(*steps: Any, **choices: Any) -> list[str]:
    """The codes of what is found."""
    return [found.code for found in verdict(*steps, **choices).findings]
