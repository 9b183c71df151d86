"""What passes is taken down in the order of answers, within bounds, and what goes wrong there is not swallowed."""

from __future__ import annotations

from collections.abc import Iterable

from lumakit.check.desk import Desk, Limits
from lumakit.check.relay import Heard
from lumakit.check.verdict import Judged
from lumakit.model import Edition, Exchange, Finding, Lost, Request, Response
from tests.calling import EDITIONS

CONTRACT = EDITIONS["apiframe", Edition.CORRECTED]
JSON = ("Content-Type", "application/json")
ASKED = Request("POST", "/v1/fetch", "", (JSON, ("Authorization", "a-long-key")), b'{"task_id": "t"}', "http://x.test")
SAID = Response(200, (JSON,), b'{"of": "a-long-key"}')


def desk(limits: Limits | None = None, told: list[str] | None = None) -> Desk:
    said = [] if told is None else told
    return Desk(CONTRACT, "/v1", "x", judged, lambda _, each: said.append(each.finding.code), limits or Limits())


def judged(seen: Exchange) -> Iterable[Judged]:
    return [Judged(Finding("X211", "POST /fetch", f"{seen.number} is odd"), (seen.number,))]


def heard(number: int, answer: Response | Lost = SAID) -> Heard:
    return Heard(number, number * 1000, ASKED, len(ASKED.body), answer, 20)


def test_all_is_taken_down_before_it_ends() -> None:
    told: list[str] = []
    with desk(told=told) as working:
        working.hear(heard(working.number()))
        working.hear(heard(working.number(), Lost("gone")))
    traffic = working.record.traffic()
    assert [each.request.path for each in traffic.exchanges] == ["/fetch"]
    assert [each.number for each in traffic.unanswered] == [2]
    assert "a-long-key" not in repr(traffic)
    assert told == ["X211"]


def test_answers_stand_in_the_order_in_which_they_began() -> None:
    with desk() as working:
        first, second = working.number(), working.number()
        working.hear(heard(second))
        working.hear(heard(first))
    assert [each.number for each in working.record.traffic().exchanges] == [1, 2]


def test_what_is_too_much_is_counted() -> None:
    for limits, kept in ((Limits(seen=2), 2), (Limits(kept_bytes=60), 1), (Limits(waiting=0), 0)):
        with desk(limits) as working:
            for _ in range(3):
                working.hear(heard(working.number()))
        assert (working.record.traffic().seen, working.left_out) == (kept, 3 - kept)


def test_a_judge_that_fails_is_not_hidden() -> None:
    def broken(_: Exchange) -> Iterable[Judged]:
        raise ValueError

    with Desk(CONTRACT, "", "x", broken, lambda *_: None) as working:
        working.hear(heard(1))
        working.hear(heard(2))
    assert isinstance(working.failure, ValueError)
