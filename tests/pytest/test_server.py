"""The live server: for whatever httpx is not."""

from __future__ import annotations

import pytest

from lumakit.clock import VirtualClock
from lumakit.errors import UsageError
from lumakit.pytest import Choices, Server
from lumakit.pytest.server import HandedClock, Servers
from tests.pytest.runs import apart, run

pytest_plugins = ["pytester"]


def test_an_application_finds_it_in_its_environment(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import json, os, urllib.request

        @pytest.mark.lumakit(provider="apiframe")
        def test_it(lumakit_server):
            key = {"Authorization": os.environ["APIFRAME_API_KEY"], "Content-Type": "application/json"}
            asked = urllib.request.Request(os.environ["APIFRAME_BASE_URL"] + "/luma-imagine", b'{"prompt": "x"}', key)
            task = json.load(urllib.request.urlopen(asked))["task_id"]
            assert lumakit_server.tasks[task].prompt == "x"
            assert lumakit_server.assert_called("luma-imagine", times=1)

        def test_then(lumakit_clock):
            assert "APIFRAME_BASE_URL" not in os.environ
        """,
    )
    result.assert_outcomes(passed=2)


def test_the_names_in_the_environment_are_chosen_in_the_configuration_file(pytester: pytest.Pytester) -> None:
    pytester.makeini(
        "[pytest]\nlumakit_provider = chainhub\nlumakit_environment =\n    VIDEO_URL = {url}/luma\n"
        "    VIDEO_TOKEN=sk-{key}\n"
    )
    result = run(
        pytester,
        """
        import os

        def test_it(lumakit_server):
            assert os.environ["VIDEO_URL"] == lumakit_server.url + "/luma"
            assert os.environ["VIDEO_TOKEN"] == "sk-" + lumakit_server.key
            assert "CHAINHUB_BASE_URL" not in os.environ
        """,
    )
    result.assert_outcomes(passed=1)


def test_it_is_as_new_before_each_test_and_started_once(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        ports, keys = set(), set()

        @pytest.mark.parametrize("turn", range(3))
        @pytest.mark.lumakit(provider="apiframe")
        def test_it(lumakit_server, turn):
            assert not len(lumakit_server.tasks) and not lumakit_server.requests()
            assert lumakit_server.provider.scenario == "success" and not lumakit_server.faults.rows
            lumakit_server.scenario("fail")
            lumakit_server.scenario("stuck", api_key="key-of-the-test")
            lumakit_server.faults.add("503 first 1")
            for _ in range(2):
                httpx.post(f"{lumakit_server.url}/luma-imagine", json={"prompt": "x"}, headers=KEY)
            ports.add(lumakit_server.url), keys.add(lumakit_server.key)
            assert len(ports) == 1 and len(keys) == turn + 1
        """,
    )
    result.assert_outcomes(passed=3)


def test_every_worker_has_its_own(pytester: pytest.Pytester) -> None:
    result = apart(
        pytester,
        """
        @pytest.mark.parametrize("turn", range(6))
        @pytest.mark.lumakit(provider="apiframe")
        def test_it(lumakit_server, turn):
            for _ in range(turn):
                httpx.post(f"{lumakit_server.url}/luma-imagine", json={"prompt": "x"}, headers=KEY)
            assert len(lumakit_server.tasks) == turn
            assert lumakit_server.key.startswith("test-gw")
        """,
        "-n",
        "2",
    )
    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(["apiframe: 15 requests in 5 tests"])


def test_it_lives_by_the_clock_of_the_test(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        @pytest.mark.parametrize("turn", range(2))
        @pytest.mark.lumakit(provider="apiframe", progress="time")
        def test_it(lumakit_server, lumakit_clock, turn):
            def asked(path, **body):
                return httpx.post(lumakit_server.url + path, json=body, headers=KEY).json()
            task = asked("/luma-imagine", prompt="x")["task_id"]
            assert asked("/fetch", task_id=task)["status"] == "pending"
            lumakit_clock.advance(300)
            assert asked("/fetch", task_id=task)["status"] == "finished"
        """,
    )
    result.assert_outcomes(passed=2)


def test_several_providers_stand_side_by_side(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import os

        def test_it(lumakit_server):
            assert os.environ["APIFRAME_BASE_URL"] == lumakit_server.url_of("apiframe")
            assert lumakit_server.url_of("apiframe") == lumakit_server.url + "/apiframe"
            httpx.post(lumakit_server.url_of("apiframe") + "/luma-imagine", json={"prompt": "x"}, headers=KEY)
            assert len(lumakit_server.mock("apiframe").tasks) == 1
            assert not len(lumakit_server.mock("chainhub").tasks)
        """,
    )
    result.assert_outcomes(passed=1)


def test_which_of_several_is_meant_has_to_be_said() -> None:
    servers = Servers()
    try:
        server = Server(servers.found(Choices(), VirtualClock()), Choices(), "key")
        with pytest.raises(UsageError, match="which provider is meant is not said"):
            server.tasks  # noqa: B018  # the asking is refused
        with pytest.raises(UsageError, match="'apifram' is not served here"):
            server.mock("apifram")
    finally:
        servers.stop()


def test_a_text_for_the_environment_that_cannot_be_filled_in_is_told(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        "\n@pytest.mark.lumakit(provider='apiframe', environment={'X': '{adress}'})\ndef test_it(lumakit_server): pass",
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["X='{adress}' cannot be filled in*", "*in braces stand url, key, port, apiframe"])


def test_a_handed_clock_tells_the_time_of_whoever_has_it_and_its_moves() -> None:
    handed, first, second = HandedClock(), VirtualClock(1000), VirtualClock(5000)
    moves: list[int] = []
    handed.follow(lambda: moves.append(handed.now()))
    handed.hand(first)
    first.advance(1)
    handed.hand(second)
    first.advance(1)
    handed.advance(2)
    assert (moves, second.now()) == ([2000, 7000], 7000)
