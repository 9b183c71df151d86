"""The live server: for whatever httpx is not."""

from __future__ import annotations

import pytest

from lumakit.clock import VirtualClock
from lumakit.errors import UsageError
from lumakit.pytest import Choices
from lumakit.pytest.server import Servers
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
        server = servers.begin(Choices(), VirtualClock(), "test_it")
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


DRAWN = """
    import os

    pytestmark = pytest.mark.lumakit(
        provider="apiframe", scenario="50% success, 50% fail", faults=["503 25% on POST /luma-imagine"]
    )

    def drawn(server, key):
        def asked(path, **body):
            return httpx.post(server.url + path, json=body, headers={"Authorization": key})

        for _ in range(8):
            answer = asked("/luma-imagine", prompt="x")
            task = answer.json().get("task_id")
            looks = [asked("/fetch", task_id=task).json().get("status") for _ in range(5) if task]
            yield answer.headers["X-Request-Id"], task, looks[-1:]

    @pytest.mark.parametrize("seed", [pytest.param("", id="own"), pytest.param("7", marks=pytest.mark.lumakit(seed=7))])
    @pytest.mark.parametrize("turn", [1, 2])
    def test_it(lumakit_server, request, seed, turn):
        told = [*drawn(lumakit_server, "of-the-shop"), *drawn(lumakit_server, os.environ["APIFRAME_API_KEY"])]
        with open("drawn.txt", "a") as file:
            print(request.node.name, told, file=file)
"""


def test_a_test_draws_the_same_alone_after_others_and_beside_them(pytester: pytest.Pytester) -> None:
    drawn = pytester.path / "drawn.txt"

    def lines() -> list[str]:
        found = sorted(drawn.read_text(encoding="utf-8").splitlines())
        drawn.unlink()
        return found

    run(pytester, DRAWN).assert_outcomes(passed=4)
    together = lines()
    run(pytester, DRAWN, "-k", "2-7").assert_outcomes(passed=1, deselected=3)
    assert lines() == [line for line in together if line.startswith("test_it[2-7]")]
    apart(pytester, DRAWN, "-n", "2").assert_outcomes(passed=4)
    assert lines() == together
    assert len({line.partition(" ")[2] for line in together}) == 4
    assert all("['finished']" in line and "['failed']" in line and "None" in line for line in together)


def test_a_late_request_of_the_test_before_meets_no_task_of_this_one(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        before = []

        @pytest.mark.parametrize("turn", range(2))
        @pytest.mark.lumakit(provider="apiframe", seed=7)
        def test_it(lumakit_server, turn):
            def asked(path, **body):
                return httpx.post(lumakit_server.url + path, json=body, headers=KEY)
            task = asked("/luma-imagine", prompt="x").json()["task_id"]
            assert task not in before
            assert [asked("/fetch", task_id=late).is_success for late in before] == [False] * turn
            assert lumakit_server.tasks[task].status == "pending"
            before.append(task)
        """,
    )
    result.assert_outcomes(passed=2)
