"""Names that are mocked are not looked up: what is no httpx must not reach the real provider, where a task costs.

Takes the place of the standard library's lookup while a test lasts. Who goes by a proxy leaves the lookup to it, and is
to go directly. Knows names, and no request.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

ADVICE = "requests: lumakit.pytest.requests_adapter or answer_responses; aiohttp, urllib3 and others: lumakit_server"

_NO_PROXY = ("NO_PROXY", "no_proxy")


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


def past_proxies(addresses: Iterable[str], environ: Mapping[str, str]) -> dict[str, str]:
    """What has libraries go to some addresses directly, whatever proxy the environment names; what stands there stays.

    Both spellings say the same: libraries read one of them, and not the same one.
    """
    said = dict.fromkeys(
        part.strip() for name in _NO_PROXY for part in environ.get(name, "").split(",") if part.strip()
    )
    if "*" in said:
        return {}
    hosts = (urlsplit(address).hostname or "" for address in addresses)
    return dict.fromkeys(_NO_PROXY, ",".join({**said, **dict.fromkeys(filter(None, hosts))}))
