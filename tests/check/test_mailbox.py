"""Where webhooks arrive: an address for each task, a secret of its own, one failure where wanted, no secret kept."""

from __future__ import annotations

import json

import pytest

import lumakit
from lumakit.check.hiding import redactor
from lumakit.check.mailbox import Box, Mailbox
from lumakit.check.traffic import Record
from lumakit.clock import VirtualClock
from lumakit.draws import Draw
from lumakit.model import Request
from lumakit.webhooks import Receiver

APIFRAME = lumakit.load("apiframe")
TOLD = {"task_id": "t-1", "task_type": "luma", "status": "processing", "percentage": "40"}
DONE = {"task_id": "t-1", "task_type": "luma", "status": "finished", "percentage": "100", "video_url": "https://a.b/c"}


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox(Receiver(APIFRAME), Record(), VirtualClock(), redactor(APIFRAME), Draw("0"))


def letter(box: Box, told: object = TOLD, secret: str | None = None) -> Request:
    shown = box.hook.secret if secret is None else secret
    path = box.hook.url.partition("127.0.0.1")[2]
    return Request("POST", path, headers=(("x-webhook-secret", shown),), body=json.dumps(told).encode())


def test_each_task_has_an_address_and_a_secret_of_its_own(mailbox: Mailbox) -> None:
    one, other = mailbox.box("luma"), mailbox.box("luma")
    assert one.hook.url != other.hook.url
    assert one.hook.secret != other.hook.secret
    assert mailbox.record.listened


def test_a_delivery_is_known_by_its_address_once_the_task_is(mailbox: Mailbox) -> None:
    box = mailbox.box("luma")
    assert mailbox(letter(box)).status == 200
    box.task = "t-1"
    mailbox.hand_over()
    (arrival,) = mailbox.record.traffic().arrivals
    assert (arrival.task, arrival.status, arrival.expected, arrival.refused) == ("t-1", 200, True, "")
    mailbox.hand_over()
    assert len(mailbox.record.traffic().arrivals) == 1


def test_a_wrong_secret_is_noted_and_nobody_waits_for_another_end(mailbox: Mailbox) -> None:
    box = mailbox.box("luma")
    mailbox(letter(box, DONE, "another-secret"))
    mailbox.hand_over()
    assert mailbox.record.traffic().arrivals[0].refused
    assert box.ended


def test_one_that_is_to_fail_is_answered_500_and_the_next_one_taken(mailbox: Mailbox) -> None:
    box = mailbox.box("luma")
    box.failing = 1
    assert [mailbox(letter(box, DONE)).status for _ in range(2)] == [500, 200]
    assert box.ended


def test_what_comes_to_no_address_is_kept_too(mailbox: Mailbox) -> None:
    mailbox(Request("POST", "/elsewhere", body=b"{}"))
    mailbox(Request("POST", "/elsewhere", body=b"not json"))
    mailbox.hand_over()
    assert [each.task for each in mailbox.record.traffic().arrivals] == ["", ""]


def test_what_is_kept_holds_no_secret(mailbox: Mailbox) -> None:
    box = mailbox.box("luma")
    mailbox(letter(box))
    mailbox.too_large(letter(box))
    mailbox.hand_over()
    assert box.hook.secret not in repr(mailbox.record.traffic())
