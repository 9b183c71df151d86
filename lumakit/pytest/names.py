"""Names that are mocked are not looked up: what is no httpx must not reach the real provider, where a task costs.

Takes the place of the standard library's lookup while a test lasts. Knows names, and no request.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

ADVICE = "requests: lumakit.pytest.requests_adapter or answer_responses; aiohttp, urllib3 and others: lumakit_server"


@contextmanager
def kept_in(is_mocked: Callable[[str], bool], looked_up: Callable[[str], None]) -> Iterator[None]:
    """Refuse to look up the names that are mocked, and tell of it, while the `with` lasts."""
    look_up = socket.getaddrinfo

    def refusing(host: Any, *rest: Any, **more: Any) -> Any:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if isinstance(name, str) and is_mocked(name.rstrip(".").lower()):
            looked_up(name)
            raise socket.gaierror(socket.EAI_FAIL, f"{name} is mocked by lumakit for httpx alone; {ADVICE}")
        return look_up(host, *rest, **more)

    socket.getaddrinfo = refusing
    try:
        yield
    finally:
        socket.getaddrinfo = look_up
