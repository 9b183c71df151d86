"""What an application asks of nobody that is mocked: kept from the network, told, and let out where that is wished."""

from __future__ import annotations

import pytest

from tests.pytest.runs import bare, run, said, told

pytest_plugins = ["pytester"]


def test_a_stray_fails_the_test_even_where_the_application_swallows_its_error(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        @pytest.mark.lumakit(provider="apiframe")
        def test_it(lumakit_mock):
            with pytest.raises(AssertionError, match="nobody's that lumakit mocks here"):
                httpx.get("https://user:secret@telemetry.example.com/v1?token=secret")
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "the application asked somebody who is not mocked here:",
            "    GET https://telemetry.example.com/v1",
            "  mocked is https://api.apiframe.pro, https://api.apiframe.ai",
        ]
    )
    assert "secret@" not in said(result).partition("somebody who is not mocked")[2]


def test_a_stray_that_another_mock_of_respx_answers_is_none(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        def test_it(lumakit_mock, respx_mock):
            respx_mock.get("https://telemetry.example.com/v1").respond(204)
            assert httpx.get("https://telemetry.example.com/v1").status_code == 204
            assert submit().status_code == 200
        """,
    )
    result.assert_outcomes(passed=1)


def test_a_stray_beside_another_mock_of_respx_fails_the_test_too(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        def test_it(lumakit_mock, respx_mock):
            with pytest.raises(AssertionError):
                httpx.get("https://telemetry.example.com/v1")
        """,
    )
    result.assert_outcomes(failed=1)
    assert "GET https://telemetry.example.com/v1" in said(result)


def test_what_another_mock_of_respx_answers_on_this_machine_is_left_to_it(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import asyncio

        async def ask():
            async with httpx.AsyncClient() as client:
                return (await client.get("http://localhost:9/")).status_code

        def test_it(lumakit_mock, respx_mock):
            respx_mock.get("http://localhost:9/").respond(204)
            assert httpx.get("http://localhost:9/").status_code == asyncio.run(ask()) == 204
        """,
    )
    result.assert_outcomes(passed=1)


def test_strays_pass_where_the_test_lets_them(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        @pytest.mark.lumakit(elsewhere="pass")
        def test_it(lumakit_mock):
            with pytest.raises(httpx.ConnectError):
                httpx.get("https://nobody.invalid/")
        """,
    )
    result.assert_outcomes(passed=1)


def test_another_library_does_not_reach_the_real_provider(pytester: pytest.Pytester) -> None:
    result = bare(
        pytester,
        "import pytest, urllib.request\n\n@pytest.mark.lumakit(provider='apiframe')\ndef test_it(lumakit_mock):\n"
        "    with pytest.raises(OSError):\n        urllib.request.urlopen('https://api.apiframe.pro/fetch')\n",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "a library that is not httpx was about to reach the real provider:",
            "    api.apiframe.pro",
            "  *lumakit.pytest.requests_adapter or answer_responses*lumakit_server",
        ]
    )
    assert "not mocked here" not in told(result)
    assert "lets such requests out" not in told(result)


@pytest.mark.parametrize(
    ("elsewhere", "address", "advice"),
    [
        ("refuse", "http://api.apiframe.pro/fetch", "only https is documented: https://api.apiframe.pro"),
        ("pass", "http://api.apiframe.pro/fetch", "only https is documented: https://api.apiframe.pro"),
        ("refuse", "https://api.apiframe.pro:8443/fetch", "mocked there is https://api.apiframe.pro"),
        ("refuse", "https://api.apifram.pro/fetch", "did you mean https://api.apiframe.pro?"),
    ],
)
def test_an_address_that_is_nearly_right_is_told_the_right_one(
    elsewhere: str, address: str, advice: str, pytester: pytest.Pytester
) -> None:
    result = run(
        pytester,
        f"""
        @pytest.mark.lumakit(provider="apiframe", elsewhere={elsewhere!r})
        def test_it(lumakit_mock):
            with pytest.raises(AssertionError, match="{advice.replace("?", ".")}"):
                httpx.get("{address}")
        """,
    )
    result.assert_outcomes(failed=1)
    assert f"  {advice}" in told(result)


def test_other_names_are_looked_up_as_ever(pytester: pytest.Pytester) -> None:
    tests = "import socket\n\ndef test_it(lumakit_mock): assert socket.getaddrinfo('localhost', 80)\n"
    bare(pytester, tests).assert_outcomes(passed=1)
