"""What is said of a task that was left behind can be typed as it stands, and errors speak the words of flags."""

from __future__ import annotations

import argparse
import shlex

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lumakit import call_errors as errors
from lumakit.call_errors import CallError, Circumstances
from lumakit.cli import again, reaching
from lumakit.errors import LumakitError, UsageError
from tests.cli.prompt import parser_of


def options(*arguments: str) -> argparse.Namespace:
    return parser_of("run").read(["chainhub", *arguments])


def test_what_was_usual_is_not_said() -> None:
    assert again.command("wait", options("--prompt", "a"), "t-1") == "lumakit wait chainhub t-1"


def test_what_leads_to_the_task_is_said_and_quoted() -> None:
    given = options(
        *"--base-url https://m.test/x/ --edition published --specs DIR --api-key-env MINE".split(),
        *"--judge raise --save".split(),
        "my video.mp4",
        *"--overwrite --every 2 --budget 5 --prompt a --json".split(),
    )
    assert again.command("wait", given, "t-1", "luma") == (
        "lumakit wait chainhub t-1 --base-url https://m.test/x --edition published --specs DIR --api-key-env MINE "
        "--judge raise --kind luma --save 'my video.mp4' --overwrite"
    )


@example("-t", "-x")
@given(st.text(st.characters(codec="utf-8"), min_size=1), st.text(st.characters(codec="utf-8"), min_size=1))
def test_whatever_a_task_is_called_the_command_means_it(task_id: str, file: str) -> None:
    said = again.command("wait", options(f"--save={file}"), task_id)
    name, verb, *rest = shlex.split(said)
    meant = parser_of("wait").read(rest)
    assert (name, verb, meant.provider, meant.id, meant.save) == ("lumakit", "wait", "chainhub", task_id, file)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (UsageError("x", code="save_exists", hint="another name, or overwrite=True"), "another name, or --overwrite"),
        (
            UsageError("x", code="key_missing", hint="api_key=..."),
            "ACME_API_KEY in the environment, --api-key-env NAME",
        ),
        (UsageError("x", code="base_url", hint="base_url='x'"), "--base-url https://api.example.com"),
        (UsageError("x", code="no_video", hint="look at task.error and task.raw"), "--json shows all"),
        (errors.RequestRefused("x", code="moved", hint="the new address as base_url"), "the new address as --base-url"),
        (errors.InvalidRequest("x", code="no_tasks", hint="client.call(...)"), "a lifecycle.yaml beside the document"),
        (errors.InvalidRequest("x", code="which_kind", hint="say kind=, or use client.call"), "--kind says which"),
        (errors.Busy("x", code="y"), "wait a little"),
    ],
)
def test_what_to_try_is_said_in_the_words_of_flags(error: LumakitError, said: str) -> None:
    assert again.hint(error, "ACME_API_KEY").startswith(said)


def test_a_budget_that_ended_needs_no_advice_but_the_command() -> None:
    assert again.hint(errors.WaitTimeout("x", code="wait_timeout"), "") == ""


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (errors.Uncertain("x", code="y"), "it was sent once, and is not sent again"),
        (
            CallError("x", code="y", about=Circumstances(retry_after_s=7.5)),
            "the provider asks to be left alone for 7.5 s",
        ),
        (CallError("x", code="y"), ""),
        (UsageError("x", code="y"), ""),
    ],
)
def test_what_nobody_knows_and_how_long_to_wait_is_said(error: LumakitError, said: str) -> None:
    assert again.more(error) == said


CODES = {
    1: {"GivenUp", "TaskFailed", "ResultGone", "ResultBlocked", "ContractBroken"},
    2: {"RequestRefused", "UnknownTask", "KeyRefused"},
    3: {"WaitAndSee", "Busy", "NotReady", "Unavailable", "Unreachable"},
    4: {"CallError", "OutOfCredits", "WaitTimeout", "Uncertain"},
}


def test_every_end_of_a_call_has_its_exit_code() -> None:
    named = {
        name: each for name, each in vars(errors).items() if isinstance(each, type) and issubclass(each, CallError)
    }
    assert {name: each.exit_code for name, each in named.items()} == {
        name: code for code, names in CODES.items() for name in names
    }


def test_a_provider_that_is_called_like_a_flag_is_no_trouble() -> None:
    given = options("--prompt", "a")
    given.provider = "-p"
    assert again.command("fetch", given, "-x") == "lumakit fetch -- -p -x"


def test_every_flag_that_leads_to_a_task_is_one_of_all_commands() -> None:
    parser = argparse.ArgumentParser()
    reaching.flags(parser)
    assert set(again._REACHING) <= set(vars(parser.parse_args(["chainhub"])))
