"""From names to addresses. The one room that asks the system's resolver, and the one that asks whose an address is.

A lookup cannot be called off, so each has a thread that nobody waits for longer than he wants to.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress

from lumakit.egress.address import IPAddress, plain
from lumakit.egress.outcome import Blocked, Failed

Resolver = Callable[[str, int], Iterable[str]]
MAX_ADDRESSES = 64


def system_resolver(name: str, port: int) -> list[str]:
    """The addresses of a name as the machine's own settings say; OSError where there are none."""
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


async def addresses(resolver: Resolver, name: str, port: int) -> list[IPAddress]:
    """Each address of a name, once, in the order given."""
    try:
        return _read(name, await _in_a_thread(resolver, name, port))
    except (OSError, UnicodeError):
        raise Failed("unknown_host", f"{name} has no address that this machine could find", unsent=True) from None


def addresses_now(resolver: Resolver, name: str, port: int) -> list[IPAddress]:
    """The same, for callers that await nothing."""
    try:
        return _read(name, list(resolver(name, port)))
    except (OSError, UnicodeError):
        raise Failed("unknown_host", f"{name} has no address that this machine could find", unsent=True) from None


def _read(name: str, texts: list[str]) -> list[IPAddress]:
    if not texts:
        raise Failed("unknown_host", f"{name} has no address", unsent=True)
    if len(texts) > MAX_ADDRESSES:
        raise Blocked("bad_host", f"{name} has more than {MAX_ADDRESSES} addresses")
    try:
        return list(dict.fromkeys(plain(ipaddress.ip_address(text)) for text in texts))
    except ValueError:
        raise Blocked("bad_host", f"{name} has an address that is none") from None


async def _in_a_thread(resolver: Resolver, name: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()

    def settle(texts: list[str] | None, error: BaseException | None) -> None:
        if answer.done():  # nobody waits any more
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(texts or [])

    def ask() -> None:
        texts, error = None, None
        try:
            texts = list(resolver(name, port))
        except Exception as raised:  # noqa: BLE001 - it is raised again where the answer is awaited
            error = raised
        with suppress(RuntimeError):  # the loop has ended: nobody waits any more
            loop.call_soon_threadsafe(settle, texts, error)

    threading.Thread(target=ask, name=f"lumakit-lookup-{name}", daemon=True).start()
    return await answer


def is_of_this_machine(address: IPAddress) -> bool:
    """True where this machine has the address itself: only then can something be bound to it."""
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True
