"""The public face: what it promises is there, and asking for one thing does not wake the rest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import lumakit
import mockserver

ROOT = Path(__file__).resolve().parent.parent


def test_every_public_name_is_there_and_sorted() -> None:
    assert list(lumakit.__all__) == sorted(lumakit.__all__)
    assert all(getattr(lumakit, name) is not None for name in lumakit.__all__)
    assert set(dir(lumakit)) == {*lumakit.__all__, "__version__"}


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        lumakit.nonsense  # noqa: B018


def test_load_and_lint_take_a_name_a_path_and_a_folder_of_providers() -> None:
    assert lumakit.load("chainhub").edition is lumakit.Edition.CORRECTED
    assert lumakit.load("chainhub", "published").edition is lumakit.Edition.PUBLISHED
    assert lumakit.load(ROOT / "tests" / "data" / "jobs.yaml").title == "Image jobs"
    assert lumakit.load("kkiai", specs=ROOT / "specs").name == "kkiai"
    assert lumakit.lint("chainhub") == ()


def test_an_unknown_edition_is_wrong_usage() -> None:
    with pytest.raises(lumakit.UsageError, match="published, corrected"):
        lumakit.load("chainhub", "draft")


@pytest.mark.parametrize(
    ("code", "asleep"),
    [
        ("import lumakit", "argparse dataclasses yaml jsonschema_rs lumakit.model lumakit.contract"),
        ("import lumakit; lumakit.Finding", "yaml jsonschema_rs lumakit.contract lumakit.webhooks"),
        (
            "import lumakit; lumakit.webhooks.Receiver",
            "httpx asyncio openapi_core jsonschema_rs mockserver lumakit.cli",
        ),
        ("import lumakit.cli; lumakit.cli.main(['--help'])", "yaml jsonschema_rs lumakit.contract tomllib"),
        ("import mockserver", "lumakit.clock mockserver.provider mockserver.live"),
        (
            "from mockserver import MockProvider; MockProvider('chainhub')",
            "httpx uvicorn asyncio openapi_core lumakit.cli",
        ),
        ("import lumakit.cli; lumakit.cli.main(['mock', '--help'])", "mockserver.provider uvicorn asyncio"),
        (
            "import lumakit.cli; lumakit.cli.main(['run', '--help'])",
            "httpx asyncio jsonschema_rs lumakit.client lumakit.flow",
        ),
        ("import lumakit; lumakit.load('chainhub')", "openapi_core jsonschema_rs lumakit.contract.lint lumakit.cli"),
    ],
)
def test_asking_for_one_thing_does_not_wake_the_rest(code: str, asleep: str) -> None:
    check = f"{code}\nimport sys\nawake = set({asleep.split()!r}) & sys.modules.keys()\nassert not awake, awake"
    subprocess.run([sys.executable, "-c", check], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


def test_the_face_of_the_mock_server_is_lazy_and_complete() -> None:
    assert list(mockserver.__all__) == sorted(mockserver.__all__)
    assert all(getattr(mockserver, name) is not None for name in mockserver.__all__)
    assert dir(mockserver) == mockserver.__all__
    with pytest.raises(AttributeError, match="nonsense"):
        mockserver.nonsense  # noqa: B018
