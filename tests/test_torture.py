"""Servers that are killed under load lose nothing they have accepted: a short run of `make torture`."""

from __future__ import annotations

from bench import soak, torture
from bench.inbox import Inbox, secret
from lumakit.signing import Signing
from tests.mockserver.stores import real_redis

SHORT = torture.Plan(kills=2, tasks=1, longest_s=1.0, quiet_s=0.5)


def test_a_server_that_is_killed_again_and_again_loses_no_task_and_no_webhook() -> None:
    figures = torture.on_sqlite(SHORT)
    assert figures.is_clean, figures


def test_of_two_servers_one_that_is_killed_takes_nothing_along() -> None:
    with real_redis.private() as redis:
        figures = torture.on_redis(2, SHORT, redis.url)
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
    assert not torture.Figures("altered", accepted=1, webhooks_differing=1).is_clean
    assert not torture.Figures("again", accepted=1, webhooks_twice=1).is_sparing
    assert not torture.Figures("wasteful", accepted=100, webhooks_after_a_kill=2).is_sparing


def delivery(inbox: Inbox, key: str, sender: int = 0, more: str = "") -> int:
    body = f'{{"id": "{key}{more}"}}'.encode()
    return inbox.receive(Signing.parse("standard", secret(sender)).headers(body, id=key, at_s=1), body)


def counts(inbox: Inbox) -> tuple[int, int, int, int]:
    return inbox.after_a_kill, inbox.twice, inbox.differing, inbox.unsigned


def test_a_webhook_that_comes_again_is_told_apart_by_why_it_did() -> None:
    inbox = Inbox("0", lives=[0, 0])
    refused = next(key for key in map(str, range(1000)) if delivery(inbox, key) != 200)
    while delivery(inbox, refused) != 200:
        assert inbox.refused < 3
    assert counts(inbox) == (0, 0, 0, 0)
    inbox.lives[0] += 1
    delivery(inbox, refused, sender=1)
    assert counts(inbox) == (1, 0, 0, 0)
    inbox.lives[0] += 1
    delivery(inbox, refused, sender=1)
    assert counts(inbox) == (1, 1, 0, 0)
    delivery(inbox, refused, sender=1, more="!")
    delivery(inbox, refused, sender=2)
    assert counts(inbox) == (1, 3, 1, 1)
