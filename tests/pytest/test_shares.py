"""Two providers in one test: what names a place belongs to the provider that has it, and to be refused says where."""

from __future__ import annotations

import pytest

from tests.pytest.runs import run, said, told

pytest_plugins = ["pytester"]


def test_another_provider_takes_over_nothing_that_names_a_place(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        @pytest.mark.lumakit(
            provider="apiframe", calls=["POST /luma-imagine"], bases=["https://proxy.example/frame"], seed=3,
            faults=["503 on POST /luma-imagine first 1", "429 first 1"],
        )
        def test_it(lumakit_mock):
            other = lumakit_mock("chainhub")
            assert [str(each) for each in other.faults] == ["429 first 1"]
            assert (other.choices.bases, other.choices.calls, other.choices.seed) == ((), (), "3")
            assert submit().status_code == 503
            assert httpx.post("https://proxy.example/frame/luma-imagine", json={"prompt": "x"}, headers=KEY).is_success
        """,
    )
    result.assert_outcomes(passed=1)


def test_where_all_are_mocked_each_gets_what_it_has_a_place_for(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        FAULT = "503 on POST /luma-imagine first 1"
        pytestmark = pytest.mark.lumakit(calls=["POST /luma-imagine", "POST /luma/generations"], faults=[FAULT])

        def ask(frame, hub):
            assert [httpx.post(f"{frame}/luma-imagine", json={"prompt": "x"}, headers=KEY).status_code
                    for _ in range(2)] == [503, 200]
            bearer = {"Authorization": "Bearer key-of-the-test"}
            assert httpx.post(f"{hub}/luma/generations", json={"user_prompt": "x"}, headers=bearer).is_success

        def test_in_process(lumakit_mock):
            ask(HOST, lumakit_mock("chainhub").addresses[0])

        def test_on_a_port(lumakit_server):
            ask(lumakit_server.url_of("apiframe"), lumakit_server.url_of("chainhub"))

        def test_a_fault_that_the_other_has_no_place_for_harms_it_not(lumakit_mock):
            lumakit_mock("chainhub", scenario="fail")
            ask(HOST, lumakit_mock("chainhub").addresses[0])

        def test_nobody_is_asked(lumakit_mock): pass
        """,
    )
    result.assert_outcomes(passed=3, failed=1)
    assert told(result).count(" was to be called, not never") == 2


@pytest.mark.parametrize("fixture", ["lumakit_mock", "lumakit_server"])
@pytest.mark.parametrize(
    ("choices", "told"),
    [
        ('calls=["POST /fetsch"], provider="apiframe"', "apiframe has no operation 'POST /fetsch'"),
        ('calls=["POST /fetsch"]', "nobody has an operation 'POST /fetsch'"),
    ],
)
def test_an_operation_that_nobody_has_is_refused_before_the_test(
    pytester: pytest.Pytester, fixture: str, choices: str, told: str
) -> None:
    result = run(
        pytester,
        f"""
        @pytest.mark.lumakit({choices})
        def test_it({fixture}): print("ran")
        """,
    )
    result.assert_outcomes(errors=1)
    assert (
        f"@pytest.mark.lumakit of test_an_operation_that_nobody_has_is_refused_before_the_test.py::test_it: {told}"
        in said(result)
    )
    assert "did you mean POST /fetch?" in said(result)
    assert "lumakit/pytest" not in said(result)
    assert "ran" not in result.outlines


WRONG = [
    ("scenario", "nope", "there is no scenario 'nope'"),
    ("provider", "apifram", "is called 'apifram'"),
    ("faults", "503 evry 3rd", "'evry' is no condition of a fault"),
    ("faults", "503 on POST /nowhere", "nothing is at 'POST /nowhere'"),
    ("bases", "example.com", "is no base address"),
]


@pytest.mark.parametrize("fixture", ["lumakit_mock", "lumakit_server"])
@pytest.mark.parametrize(("name", "value", "told"), WRONG)
def test_a_wrong_choice_is_told_with_the_fixture_it_comes_from(
    pytester: pytest.Pytester, fixture: str, name: str, value: str, told: str
) -> None:
    pytester.makeconftest(
        "import pytest\n@pytest.fixture(scope='session')\n"
        f"def lumakit_config(): return {{'provider': 'apiframe', {name!r}: {value!r}}}"
    )
    result = run(pytester, f"def test_it({fixture}): pass")
    result.assert_outcomes(errors=1)
    (line,) = [line for line in result.outlines if told in line and not line.startswith("ERROR")]
    assert line.lstrip("E ").startswith("the fixture lumakit_config: ")


@pytest.mark.parametrize(("name", "value", "told"), WRONG[:2])
@pytest.mark.parametrize("place", ["the configuration file of pytest", "the command line"])
def test_or_with_the_file_or_the_command_line(
    pytester: pytest.Pytester, place: str, name: str, value: str, told: str
) -> None:
    is_file = "file" in place
    pytester.makeini(f"[pytest]\nlumakit_{name} = {value if is_file else 'success'}\n")
    arguments = [] if is_file else [f"--lumakit-{name}={value}"]
    marker = '@pytest.mark.lumakit(provider="apiframe")\n' if name != "provider" else ""
    result = run(pytester, f"\n{marker}def test_it(lumakit_mock): pass", *arguments)
    result.assert_outcomes(errors=1)
    assert f"{place}: " in said(result)
    assert told in said(result)


def test_a_wrong_choice_that_a_nearer_place_replaces_harms_nobody(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nlumakit_provider = apifram\nlumakit_scenario = nope\n")
    result = run(
        pytester,
        '\n@pytest.mark.lumakit(provider="apiframe", scenario="fail")\ndef test_it(lumakit_mock): pass',
    )
    result.assert_outcomes(passed=1)


def test_bases_are_of_a_provider_that_is_chosen(pytester: pytest.Pytester) -> None:
    result = run(pytester, '\n@pytest.mark.lumakit(bases=["https://a.example"])\ndef test_it(lumakit_mock): pass')
    result.assert_outcomes(errors=1)
    assert "bases are of one provider, and none is chosen" in said(result)
