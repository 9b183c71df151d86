"""A whole run: silent about our mock, a word for each spoiled one, honest about what was not asked, without keys."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest

import lumakit
from lumakit.check.guard import Ticket, Unlimited
from lumakit.check.hiding import redactor
from lumakit.check.probe import Probe
from lumakit.check.reports import FORMATS, pytest_file, render
from lumakit.check.run import PHASES, THRIFTY, chosen
from lumakit.check.target import Cost
from lumakit.check.traffic import Record
from lumakit.check.verdict import Reach, Spent, Verdict, Via
from lumakit.contract import folder
from lumakit.contract.compile import Contract
from lumakit.errors import OverBudget
from lumakit.model import Edition, Request, Response, Severity
from lumakit.secret import Key
from mockserver.scenario import SCENARIOS, story
from tests.check.play import clips
from tests.check.running import KEY, SECOND, Spoil, Spoiled, run_of

NAMES = ("apiframe", "chainhub", "kkiai")
CONTRACTS = {f"{name}-{each}": lumakit.load(name, each) for name in NAMES for each in Edition}
CHAINHUB = CONTRACTS["chainhub-corrected"]
ASKING = ("free", "invalid", "examples", "lifecycle", "webhooks")
# What these do to tasks and webhooks is what rules are for.
MISHAPS = ("stuck", "lost", "late", "twice", "shuffled", "early")


def words(verdict: Verdict) -> list[str]:
    return [f"{each.code} {each.where} {each.message}" for each in verdict.findings]


def sayable(contract: Contract) -> set[str]:
    """Every word of every kind of task that a mock says in one scenario or another."""
    assert contract.reading is not None
    said = {word for each, _ in SCENARIOS.values() for word in story(contract.reading.lifecycle, each)}
    return {f"{kind} {word}" for kind in contract.reading.tasks for word in said}


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_a_run_has_nothing_to_say_of_our_mock(contract: Contract) -> None:
    # Three examples of an operation are enough here: elsewhere schemathesis asks the same mocks for longer.
    verdict = run_of(contract, *(set(PHASES) - {"documents"}), examples=3).verdict()
    assert (words(verdict), verdict.opens) == ([], ())
    assert not any("skipped" in told for told in verdict.phases.values())
    assert {each.reach for each in verdict.coverage if each.axis == "operation"} == {Reach.SEEN}
    assert {each.name for each in verdict.coverage if each.axis == "state" and each.times} == sayable(contract)
    assert verdict.exit_code(Severity.NOTE) == 0


@pytest.mark.parametrize("scenario", [each for each in SCENARIOS if each not in MISHAPS])
@pytest.mark.parametrize("name", ["apiframe-corrected", "chainhub-published"])
def test_no_scenario_makes_it_speak(name: str, scenario: str) -> None:
    verdict = run_of(CONTRACTS[name], *ASKING, scenario=scenario, own=False).verdict()
    assert (words(verdict), verdict.opens) == ([], ())


def test_a_task_that_never_ends_is_left_open_and_no_finding() -> None:
    verdict = run_of(CHAINHUB, "lifecycle", scenario="stuck", own=False, wait_s=60.0).verdict()
    assert words(verdict) == []
    assert "was not seen to end" in verdict.opens[0].what
    assert verdict.exit_code(Severity.NOTE) == 4


def test_tasks_that_nobody_followed_leave_nothing_open() -> None:
    verdict = run_of(CHAINHUB, "examples").verdict()
    assert [story.ended for story in verdict.stories] == [False]
    assert verdict.opens == ()


def test_the_documents_join_the_verdict_and_ask_nobody() -> None:
    run = run_of(CONTRACTS["chainhub-published"], "documents", sources=folder.find("chainhub"))
    verdict = run.verdict()
    assert {each.code[0] for each in verdict.findings} == {"S"}
    assert verdict.phases["documents"].startswith(f"{len(verdict.findings)} found: ")
    assert verdict.traffic.seen == 0


def test_no_more_is_asked_than_was_planned() -> None:
    for phase in set(PHASES) - {"documents"}:
        run = run_of(CHAINHUB, phase, examples=4)
        planned = run.planned()
        verdict = run.verdict()
        assert len(verdict.traffic.exchanges) <= sum(each.requests for each in planned)
        most = sum(each.requests if each.operation == "any operation" else each.paid for each in planned)
        assert verdict.spent.reserved <= most


# --- budgets ----------------------------------------------------------------------------------------------------------


class Mean:
    """A guard that lets out so many requests that may cost."""

    def __init__(self, left: int) -> None:
        self.left = left
        self._free = Unlimited(lambda: 0)

    def reserve(self, operation: str, cost: Cost) -> Ticket:
        if cost is Cost.PAID:
            self.left -= 1
            if self.left < 0:
                raise OverBudget("the budget is spent", code="over_budget", hint="more")
        return self._free.reserve(operation, cost)

    def accepted(self, operation: str) -> None:
        self._free.accepted(operation)

    def spent(self) -> Spent:
        return self._free.spent()


def test_over_budget_the_rest_is_not_covered_and_never_passed() -> None:
    verdict = run_of(CHAINHUB, *ASKING, guard=Mean(3)).verdict()
    assert verdict.phases["invalid"] == "3 requests; cut short: the budget is spent"
    cut = ["examples", "lifecycle", "webhooks"]
    assert [name for name, told in verdict.phases.items() if "cut short: the budget is spent" in told][1:] == cut
    assert [each.what for each in verdict.opens if each.safety][1:] == [f"the rest of the phase {name}" for name in cut]
    assert verdict.exit_code(Severity.ERROR) == 4
    kept = [each for each in verdict.coverage if each.axis in ("state", "webhook")]
    assert {(each.reach, each.why) for each in kept} == {(Reach.NOT_REACHABLE, "the budget is spent")}


def test_over_budget_what_costs_nothing_is_still_asked() -> None:
    verdict = run_of(CHAINHUB, "invalid", "explore", guard=Mean(1), own=False, examples=3).verdict()
    assert verdict.phases["invalid"] == "1 request; cut short: the budget is spent"
    assert verdict.phases["explore"].endswith("requests")
    assert [each.what for each in verdict.opens if each.safety] == ["the rest of the phase invalid"]


def test_with_a_budget_of_one_a_task_is_followed_to_its_end() -> None:
    run = run_of(CHAINHUB, guard=Mean(1), own=False, careful=True, examples=3)
    run.phases = chosen((), ("documents",), thrifty=True)
    verdict = run.verdict()
    assert [story.ended for story in verdict.stories if story.looks[0].via is Via.SUBMIT] == [True]
    assert verdict.phases["explore"].endswith("requests")
    assert "cut short" in verdict.phases["examples"]
    assert {each.name for each in PHASES.values()} == set(THRIFTY)


# --- doubts -----------------------------------------------------------------------------------------------------------


def refusing(status: int) -> Spoil:
    """Whatever would be served is refused, as is documented."""

    def spoil(_: Request, response: Response) -> Response:
        told = b'{"detail": "no"}'
        kept = (("Content-Type", "application/json"),)
        return Response(status, kept, told) if response.status == 200 else response

    return spoil


def test_a_key_that_is_refused_every_time_passes_nothing() -> None:
    mock = run_of(CHAINHUB, "free", "examples")
    stranger = Probe(
        CHAINHUB,
        mock.probe.target,
        Unlimited(lambda: 0),
        key=Key("wrong-key-12345"),
        redactor=redactor(CHAINHUB),
        record=Record(),
    )
    verdict = replace(mock, probe=stranger, told={}, opens=[], kept={}).verdict()
    assert [(each.what, each.why) for each in verdict.opens] == [
        ("what the key opens", "it was refused every time, by 401: is it the right one?")
    ]
    assert (verdict.findings, verdict.exit_code(Severity.ERROR)) == ((), 4)


def test_where_nothing_valid_is_served_that_is_left_open() -> None:
    verdict = run_of(CHAINHUB, "free", "examples", spoil=refusing(400)).verdict()
    (question,) = verdict.opens
    assert question.what == "whether a valid request is served"
    assert question.why == '1 sent and none served: 400, "no"'


def test_a_submit_that_makes_no_task_leaves_open_what_becomes_of_one() -> None:
    verdict = run_of(CHAINHUB, "lifecycle", spoil=refusing(400), own=False).verdict()
    said = {each.what: each.why for each in verdict.opens}
    assert said["what becomes of the kind generation"].endswith("made no task: the answer is 400")


def test_without_a_budget_only_what_is_free_is_asked() -> None:
    run = run_of(CHAINHUB, withheld=[name for name, phase in PHASES.items() if phase.costs], careful=True, own=False)
    assert {each.phase for each in run.planned()} == {"free"}
    assert sum(each.paid for each in run.planned()) == 0
    verdict = run.verdict()
    assert not any(
        200 <= each.response.status < 300 and "POST /luma/generations" in each.operation
        for each in verdict.traffic.exchanges
    )
    assert verdict.exit_code(Severity.ERROR) == 4
    assert {each.why for each in verdict.coverage if each.name == "POST /luma/generations"} <= {
        "",
        "no budget is given",
    }


def test_with_somebody_elses_money_one_task_is_made_and_listened_to() -> None:
    run = run_of(CHAINHUB, "lifecycle", "webhooks", careful=True, own=False, guard=Mean(1))
    verdict = run.verdict()
    assert (words(verdict), verdict.opens) == ([], ())
    assert Counter(each.operation for each in verdict.traffic.exchanges)["POST /luma/generations"] == 1
    assert [json.loads(each.request.body)["state"] for each in verdict.traffic.arrivals] == ["completed"]
    assert verdict.phases["webhooks"].startswith("skipped: listened to during the lifecycle")
    made = next(each for each in verdict.traffic.exchanges if each.operation == "POST /luma/generations")
    assert set(json.loads(made.request.body)) == {"user_prompt", "notify_hook"}


# --- ends -------------------------------------------------------------------------------------------------------------


def test_an_interrupted_run_reports_what_was_seen() -> None:
    asked = 0

    def spoil(_: Request, response: Response) -> Response:
        nonlocal asked
        asked += 1
        if asked == 9:
            raise KeyboardInterrupt
        return response

    run = run_of(CHAINHUB, *ASKING, spoil=spoil)
    verdict = run.verdict()
    assert run.interrupted
    assert len(verdict.traffic.exchanges) == 8
    assert "cut short: the run was interrupted" in verdict.phases["free"]
    assert verdict.phases["webhooks"] == "skipped: the run was interrupted"


def test_a_run_without_a_reading_has_no_tasks_to_follow() -> None:
    verdict = run_of(replace(clips(), reading=None), "free", "lifecycle", "webhooks").verdict()
    assert verdict.phases["lifecycle"] == "skipped: there is no lifecycle.yaml, so it has no tasks"
    assert verdict.phases["webhooks"] == "skipped: it is not known to send any"
    assert verdict.phases["free"].endswith("requests")


def test_phases_are_picked_and_left_out() -> None:
    assert [each.name for each in chosen(("webhooks", "free"), ())] == ["free", "webhooks"]
    assert [each.name for each in chosen((), ("explore", "documents"))] == list(ASKING)


# --- secrets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["apiframe-corrected", "chainhub-corrected"])
def test_no_report_holds_a_key_or_a_secret_of_a_webhook(name: str) -> None:
    def echo(request: Request, response: Response) -> Response:
        """A server that gives the key away, and is wrong, so that there is something to report."""
        told = json.dumps({"you": request.header("authorization"), "sent": request.body.decode("latin-1")}).encode()
        return replace(response, body=told) if response.status == 200 else response

    run = run_of(CONTRACTS[name], *ASKING, spoil=echo)
    verdict = run.verdict()
    assert verdict.findings
    mailbox = run.choices.mailbox
    assert mailbox is not None
    hidden = {KEY, SECOND, *(box.hook.secret for box in mailbox.boxes if box.hook.secret)}
    assert len(hidden) > 2 or name.startswith("chainhub")
    texts = [render(verdict, form) for form in FORMATS] + [pytest_file(verdict), repr(verdict), repr(run.probe)]
    assert [secret for secret in hidden for text in texts if secret in text] == []


# --- tasks that fare otherwise ----------------------------------------------------------------------------------------


def test_of_tasks_that_fare_otherwise_webhooks_are_heard_too() -> None:
    verdict = run_of(CONTRACTS["apiframe-corrected"], "webhooks").verdict()
    told = {each.name for each in verdict.coverage if each.axis == "webhook" and each.times}
    assert {f"{kind} {word}" for kind in ("luma", "imagine-video-extend") for word in ("failed", "retrying")} <= told
    assert verdict.opens == ()


def test_afterwards_tasks_fare_as_before() -> None:
    run = run_of(CHAINHUB, "lifecycle", "webhooks", own=False)
    verdict = run.verdict()
    assert run.choices.plays == ("fail",)
    assert isinstance(run.probe.target, Spoiled)
    assert run.probe.target.mock.scenario == "success"
    phases = [story.looks[-1].snapshot.phase for story in verdict.stories if story.looks[-1].snapshot]
    assert Counter(map(str, phases)) == {"succeeded": 3, "failed": 2}


def test_with_somebody_elses_money_no_task_is_made_to_fare_otherwise() -> None:
    run = run_of(CHAINHUB, "lifecycle", careful=True, own=False)
    assert run.choices.player is not None
    assert run.choices.plays == ()


# --- webhooks ---------------------------------------------------------------------------------------------------------


def with_retries(contract: Contract) -> Contract:
    """The contract with deliveries that are documented to be tried again."""
    assert contract.reading is not None
    tasks = {
        name: replace(kind, webhook=kind.webhook and replace(kind.webhook, waits_s=(5.0, 30.0)))
        for name, kind in contract.reading.tasks.items()
    }
    return replace(contract, reading=replace(contract.reading, tasks=tasks))


def test_where_it_is_documented_one_delivery_is_failed_and_comes_again() -> None:
    verdict = run_of(with_retries(CHAINHUB), "webhooks", player=None).verdict()
    assert (words(verdict), verdict.opens) == ([], ())
    assert sorted(each.status for each in verdict.traffic.arrivals) == [200, 200, 500]


def test_every_kind_that_has_webhooks_is_listened_to() -> None:
    verdict = run_of(CONTRACTS["apiframe-corrected"], "webhooks").verdict()
    told = {json.loads(each.request.body)["task_type"] for each in verdict.traffic.arrivals}
    assert told == {"luma", "luma-ext", "imagine-video", "imagine-video-extend"}
