"""What an application sent is judged, and told so that a stranger understands it."""

from __future__ import annotations

import pytest

from tests.pytest.runs import apart, bare, run, said, told

pytest_plugins = ["pytester"]

TOLD = """\
apiframe does not take this request of the application:

    POST /luma-imagine
    {
      "prompt": 7
    }
  sent at shop.py:5
  called by the test at test_a_bad_request_shows_the_exchange_the_rule_the_shape_the_page_and_the_lines.py:6

  X206 body /prompt: the value is not of type "string"
    allowed: prompt as string

  it was answered 400
  documented at https://docs.apiframe.ai/luma-ai-api/imagine
  `lumakit show apiframe` lists what apiframe takes
  on purpose? @pytest.mark.lumakit(allow=['X206']), or judge=False for everything
"""


def test_a_bad_request_shows_the_exchange_the_rule_the_shape_the_page_and_the_lines(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        shop="""
        import httpx

        def order(prompt):
            # any of the ways in which code forgets to look at an answer
            httpx.post("https://api.apiframe.pro/luma-imagine", json={"prompt": prompt}, headers={"Authorization": "k"})
        """
    )
    result = bare(
        pytester,
        "import pytest, shop\n\n\n@pytest.mark.lumakit(provider='apiframe')\n"
        "def test_it(lumakit_mock):\n    shop.order(7)\n",
    )
    result.assert_outcomes(failed=1)
    assert TOLD in said(result)


def test_the_key_is_not_shown(pytester: pytest.Pytester) -> None:
    result = run(pytester, "\ndef test_it(lumakit_mock): submit(prompt=7, api_key='very-secret-key')")
    assert "key-of-the-test" not in said(result)
    assert "very-secret-key" not in said(result)


def test_what_is_not_documented_fails_the_test(pytester: pytest.Pytester) -> None:
    result = run(pytester, "\ndef test_it(lumakit_mock): httpx.get(f'{HOST}/nowhere')")
    result.assert_outcomes(failed=1)
    assert "  X200 GET /nowhere is not documented" in said(result)


@pytest.mark.parametrize("way", ["pytest.skip('no more')", "unittest.TestCase().skipTest('no more')"])
def test_a_skip_hides_nothing(way: str, pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        f"""
        import unittest

        @pytest.mark.lumakit(provider="apiframe", calls=["POST /fetch"])
        def test_wrong(lumakit_mock):
            submit(prompt=7)
            {way}

        @pytest.mark.lumakit(provider="apiframe", calls=["POST /fetch"])
        def test_good(lumakit_mock):
            submit()
            {way}
        """,
    )
    result.assert_outcomes(skipped=2, errors=1)
    assert told(result).count("X206 body /prompt") == 1
    assert "was to be called" not in told(result)


def test_a_skip_before_the_test_asks_for_no_calls(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        @pytest.fixture
        def never(lumakit_mock): pytest.skip("not here")

        @pytest.mark.lumakit(provider="apiframe", calls=["POST /fetch"])
        def test_it(never): pass
        """,
    )
    result.assert_outcomes(skipped=1)


EXPECTED = """
    pytestmark = pytest.mark.lumakit(provider="apiframe")

    @pytest.mark.xfail
    def test_marked(lumakit_mock): submit(prompt=7)

    @pytest.mark.xfail
    def test_fails(lumakit_mock):
        with pytest.raises(AssertionError): httpx.get("https://telemetry.example.com/v1")
        assert submit(prompt=7).is_success

    def test_says_so(lumakit_mock):
        submit(prompt=7)
        pytest.xfail("known")

    @pytest.mark.xfail(raises=ZeroDivisionError)
    def test_expects_another(lumakit_mock): submit(prompt=7)

    @pytest.mark.xfail
    @pytest.mark.lumakit(allow=["X206"])
    def test_on_purpose(lumakit_mock): assert submit(prompt=7).is_success
"""


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_what_an_expected_failure_hides_is_told_in_the_summary(
    workers: tuple[str, ...], pytester: pytest.Pytester
) -> None:
    result = (apart if workers else run)(pytester, EXPECTED, *workers)
    result.assert_outcomes(xfailed=4, failed=1)
    hidden = said(result).partition("wrong too, in tests that were expected to fail:\n")[2].splitlines()[:4]
    tests = sorted(line.split("::")[1].partition(",")[0] for line in hidden)
    assert tests == ["test_fails", "test_fails", "test_marked", "test_says_so"]
    assert "  X206 POST /luma-imagine: body /prompt: the value is not of type" in "\n".join(hidden)


@pytest.mark.parametrize("choices", ["judge=False", "allow=['X206']"])
def test_a_test_may_want_to_be_refused(pytester: pytest.Pytester, choices: str) -> None:
    result = run(
        pytester, f"\n@pytest.mark.lumakit({choices})\ndef test_it(lumakit_mock): assert submit(prompt=7).is_error"
    )
    result.assert_outcomes(passed=1)


def test_allowing_one_code_allows_no_other(pytester: pytest.Pytester) -> None:
    result = run(pytester, "\n@pytest.mark.lumakit(allow=['X200'])\ndef test_it(lumakit_mock): submit(prompt=7)")
    result.assert_outcomes(failed=1)


def test_one_mock_may_be_judged_otherwise_than_the_rest(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        def test_it(lumakit_mock):
            lumakit_mock("apiframe", judge=False)
            submit(prompt=7)
        """,
    )
    result.assert_outcomes(passed=1)


