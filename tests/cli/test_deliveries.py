"""The flags of webhooks: what they choose, what they refuse, and that no secret is ever printed."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

import lumakit
from lumakit.cli import deliveries, main, mock
from lumakit.signing import Kind, Signing, verify
from mockserver import LiveServer
from mockserver.app import create_app
from mockserver.webhooks.habits import Habits, Network
from mockserver.webhooks.policy import POLICIES, Policy
from tests.egress.receiver import Receiver, notes

Out = pytest.CaptureFixture[str]
CANARY = "canary-9d2c77e1"
NOWHERE = "192.0.2.1"  # no address of this machine: what should have been refused ends there


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command runs in an empty folder and without settings."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("LUMAKIT_")]:
        monkeypatch.delenv(name)


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    mock.configure(parser)
    return parser.parse_args(arguments)


def chosen(*arguments: str, alone: bool = True) -> Habits:
    return deliveries.chosen(options(*arguments), alone=alone)


def reach(habits: Habits) -> str:
    assert isinstance(habits.sender, Network)
    return str(habits.sender.reach)


def test_without_flags_deliveries_stay_on_this_machine_and_are_not_signed() -> None:
    usual = chosen()
    assert (usual.policy, usual.signing, reach(usual)) == (None, Signing(), "loopback")


def test_every_flag_is_a_choice() -> None:
    Path("secrets").write_text("new one\n\n  old one \r\n", encoding="ascii")
    said = chosen(
        *("--webhooks", "standard, timeout 5", "--webhook-targets", " hooks.example:8000, loopback "),
        *("--webhook-signing", "hmac header=X-Sig", "--webhook-secret-file", "secrets"),
    )
    assert said.policy == Policy(timeout_s=5, waits_s=POLICIES["standard"][0].waits_s)
    assert reach(said) == "loopback, hooks.example:8000"
    assert (said.signing.kind, said.signing.header) == (Kind.HMAC, "X-Sig")
    assert said.signing.secrets == ("new one", "old one")


def test_a_secret_may_be_a_setting_and_a_file_comes_before_it() -> None:
    setting = ("--webhook-signing", "hmac", "--webhook-secret", "of-the-setting")  # as LUMAKIT_WEBHOOK_SECRET gives it
    assert chosen(*setting).signing.secrets == ("of-the-setting",)
    Path("secrets").write_text("of-the-file", encoding="ascii")
    assert chosen(*setting, "--webhook-secret-file", "secrets").signing.secrets == ("of-the-file",)


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("targets", ["public", "loopback", "10.0.0.0/8"])
def test_what_is_not_everywhere_may_be_called_from_anywhere(targets: str, *, alone: bool) -> None:
    assert reach(chosen("--webhook-targets", targets, alone=alone)) == targets


@pytest.mark.parametrize("targets", ["any", " any ", "ANY", "Any"])
def test_everywhere_is_for_a_server_that_only_this_machine_reaches(targets: str, capsys: Out) -> None:
    assert reach(chosen("--webhook-targets", targets)) == "any"
    for host in (NOWHERE, "0.0.0.0", "::", "box.test"):  # noqa: S104  # refused before anybody listens there
        assert main(["mock", "chainhub", "--host", host, "--webhook-targets", targets]) == 2
    said = capsys.readouterr().err
    assert said.count("could have it call any address") == 4
    assert "name the hosts and networks" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--webhooks usuall", "did you mean usual?"),
        ("--webhooks timeout@0", "`waits none` is one attempt"),
        ("--webhook-targets http://x/", "loopback, public, any, or a list"),
        ("--webhook-targets ,", "a policy without a word allows nothing"),
        ("--webhook-targets any,loopback", "any allows everything that a list could"),
        ("--webhook-targets 169.254.0.0/16", "under no policy"),
        ("--webhook-signing rsa", "one of none, echo, hmac, standard"),
        ("--webhook-signing hmac", "--webhook-secret-file, or LUMAKIT_WEBHOOK_SECRET"),
        ("--webhook-signing hmac@secrets=x", "after the kind come names with their values"),
        ("--webhook-secret-file nowhere", "the secrets cannot be read from nowhere: No such file or directory"),
        ("--webhook-secret-file .", "the secrets cannot be read from .: Is a directory"),
        ("--webhook-secret-file empty", "there is no secret in empty"),
        ("--webhook-secret-file odd", "the secrets cannot be read from odd: it is not plain ASCII"),
        ("--webhook-secret-file many", "9 secrets at once are too many"),
        ("--webhook-signing standard --webhook-secret-file bad", "the secret is not whsec_ and base64 behind it"),
    ],
)
def test_what_cannot_be_is_wrong_usage_and_told_without_a_secret(arguments: str, said: str, capsys: Out) -> None:
    files = {"empty": " \n\n", "odd": f"{CANARY}\u00e9", "many": f"{CANARY}\n" * 9, "bad": f"whsec_{CANARY}!"}
    for name, text in files.items():
        Path(name).write_text(text, encoding="utf-8")
    given = [each.replace("@", " ") for each in arguments.split()]
    assert main(["mock", "chainhub", *given, "--host", NOWHERE]) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert CANARY not in printed.err + printed.out


def test_help_tells_the_flags_and_not_the_one_that_everybody_could_read(
    capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUMAKIT_WEBHOOK_SECRET", CANARY)
    assert main(["mock", "--help"]) == 0
    printed = capsys.readouterr().out
    assert all(f"--webhook{flag} " in printed for flag in ("s", "-targets", "-signing", "-secret-file"))
    assert "--webhook-secret " not in printed
    assert CANARY not in printed


def test_a_server_signs_with_the_secret_that_it_was_given(capsys: Out) -> None:
    Path("secrets").write_text(CANARY, encoding="ascii")
    heard: list[bytes] = []
    flags = ("--webhook-signing", "hmac", "--webhook-secret-file", "secrets", "--scenario", "early", "--speed", "100")
    with (
        Receiver(notes(heard)) as receiver,
        LiveServer(create_app(choices=mock.choices(options("chainhub", *flags)))) as server,
    ):
        body = {"user_prompt": "a gust of wind", "notify_hook": f"{receiver.url}/done"}
        answer = httpx.post(f"{server.url}/luma/generations", json=body, headers={"Authorization": "Bearer any"})
        told = httpx.get(f"{server.url}/__admin/webhooks")
    assert answer.status_code == 200
    head, _, sent = heard[0].partition(b"\r\n\r\n")
    headers = tuple(tuple(line.split(": ", 1)) for line in head.decode().split("\r\n")[1:])
    assert verify(Signing.parse("hmac", CANARY), headers, sent, now_s=0) == ""  # type: ignore[arg-type]  # pairs, by the split
    assert told.json()["deliveries"][0]["state"] == "delivered"
    printed = capsys.readouterr()
    assert CANARY not in told.text + printed.out + printed.err


@pytest.mark.parametrize(
    ("signing", "flags", "unsigned"),
    [
        ("hmac", (), True),
        ("none", (), False),
        (None, (), False),
        ("hmac", ("--webhook-secret", "of-the-server"), False),
    ],
)
def test_it_is_known_where_documented_signatures_have_no_secret(
    signing: str | None, flags: tuple[str, ...], unsigned: bool
) -> None:
    contract = lumakit.load("chainhub")
    assert contract.reading
    kinds = {
        name: replace(kind, webhook=kind.webhook and replace(kind.webhook, signing=signing))
        for name, kind in contract.reading.tasks.items()
    }
    contract = replace(contract, reading=replace(contract.reading, tasks=kinds))
    assert deliveries.unsigned(contract, options(*flags)) is unsigned
