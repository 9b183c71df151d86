"""An application that waits on and on is ended, whatever it swallows, and its test fails."""

from __future__ import annotations

import textwrap

import pytest

from tests.pytest.runs import run

pytest_plugins = ["pytester"]

SHOP = """
import asyncio, time

def poll(errors=Exception):
    while True:
        try:
            time.sleep(60)
        except errors as error:
            if not isinstance(error, Exception):
                return

async def poll_async():
    while True:
        try:
            await asyncio.sleep(60)
        except Exception:
            pass
"""


def endless(pytester: pytest.Pytester, test: str) -> pytest.RunResult:
    """A test of an application that waits on and on."""
    pytester.makepyfile(shop=SHOP)
    imports = "import asyncio, shop, threading\nfrom lumakit.pytest.waiting import EndlessWait\n"
    return run(pytester, imports + textwrap.dedent(test), "-W", "ignore")


@pytest.mark.parametrize(
    "how",
    [
        "shop.poll()",
        "shop.poll(BaseException)",
        "asyncio.run(shop.poll_async())",
        "asyncio.run(in_a_task())",
        "in_a_thread()",
    ],
)
def test_who_swallows_errors_is_told_of_an_endless_wait_too(pytester: pytest.Pytester, how: str) -> None:
    result = endless(
        pytester,
        f"""
        async def in_a_task():
            task = asyncio.create_task(shop.poll_async())
            await asyncio.wait([task])

        def in_a_thread():
            thread = threading.Thread(target=shop.poll)
            thread.start()
            thread.join()

        def test_it(lumakit_no_waiting):
            lumakit_no_waiting.limit_s = 3600
            {how}
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the application has waited for 3660 s in 61 sleeps, and waits on*"])


def test_who_expects_an_endless_wait_has_seen_it(pytester: pytest.Pytester) -> None:
    result = endless(
        pytester,
        """
        @pytest.mark.parametrize("wait", [shop.poll, lambda: asyncio.run(shop.poll_async())])
        def test_it(wait, lumakit_no_waiting):
            lumakit_no_waiting.limit_s = 3600
            with pytest.raises(EndlessWait):
                wait()
        """,
    )
    result.assert_outcomes(passed=2)
