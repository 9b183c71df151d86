"""Where a key may come from, and that one that is typed is refused without being repeated."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from lumakit.cli import keys, main
from lumakit.errors import UsageError
from tests.cli.prompt import COMMANDS, KEY, Prompt, prompt

Out = pytest.CaptureFixture[str]
TYPED = "sk-canary0815typed"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def chosen(*arguments: str, **environment: str) -> str | None:
    parser = argparse.ArgumentParser()
    keys.flags(parser)
    return keys.chosen(parser.parse_args(arguments), environment, "ACME_API_KEY")


def test_a_key_comes_from_the_environment_or_a_file() -> None:
    Path("key").write_text(f"\n  {KEY} \n", encoding="utf-8")
    assert chosen(ACME_API_KEY=KEY) == KEY
    assert chosen("--api-key-env", "MINE", ACME_API_KEY="another", MINE=KEY) == KEY
    assert chosen("--api-key-file", "key", ACME_API_KEY="another") == KEY
    assert chosen() is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--api-key-env NONE", "--api-key-env names a variable that is not set"),
        ("--api-key-env NONE --api-key-file key", "contradict"),
        ("--api-key-file nowhere", "the key cannot be read: No such file"),
        ("--api-key-file .", "the key cannot be read: Is a directory"),
        ("--api-key-file bytes", "the key cannot be read: it is no text"),
        ("--api-key-file empty", "there are 0 keys in the file"),
        ("--api-key-file two", "there are 2 keys in the file"),
    ],
)
def test_what_is_no_key_is_told_without_it(arguments: str, said: str) -> None:
    Path("bytes").write_bytes(b"\xff\xfe")
    Path("empty").write_text("\n", encoding="utf-8")
    Path("two").write_text(f"{KEY}\n{KEY}\n", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        chosen(*arguments.split())
    assert said in str(caught.value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("flag", ["--api-key X", "--api-key=X", "--apikey X", "--api_key X", "--key=X", "--token X"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_key_that_is_typed_is_refused_and_not_repeated(command: str, flag: str, capsys: Out) -> None:
    assert main([command, "chainhub", "an-id", *flag.replace("X", TYPED).split()]) == 2
    printed = capsys.readouterr()
    assert ": a key is not typed, for everybody on this machine can read a command line [key_typed]" in printed.err
    assert "--api-key-env NAME, or --api-key-file FILE" in printed.err
    assert TYPED not in printed.err + printed.out


@pytest.mark.parametrize("flag", [f"--api-k {TYPED}", f"--api-k={TYPED}", f"--secret={TYPED}", f"kind {TYPED}"])
def test_what_looks_like_a_key_is_not_repeated_whatever_stands_before_it(flag: str, capsys: Out) -> None:
    assert main(["submit", "chainhub", *flag.split()]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("lumakit: ")
    assert TYPED not in printed.err + printed.out


def test_the_key_of_the_mock_in_the_settings_is_none_of_the_client(capsys: Out) -> None:
    Path("lumakit.toml").write_text('api-key = "of-the-mock"\nseed = "7"\n', encoding="utf-8")
    assert main(["fetch", "nowhere", "an-id"]) == 2
    assert "key_typed" not in capsys.readouterr().err


def test_where_there_is_no_key_the_ways_to_give_one_are_told() -> None:
    with prompt() as at:
        at.environment = {"CHAINHUB_API_KEY": ""}
        assert "[key_form]" in at("fetch PROVIDER an-id").err


def test_a_provider_without_a_key_is_told_the_name_of_the_variable(
    capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CHAINHUB_API_KEY", raising=False)
    assert main(["fetch", "chainhub", "an-id"]) == 2
    said = "try: CHAINHUB_API_KEY in the environment, --api-key-env NAME, or --api-key-file FILE"
    assert said in capsys.readouterr().err


def keyed(at: Prompt, line: str) -> tuple[int, str]:
    """What a command with some key comes to, and the key that has arrived."""
    ended = at(line)
    assert KEY not in ended.out + ended.err
    return ended.code, str({each.owner for each in at.mock.journal.entries()})


def test_the_key_that_was_chosen_is_the_one_that_is_sent() -> None:
    Path("key").write_text(KEY, encoding="utf-8")
    with prompt(api_keys=[KEY]) as at:
        at.environment = {"CHAINHUB_API_KEY": "another-key-of-mine", "MINE": KEY}
        assert at("submit PROVIDER --prompt a").code == 2
        assert keyed(at, "submit PROVIDER --prompt a --api-key-env MINE")[0] == 0
        assert keyed(at, "submit PROVIDER --prompt a --api-key-file key")[0] == 0
