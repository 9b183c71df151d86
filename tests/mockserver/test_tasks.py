"""The tasks of a mock as a person sees them: listed, looked up, steered by legal moves; and their files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import lumakit
from lumakit.clock import FIRST_DAY_MS, VirtualClock
from lumakit.contract.compile import Contract
from lumakit.contract.reading import Task as Kind
from lumakit.errors import UsageError
from lumakit.model import Phase, Request, Response, Snapshot
from mockserver import MockProvider
from mockserver.stores import Change, Document
from mockserver.stores.memory import MemoryStore
from mockserver.tasks import Tasks
from tests.mockserver.story import User

JOBS = Path(__file__).resolve().parents[1] / "data" / "jobs.yaml"
CONTRACTS = {name: lumakit.load(name) for name in ("apiframe", "chainhub", "kkiai")}
KINDS = [
    pytest.param(contract, kind, id=f"{name}-{kind.kind}")
    for name, contract in CONTRACTS.items()
    if contract.reading
    for kind in contract.reading.tasks.values()
]
ENOUGH_S = 3600


class Cast:
    """A mock on a virtual clock, and a user who made one task."""

    def __init__(self, contract: Contract, kind: Kind | None = None, **choices: object) -> None:
        self.clock = VirtualClock()
        self.mock = MockProvider(contract, clock=self.clock, **choices)  # type: ignore[arg-type]
        self.user = User(contract, self.mock)
        self.kind = kind or next(iter(self.user.reading.tasks.values()))
        self.id = str(self.user.read(self.user.submit(self.kind))["id"])

    @property
    def tasks(self) -> Tasks:
        return self.mock.tasks

    @property
    def task(self) -> Snapshot:
        return self.mock.tasks[self.id]

    def told(self) -> object:
        """The word that the provider says of the task."""
        return self.user.read(self.user.fetch(self.kind, self.id))["status"]


@pytest.fixture
def cast() -> Cast:
    return Cast(CONTRACTS["chainhub"])


def refused(error: pytest.ExceptionInfo[UsageError]) -> tuple[str, str]:
    return error.value.code, error.value.where


# looking


def test_they_are_counted_and_listed_the_newest_first(cast: Cast) -> None:
    cast.clock.advance(1)
    later = str(cast.user.read(cast.user.submit(cast.kind))["id"])
    assert len(cast.tasks) == 2
    assert [task.id for task in cast.tasks] == [later, cast.id]
    cast.mock.reset()
    assert (len(cast.tasks), list(cast.tasks)) == (0, [])


@pytest.mark.parametrize(("contract", "kind"), KINDS)
def test_a_snapshot_tells_what_the_provider_tells(contract: Contract, kind: Kind) -> None:
    cast = Cast(contract, kind)
    new = cast.task
    assert (new.id, new.kind, new.created_ms, new.results, new.error) == (cast.id, kind.kind, FIRST_DAY_MS, (), None)
    assert (new.status, new.phase, new.progress) == ("pending", Phase.WAITING, 0)
    assert bool(new.parent) == (not kind.submit)
    assert new.prompt
    cast.clock.advance(ENOUGH_S)
    old = cast.task
    told = cast.user.read(cast.user.fetch(kind, cast.id))
    assert (old.status, old.phase, old.progress) == (told["status"], Phase.SUCCEEDED, 100)
    assert old.results == told["results"]
    assert FIRST_DAY_MS < int(str(old.updated_ms)) < cast.clock.now()


def test_a_child_names_its_parent() -> None:
    reading = CONTRACTS["apiframe"].reading
    assert reading is not None
    cast = Cast(CONTRACTS["apiframe"], reading.tasks["luma-ext"])
    parent = cast.tasks[cast.task.parent]
    assert (parent.kind, parent.phase) == ("luma", Phase.SUCCEEDED)


def test_an_unknown_id_is_told(cast: Cast) -> None:
    for look in (cast.tasks.__getitem__, cast.tasks.complete, cast.tasks.hold, cast.tasks.advance):
        with pytest.raises(UsageError, match="there is no task 'zzz'") as caught:
            look("zzz")
        assert caught.value.code == "task_not_found"


def test_a_document_without_a_lifecycle_has_no_tasks() -> None:
    tasks = MockProvider(JOBS).tasks
    assert (len(tasks), list(tasks)) == (0, [])
    for look in (tasks.__getitem__, tasks.complete, tasks.release):
        with pytest.raises(UsageError, match="jobs has no lifecycle") as caught:
            look("zzz")
        assert caught.value.code == "no_lifecycle"


# steering


@pytest.mark.parametrize(("contract", "kind"), KINDS)
def test_a_task_is_completed_and_everybody_sees_it(contract: Contract, kind: Kind) -> None:
    cast = Cast(contract, kind)
    cast.clock.advance(2)
    done = cast.tasks.complete(cast.id)
    assert (done.phase, done.progress, done.updated_ms) == (Phase.SUCCEEDED, 100, cast.clock.now())
    assert cast.told() == done.status
    assert done == cast.task


@pytest.mark.parametrize(("contract", "kind"), KINDS)
def test_a_task_fails_for_a_reason_in_the_words_of_the_provider(contract: Contract, kind: Kind) -> None:
    known = Cast(contract, kind)
    reading = known.user.reading
    failed = known.tasks.fail(known.id, "moderation")
    assert (failed.phase, failed.error) == (Phase.FAILED, reading.failures["moderation"])
    own = Cast(contract, kind)
    assert own.tasks.fail(own.id, "the moon is wrong").error == "the moon is wrong"
    without = Cast(contract, kind)
    assert without.tasks.fail(without.id).error == next(iter(reading.failures.values()))
    assert without.told() == "failed"


def test_a_task_is_cancelled_only_where_there_is_a_word_for_it(cast: Cast) -> None:
    with pytest.raises(UsageError, match="no word for 'cancelled'") as caught:
        cast.tasks.cancel(cast.id)
    assert refused(caught) == ("illegal_move", cast.id)
    assert cast.task.status == "pending"


def test_a_task_is_brought_to_a_word_by_legal_moves(cast: Cast) -> None:
    assert cast.tasks.force(cast.id, "completed").status == "completed"
    assert cast.tasks.force(cast.id, "completed").status == "completed"
    with pytest.raises(UsageError, match="no legal way leads from 'completed' to 'pending'") as caught:
        cast.tasks.force(cast.id, "pending")
    assert refused(caught) == ("illegal_move", cast.id)
    with pytest.raises(UsageError, match="'zzz' is not a word of this provider, only pending") as caught:
        cast.tasks.force(cast.id, "zzz")
    assert refused(caught) == ("illegal_move", cast.id)


def test_what_has_ended_does_not_end_again(cast: Cast) -> None:
    cast.tasks.complete(cast.id)
    for end, said in ((cast.tasks.complete, "is 'completed' already"), (cast.tasks.fail, "cannot become 'failed'")):
        with pytest.raises(UsageError, match=said) as caught:
            end(cast.id)
        assert refused(caught) == ("illegal_move", cast.id)
    assert cast.task.phase is Phase.SUCCEEDED


class Queue(MemoryStore):
    """A store that has an hour pass until it is a change's turn."""

    clock = VirtualClock()

    def update(self, key: str, change: Change) -> Document | None:
        """Change a document, in an hour."""
        self.clock.advance(ENOUGH_S)
        return super().update(key, change)


