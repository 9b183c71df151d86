"""Another project's tests, run with our plugin: written, run, and told as people read them."""

from __future__ import annotations

import textwrap

import pytest

# ruff: noqa: F401  # imported here, once: what a run imports first is forgotten after it
import lumakit.pytest.adapters
import lumakit.pytest.inbox
import lumakit.pytest.mocks
import lumakit.pytest.outcomes
import lumakit.pytest.server
import lumakit.pytest.session
import lumakit.pytest.waiting
import lumakit.pytest.written
import mockserver.door.asgi
import mockserver.door.doorkeeper

PLUGIN = ("-p", "no:lumakit", "-p", "lumakit.pytest_plugin", "-p", "no:schemathesis", "-p", "no:cacheprovider")
APIFRAME = """
    import httpx
    import pytest

    KEY = {"Authorization": "key-of-the-test"}
    HOST = "https://api.apiframe.pro"
    CLIENT = httpx.Client(headers=KEY)  # one for all: to make one takes a while

    def submit(**body):
        return CLIENT.post(f"{HOST}/luma-imagine", json={"prompt": "a cat", **body})

    def look(task):
        return CLIENT.post(f"{HOST}/fetch", json={"task_id": task}).json()
"""


def run(pytester: pytest.Pytester, tests: str, *arguments: str) -> pytest.RunResult:
    """Run tests, behind the few lines that ask apiframe."""
    return bare(pytester, textwrap.dedent(APIFRAME) + textwrap.dedent(tests), *arguments)


def bare(pytester: pytest.Pytester, tests: str, *arguments: str) -> pytest.RunResult:
    """Run tests as they are."""
    pytester.makepyfile(tests)
    return pytester.runpytest_inprocess(*PLUGIN, *arguments)


def apart(pytester: pytest.Pytester, tests: str, *arguments: str) -> pytest.RunResult:
    """Run tests in a process of their own."""
    pytester.makepyfile(textwrap.dedent(APIFRAME) + textwrap.dedent(tests))
    return pytester.runpytest_subprocess(*PLUGIN, *arguments, timeout=120)


def said(result: pytest.RunResult) -> str:
    """Everything that was printed."""
    return "\n".join(result.outlines)


def told(result: pytest.RunResult) -> str:
    """The same without the summary, which says it all again where CI is set."""
    return said(result).partition(" short test summary info ")[0]
