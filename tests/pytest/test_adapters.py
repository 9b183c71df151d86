"""For applications that use requests: a session's adapter, and the library `responses`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import responses

from lumakit import lint, load
from lumakit.clock import VirtualClock
from lumakit.errors import UsageError
from lumakit.model import Request
from lumakit.pytest import Choices, Inbox, Mock, Mocks, answer_responses, requests_adapter
from lumakit.pytest.mocks import Stage
from mockserver import MockProvider
from tests.pytest.runs import run, said

pytest_plugins = ["pytester"]

HOST = "https://api.apiframe.pro"
KEY = {"Authorization": "key"}


@pytest.fixture
def mock() -> Mock:
    """A provider that requests is to find."""
    return Mock(MockProvider("apiframe", clock=VirtualClock(), progress="looks"), Choices("apiframe"))


@pytest.fixture
def session(mock: Mock) -> Iterator[requests.Session]:
    """A session that asks the mock."""
    with requests.Session() as session:
        session.mount(HOST, requests_adapter(mock))
        session.headers.update(KEY)
        yield session


def test_a_session_makes_a_task_and_looks_at_it(mock: Mock, session: requests.Session) -> None:
    task = session.post(f"{HOST}/luma-imagine", json={"prompt": "a cat"}).json()
    seen = [session.post(f"{HOST}/fetch", json=task).json()["status"] for _ in range(4)]
    assert (seen[0], seen[-1]) == ("pending", "finished")
    assert [each.request.method for each in mock.requests()] == ["POST"] * 5


def test_a_body_that_is_a_stream_arrives_whole(mock: Mock, session: requests.Session) -> None:
    pieces = iter([b'{"prompt":', b' "a cat"}'])
    answer = session.post(f"{HOST}/luma-imagine", data=pieces, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    assert mock.requests()[0].request.body == b'{"prompt": "a cat"}'


def test_an_answer_that_is_too_late_is_a_timeout_on_the_clock_of_the_mock(
    mock: Mock, session: requests.Session
) -> None:
    mock.faults.add("latency 60s")
    began = mock.clock.now()
    with pytest.raises(requests.exceptions.ReadTimeout):
        session.post(f"{HOST}/luma-imagine", json={"prompt": "x"}, timeout=(3, 30))
    assert mock.clock.now() - began == 30_000
    assert session.post(f"{HOST}/luma-imagine", json={"prompt": "x"}).ok
    assert len(mock.tasks) == 2


@pytest.mark.parametrize(
    ("fault", "error"),
    [("reset", requests.exceptions.ConnectionError), ("truncate", requests.exceptions.ChunkedEncodingError)],
)
def test_a_broken_wire_is_what_requests_makes_of_one(
    mock: Mock, session: requests.Session, fault: str, error: type[Exception]
) -> None:
    mock.faults.add(fault)
    with pytest.raises(error):
        session.post(f"{HOST}/luma-imagine", json={"prompt": "x"})


def test_responses_asks_the_mock_for_its_addresses_and_for_nothing_else(mock: Mock) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as board:
        answer_responses(mock, board)
        board.get("https://other.example/", json={"mine": True})
        task = requests.post(f"{HOST}/luma-imagine", json={"prompt": "x"}, headers=KEY, timeout=5)
        assert (task.status_code, task.headers["content-type"]) == (200, "application/json")
        assert requests.post(f"{HOST}/fetch?x=1", json=task.json(), headers=KEY, timeout=5).ok
        assert requests.get("https://other.example/", timeout=5).json() == {"mine": True}
        with pytest.raises(requests.exceptions.ConnectionError):
            requests.get("https://api.apiframe.pro.evil.example/fetch", timeout=5)


def test_responses_meets_time_outs_too(mock: Mock) -> None:
    mock.faults.add("latency 60s")
    with responses.RequestsMock(assert_all_requests_are_fired=False) as board:
        answer_responses(mock, board)
        with pytest.raises(requests.exceptions.ReadTimeout):
            requests.post(f"{HOST}/luma-imagine", json={"prompt": "x"}, headers=KEY, timeout=5)


def test_what_requests_sent_is_judged_with_the_line_of_the_test(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import requests, responses
        from lumakit.pytest import answer_responses

        @pytest.mark.lumakit(provider="apiframe")
        @responses.activate
        def test_it(lumakit_mock):
            answer_responses(lumakit_mock(), responses)
            requests.post(f"{HOST}/luma-imagine", json={"prompt": 7}, headers=KEY)
        """,
    )
    result.assert_outcomes(failed=1)
    assert "X206" in said(result)
    result.stdout.fnmatch_lines(["  sent at test_*.py:*"])


def test_lumakit_mock_itself_is_the_mock_that_is_configured(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import requests, responses
        from lumakit.pytest import answer_responses, requests_adapter

        pytestmark = pytest.mark.lumakit(provider="apiframe")

        @responses.activate
        def test_responses(lumakit_mock):
            answer_responses(lumakit_mock, responses)
            assert requests.post(f"{HOST}/luma-imagine", json={"prompt": "x"}, headers=KEY).ok

        def test_adapter(lumakit_mock):
            with requests.Session() as session:
                session.mount(HOST, requests_adapter(lumakit_mock))
                assert session.post(f"{HOST}/luma-imagine", json={"prompt": "x"}, headers=KEY).ok
            lumakit_mock.assert_called("POST /luma-imagine", times=1)
        """,
    )
    result.assert_outcomes(passed=2)


@pytest.mark.parametrize("wrong", ["apiframe", None, HOST, object()])
def test_what_is_no_mock_is_refused_and_told_how_it_is_meant(wrong: Any) -> None:
    with pytest.raises(UsageError, match=r"takes a mock of this process, not .*\n.*requests_adapter\(lumakit_mock\)"):
        requests_adapter(wrong)
    with pytest.raises(UsageError, match=r"answer_responses takes a mock"):
        answer_responses(wrong, responses)


def test_what_is_no_responses_is_refused(mock: Mock) -> None:
    with pytest.raises(UsageError, match=r"the module `responses`"):
        answer_responses(mock, requests)


def test_no_message_tells_a_key_where_a_request_stands_for_a_provider() -> None:
    clock = VirtualClock()
    mocks = Mocks(Choices("apiframe"), Stage(clock, Inbox(clock, lambda: ()), "test", __file__))
    asked: Any = Request("POST", "/luma-imagine", headers=(("Authorization", "very-secret"),))
    for ask in (mocks, MockProvider, load, lint, requests_adapter):
        with pytest.raises(UsageError, match=r"not (?:by )?a Request") as caught:
            ask(asked)
        assert "very-secret" not in str(caught.value)


def test_a_base_address_may_have_a_path_of_its_own() -> None:
    choices = Choices("apiframe", bases=("https://proxy.example/luma",))
    mock = Mock(MockProvider("apiframe", clock=VirtualClock()), choices)
    with requests.Session() as session:
        session.mount("https://proxy.example", requests_adapter(mock))
        answer = session.post("https://proxy.example/luma/luma-imagine", json={"prompt": "x"}, headers=KEY)
    assert answer.ok
    with pytest.raises(UsageError, match="is no base address"):
        Mock(MockProvider("apiframe"), Choices("apiframe", bases=("proxy.example",)))
