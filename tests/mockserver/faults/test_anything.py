"""Any faults, any requests: a mock answers, and what it answers badly is the doing of a fault that is named."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lumakit.clock import VirtualClock
from lumakit.errors import UsageError
from lumakit.model import Request
from mockserver import MockProvider
from mockserver.faults.fault import Fault
from tests.mockserver.faults.asked import CHAINHUB, fetch, file, finished, key, submit
from tests.mockserver.faults.drawn import faults

ASKS: list[Any] = [
    lambda mock, _: submit(mock),
    lambda mock, _: submit(mock, ""),
    lambda mock, task: fetch(mock, task, "other"),
    fetch,
    lambda mock, task: fetch(mock, task, method="HEAD"),
    file,
    lambda mock, task: file(mock, task, "HEAD"),
    lambda mock, _: mock(Request("DELETE", "/luma/generations", "", key())),
    lambda mock, _: mock(Request("GET", "/no/such")),
    lambda mock, _: mock(Request("OPTIONS", "/luma/generations")),
]


@given(st.lists(faults, max_size=6), st.lists(st.sampled_from(ASKS), max_size=12))
def test_nothing_fails_but_what_a_fault_lets_fail(drawn: list[Fault], asks: list[Any]) -> None:
    mock = MockProvider(CHAINHUB, clock=VirtualClock())
    task = finished(mock)
    for fault in drawn:
        try:
            mock.faults.add(fault)
        except UsageError as refused:
            assert refused.code == "fault_invalid", refused  # noqa: PT017  # a place that this contract does not have
    for ask in asks:
        answer = ask(mock, task)
        assert answer.status < 500 or (answer.header("mock-reason") or "").startswith("fault "), answer
        assert 0 <= answer.delay_s <= 600
        assert answer.breaks is None or answer.breaks.ending or answer.breaks.bytes_per_s
    assert len(mock.journal.entries()) == len(asks) + 1
