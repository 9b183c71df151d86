"""The applications of docs/receiving.md, each asked what a provider and what anybody else might ask."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from lumakit.webhooks import Receiver

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "receiving.md").read_text(encoding="utf-8")
BODY = json.dumps(
    {"task_id": "t-1", "task_type": "luma", "status": "finished", "video_url": "https://x.test/v"}
).encode()
JSON = {"Content-Type": "application/json"}
TRUE = {**JSON, "X-Webhook-Secret": "a secret"}
Out = pytest.CaptureFixture[str]
Asked = list[tuple[int, str]]


def example(heading: str, name: str) -> Any:
    """What an example of the page calls by this name."""
    found = re.search(rf"^## {heading}$.*?^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found
    named: dict[str, Any] = {"__name__": "example"}
    exec(compile(found[1], heading, "exec"), named)  # noqa: S102  # our own page
    return named[name]


def by_asgi(app: Any) -> Asked:
    async def ask() -> Asked:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app.test") as client:
            answers = [await client.post("/done", content=body, headers=headers) for body, headers in ASKED]
            return [(each.status_code, each.text) for each in answers]

    return asyncio.run(ask())


def by_wsgi(app: Any) -> Asked:
    with httpx.Client(transport=httpx.WSGITransport(app), base_url="http://app.test") as client:
        answers = [client.post("/done", content=body, headers=headers) for body, headers in ASKED]
        return [(each.status_code, each.text) for each in answers]


ASKED = [
    (BODY, TRUE),
    (BODY, TRUE),
    (BODY, JSON),
    (BODY, {**JSON, "X-Webhook-Secret": "mine"}),
    (b"{", TRUE),
    (b"", TRUE),
]


@pytest.mark.parametrize(
    ("heading", "name", "asked", "library"),
    [
        ("Without a framework", "asgi", by_asgi, ""),
        ("Without a framework", "wsgi", by_wsgi, ""),
        ("In Starlette and FastAPI", "app", by_asgi, "starlette"),
        ("In Flask", "app", by_wsgi, "flask"),
    ],
)
def test_an_example_takes_what_is_true_once_and_refuses_the_rest(
    heading: str, name: str, asked: Callable[[Any], Asked], library: str, capsys: Out
) -> None:
    if library:
        pytest.importorskip(library, reason=f"{library} is not installed")
    answers = asked(example(heading, name))
    assert [status for status, _ in answers] == [200, 200, 401, 401, 400, 400]
    assert answers[2][1] == "there is no x-webhook-secret"
    assert capsys.readouterr().out == "t-1 succeeded\n"


def test_the_headers_of_werkzeug_which_flask_stands_on_are_taken() -> None:
    wrappers = pytest.importorskip("werkzeug.wrappers", reason="werkzeug is not installed")
    environ = {"HTTP_X_WEBHOOK_SECRET": "a secret", "CONTENT_TYPE": "application/json", "REQUEST_METHOD": "POST"}
    delivery = Receiver("apiframe", secret="a secret").read(wrappers.Request(environ).headers, BODY, now_s=0)
    assert (delivery.verified, delivery.findings) == (True, ())
