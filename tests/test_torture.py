"""Servers that are killed under load lose nothing they have accepted: a short run of `make torture`."""

from __future__ import annotations

from bench import soak, torture
from tests.mockserver.stores import real_redis


def test_a_server_that_is_killed_again_and_again_loses_no_task_and_no_webhook() -> None:
    figures = torture.on_sqlite(rounds=2)
    assert figures.is_clean, figures


def test_of_two_servers_one_that_is_killed_takes_nothing_along() -> None:
    with real_redis.private() as redis:
        figures = torture.on_redis(2, rounds=2, url=redis.url)
    assert figures.is_clean, figures


def test_a_day_of_tasks_leaves_no_memory_and_no_file_behind_and_can_be_had_again() -> None:
    days = [soak.Day(4800, "1").live() for _ in range(2)]
    assert days[0].digest == days[1].digest
    assert all(each.completed == each.webhooks_received == 4800 for each in days), days
    assert days[1].is_flat, days[1]


def test_what_is_lost_would_be_told() -> None:
    assert not torture.Figures("nothing was tried").is_clean
    assert not torture.Figures("lost", accepted=1, lost=1).is_clean
    assert not torture.Figures("untold", accepted=1, webhooks_missing=1).is_clean
