"""An application, asked without a network: ASGI, WSGI, or a function of a Request.

Knows the two shapes and an event loop. Does not know what is sent, or why.
"""

from __future__ import annotations

import asyncio
import inspect
import io
import sys
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from lumakit.model import Request

T = TypeVar("T")


class Answered(NamedTuple):
    """What an application answers, and the error that came out of it, if one did."""

    status: int
    error: Exception | None = None


async def asked(app: Any, request: Request) -> Answered:
    """What an application answers: ASGI, WSGI or a function; 500 where it breaks before it has, as its server would."""
    told: list[int] = []
    try:
        told.append(await _asked(app, request, told))
    except Exception as error:  # noqa: BLE001  # it is theirs, and may be anything
        return Answered(told[-1] if told else 500, error)
    return Answered(told[-1])


async def _asked(app: Any, request: Request, told: list[int]) -> int:
    if _is_asgi(app):
        return await _asgi(app, request, told)
    if len(inspect.signature(app).parameters) == 2:
        return _wsgi(app, request, told)
    answer = app(request)
    if isinstance(answer, Awaitable):
        answer = await answer
    return answer if isinstance(answer, int) else int(answer.status)


def _is_asgi(app: Any) -> bool:
    call = app if inspect.isfunction(app) else getattr(app, "__call__", app)  # noqa: B004  # the method is looked at
    return inspect.iscoroutinefunction(call) and len(inspect.signature(app).parameters) == 3


async def _asgi(app: Any, request: Request, told: list[int]) -> int:
    parts = urlsplit(request.origin)
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in request.headers]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": parts.scheme,
        "path": unquote(request.path),
        "raw_path": request.path.encode(),
        "query_string": request.query.encode(),
        "root_path": "",
        "headers": headers,
        "server": (parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)),
        "client": ("127.0.0.1", 1),
    }
    given = iter([{"type": "http.request", "body": request.body, "more_body": False}])

    async def receive() -> dict[str, Any]:
        return next(given, {"type": "http.disconnect"})

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            told.append(message["status"])

    await app(scope, receive, send)
    return told[0] if told else 500


def _wsgi(app: Any, request: Request, told: list[int]) -> int:
    parts = urlsplit(request.origin)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "QUERY_STRING": request.query,
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": str(parts.port or (443 if parts.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(request.body)),
        "CONTENT_TYPE": request.header("content-type") or "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers}

    def start(status: str, headers: Any, error: Any = None) -> Callable[[bytes], object]:  # noqa: ARG001  # as WSGI has it
        told.append(int(status.split(maxsplit=1)[0]))
        return lambda _: None

    answer = app(environ, start)
    try:
        for _ in answer:
            pass
    finally:
        if hasattr(answer, "close"):
            answer.close()
    return told[-1] if told else 500


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Await something where no loop may be running, or one of somebody else's is."""
    if asyncio._get_running_loop() is None:  # noqa: SLF001  # the documented function raises where there is none
        return asyncio.run(work())
    with ThreadPoolExecutor(1, "lumakit-inbox") as pool:
        return pool.submit(lambda: asyncio.run(work())).result()
