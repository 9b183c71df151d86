"""Logs that are torn, crowds, and starts with a full file: short runs of `make torture`."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path

from bench import connections, recovery, throng, torn


def test_whatever_is_torn_off_a_log_what_is_left_is_what_was_committed_before() -> None:
    figures = torn.tear(60)
    assert figures.is_clean, figures


def test_what_a_torn_log_has_lost_would_be_told() -> None:
    with tempfile.TemporaryDirectory() as folder:
        written = torn.Written(Path(folder))
    half = len(written.log) // 2
    before, after = written.after(half), written.after(half + 10 * 4120)
    assert written.states[before] != written.states[after]
    for worse in ("refused", "another_state", "half_of_a_change"):
        assert not replace(torn.Figures(1, commits=1), **{worse: 1}).is_clean
    assert not torn.Figures(1).is_clean


def test_a_crowd_that_polls_is_let_in_answered_and_kept() -> None:
    with connections.served() as (server, path):
        way = connections.ways(path)[2]
        crowd = throng.Crowd(server.port, way._replace(pace_s=1.0))
        crowd.gather(300)
        crowd.live(time.monotonic() + 2)
        assert (len(crowd), crowd.answers >= 300) == (300, True)
        crowd.leave()


def test_a_file_that_is_full_is_there_again_after_a_kill() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        key = recovery.Full(folder / "full.db", "http://127.0.0.1:9/hook").fill(300, 30)
        figures = recovery.Figures("full", 300, 30, 0.0, runs=1)
        (took_s,) = recovery.measure("full", folder, key, figures)
    assert 0 < took_s < 60
