"""The fixtures of the plugin as a test has them, with their types: held by mypy, by pyright and by running it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, assert_type

import pytest

from lumakit.clock import Clock, VirtualClock
from lumakit.model import Exchange, Snapshot
from lumakit.pytest import Arrived, Choices, Inbox, Mock, Mocks, Server, Waiting, endings, troubles
from lumakit.pytest.mocks import Stage
from lumakit.pytest.server import Servers
from mockserver.faults.listed import Faults
from mockserver.provider import MockProvider
from mockserver.tasks import Tasks
from mockserver.webhooks.sending import Webhooks

if TYPE_CHECKING:
    import httpx

CHOSEN = Choices("chainhub")


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """As `lumakit_webhooks` gives it."""
    inbox = Inbox(VirtualClock(), lambda: ())
    yield inbox
    inbox.close()


@pytest.fixture
def mocks(inbox: Inbox) -> Mocks:
    """As `lumakit_mock` gives it."""
    return Mocks(CHOSEN, Stage(VirtualClock(), inbox, "test_it", __file__))


def transport_of(mocks: Mocks) -> httpx.MockTransport:
    """The type that httpx wants."""
    return assert_type(mocks.transport(), "httpx.MockTransport")


def test_the_configured_mock_has_every_verb_with_its_type(mocks: Mocks) -> None:
    assert_type(mocks("chainhub"), Mock)
    assert_type(mocks.provider, MockProvider)
    assert_type(mocks.tasks, Tasks)
    assert_type(mocks.faults, Faults)
    assert_type(mocks.webhooks, Webhooks)
    assert_type(mocks.clock, Clock)
    mocks.scenario("fail")
    assert assert_type(mocks.requests(method="POST"), list[Exchange]) == []
    assert [assert_type(each, Mock) for each in mocks]
    assert callable(transport_of(mocks).handler)
    with pytest.raises(AssertionError, match="was to be called"):
        mocks.assert_called("POST /luma/generations")
    with pytest.raises(TypeError):
        mocks.requests(methode="POST")  # type: ignore[call-arg]


def test_a_live_server_has_the_same_verbs() -> None:
    servers = Servers()
    try:
        server = assert_type(servers.begin(CHOSEN, VirtualClock(), "test_it"), Server)
        assert_type(server.tasks, Tasks)
        assert_type(server.clock, VirtualClock)
        assert_type(server.url, str)
        assert_type(server.mock("chainhub"), Mock)
    finally:
        servers.stop()


def test_an_inbox_tells_what_arrived(inbox: Inbox) -> None:
    assert [assert_type(each, Arrived) for each in inbox] == []
    assert_type([each.snapshot for each in inbox], list[Snapshot | None])
    assert_type(inbox.words("task"), list[str | None])


def test_waiting_and_outcomes_have_types_too() -> None:
    assert_type(Waiting(VirtualClock()).waited_s, float)
    assert str(endings("chainhub")[0].values[0]) == "success"
    assert troubles("chainhub")
