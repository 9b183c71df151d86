"""Tasks made by hand: of any kind, at any word, under any id, for any key."""

from __future__ import annotations

import pytest

import lumakit
from lumakit.clock import VirtualClock
from lumakit.errors import UsageError
from mockserver import MockProvider
from mockserver.gate import owner_of
from mockserver.stores.memory import MemoryStore
from tests.mockserver.story import KEY, User

CONTRACTS = {name: lumakit.load(name) for name in ("apiframe", "chainhub", "kkiai")}
PLACES = [
    (name, kind, word)
    for name, contract in CONTRACTS.items()
    if contract.reading
    for kind in contract.reading.tasks
    for word in ("", *contract.reading.lifecycle.words)
    if not word or contract.reading.lifecycle.path(contract.reading.lifecycle.starts, word) is not None
]


def made(name: str = "chainhub", **choices: object) -> MockProvider:
    return MockProvider(CONTRACTS[name], clock=VirtualClock(), **choices)  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "kind", "word"), PLACES)
def test_a_task_of_any_kind_is_made_at_any_word(name: str, kind: str, word: str) -> None:
    mock = made(name)
    reading = mock.contract.reading
    assert reading is not None
    seed = mock.tasks.seed(kind, id="my-own-id", status=word, api_key=KEY, prompt="a lighthouse")
    assert (seed.id, seed.kind, seed.prompt) == ("my-own-id", kind, "a lighthouse")
    assert seed.status == (word or reading.lifecycle.starts)
    if reading.tasks[kind].fetch:
        user = User(mock.contract, mock)
        assert user.read(user.fetch(reading.tasks[kind], "my-own-id"))["id"] == "my-own-id"


def test_a_task_belongs_to_its_key_or_its_owner_s_name() -> None:
    mock = made()
    by_key, by_name = mock.tasks.seed("generation", api_key=KEY), mock.tasks.seed("generation", owner=owner_of(KEY))
    assert mock.tasks.outlook(by_key.id).owner == mock.tasks.outlook(by_name.id).owner == owner_of(KEY)
    assert by_key.id != by_name.id


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"kind": "nonsense"}, "kind_not_found"),
        ({"kind": "generation", "id": "taken"}, "task_taken"),
        ({"kind": "generation", "id": "a\nb"}, "id_invalid"),
        ({"kind": "generation", "id": "x" * 201}, "id_invalid"),
        ({"kind": "generation", "status": "nonsense"}, "illegal_move"),
        ({"kind": "generation", "scenario": "nonsense"}, "scenario_invalid"),
    ],
)
def test_what_cannot_be_made_is_refused(parts: dict[str, str], code: str) -> None:
    mock = made()
    mock.tasks.seed("generation", id="taken")
    with pytest.raises(UsageError) as caught:
        mock.tasks.seed(**parts)
    assert caught.value.code == code
    assert len(mock.tasks) == 1


def test_a_full_store_is_told() -> None:
    mock = made(store=MemoryStore(1))
    mock.tasks.seed("generation")
    with pytest.raises(UsageError) as caught:
        mock.tasks.seed("generation")
    assert caught.value.code == "tasks_full"


def test_a_document_without_a_lifecycle_has_no_tasks_to_make() -> None:
    mock = MockProvider("tests/data/jobs.yaml", clock=VirtualClock())
    with pytest.raises(UsageError) as caught:
        mock.tasks.seed("job")
    assert caught.value.code == "no_lifecycle"


def test_a_scenario_comes_from_the_seed_the_prompt_the_key_or_the_server() -> None:
    mock = made(scenario="slow", scenarios={KEY: "stuck"})
    told = {
        "fail": {"scenario": "fail", "prompt": "[[fast]]", "api_key": KEY},
        "fast": {"prompt": "[[fast]]", "api_key": KEY},
        "stuck": {"api_key": KEY},
        "slow": {},
    }
    for name, parts in told.items():
        assert mock.tasks.outlook(mock.tasks.seed("generation", **parts).id).scenario == name


def test_the_same_seeds_make_the_same_tasks() -> None:
    first, second = ([made().tasks.seed("generation").id for _ in range(2)] for _ in range(2))
    assert first == second


def test_ids_that_meet_are_drawn_anew() -> None:
    mock = made()
    drawn = made().tasks.seed("generation").id
    mock.tasks.seed("generation", id=drawn)
    mock.store.count("seeded/", -1)
    assert mock.tasks.seed("generation").id != drawn


# scenarios that are set while the mock runs


def test_a_scenario_that_is_set_holds_for_tasks_made_from_then_on() -> None:
    mock = made()
    user = User(mock.contract, mock)
    assert user.reading is not None
    kind = user.reading.tasks["generation"]
    before = user.read(user.submit(kind))["id"]
    mock.scenario = "fail:moderation"
    after = user.read(user.submit(kind))["id"]
    assert mock.scenario == "fail:moderation"
    assert [mock.tasks.outlook(each).scenario for each in (before, after)] == ["success", "fail:moderation"]


def test_a_key_has_a_scenario_of_its_own_until_it_is_taken_back() -> None:
    mock = made()
    mock.play("stuck", api_key=KEY)
    assert mock.scenarios == {owner_of(KEY): "stuck"}
    mock.play("", owner=owner_of(KEY))
    assert mock.scenarios == {}
    mock.play("slow")
    assert mock.scenario == "slow"


def test_a_scenario_that_there_is_not_changes_nothing() -> None:
    mock = made()
    with pytest.raises(UsageError) as caught:
        mock.scenario = "nonsense"
    assert caught.value.code == "scenario_invalid"
    with pytest.raises(UsageError, match="nonsense"):
        mock.play("nonsense", api_key=KEY)
    assert (mock.scenario, mock.scenarios) == ("success", {})