def test_a_failing_test_keeps_its_own_failure_and_is_told_the_rest_below(pytester: pytest.Pytester) -> None:
    result = run(pytester, "\ndef test_it(lumakit_mock):\n    submit(prompt=7)\n    assert 'mine' == 'yours'")
    result.assert_outcomes(failed=1)
    assert "'mine' == 'yours'" in said(result)
    result.stdout.fnmatch_lines(["*lumakit call*", "apiframe does not take this request of the application:"])


def test_what_another_fixture_sends_afterwards_is_judged_at_teardown(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        @pytest.fixture
        def late(lumakit_mock):
            yield
            submit(prompt=7)

        def test_it(late): submit()
        """,
    )
    result.assert_outcomes(passed=1, errors=1)
    assert told(result).count("X206 body /prompt") == 1


def test_bad_requests_of_one_line_are_told_once_and_counted(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        def test_it(lumakit_mock):
            for n in range(8): submit(prompt=n)
            submit(prompt="x", loop="yes")
        """,
    )
    assert told(result).count("X206 body /prompt") == 1
    assert told(result).count("X206 body /loop") == 1
    assert "apiframe does not take 8 requests of the application that are alike, of which this is the first:" in said(
        result
    )


def test_many_kinds_of_bad_requests_are_told_in_few_words(pytester: pytest.Pytester) -> None:
    result = run(pytester, "\ndef test_it(lumakit_mock):\n    for n in range(8): httpx.get(f'{HOST}/{min(n, 6)}')")
    assert told(result).count("  X200 ") == 5
    assert "and 3 more requests that apiframe does not take" in said(result)


def test_operations_that_were_to_be_called_and_were_not_fail_the_test(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        pytestmark = pytest.mark.lumakit(provider="apiframe", calls=["POST /fetch"])

        def test_does(lumakit_mock): look(submit().json()["task_id"])

        def test_does_not(lumakit_mock): submit()
        """,
    )
    result.assert_outcomes(passed=1, failed=1)
    assert "POST /fetch of apiframe was to be called, not never; it was asked:" in said(result)
    assert "    POST /luma-imagine -> 200" in said(result)


def test_what_a_live_server_was_sent_is_judged_too_and_names_the_test(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        @pytest.mark.lumakit(provider="apiframe")
        def test_it(lumakit_server):
            httpx.post(f"{lumakit_server.url}/luma-imagine", json={"prompt": 7}, headers=KEY)
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["    POST /luma-imagine", "  while test_*.py::test_it ran", "  X206 *"])


@pytest.mark.parametrize("key", ["{}", "{'Authorization': 'x'}"])
def test_a_request_that_shows_no_key_of_the_documented_kind_is_a_mistake(key: str, pytester: pytest.Pytester) -> None:
    result = bare(
        pytester,
        "import httpx, pytest\n\n@pytest.mark.lumakit(provider='chainhub')\ndef test_it(lumakit_mock):\n"
        f"    httpx.get('https://api.chainhub.tech/luma/generations/abc', headers={key})\n",
    )
    result.assert_outcomes(failed=1)
    assert "X207" in said(result)


def test_a_request_without_a_key_is_told_so_once(pytester: pytest.Pytester) -> None:
    result = run(pytester, "\ndef test_it(lumakit_mock): httpx.post(f'{HOST}/luma-imagine', json={'prompt': 'x'})")
    assert told(result).lower().count("no credentials") == 1
