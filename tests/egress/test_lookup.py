"""Names become addresses in threads of their own, which hold up nobody."""

from __future__ import annotations

import asyncio
import threading
from ipaddress import ip_address

import pytest

from lumakit.egress.lookup import addresses, is_of_this_machine, system_resolver
from tests.egress.receiver import PATIENCE_S


def test_each_address_comes_once_in_the_order_given() -> None:
    found = ["10.0.0.2", "::ffff:10.0.0.1", "10.0.0.2", "fe80::1%1"]
    asked = asyncio.run(addresses(lambda _name, _port: found, "a.test", 80))
    assert asked == [ip_address("10.0.0.2"), ip_address("10.0.0.1"), ip_address("fe80::1")]


def test_the_system_is_asked_for_a_name_and_a_port() -> None:
    assert set(system_resolver("127.0.0.1", 80)) == {"127.0.0.1"}


def late(over: threading.Event) -> tuple[asyncio.AbstractEventLoop, threading.Thread]:
    """A lookup that is still asking when nobody waits for it any more: the loop it was asked from, and its thread."""

    def resolver(_name: str, _port: int) -> list[str]:
        over.wait(PATIENCE_S)
        return ["127.0.0.1"]

    loop = asyncio.new_event_loop()
    with pytest.raises(TimeoutError):
        loop.run_until_complete(asyncio.wait_for(addresses(resolver, "late.test", 80), 0.01))
    return loop, next(thread for thread in threading.enumerate() if thread.name.endswith("late.test"))


def test_an_answer_that_comes_late_is_dropped() -> None:
    over = threading.Event()
    loop, thread = late(over)
    over.set()
    thread.join(PATIENCE_S)
    loop.run_until_complete(asyncio.sleep(0))  # what the thread has left behind is run
    loop.close()
    assert not thread.is_alive()


def test_an_answer_that_comes_after_the_end_is_dropped() -> None:
    over = threading.Event()
    loop, thread = late(over)
    loop.close()
    over.set()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


@pytest.mark.parametrize(
    ("address", "ours"), [("127.0.0.1", True), ("192.0.2.1", False), ("8.8.8.8", False), ("2001:db8::1", False)]
)
def test_an_address_is_ours_where_something_can_be_bound_to_it(address: str, ours: bool) -> None:
    assert is_of_this_machine(ip_address(address)) is ours
