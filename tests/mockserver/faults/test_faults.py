"""A mock with faults: what each does to an answer, when it does, and what is said of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from lumakit import strictjson
from lumakit.clock import SystemClock, VirtualClock
from lumakit.errors import UsageError
from lumakit.model import Break, Ending
from mockserver import MockProvider
from mockserver.faults.fault import Fault
from mockserver.faults.kinds import Status
from mockserver.faults.listed import MAX_FAULTS
from mockserver.gate import owner_of
from tests.mockserver.faults.asked import CHAINHUB, SUBMIT, fetch, file, finished, mocked, said, submit


def statuses(mock: MockProvider, count: int, name: str = "abc") -> list[int]:
    return [submit(mock, name).status for _ in range(count)]


# what it does before the request is looked at


def test_a_status_is_the_providers_own_and_makes_no_task() -> None:
    mock = mocked("503 retry-after 7")
    answer = submit(mock)
    assert (answer.status, answer.header("retry-after"), len(mock.tasks)) == (503, "7", 0)
    assert CHAINHUB.operations[SUBMIT].check_response(answer) == ()
    assert said(answer) == "fault 1: 503 retry-after 7"


def test_a_status_may_be_one_of_several_answers_of_the_document() -> None:
    plain, named = submit(mocked("403")), submit(mocked("403 as out_of_credits"))
    assert plain.status == named.status == 403
    assert b"quota" in named.body
    assert plain.body != named.body


@pytest.mark.parametrize("status", [418, 499, 502, 529, 599])
def test_a_status_that_is_not_documented_is_a_problem(status: int) -> None:
    answer = submit(mocked(str(status)))
    assert (answer.status, answer.header("content-type")) == (status, "application/problem+json")
    assert strictjson.loads(answer.body)["detail"] == f"fault 1: {status}"


def test_latencies_add_up_and_the_answer_is_as_ever() -> None:
    answer = submit(mocked("latency 2", "latency 0.5"), Prefer="delay=1")
    assert (answer.status, answer.delay_s) == (200, 3.5)
    assert said(answer) == "fault 1: latency 2; fault 2: latency 0.5"


def test_a_latency_between_two_times_is_drawn_from_the_seed() -> None:
    first, second = (
        [submit(mock).delay_s for _ in range(50)] for mock in (mocked("latency 1..3"), mocked("latency 1..3"))
    )
    assert first == second
    assert all(1 <= delay_s <= 3 for delay_s in first)
    assert len(set(first)) > 40


def test_half_of_the_log_normal_latencies_are_below_the_median() -> None:
    mock = mocked("latency lognormal 2 0.5")
    delays = sorted(submit(mock).delay_s for _ in range(400))
    assert 1.8 < delays[200] < 2.2
    assert delays[20] < 1.2
    assert 3.5 < delays[380] < 10


def test_an_answer_may_be_late_and_refused() -> None:
    answer = submit(mocked("503", "latency 2"))
    assert (answer.status, answer.delay_s) == (503, 2)
    assert said(answer) == "fault 1: 503; fault 2: latency 2"


def test_the_first_fault_that_answers_does() -> None:
    assert submit(mocked("503", "429")).status == 503


def test_a_reset_answers_nothing_and_makes_no_task() -> None:
    mock = mocked("reset")
    assert submit(mock).breaks == Break(Ending.RESET)
    assert submit(mock, "").breaks == Break(Ending.RESET), "it strikes before a key is asked for"
    assert len(mock.tasks) == 0


def test_an_account_without_credits_is_the_providers_own_refusal_of_a_new_task_only() -> None:
    mock = mocked()
    task = finished(mock)
    mock.faults.add("out of credits")
    assert (submit(mock).status, fetch(mock, task).status) == (403, 200)
    assert b"quota" in submit(mock).body


# when it applies


@pytest.mark.parametrize(
    ("text", "struck"),
    [
        ("503", [1, 2, 3, 4, 5, 6]),
        ("503 every 3rd", [3, 6]),
        ("503 the 2nd", [2]),
        ("503 first 2", [1, 2]),
        ("503 every 2nd first 5", [2, 4]),
        ("503 0%", []),
        (f"503 on {SUBMIT}", [1, 2, 3, 4, 5, 6]),
        ("503 on submitGeneration", [1, 2, 3, 4, 5, 6]),
        ("503 on /luma/*", [1, 2, 3, 4, 5, 6]),
        ("503 on *", [1, 2, 3, 4, 5, 6]),
        ("503 on GET *", []),
        ("503 on getGeneration", []),
        ("503 on media", []),
        ("503 on /luma/*/extend", []),
        ("503 for key abc", [1, 2, 3, 4, 5, 6]),
        ("503 for key abd", []),
    ],
)
def test_a_fault_strikes_when_it_is_said_to(text: str, struck: list[int]) -> None:
    found = statuses(mocked(text), 6)
    assert [number for number, status in enumerate(found, start=1) if status == 503] == struck


def test_chance_is_drawn_from_the_seed_and_keeps_its_share() -> None:
    first, second, other = (statuses(mocked("503 20%", seed=seed), 200) for seed in (1, 1, 2))
    assert first == second != other
    assert 20 <= first.count(503) <= 60


def test_a_fault_lasts_as_long_as_it_is_said_to_on_the_clock_of_the_mock() -> None:
    clock = VirtualClock()
    mock = mocked("503 for 60s", clock=clock)
    clock.advance(59.999)
    assert submit(mock).status == 503
    clock.advance(0.001)
    assert submit(mock).status == 200


def test_a_place_may_be_an_operation_with_whatever_stands_in_its_path() -> None:
    mock = mocked()
    task = finished(mock)
    mock.faults.add("503 on GET /luma/generations/{task_id}")
    mock.faults.add(f"404 on /luma/generations/{task}")
    assert [fetch(mock, task).status, fetch(mock, task, method="HEAD").status] == [503, 503]
    assert submit(mock).status == 200


def test_files_are_struck_where_that_is_said_only() -> None:
    mock = mocked()
    task = finished(mock)
    mock.faults.add("503")
    assert file(mock, task).status == 200
    mock.faults.add("media 403")
    assert (file(mock, task).status, said(file(mock, task))) == (403, "fault 2: 403 on media")


def test_a_request_that_shows_no_key_is_refused_as_ever() -> None:
    mock = mocked("rate 1/60s", "out of credits", "at most 0 running", "503 for key abc", api_keys=["abc"])
    assert [submit(mock, name).status for name in ("", "abd")] == [401, 401]


# what is said of it


def test_an_exchange_with_a_fault_stands_in_the_diary_with_its_reason() -> None:
    mock = mocked("429 for key abc", "latency 1")
    submit(mock)
    (noted,) = mock.journal.entries()
    owner = owner_of("abc")
    assert noted.reason == f"fault 1: 429 for owner {owner}; fault 2: latency 1"
    assert (noted.response.status, noted.response.delay_s, noted.owner) == (429, 1, owner)


def test_a_refusal_that_is_spoiled_says_both() -> None:
    answer = submit(mocked("malformed"), "")
    assert (answer.status, said(answer).count("; fault 1: malformed")) == (401, 1)
    assert said(answer).startswith("no credentials")
    assert len(answer.header_values("mock-reason")) == 1


# the list


def test_faults_are_added_listed_and_removed_by_their_ids() -> None:
    mock = mocked("latency 1")
    added = mock.faults.add("503 on POST /luma/generations")
    assert (added.id, str(mock.faults["2"]), len(mock.faults)) == ("2", "503 on POST /luma/generations", 2)
    assert mock.faults.remove("1").id == "1"
    assert [each.id for each in mock.faults] == ["2"]
    assert mock.faults.add({"kind": "lost"}).id == "3", "no id is given twice"


def test_a_fault_that_is_not_there_is_an_error() -> None:
    mock = mocked("503")
    for ask in (mock.faults.remove, mock.faults.__getitem__):
        with pytest.raises(UsageError, match="there is no fault '7'") as caught:
            ask("7")
        assert caught.value.code == "fault_not_found"


def test_a_list_is_replaced_as_a_whole_or_not_at_all() -> None:
    mock = mocked("503")
    with pytest.raises(UsageError):
        mock.faults.replace(["429", "latncy 2"])
    assert [str(each) for each in mock.faults] == ["503"]
    assert [str(each) for each in mock.faults.replace([Fault(Status(429)), "lost"])] == ["429", "lost"]


def test_a_reset_brings_back_the_faults_of_the_start_and_begins_to_count_anew() -> None:
    mock = mocked("503 first 1")
    mock.faults.add("latency 1")
    assert statuses(mock, 2) == [503, 200]
    mock.faults.clear()
    assert statuses(mock, 1) == [200]
    mock.reset()
    assert [(each.id, str(each)) for each in mock.faults] == [("1", "503 first 1")]
    assert statuses(mock, 2) == [503, 200]


def test_there_is_a_bound_on_faults() -> None:
    mock = mocked(*["latency 0"] * MAX_FAULTS)
    many = [*mock.faults, Fault(Status(503))]
    for ask in (lambda: mock.faults.add("503"), lambda: mock.faults.replace(many), lambda: mocked(*many)):
        with pytest.raises(UsageError, match="100 faults at most"):
            ask()


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        (
            "503 on POST /luma/generation",
            "nothing is at 'POST /luma/generation'",
            "did you mean `on POST /luma/generations`",
        ),
        ("503 on submitGenerations", "nothing is at", "did you mean `on submitGeneration`"),
        ("503 on /zzz", "nothing is at '/zzz'", "one of POST /luma"),
        ("503 on GET /luma/generations", "nothing is at", "did you mean"),
        (
            "429 as too_many_request",
            "no answer of this status has an example",
            "did you mean `as too_many_requests`",
        ),
        ("429 as zzz", "no answer of this status has an example", "one of too_many_requests"),
        ("418 as teapot", "no answer of this status has an example", "leave `as` out"),
    ],
)
def test_a_place_that_the_contract_does_not_have_is_refused(text: str, what: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        mocked().faults.add(text)
    assert what in caught.value.what
    assert hint in caught.value.hint


def test_a_mock_on_a_frozen_clock_tells_no_time_to_come_again() -> None:
    mock = mocked("rate 1/60s", clock=SystemClock(0))
    submit(mock)
    answer = submit(mock)
    assert (answer.status, answer.header("x-ratelimit-reset"), answer.header("retry-after")) == (429, None, None)


def test_threads_are_counted_one_by_one() -> None:
    mock = mocked("503 every 3rd on submitGeneration", "rate 50/60s in all")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: submit(mock).status, range(300)))
    assert [found.count(status) for status in (503, 200, 429)] == [100, 50, 150]


def test_a_mistake_beside_a_key_says_nothing_of_the_key() -> None:
    for wrong in (
        "503 for key sk-secret evry 3",
        "503 for key sk-secret for key sk-secret",
        "latncy for key sk-secret",
    ):
        with pytest.raises(UsageError) as caught:
            mocked(wrong)
        assert "secret" not in str(caught.value)


def test_a_body_is_broken_whatever_another_fault_says_of_its_type() -> None:
    for faults in (["wrong-type", "malformed"], ["malformed", "wrong-type"]):
        answer = submit(mocked(*faults))
        assert (answer.header("content-type"), answer.body[-1:]) == ("text/html", b",")
