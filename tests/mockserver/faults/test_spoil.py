"""Answers spoiled: what breaks a schema breaks it, what is malformed is no JSON, and what has no body is left alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumakit import strictjson
from lumakit.contract.operation import Operation
from lumakit.draws import Draw
from lumakit.model import Break, Ending, Request, Response
from mockserver.faults import kinds
from mockserver.faults.spoil import Made, Spoiled, is_plain_json, spoiled, spoils
from mockserver.prefer import Wishes
from mockserver.sketch import sketch
from tests.mockserver.faults.asked import CHAINHUB, SUBMIT, fetch, file, finished, mocked, said, submit
from tests.mockserver.world import EDITIONS

JSON = (("Content-Type", "application/json"),)
GET = Request("GET", "/")


def spoil(does: kinds.Does, response: Response, operation: Operation | None = None, request: Request = GET) -> Spoiled:
    return spoiled(does, Made(response, request, operation, Draw("0"), is_plain_json(response)))


def answers() -> Iterator[object]:
    """Every documented answer of every operation of every provider."""
    for (name, edition), contract in EDITIONS.items():
        for operation in contract.operations.values():
            for status in operation.answers:
                words = f"{name} {edition} {operation.key} {status}"
                yield pytest.param(operation, 200 if status == "default" else int(status), id=words)


# a schema that is broken


@pytest.mark.parametrize(("operation", "status"), list(answers()))
def test_an_answer_that_is_to_break_its_schema_does(operation: Operation, status: int) -> None:
    whole = sketch(operation, None, Wishes(code=status), Draw("x")).response
    assert operation.check_response(whole) == ()
    for number in range(10):
        broken, unchanged = spoiled(kinds.BreakSchema(), Made(whole, GET, operation, Draw(str(number)), is_json=True))
        assert unchanged == ""
        strictjson.loads(broken.body)
        assert {each.code for each in operation.check_response(broken)} == {"X214"}


def test_a_schema_is_broken_in_another_way_each_time_and_always_in_the_same_order() -> None:
    first, second = (
        [submit(mock).body for _ in range(30)] for mock in (mocked("break-schema"), mocked("break-schema"))
    )
    assert first == second
    assert len({frozenset(strictjson.loads(body)) for body in first}) > 3


def test_a_list_is_broken_too() -> None:
    mock = mocked()
    task = finished(mock)
    mock.faults.add("break-schema")
    listed = mock(
        Request("POST", "/luma/tasks", "", (("Authorization", "Bearer abc"), *JSON), b'{"ids":["%s"]}' % task.encode())
    )
    assert {each.code for each in CHAINHUB.operations["POST /luma/tasks"].check_response(listed)} == {"X214"}


def test_a_long_list_is_not_looked_through_to_its_end() -> None:
    body = strictjson.dumps({"ids": ["x"] * 5000})
    broken, unchanged = spoil(kinds.BreakSchema(), Response(200, JSON, body), CHAINHUB.operations[SUBMIT])
    assert unchanged == ""
    assert len(broken.body) < 2 * len(body)


def test_where_nothing_can_break_the_answer_says_so() -> None:
    operation = CHAINHUB.operations[SUBMIT]
    undocumented, no_json, spoiled_before = (
        Response(418, JSON, b"{}"),
        Response(200, (), b"x"),
        Response(200, JSON, b"{,"),
    )
    for response, why in (
        (undocumented, "the status is not documented, and has no schema"),
        (no_json, "the answer is no JSON of an operation"),
        (spoiled_before, "the answer is no JSON any more"),
    ):
        assert spoil(kinds.BreakSchema(), response, operation) == (response, why)
    assert spoil(kinds.BreakSchema(), Response(200, JSON, b"{}"))[1] == "the answer is no JSON of an operation"


# JSON that is none

values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 99) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@given(values, st.sampled_from([b"", b"\n", b"  \r\n"]))
def test_what_is_malformed_is_never_json(value: object, end: bytes) -> None:
    broken, unchanged = spoil(kinds.Malformed(), Response(200, JSON, strictjson.dumps(value) + end))
    assert unchanged == ""
    with pytest.raises(strictjson.JsonProblem):
        strictjson.loads(broken.body)


def test_a_film_is_no_json_and_is_left_alone() -> None:
    mock = mocked()
    task = finished(mock)
    whole = file(mock, task)
    mock.faults.replace(["malformed on media", "break-schema on media"])
    assert file(mock, task).body == whole.body
    words = "fault 1: malformed on media (the answer is no JSON); fault 2: break-schema on media (the answer is no JSON"
    assert said(file(mock, task)).startswith(words)


def test_a_wrong_type_takes_the_place_of_the_right_one() -> None:
    answer = submit(mocked("wrong-type text/plain"))
    assert answer.header_values("content-type") == ("text/plain",)
    assert strictjson.loads(answer.body)["state"] == "pending"


# the wire


@pytest.mark.parametrize(
    ("does", "breaks"),
    [
        (kinds.Truncate(), Break(Ending.CLOSED, 2)),
        (kinds.Truncate(0), Break(Ending.CLOSED, 0)),
        (kinds.Truncate(99), Break(Ending.CLOSED, 4)),
        (kinds.Reset(3), Break(Ending.RESET, 3)),
        (kinds.Lost(), Break(Ending.RESET)),
        (kinds.Drip(7), Break(bytes_per_s=7)),
    ],
)
def test_what_is_done_to_the_wire_stands_in_the_answer(does: kinds.Does, breaks: Break) -> None:
    whole = Response(200, (), b"hello")
    assert spoil(does, whole) == (Response(200, (), b"hello", breaks=breaks), "")
    assert spoils(does)


@pytest.mark.parametrize("does", [kinds.Truncate(), kinds.Reset(3), kinds.Drip(7), kinds.WrongType()])
def test_an_answer_without_a_body_has_none_to_break(does: kinds.Does) -> None:
    assert spoil(does, Response(204)) == (Response(204), "the answer has no body")


@pytest.mark.parametrize("text", ["truncate", "reset after 1", "drip 1/s"])
def test_an_answer_to_head_has_no_body_to_break(text: str) -> None:
    mock = mocked()
    task = finished(mock)
    mock.faults.add(text)
    answer = fetch(mock, task, method="HEAD")
    assert (answer.breaks, answer.body) == (None, b"")
    assert said(answer) == f"fault 1: {text} (the answer has no body)"


def test_faults_of_one_answer_come_together_and_what_is_lost_stays_lost() -> None:
    assert submit(mocked("drip 7/s", "truncate 3")).breaks == Break(Ending.CLOSED, 3, 7)
    assert submit(mocked("lost", "truncate 3")).breaks == Break(Ending.RESET)


def test_a_task_whose_answer_is_lost_was_made() -> None:
    mock = mocked("lost first 1")
    assert submit(mock).breaks == Break(Ending.RESET)
    assert len(mock.tasks) == 1