def test_a_verb_acts_when_its_turn_comes_because_till_then_everybody_sees_what_time_does() -> None:
    queue = Queue()
    cast = Cast(CONTRACTS["chainhub"], store=queue)
    queue.clock = cast.clock
    with pytest.raises(UsageError) as caught:
        cast.tasks.fail(cast.id)
    assert (caught.value.code, cast.told()) == ("illegal_move", "completed")


def test_a_task_that_is_held_stays_until_it_is_released(cast: Cast) -> None:
    cast.tasks.hold(cast.id)
    cast.clock.advance(ENOUGH_S)
    assert (cast.task.status, cast.told()) == ("pending", "pending")
    assert cast.tasks.release(cast.id).status == "pending"
    cast.clock.advance(ENOUGH_S)
    assert (cast.task.status, cast.told()) == ("completed", "completed")


def test_a_task_is_advanced_word_by_word_to_its_end(cast: Cast) -> None:
    words = [cast.tasks.advance(cast.id).status for _ in range(3)]
    assert words == ["processing", "completed", "completed"]
    assert cast.clock.now() == FIRST_DAY_MS


# another contract


def test_the_tasks_stay_when_the_contract_is_read_again(cast: Cast) -> None:
    before = cast.task
    cast.mock.reload(CONTRACTS["kkiai"])
    assert cast.task == before
    assert cast.mock.contract.name == "kkiai"


