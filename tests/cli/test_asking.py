"""What a user says of a task, as the client takes it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest

from lumakit.cli import asking
from lumakit.cli.asking import Hook
from lumakit.errors import UsageError

SECRET = "canary-of-webhooks"
HOOK = Hook("webhook_url", "webhook_secret")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def asked(*arguments: str, hooks: tuple[Hook, ...] = (HOOK,)) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    asking.flags(parser)
    return asking.asked(parser.parse_args(arguments), hooks)


def test_nothing_said_is_nothing_asked() -> None:
    assert asked() == {}


def test_the_shared_names_have_flags() -> None:
    flags = "--prompt 7 --image https://i.test/a --end-image https://i.test/b --loop --aspect-ratio 16:9".split()
    assert asked(*flags, "--duration", "5s", "--resolution=720p", "--webhook", "https://h.test") == {
        "prompt": "7",
        "image": "https://i.test/a",
        "end_image": "https://i.test/b",
        "loop": True,
        "aspect_ratio": "16:9",
        "duration": "5s",
        "resolution": "720p",
        "webhook": "https://h.test",
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ('"7"', "7"),
        ("true", True),
        ("null", None),
        ('["a", 1]', ["a", 1]),
        ("a=b", "a=b"),
        ("", ""),
        ("{", "{"),
        ("NaN", "NaN"),
        ("16:9", "16:9"),
        ("caf\u00e9 \u2603", "caf\u00e9 \u2603"),
        ("\udcff", "\udcff"),
    ],
)
def test_a_parameter_is_json_or_else_a_text(text: str, value: object) -> None:
    assert asked("-p", f"seed={text}") == {"seed": value}
    assert asked("--extra", f"seed={text}") == {"extra": {"seed": value}}


def test_a_duration_may_be_a_number() -> None:
    assert asked("--duration", "5")["duration"] == 5


def test_names_that_the_client_uses_itself_are_no_trouble() -> None:
    assert asked("-p", "kind=a", "-p", "self=b", "-p", "extra=c") == {"kind_": "a", "self_": "b", "extra_": "c"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--prompt a -p prompt=b", "prompt is given twice"),
        ("-p seed=1 -p seed=2", "seed is given twice"),
        ("-p webhook_secret=X", "webhook_secret: a secret is not typed"),
        ("--extra webhook_secret=X", "webhook_secret: a secret is not typed"),
        ("-p hook_key=X", "hook_key: a secret is not typed"),
        ("--webhook https://h.test --webhook-secret-file nowhere", "cannot be read from nowhere"),
    ],
)
def test_what_cannot_be_is_told_without_a_value(arguments: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        asked(*arguments.replace("X", SECRET).split(), hooks=(Hook("hook", "hook_key"),))
    assert said in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("text", ["seed", "=7", " =7"])
def test_a_parameter_without_a_name_is_none(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        asked("-p", text)
    assert "write NAME=VALUE" in capsys.readouterr().err


@pytest.mark.parametrize("webhook", ["--webhook=https://h.test", "-pwebhook_url=https://h.test"])
def test_the_secret_of_webhooks_goes_along_where_the_provider_takes_one(webhook: str) -> None:
    Path("secret").write_text(f"{SECRET}\nthe one before\n", encoding="ascii")
    flags = (webhook, "--webhook-secret-file", "secret")
    assert asked(*flags)["webhook_secret"] == SECRET
    assert "webhook_secret" not in asked(*flags, hooks=(Hook("notify_hook"),))
    assert "webhook_secret" not in asked(*flags[1:])
