"""What is no httpx does not reach a name that is mocked, whatever proxy stands in the environment."""

from __future__ import annotations

import pytest

from lumakit.pytest.names import past_proxies
from tests.pytest.runs import run, said

pytest_plugins = ["pytester"]


def test_a_proxy_of_the_environment_is_gone_past(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("NO_PROXY", "intranet.example")
    result = run(
        pytester,
        """
        import os
        import requests
        from requests.utils import should_bypass_proxies

        @pytest.mark.lumakit(provider="apiframe")
        def test_it(lumakit_mock):
            assert submit().is_success
            with pytest.raises(requests.ConnectionError, match="is mocked by lumakit for httpx alone"):
                requests.post(f"{HOST}/luma-imagine", json={"prompt": "x"}, headers=KEY)

        @pytest.mark.lumakit(provider="apiframe")
        def test_others_go_as_ever(lumakit_mock):
            lumakit_mock("chainhub", bases=["https://proxy.example:8443/luma"])
            passed = [should_bypass_proxies(f"https://{host}/", None)
                      for host in ("proxy.example", "api.apiframe.pro", "intranet.example", "elsewhere.example")]
            assert passed == [True, True, True, False]

        def test_it_is_put_back():
            assert os.environ["NO_PROXY"] == "intranet.example" and "no_proxy" not in os.environ
        """,
    )
    result.assert_outcomes(failed=1, passed=2)
    assert "api.apiframe.pro" in said(result)
    assert "lumakit_server" in said(result)


def test_both_spellings_say_what_either_said() -> None:
    told = past_proxies(["https://a.example/v1", "https://b.example:8443"], {"NO_PROXY": "x, y", "no_proxy": "y,z"})
    assert told == dict.fromkeys(("NO_PROXY", "no_proxy"), "x,y,z,a.example,b.example")


def test_where_nothing_goes_by_a_proxy_nothing_is_said() -> None:
    assert past_proxies(["https://a.example"], {"no_proxy": "*"}) == {}