def test_a_contract_that_does_not_know_the_tasks_is_refused(cast: Cast) -> None:
    for other, unknown in (
        (replace(CONTRACTS["chainhub"], reading=None), "completed"),
        (CONTRACTS["apiframe"], "comp"),
    ):
        with pytest.raises(UsageError, match=f"does not know '{unknown}") as caught:
            cast.mock.reload(other)
        assert refused(caught) == ("reload_refused", other.name)
    assert cast.mock.contract is CONTRACTS["chainhub"]
    cast.mock.reset()
    cast.mock.reload(replace(CONTRACTS["chainhub"], reading=None))
    assert cast.mock.contract.reading is None


# files


def file(cast: Cast, name: str = "video.mp4", method: str = "GET") -> Response:
    return cast.mock(Request(method, f"/__media/{cast.id}/{name}"))


def reason(response: Response) -> str:
    return str(response.header("mock-reason"))


@pytest.mark.parametrize(("contract", "kind"), KINDS)
def test_every_address_of_a_finished_task_leads_to_its_file(contract: Contract, kind: Kind) -> None:
    cast = Cast(contract, kind)
    cast.tasks.complete(cast.id)
    for address in cast.task.results:
        played = cast.mock(Request("GET", urlsplit(address).path))
        assert (played.status, played.header("content-type"), played.body[4:8]) == (200, "video/mp4", b"ftyp")
    assert len(cast.task.results) >= 1
    assert file(cast, "thumbnail.jpg").body[:2] == b"\xff\xd8"


def test_only_the_head_of_a_file_may_be_asked_for(cast: Cast) -> None:
    cast.tasks.complete(cast.id)
    head, whole = file(cast, method="HEAD"), file(cast)
    assert (head.status, head.body) == (200, b"")
    assert head.header_values("content-length") == (str(len(whole.body)),)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "get"])
def test_a_file_can_only_be_fetched(cast: Cast, method: str) -> None:
    cast.tasks.complete(cast.id)
    answer = file(cast, method=method)
    assert (answer.status, answer.header("allow")) == (405, "GET, HEAD, OPTIONS")
    assert reason(answer) == "a file can only be fetched"


def test_what_a_file_has_to_offer_may_be_asked(cast: Cast) -> None:
    answer = file(cast, method="OPTIONS")
    assert (answer.status, answer.header("allow")) == (204, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize(
    "path", ["zzz/video.mp4", "{id}", "{id}/", "{id}/film.mp4", "{id}/video-10.mp4", "", "{id}/a/b"]
)
def test_an_unknown_file_is_not_there(cast: Cast, path: str) -> None:
    cast.tasks.complete(cast.id)
    answer = cast.mock(Request("GET", "/__media/" + path.format(id=cast.id)))
    assert (answer.status, reason(answer)) == (404, "there is no such file")
    assert json.loads(answer.body)["status"] == 404


def test_a_document_without_a_lifecycle_has_no_files() -> None:
    assert MockProvider(JOBS)(Request("GET", "/__media/x/video.mp4")).status == 404


@pytest.mark.parametrize("scenario", ["success", "fail"])
def test_a_task_that_has_not_succeeded_has_no_file(scenario: str) -> None:
    cast = Cast(CONTRACTS["chainhub"], scenario=scenario)
    answers = [file(cast)]
    if scenario == "fail":
        cast.clock.advance(ENOUGH_S)
        answers.append(file(cast))
    assert {each.status for each in answers} == {404}
    assert {reason(each) for each in answers} == {"the task has not succeeded: there is no file yet"}


def test_an_address_expires_as_long_after_the_end_as_its_scenario_says() -> None:
    cast = Cast(CONTRACTS["chainhub"], scenario="expire")
    cast.tasks.complete(cast.id)
    cast.clock.advance(59.999)
    assert file(cast).status == 200
    cast.clock.advance(0.001)
    answer = file(cast, method="HEAD")
    assert answer.status == 403
    assert reason(answer) == "the addresses of this task stopped working 60 s after its end"


def test_a_task_made_by_hand_for_no_key_is_everybodys() -> None:
    mock = MockProvider("chainhub", clock=VirtualClock())
    mock.tasks.seed("generation", id="for-all", status="completed")
    mock.tasks.seed("generation", id="for-one", api_key="one-key")
    for key, statuses in (("one-key", [200, 200]), ("other-key", [200, 404])):
        headers = (("Authorization", f"Bearer {key}"),)
        found = [
            mock(Request("GET", f"/luma/generations/{each}", "", headers)).status for each in ("for-all", "for-one")
        ]
        assert found == statuses
