"""The fixtures, as another project's tests meet them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.pytest.runs import apart, bare, run, said

pytest_plugins = ["pytester"]


def test_an_application_that_hard_codes_the_address_is_caught(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        def test_it(lumakit_mock):
            task = submit().json()["task_id"]
            seen = [look(task).get("status") for _ in range(4)]
            assert seen[0] == "pending" and seen[-1] == "finished"
            assert lumakit_mock("apiframe").tasks[task].done
        """,
    )
    result.assert_outcomes(passed=1)


def test_async_clients_are_caught_too(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import asyncio

        async def ask():
            async with httpx.AsyncClient(headers=KEY) as client:
                return (await client.post(f"{HOST}/luma-imagine", json={"prompt": "a cat"})).status_code

        @pytest.mark.lumakit(provider="apiframe")
        def test_it(lumakit_mock):
            assert asyncio.run(ask()) == 200
            assert len(lumakit_mock.tasks) == 1
        """,
    )
    result.assert_outcomes(passed=1)


def test_the_configured_mock_has_every_verb_itself(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        @pytest.mark.lumakit(provider="apiframe")
        def test_it(lumakit_mock):
            lumakit_mock.scenario("fail")
            task = submit().json()["task_id"]
            lumakit_mock.tasks.fail(task)
            assert look(task)["status"] == "failed"
            asked = [each.operation for each in lumakit_mock.requests(task=task)]
            assert asked == ["POST /luma-imagine", "POST /fetch"]
            assert lumakit_mock.clock.now() and not len(lumakit_mock.webhooks) and not lumakit_mock.faults.rows
            assert "https://api.apiframe.pro" in lumakit_mock.addresses
            lumakit_mock.reset()
            assert not lumakit_mock.tasks
        """,
    )
    result.assert_outcomes(passed=1)


