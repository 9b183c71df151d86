"""What the command does, whatever the maker of the films does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from filmroll.cli import main
from filmroll.films import PATIENCE_S
from lumakit.pytest import Ending, Server, Waiting, endings

pytestmark = pytest.mark.lumakit(progress="time")


def test_a_film_is_made_and_saved(
    lumakit_server: Server, lumakit_no_waiting: Waiting, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = tmp_path / "wind.mp4"
    assert main(["a gust of wind", "-o", str(film)]) == 0
    assert film.read_bytes()[4:8] == b"ftyp"
    assert "saved" in capsys.readouterr().out
    (order,) = lumakit_server.assert_called("POST /luma/generations", times=1)
    assert b"a gust of wind" in order.request.body
    assert set(lumakit_no_waiting.slept) == {10.0}


@pytest.mark.parametrize("ending", endings("chainhub", progress="time"))
def test_every_ending_ends_the_command(
    lumakit_server: Server,
    lumakit_no_waiting: Waiting,
    ending: Ending,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    failed = ending.phase == "failed"
    assert main(["a gust of wind", "-o", str(tmp_path / "wind.mp4")]) == (1 if failed else 0)
    assert ending.error in capsys.readouterr().err
    assert lumakit_no_waiting.waited_s < PATIENCE_S


@pytest.mark.lumakit(scenario="stuck")
def test_patience_ends(lumakit_server: Server, lumakit_no_waiting: Waiting, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["a gust of wind"]) == 2
    assert "is not done after 900 s" in capsys.readouterr().err
    assert PATIENCE_S <= lumakit_no_waiting.waited_s < PATIENCE_S + 20


@pytest.mark.lumakit(faults=["503 every 2nd on GET /luma/generations/{task_id}"])
def test_a_maker_that_is_down_now_and_then_is_asked_again(
    lumakit_server: Server, lumakit_no_waiting: Waiting, tmp_path: Path
) -> None:
    assert main(["a gust of wind", "-o", str(tmp_path / "wind.mp4")]) == 0


@pytest.mark.lumakit(faults=["402 on POST /luma/generations"], judge=False)
def test_an_order_that_is_refused_says_why(lumakit_server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["a gust of wind"]) == 1
    assert "no film: 402: " in capsys.readouterr().err


def test_the_command_in_a_process_of_its_own_finds_the_server_too(lumakit_server: Server, tmp_path: Path) -> None:
    task = lumakit_server.tasks.seed("generation", status="completed", api_key=lumakit_server.key)
    command = [sys.executable, "-c", "from filmroll.cli import main; raise SystemExit(main())"]
    film = tmp_path / "wind.mp4"
    done = subprocess.run([*command, "--task", task.id, "-o", str(film)], env=dict(os.environ), check=True)
    assert done.returncode == 0
    assert film.stat().st_size > 1000