def test_a_fault_strikes_and_its_refusal_is_nobodys_mistake(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        @pytest.mark.lumakit(provider="apiframe", faults=["503 first 1"])
        def test_it(lumakit_mock):
            assert [submit().status_code, submit().status_code] == [503, 200]
        """,
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("fixture", ["lumakit_mock", "lumakit_server"])
def test_of_all_providers_each_gets_the_faults_that_it_has_a_place_for(pytester: pytest.Pytester, fixture: str) -> None:
    result = run(
        pytester,
        f"""
        @pytest.mark.lumakit(faults=["503 on POST /luma-imagine", "latency 1s"])
        def test_it({fixture}):
            faults = {{each.contract.name: len(each.faults.rows) for each in {fixture}}}
            assert faults == {{"apiframe": 2, "chainhub": 1, "kkiai": 1}}

        @pytest.mark.lumakit(faults=["503 on POST /nowhere"])
        def test_nowhere({fixture}): pass
        """,
    )
    result.assert_outcomes(passed=1, errors=1)


def test_choices_go_from_the_file_over_fixture_and_marker_to_the_command_line(pytester: pytest.Pytester) -> None:
    pytester.makeini(
        "[pytest]\nlumakit_seed = file\nlumakit_scenario = file\nlumakit_provider = file\nlumakit_progress = time\n"
    )
    pytester.makeconftest(
        "import pytest\n@pytest.fixture(scope='session')\ndef lumakit_config():\n"
        "    return {'seed': 'fixture', 'scenario': 'fixture', 'provider': 'fixture'}"
    )
    result = run(
        pytester,
        """
        pytestmark = pytest.mark.lumakit(scenario="module", provider="module")

        @pytest.mark.lumakit(provider="marker")
        def test_it(lumakit_choices):
            told = lumakit_choices
            assert (told.progress, told.seed, told.scenario, told.provider) == ("time", "fixture", "module", "line")
        """,
        "--lumakit-provider=line",
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ("provider='apifram'", "did you mean apiframe?"),
        ("providr='apiframe'", "did you mean provider?"),
        ("judge='no'", "True or False"),
        ("elsewhere='maybe'", "one of refuse, pass"),
        ("bases=['example.com']", "is no base address"),
        ("scenario='failing'", "did you mean fail?"),
        ("'apiframe'", "takes names"),
    ],
)
def test_a_bad_choice_is_told_in_plain_words(pytester: pytest.Pytester, marker: str, told: str) -> None:
    choices = f"provider='apiframe', {marker}" if "=" in marker and "prov" not in marker else marker
    result = run(pytester, f"\n@pytest.mark.lumakit({choices})\ndef test_it(lumakit_mock): pass")
    result.assert_outcomes(errors=1)
    assert told in said(result)
    assert "lumakit/pytest" not in said(result)


def test_an_error_of_ours_in_a_test_shows_the_line_of_the_test_and_none_of_ours(pytester: pytest.Pytester) -> None:
    result = run(pytester, "def test_it(lumakit_mock):\n    lumakit_mock.tasks")
    result.assert_outcomes(failed=1)
    assert "which provider is to be mocked is not said" in said(result)
    assert ">       lumakit_mock.tasks" in said(result) or ">   lumakit_mock.tasks" in said(result)
    assert "steering.py" not in said(result)


def test_draws_are_each_tests_own_and_the_same_in_every_run(pytester: pytest.Pytester) -> None:
    tests = """
        @pytest.mark.parametrize("turn", [1, 2])
        @pytest.mark.lumakit(provider="apiframe")
        def test_it(lumakit_mock, turn):
            print("made", submit().json()["task_id"])
        """
    first, second = ([line for line in run(pytester, tests, "-s").outlines if "made" in line] for _ in range(2))
    assert first == second
    assert len({line.split()[-1] for line in first}) == 2


def test_a_document_of_ones_own_is_mocked_at_the_address_that_is_given(pytester: pytest.Pytester) -> None:
    pytester.makefile(".yaml", jobs=_JOBS)
    result = bare(
        pytester,
        """
import httpx, pytest

@pytest.mark.lumakit(provider="jobs.yaml", bases=["https://jobs.example.com/v1"])
def test_it(lumakit_mock):
    assert httpx.get("https://jobs.example.com/v1/jobs").json() == {"jobs": []}
    lumakit_mock.assert_called("GET /jobs", times=1)
""",
    )
    result.assert_outcomes(passed=1)


_JOBS = """
openapi: 3.1.0
info: {title: jobs, version: '1'}
paths:
  /jobs:
    get:
      responses:
        '200':
          description: all
          content: {application/json: {example: {jobs: []}, schema: {type: object}}}
"""


def test_the_plugin_that_nobody_uses_imports_nothing_heavy() -> None:
    heavy = ["lumakit.contract", "lumakit.pytest", "mockserver", "httpx", "respx", "jsonschema_rs", "asyncio"]
    asked = (
        f"import sys, pytest; before = set(sys.modules); import lumakit.pytest_plugin; print([n for n in {heavy} "
        "if n in set(sys.modules) - before])"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_collecting_tests_that_use_it_imports_nothing_heavy_either(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        "import sys\nHEAVY = ('mockserver', 'jsonschema_rs', 'lumakit.pytest')\n"
        "def pytest_unconfigure():\n    print('heavy', [n for n in HEAVY if n in sys.modules])"
    )
    result = apart(pytester, "def test_it(lumakit_mock, lumakit_server, lumakit_webhooks): pass", "--collect-only")
    result.stdout.fnmatch_lines(["heavy []"])


def test_the_marker_is_known_and_shown(pytester: pytest.Pytester) -> None:
    result = bare(pytester, "def test_it(): pass", "--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.lumakit(provider=, *"])
    shown = bare(pytester, "def test_it(): pass", "--fixtures", "-v")
    for name in ("lumakit_mock", "lumakit_server", "lumakit_clock", "lumakit_no_waiting", "lumakit_webhooks"):
        shown.stdout.fnmatch_lines([f"{name}*"])
